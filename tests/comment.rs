//! `profgate comment` against a server that behaves like GitHub or GitLab: exactly one comment after any sequence.
#![cfg(feature = "capture")]

use std::path::Path;
use std::process::Command;
use std::thread;

#[path = "support/forge.rs"]
mod forge;
mod support;
use forge::{BOT, Fault, Server, WORKFLOW};
use support::{file, neutral, parts, profgate, profile};

/// A verdict of two profiles in which `slow` went from 100 to `new`.
fn verdict(directory: &Path, new: i64, more: &str) -> String {
    let name = format!("verdict-{new}-{}.json", more.len());
    let cost = |cost| profile("cpu", "nanoseconds", &[(&["slow", "main"], cost), (&["main"], 900)]);
    let base = file(directory, "base.pb.gz", &cost(100));
    let new = file(directory, "new.pb.gz", &cost(new));
    let path = directory.join(name).display().to_string();
    let status = profgate()
        .args(["diff", &base, &new, "--report", &format!("json={path}")])
        .args(["--limit", "flat +10% functions=slow", "--limit", "total +1000%", "--statistics", "off"])
        .args(more.split_whitespace())
        .status();
    assert!(status.expect("it starts").code().is_some_and(|code| code < 2));
    path
}

/// A job of pull request 7, in the name of `token`.
fn job(server: &Server, token: &str, args: &str) -> Command {
    let mut command = neutral(Command::new(env!("CARGO_BIN_EXE_profgate")));
    for name in [
        "GITLAB_CI",
        "PROW_JOB_ID",
        "JOB_TYPE",
        "GITHUB_EVENT_PATH",
        "GITHUB_EVENT_NAME",
        "GH_TOKEN",
        "http_proxy",
        "HTTP_PROXY",
        "ALL_PROXY",
        "all_proxy",
    ] {
        command.env_remove(name);
    }
    command
        .env("GITHUB_API_URL", &server.url)
        .env("GITHUB_REPOSITORY", "o/r")
        .env("GITHUB_REF", "refs/pull/7/merge")
        .env("GITHUB_TOKEN", token)
        .arg("comment")
        .args(args.split_whitespace());
    command
}

/// The exit code and everything that the job prints, which holds no secret.
fn run(mut command: Command) -> (i32, String) {
    let (code, stdout, stderr) = parts(&command.output().expect("it starts"));
    let text = stdout + &stderr;
    assert!(!text.contains("secret"), "{text}");
    (code, text)
}

#[track_caller]
fn succeeds(server: &Server, args: &str) -> String {
    let (code, text) = run(job(server, BOT.0, args));
    assert_eq!(code, 0, "comment {args}: {text}");
    text
}

/// The one comment of ours.
#[track_caller]
fn ours(server: &Server) -> String {
    let comments = server.of(BOT.1);
    assert_eq!(comments.len(), 1, "{comments:?}");
    comments[0].body.clone()
}

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().expect("a directory")
}

#[test]
fn one_comment_is_created_updated_and_shrunk() {
    let (server, root) = (Server::start(), directory());
    let (fail, worse, pass) =
        (verdict(root.path(), 200, ""), verdict(root.path(), 300, ""), verdict(root.path(), 100, ""));
    assert_eq!(succeeds(&server, &fail), "created the comment\n");
    let body = ours(&server);
    assert!(body.starts_with("<!-- profgate:default -->\n### ❌ profgate: fail"), "{body}");
    assert!(body.contains("100.0%") || body.contains("100%"), "{body}");
    assert_eq!(succeeds(&server, &fail), "the comment is up to date\n");
    assert_eq!(server.count("PATCH"), 0, "nothing is sent that changes nothing");
    assert_eq!(succeeds(&server, &worse), "updated the comment\n");
    assert_eq!(succeeds(&server, &pass), "updated the comment\n");
    let body = ours(&server);
    let visible = body.split("<details>").next().expect("text");
    assert!(visible.contains("✅ profgate: pass") && visible.lines().count() < 6, "{body}");
    assert_eq!(succeeds(&server, &fail), "updated the comment\n");
    assert!(ours(&server).contains("❌"));
}

#[test]
fn it_is_found_among_150_others_and_look_alikes() {
    let (server, root) = (Server::start(), directory());
    let fail = verdict(root.path(), 200, "");
    for number in 0..75 {
        server.add("someone", &format!("comment {number}"));
    }
    let look_alike = server.add("mallory", "<!-- profgate:default -->\n### ✅ profgate: pass");
    let quoted = server.add(BOT.1, "> <!-- profgate:default -->\n> quoted");
    let other_gate = server.add(BOT.1, "<!-- profgate:default-2 -->\nanother gate");
    for number in 0..75 {
        server.add("someone", &format!("comment {number}"));
    }
    let mine = server.add(BOT.1, "<!-- profgate:default -->\nan earlier verdict");
    let before = server.state().comments.clone();
    assert_eq!(succeeds(&server, &fail), "updated the comment\n");
    assert_eq!(succeeds(&server, &fail), "the comment is up to date\n");
    let after = server.state().comments.clone();
    assert_eq!(after.len(), before.len());
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before.id == mine, before != after, "{after:?}");
    }
    assert!([look_alike, quoted, other_gate].iter().all(|id| after.iter().any(|comment| comment.id == *id)));
    assert!(server.count("GET /repos/o/r/issues/7/comments?per_page=100&page=2") >= 2, "all pages are read");
}

#[test]
fn gates_with_different_keys_do_not_touch_each_other() {
    let (server, root) = (Server::start(), directory());
    let (fail, named) = (verdict(root.path(), 200, ""), verdict(root.path(), 300, "--name scheduler"));
    succeeds(&server, &fail);
    assert_eq!(succeeds(&server, &named), "created the comment\n");
    assert_eq!(succeeds(&server, &format!("{fail} --key a-->b")), "created the comment\n");
    let comments = server.of(BOT.1);
    assert_eq!(comments.len(), 3);
    assert!(comments[1].body.starts_with("<!-- profgate:scheduler -->"), "{}", comments[1].body);
    for args in [&fail, &named, &format!("{fail} --key a-->b")] {
        assert_eq!(succeeds(&server, args), "the comment is up to date\n");
    }
}

#[test]
fn when_decides_what_is_worth_a_new_comment() {
    let root = directory();
    let (fail, pass) = (verdict(root.path(), 200, ""), verdict(root.path(), 100, ""));
    let improved = verdict(root.path(), 50, "");
    for (when, verdict, is_new) in [
        ("always", &pass, true),
        ("changed", &pass, false),
        ("changed", &improved, true),
        ("changed", &fail, true),
        ("failed", &pass, false),
        ("failed", &improved, false),
        ("failed", &fail, true),
    ] {
        let server = Server::start();
        let said = succeeds(&server, &format!("{verdict} --when {when}"));
        let expected = if is_new { "created the comment\n" } else { "no comment is needed\n" };
        assert_eq!(said, expected, "{when} {verdict}");
        assert_eq!(server.of(BOT.1).len(), usize::from(is_new));
        // One that is there never says what no longer holds.
        succeeds(&server, &fail);
        succeeds(&server, &format!("{pass} --when {when}"));
        assert!(ours(&server).contains("✅"), "{when}");
    }
}

#[test]
fn jobs_that_race_leave_one_comment() {
    let root = directory();
    let verdicts: Vec<_> = (2..6).map(|new| verdict(root.path(), new * 100, "")).collect();
    for token in [BOT, WORKFLOW] {
        let server = Server::start();
        server.race(verdicts.len());
        thread::scope(|scope| {
            for verdict in &verdicts {
                scope.spawn(|| {
                    let (code, text) = run(job(&server, token.0, verdict));
                    assert_eq!(code, 0, "{text}");
                });
            }
        });
        assert_eq!(server.count("POST"), verdicts.len(), "all of them found nothing");
        assert_eq!(server.of(token.1).len(), 1);
    }
}

/// Verdicts, jobs at once, failures, and people who delete comments, in an order that is random and always the same.
#[test]
fn any_sequence_of_jobs_leaves_one_comment() {
    let root = directory();
    let verdicts = [100, 200, 300].map(|new| verdict(root.path(), new, ""));
    let server = Server::start();
    server.add("mallory", "<!-- profgate:default -->\nlook-alike");
    let mut state: u64 = 20_261_120;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits") % below
    };
    for step in 0..30 {
        if random(4) == 0 {
            server.state().comments.retain(|comment| comment.author != BOT.1);
        }
        if random(3) == 0 {
            let request = ["POST", "PATCH", "DELETE", "GET /repos/o/r/issues"][random(4)];
            let fault = Fault { request, status: 502, headers: "", body: "", is_done: random(2) == 0 };
            server.state().faults.push_back(fault);
        }
        let jobs: Vec<_> = (0..=random(2)).map(|_| verdicts[random(3)].clone()).collect();
        server.race(jobs.len());
        thread::scope(|scope| {
            for verdict in &jobs {
                scope.spawn(|| {
                    let (code, text) = run(job(&server, BOT.0, verdict));
                    assert_eq!(code, 0, "step {step}: {text}");
                });
            }
        });
        // A failure that no request met must not meet one of the next step.
        server.state().faults.clear();
        let said = ours(&server);
        let expected = jobs.iter().map(|verdict| if *verdict == verdicts[0] { "✅" } else { "❌" });
        assert!(expected.into_iter().any(|sign| said.contains(sign)), "step {step}: {said}");
    }
    assert_eq!(server.of("mallory").len(), 1);
}

#[test]
fn the_oldest_of_several_stays() {
    let (server, root) = (Server::start(), directory());
    let pass = verdict(root.path(), 100, "");
    let ids: Vec<_> = (0..3).map(|_| server.add(BOT.1, "<!-- profgate:default -->\nold")).collect();
    succeeds(&server, &pass);
    ours(&server);
    assert_eq!(server.of(BOT.1)[0].id, ids[0]);
}

#[test]
fn a_list_that_lags_makes_no_second_comment() {
    let root = directory();
    let (fail, pass) = (verdict(root.path(), 200, ""), verdict(root.path(), 100, ""));
    let server = Server::start();
    server.state().lag = 1;
    assert_eq!(succeeds(&server, &fail), "created the comment\n");
    assert_eq!(succeeds(&server, &pass), "updated the comment\n");
    ours(&server);
    assert_eq!(server.count("POST"), 1);
}

#[test]
fn the_account_of_a_workflow_is_known() {
    let (server, root) = (Server::start(), directory());
    let fail = verdict(root.path(), 200, "");
    let look_alike = server.add(BOT.1, "<!-- profgate:default -->\nof another account");
    for _ in 0..2 {
        assert_eq!(run(job(&server, WORKFLOW.0, &fail)).0, 0);
    }
    assert_eq!(server.of(WORKFLOW.1).len(), 1);
    assert_eq!(server.of(BOT.1)[0].id, look_alike);
    // An account that was named wrongly is found out when it has written.
    for _ in 0..2 {
        assert_eq!(run(job(&server, WORKFLOW.0, &format!("{fail} --author nobody"))).0, 0);
        assert_eq!(server.of(WORKFLOW.1).len(), 1);
    }
}

#[test]
fn limits_and_failures_of_the_server_are_waited_for() {
    let root = directory();
    let fail = verdict(root.path(), 200, "");
    let secondary = "{\"message\": \"You have exceeded a secondary rate limit. Please wait.\"}";
    let fault = |request, status, headers, body, is_done| Fault { request, status, headers, body, is_done };
    let server = Server::start();
    server.state().faults = [
        fault("GET /repos/o/r/pulls/7", 403, "Retry-After: 1\r\n", secondary, false),
        fault("GET /user", 429, "Retry-After: 0\r\n", "{}", false),
        fault("GET /repos/o/r/issues/7/comments", 502, "", "<html>Bad Gateway</html>", false),
        fault("POST", 403, "Retry-After: 1\r\nX-RateLimit-Remaining: 4000\r\n", secondary, false),
        // The answer is lost, the comment is not.
        fault("POST", 502, "", "", true),
        fault("DELETE", 503, "", "", true),
    ]
    .into();
    let started = std::time::Instant::now();
    assert_eq!(succeeds(&server, &fail), "the comment is up to date\n");
    assert!(started.elapsed().as_secs() >= 2, "it waits as long as it is told to");
    assert!(server.state().faults.is_empty(), "all faults happened");
    ours(&server);
    // What is refused is refused at once.
    let server = Server::start();
    server.state().faults =
        [fault("POST", 403, "", "{\"message\": \"Resource not accessible by integration\"}", false)].into();
    let (code, text) = run(job(&server, BOT.0, &fail));
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("not accessible") && text.contains("pull-requests: write"), "{text}");
    assert_eq!(server.count("POST"), 1);
    // A limit that lasts too long is not waited for.
    let server = Server::start();
    server.state().faults = [fault("GET /repos", 403, "Retry-After: 3600\r\n", secondary, false)].into();
    let (code, text) = run(job(&server, BOT.0, &fail));
    assert!(code == 2 && text.contains("secondary rate limit") && text.contains("3600 s"), "{text}");
}

#[test]
fn what_is_too_long_is_said_in_brief() {
    let (server, root) = (Server::start(), directory());
    let samples: Vec<String> =
        (0..3000).map(|row| format!("example.com/päckage/{row:05}.(*Type).Method")).collect();
    let stacks: Vec<[&str; 1]> = samples.iter().map(|name| [name.as_str()]).collect();
    let all = |cost: i64| {
        let samples: Vec<(&[&str], i64)> = stacks.iter().map(|stack| (&stack[..], cost)).collect();
        profile("cpu", "nanoseconds", &samples)
    };
    let (base, new) = (file(root.path(), "b.pb.gz", &all(10)), file(root.path(), "n.pb.gz", &all(20)));
    let json = root.path().join("huge.json").display().to_string();
    let status = profgate()
        .args([
            "diff",
            &base,
            &new,
            "--limit",
            "flat +10%",
            "--limit",
            "total +1000%",
            "--statistics",
            "off",
            "--report",
            &format!("json={json}"),
        ])
        .status();
    assert_eq!(status.expect("it starts").code(), Some(1));
    succeeds(&server, &format!("{json} --top 5000"));
    let body = ours(&server);
    assert!(body.chars().count() <= 65_536 && body.len() > 50_000, "{}", body.len());
    // A server that takes less than it says.
    server.state().limit = Some(1000);
    let fail = verdict(root.path(), 300, "");
    assert_eq!(succeeds(&server, &format!("{json} --top 5001 --key other")), "created the comment\n");
    let body = server.of(BOT.1)[1].body.clone();
    assert!(body.contains("❌ profgate: fail") && body.len() < 1000, "{body}");
    server.state().limit = Some(10);
    let (code, text) = run(job(&server, BOT.0, &fail));
    assert!(code == 2 && text.contains("length"), "{text}");
}

#[test]
fn a_label_acknowledges_the_commit_it_was_seen_with() {
    let (server, root) = (Server::start(), directory());
    let (fail, worse) = (verdict(root.path(), 200, ""), verdict(root.path(), 900, ""));
    let enforce = |verdict: &str| {
        let args = format!("{verdict} --enforce --acknowledge-label perf-agreed");
        let (code, text) = run(job(&server, BOT.0, &args));
        (code, text, ours(&server))
    };
    assert_eq!(enforce(&fail).0, 1);
    {
        let mut state = server.state();
        state.labels = vec!["bug".to_owned(), "perf-agreed".to_owned()];
        state.label_events = vec!["perf-agreed".to_owned(), "bug".to_owned()];
    }
    let (code, _, body) = enforce(&fail);
    assert!(code == 0 && body.contains("**Acknowledged** by the label"), "{body}");
    assert_eq!(enforce(&fail).0, 0, "as often as it runs");
    // Nobody agreed to what is pushed later.
    let agreed = server.state().head.clone();
    server.state().head = "c".repeat(40);
    let (code, _, body) = enforce(&worse);
    assert!(code == 1 && body.contains(&agreed) && body.contains("does not count"), "{body}");
    assert_eq!(enforce(&worse).0, 1, "as often as it runs");
    server.state().label_events.push("perf-agreed".to_owned());
    let (code, _, body) = enforce(&worse);
    assert!(code == 0 && body.contains("**Acknowledged**"), "{body}");
    server.state().labels.clear();
    assert_eq!(enforce(&worse).0, 1, "a label that was taken away");
}

const LIMITS: &str = "version = 1\n[gate]\nstatistics = 'off'\n[[limit]]\nfunctions = 'slow'\nmeasure = 'flat'\nmax-increase = '10%'\n";

#[test]
fn what_the_pull_request_accepts_itself_does_not_count() {
    let (server, root) = (Server::start(), directory());
    let accept = format!("{LIMITS}[[accept]]\nfunctions = '^slow$'\nreason = 'because'\n");
    let own = file(root.path(), "profgate.toml", accept.as_bytes());
    let accepted = verdict_with(root.path(), &own);
    let enforce = |args: &str| {
        let (code, text) = run(job(&server, BOT.0, &format!("{accepted} --enforce {args}")));
        assert!(code < 2, "{text}");
        (code, ours(&server))
    };
    assert_eq!(enforce("").0, 0, "the verdict as it is");
    let (code, body) = enforce("--accept-from-base");
    assert!(code == 1 && body.contains("❌") && body.contains("<code>slow</code>"), "{body}");
    assert!(body.contains("does not") && !body.contains("✅"), "{body}");
    // It counts once it is merged, and from the base branch alone.
    server.state().files = vec![("profgate.toml".to_owned(), "other".to_owned(), accept.clone())];
    assert_eq!(enforce("--accept-from-base").0, 1);
    server.state().files = vec![(".config/profgate.toml".to_owned(), "main".to_owned(), accept.clone())];
    assert_eq!(enforce("--accept-from-base").0, 0);
    let base = file(root.path(), "base.toml", accept.as_bytes());
    assert_eq!(enforce(&format!("--base-config {base}")).0, 0);
    let other = file(root.path(), "other.toml", accept.replace("^slow$", "^other$").as_bytes());
    assert_eq!(enforce(&format!("--base-config {other}")).0, 1);
    let expired = file(root.path(), "expired.toml", format!("{accept}until = 2020-01-01\n").as_bytes());
    assert_eq!(enforce(&format!("--base-config {expired}")).0, 1);
}

/// A failing comparison judged by the configuration `config`.
fn verdict_with(directory: &Path, config: &str) -> String {
    verdict(directory, 200, "");
    let path = directory.join("with-config.json").display().to_string();
    let at = |name: &str| directory.join(name).display().to_string();
    let status = profgate()
        .args([
            "diff",
            &at("base.pb.gz"),
            &at("new.pb.gz"),
            "--config",
            config,
            "--report",
            &format!("json={path}"),
        ])
        .status();
    assert!(status.expect("it starts").code().is_some_and(|code| code < 2));
    path
}

#[test]
fn a_line_on_the_base_branch_acknowledges_a_failure() {
    let (server, root) = (Server::start(), directory());
    let own = file(root.path(), "profgate.toml", LIMITS.as_bytes());
    let fail = verdict_with(root.path(), &own);
    let args = format!("{fail} --enforce --accept-from-base");
    assert_eq!(run(job(&server, BOT.0, &args)).0, 1);
    let accept = format!("{LIMITS}[[accept]]\nfunctions = '^slow$'\nreason = 'because'\n");
    server.state().files = vec![("profgate.toml".to_owned(), "main".to_owned(), accept)];
    let (code, text) = run(job(&server, BOT.0, &args));
    assert_eq!(code, 0, "{text}");
    assert!(ours(&server).contains("**Acknowledged** by profgate"), "{}", ours(&server));
    // Limits that were loosened are pointed out.
    let strict = LIMITS.replace("10%", "1%");
    server.state().files = vec![("profgate.toml".to_owned(), "main".to_owned(), strict)];
    assert_eq!(run(job(&server, BOT.0, &args)).0, 1);
    assert!(ours(&server).contains("not those of"), "{}", ours(&server));
}

#[test]
fn only_the_commit_that_was_judged_is_commented() {
    let (server, root) = (Server::start(), directory());
    let fail = verdict(root.path(), 200, "");
    let (code, text) = run(job(&server, BOT.0, &format!("{fail} --head-sha {}", "d".repeat(40))));
    assert!(code == 2 && text.contains("was judged"), "{text}");
    let of_fork = |head: &str| {
        let event = format!(
            r#"{{"workflow_run": {{"event": "pull_request", "head_sha": "{head}", "head_branch": "fix",
                "head_repository": {{"owner": {{"login": "stranger"}}}}, "pull_requests": []}}}}"#
        );
        let event = file(root.path(), "event.json", event.as_bytes());
        let mut command = job(&server, BOT.0, &fail);
        command
            .env("GITHUB_REF", "refs/heads/main")
            .env("GITHUB_EVENT_NAME", "workflow_run")
            .env("GITHUB_EVENT_PATH", event);
        run(command)
    };
    let (code, text) = of_fork(&"d".repeat(40));
    assert!(code == 2 && text.contains("stranger:fix"), "{text}");
    assert!(server.of(BOT.1).is_empty());
    let (code, text) = of_fork(&"a".repeat(40));
    assert_eq!(code, 0, "{text}");
    ours(&server);
}

#[test]
fn what_is_missing_is_named() {
    let (server, root) = (Server::start(), directory());
    let fail = verdict(root.path(), 200, "");
    let refuses = |mut command: Command, words: &[&str]| {
        command.env_remove("GITLAB_TOKEN");
        let (code, text) = run(command);
        assert_eq!(code, 2, "{text}");
        assert!(words.iter().all(|word| text.contains(word)), "{words:?}: {text}");
        assert!(server.of(BOT.1).is_empty());
    };
    let without = |name: &str| {
        let mut command = job(&server, BOT.0, &fail);
        command.env_remove(name);
        command
    };
    refuses(without("GITHUB_TOKEN"), &["no token in GITHUB_TOKEN or GH_TOKEN"]);
    refuses(without("GITHUB_REPOSITORY"), &["repository", "--repo"]);
    refuses(without("GITHUB_REF"), &["number of the pull request", "--pr"]);
    refuses(job(&server, "other-secret", &fail), &["401", "Bad credentials"]);
    refuses(job(&server, "new\nline-secret", &fail), &["token"]);
    refuses(job(&server, BOT.0, &format!("{fail} --repo ../../x --pr 7")), &["no repository"]);
    refuses(job(&server, BOT.0, &format!("{fail} --pr 99")), &["pull request 99", "404"]);
    refuses(job(&server, BOT.0, "Cargo.toml"), &["Cargo.toml"]);
    let forged = file(root.path(), "forged.json", br#"{"format_version": "1.0", "verdict": "pass"}"#);
    refuses(job(&server, BOT.0, &forged), &["forged.json"]);
    let token = file(root.path(), "token", format!("{}\n", BOT.0).as_bytes());
    let mut from_file = without("GITHUB_TOKEN");
    from_file.args(["--token-file", &token]);
    assert_eq!(run(from_file).0, 0);
}

#[test]
fn enterprise_has_its_own_api_and_pages_stay_there() {
    let (server, root) = (Server::start(), directory());
    let fail = verdict(root.path(), 200, "");
    let mut command = job(&server, BOT.0, &fail);
    command.env("GITHUB_API_URL", format!("{}/api/v3/", server.url));
    assert_eq!(run(command).0, 0);
    ours(&server);
    assert_eq!(server.count("POST /api/v3/repos/o/r/issues/7/comments"), 1);
    // A server that points elsewhere does not get the token there.
    let elsewhere = Server::start();
    let link = format!("Link: <{}/next>; rel=\"next\"\r\n", elsewhere.url);
    server.state().faults.push_back(Fault {
        request: "GET /repos/o/r/issues/7/comments",
        status: 200,
        headers: Box::leak(link.into_boxed_str()),
        body: "[]",
        is_done: false,
    });
    let (code, text) = run(job(&server, BOT.0, &fail));
    assert!(code == 2 && text.contains("next page"), "{text}");
    assert!(elsewhere.state().log.is_empty());
}

#[test]
fn gitlab_gets_one_note() {
    let (server, root) = (Server::start(), directory());
    let (fail, pass) = (verdict(root.path(), 200, ""), verdict(root.path(), 100, ""));
    for number in 0..150 {
        server.add("someone", &format!("note {number}"));
    }
    server.add("mallory", "<!-- profgate:default -->\nlook-alike");
    let gitlab = |args: &str| {
        let mut command = job(&server, "", args);
        for name in ["GITHUB_API_URL", "GITHUB_REPOSITORY", "GITHUB_REF", "GITHUB_TOKEN"] {
            command.env_remove(name);
        }
        command
            .env("GITLAB_CI", "true")
            .env("CI_API_V4_URL", &server.url)
            .env("CI_PROJECT_ID", "group/project")
            .env("CI_MERGE_REQUEST_IID", "7")
            .env("CI_COMMIT_SHA", server.state().head.clone())
            .env("GITLAB_TOKEN", BOT.0);
        run(command)
    };
    server.race(2);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| assert_eq!(gitlab(&fail).0, 0));
        }
    });
    assert!(ours(&server).contains("❌"));
    assert_eq!(gitlab(&pass), (0, "updated the comment\n".to_owned()));
    assert!(ours(&server).contains("✅"));
    {
        let mut state = server.state();
        state.labels = vec!["agreed".to_owned()];
        state.label_events = vec!["agreed".to_owned()];
        state.files = vec![("profgate.toml".to_owned(), "main".to_owned(), LIMITS.to_owned())];
    }
    assert_eq!(gitlab(&format!("{fail} --enforce --accept-from-base")).0, 1);
    assert_eq!(gitlab(&format!("{fail} --enforce --acknowledge-label agreed")).0, 0);
    ours(&server);
}

#[test]
fn a_dry_run_asks_nobody() {
    let (server, root) = (Server::start(), directory());
    let fail = verdict(root.path(), 200, "");
    let (code, text) = run(job(&server, "", &format!("{fail} --dry-run --enforce")));
    assert!(code == 1 && text.contains("❌ profgate: fail"), "{text}");
    assert!(server.state().log.is_empty());
}
