//! Options about live sources to profiles that were captured, or to an error that leaves nothing behind.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::args::parse_size;
use super::countdown::Countdown;
use super::interrupt::Interrupt;
use super::say;
use crate::capture::{Order, Schedule, Shot, Target, Wishes};
use crate::error::{Error, ErrorKind, Result};
use crate::source::live::{Client, ClientOptions, Credentials, KubectlProxy, ProxyRules, TlsFiles};
use crate::source::{Address, Encryption, Secret, Transport, kubernetes};

/// Options of everything that fetches profiles from programs that run.
#[derive(Debug, Args)]
#[command(next_help_heading = "Live sources")]
pub(super) struct LiveArgs {
    /// Profile the CPU for this long: seconds, or with s, m or h
    #[arg(long, value_name = "S", value_parser = parse_seconds)]
    seconds: Option<u64>,

    /// Take counters (heap, allocs, block, mutex) twice, this far apart, and subtract
    #[arg(long, value_name = "S", value_parser = parse_seconds)]
    window: Option<u64>,

    /// Capture N runs of each side in turns, base, new, new, base, …, instead of both sides at once
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    alternate: Option<u32>,

    /// Give an answer this many seconds, its body included; default: 60 more than the profile takes
    #[arg(long, value_name = "S", value_parser = parse_timeout)]
    timeout: Option<Duration>,

    /// Try again this often after a failure that may pass
    #[arg(long, value_name = "N", default_value_t = 2)]
    retries: u32,

    /// Collect garbage before each heap profile
    #[arg(long)]
    gc: bool,

    /// Send a header, 'Name: value', or those in a file, a line each, with @FILE; repeatable
    #[arg(long = "header", value_name = "HEADER")]
    headers: Vec<Secret>,

    /// Send the bearer token in this file
    #[arg(long, value_name = "FILE")]
    bearer_token_file: Option<PathBuf>,

    /// Send the bearer token in this environment variable
    #[arg(long, value_name = "VAR", conflicts_with = "bearer_token_file")]
    bearer_token_env: Option<String>,

    /// Trust the certificate authorities in this file too, PEM
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,

    /// Show this client certificate, PEM
    #[arg(long, value_name = "FILE")]
    cert: Option<PathBuf>,

    /// The key of the client certificate, PEM; default: it is in the file of --cert
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,

    /// Go through this proxy; default: `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`
    #[arg(long, value_name = "URL")]
    proxy: Option<Secret>,

    /// Where `kubectl proxy` listens, through which `k8s://kube-apiserver` and `k8s://kubelet` go
    #[arg(long, value_name = "URL", default_value = kubernetes::KUBECTL_PROXY)]
    kubectl_proxy: String,

    /// Run `kubectl proxy` on a free port while capturing
    #[arg(long, conflicts_with = "kubectl_proxy")]
    start_proxy: bool,

    /// Refuse answers that are larger than this: bytes, or with kB, MB or GB
    #[arg(long, value_name = "SIZE", default_value = "512MB", value_parser = parse_size)]
    max_size: u64,
}

/// `30`, `30s`, `2m` or `1h`: whole seconds above 0, at most a day.
fn parse_seconds(text: &str) -> Result<u64, String> {
    const DAY: u64 = 86_400;
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let factor = match &text[split..] {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        unit => return Err(format!("`{unit}` is no unit of time; use s, m or h")),
    };
    let number: u64 = text[..split].parse().map_err(|_| "is no whole number of seconds".to_owned())?;
    let seconds = number.checked_mul(factor).filter(|seconds| (1..=DAY).contains(seconds));
    seconds.ok_or_else(|| "must be between a second and a day".to_owned())
}

fn parse_timeout(text: &str) -> Result<Duration, String> {
    let number = text.strip_suffix('s').unwrap_or(text).parse::<f64>().ok();
    let number = number.filter(|seconds| (0.001..=1e6).contains(seconds));
    number.map(Duration::from_secs_f64).ok_or_else(|| "is no number of seconds above 0".to_owned())
}

/// How much is said while capturing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Loudness {
    pub(super) has_progress: bool,
    pub(super) is_verbose: bool,
}

/// The profiles of each target, base first.
#[derive(Debug)]
pub(super) struct Captured {
    pub(super) base: Vec<(Target, Vec<Shot>)>,
    pub(super) new: Vec<(Target, Vec<Shot>)>,
}

impl LiveArgs {
    /// Whether the sides take turns.
    pub(super) fn alternates(&self) -> bool {
        self.alternate.is_some()
    }

    /// The first option that says how to capture, if there is any: it has no effect without a live source.
    pub(super) fn first_wish(&self) -> Option<&'static str> {
        [
            (self.seconds.is_some(), "--seconds"),
            (self.window.is_some(), "--window"),
            (self.alternate.is_some(), "--alternate"),
            (self.gc, "--gc"),
            (self.start_proxy, "--start-proxy"),
        ]
        .into_iter()
        .find_map(|(is_set, name)| is_set.then_some(name))
    }

    /// Captures the live sources `base` and `new`.
    ///
    /// # Errors
    /// When an option or a source makes no sense, a source fails, or the user interrupts.
    pub(super) fn capture(
        &self,
        base: &[String],
        new: &[String],
        inflated_limit: u64,
        loudness: Loudness,
    ) -> Result<Captured> {
        let client = Arc::new(Client::new(self.client_options()?)?);
        let interrupt = Interrupt::begin()?;
        let needs_proxy = base.iter().chain(new).any(|text| kubernetes::needs_kubectl_proxy(text));
        if self.start_proxy && !needs_proxy {
            return Err(Error::new(ErrorKind::Usage, "no source goes through `kubectl proxy`")
                .at("--start-proxy")
                .help("leave it out, or name k8s://kube-apiserver or k8s://kubelet/NODE"));
        }
        let proxy = self.start_proxy.then(KubectlProxy::start).transpose()?;
        let kubectl_proxy = match &proxy {
            Some(proxy) => proxy.address().clone(),
            None => Address::parse(&self.kubectl_proxy).map_err(|error| error.at("--kubectl-proxy"))?,
        };
        let schedule = self.schedule(base, new, kubectl_proxy)?;
        let (targets, bases) = schedule.targets();
        let mut targets: Vec<Target> = targets.to_vec();
        let new_targets = targets.split_off(bases);
        for target in targets.iter().chain(&new_targets) {
            warn_of_insecurity(target.address());
            if loudness.is_verbose {
                say(&format!("capturing {}", target.address()));
            }
        }
        let countdown = Countdown::new(schedule.expected(), schedule.profiles(), !loudness.has_progress);
        let shots = schedule.run(&client, inflated_limit, interrupt.flag(), &|| countdown.step());
        countdown.finish();
        let mut shots = shots?.into_iter();
        let mut of = |targets: Vec<Target>| targets.into_iter().zip(shots.by_ref()).collect();
        Ok(Captured { base: of(targets), new: of(new_targets) })
    }

    fn schedule(&self, base: &[String], new: &[String], kubectl_proxy: Address) -> Result<Schedule> {
        let wishes = Wishes {
            seconds: self.seconds,
            window: self.window,
            gc: self.gc,
            timeout: self.timeout,
            kubectl_proxy,
        };
        let targets = |texts: &[String]| {
            texts.iter().map(|text| Target::new(text, &wishes)).collect::<Result<Vec<_>>>()
        };
        let (base, new) = (targets(base)?, targets(new)?);
        let all = || base.iter().chain(&new);
        let unused = |option: &'static str, advice: &str| {
            Err(Error::new(ErrorKind::Usage, "no source is captured that way").at(option).help(advice))
        };
        if self.seconds.is_some() && !all().any(Target::takes_seconds) {
            return unused("--seconds", "it is for CPU profiles; use --window for counters");
        }
        if self.window.is_some() && !all().any(Target::takes_window) {
            return unused(
                "--window",
                "it is for heap, allocs, block and mutex; use --seconds for CPU profiles",
            );
        }
        let order = self.alternate.map_or(Order::Together, Order::Alternate);
        Schedule::new(base, new, order)
    }

    fn client_options(&self) -> Result<ClientOptions> {
        let proxy = self.proxy.as_ref().map(Secret::reveal);
        Ok(ClientOptions {
            credentials: self.credentials()?,
            tls: TlsFiles { ca: self.ca.clone(), cert: self.cert.clone(), key: self.key.clone() },
            proxies: ProxyRules::new(proxy, |name| std::env::var(name).ok()),
            retries: self.retries,
            max_bytes: self.max_size,
        })
    }

    fn credentials(&self) -> Result<Credentials> {
        let mut credentials = Credentials::default();
        let read = |path: &std::path::Path| {
            std::fs::read_to_string(path).map_err(|error| {
                let problem = format!("cannot be read as text ({})", error.kind());
                Error::new(ErrorKind::Unreadable, problem).at(path.display().to_string())
            })
        };
        for header in &self.headers {
            let header = header.reveal();
            if let Some(path) = header.strip_prefix('@') {
                for line in read(path.as_ref())?.lines().filter(|line| !line.trim().is_empty()) {
                    credentials.add_header(line).map_err(|error| error.at(path))?;
                }
                continue;
            }
            credentials.add_header(header).map_err(|error| error.at("--header"))?;
            let name = header.split(':').next().unwrap_or_default().trim().to_ascii_lowercase();
            if ["authorization", "cookie", "proxy-authorization"].contains(&name.as_str()) {
                say(&format!(
                    "warning: other users of this machine can read --header {name} in the list of processes; use \
                     --bearer-token-file, --bearer-token-env or --header @FILE"
                ));
            }
        }
        if let Some(path) = &self.bearer_token_file {
            credentials
                .add_bearer_token(&read(path)?)
                .map_err(|error| error.at(path.display().to_string()))?;
        }
        if let Some(name) = &self.bearer_token_env {
            let token = std::env::var(name).map_err(|_| {
                Error::new(ErrorKind::Usage, format!("the environment variable {name} is not set"))
                    .at("--bearer-token-env")
            })?;
            credentials.add_bearer_token(&token).map_err(|error| error.at(name))?;
        }
        Ok(credentials)
    }
}

fn warn_of_insecurity(address: &Address) {
    if let Transport::Tcp { encryption: Encryption::Unverified, .. } = address.transport {
        say(&format!(
            "WARNING: the certificate of {} is not checked: whoever answers there gets the token and gives the \
             profile; name the authority with --ca instead",
            address.origin()
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        for (text, seconds) in [("5", Some(5)), ("30s", Some(30)), ("2m", Some(120)), ("1h", Some(3600))] {
            assert_eq!(parse_seconds(text).ok(), seconds, "{text}");
        }
        for wrong in ["", "0", "-1", "1.5", "5x", "25h", "99999999999999999999"] {
            assert!(parse_seconds(wrong).is_err(), "{wrong}");
        }
        assert_eq!(parse_timeout("0.5"), Ok(Duration::from_millis(500)));
        for wrong in ["", "0", "-1", "nan", "inf", "1e9"] {
            assert!(parse_timeout(wrong).is_err(), "{wrong}");
        }
    }
}
