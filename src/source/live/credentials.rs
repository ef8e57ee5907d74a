//! What proves to a server who is asking, and goes to no other.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::error::{Error, ErrorKind, Result};
use crate::source::secret::Secret;

/// Shorter secrets are not looked for in a server's text: they stand in any text.
const MIN_LENGTH: usize = 4;

/// Headers that are sent to the server that was named, and not along with a redirect to another.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    headers: Vec<(String, Secret)>,
}

impl Credentials {
    /// Adds a header, given as `Name: value`.
    ///
    /// # Errors
    /// When it has no name, or a character that no header may have. The value is not part of the message.
    pub fn add_header(&mut self, header: &str) -> Result<()> {
        let wrong = |problem: &str| {
            Error::new(ErrorKind::Usage, problem).help("write it as 'Name: value', or name a file with @FILE")
        };
        let (name, value) = header.split_once(':').ok_or_else(|| wrong("a header has no colon"))?;
        let (name, value) = (name.trim(), value.trim());
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(wrong("a header has a name that no header may have"));
        }
        if !value.bytes().all(|byte| byte == b'\t' || byte == b' ' || byte.is_ascii_graphic()) {
            return Err(wrong("a header has a value that no header may have"));
        }
        if ["host", "content-length", "transfer-encoding", "connection"]
            .contains(&name.to_ascii_lowercase().as_str())
        {
            return Err(wrong(&format!("the header {name} is not yours to set")));
        }
        self.headers.push((name.to_owned(), Secret::new(value.to_owned())));
        Ok(())
    }

    /// Adds the bearer token `token`, which may end with a line break.
    ///
    /// # Errors
    /// When it is empty or holds what no token may hold. It is not part of the message.
    pub fn add_bearer_token(&mut self, token: &str) -> Result<()> {
        let token = token.trim();
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            let problem =
                if token.is_empty() { "the token is empty" } else { "the token holds what none may hold" };
            return Err(
                Error::new(ErrorKind::Usage, problem).help("check that it is the token alone, on one line")
            );
        }
        self.add_header(&format!("Authorization: Bearer {token}"))
    }

    /// The same with the user and password of a URL, unless another `Authorization` is there.
    pub(super) fn with_user(&self, user: Option<&Secret>) -> Self {
        let mut all = self.clone();
        if let Some(user) = user
            && !all.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization"))
        {
            let basic = format!("Basic {}", BASE64_STANDARD.encode(user.reveal()));
            all.headers.push(("Authorization".to_owned(), Secret::new(basic)));
        }
        all
    }

    pub(super) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.reveal()))
    }

    /// `text` of a server without any secret that it repeats: ours, or one of `others`.
    pub(super) fn redact<'s>(&self, text: &str, others: impl Iterator<Item = &'s str>) -> String {
        let ours = self.headers().flat_map(|(_, value)| {
            let token = value.split_once(' ').map_or(value, |(_, token)| token.trim());
            [value, token]
        });
        let long = |secret: &&str| secret.len() >= MIN_LENGTH;
        let hide = |text: String, secret: &str| text.replace(secret, Secret::SHOWN);
        let text = others.filter(long).fold(text.to_owned(), hide);
        ours.filter(long).fold(text, hide)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_message_and_no_debug_output_holds_a_secret() {
        let mut credentials = Credentials::default();
        credentials.add_header("X-Key: hunter2").expect("a header");
        credentials.add_bearer_token("t0ken-t0ken\n").expect("a token");
        let debug = format!("{credentials:?}");
        assert!(!debug.contains("hunter2") && !debug.contains("t0ken"), "{debug}");
        assert_eq!(
            credentials.redact("you sent t0ken-t0ken, hunter2, pass", ["pass", "you"].into_iter()),
            "you sent REDACTED, REDACTED, REDACTED"
        );
        for header in ["hunter2", "X Key: hunter2", "X-Key: hunter2\r\nEvil: 1", ": hunter2", "Host: hunter2"]
        {
            let error = credentials.add_header(header).expect_err(header).to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
        for token in ["", "\n", "hunter2 hunter2", "hunter2\nx"] {
            let error = credentials.add_bearer_token(token).expect_err(token).to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn the_user_of_a_url_yields_to_a_token() {
        let user = Secret::new("me:pw".to_owned());
        let mut credentials = Credentials::default();
        let sent = |credentials: &Credentials| {
            credentials
                .with_user(Some(&user))
                .headers()
                .map(|(_, value)| value.to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(sent(&credentials), ["Basic bWU6cHc="]);
        credentials.add_bearer_token("token").expect("a token");
        assert_eq!(sent(&credentials), ["Bearer token"]);
    }
}
