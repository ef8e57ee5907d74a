//! An address to its server's answer: within a time, up to a size, with secrets for nobody else.

use std::io::Read;
use std::time::{Duration, Instant};

use ureq::Agent;
use ureq::config::Config;
use ureq::http::{Response, header};

use super::answer::Answer;
use super::credentials::Credentials;
use super::failure::{Failure, failure};
use super::proxy::ProxyRules;
use super::tls::{Tls, TlsFiles};
use super::{parca, pyroscope};
use crate::error::{Error, ErrorKind, Result};
use crate::source::address::{Address, Encryption, Service, Transport};

/// As many redirects as curl users meet in practice; a chain that is longer is a loop.
const MAX_REDIRECTS: usize = 5;

/// The pause before the second attempt; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// How sources are fetched.
#[derive(Debug, Clone, Default)]
pub struct ClientOptions {
    /// What is sent along to the server that was named.
    pub credentials: Credentials,
    /// Whom to trust and how to prove who is asking.
    pub tls: TlsFiles,
    /// Which servers are reached through a proxy.
    pub proxies: ProxyRules,
    /// How often a failure that may pass is tried again.
    pub retries: u32,
    /// The largest answer, in bytes.
    pub max_bytes: u64,
}

/// Fetches from servers.
#[derive(Debug)]
pub struct Client {
    options: ClientOptions,
    tls: Tls,
}

/// What a server is asked.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) address: Address,
    /// The type and the bytes of what is sent; nothing is sent to get a profile.
    pub(super) body: Option<(&'static str, Vec<u8>)>,
}

impl Client {
    /// A client with these options.
    ///
    /// # Errors
    /// When a file with a certificate or a key is not usable.
    pub fn new(options: ClientOptions) -> Result<Self> {
        let tls = Tls::read(&options.tls)?;
        Ok(Self { options, tls })
    }

    /// Fetches a profile from the first of `addresses` at which somebody listens, within `timeout` for all attempts,
    /// all redirects and the whole answer. Returns the address that answered too.
    ///
    /// # Errors
    /// When there is no answer that says that all went well, names the address and what happened.
    pub fn fetch(&self, addresses: &[Address], timeout: Duration) -> Result<(Vec<u8>, Address)> {
        let mut first = None;
        for (place, address) in addresses.iter().enumerate() {
            let is_last = place + 1 == addresses.len();
            let deadline = Deadline::after(timeout);
            let fetched = match address.service {
                Service::Program => {
                    let request = Request { address: address.clone(), body: None };
                    self.ask(&request, &deadline, !is_last).and_then(|answer| Ok(answer.into_body()?))
                }
                Service::Pyroscope => pyroscope::fetch(self, address, &deadline),
                Service::Parca => parca::fetch(self, address, &deadline),
            };
            match fetched {
                Ok(data) => return Ok((data, address.clone())),
                Err(failure) => {
                    let error = self.in_our_words(*failure.error, address).at(address.to_string());
                    let error = first.get_or_insert(error);
                    if !failure.is_refused || is_last {
                        return Err(error.clone());
                    }
                }
            }
        }
        Err(Error::new(ErrorKind::Usage, "there is no address to fetch from"))
    }

    /// Asks, and asks again as often as the options allow while a failure may pass; not if `is_probe` and nobody
    /// listens.
    pub(super) fn ask(
        &self,
        request: &Request,
        deadline: &Deadline,
        is_probe: bool,
    ) -> Result<Answer, Failure> {
        let mut pause = FIRST_PAUSE;
        let mut retries = self.options.retries;
        loop {
            let answer = self.send(request, deadline);
            let may_pass = match &answer {
                Ok(answer) => answer.may_pass(),
                Err(failure) => failure.may_pass && !(failure.is_refused && is_probe),
            };
            if !may_pass || retries == 0 || deadline.left() <= pause {
                return answer;
            }
            std::thread::sleep(pause);
            pause *= 2;
            retries -= 1;
        }
    }

    /// `error` without the secrets of a question to `address` that the server repeated in its text.
    #[must_use]
    pub fn in_our_words(&self, error: Error, address: &Address) -> Error {
        error.map_problem(|problem| self.options.credentials.redact(problem, address.secrets()))
    }

    /// Follows redirects, to other servers without secrets.
    fn send(&self, request: &Request, deadline: &Deadline) -> Result<Answer, Failure> {
        let mut address = request.address.clone();
        let mut is_trusted = !address.is_guess;
        for _ in 0..=MAX_REDIRECTS {
            let sent = Request { address: address.clone(), body: request.body.clone() };
            let response = self.call(&sent, deadline, is_trusted)?;
            let location = response.headers().get(header::LOCATION).map(|value| value.as_bytes().to_vec());
            let is_redirect = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
            let Some(location) = location.filter(|_| is_redirect && request.body.is_none()) else {
                return self.read(response, deadline);
            };
            let next = follow(&address, &String::from_utf8_lossy(&location))?;
            is_trusted &= next.origin() == address.origin();
            address = next;
        }
        let problem = format!("the server redirects more than {MAX_REDIRECTS} times");
        Err(Error::new(ErrorKind::Unreadable, problem)
            .help("check the address, and whether it asks for a login")
            .into())
    }

    fn call(
        &self,
        request: &Request,
        deadline: &Deadline,
        is_trusted: bool,
    ) -> Result<Response<ureq::Body>, Failure> {
        let address = &request.address;
        let left = deadline.left();
        if left.is_zero() {
            return Err(failure(&ureq::Error::Timeout(ureq::Timeout::Global), deadline.timeout));
        }
        let (agent, url) = self.agent(address, left, is_trusted)?;
        let credentials = if is_trusted {
            self.options.credentials.with_user(address.user.as_ref())
        } else {
            Credentials::default()
        };
        let failed = |error: ureq::Error| failure(&error, deadline.timeout);
        let response = match &request.body {
            None => {
                let mut builder = agent.get(url);
                for (name, value) in credentials.headers() {
                    builder = builder.header(name, value);
                }
                builder.call()
            }
            Some((content_type, body)) => {
                let mut builder = agent.post(url).content_type(*content_type);
                for (name, value) in credentials.headers() {
                    builder = builder.header(name, value);
                }
                builder.send(&body[..])
            }
        };
        response.map_err(failed)
    }

    fn agent(&self, address: &Address, left: Duration, is_trusted: bool) -> Result<(Agent, String)> {
        let config = Config::builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(left))
            .max_idle_connections(0)
            .user_agent(concat!("profgate/", env!("CARGO_PKG_VERSION")));
        let target = address.target();
        match &address.transport {
            #[cfg(unix)]
            Transport::Unix(socket) => {
                let agent = super::transport::agent(config.proxy(None).build(), socket);
                Ok((agent, format!("http://localhost{target}")))
            }
            #[cfg(not(unix))]
            Transport::Unix(_) => {
                Err(Error::new(ErrorKind::Usage, "Unix sockets are not supported on this system"))
            }
            Transport::Tcp { host, port, encryption } => {
                let is_encrypted = *encryption != Encryption::None;
                let mut config = config.proxy(self.options.proxies.proxy(host, *port, is_encrypted)?);
                if is_encrypted {
                    config =
                        config.tls_config(self.tls.config(*encryption == Encryption::Verified, is_trusted));
                }
                Ok((config.build().new_agent(), format!("{}{target}", address.origin())))
            }
        }
    }

    fn read(&self, response: Response<ureq::Body>, deadline: &Deadline) -> Result<Answer, Failure> {
        let limit = self.options.max_bytes;
        let status = response.status().as_u16();
        let content_type = response.headers().get(header::CONTENT_TYPE);
        let content_type =
            content_type.map_or_else(String::new, |value| String::from_utf8_lossy(value.as_bytes()).into());
        let announced = response.body().content_length();
        let mut body = Vec::new();
        let read = if announced.is_some_and(|length| length > limit) {
            Ok(usize::MAX)
        } else {
            response.into_body().into_reader().take(limit.saturating_add(1)).read_to_end(&mut body)
        };
        read.map_err(|error| failure(&ureq::Error::from(error), deadline.timeout))?;
        if announced.unwrap_or(0) > limit || body.len() as u64 > limit {
            let limit = crate::units::label(i64::try_from(limit).unwrap_or(i64::MAX), "bytes");
            let problem = format!("the answer is larger than {limit}");
            return Err(Error::new(ErrorKind::Unreadable, problem)
                .help("raise --max-size if the server can be trusted")
                .into());
        }
        Ok(Answer { status, content_type, body })
    }
}

/// The address to which the server at `from` redirects, by the text of its `Location`.
fn follow(from: &Address, location: &str) -> Result<Address> {
    let wrong = || {
        Error::new(ErrorKind::Unreadable, "the server redirects to something that is no address of HTTP")
            .help("check the address, and whether it asks for a login")
    };
    let mut next = if location.starts_with("http://") || location.starts_with("https://") {
        Address::parse(location).map_err(|_| wrong())?
    } else if let Some(rest) = location.strip_prefix("//") {
        let scheme = from.origin();
        let scheme = scheme.split("://").next().unwrap_or_default();
        Address::parse(&format!("{scheme}://{rest}")).map_err(|_| wrong())?
    } else if location.contains("://") {
        return Err(wrong());
    } else {
        let directory = from.path.rfind('/').map_or("", |end| &from.path[..=end]);
        let target = if location.starts_with('/') {
            location.to_owned()
        } else if location.starts_with('?') {
            format!("{}{location}", from.path)
        } else {
            format!("{directory}{location}")
        };
        Address::at(from.service, from.transport.clone(), &target)
    };
    let is_same = next.origin() == from.origin();
    next.user = from.user.clone().filter(|_| is_same);
    if is_same {
        next.transport = from.transport.clone();
    }
    Ok(next)
}

/// When a fetch must be over.
#[derive(Debug)]
pub(super) struct Deadline {
    timeout: Duration,
    end: Instant,
}

impl Deadline {
    fn after(timeout: Duration) -> Self {
        Self { timeout, end: Instant::now() + timeout }
    }

    /// How much time is left.
    pub(super) fn left(&self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_keep_secrets_on_their_server() {
        let from = Address::parse("https+insecure://me:pw@host/debug/pprof/heap?gc=1").expect("a URL");
        for (location, expected, is_same) in [
            ("/x?y=1", "https+insecure://host/x?y=1", true),
            ("allocs", "https+insecure://host/debug/pprof/allocs", true),
            ("?debug=1", "https+insecure://host/debug/pprof/heap?debug=1", true),
            ("https://host:443/x", "https+insecure://host/x", true),
            ("https://host:444/x", "https://host:444/x", false),
            ("http://host/x", "http://host/x", false),
            ("//other/x", "https://other/x", false),
            ("https://me:pw@other/x", "https://other/x", false),
        ] {
            let next = follow(&from, location).expect(location);
            assert_eq!(next.to_string(), expected, "{location}");
            assert_eq!(
                (next.origin() == from.origin(), next.user.is_some()),
                (is_same, is_same),
                "{location}"
            );
        }
        for location in ["ftp://host/x", "unix:///x.sock:/y", "http://"] {
            assert!(follow(&from, location).is_err(), "{location}");
        }
    }
}
