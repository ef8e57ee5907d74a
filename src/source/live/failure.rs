//! What went wrong on the way to a server to an error, and to whether another attempt may help.

use std::io;
use std::time::Duration;

use rustls::{AlertDescription, CertificateError};

use crate::error::{Error, ErrorKind};

/// An attempt that came to nothing.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: Box<Error>,
    /// Whether another attempt may fare better.
    pub(super) may_pass: bool,
    /// Whether nobody listens there.
    pub(super) is_refused: bool,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error: Box::new(error), may_pass: false, is_refused: false }
    }
}

/// What to say of `error`, in an attempt that was part of `timeout`.
pub(super) fn failure(error: &ureq::Error, timeout: Duration) -> Failure {
    let (problem, advice, may_pass) = match error {
        ureq::Error::Timeout(_) => (
            format!("there is no complete answer within {} s", timeout.as_secs_f64()),
            "raise --timeout, which covers the whole answer, or see why the server is slow",
            false,
        ),
        ureq::Error::HostNotFound => {
            ("the host is not known".to_owned(), "check the name, and that DNS works here", false)
        }
        ureq::Error::Io(error) => of_io(error),
        ureq::Error::Rustls(error) => of_tls(error),
        ureq::Error::Tls(problem) => (format!("TLS failed ({problem})"), TLS_ADVICE, false),
        ureq::Error::ConnectProxyFailed(problem) => (
            format!("the proxy refuses ({problem})"),
            "check --proxy, HTTP_PROXY, HTTPS_PROXY and NO_PROXY",
            false,
        ),
        ureq::Error::Protocol(problem) => {
            (format!("the answer is not HTTP ({problem})"), "check the scheme and the port", false)
        }
        ureq::Error::LargeResponseHeader(..) => {
            ("the answer's header is too large".to_owned(), "check the address", false)
        }
        // Other texts of ureq may hold the URL.
        _ => ("the request failed".to_owned(), "check the address", false),
    };
    let is_refused =
        matches!(error, ureq::Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused);
    let error = Box::new(Error::new(ErrorKind::Unreadable, problem).help(advice));
    Failure { error, may_pass, is_refused }
}

fn of_io(error: &io::Error) -> (String, &'static str, bool) {
    if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return of_tls(error);
    }
    match error.kind() {
        io::ErrorKind::ConnectionRefused => (
            "nobody listens there (connection refused)".to_owned(),
            "check the port, and that the program runs",
            true,
        ),
        io::ErrorKind::NotFound => {
            ("there is no such socket".to_owned(), "check the path, and that the program runs", false)
        }
        io::ErrorKind::PermissionDenied => {
            ("the socket may not be opened".to_owned(), "run as a user who may, such as root", false)
        }
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => (
            "the connection broke off before the answer was complete".to_owned(),
            "see whether the program crashed or restarted, and try again",
            true,
        ),
        _ => (format!("the connection failed ({error})"), "check the address and the network", false),
    }
}

const TLS_ADVICE: &str = "check the server's certificate, and name its authority with --ca";

fn of_tls(error: &rustls::Error) -> (String, &'static str, bool) {
    let (problem, advice) = match error {
        rustls::Error::InvalidCertificate(problem) => {
            let problem = match problem {
                CertificateError::UnknownIssuer => "is signed by an authority that is not trusted".to_owned(),
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                    "has expired".to_owned()
                }
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                    "is for another host".to_owned()
                }
                other => format!("is not valid ({other})"),
            };
            (format!("the server's certificate {problem}"), TLS_ADVICE)
        }
        rustls::Error::AlertReceived(
            alert @ (AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::UnknownCA
            | AlertDescription::CertificateUnknown
            | AlertDescription::CertificateExpired
            | AlertDescription::AccessDenied
            | AlertDescription::HandshakeFailure),
        ) => (
            format!("the server does not accept the client's certificate ({alert:?})"),
            "give one that it accepts with --cert and --key",
        ),
        rustls::Error::InvalidMessage(_) => {
            ("the server does not speak TLS".to_owned(), "use http:// if it is meant to be so")
        }
        other => (format!("TLS failed ({other})"), TLS_ADVICE),
    };
    (problem, advice, false)
}
