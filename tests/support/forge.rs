//! A server that answers about one pull request as GitHub and GitLab do, and gets in the way when asked to.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Barrier, Mutex, MutexGuard};
use std::thread;

use serde_json::{Value, json};

/// What the server takes for secrets, and whom it takes their bearers for.
pub(crate) const BOT: (&str, &str) = ("bot-secret-token", "profgate-bot");
/// The token of a workflow, whose account the server does not tell.
pub(crate) const WORKFLOW: (&str, &str) = ("workflow-secret-token", "github-actions[bot]");

const GITHUB_LIMIT: usize = 65_536;
const GITLAB_LIMIT: usize = 1_000_000;

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Comment {
    pub(crate) id: u64,
    pub(crate) author: String,
    pub(crate) body: String,
}

/// What the server does instead of answering the next request whose method and path begin like this.
pub(crate) struct Fault {
    pub(crate) request: &'static str,
    pub(crate) status: u16,
    pub(crate) headers: &'static str,
    pub(crate) body: &'static str,
    /// Whether the request is carried out nonetheless.
    pub(crate) is_done: bool,
}

/// What the server knows.
pub(crate) struct State {
    pub(crate) comments: Vec<Comment>,
    next_id: u64,
    pub(crate) head: String,
    pub(crate) labels: Vec<String>,
    /// Labels that were set, in order.
    pub(crate) label_events: Vec<String>,
    /// Path, branch and text.
    pub(crate) files: Vec<(String, String, String)>,
    pub(crate) faults: VecDeque<Fault>,
    /// Method and path of all requests.
    pub(crate) log: Vec<String>,
    /// The characters that the server takes, where they are fewer than usual.
    pub(crate) limit: Option<usize>,
    /// How many lists do not have a comment yet that was just created.
    pub(crate) lag: usize,
    /// How many jobs have to list before any gets an answer, for that many lists.
    barrier: Option<(Arc<Barrier>, usize)>,
}

/// A running server; it ends with the process.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
}

impl Server {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let state = State {
            comments: Vec::new(),
            next_id: 1000,
            head: "a".repeat(40),
            labels: Vec::new(),
            label_events: Vec::new(),
            files: Vec::new(),
            faults: VecDeque::new(),
            log: Vec::new(),
            limit: None,
            lag: 0,
            barrier: None,
        };
        let server = Self { url, state: Arc::new(Mutex::new(state)) };
        let serving = server.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let serving = serving.clone();
                thread::spawn(move || serving.serve(stream));
            }
        });
        server
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panicked within")
    }

    /// Adds a comment of somebody.
    pub(crate) fn add(&self, author: &str, body: &str) -> u64 {
        let mut state = self.state();
        state.next_id += 1;
        let comment = Comment { id: state.next_id, author: author.to_owned(), body: body.to_owned() };
        state.comments.push(comment);
        state.next_id
    }

    /// Lets `jobs` jobs list at the same time before any of them goes on.
    pub(crate) fn race(&self, jobs: usize) {
        self.state().barrier = Some((Arc::new(Barrier::new(jobs)), jobs));
    }

    /// The comments of `author`.
    pub(crate) fn of(&self, author: &str) -> Vec<Comment> {
        self.state().comments.iter().filter(|comment| comment.author == author).cloned().collect()
    }

    /// How often something was asked that begins with `request`.
    pub(crate) fn count(&self, request: &str) -> usize {
        self.state().log.iter().filter(|line| line.starts_with(request)).count()
    }

    fn serve(&self, mut stream: TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().expect("a socket"));
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let mut words = line.split_whitespace();
        let (method, path) =
            (words.next().unwrap_or_default().to_owned(), words.next().unwrap_or_default().to_owned());
        let (mut length, mut token) = (0, String::new());
        loop {
            let mut header = String::new();
            if reader.read_line(&mut header).unwrap_or(0) <= 2 {
                break;
            }
            let (name, value) = header.trim().split_once(':').unwrap_or_default();
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().unwrap_or(0),
                "authorization" => value.trim().trim_start_matches("Bearer ").clone_into(&mut token),
                "private-token" => value.trim().clone_into(&mut token),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).expect("a body");
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        let (status, headers, text) = self.answer(&method, &path, &token, &body);
        let answer = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nConnection: close\r\n{headers}\
             Content-Length: {}\r\n\r\n{text}",
            text.len()
        );
        // A client that went away has seen enough.
        let _ = stream.write_all(answer.as_bytes());
    }

    fn answer(&self, method: &str, path: &str, token: &str, body: &Value) -> (u16, String, String) {
        self.state().log.push(format!("{method} {path}"));
        let request = format!("{method} {path}");
        let fault = {
            let mut state = self.state();
            let at = state.faults.iter().position(|fault| request.starts_with(fault.request));
            at.and_then(|at| state.faults.remove(at))
        };
        match fault {
            Some(Fault { is_done: false, status, headers, body, .. }) => {
                (status, headers.to_owned(), body.to_owned())
            }
            Some(fault) => {
                self.carry_out(method, path, token, body);
                (fault.status, fault.headers.to_owned(), fault.body.to_owned())
            }
            None => {
                let (status, headers, value) = self.carry_out(method, path, token, body);
                let text = match value {
                    Value::Null => String::new(),
                    // A file as it is.
                    Value::String(text) if path.contains("/contents/") || path.contains("/files/") => text,
                    value => value.to_string(),
                };
                (status, headers, text)
            }
        }
    }

    fn carry_out(&self, method: &str, path: &str, token: &str, body: &Value) -> (u16, String, Value) {
        let plain = |status: u16, value: Value| (status, String::new(), value);
        let message = |status: u16, text: &str| plain(status, json!({ "message": text }));
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let Some((_, author)) = [BOT, WORKFLOW].into_iter().find(|(secret, _)| *secret == token) else {
            return message(401, "Bad credentials");
        };
        let is_gitlab = path.starts_with("/projects/");
        match (method, path.trim_start_matches("/api/v3")) {
            ("GET", "/user") if author == WORKFLOW.1 => {
                message(403, "Resource not accessible by integration")
            }
            ("GET", "/user") => plain(200, json!({ "login": author, "username": author })),
            ("GET", "/repos/o/r/pulls/7" | "/projects/group%2Fproject/merge_requests/7") => {
                let state = self.state();
                let labels: Vec<_> = state
                    .labels
                    .iter()
                    .map(|name| if is_gitlab { json!(name) } else { json!({ "name": name }) })
                    .collect();
                plain(
                    200,
                    json!({
                        "number": 7, "head": { "sha": state.head }, "base": { "ref": "main" }, "sha": state.head,
                        "target_branch": "main", "labels": labels,
                    }),
                )
            }
            ("GET", "/repos/o/r/pulls") => {
                let head = self.state().head.clone();
                let pulls = if query.contains("head=stranger%3Afix") {
                    json!([{ "number": 8, "head": { "sha": "b".repeat(40) } }, { "number": 7, "head": { "sha": head } }])
                } else {
                    json!([])
                };
                plain(200, pulls)
            }
            ("GET", "/repos/o/r/issues/7/comments" | "/projects/group%2Fproject/merge_requests/7/notes") => {
                let mut comments = self.state().comments.clone();
                // All of them see the same, however late one of them gets its answer.
                self.wait_for_others();
                if comments.iter().any(|comment| comment.author == author) && self.state().lag > 0 {
                    self.state().lag -= 1;
                    comments.retain(|comment| comment.author != author);
                }
                self.page(path, query, comments.iter().map(of_comment).collect())
            }
            ("POST", "/repos/o/r/issues/7/comments" | "/projects/group%2Fproject/merge_requests/7/notes") => {
                if let Some(refusal) = self.refusal(is_gitlab, body) {
                    return plain(if is_gitlab { 400 } else { 422 }, refusal);
                }
                let id = self.add(author, body["body"].as_str().expect("a text"));
                let comment = self.state().comments.iter().find(|comment| comment.id == id).cloned();
                plain(201, of_comment(&comment.expect("just added")))
            }
            (
                "GET",
                "/repos/o/r/issues/7/events"
                | "/projects/group%2Fproject/merge_requests/7/resource_label_events",
            ) => {
                let names = self.state().label_events.clone();
                let event = |(id, name): (usize, &String)| json!({ "id": id + 1, "event": "labeled", "action": "add", "label": { "name": name } });
                self.page(path, query, names.iter().enumerate().map(event).collect())
            }
            (_, path) => match path.rsplit_once('/') {
                Some((
                    "/repos/o/r/issues/comments" | "/projects/group%2Fproject/merge_requests/7/notes",
                    id,
                )) => self.change(method, is_gitlab, author, id.parse().expect("a number"), body),
                _ => self.file(path, query),
            },
        }
    }

    /// The text of a file, at either kind of path.
    fn file(&self, path: &str, query: &str) -> (u16, String, Value) {
        let wanted = path.strip_prefix("/repos/o/r/contents/").or_else(|| {
            path.strip_prefix("/projects/group%2Fproject/repository/files/")?.strip_suffix("/raw")
        });
        let wanted = wanted.map(|wanted| wanted.replace("%2F", "/"));
        let state = self.state();
        let found = state
            .files
            .iter()
            .find(|(path, branch, _)| Some(path) == wanted.as_ref() && query == format!("ref={branch}"));
        match found {
            Some((_, _, text)) => (200, String::new(), Value::String(text.clone())),
            None => (404, String::new(), json!({ "message": "Not Found" })),
        }
    }

    fn change(
        &self,
        method: &str,
        is_gitlab: bool,
        author: &str,
        id: u64,
        body: &Value,
    ) -> (u16, String, Value) {
        let plain = |status: u16, value: Value| (status, String::new(), value);
        let refusal = self.refusal(is_gitlab, body);
        let mut state = self.state();
        let Some(at) = state.comments.iter().position(|comment| comment.id == id) else {
            return plain(404, json!({ "message": "Not Found" }));
        };
        if state.comments[at].author != author {
            return plain(403, json!({ "message": "Must have admin rights to Repository." }));
        }
        match (method, refusal) {
            ("DELETE", _) => {
                state.comments.remove(at);
                plain(204, Value::Null)
            }
            (_, Some(refusal)) => plain(if is_gitlab { 400 } else { 422 }, refusal),
            ("PATCH", None) if !is_gitlab => {
                body["body"].as_str().expect("a text").clone_into(&mut state.comments[at].body);
                plain(200, of_comment(&state.comments[at]))
            }
            ("PUT", None) if is_gitlab => {
                body["body"].as_str().expect("a text").clone_into(&mut state.comments[at].body);
                plain(200, of_comment(&state.comments[at]))
            }
            _ => plain(405, Value::Null),
        }
    }

    fn refusal(&self, is_gitlab: bool, body: &Value) -> Option<Value> {
        let usual = if is_gitlab { GITLAB_LIMIT } else { GITHUB_LIMIT };
        let limit = self.state().limit.unwrap_or(usual);
        (body["body"].as_str()?.chars().count() > limit).then(|| {
            let text = format!("body is too long (maximum is {limit} characters)");
            json!({ "message": "Validation Failed", "errors": [{ "field": "body", "message": text }] })
        })
    }

    fn wait_for_others(&self) {
        let barrier = {
            let mut state = self.state();
            let barrier =
                state.barrier.as_ref().filter(|(_, left)| *left > 0).map(|(barrier, _)| barrier.clone());
            if let Some((_, left)) = &mut state.barrier {
                *left = left.saturating_sub(1);
            }
            barrier
        };
        if let Some(barrier) = barrier {
            barrier.wait();
        }
    }

    /// A page of `items`, with links to the others.
    fn page(&self, path: &str, query: &str, items: Vec<Value>) -> (u16, String, Value) {
        let number = |name: &str, default: usize| {
            let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
            value.and_then(|value| value.parse().ok()).unwrap_or(default)
        };
        let size = number("per_page", 30).min(100);
        let page = number("page", 1);
        let last = items.len().div_ceil(size).max(1);
        let others: Vec<_> =
            query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("page=")).collect();
        let url = |page: usize| format!("<{}{path}?{}&page={page}>", self.url, others.join("&"));
        let mut links = vec![format!("{}; rel=\"first\"", url(1))];
        if page > 1 {
            links.push(format!("{}; rel=\"prev\"", url(page - 1)));
        }
        if page < last {
            links.push(format!("{}; rel=\"next\"", url(page + 1)));
            links.push(format!("{}; rel=\"last\"", url(last)));
        }
        let items: Vec<_> = items.into_iter().skip((page - 1) * size).take(size).collect();
        (200, format!("Link: {}\r\n", links.join(", ")), Value::Array(items))
    }
}

fn of_comment(comment: &Comment) -> Value {
    let Comment { id, author, body } = comment;
    json!({ "id": id, "user": { "login": author }, "author": { "username": author }, "system": false, "body": body })
}
