//! A live source as typed to what its server is asked, and how long that takes.

use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};
use crate::source::{Address, Kind, Service, is_live, kubernetes};

/// How long Go profiles the CPU unless it is told otherwise (`net/http/pprof`).
const DEFAULT_SECONDS: u64 = 30;

/// How long an answer may take beyond the time that it is about.
const PATIENCE: Duration = Duration::from_secs(60);

/// How the sources of a command line are to be asked.
#[derive(Debug, Clone)]
pub struct Wishes {
    /// How long to profile the CPU.
    pub seconds: Option<u64>,
    /// How far the two profiles of counters lie apart that are subtracted.
    pub window: Option<u64>,
    /// Collect garbage before a heap profile.
    pub gc: bool,
    /// How long one answer may take.
    pub timeout: Option<Duration>,
    /// Where `kubectl proxy` listens.
    pub kubectl_proxy: Address,
}

/// One profile to take.
#[derive(Debug, Clone)]
pub struct Target {
    /// Where it is served; a later address is tried where nobody listens at the one before.
    pub(super) addresses: Vec<Address>,
    /// How far the two profiles lie apart that are subtracted.
    pub(super) window: Option<Duration>,
    /// How long one answer may take.
    pub(super) timeout: Duration,
    /// How long taking it should take.
    pub(super) expected: Duration,
}

impl Target {
    /// Reads `text`, a live source.
    ///
    /// # Errors
    /// When it is no address, or of something that is no profile, or cannot be asked as wished.
    pub fn new(text: &str, wishes: &Wishes) -> Result<Self> {
        if !is_live(text) {
            return Err(Error::new(ErrorKind::Usage, "is no live source")
                .at(text)
                .help("name a URL or host:port; a file is a profile already"));
        }
        let addresses = if kubernetes::is_shorthand(text) {
            kubernetes::resolve(text, &wishes.kubectl_proxy)?
        } else {
            vec![Address::parse(text)?]
        };
        let mut targets = addresses.into_iter().map(|address| {
            let place = address.to_string();
            asked(address, wishes).map_err(|error| error.at(place))
        });
        let Some(mut target) = targets.next().transpose()? else {
            return Err(Error::new(ErrorKind::Usage, "stands for no address"));
        };
        for other in targets {
            target.addresses.extend(other?.addresses);
        }
        Ok(target)
    }

    /// The address that is asked first.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.addresses[0]
    }

    /// Whether it is a CPU profile, which `--seconds` is about.
    #[must_use]
    pub fn takes_seconds(&self) -> bool {
        self.address().parameter("seconds").is_some()
    }

    /// Whether it is the difference of two profiles, which `--window` asks for.
    #[must_use]
    pub fn takes_window(&self) -> bool {
        self.window.is_some()
    }

    /// How long taking it should take.
    #[must_use]
    pub fn expected(&self) -> Duration {
        self.expected
    }
}

fn asked(mut address: Address, wishes: &Wishes) -> Result<Target> {
    refuse_what_is_no_profile(&address)?;
    let usage = |problem: &str, advice: &str| Error::new(ErrorKind::Usage, problem).help(advice);
    let own_seconds = match address.parameter("seconds").filter(|_| address.service == Service::Program) {
        Some(text) => Some(text.parse::<u64>().ok().filter(|&seconds| seconds > 0).ok_or_else(|| {
            usage("`seconds` is not a whole number above 0", "write it as ?seconds=30, or use --seconds")
        })?),
        None => None,
    };
    let mut window = None;
    let mut seconds = None;
    match address.kind() {
        Kind::Cpu => seconds = Some(wishes.seconds.or(own_seconds).unwrap_or(DEFAULT_SECONDS)),
        Kind::Counted if own_seconds.is_some() => {
            return Err(usage(
                "`seconds` makes the server subtract, which corrupts what is in use (golang/go#67942)",
                "use --window, which takes two profiles and subtracts them here",
            ));
        }
        Kind::Other if address.service == Service::Program => {
            seconds = wishes.seconds.or(own_seconds);
            window = wishes.window.filter(|_| seconds.is_none());
        }
        Kind::Counted => window = wishes.window,
        Kind::Other => {}
    }
    if wishes.gc && address.profile() == "heap" && address.service == Service::Program {
        address = address.with_parameter("gc", "1");
    }
    if let Some(seconds) = seconds {
        address = address.with_parameter("seconds", &seconds.to_string());
    }
    let length = Duration::from_secs(seconds.unwrap_or(0));
    let timeout = wishes.timeout.unwrap_or(length.saturating_add(PATIENCE));
    if timeout <= length {
        return Err(usage(
            "the timeout ends before the profile does",
            "make --timeout longer than --seconds",
        ));
    }
    let window = window.map(Duration::from_secs);
    Ok(Target { addresses: vec![address], window, timeout, expected: length.max(window.unwrap_or_default()) })
}

fn refuse_what_is_no_profile(address: &Address) -> Result<()> {
    if address.service != Service::Program {
        return Ok(());
    }
    let usage = |problem: &str, advice: &str| Err(Error::new(ErrorKind::Usage, problem).help(advice));
    match (address.profile(), address.parameter("debug")) {
        ("trace", _) => usage(
            "an execution trace is no profile",
            "fetch it with `curl -o trace.out`, and turn it into a profile with `go tool trace -pprof=TYPE trace.out`",
        ),
        (_, Some("2")) => usage(
            "debug=2 is a dump for people, not a profile",
            "leave debug out, or read the dump itself: `curl 'URL?debug=2'`",
        ),
        ("cmdline" | "symbol", _) => usage(
            "is no profile",
            "the profiles are profile, heap, allocs, goroutine, block, mutex, threadcreate and goroutineleak",
        ),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wishes() -> Wishes {
        let kubectl_proxy = Address::parse(kubernetes::KUBECTL_PROXY).expect("a URL");
        Wishes { seconds: None, window: None, gc: false, timeout: None, kubectl_proxy }
    }

    #[test]
    fn servers_are_asked_as_wished() {
        let plain = wishes();
        let all = Wishes { seconds: Some(5), window: Some(7), gc: true, ..wishes() };
        for (text, wishes, expected, window) in [
            ("h:1", &plain, "http://h:1/debug/pprof/profile?seconds=30", None),
            ("h:1/debug/pprof/profile?seconds=3", &plain, "http://h:1/debug/pprof/profile?seconds=3", None),
            ("h:1/debug/pprof/profile?seconds=3", &all, "http://h:1/debug/pprof/profile?seconds=5", None),
            ("h:1/debug/pprof/heap", &plain, "http://h:1/debug/pprof/heap", None),
            ("h:1/debug/pprof/heap", &all, "http://h:1/debug/pprof/heap?gc=1", Some(7)),
            ("h:1/debug/pprof/mutex?debug=1", &all, "http://h:1/debug/pprof/mutex?debug=1", Some(7)),
            ("h:1/debug/fgprof", &all, "http://h:1/debug/fgprof?seconds=5", None),
            (
                "k8s://kubelet/n/heap",
                &all,
                "http://127.0.0.1:8001/api/v1/nodes/n/proxy/debug/pprof/heap?gc=1",
                Some(7),
            ),
            ("parca+http://h?query=heap", &all, "parca+http://h?query=heap", None),
        ] {
            let target = Target::new(text, wishes).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(target.address().to_string(), expected);
            assert_eq!(target.window.map(|window| window.as_secs()), window, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_compared_is_refused_with_advice() {
        let short = Wishes { timeout: Some(Duration::from_secs(30)), ..wishes() };
        for (text, wishes, word) in [
            ("h:1/debug/pprof/trace?seconds=1", &wishes(), "go tool trace"),
            ("h:1/debug/pprof/goroutine?debug=2", &wishes(), "leave debug out"),
            ("h:1/debug/pprof/heap?seconds=5", &wishes(), "--window"),
            ("h:1/debug/pprof/profile?seconds=x", &wishes(), "--seconds"),
            ("h:1/debug/pprof/cmdline", &wishes(), "threadcreate"),
            ("h:1", &short, "longer than --seconds"),
        ] {
            let error = Target::new(text, wishes).expect_err(text).to_string();
            assert!(error.contains(word), "{error}");
        }
    }
}
