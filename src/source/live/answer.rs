//! What a server answers to the bytes of a profile, or to what it sent instead.

use crate::error::{Error, ErrorKind, Result};

/// How much of a server's text is looked at, and how many of its characters are shown.
const LOOKED_AT: usize = 64 << 10;
const SHOWN: usize = 160;

/// A complete answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status, such as 200.
    pub status: u16,
    /// What the server calls the body's type.
    pub content_type: String,
    /// The body, as it was sent.
    pub body: Vec<u8>,
}

impl Answer {
    /// Whether the same question may get another answer in a moment.
    pub(super) fn may_pass(&self) -> bool {
        matches!(self.status, 429 | 500 | 502 | 503 | 504)
    }

    /// The body of an answer that says that all went well.
    ///
    /// # Errors
    /// When the status says otherwise; then the error has the server's own words.
    pub(super) fn into_body(self) -> Result<Vec<u8>> {
        if (200..300).contains(&self.status) {
            return Ok(self.body);
        }
        let name = reason(self.status);
        let said = first_line(&self.body).map_or_else(String::new, |line| format!(": {line}"));
        let problem = format!("the server answers {}{name}{said}", self.status);
        Err(Error::new(ErrorKind::Unreadable, problem).help(advice(self.status, &said)))
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        400 => " (bad request)",
        401 => " (unauthorized)",
        403 => " (forbidden)",
        404 => " (not found)",
        405 => " (method not allowed)",
        407 => " (proxy authentication required)",
        429 => " (too many requests)",
        500 => " (internal server error)",
        502 => " (bad gateway)",
        503 => " (service unavailable)",
        504 => " (gateway timeout)",
        _ => "",
    }
}

fn advice(status: u16, said: &str) -> &'static str {
    match status {
        _ if said.contains("already in use") => {
            "another CPU profile of that program is being taken; wait until it is done"
        }
        _ if said.contains("WriteTimeout") => "the program answers for shorter times only; lower --seconds",
        401 => {
            "give a token that is valid with --bearer-token-file or --bearer-token-env, or --cert and --key"
        }
        403 => {
            "the account may not read profiles; in Kubernetes, it needs the verb `get` on the nonResourceURL \
             /debug/pprof/*, or on nodes/proxy for a kubelet"
        }
        404 | 405 => {
            "check the path, and that the program serves profiles there (Go: import net/http/pprof; \
             etcd: --enable-pprof; Kubernetes: profiling is on)"
        }
        _ => "look at the server's log, and try again",
    }
}

/// What `body` says first, shortened: its first line that is not blank, the message of a JSON object, or the title of
/// a page. `None` if it is no text or there is none.
#[must_use]
pub fn first_line(body: &[u8]) -> Option<String> {
    let start = &body[..body.len().min(LOOKED_AT)];
    let is_binary = |byte: &u8| byte.is_ascii_control() && !byte.is_ascii_whitespace() && *byte != 0x1b;
    if start.iter().any(is_binary) {
        return None;
    }
    let text = String::from_utf8_lossy(start);
    let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    let message = || {
        let json: serde_json::Value = serde_json::from_str(&text).ok()?;
        let message = ["message", "error", "Message"].iter().find_map(|key| json.get(key)?.as_str());
        message.map(str::to_owned)
    };
    let title = || {
        let (_, rest) = text.split_once("<title>")?;
        rest.split_once("</title>").map(|(title, _)| title.trim().to_owned())
    };
    let said = if line.starts_with(['{', '[']) { message() } else { None }
        .or_else(|| line.starts_with('<').then(title).flatten())
        .unwrap_or_else(|| line.to_owned());
    let mut shown: String = said.chars().take(SHOWN).collect();
    if shown.len() < said.len() {
        shown.push('…');
    }
    Some(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_words_of_a_server_are_found() {
        let long = "x".repeat(1000);
        for (body, line) in [
            (&b"\n 404 page not found\n"[..], Some("404 page not found")),
            (b"{\n \"kind\": \"Status\",\n \"message\": \"forbidden: no\"\n}", Some("forbidden: no")),
            (b"{\"a\": 1}", Some("{\"a\": 1}")),
            (b"<!DOCTYPE html>\n<html><title> Sign in </title>", Some("Sign in")),
            (b"<html>", Some("<html>")),
            (b"\x1f\x8b\x08\0", None),
            (b"", None),
        ] {
            assert_eq!(first_line(body).as_deref(), line);
        }
        assert_eq!(first_line(long.as_bytes()).map(|line| line.chars().count()), Some(SHOWN + 1));
    }

    #[test]
    fn statuses_become_errors_in_the_servers_words() {
        let answer = |status, body: &str| {
            let answer = Answer { status, content_type: String::new(), body: body.as_bytes().to_vec() };
            answer.into_body().expect_err("no success").to_string()
        };
        let busy = answer(500, "Could not enable CPU profiling: cpu profiling already in use\n");
        assert!(
            busy.contains("500 (internal server error): Could not enable") && busy.contains("wait"),
            "{busy}"
        );
        let expired = answer(401, "Unauthorized");
        assert!(expired.contains("401") && expired.contains("--bearer-token-file"), "{expired}");
    }
}
