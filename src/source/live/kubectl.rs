//! `kubectl proxy` on a free port, for as long as a capture takes.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};
use crate::source::address::Address;

/// It has to read a configuration, and perhaps to run a helper that logs in.
const PATIENCE: Duration = Duration::from_secs(30);

/// How much of what it says on standard error is read.
const MAX_ERROR: u64 = 4096;

/// A running `kubectl proxy`, ended when this is dropped.
#[derive(Debug)]
pub struct KubectlProxy {
    child: Child,
    address: Address,
}

impl KubectlProxy {
    /// Starts it with the cluster and the user of the current context.
    ///
    /// # Errors
    /// When it cannot be started, or does not say within half a minute where it listens.
    pub fn start() -> Result<Self> {
        let failed = |problem: String| Error::new(ErrorKind::Unreadable, problem).at("kubectl proxy");
        let child = Command::new("kubectl")
            .args(["proxy", "--port=0", "--address=127.0.0.1"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| {
                failed(format!("cannot be started ({error})"))
                    .help("install kubectl, or start a proxy elsewhere and name it with --kubectl-proxy")
            })?;
        let placeholder = Address::parse("http://127.0.0.1:1")?;
        // From here on, whatever happens ends the child.
        let mut proxy = Self { child, address: placeholder };
        let (said, first_line) = channel();
        if let Some(stdout) = proxy.child.stdout.take() {
            std::thread::spawn(move || {
                let mut lines = BufReader::new(stdout);
                let mut line = String::new();
                // Without a line, what it says on standard error is told.
                let _ = lines.read_line(&mut line);
                let _ = said.send(line);
                // Its later output goes nowhere, and must not stop it.
                let _ = std::io::copy(&mut lines, &mut std::io::sink());
            });
        }
        let line = first_line.recv_timeout(PATIENCE).map_err(|_| {
            failed(format!("does not say within {} s where it listens", PATIENCE.as_secs()))
                .help("see whether `kubectl get --raw /version` works")
        })?;
        let Some(listens) = line.trim().rsplit(' ').next().filter(|_| line.contains("Starting to serve"))
        else {
            let mut said = String::new();
            if let Some(stderr) = proxy.child.stderr.take() {
                let _ = stderr.take(MAX_ERROR).read_to_string(&mut said);
            }
            let said =
                said.lines().chain(line.lines()).find(|line| !line.trim().is_empty()).unwrap_or("nothing");
            return Err(failed(format!("does not start; it says: {said}"))
                .help("see whether `kubectl get --raw /version` works"));
        };
        proxy.address = Address::parse(&format!("http://{listens}"))?;
        Ok(proxy)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.address
    }
}

impl Drop for KubectlProxy {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
