//! A rendered verdict to the one comment of its gate on a pull request.
//!
//! ```text
//! list ──► ours? ──no──► create ──► list again ──► the oldest of ours stays, and says what is to be said
//!            └────yes──► update ──────────────────────────────┘
//! ```
//!
//! Two jobs that both find nothing both create a comment. Each of them lists after it has created, so the one that
//! created later sees both; the oldest stays, and what is deleted twice is deleted once.

mod forge;
mod github;
mod gitlab;
mod marker;

use std::fmt;

use crate::error::{Error, ErrorKind, Result};
use crate::publish::ci::Forge as Kind;
use forge::{Api, Forge, Note, Written};
use github::GitHub;
use gitlab::GitLab;
use marker::Marker;

pub use forge::PullRequest;
pub use marker::Seen;

/// The account that comments when a workflow's own token is used.
const WORKFLOW_ACCOUNT: &str = "github-actions[bot]";

/// How often a comment that vanishes while it is updated is looked for again.
const ROUNDS: usize = 4;

/// Where a comment goes, and as whom.
#[derive(Clone)]
pub struct Target {
    /// What kind of server it is.
    pub kind: Kind,
    /// The root of its API, if it is not that of github.com or gitlab.com.
    pub api_url: Option<String>,
    /// `owner/name`; at GitLab, the number or path of the project.
    pub repository: String,
    /// The number of the pull request.
    pub number: Option<u64>,
    /// Where the pull request comes from, `owner:branch`, to find its number.
    pub head_branch: Option<String>,
    /// The commit that was judged, which must be the last of the pull request.
    pub head: Option<String>,
    /// The account that the token belongs to, if it is known.
    pub author: Option<String>,
    /// The secret that stands for the account.
    pub token: String,
}

/// What to say, from most to least. All of it is markdown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// What is said if the server takes it.
    pub text: String,
    /// What is said if that is too long.
    pub brief: String,
}

/// What became of the comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Published {
    /// There was none.
    Created,
    /// It said something else.
    Updated,
    /// It says so already.
    Unchanged,
    /// There is none, and none is needed.
    NotNeeded,
}

impl fmt::Display for Published {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Created => "created the comment",
            Self::Updated => "updated the comment",
            Self::Unchanged => "the comment is up to date",
            Self::NotNeeded => "no comment is needed",
        })
    }
}

/// The comments of one pull request, and ours among them.
pub struct Discussion {
    forge: Box<dyn Forge>,
    author: Option<String>,
    pull_request: PullRequest,
}

impl Discussion {
    /// Looks up the pull request of `target`.
    ///
    /// # Errors
    /// When there is none, or its last commit is not the one that was judged.
    pub fn open(target: &Target) -> Result<Self> {
        if target.token.is_empty() || target.token.bytes().any(|byte| !byte.is_ascii_graphic()) {
            return Err(Error::new(
                ErrorKind::Usage,
                "the token is empty or has characters that no token has",
            ));
        }
        let root = target.api_url.as_deref();
        let forge: Box<dyn Forge> = match target.kind {
            Kind::GitHub => {
                let api = Api::new(root.unwrap_or(github::API), GitHub::token(&target.token));
                let origin = target.head_branch.as_deref().zip(target.head.as_deref());
                Box::new(GitHub::new(api, &target.repository, target.number, origin)?)
            }
            Kind::GitLab => {
                let api = Api::new(root.unwrap_or(gitlab::API), GitLab::token(&target.token));
                Box::new(GitLab::new(api, &target.repository, target.number)?)
            }
        };
        let pull_request = forge.pull_request()?;
        if let Some(judged) = &target.head
            && *judged != pull_request.head
        {
            let problem =
                format!("{judged} was judged, and the pull request ends with {}", pull_request.head);
            return Err(Error::new(ErrorKind::Unreadable, problem)
                .help("newer commits were pushed, whose own run will comment"));
        }
        let author = match &target.author {
            Some(author) => Some(author.clone()),
            None => forge.account()?,
        };
        Ok(Self { forge, author, pull_request })
    }

    /// The pull request.
    #[must_use]
    pub fn pull_request(&self) -> &PullRequest {
        &self.pull_request
    }

    /// The text of a file at the tip of the branch that the pull request is made against, which it cannot edit.
    ///
    /// # Errors
    /// When the server does not say.
    pub fn base_file(&self, path: &str) -> Result<Option<String>> {
        self.forge.file(path, &self.pull_request.base_branch)
    }

    /// The act of setting `label`, tied to the commit that it was first seen with; `None` if the pull request does not
    /// have the label. One that was seen before keeps its commit: what is pushed later was not agreed to.
    ///
    /// # Errors
    /// When the server does not say.
    pub fn label(&self, key: &str, label: &str) -> Result<Option<Seen>> {
        if !self.pull_request.labels.iter().any(|name| name == label) {
            return Ok(None);
        }
        let Some(event) = self.forge.label_event(label)? else { return Ok(None) };
        let ours = self.ours(key, self.author())?;
        let before = ours.iter().filter_map(|note| Marker::parse(key, &note.body)?.seen);
        let before = before.into_iter().find(|seen| seen.event == event);
        Ok(Some(before.unwrap_or_else(|| Seen { event, commit: self.pull_request.head.clone() })))
    }

    fn author(&self) -> &str {
        self.author.as_deref().unwrap_or(WORKFLOW_ACCOUNT)
    }

    /// The comments of `key` by `author`, the oldest first.
    fn ours(&self, key: &str, author: &str) -> Result<Vec<Note>> {
        let mut notes = self.forge.notes()?;
        notes.retain(|note| {
            note.author.eq_ignore_ascii_case(author) && Marker::parse(key, &note.body).is_some()
        });
        notes.sort_by_key(|note| note.id);
        Ok(notes)
    }

    /// Brings the comment of `key` to say `body`, and removes any further ones. Where there is none, one is created
    /// if `is_new_welcome`.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn publish(
        &self,
        key: &str,
        seen: Option<Seen>,
        body: &Body,
        is_new_welcome: bool,
    ) -> Result<Published> {
        let marker = Marker { key, seen }.line();
        let texts = self.texts(&marker, body)?;
        let mut author = self.author().to_owned();
        let mut created: Option<Note> = None;
        for _ in 0..ROUNDS {
            let mut ours = self.ours(key, &author)?;
            // A list may lag behind what was written a moment ago.
            let lagging =
                created.as_ref().filter(|note| ours.iter().all(|other| other.id != note.id)).cloned();
            let is_listed = lagging.is_none();
            ours.extend(lagging);
            ours.sort_by_key(|note| note.id);
            let Some((first, others)) = ours.split_first() else {
                if !is_new_welcome {
                    return Ok(Published::NotNeeded);
                }
                // The server knows best who we are, and another job may have been here at the same time.
                created = Self::write(&texts, &|text| self.forge.create(text))?;
                if let Some(note) = &created {
                    author.clone_from(&note.author);
                }
                continue;
            };
            let is_current = is_listed && texts.first().is_some_and(|text| is_same(text, &first.body));
            if !is_current && Self::write(&texts, &|text| self.forge.update(first.id, text))?.is_none() {
                created = created.filter(|note| note.id != first.id);
                continue;
            }
            for other in others {
                self.forge.delete(other.id)?;
            }
            return Ok(match created {
                Some(note) if note.id == first.id => Published::Created,
                _ if is_current => Published::Unchanged,
                _ => Published::Updated,
            });
        }
        Err(Error::new(ErrorKind::Output, "the comment vanishes whenever it is written")
            .help("another job or a bot deletes it"))
    }

    /// The texts that are short enough, the best first.
    fn texts(&self, marker: &str, body: &Body) -> Result<Vec<String>> {
        let limit = self.forge.limit();
        let texts = [&body.text, &body.brief].map(|text| format!("{marker}{text}"));
        let texts: Vec<_> = texts.into_iter().filter(|text| text.chars().count() <= limit).collect();
        if texts.is_empty() {
            return Err(Error::new(
                ErrorKind::Output,
                format!("the comment is longer than {limit} characters"),
            ));
        }
        Ok(texts)
    }

    /// Writes the first of `texts` that the server takes; `None` if there is nothing to write to any more.
    fn write(texts: &[String], write: &dyn Fn(&str) -> Result<Written>) -> Result<Option<Note>> {
        for text in texts {
            match write(text)? {
                Written::Done(note) => return Ok(Some(note)),
                Written::Gone => return Ok(None),
                Written::TooLong => {}
            }
        }
        Err(Error::new(ErrorKind::Output, "the server takes no comment of this length"))
    }
}

/// Whether a server would show both alike: it may change line breaks and drop blanks at the end.
fn is_same(one: &str, other: &str) -> bool {
    one.trim_end().lines().eq(other.trim_end().lines())
}
