//! What must not be shown, in a type that does not show it.

use std::fmt;

/// A password, a token, or anything that may hold one.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Secret(String);

impl Secret {
    /// What stands where a secret was.
    pub const SHOWN: &'static str = "REDACTED";

    /// Keeps `text` from being shown.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, to be sent to a server and nowhere else.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::SHOWN)
    }
}

/// Words in the names of parameters and flags whose values are secrets.
const WORDS: [&str; 11] = [
    "token",
    "password",
    "passwd",
    "passphrase",
    "secret",
    "credential",
    "apikey",
    "auth",
    "signature",
    "session",
    "bearer",
];

/// Whether a parameter or a flag called `name` holds a secret, rather than the name of a file with one.
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    let name: String = name.to_ascii_lowercase().replace(['-', '_', '.'], "");
    let is_place =
        ["file", "path", "dir", "url", "mode", "ttl", "name"].iter().any(|end| name.ends_with(end));
    let is_key = ["key", "sig", "pwd"].contains(&name.as_str()) || name.ends_with("accesskey");
    !is_place && (is_key || WORDS.iter().any(|word| name.contains(word)))
}

/// The command line `arguments` without the values of flags that hold secrets, and without the passwords of URLs.
#[must_use]
pub fn without_secrets(arguments: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut is_value = false;
    let mut shown = Vec::new();
    for argument in arguments {
        let flag = argument.starts_with('-');
        let (name, value) = argument.split_once('=').unwrap_or((&argument, ""));
        let is_secret = is_secret_name(name.trim_start_matches('-'));
        shown.push(if is_value && !flag {
            Secret::SHOWN.to_owned()
        } else if is_secret && !value.is_empty() {
            format!("{name}={}", Secret::SHOWN)
        } else {
            without_user(&argument)
        });
        is_value = flag && is_secret && value.is_empty();
    }
    shown
}

/// `text` without the user name and password of each URL in it.
fn without_user(text: &str) -> String {
    let mut parts = text.split("://");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(['/', '?', '#', ',', ' ']).unwrap_or(part.len());
        let (authority, rest) = part.split_at(end);
        let host = authority
            .rsplit_once('@')
            .map_or(authority.to_owned(), |(_, host)| format!("{}@{host}", Secret::SHOWN));
        shown.push_str("://");
        shown.push_str(&host);
        shown.push_str(rest);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_have_telling_names() {
        for name in
            ["token", "access_token", "X-Api-Key", "api-key", "key", "db.password", "clientSecret", "sig"]
        {
            assert!(is_secret_name(name), "{name}");
        }
        for name in ["seconds", "debug", "token-file", "monkey", "tls-private-key-file", "authorization-mode"]
        {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn command_lines_lose_their_secrets() {
        let arguments = [
            "/bin/server",
            "--listen=:80",
            "--token=abc",
            "--password",
            "hunter2",
            "--token-file",
            "/t",
            "--db=postgres://me:pw@db/x,postgres://db2",
            "DB_PASSWORD=x",
            "--secret",
            "--verbose",
        ];
        let shown = without_secrets(arguments.map(str::to_owned));
        let expected = [
            "/bin/server",
            "--listen=:80",
            "--token=REDACTED",
            "--password",
            "REDACTED",
            "--token-file",
            "/t",
            "--db=postgres://REDACTED@db/x,postgres://db2",
            "DB_PASSWORD=REDACTED",
            "--secret",
            "--verbose",
        ];
        assert_eq!(shown, expected);
    }
}
