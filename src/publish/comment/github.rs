//! A pull request at github.com or GitHub Enterprise.
//!
//! See <https://docs.github.com/rest/issues/comments>: comments of a pull request are those of its issue.

use serde_json::{Value, json};

use super::forge::{Api, Forge, Note, PullRequest, Token, Written, percent_encoded};
use crate::error::{Error, ErrorKind, Result};
use crate::publish::http::Answer;

/// The API of github.com.
pub(super) const API: &str = "https://api.github.com";

const JSON: &str = "application/vnd.github+json";

/// What the server says of a text that is longer: `body is too long (maximum is 65536 characters)`.
const LIMIT: usize = 65_536;

/// A pull request.
#[derive(Debug, Clone)]
pub(super) struct GitHub {
    api: Api,
    /// `/repos/OWNER/NAME`.
    repository: String,
    number: u64,
}

impl GitHub {
    pub(super) fn token(secret: &str) -> Token {
        Token { header: ("authorization", format!("Bearer {secret}")) }
    }

    /// The pull request `number` of `repository`, `owner/name`. Without a number, it is the open one that comes from
    /// `head_branch`, `owner:branch`, and ends with the commit `head`.
    ///
    /// # Errors
    /// When there is no such repository or pull request.
    pub(super) fn new(
        api: Api,
        repository: &str,
        number: Option<u64>,
        origin: Option<(&str, &str)>,
    ) -> Result<Self> {
        let is_name = |part: &str| {
            !matches!(part, "" | "." | "..")
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        };
        if !repository.split_once('/').is_some_and(|(owner, name)| is_name(owner) && is_name(name)) {
            let problem = format!("`{repository}` is no repository");
            return Err(Error::new(ErrorKind::Usage, problem).help("write it as OWNER/NAME"));
        }
        let mut pull = Self { api, repository: format!("/repos/{repository}"), number: 0 };
        pull.number = match (number, origin) {
            (Some(number), _) => number,
            (None, Some((head_branch, head))) => pull.find(head_branch, head)?,
            (None, None) => {
                return Err(Error::new(ErrorKind::Usage, "the number of the pull request is not known"));
            }
        };
        Ok(pull)
    }

    fn find(&self, head_branch: &str, head: &str) -> Result<u64> {
        let query = format!("/pulls?state=open&per_page=100&head={}", percent_encoded(head_branch));
        let pulls = self.api.all(&format!("{}{query}", self.repository))?;
        let is_it = |pull: &&Value| pull.pointer("/head/sha").and_then(Value::as_str) == Some(head);
        let mut found = pulls.iter().filter(is_it).filter_map(|pull| pull["number"].as_u64());
        match (found.next(), found.next()) {
            (Some(number), None) => Ok(number),
            (None, _) => Err(Error::new(
                ErrorKind::Unreadable,
                format!("no open pull request of {head_branch} ends with {head}"),
            )
            .help("it was closed, or newer commits were pushed, whose own run will comment")),
            _ => Err(Error::new(
                ErrorKind::Unreadable,
                format!("several pull requests of {head_branch} end with {head}"),
            )
            .help("name one with --pr")),
        }
    }

    fn issue(&self) -> String {
        format!("{}/issues/{}", self.repository, self.number)
    }

    fn written(&self, action: &str, answer: &Answer) -> Result<Written> {
        match answer.status {
            200..300 => Ok(Written::Done(note(&self.api.json(action, answer)?).ok_or_else(|| {
                self.api.failure(&format!("the comment that was {action} has no id"), answer)
            })?)),
            404 | 410 => Ok(Written::Gone),
            422 if String::from_utf8_lossy(&answer.body).contains("too long") => Ok(Written::TooLong),
            _ => Err(self.api.failure(&format!("the comment cannot be {action}"), answer)),
        }
    }
}

fn note(json: &Value) -> Option<Note> {
    Some(Note {
        id: json["id"].as_u64()?,
        author: json.pointer("/user/login").and_then(Value::as_str).unwrap_or_default().to_owned(),
        body: json["body"].as_str().unwrap_or_default().to_owned(),
    })
}

impl Forge for GitHub {
    fn limit(&self) -> usize {
        LIMIT
    }

    fn account(&self) -> Result<Option<String>> {
        let answer = self.api.ask("GET", "/user", JSON, None)?;
        match answer.status {
            200..300 => {
                let user: Value = self.api.json("/user", &answer)?;
                Ok(user["login"].as_str().map(str::to_owned))
            }
            // Tokens of workflows and apps belong to no user.
            403 | 404 => Ok(None),
            _ => Err(self.api.failure("the account is not known", &answer)),
        }
    }

    fn pull_request(&self) -> Result<PullRequest> {
        let path = format!("{}/pulls/{}", self.repository, self.number);
        let answer = self.api.ask("GET", &path, JSON, None)?;
        if !answer.is_success() {
            return Err(self.api.failure(&format!("pull request {} cannot be read", self.number), &answer));
        }
        let pull: Value = self.api.json(&path, &answer)?;
        let text =
            |pointer: &str| pull.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let labels = pull["labels"].as_array().into_iter().flatten();
        Ok(PullRequest {
            head: text("/head/sha"),
            base_branch: text("/base/ref"),
            labels: labels.filter_map(|label| label["name"].as_str()).map(str::to_owned).collect(),
        })
    }

    fn notes(&self) -> Result<Vec<Note>> {
        let notes = self.api.all(&format!("{}/comments?per_page=100", self.issue()))?;
        Ok(notes.iter().filter_map(note).collect())
    }

    fn create(&self, body: &str) -> Result<Written> {
        let answer = self.api.ask(
            "POST",
            &format!("{}/comments", self.issue()),
            JSON,
            Some(&json!({ "body": body })),
        )?;
        match self.written("created", &answer)? {
            Written::Gone => {
                Err(self.api.failure(&format!("there is no pull request {}", self.number), &answer))
            }
            written => Ok(written),
        }
    }

    fn update(&self, id: u64, body: &str) -> Result<Written> {
        let path = format!("{}/issues/comments/{id}", self.repository);
        self.written("updated", &self.api.ask("PATCH", &path, JSON, Some(&json!({ "body": body })))?)
    }

    fn delete(&self, id: u64) -> Result<()> {
        let answer =
            self.api.ask("DELETE", &format!("{}/issues/comments/{id}", self.repository), JSON, None)?;
        if answer.is_success() || matches!(answer.status, 404 | 410) {
            return Ok(());
        }
        Err(self.api.failure("a second comment cannot be deleted", &answer))
    }

    fn label_event(&self, label: &str) -> Result<Option<u64>> {
        let events = self.api.all(&format!("{}/events?per_page=100", self.issue()))?;
        let is_it = |event: &&Value| {
            event["event"] == "labeled" && event.pointer("/label/name").and_then(Value::as_str) == Some(label)
        };
        Ok(events.iter().filter(is_it).filter_map(|event| event["id"].as_u64()).max())
    }

    fn file(&self, path: &str, branch: &str) -> Result<Option<String>> {
        let query = format!("{}/contents/{path}?ref={}", self.repository, percent_encoded(branch));
        let answer = self.api.ask("GET", &query, "application/vnd.github.raw+json", None)?;
        match answer.status {
            200..300 => Ok(Some(String::from_utf8_lossy(&answer.body).into_owned())),
            404 => Ok(None),
            _ => Err(self.api.failure(&format!("{path} of the branch {branch} cannot be read"), &answer)),
        }
    }
}
