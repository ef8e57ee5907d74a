//! The environment of a CI job to what it runs on: repository, branch or pull request, commit.

use std::collections::BTreeMap;

use serde_json::Value;

use super::baseline::Scope;

/// The variables of a job, by name.
pub type Variables = BTreeMap<String, String>;

/// What a job runs on, as far as its environment says. Values are the runner's own; none is what a pull request's
/// code could have set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Job {
    /// Where merge or pull requests are discussed.
    pub forge: Option<Forge>,
    /// The root of the forge's API.
    pub api_url: Option<String>,
    /// `owner/name`, or GitLab's number of the project.
    pub repository: Option<String>,
    /// The number of the pull or merge request.
    pub pull: Option<u64>,
    /// Whose code runs: what profiles of this job are saved under.
    pub scope: Option<Scope>,
    /// The branch that a pull request is made against; the default branch where there is none.
    pub base_branch: Option<String>,
    /// The last commit of the pull request.
    pub head: Option<String>,
    /// The owner and branch that a pull request comes from, where its number is not known.
    pub head_branch: Option<String>,
}

/// The kinds of servers that hold pull requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forge {
    /// github.com and GitHub Enterprise.
    GitHub,
    /// GitLab, hosted by anyone.
    GitLab,
}

/// The variable that names GitHub's event file.
pub const EVENT_PATH: &str = "GITHUB_EVENT_PATH";

impl Job {
    /// What `variables` say, and the JSON `event` that [`EVENT_PATH`] leads to, if there is one.
    #[must_use]
    pub fn new(variables: &Variables, event: Option<&Value>) -> Self {
        let get = |name: &str| variables.get(name).filter(|value| !value.is_empty()).cloned();
        if get("GITLAB_CI").is_some() {
            gitlab(&get)
        } else if get("PROW_JOB_ID").is_some() || get("JOB_TYPE").is_some() {
            prow(&get)
        } else if get("GITHUB_REPOSITORY").is_some() || get("GITHUB_ACTIONS").is_some() {
            github(&get, event.unwrap_or(&Value::Null))
        } else {
            Self::default()
        }
    }
}

type Get<'a> = &'a dyn Fn(&str) -> Option<String>;

fn github(get: Get<'_>, event: &Value) -> Job {
    let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let number = |pointer: &str| event.pointer(pointer).and_then(Value::as_u64);
    let reference = get("GITHUB_REF").unwrap_or_default();
    let of_reference = || reference.strip_prefix("refs/pull/")?.split('/').next()?.parse().ok();
    let mut job = Job {
        forge: Some(Forge::GitHub),
        api_url: get("GITHUB_API_URL"),
        repository: get("GITHUB_REPOSITORY"),
        pull: None,
        scope: reference.strip_prefix("refs/heads/").map(|branch| Scope::Branch(branch.to_owned())),
        base_branch: get("GITHUB_BASE_REF")
            .or_else(|| text("/pull_request/base/ref"))
            .or_else(|| text("/repository/default_branch")),
        head: text("/pull_request/head/sha"),
        head_branch: None,
    };
    match get("GITHUB_EVENT_NAME").as_deref() {
        // The code that ran is not that of the branch whose name the runner gives.
        Some("workflow_run") => {
            let is_pull = text("/workflow_run/event").is_some_and(|event| event.starts_with("pull_request"));
            if is_pull {
                let owner = text("/workflow_run/head_repository/owner/login").unwrap_or_default();
                let branch = text("/workflow_run/head_branch").unwrap_or_default();
                let origin = format!("{owner}:{branch}");
                job.pull = number("/workflow_run/pull_requests/0/number");
                job.head = text("/workflow_run/head_sha");
                job.scope = Some(Scope::Pull(job.pull.map_or(origin.clone(), |number| number.to_string())));
                job.head_branch = Some(origin);
            } else {
                job.scope = text("/workflow_run/head_branch").map(Scope::Branch);
            }
        }
        // Comments on a pull request start jobs with the default branch's name that mostly check out the request.
        Some("issue_comment") if event.pointer("/issue/pull_request").is_some() => {
            job.pull = number("/issue/number");
        }
        _ => {
            job.pull = number("/pull_request/number").or_else(of_reference);
        }
    }
    if let Some(number) = job.pull {
        job.scope = Some(Scope::Pull(number.to_string()));
    }
    job
}

fn gitlab(get: Get<'_>) -> Job {
    let pull = get("CI_MERGE_REQUEST_IID").or_else(|| get("CI_EXTERNAL_PULL_REQUEST_IID"));
    Job {
        forge: Some(Forge::GitLab),
        api_url: get("CI_API_V4_URL"),
        repository: get("CI_MERGE_REQUEST_PROJECT_ID").or_else(|| get("CI_PROJECT_ID")),
        pull: pull.as_ref().and_then(|number| number.parse().ok()),
        scope: pull.map(Scope::Pull).or_else(|| get("CI_COMMIT_BRANCH").map(Scope::Branch)),
        base_branch: get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME").or_else(|| get("CI_DEFAULT_BRANCH")),
        // Of a pipeline for merged results, CI_COMMIT_SHA is a commit that no branch has.
        head: get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA").or_else(|| get("CI_COMMIT_SHA")),
        head_branch: None,
    }
}

/// See <https://docs.prow.k8s.io/docs/jobs/#job-environment-variables>.
fn prow(get: Get<'_>) -> Job {
    let pull = get("PULL_NUMBER");
    let is_of_requests = matches!(get("JOB_TYPE").as_deref(), Some("presubmit" | "batch"));
    let scope = match &pull {
        Some(number) => Some(Scope::Pull(number.clone())),
        None if is_of_requests => Some(Scope::Pull("batch".to_owned())),
        None => get("PULL_BASE_REF").map(Scope::Branch),
    };
    Job {
        forge: Some(Forge::GitHub),
        api_url: get("GITHUB_API_URL"),
        repository: get("REPO_OWNER").zip(get("REPO_NAME")).map(|(owner, name)| format!("{owner}/{name}")),
        pull: pull.and_then(|number| number.parse().ok()),
        scope,
        base_branch: get("PULL_BASE_REF"),
        head: get("PULL_PULL_SHA"),
        head_branch: None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn job(variables: &str, event: &Value) -> Job {
        let pair = |pair: &str| pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
        Job::new(&variables.split_whitespace().filter_map(pair).collect(), Some(event))
    }

    fn branch(name: &str) -> Scope {
        Scope::Branch(name.to_owned())
    }

    fn pull(name: &str) -> Scope {
        Scope::Pull(name.to_owned())
    }

    #[test]
    fn nothing_is_known_outside_of_ci() {
        assert_eq!(job("HOME=/root", &Value::Null), Job::default());
    }

    #[test]
    fn a_push_runs_on_its_branch() {
        let variables = "GITHUB_REPOSITORY=o/r GITHUB_REF=refs/heads/release/1 GITHUB_EVENT_NAME=push";
        let job = job(variables, &json!({"repository": {"default_branch": "main"}}));
        assert_eq!((job.scope, job.pull), (Some(branch("release/1")), None));
        assert_eq!(job.base_branch.as_deref(), Some("main"));
    }

    #[test]
    fn no_event_of_a_pull_request_runs_on_the_default_branch() {
        let event = json!({"pull_request": {"number": 7, "head": {"sha": "abc"}, "base": {"ref": "main"}}});
        for name in ["pull_request", "pull_request_target", "pull_request_review"] {
            let job = job(
                &format!("GITHUB_REPOSITORY=o/r GITHUB_REF=refs/heads/main GITHUB_EVENT_NAME={name}"),
                &event,
            );
            assert_eq!((job.scope, job.pull), (Some(pull("7")), Some(7)), "{name}");
            assert_eq!((job.head.as_deref(), job.base_branch.as_deref()), (Some("abc"), Some("main")));
        }
        let on = "GITHUB_REPOSITORY=o/r GITHUB_REF=refs/heads/main GITHUB_EVENT_NAME=";
        let comment =
            job(&format!("{on}issue_comment"), &json!({"issue": {"number": 8, "pull_request": {}}}));
        assert_eq!(comment.scope, Some(pull("8")));
        let run = json!({"workflow_run": {
            "event": "pull_request", "head_sha": "def", "head_branch": "main", "pull_requests": [],
            "head_repository": {"owner": {"login": "stranger"}},
        }});
        let run = job(&format!("{on}workflow_run"), &run);
        assert_eq!((run.scope, run.pull), (Some(pull("stranger:main")), None));
        assert_eq!((run.head.as_deref(), run.head_branch.as_deref()), (Some("def"), Some("stranger:main")));
        let without_event = job("GITHUB_REPOSITORY=o/r GITHUB_REF=refs/pull/9/merge", &Value::Null);
        assert_eq!((without_event.scope, without_event.pull), (Some(pull("9")), Some(9)));
    }

    #[test]
    fn gitlab_and_prow_name_their_requests() {
        let variables = "GITLAB_CI=true CI_PROJECT_ID=5 CI_COMMIT_SHA=abc CI_DEFAULT_BRANCH=main";
        let merge = job(
            &format!("{variables} CI_MERGE_REQUEST_IID=3 CI_MERGE_REQUEST_TARGET_BRANCH_NAME=stable"),
            &Value::Null,
        );
        assert_eq!(
            (merge.scope, merge.pull, merge.repository.as_deref()),
            (Some(pull("3")), Some(3), Some("5"))
        );
        assert_eq!(merge.base_branch.as_deref(), Some("stable"));
        assert_eq!(
            job(&format!("{variables} CI_COMMIT_BRANCH=main"), &Value::Null).scope,
            Some(branch("main"))
        );

        let variables =
            "PROW_JOB_ID=1 REPO_OWNER=kubernetes REPO_NAME=kubernetes PULL_BASE_REF=master JOB_TYPE=";
        let presubmit = job(&format!("{variables}presubmit PULL_NUMBER=4"), &Value::Null);
        assert_eq!(
            (presubmit.scope, presubmit.repository.as_deref()),
            (Some(pull("4")), Some("kubernetes/kubernetes"))
        );
        assert_eq!(job(&format!("{variables}batch"), &Value::Null).scope, Some(pull("batch")));
        assert_eq!(job(&format!("{variables}postsubmit"), &Value::Null).scope, Some(branch("master")));
    }
}
