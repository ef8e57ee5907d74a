//! The text of a live source to where its server is and what it is asked for.

use std::fmt;
use std::path::PathBuf;

use super::percent;
use super::secret::{Secret, is_secret_name};
use crate::error::{Error, ErrorKind, Result};

/// The CPU profile, where Go serves it: what is meant where a URL has no path.
const DEFAULT_PATH: &str = "/debug/pprof/profile";

/// What may stand in a path or a query besides letters and digits (RFC 3986, section 3.3 and 3.4).
const PATH_CHARACTERS: &str = "/!$&'()*+,;=:@%";
const QUERY_CHARACTERS: &str = "/?!$'()*,;:@";

/// What kind of server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// A program that serves its own profiles, as Go's `net/http/pprof` does.
    Program,
    /// Pyroscope.
    Pyroscope,
    /// Parca.
    Parca,
}

/// How the server is reached.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Transport {
    /// Over TCP.
    Tcp {
        /// A name or an address; one of IPv6 stands in brackets.
        host: String,
        /// The port.
        port: u16,
        /// Whether the connection is encrypted.
        encryption: Encryption,
    },
    /// Over a Unix socket.
    Unix(PathBuf),
}

/// Whether a connection is encrypted, and with whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encryption {
    /// Not at all.
    None,
    /// With a server whose certificate is checked.
    Verified,
    /// With whoever answers.
    Unverified,
}

/// What a profile measures, by the name under which Go serves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// CPU time, while it is being asked for.
    Cpu,
    /// Everything since the program started, or what there is at the moment.
    Counted,
    /// Not known.
    Other,
}

/// The profiles that Go serves below `/debug/pprof/`, the CPU profile first.
pub const PROFILES: [&str; 8] =
    ["profile", "heap", "allocs", "goroutine", "block", "mutex", "threadcreate", "goroutineleak"];

/// Where one live profile is.
///
/// It may hold a password; [`fmt::Display`] and [`fmt::Debug`] leave secrets out.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address {
    /// What kind of server answers.
    pub service: Service,
    /// How it is reached.
    pub transport: Transport,
    /// The path, which begins with `/`, percent-encoded.
    pub path: String,
    /// Names and values of the query, not percent-encoded.
    pub query: Vec<(String, Secret)>,
    /// User name and password, `user:password`, not percent-encoded.
    pub user: Option<Secret>,
    /// Whether secrets are kept from the server: it is a guess that it is the one that is meant.
    pub is_guess: bool,
}

/// Whether `text` is written like a live source: with a scheme, or as `host:port` with or without a path.
#[must_use]
pub fn is_live(text: &str) -> bool {
    if let Some((scheme, _)) = text.split_once("://") {
        return !scheme.is_empty()
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    }
    let authority = text.split(['/', '?']).next().unwrap_or(text);
    let server = authority.rsplit_once('@').map_or(authority, |(_, server)| server);
    let Some((host, port)) = split_host(server) else { return false };
    is_host(host) && !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// `host:rest` at the colon that ends the host, which may be an address of IPv6 in brackets.
fn split_host(text: &str) -> Option<(&str, &str)> {
    let end = if text.starts_with('[') { text.find(']')? + 1 } else { text.find(':')? };
    Some((&text[..end], text[end..].strip_prefix(':')?))
}

fn is_host(host: &str) -> bool {
    match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            !host.is_empty()
                && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
        }
    }
}

impl Address {
    /// Reads `text`, which [`is_live`]. Kubernetes' shorthands are [`super::kubernetes`]'s to read.
    ///
    /// # Errors
    /// When the scheme is unknown, or the rest is no address of its scheme.
    pub fn parse(text: &str) -> Result<Self> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let (service, scheme) = match scheme.split_once('+') {
            Some(("pyroscope", scheme)) => (Service::Pyroscope, scheme),
            Some(("parca", scheme)) => (Service::Parca, scheme),
            _ => (Service::Program, scheme),
        };
        let encryption = match scheme {
            "http" => Encryption::None,
            "https" => Encryption::Verified,
            "https+insecure" => Encryption::Unverified,
            "unix" if service == Service::Program => return Self::unix(rest),
            _ => {
                let problem = format!("`{scheme}://` is no scheme that profiles are fetched by");
                return Err(Error::new(ErrorKind::Usage, problem).help(
                    "use http://, https://, https+insecure://, unix://SOCKET:/path, k8s://COMPONENT, \
                     pyroscope+https:// or parca+https://",
                ));
            }
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        let (user, authority) = match authority.rsplit_once('@') {
            Some((user, authority)) => (Some(Secret::new(percent::decode(user))), authority),
            None => (None, authority),
        };
        let default_port = if encryption == Encryption::None { 80 } else { 443 };
        let (host, port) = match split_host(authority) {
            Some((host, port)) => (host, port.parse().ok()),
            None => (authority, Some(default_port)),
        };
        let Some(port) = port.filter(|&port| port > 0 && is_host(host)) else {
            return Err(Error::new(ErrorKind::Usage, format!("`{authority}` is no host with a port"))
                .help("write it as host:port, an IPv6 address in brackets"));
        };
        let transport = Transport::Tcp { host: host.to_ascii_lowercase(), port, encryption };
        Ok(Self { user, ..Self::at(service, transport, rest) })
    }

    /// The address of a socket: `/run/app.sock:/debug/pprof/heap`. The last `:/` ends the socket's path.
    fn unix(text: &str) -> Result<Self> {
        let (socket, target) = match text.rfind(":/") {
            Some(at) => (&text[..at], &text[at + 1..]),
            None => (text.split('?').next().unwrap_or(text), text.find('?').map_or("", |at| &text[at..])),
        };
        if !socket.starts_with('/') {
            return Err(Error::new(ErrorKind::Usage, "the socket's path is not absolute")
                .help("write it as unix:///run/app.sock:/debug/pprof/heap, with three slashes"));
        }
        Ok(Self::at(Service::Program, Transport::Unix(socket.into()), target))
    }

    /// The address of `target`, a path and a query, both of which may be missing.
    pub(super) fn at(service: Service, transport: Transport, target: &str) -> Self {
        let target = target.split('#').next().unwrap_or(target);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let path = match path {
            "" | "/" if service == Service::Program => DEFAULT_PATH.to_owned(),
            _ => percent::encode(path, PATH_CHARACTERS),
        };
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let decoded = |text: &str| percent::decode(&text.replace('+', " "));
        let query = pairs.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), Secret::new(decoded(value)))
        });
        Self { service, transport, path, query: query.collect(), user: None, is_guess: false }
    }

    /// The value of `name` in the query.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.reveal())
    }

    /// The same address, asked with `name` set to `value`.
    #[must_use]
    pub fn with_parameter(mut self, name: &str, value: &str) -> Self {
        self.query.retain(|(known, _)| known != name);
        self.query.push((name.to_owned(), Secret::new(value.to_owned())));
        self
    }

    /// The address of another path on the same server, without a query.
    #[must_use]
    pub fn sibling(&self, path: &str) -> Self {
        Self { path: path.to_owned(), query: Vec::new(), ..self.clone() }
    }

    /// The last part of the path: the profile's name, as Go serves it.
    #[must_use]
    pub fn profile(&self) -> &str {
        self.path.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
    }

    /// What the profile measures, as its name says.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.profile() {
            _ if self.service != Service::Program => Kind::Other,
            "profile" => Kind::Cpu,
            name if PROFILES.contains(&name) => Kind::Counted,
            _ => Kind::Other,
        }
    }

    /// Everything in the address that must not be shown.
    #[cfg(feature = "capture")]
    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        let user = self.user.as_ref().map(Secret::reveal);
        let password = user.and_then(|user| user.split_once(':')).map(|(_, password)| password);
        let query = self.query.iter().filter(|(name, _)| is_secret_name(name));
        query.map(|(_, value)| value.reveal()).chain(user).chain(password)
    }

    /// Whether the server runs on this machine, as far as the address tells.
    #[must_use]
    pub fn is_local(&self) -> bool {
        match &self.transport {
            Transport::Unix(_) => true,
            Transport::Tcp { host, .. } => is_loopback(host),
        }
    }

    /// The server without what it is asked for, such as `https://host:443`.
    #[must_use]
    pub fn origin(&self) -> String {
        match &self.transport {
            Transport::Unix(socket) => format!("unix://{}", socket.display()),
            Transport::Tcp { host, port, encryption } => {
                let scheme = if *encryption == Encryption::None { "http" } else { "https" };
                format!("{scheme}://{host}:{port}")
            }
        }
    }

    /// The path and the whole query, as they are sent.
    #[cfg(feature = "capture")]
    pub(super) fn target(&self) -> String {
        self.path_and_query(|_, value| value.reveal())
    }

    fn path_and_query<'a>(&'a self, show: impl Fn(&str, &'a Secret) -> &'a str) -> String {
        let pair = |(name, value): &'a (String, Secret)| {
            let value = percent::encode(show(name, value), QUERY_CHARACTERS);
            format!("{}={value}", percent::encode(name, QUERY_CHARACTERS))
        };
        let query: Vec<_> = self.query.iter().map(pair).collect();
        if query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, query.join("&")) }
    }
}

/// Whether `host` is this machine, whatever its network.
pub(super) fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    address.map_or(host == "localhost" || host.ends_with(".localhost"), |address| address.is_loopback())
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let service = match self.service {
            Service::Program => "",
            Service::Pyroscope => "pyroscope+",
            Service::Parca => "parca+",
        };
        let show =
            |name: &str, value| if is_secret_name(name) { Secret::SHOWN } else { Secret::reveal(value) };
        let target = self.path_and_query(show);
        match &self.transport {
            Transport::Unix(socket) => write!(f, "unix://{}:{target}", socket.display()),
            Transport::Tcp { host, port, encryption } => {
                let (scheme, default) = match encryption {
                    Encryption::None => ("http", 80),
                    Encryption::Verified => ("https", 443),
                    Encryption::Unverified => ("https+insecure", 443),
                };
                let port = if *port == default { String::new() } else { format!(":{port}") };
                write!(f, "{service}{scheme}://{host}{port}{target}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn live_sources_are_told_from_paths() {
        for (text, expected) in [
            ("http://localhost/debug/pprof/heap", true),
            ("unix:///run/x.sock:/debug/pprof/heap", true),
            ("k8s://kubelet/node", true),
            ("pyroscope+https://host?query=x", true),
            ("localhost:6060", true),
            ("[::1]:6060/debug/pprof/heap", true),
            ("10.0.0.1:6060?seconds=1", true),
            ("me:pw@host:6060/debug/pprof/heap", true),
            ("cpu.pb.gz", false),
            ("mem_2023-11-02_03:55:24", false),
            ("dir/mem_03:55", false),
            ("c:\\cpu.pb.gz", false),
            ("-", false),
        ] {
            assert_eq!(is_live(text), expected, "{text}");
        }
    }

    #[test]
    fn addresses_are_read_and_shown() {
        for (text, shown) in [
            ("localhost:6060", "http://localhost:6060/debug/pprof/profile"),
            ("http://Host/", "http://host/debug/pprof/profile"),
            ("https://host:8443/x?seconds=5#top", "https://host:8443/x?seconds=5"),
            ("https+insecure://[::1]/a b", "https+insecure://[::1]/a%20b"),
            ("unix:///run/c:d.sock:/debug/pprof/heap?gc=1", "unix:///run/c:d.sock:/debug/pprof/heap?gc=1"),
            ("unix:///run/c.sock", "unix:///run/c.sock:/debug/pprof/profile"),
            (
                "pyroscope+http://h:4040?query=cpu{a=\"b\"}&from=now-1h",
                "pyroscope+http://h:4040?query=cpu%7Ba%3D%22b%22%7D&from=now-1h",
            ),
        ] {
            let address = Address::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(address.to_string(), shown, "{text}");
            let again = Address::parse(shown).unwrap_or_else(|error| panic!("{shown}: {error}"));
            assert_eq!(again, address, "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_an_error() {
        for text in [
            "ftp://host/x",
            "http://",
            "http://host:0",
            "http://host:70000",
            "http://ho st/",
            "http://[::1/",
            "unix://relative.sock:/x",
            "pyroscope+unix:///x",
            "http://user@/x",
            "http://host:/x",
        ] {
            assert!(Address::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn secrets_are_sent_and_not_shown() {
        let address =
            Address::parse("http://me:hunter2@host/x?api_key=k3y&token=t0k&seconds=5").expect("a URL");
        assert_eq!(address.user.as_ref().map(Secret::reveal), Some("me:hunter2"));
        let texts = [address.to_string(), format!("{address:?}")];
        for text in texts {
            for secret in ["hunter2", "k3y", "t0k"] {
                assert!(!text.contains(secret), "{text}");
            }
        }
        assert!(address.to_string().contains("seconds=5"));
        #[cfg(feature = "capture")]
        assert_eq!(address.target(), "/x?api_key=k3y&token=t0k&seconds=5");
    }
}
