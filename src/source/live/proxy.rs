//! `--proxy` and the environment to the proxy that a server is reached through.

use ureq::Proxy;

use crate::error::{Error, ErrorKind, Result};
use crate::source::address::is_loopback;
use crate::source::secret::Secret;

/// Which servers are reached through which proxy.
///
/// As in Go, this machine is reached directly unless `--proxy` names a proxy, and `NO_PROXY` names hosts, domains and
/// networks that are reached directly.
#[derive(Debug, Clone, Default)]
pub struct ProxyRules {
    /// For servers without encryption.
    pub http: Option<Secret>,
    /// For servers with encryption.
    pub https: Option<Secret>,
    /// Hosts that need no proxy, separated by commas.
    pub no_proxy: String,
    /// Whether the proxy is for this machine too: somebody asked for it on the command line.
    pub is_explicit: bool,
}

impl ProxyRules {
    /// The rules of `--proxy` and of the environment, of which `variable` gives values by name.
    #[must_use]
    pub fn new(option: Option<&str>, variable: impl Fn(&str) -> Option<String>) -> Self {
        let either = |name: &str| {
            let value = variable(&name.to_lowercase()).or_else(|| variable(name));
            value.filter(|value| !value.is_empty())
        };
        let of = |name| {
            let value = option.map(str::to_owned).or_else(|| either(name)).or_else(|| either("ALL_PROXY"));
            value.map(Secret::new)
        };
        Self {
            http: of("HTTP_PROXY"),
            https: of("HTTPS_PROXY"),
            no_proxy: either("NO_PROXY").unwrap_or_default(),
            is_explicit: option.is_some(),
        }
    }

    /// The proxy for `host` and `port`, if there is one.
    ///
    /// # Errors
    /// When the proxy's URL is none. It may hold a password and is not part of the message.
    pub(super) fn proxy(&self, host: &str, port: u16, is_encrypted: bool) -> Result<Option<Proxy>> {
        let url = if is_encrypted { &self.https } else { &self.http };
        let Some(url) = url else { return Ok(None) };
        if self.is_exempt(host, port) || (is_loopback(host) && !self.is_explicit) {
            return Ok(None);
        }
        Proxy::new(url.reveal()).map(Some).map_err(|_| {
            Error::new(ErrorKind::Usage, "the proxy's URL is not valid")
                .at("--proxy, HTTP_PROXY or HTTPS_PROXY")
                .help("write it as http://host:port or socks5://host:port")
        })
    }

    /// Whether an entry of `NO_PROXY` names the host, one of its domains, its network, or everything.
    fn is_exempt(&self, host: &str, port: u16) -> bool {
        let address: Option<std::net::IpAddr> = host.trim_matches(['[', ']']).parse().ok();
        self.no_proxy.split(',').map(str::trim).filter(|entry| !entry.is_empty()).any(|entry| {
            let entry = entry.to_ascii_lowercase();
            let (entry, is_port) = match entry.rsplit_once(':') {
                Some((name, number))
                    if number.parse::<u16>().is_ok() && (!name.contains(':') || name.ends_with(']')) =>
                {
                    (name, number == port.to_string())
                }
                _ => (entry.as_str(), true),
            };
            let entry = entry.trim_matches(['[', ']']);
            is_port && (entry == "*" || is_in(entry, host, address))
        })
    }
}

fn is_in(entry: &str, host: &str, address: Option<std::net::IpAddr>) -> bool {
    if let Some(address) = address {
        return entry.split_once('/').map_or_else(
            || entry.parse() == Ok(address),
            |(network, bits)| is_in_network(address, network, bits),
        );
    }
    let domain = entry.trim_start_matches('*');
    match domain.strip_prefix('.') {
        Some(domain) => host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')),
        None => host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')),
    }
}

/// Whether `address` begins with the same `bits` bits as `network`.
fn is_in_network(address: std::net::IpAddr, network: &str, bits: &str) -> bool {
    use std::net::IpAddr::{V4, V6};
    let (Ok(network), Ok(bits)) = (network.parse(), bits.parse::<u32>()) else { return false };
    match (address, network) {
        (V4(address), V4(network)) if bits <= 32 => {
            (address.to_bits() ^ network.to_bits()).leading_zeros() >= bits
        }
        (V6(address), V6(network)) if bits <= 128 => {
            (address.to_bits() ^ network.to_bits()).leading_zeros() >= bits
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_names_proxies_and_exceptions() {
        let environment = |name: &str| match name {
            "https_proxy" => Some("http://user:pw@secure:1".to_owned()),
            "HTTP_PROXY" => Some("http://plain:2".to_owned()),
            "NO_PROXY" => Some("example.com, .internal,10.0.0.0/8,host:81,*.org,[::2]".to_owned()),
            _ => None,
        };
        let rules = ProxyRules::new(None, environment);
        let host = |host: &str, port, is_encrypted| {
            let proxy = rules.proxy(host, port, is_encrypted).expect("valid proxies");
            proxy.map(|proxy| proxy.host().to_owned())
        };
        assert_eq!(host("go.dev", 443, true).as_deref(), Some("secure"));
        assert_eq!(host("go.dev", 80, false).as_deref(), Some("plain"));
        assert_eq!(host("internal", 80, false).as_deref(), Some("plain"));
        assert_eq!(host("host", 80, false).as_deref(), Some("plain"));
        assert_eq!(host("notexample.com", 80, false).as_deref(), Some("plain"));
        for exempt in [
            "example.com",
            "a.example.com",
            "a.internal",
            "10.1.2.3",
            "x.org",
            "[::2]",
            "localhost",
            "127.0.0.1",
            "[::1]",
        ] {
            assert_eq!(host(exempt, 80, false), None, "{exempt}");
        }
        assert_eq!(host("host", 81, false), None);
        assert!(!format!("{rules:?}").contains("pw"));

        let asked = ProxyRules::new(Some("http://mine:3"), environment);
        let proxy = asked.proxy("127.0.0.1", 80, false).expect("a valid proxy");
        assert_eq!(proxy.map(|proxy| proxy.port()), Some(3));
        let wrong = ProxyRules::new(Some("://hunter2"), environment);
        let error = wrong.proxy("x", 80, false).expect_err("no URL").to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }
}
