//! A request to its answer, asked again as long as the server says that it is only busy.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use ureq::http;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::error::{Error, ErrorKind, Result};

/// How often a request is sent in all.
const ATTEMPTS: u32 = 6;

/// The longest that all waiting for one request takes; a server that asks for more gets no answer.
const MAX_WAIT: Duration = Duration::from_secs(300);

/// How long GitHub wants clients to wait that it limits without saying how long:
/// <https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api>.
const LIMITED_WAIT: Duration = Duration::from_secs(60);

/// The pause after the first failure of a server; each one doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// No answer to any question here is larger.
const MAX_ANSWER: u64 = 1 << 30;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);

/// For a request with all that is sent and received: profiles are large, and some networks slow.
const TIMEOUT: Duration = Duration::from_secs(300);

/// What a server is asked. Values of headers may be secret and are never shown, nor is what follows `?` in the URL.
#[derive(Clone)]
pub(super) struct Request<'a> {
    pub(super) method: &'static str,
    pub(super) url: &'a str,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Option<&'a [u8]>,
}

/// What it answers.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// By lower-case name.
    headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// The value of the header `name`, which is lower-case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// What the server says is wrong, shortened.
    pub(super) fn says(&self) -> String {
        let json: Option<serde_json::Value> = serde_json::from_slice(&self.body).ok();
        let message = json.and_then(|json| {
            let message = json.get("message").or(json.get("error"))?;
            Some(message.as_str().map_or_else(|| message.to_string(), str::to_owned))
        });
        let said = message.unwrap_or_else(|| {
            let text = String::from_utf8_lossy(&self.body);
            let line = text.lines().find(|line| !line.trim().is_empty() && !line.starts_with("<?xml"));
            line.unwrap_or_default().trim().to_owned()
        });
        let mut shown: String = said.chars().take(200).collect();
        if shown.len() < said.len() {
            shown.push('…');
        }
        if shown.is_empty() {
            format!("status {}", self.status)
        } else {
            format!("status {}: {shown}", self.status)
        }
    }

    /// How long to wait until the request may succeed; `None` if it is answered for good. `failures` counts the
    /// answers so far that were none.
    fn pause(&self, failures: u32) -> Option<Duration> {
        let number = |name: &str| self.header(name).and_then(|value| value.trim().parse::<i64>().ok());
        let seconds = |seconds: i64| Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
        let is_limited = self.status == 429
            || (self.status == 403
                && (self.header("retry-after").is_some()
                    || number("x-ratelimit-remaining") == Some(0)
                    || contains(&self.body, b"rate limit")));
        if !is_limited && !matches!(self.status, 500 | 502 | 503 | 504) {
            return None;
        }
        if self.header("retry-after").is_some() {
            let until = || self.header("retry-after").and_then(date).map(|until| until - self.now());
            let wait = number("retry-after").or_else(|| until()?.total(jiff::Unit::Second).ok().map(whole));
            return Some(wait.map_or(LIMITED_WAIT, seconds));
        }
        if is_limited {
            let reset = number("x-ratelimit-reset").or_else(|| number("ratelimit-reset"));
            let is_primary =
                number("x-ratelimit-remaining") == Some(0) || number("ratelimit-remaining") == Some(0);
            return Some(match reset.filter(|_| is_primary) {
                // The second that the reset falls into has to pass.
                Some(reset) => seconds(reset.saturating_sub(self.now().as_second()).saturating_add(1)),
                None => LIMITED_WAIT * (1 << failures.min(4)),
            });
        }
        Some(backoff(failures))
    }

    /// What the server's clock says, which is the one that its times are told by.
    fn now(&self) -> Timestamp {
        self.header("date").and_then(date).unwrap_or_else(Timestamp::now)
    }
}

fn backoff(failures: u32) -> Duration {
    FIRST_PAUSE * (1 << failures.min(6))
}

fn date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::parse(text).ok().map(|time| time.timestamp())
}

#[expect(clippy::cast_possible_truncation, reason = "whole seconds of a wait; casts saturate")]
fn whole(seconds: f64) -> i64 {
    seconds.ceil() as i64
}

fn contains(body: &[u8], words: &[u8]) -> bool {
    body.windows(words.len()).any(|window| window.eq_ignore_ascii_case(words))
}

/// A client that is patient with servers.
#[derive(Debug, Clone)]
pub(super) struct Http {
    agent: ureq::Agent,
}

impl Http {
    /// A client that trusts the platform's certificates (`SSL_CERT_FILE` names others) and uses the proxy that the
    /// environment names.
    pub(super) fn new() -> Self {
        let native = rustls_native_certs::load_native_certs();
        let roots: Vec<_> = native.certs.iter().map(|root| Certificate::from_der(root).to_owned()).collect();
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::Specific(Arc::new(roots)))
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let config = ureq::Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_global(Some(TIMEOUT))
            .redirect_auth_headers(ureq::config::RedirectAuthHeaders::SameHost)
            .user_agent(concat!("profgate/", env!("CARGO_PKG_VERSION")))
            .build();
        Self { agent: config.new_agent() }
    }

    /// Sends `request` until it is answered.
    ///
    /// # Errors
    /// When there is no answer in time, or the server wants to be left alone for too long.
    pub(super) fn send(&self, request: &Request<'_>) -> Result<Answer> {
        let mut waited = Duration::ZERO;
        let mut failures = 0;
        loop {
            let answer = self.send_once(request);
            let pause = match &answer {
                Ok(answer) => answer.pause(failures),
                Err(_) => Some(backoff(failures)),
            };
            failures += 1;
            let Some(pause) = pause else { return answer };
            if failures == ATTEMPTS || waited + pause > MAX_WAIT {
                return answer.and_then(|answer| {
                    let problem =
                        format!("the server did not answer in {failures} attempts ({})", answer.says());
                    let seconds = pause.as_secs();
                    Err(Error::new(ErrorKind::Unreadable, problem)
                        .at(shown(request.url))
                        .help(format!("run this again in {} s", seconds.max(1))))
                });
            }
            thread::sleep(pause);
            waited += pause;
        }
    }

    fn send_once(&self, request: &Request<'_>) -> Result<Answer> {
        let place = || shown(request.url);
        let failed = |error: &dyn std::fmt::Display| {
            Error::new(ErrorKind::Unreadable, format!("the server cannot be asked ({error})")).at(place())
        };
        let mut builder = http::Request::builder().method(request.method).uri(request.url);
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        let answer = match request.body {
            Some(body) => {
                builder.body(body).map_err(|error| failed(&error)).map(|sent| self.agent.run(sent))?
            }
            None => builder.body(()).map_err(|error| failed(&error)).map(|sent| self.agent.run(sent))?,
        };
        let mut answer = answer.map_err(|error| failed(&error))?;
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        Ok(Answer {
            status: answer.status().as_u16(),
            headers: answer
                .headers()
                .iter()
                .map(|(name, value)| (name.as_str().to_owned(), text(value)))
                .collect(),
            body: answer
                .body_mut()
                .with_config()
                .limit(MAX_ANSWER)
                .read_to_vec()
                .map_err(|error| failed(&error))?,
        })
    }
}

/// `url` without what follows `?`: signatures are there.
fn shown(url: &str) -> String {
    url.split('?').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
        let own = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        Answer { status, headers: headers.iter().map(own).collect(), body: body.into() }
    }

    fn seconds(answer: &Answer, failures: u32) -> Option<u64> {
        answer.pause(failures).map(|pause| pause.as_secs())
    }

    #[test]
    fn limits_are_waited_for_as_long_as_the_server_says() {
        let date = ("date", "Fri, 20 Nov 2026 08:00:00 GMT");
        let reset = Timestamp::strptime("%Y-%m-%dT%H:%M:%S%z", "2026-11-20T08:00:40+0000").unwrap();
        let reset = reset.as_second().to_string();
        for status in [403, 429] {
            assert_eq!(seconds(&answer(status, &[("retry-after", "7")], ""), 0), Some(7));
            let until = answer(status, &[date, ("retry-after", "Fri, 20 Nov 2026 08:00:09 GMT")], "");
            assert_eq!(seconds(&until, 0), Some(9));
            let primary = [date, ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset.as_str())];
            assert_eq!(seconds(&answer(status, &primary, ""), 0), Some(41));
            let secondary = answer(status, &[("x-ratelimit-remaining", "9")], "a Secondary Rate Limit");
            assert_eq!((seconds(&secondary, 0), seconds(&secondary, 1)), (Some(60), Some(120)));
        }
    }

    #[test]
    fn servers_in_trouble_are_asked_later_and_later() {
        let broken = answer(502, &[], "");
        assert_eq!(broken.pause(0), Some(FIRST_PAUSE));
        assert_eq!(broken.pause(3), Some(FIRST_PAUSE * 8));
        for status in [200, 201, 204, 401, 404, 412, 422, 501] {
            assert_eq!(answer(status, &[], "").pause(0), None, "{status}");
        }
        assert_eq!(answer(403, &[], "Resource not accessible").pause(0), None, "no right is no limit");
    }

    #[test]
    fn signatures_are_not_shown() {
        assert_eq!(shown("https://b/c?X-Amz-Signature=1"), "https://b/c");
    }
}
