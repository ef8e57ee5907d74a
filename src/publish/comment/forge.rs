//! What is asked of a server that holds pull requests, whoever made it.

use crate::error::{Error, ErrorKind, Result};
use crate::publish::http::{Answer, Http, Request};

/// A comment on the pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Note {
    /// Later comments have larger ones.
    pub(super) id: u64,
    /// The account's name, which no other has.
    pub(super) author: String,
    pub(super) body: String,
}

/// What became of a comment that was to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Written {
    Done(Note),
    /// The server takes no text of this length.
    TooLong,
    /// There is no such comment any more.
    Gone,
}

/// A pull or merge request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequest {
    /// Its last commit.
    pub head: String,
    /// The branch it is made against.
    pub base_branch: String,
    /// Its labels.
    pub labels: Vec<String>,
}

/// One pull request at a server.
pub(super) trait Forge {
    /// The most characters that a comment may have.
    fn limit(&self) -> usize;

    /// The account that the token belongs to; `None` if the server does not tell.
    fn account(&self) -> Result<Option<String>>;

    fn pull_request(&self) -> Result<PullRequest>;

    /// All comments.
    fn notes(&self) -> Result<Vec<Note>>;

    fn create(&self, body: &str) -> Result<Written>;

    fn update(&self, id: u64, body: &str) -> Result<Written>;

    /// One that is gone already is no failure.
    fn delete(&self, id: u64) -> Result<()>;

    /// What the server calls the last act of setting `label`.
    fn label_event(&self, label: &str) -> Result<Option<u64>>;

    /// The text of a file on a branch; `None` if there is none.
    fn file(&self, path: &str, branch: &str) -> Result<Option<String>>;
}

/// A pull request has fewer pages of anything.
const MAX_PAGES: usize = 1000;

/// The API of one server, asked in the name of one account.
#[derive(Debug, Clone)]
pub(super) struct Api {
    http: Http,
    root: String,
    token: Token,
}

/// A secret; `Debug` does not show it.
#[derive(Clone)]
pub(super) struct Token {
    /// The header that it goes into, and its value.
    pub(super) header: (&'static str, String),
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token").field("header", &self.header.0).finish_non_exhaustive()
    }
}

impl Api {
    pub(super) fn new(root: &str, token: Token) -> Self {
        Self { http: Http::new(), root: root.trim_end_matches('/').to_owned(), token }
    }

    /// The answer to `method` at `path`, whatever it is.
    pub(super) fn ask(
        &self,
        method: &'static str,
        path: &str,
        accept: &str,
        body: Option<&serde_json::Value>,
    ) -> Result<Answer> {
        self.ask_url(method, &format!("{}{path}", self.root), accept, body)
    }

    fn ask_url(
        &self,
        method: &'static str,
        url: &str,
        accept: &str,
        body: Option<&serde_json::Value>,
    ) -> Result<Answer> {
        let mut headers = vec![self.token.header.clone(), ("accept", accept.to_owned())];
        let body = body.map(ToString::to_string);
        if body.is_some() {
            headers.push(("content-type", "application/json".to_owned()));
        }
        self.http.send(&Request { method, url, headers, body: body.as_deref().map(str::as_bytes) })
    }

    /// The objects of a list, over all of its pages.
    pub(super) fn all(&self, path: &str) -> Result<Vec<serde_json::Value>> {
        let mut items = Vec::new();
        let mut url = format!("{}{path}", self.root);
        for _ in 0..MAX_PAGES {
            let answer = self.ask_url("GET", &url, "application/json", None)?;
            if !answer.is_success() {
                return Err(self.failure(&format!("{path} cannot be listed"), &answer));
            }
            let page: Vec<serde_json::Value> = self.json(path, &answer)?;
            items.extend(page);
            let Some(next) = answer.header("link").and_then(next_page) else { return Ok(items) };
            // The token is for this server alone.
            if origin(next) != origin(&self.root) {
                let problem = format!("the next page of {path} is said to lie at {}", origin(next));
                return Err(self
                    .error(problem)
                    .help("check --api-url: it must be the URL that the server itself uses"));
            }
            next.clone_into(&mut url);
        }
        Err(self.error(format!("{path} has no end")))
    }

    /// The JSON of an answer.
    pub(super) fn json<T: serde::de::DeserializeOwned>(&self, path: &str, answer: &Answer) -> Result<T> {
        serde_json::from_slice(&answer.body)
            .map_err(|error| self.error(format!("the answer of {path} cannot be read ({error})")))
    }

    /// An error that says what the server said.
    pub(super) fn failure(&self, problem: &str, answer: &Answer) -> Error {
        self.error(format!("{problem} ({})", answer.says())).help(match answer.status {
            401 => "the token is not valid here: check where it comes from, and --api-url",
            403 => {
                "the token may not do this: in a workflow, give the job `permissions: pull-requests: write`"
            }
            404 => "check the repository and the number, and that the token may see them",
            _ => "check what the server says",
        })
    }

    fn error(&self, problem: String) -> Error {
        Error::new(ErrorKind::Unreadable, problem).at(&self.root)
    }
}

/// The address of the next page in a `Link` header (RFC 8288).
fn next_page(link: &str) -> Option<&str> {
    let mut rest = link;
    loop {
        let (_, after) = rest.split_once('<')?;
        let (url, parameters) = after.split_once('>')?;
        // A comma in a quoted parameter does not occur in pagination.
        let end = parameters.find(',').unwrap_or(parameters.len());
        let is_next = parameters[..end].split(';').any(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            name.trim().eq_ignore_ascii_case("rel")
                && value
                    .trim()
                    .trim_matches('"')
                    .split(' ')
                    .any(|relation| relation.eq_ignore_ascii_case("next"))
        });
        if is_next {
            return Some(url);
        }
        rest = &parameters[end..];
    }
}

/// Scheme, host and port of a URL.
fn origin(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |at| start + at);
    &url[..end]
}

/// `text` as one segment of a URL's path, or as a value in its query.
pub(super) fn percent_encoded(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found_among_links() {
        let link = r#"<https://h/a?page=1>; rel="prev", <https://h/a?page=3,x>; rel="next"; x=y, <https://h/l>; rel="last""#;
        assert_eq!(next_page(link), Some("https://h/a?page=3,x"));
        assert_eq!(next_page(r"<https://h/a>; REL=next"), Some("https://h/a"));
        for none in ["", "<", "<a", "a>; rel=next", r#"<a>; rel="last""#, "<a>; rel=nextish"] {
            assert_eq!(next_page(none), None, "{none}");
        }
    }

    #[test]
    fn origins_end_where_paths_begin() {
        assert_eq!(origin("https://h:8/api/v3"), "https://h:8");
        assert_eq!(origin("https://h:8"), "https://h:8");
        assert_ne!(origin("https://h.evil/"), origin("https://h/"));
        assert_ne!(origin("https://h@evil/"), origin("https://h/"));
    }

    #[test]
    fn tokens_are_not_shown() {
        let token = Token { header: ("authorization", "Bearer hidden".to_owned()) };
        assert!(!format!("{:?}", Api::new("https://h", token)).contains("hidden"));
    }
}
