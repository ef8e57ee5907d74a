//! A merge request at a GitLab server.
//!
//! See <https://docs.gitlab.com/api/notes/#merge-requests>.

use serde_json::{Value, json};

use super::forge::{Api, Forge, Note, PullRequest, Token, Written, percent_encoded};
use crate::error::{Error, ErrorKind, Result};
use crate::publish::http::Answer;

/// The API of gitlab.com.
pub(super) const API: &str = "https://gitlab.com/api/v4";

const JSON: &str = "application/json";

/// See <https://docs.gitlab.com/administration/instance_limits/#size-of-comments-and-descriptions-of-issues-merge-requests-and-epics>.
const LIMIT: usize = 1_000_000;

/// A merge request.
#[derive(Debug, Clone)]
pub(super) struct GitLab {
    api: Api,
    /// `/projects/ID`.
    project: String,
    number: u64,
}

impl GitLab {
    pub(super) fn token(secret: &str) -> Token {
        Token { header: ("private-token", secret.to_owned()) }
    }

    /// The merge request `number` of `project`, a number or a path.
    ///
    /// # Errors
    /// When there is no number.
    pub(super) fn new(api: Api, project: &str, number: Option<u64>) -> Result<Self> {
        let number = number
            .ok_or_else(|| Error::new(ErrorKind::Usage, "the number of the merge request is not known"))?;
        Ok(Self { api, project: format!("/projects/{}", percent_encoded(project)), number })
    }

    fn request(&self) -> String {
        format!("{}/merge_requests/{}", self.project, self.number)
    }

    fn written(&self, action: &str, answer: &Answer) -> Result<Written> {
        match answer.status {
            200..300 => Ok(Written::Done(note(&self.api.json(action, answer)?).ok_or_else(|| {
                self.api.failure(&format!("the note that was {action} has no id"), answer)
            })?)),
            404 => Ok(Written::Gone),
            400 | 413 | 422 if String::from_utf8_lossy(&answer.body).contains("too long") => {
                Ok(Written::TooLong)
            }
            _ => Err(self.api.failure(&format!("the note cannot be {action}"), answer)),
        }
    }
}

fn note(json: &Value) -> Option<Note> {
    Some(Note {
        id: json["id"].as_u64()?,
        author: json.pointer("/author/username").and_then(Value::as_str).unwrap_or_default().to_owned(),
        body: json["body"].as_str().unwrap_or_default().to_owned(),
    })
}

impl Forge for GitLab {
    fn limit(&self) -> usize {
        LIMIT
    }

    fn account(&self) -> Result<Option<String>> {
        let answer = self.api.ask("GET", "/user", JSON, None)?;
        if !answer.is_success() {
            return Err(self.api.failure("the account is not known", &answer));
        }
        let user: Value = self.api.json("/user", &answer)?;
        Ok(user["username"].as_str().map(str::to_owned))
    }

    fn pull_request(&self) -> Result<PullRequest> {
        let answer = self.api.ask("GET", &self.request(), JSON, None)?;
        if !answer.is_success() {
            return Err(self.api.failure(&format!("merge request {} cannot be read", self.number), &answer));
        }
        let request: Value = self.api.json("the merge request", &answer)?;
        let text = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
        let labels = request["labels"].as_array().into_iter().flatten();
        Ok(PullRequest {
            head: text("sha"),
            base_branch: text("target_branch"),
            labels: labels.filter_map(Value::as_str).map(str::to_owned).collect(),
        })
    }

    fn notes(&self) -> Result<Vec<Note>> {
        let notes = self.api.all(&format!("{}/notes?per_page=100&sort=asc", self.request()))?;
        // What the server itself noted is nobody's comment.
        Ok(notes.iter().filter(|note| note["system"] != true).filter_map(note).collect())
    }

    fn create(&self, body: &str) -> Result<Written> {
        let path = format!("{}/notes", self.request());
        let answer = self.api.ask("POST", &path, JSON, Some(&json!({ "body": body })))?;
        match self.written("created", &answer)? {
            Written::Gone => {
                Err(self.api.failure(&format!("there is no merge request {}", self.number), &answer))
            }
            written => Ok(written),
        }
    }

    fn update(&self, id: u64, body: &str) -> Result<Written> {
        let path = format!("{}/notes/{id}", self.request());
        self.written("updated", &self.api.ask("PUT", &path, JSON, Some(&json!({ "body": body })))?)
    }

    fn delete(&self, id: u64) -> Result<()> {
        let answer = self.api.ask("DELETE", &format!("{}/notes/{id}", self.request()), JSON, None)?;
        if answer.is_success() || answer.status == 404 {
            return Ok(());
        }
        Err(self.api.failure("a second note cannot be deleted", &answer))
    }

    fn label_event(&self, label: &str) -> Result<Option<u64>> {
        let events = self.api.all(&format!("{}/resource_label_events?per_page=100", self.request()))?;
        let is_it = |event: &&Value| {
            event["action"] == "add" && event.pointer("/label/name").and_then(Value::as_str) == Some(label)
        };
        Ok(events.iter().filter(is_it).filter_map(|event| event["id"].as_u64()).max())
    }

    fn file(&self, path: &str, branch: &str) -> Result<Option<String>> {
        let (path, branch) = (percent_encoded(path), percent_encoded(branch));
        let query = format!("{}/repository/files/{path}/raw?ref={branch}", self.project);
        let answer = self.api.ask("GET", &query, "*/*", None)?;
        match answer.status {
            200..300 => Ok(Some(String::from_utf8_lossy(&answer.body).into_owned())),
            404 => Ok(None),
            _ => Err(self.api.failure("the configuration of the target branch cannot be read", &answer)),
        }
    }
}
