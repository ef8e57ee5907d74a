//! Kubernetes' shorthands, `k8s://COMPONENT[/PROFILE]`, to the addresses at which the component serves its profiles.

use super::address::{Address, Encryption, PROFILES, Service, Transport};
use crate::error::{Error, ErrorKind, Result};

/// Where `kubectl proxy` listens unless it is told otherwise.
pub const KUBECTL_PROXY: &str = "http://127.0.0.1:8001";

/// A component that serves its profiles on a port of its own.
struct Component {
    name: &'static str,
    port: u16,
    encryption: Encryption,
    /// The port without encryption that older versions had (removed in Kubernetes 1.20 to 1.24).
    former: Option<u16>,
}

const COMPONENTS: [Component; 4] = [
    Component { name: "kube-scheduler", port: 10259, encryption: Encryption::Verified, former: Some(10251) },
    Component {
        name: "kube-controller-manager",
        port: 10257,
        encryption: Encryption::Verified,
        former: Some(10252),
    },
    Component { name: "kube-proxy", port: 10249, encryption: Encryption::None, former: None },
    // With `--enable-pprof`, at the address for clients.
    Component { name: "etcd", port: 2379, encryption: Encryption::None, former: None },
];

/// Whether `text` is a shorthand.
#[must_use]
pub fn is_shorthand(text: &str) -> bool {
    text.starts_with("k8s://")
}

/// Whether `text` is a shorthand that goes through `kubectl proxy`.
#[must_use]
pub fn needs_kubectl_proxy(text: &str) -> bool {
    let component = text.strip_prefix("k8s://").and_then(|rest| rest.split(['/', '?']).next());
    matches!(component, Some("kube-apiserver" | "kubelet"))
}

/// The addresses that the shorthand `text` stands for; a later one is meant where nobody listens at the one before.
///
/// The API server and the kubelets are reached through `kubectl proxy` at `proxy`, the others at their own port of this
/// machine or of `?host=HOST`. `?port=PORT` and `?scheme=http|https|https+insecure` say where else a component listens.
///
/// # Errors
/// When the component or the profile is unknown, or the kubelet's node is missing.
pub fn resolve(text: &str, proxy: &Address) -> Result<Vec<Address>> {
    let rest = text.strip_prefix("k8s://").unwrap_or(text);
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let mut parts = path.trim_end_matches('/').split('/');
    let component = parts.next().unwrap_or_default();
    let place = text.split('?').next().unwrap_or(text);
    let wrong = |problem: String, advice: &str| Error::new(ErrorKind::Usage, problem).at(place).help(advice);
    let node = if component == "kubelet" {
        let node = parts.next().unwrap_or_default();
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
        if node.is_empty() || !node.bytes().all(is_name) || node.starts_with('.') {
            return Err(wrong("names no node".to_owned(), "write it as k8s://kubelet/NODE[/PROFILE]"));
        }
        Some(node)
    } else {
        None
    };
    let profile = parts.next().unwrap_or(PROFILES[0]);
    if !PROFILES.contains(&profile) || parts.next().is_some() {
        let advice = format!("the profiles are {}", PROFILES.join(", "));
        return Err(wrong(format!("`{profile}` is no profile of a component"), &advice));
    }
    let target = format!("/debug/pprof/{profile}");
    let through_proxy = |prefix: &str| {
        let target =
            Address::at(Service::Program, proxy.transport.clone(), &format!("{prefix}{target}?{query}"));
        Ok(vec![Address { user: proxy.user.clone(), ..target }])
    };
    match (component, node) {
        ("kube-apiserver", _) => return through_proxy(""),
        (_, Some(node)) => return through_proxy(&format!("/api/v1/nodes/{node}/proxy")),
        _ => {}
    }
    let Some(component) = COMPONENTS.iter().find(|known| known.name == component) else {
        let names: Vec<_> = COMPONENTS.iter().map(|component| component.name).collect();
        let advice = format!("the components are kube-apiserver, kubelet/NODE, {}", names.join(", "));
        return Err(wrong(format!("`{component}` is no component that is known"), &advice));
    };
    own_port(component, &target, query).map_err(|error| error.at(place))
}

/// The addresses of a component at its own port.
fn own_port(component: &Component, target: &str, query: &str) -> Result<Vec<Address>> {
    let asked = Address::parse(&format!("http://localhost{target}?{query}"))?;
    let host = asked.parameter("host").unwrap_or("127.0.0.1");
    let port = asked.parameter("port").map_or(component.port.to_string(), str::to_owned);
    let scheme = asked.parameter("scheme").unwrap_or(match component.encryption {
        Encryption::None => "http",
        Encryption::Verified | Encryption::Unverified => "https",
    });
    let at = |scheme: &str, port: &str| {
        let mut address = Address::parse(&format!("{scheme}://{host}:{port}{target}"))?;
        let own = |name: &str| ["host", "port", "scheme"].contains(&name);
        address.query = asked.query.iter().filter(|(name, _)| !own(name)).cloned().collect();
        match address.transport {
            Transport::Tcp { .. } => Ok(address),
            Transport::Unix(_) => {
                Err(Error::new(ErrorKind::Usage, "a component does not listen at a socket"))
            }
        }
    };
    let mut addresses = vec![at(scheme, &port)?];
    let is_elsewhere = ["port", "scheme"].iter().any(|name| asked.parameter(name).is_some());
    if let Some(former) = component.former.filter(|_| !is_elsewhere) {
        addresses.push(Address { is_guess: true, ..at("http", &former.to_string())? });
    }
    Ok(addresses)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(text: &str) -> Vec<String> {
        let proxy = Address::parse(KUBECTL_PROXY).expect("a URL");
        let addresses = resolve(text, &proxy).unwrap_or_else(|error| panic!("{error}"));
        addresses.iter().map(Address::to_string).collect()
    }

    #[test]
    fn components_have_their_ports() {
        let proxy = "http://127.0.0.1:8001";
        for (text, expected) in [
            ("k8s://kube-apiserver", vec![format!("{proxy}/debug/pprof/profile")]),
            ("k8s://kube-apiserver/heap", vec![format!("{proxy}/debug/pprof/heap")]),
            (
                "k8s://kubelet/node-1.example",
                vec![format!("{proxy}/api/v1/nodes/node-1.example/proxy/debug/pprof/profile")],
            ),
            ("k8s://kubelet/n/mutex", vec![format!("{proxy}/api/v1/nodes/n/proxy/debug/pprof/mutex")]),
            (
                "k8s://kube-scheduler/heap",
                vec![
                    "https://127.0.0.1:10259/debug/pprof/heap".to_owned(),
                    "http://127.0.0.1:10251/debug/pprof/heap".to_owned(),
                ],
            ),
            (
                "k8s://kube-controller-manager?host=10.0.0.7",
                vec![
                    "https://10.0.0.7:10257/debug/pprof/profile".to_owned(),
                    "http://10.0.0.7:10252/debug/pprof/profile".to_owned(),
                ],
            ),
            ("k8s://kube-proxy", vec!["http://127.0.0.1:10249/debug/pprof/profile".to_owned()]),
            (
                "k8s://etcd/heap?scheme=https&port=2381",
                vec!["https://127.0.0.1:2381/debug/pprof/heap".to_owned()],
            ),
        ] {
            assert_eq!(resolved(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_component_is_an_error() {
        let proxy = Address::parse(KUBECTL_PROXY).expect("a URL");
        for text in [
            "k8s://",
            "k8s://kubelet",
            "k8s://kubelet/../heap",
            "k8s://kube-apiserver/trace",
            "k8s://kube-dns",
            "k8s://etcd/heap/x",
            "k8s://etcd?scheme=unix",
            "k8s://etcd?port=x",
        ] {
            assert!(resolve(text, &proxy).is_err(), "{text}");
        }
    }
}
