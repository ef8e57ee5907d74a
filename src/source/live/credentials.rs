//! What proves to a server who is asking, and goes to no other.

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
            let basic = format!("Basic {}", base64(user.reveal().as_bytes()));
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

/// The digits of RFC 4648, section 4.
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64(data: &[u8]) -> String {
    let mut text = String::new();
    for chunk in data.chunks(3) {
        let bytes = [chunk[0], chunk.get(1).copied().unwrap_or(0), chunk.get(2).copied().unwrap_or(0)];
        let bits = u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]]);
        for digit in 0..4 {
            let is_padding = digit > chunk.len();
            let index = (bits >> (18 - 6 * digit)) & 63;
            text.push(if is_padding { '=' } else { char::from(DIGITS[index as usize]) });
        }
    }
    text
}

/// The bytes that `text` stands for; `None` if it is no base64.
pub(super) fn from_base64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=').as_bytes();
    let mut data = Vec::with_capacity(text.len() / 4 * 3);
    for chunk in text.chunks(4) {
        let mut bits = 0_u32;
        for digit in 0..4 {
            let value = match chunk.get(digit) {
                Some(byte) => DIGITS.iter().position(|known| known == byte)?,
                None => 0,
            };
            bits = bits << 6 | u32::try_from(value).ok()?;
        }
        let [_, bytes @ ..] = bits.to_be_bytes();
        data.extend_from_slice(&bytes[..chunk.len().saturating_sub(1)]);
    }
    Some(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_follows_the_examples_of_its_rfc() {
        for (text, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(text.as_bytes()), encoded);
            assert_eq!(from_base64(encoded).as_deref(), Some(text.as_bytes()));
        }
        assert_eq!(from_base64("Z!=="), None);
    }

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
