//! Live capture from real servers: a Go program over TCP, TLS and a Unix socket, etcd, Prometheus, `kubectl proxy`.
//!
//! Go comes from `scripts/go-toolchain`, etcd and Prometheus from `scripts/server-profiles --install` or the PATH, and
//! kubectl from the PATH; a test without what it needs says that it was skipped.
#![cfg(feature = "capture")]

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

mod support;

use support::{parts, profgate, root, skip};

const GO: &str = "1.27.3";
const PROFILES: [&str; 7] = ["profile", "heap", "allocs", "goroutine", "block", "mutex", "threadcreate"];

/// A program that is ended with the test.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The workload that serves its profiles, built once.
fn serve() -> Option<&'static Path> {
    static SERVE: OnceLock<Option<PathBuf>> = OnceLock::new();
    let build = || {
        let go = support::go(GO)?;
        let binary = root().join("target/capture-test/serve");
        let built = Command::new(go)
            .args(["build", "-o"])
            .arg(&binary)
            .arg("./cmd/serve")
            .current_dir(root().join("testdata/workloads"))
            .envs([("GOTOOLCHAIN", "local"), ("GOPROXY", "off"), ("GOFLAGS", "-mod=mod")])
            .status();
        assert!(built.is_ok_and(|status| status.success()), "the workload builds");
        Some(binary)
    };
    SERVE.get_or_init(build).as_deref()
}

/// A running workload.
struct Workload {
    _program: Program,
    /// Where it listens: `http`, `https` and `unix`, with the addresses.
    listeners: Vec<(String, String)>,
}

impl Workload {
    fn start(binary: &Path, args: &[&str]) -> Self {
        let mut child = Command::new(binary)
            .args(["-for", "5m"])
            .args(args)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the workload starts");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let program = Program(child);
        let said = lines.map_while(Result::ok).take_while(|line| line != "ready");
        let split = said.filter_map(|line| line.split_once(' ').map(|(a, b)| (a.to_owned(), b.to_owned())));
        Self { listeners: split.collect(), _program: program }
    }

    fn at(&self, front: &str) -> &str {
        let found = self.listeners.iter().find(|(name, _)| name == front);
        found.map(|(_, address)| address.as_str()).expect("it listens there")
    }
}

fn run(directory: &Path, args: &[&str]) -> (i32, String, String) {
    parts(&profgate().current_dir(directory).args(args).output().expect("the binary starts"))
}

/// The real `go tool pprof` opens every profile in `directory`; there must be `expected` of them.
fn pprof_opens(go: &Path, directory: &Path, expected: usize) {
    let profiles = || {
        let entries =
            std::fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("an entry").path());
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "gz"))
    };
    assert_eq!(profiles().count(), expected, "{}", directory.display());
    for profile in profiles() {
        let output = Command::new(go)
            .args(["tool", "pprof", "-symbolize=none", "-raw"])
            .arg(&profile)
            .env("GOTOOLCHAIN", "local")
            .output()
            .expect("go starts");
        let shown = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            output.status.success() && output.stdout.starts_with(b"PeriodType"),
            "{}: {shown}",
            profile.display()
        );
    }
}

/// The sources of all profiles at `url`, and where to put them.
fn capture_all(directory: &Path, url: &str, more: &[&str]) {
    let sources = PROFILES.map(|profile| format!("{url}/debug/pprof/{profile}"));
    let mut args = vec!["capture", "-o", "out/", "--seconds", "2"];
    args.extend(sources.iter().map(String::as_str));
    args.extend(more);
    let (code, stdout, stderr) = run(directory, &args);
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(stdout.lines().count(), PROFILES.len(), "{stdout}");
}

#[test]
fn a_go_program_is_captured_over_tcp_tls_and_a_unix_socket() {
    let Some(binary) = serve() else {
        return skip("capture of a Go program", "`scripts/go-toolchain` installs Go");
    };
    let go = support::go(GO).expect("it built the workload");
    let directory = tempfile::tempdir().expect("a directory");
    let certificates = directory.path().display().to_string();
    let made = Command::new(binary).args(["-make-certificates", &certificates]).status();
    assert!(made.is_ok_and(|status| status.success()));
    let file = |name: &str| format!("{certificates}/{name}");
    let (socket, cert, key, ca) = (file("s.sock"), file("server.crt"), file("server.key"), file("ca.crt"));
    let workload = Workload::start(
        binary,
        &[
            "-tcp",
            "127.0.0.1:0",
            "-tls",
            ":0",
            "-unix",
            &socket,
            "-cert",
            &cert,
            "-key",
            &key,
            "-client-ca",
            &ca,
        ],
    );
    let tls = format!("https://localhost:{}", workload.at("https").rsplit(':').next().expect("a port"));
    let (client_cert, client_key) = (file("client.crt"), file("client.key"));
    let identity = ["--cert", &client_cert, "--key", &client_key];
    let trusted = [&["--ca", ca.as_str()], &identity[..]].concat();
    for (name, url, more) in [
        ("tcp", format!("http://{}", workload.at("http")), &[][..]),
        ("tls", tls.clone(), &trusted),
        ("unix", format!("unix://{socket}:"), &[]),
    ] {
        let directory = directory.path().join(name);
        std::fs::create_dir(&directory).expect("a directory");
        capture_all(&directory, &url, more);
        pprof_opens(&go, &directory.join("out"), PROFILES.len());
        let note = std::fs::read_to_string(directory.join("out/profile.pb.gz.json")).expect("a note");
        assert!(note.contains("\"go_version\": \"go1.27.3\"") && note.contains("\"goos\": "), "{note}");
        assert!(note.contains("\"build_id\": ") && note.contains("-tcp"), "{note}");
    }

    let heap = format!("{tls}/debug/pprof/heap");
    let other = tempfile::tempdir().expect("a directory");
    let others = other.path().display().to_string();
    let made = Command::new(binary).args(["-make-certificates", &others]).status();
    assert!(made.is_ok_and(|status| status.success()));
    let other_ca = format!("{others}/ca.crt");
    let by_address = heap.replace("localhost", "127.0.0.2");
    for (url, more, expected) in [
        (&heap, &["--ca", &ca][..], "does not accept the client's certificate"),
        (&heap, &identity, "authority that is not trusted"),
        (&heap, &[&["--ca", &other_ca], &identity[..]].concat(), "server's certificate"),
        (&by_address, &trusted, "for another host"),
        (&heap, &["--cert", &client_cert, "--key", &key], "does not belong to the certificate"),
        (&heap.replace("https", "http"), &[], "HTTP request to an HTTPS server"),
        (&format!("https://{}/debug/pprof/heap", workload.at("http")), &[], "does not speak TLS"),
    ] {
        let args = [&["capture", url.as_str(), "-o", "x", "--timeout", "5", "--retries", "0"], more].concat();
        let (code, _, stderr) = run(directory.path(), &args);
        assert!(code == 2 && stderr.contains(expected), "{expected}: {stderr}");
        assert!(!directory.path().join("x").exists());
    }
    let insecure = heap.replace("https", "https+insecure");
    let (code, _, stderr) =
        run(directory.path(), &[&["capture", &insecure, "-o", "i.pb.gz"], &identity[..]].concat());
    assert!(
        code == 0 && stderr.contains("WARNING: the certificate of") && stderr.contains("not checked"),
        "{stderr}"
    );

    // Between two moments, counters are those of the time between, and what is in use is that of the end.
    let url = format!("http://{}/debug/pprof/heap", workload.at("http"));
    let (code, _, stderr) =
        run(directory.path(), &["capture", &url, "--gc", "--window", "2", "-o", "window/heap.pb.gz"]);
    assert_eq!(code, 0, "{stderr}");
    pprof_opens(&go, &directory.path().join("window"), 1);
}

#[test]
fn the_slower_of_two_servers_fails_the_gate_and_is_named() {
    let Some(binary) = serve() else {
        return skip("gate over live servers", "`scripts/go-toolchain` installs Go");
    };
    let directory = tempfile::tempdir().expect("a directory");
    let start = |more: &[&str]| Workload::start(binary, &[&["-tcp", "127.0.0.1:0"], more].concat());
    let (base, slower) = (start(&[]), start(&["-extra", "score=100"]));
    let url = |workload: &Workload| format!("http://{}", workload.at("http"));
    let diff = |new: &Workload| {
        let (base, new) = (url(&base), url(new));
        let args = ["diff", "--seconds", "5", "--alternate", "4", "--base", &base, "--new", &new];
        run(directory.path(), &args)
    };
    let (code, stdout, stderr) = diff(&slower);
    assert_eq!(code, 1, "{stdout}{stderr}");
    let blames = |line: &str| {
        line.trim_start().starts_with("fail  `example.com/workload/index.(*Index).score` (flat)")
    };
    assert!(stdout.starts_with("FAIL") && stdout.lines().any(blames), "{stdout}");
    drop(slower);
    let (code, stdout, stderr) = diff(&start(&[]));
    assert!(code == 0 && !stdout.starts_with("FAIL"), "{stdout}{stderr}");
    assert!(stdout.contains("[same-build]"), "{stdout}");
}

/// A server of Debian's packages, if it is there.
fn server(name: &str) -> Option<PathBuf> {
    let unpacked = root().join("target/server-profiles/packages/usr/bin").join(name);
    if unpacked.is_file() {
        return Some(unpacked);
    }
    on_path(name)
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(name)).find(|file| file.is_file())
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}

fn start_server(binary: &Path, args: &[String], directory: &Path, port: u16) -> Program {
    let log = std::fs::File::create(directory.join("log")).expect("a file");
    let errors = log.try_clone().expect("a file");
    let child = Command::new(binary).args(args).current_dir(directory).stdout(log).stderr(errors).spawn();
    let program = Program(child.expect("the server starts"));
    let started = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        let log = || std::fs::read_to_string(directory.join("log")).unwrap_or_default();
        assert!(started.elapsed() < Duration::from_secs(60), "no server after a minute:\n{}", log());
        thread::sleep(Duration::from_millis(100));
    }
    program
}

fn etcd(binary: &Path, directory: &Path) -> (Program, u16) {
    let (port, peer) = (free_port(), free_port());
    let (url, peer) = (format!("http://127.0.0.1:{port}"), format!("http://127.0.0.1:{peer}"));
    let args = [
        "--enable-pprof".to_owned(),
        format!("--data-dir={}/data", directory.display()),
        format!("--listen-client-urls={url}"),
        format!("--advertise-client-urls={url}"),
        format!("--listen-peer-urls={peer}"),
        format!("--initial-advertise-peer-urls={peer}"),
        format!("--initial-cluster=default={peer}"),
    ];
    (start_server(binary, &args, directory, port), port)
}

fn prometheus(binary: &Path, directory: &Path) -> (Program, u16) {
    let port = free_port();
    std::fs::write(directory.join("prometheus.yml"), "{}\n").expect("a file");
    let args = [
        "--config.file=prometheus.yml".to_owned(),
        "--storage.tsdb.path=data".to_owned(),
        format!("--web.listen-address=127.0.0.1:{port}"),
    ];
    (start_server(binary, &args, directory, port), port)
}

#[test]
fn etcd_and_prometheus_are_captured() {
    for (name, start) in [("etcd", etcd as fn(&Path, &Path) -> (Program, u16)), ("prometheus", prometheus)] {
        let (Some(binary), Some(go)) = (server(name), support::go(GO)) else {
            skip(
                &format!("capture of {name}"),
                "`scripts/server-profiles --install` and `scripts/go-toolchain` install it",
            );
            continue;
        };
        let directory = tempfile::tempdir().expect("a directory");
        let (_program, port) = start(&binary, directory.path());
        capture_all(directory.path(), &format!("http://127.0.0.1:{port}"), &[]);
        pprof_opens(&go, &directory.path().join("out"), PROFILES.len());
        let note = std::fs::read_to_string(directory.path().join("out/heap.pb.gz.json")).expect("a note");
        assert!(note.contains(name) && note.contains("\"go_version\": \"go1."), "{note}");
        if name == "etcd" {
            let (code, stdout, stderr) = run(
                directory.path(),
                &["capture", &format!("k8s://etcd/heap?port={port}"), "-o", "k8s.pb.gz"],
            );
            assert!(code == 0 && stdout.contains("/debug/pprof/heap"), "{stderr}");
        }
    }
}

#[test]
fn components_are_captured_through_kubectl_proxy() {
    let (Some(kubectl), Some(prometheus_binary)) = (on_path("kubectl"), server("prometheus")) else {
        return skip("capture through kubectl proxy", "kubectl is not in the PATH, or Prometheus not there");
    };
    let directory = tempfile::tempdir().expect("a directory");
    let (_program, port) = prometheus(&prometheus_binary, directory.path());
    let config = directory.path().join("kubeconfig");
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts: [{{name: c, context: {{cluster: c, user: u}}}}]\n\
         clusters: [{{name: c, cluster: {{server: 'http://127.0.0.1:{port}'}}}}]\nusers: [{{name: u, user: {{}}}}]\n"
    );
    std::fs::write(&config, text).expect("a file");
    let capture = |args: &[&str]| {
        let mut command = profgate();
        command.current_dir(directory.path()).env("KUBECONFIG", &config).arg("capture").args(args);
        parts(&command.output().expect("the binary starts"))
    };

    // One that runs already.
    let proxy_port = free_port();
    let proxy = Command::new(kubectl)
        .args(["proxy", &format!("--port={proxy_port}")])
        .env("KUBECONFIG", &config)
        .stdout(Stdio::null())
        .spawn();
    let _proxy = Program(proxy.expect("kubectl starts"));
    let started = Instant::now();
    while TcpStream::connect(("127.0.0.1", proxy_port)).is_err()
        && started.elapsed() < Duration::from_secs(30)
    {
        thread::sleep(Duration::from_millis(100));
    }
    let proxy = format!("http://127.0.0.1:{proxy_port}");
    let (code, _, stderr) =
        capture(&["k8s://kube-apiserver/heap", "--kubectl-proxy", &proxy, "-o", "with.pb.gz"]);
    assert_eq!(code, 0, "{stderr}");

    // One that is started and ended.
    let (code, stdout, stderr) =
        capture(&["k8s://kube-apiserver", "--seconds", "1", "--start-proxy", "-o", "own.pb.gz"]);
    assert_eq!(code, 0, "{stderr}");
    let authority = stdout.split("://").nth(1).and_then(|rest| rest.split('/').next()).expect("a URL");
    assert_ne!(authority, format!("127.0.0.1:{proxy_port}"));
    assert!(TcpStream::connect(authority).is_err(), "kubectl proxy still runs at {authority}");
    if let Some(go) = support::go(GO) {
        pprof_opens(&go, directory.path(), 2);
    }

    // The server knows no node.
    let (code, _, stderr) = capture(&["k8s://kubelet/node-1/heap", "--start-proxy", "-o", "x.pb.gz"]);
    let path = "/api/v1/nodes/node-1/proxy/debug/pprof/heap: the server answers 404";
    assert!(code == 2 && stderr.contains(path), "{stderr}");
}
