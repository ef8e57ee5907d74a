//! `profgate capture` and URLs in `profgate diff` against servers that fail in every way, and some that do not.
#![cfg(feature = "capture")]

use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use prost::Message;

mod support;
#[path = "support/web.rs"]
mod web;

use support::{file, parts, profgate, profile};
use web::{Question, Web, reply, reply_profile, stall};

const HEAP: &str = "/debug/pprof/heap";
const TOKEN: &str = "s3cr3t-t0k3n-of-the-test";

fn cpu(value: i64) -> Vec<u8> {
    profile("cpu", "nanoseconds", &[(&["work", "main"], value), (&["idle", "main"], 1_000_000_000)])
}

/// Every file below `directory`, hidden ones too.
fn files(directory: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(current) = pending.pop() {
        for entry in fs::read_dir(current).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                pending.push(path);
            } else {
                found.push(path.strip_prefix(directory).expect("below").display().to_string());
            }
        }
    }
    found.sort();
    found
}

/// The exit code, standard output and standard error of `profgate` with `args`, in `directory`.
fn run(directory: &Path, args: &[&str]) -> (i32, String, String) {
    parts(&profgate().current_dir(directory).args(args).output().expect("the binary starts"))
}

/// Captures a heap profile of a server that answers so, which must fail within its two seconds, and leave nothing.
/// Returns what was said.
fn failing(answer: impl Fn(&Question, &mut TcpStream) + Send + Sync + 'static, more: &[&str]) -> String {
    let web = Web::serve(answer);
    let directory = tempfile::tempdir().expect("a directory");
    let url = web.url(HEAP);
    let args = ["capture", &url, "-o", "sub/heap.pb.gz", "--timeout", "2"];
    let started = Instant::now();
    let (code, stdout, stderr) = run(directory.path(), &[&args, more].concat());
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}: {stderr}", started.elapsed());
    assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
    assert_eq!(files(directory.path()), [""; 0], "{stderr}");
    assert!(stderr.contains(&format!("error: {url}: ")) && stderr.contains("help: "), "{stderr}");
    assert!(!stderr.contains(TOKEN), "{stderr}");
    stderr
}

#[test]
fn slow_and_silent_servers_are_given_up_in_time() {
    let slow = |_: &Question, stream: &mut TcpStream| {
        let data = cpu(1);
        let _ =
            stream.write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", data.len()).as_bytes());
        for byte in data {
            thread::sleep(Duration::from_millis(150));
            if stream.write_all(&[byte]).is_err() {
                return;
            }
        }
    };
    let answers: [fn(&Question, &mut TcpStream); 3] = [
        slow,
        |_, stream| stall(stream),
        |_, stream| {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc");
            stall(stream);
        },
    ];
    for answer in answers {
        let said = failing(answer, &[]);
        assert!(said.contains("no complete answer within 2 s") && said.contains("--timeout"), "{said}");
    }
}

#[test]
fn broken_answers_are_told_apart() {
    let cut = |_: &Question, stream: &mut TcpStream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc");
    };
    let said = failing(cut, &["--retries", "0"]);
    assert!(said.contains("broke off before the answer was complete"), "{said}");

    let chunk = |_: &Question, stream: &mut TcpStream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc");
    };
    let said = failing(chunk, &["--retries", "0"]);
    assert!(said.contains("broke off"), "{said}");

    let truncated = |_: &Question, stream: &mut TcpStream| {
        let data = cpu(1);
        reply_profile(stream, &data[..data.len() / 2]);
    };
    let said = failing(truncated, &[]);
    assert!(said.contains("gzip stream is truncated"), "{said}");

    let endless = |_: &Question, stream: &mut TcpStream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        while stream.write_all(format!("1000\r\n{}\r\n", "x".repeat(4096)).as_bytes()).is_ok() {}
    };
    let said = failing(endless, &["--max-size", "1MB"]);
    assert!(said.contains("larger than 1MB") && said.contains("--max-size"), "{said}");
    let announced = |_: &Question, stream: &mut TcpStream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n");
        stall(stream);
    };
    let said = failing(announced, &[]);
    assert!(said.contains("larger than 512MB"), "{said}");

    let other = |_: &Question, stream: &mut TcpStream| {
        let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.6\r\n");
    };
    let said = failing(other, &["--retries", "0"]);
    assert!(said.contains("not HTTP") || said.contains("broke off"), "{said}");
}

#[test]
fn what_is_no_profile_is_called_what_it_is() {
    let answers: [(&str, &[u8], &str); 6] = [
        (
            "200 OK",
            b"<!DOCTYPE html>\n<html><title>Sign in</title>",
            "page of HTML or XML; it begins: Sign in",
        ),
        ("200 OK", b"{\"error\": \"no such tenant\"}", "JSON; it begins: no such tenant"),
        ("200 OK", b"goroutine 1 [running]:\nmain.main()\n", "goroutine dump (debug=2)"),
        ("200 OK", b"go 1.27 trace\0\0\0", "execution trace"),
        ("404 Not Found", b"404 page not found\n", "answers 404 (not found): 404 page not found"),
        (
            "403 Forbidden",
            b"{\n\"kind\": \"Status\",\n\"message\": \"pods is forbidden\"}",
            "(forbidden): pods is forbidden",
        ),
    ];
    for (status, body, expected) in answers {
        let said = failing(move |_, stream| reply(stream, status, "", body), &[]);
        assert!(said.contains(expected), "{said}");
    }
    let hostile = failing(|_, stream| reply(stream, "400 Bad Request", "", b"\x1b[31m::error::x\r\n"), &[]);
    assert!(!hostile.contains('\u{1b}') && hostile.contains("\\u{1b}[31m"), "{hostile}");
    let empty = failing(|_, stream| reply_profile(stream, b""), &[]);
    assert!(empty.contains("the server sent nothing"), "{empty}");
}

#[test]
fn sources_that_are_no_profiles_are_refused_without_asking() {
    let web = Web::serve(|_, stream| reply_profile(stream, &cpu(1)));
    let directory = tempfile::tempdir().expect("a directory");
    for (path, word) in [
        ("/debug/pprof/trace?seconds=1", "go tool trace"),
        ("/debug/pprof/goroutine?debug=2", "debug=2"),
        ("/debug/pprof/heap?seconds=5", "--window"),
    ] {
        let (code, _, stderr) = run(directory.path(), &["capture", &web.url(path), "-o", "x"]);
        assert!(code == 2 && stderr.contains(word), "{stderr}");
    }
    let heap = web.url(HEAP);
    for (args, word) in [
        (&["capture", &heap, "-o", "x", "--seconds", "5"][..], "--window for counters"),
        (&["capture", &heap, "-o", "x", "--start-proxy"], "no source goes through"),
        (&["capture", &heap, "-o", "x", "--alternate", "2"], "--base"),
        (&["capture", "ftp://host/x", "-o", "x"], "no scheme"),
        (&["capture", "host", "-o", "x"], "no live source"),
        (&["capture", "http://host:0", "-o", "x"], "no host with a port"),
        (&["diff", "--seconds", "5", "a.pb.gz", "b.pb.gz"], "there is none"),
    ] {
        let (code, _, stderr) = run(directory.path(), args);
        assert!(code == 2 && stderr.contains(word), "{args:?}: {stderr}");
    }
    assert!(web.questions().is_empty(), "{:?}", web.questions());
    assert_eq!(files(directory.path()), [""; 0]);
}

#[test]
fn a_failure_that_passes_is_tried_again() {
    let web = Web::serve(|question, stream| match question.number {
        0 => reply(stream, "500 Internal Server Error", "", b"Could not enable CPU profiling: in use\n"),
        _ => reply_profile(stream, &cpu(7)),
    });
    let directory = tempfile::tempdir().expect("a directory");
    let (code, stdout, stderr) =
        run(directory.path(), &["capture", &web.url(""), "-o", "cpu.pb.gz", "--seconds", "1"]);
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(stdout, format!("cpu.pb.gz  {}\n", web.url("/debug/pprof/profile?seconds=1")));
    assert_eq!(files(directory.path()), ["cpu.pb.gz", "cpu.pb.gz.json"]);
    assert_eq!(fs::read(directory.path().join("cpu.pb.gz")).expect("a profile"), cpu(7), "as it was fetched");

    let said =
        failing(|_, stream| reply(stream, "503 Service Unavailable", "", b"later"), &["--retries", "1"]);
    assert!(said.contains("503 (service unavailable): later"), "{said}");
}

#[test]
fn redirects_end_and_do_not_take_secrets_along() {
    let said = failing(|_, stream| reply(stream, "302 Found", "Location: /again\r\n", b""), &[]);
    assert!(said.contains("redirects more than 5 times"), "{said}");
    let said = failing(|_, stream| reply(stream, "302 Found", "Location: file:///etc/passwd\r\n", b""), &[]);
    assert!(said.contains("no address of HTTP"), "{said}");

    let other = Web::serve(|_, stream| reply_profile(stream, &cpu(1)));
    let elsewhere = format!("Location: {}\r\n", other.url(HEAP));
    let web = Web::serve(move |question, stream| match question.number {
        0 => reply(stream, "307 Temporary Redirect", "Location: /moved\r\n", b""),
        1 => reply(stream, "302 Found", &elsewhere, b""),
        _ => reply(stream, "404 Not Found", "", b""),
    });
    let directory = tempfile::tempdir().expect("a directory");
    let token = file(directory.path(), "token", format!("{TOKEN}\n").as_bytes());
    let headers = file(directory.path(), "headers", b"X-Scope-OrgID: tenant-of-the-test\n");
    let url = web.url(HEAP).replace("://", "://me:p4ssw0rd@");
    let args = ["capture", &url, "-o", "heap.pb.gz", "--bearer-token-file", &token, "--header"];
    let (code, stdout, stderr) = run(directory.path(), &[&args[..], &[&format!("@{headers}")]].concat());
    assert_eq!(code, 0, "{stderr}");
    let asked = web.questions();
    for question in &asked[..2] {
        assert!(question.head.contains(&format!("uthorization: Bearer {TOKEN}\r\n")), "{}", question.head);
        assert!(question.head.to_lowercase().contains("x-scope-orgid: tenant"), "{}", question.head);
    }
    let head = &other.questions()[0].head.to_lowercase();
    assert!(!head.contains("authorization") && !head.contains("tenant"), "{head}");
    let note = fs::read_to_string(directory.path().join("heap.pb.gz.json")).expect("a note");
    for text in [&stdout, &stderr, &note] {
        assert!(!text.contains(TOKEN) && !text.contains("p4ssw0rd") && !text.contains("tenant-of"), "{text}");
    }
}

#[test]
fn an_expired_token_is_not_repeated() {
    let echo = |question: &Question, stream: &mut TcpStream| {
        let sent = question.head.lines().find(|line| line.to_lowercase().starts_with("authorization"));
        let body = format!("token expired: {}", sent.unwrap_or("none"));
        reply(stream, "401 Unauthorized", "", body.as_bytes());
    };
    let directory = tempfile::tempdir().expect("a directory");
    let token = file(directory.path(), "token", TOKEN.as_bytes());
    let said = failing(echo, &["--bearer-token-file", &token]);
    assert!(
        said.contains("token expired: ") && said.contains("REDACTED") && said.contains("--bearer-token-file"),
        "{said}"
    );

    // In the environment, in a header and in a URL.
    let web = Web::serve(echo);
    let url = format!("{}?token={TOKEN}", web.url(HEAP));
    let args = ["capture", &url, "-o", "x", "-v", "--bearer-token-env", "PROFGATE_TEST_TOKEN"];
    let output = profgate().args(args).env("PROFGATE_TEST_TOKEN", TOKEN).output().expect("the binary starts");
    let (code, _, stderr) = parts(&output);
    assert!(code == 2 && stderr.contains("token=REDACTED") && !stderr.contains(TOKEN), "{stderr}");
    // In what is taken for a page.
    let parrot = Web::serve(|question, stream| reply(stream, "200 OK", "", question.head.as_bytes()));
    let (code, _, stderr) =
        run(directory.path(), &["capture", &format!("{}?token={TOKEN}", parrot.url(HEAP)), "-o", "x"]);
    assert!(code == 2 && stderr.contains("begins: GET /debug/pprof/heap?token=REDACTED"), "{stderr}");
    let (code, _, stderr) =
        run(directory.path(), &["diff", &format!("me:{TOKEN}@h:0"), &format!("http://me:{TOKEN}@h h/")]);
    assert!(code == 2 && !stderr.contains(TOKEN), "{stderr}");
    let header = format!("Authorization: Bearer {TOKEN}");
    let (code, _, stderr) =
        run(directory.path(), &["capture", &web.url(HEAP), "-o", "x", "--header", &header]);
    assert!(code == 2 && stderr.contains("list of processes") && !stderr.contains(TOKEN), "{stderr}");
    assert!(web.questions()[0].head.contains(TOKEN));
    let (code, _, stderr) = run(directory.path(), &["capture", &web.url(HEAP), "-o", "x", "--header", TOKEN]);
    assert!(code == 2 && !stderr.contains(TOKEN), "{stderr}");
}

#[test]
fn a_failed_source_leaves_no_verdict_and_no_report() {
    let good = Web::serve(|_, stream| reply_profile(stream, &cpu(1_000_000_000)));
    let bad = Web::serve(|_, stream| reply(stream, "500 Internal Server Error", "", b"broken"));
    let directory = tempfile::tempdir().expect("a directory");
    let args =
        ["diff", &good.url(""), &bad.url(""), "--seconds", "1", "--retries", "0", "--report", "json=v.json"];
    let (code, stdout, stderr) = run(directory.path(), &args);
    assert!(
        code == 2 && stdout.is_empty() && stderr.contains("500 (internal server error): broken"),
        "{stderr}"
    );
    assert_eq!(files(directory.path()), [""; 0]);
    // A server that does not answer is no missing base.
    let (code, _, stderr) = run(
        directory.path(),
        &["diff", "127.0.0.1:1", &good.url(""), "--missing-base", "pass", "--retries", "0"],
    );
    assert!(code == 2 && stderr.contains("connection refused"), "{stderr}");
}

#[test]
fn one_slow_target_does_not_delay_the_others() {
    let slow = Web::serve(|question, stream| {
        thread::sleep(Duration::from_millis(if question.what.contains("cmdline") { 0 } else { 1500 }));
        reply_profile(stream, &cpu(1_000_000_000));
    });
    let quick = Web::serve(|_, stream| reply_profile(stream, &cpu(1_000_000_000)));
    let directory = tempfile::tempdir().expect("a directory");
    let started = Instant::now();
    let (slow_cpu, quick_cpu) = (slow.url(""), quick.url(""));
    let (slow_heap, quick_heap) = (slow.url(HEAP), quick.url(HEAP));
    let args = [
        "capture",
        "--seconds",
        "1",
        "-o",
        "out",
        "--base",
        &slow_cpu,
        &slow_heap,
        "--new",
        &quick_cpu,
        &quick_heap,
    ];
    let (code, _, stderr) = run(directory.path(), &args);
    assert_eq!(code, 0, "{stderr}");
    assert!(started.elapsed() < Duration::from_millis(2900), "{:?}", started.elapsed());
    let kinds = ["heap.1.pb.gz", "heap.1.pb.gz.json", "profile.1.pb.gz", "profile.1.pb.gz.json"];
    let expected: Vec<_> =
        ["base", "new"].iter().flat_map(|side| kinds.map(|kind| format!("{side}/{kind}"))).collect();
    assert_eq!(files(&directory.path().join("out")), expected);
    // Profiles of another capture would count as runs of this one.
    let (code, _, stderr) = run(directory.path(), &args);
    assert!(code == 2 && stderr.contains("holds files already"), "{stderr}");
    // What was captured is compared by profile.
    let (code, stdout, stderr) =
        run(directory.path(), &["diff", "out/base", "out/new", "--statistics", "off"]);
    assert_eq!(code, 0, "{stderr}");
    for word in ["heap.pb.gz: cpu", "profile.pb.gz: cpu", "base   was captured from http://127.0.0.1:"] {
        assert!(stdout.contains(word), "{stdout}");
    }
}

#[test]
fn sides_take_turns() {
    let order = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
    let side = |name: char| {
        let order = order.clone();
        Web::serve(move |question, stream| {
            if question.what.contains("profile") {
                order.lock().expect("no panic").push(name);
            }
            reply_profile(stream, &cpu(1_000_000_000));
        })
    };
    let (base, new) = (side('A'), side('B'));
    let directory = tempfile::tempdir().expect("a directory");
    let args = ["diff", "--base", &base.url(""), "--new", &new.url(""), "--alternate", "3", "--seconds", "1"];
    let (code, stdout, stderr) = run(directory.path(), &[&args[..], &["--statistics", "off"]].concat());
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(*order.lock().expect("no panic"), "ABBAAB");
    assert!(stdout.contains("3 runs"), "{stdout}");
}

#[test]
fn a_window_is_the_difference_of_two_profiles() {
    let growing = |values: [i64; 2]| {
        Web::serve(move |question, stream| {
            let value = values[question.number.min(1)];
            reply_profile(stream, &profile("alloc_space", "bytes", &[(&["f"], value), (&["same"], 50)]));
        })
    };
    let directory = tempfile::tempdir().expect("a directory");
    let web = growing([100, 130]);
    let started = Instant::now();
    let (code, _, stderr) =
        run(directory.path(), &["capture", &web.url(HEAP), "--window", "1", "-o", "heap.pb.gz"]);
    assert_eq!(code, 0, "{stderr}");
    assert!(started.elapsed() >= Duration::from_secs(1));
    let (_, stdout, _) = run(directory.path(), &["pprof", "-raw", "heap.pb.gz"]);
    assert!(stdout.contains("         30: 1") && !stdout.contains("same"), "{stdout}");
    let note = fs::read_to_string(directory.path().join("heap.pb.gz.json")).expect("a note");
    assert!(note.contains("\"window_seconds\": 1"), "{note}");

    let restarted = growing([100, 30]);
    let args = ["capture", &restarted.url(HEAP), "--window", "1", "-o", "restarted.pb.gz"];
    let (code, _, stderr) = run(directory.path(), &args);
    assert!(code == 2 && stderr.contains("`alloc_space` of `f` went backwards"), "{stderr}");
    assert_eq!(files(directory.path()), ["heap.pb.gz", "heap.pb.gz.json"]);
}

#[test]
fn text_profiles_are_read() {
    let web = Web::serve(|_, stream| {
        reply(stream, "200 OK", "", b"goroutine profile: total 3\n3 @ 0x10 0x20\n#\t0x10\tmain.f+0x1\n");
    });
    let directory = tempfile::tempdir().expect("a directory");
    let url = web.url("/debug/pprof/goroutine?debug=1");
    let (code, stdout, stderr) = run(directory.path(), &["capture", &url, "-o", "out/"]);
    assert_eq!((code, stdout.split("  ").next()), (0, Some("out/goroutine.txt")), "{stderr}");
    let (code, _, stderr) =
        run(directory.path(), &["diff", "out/goroutine.txt", &url, "--statistics", "off"]);
    assert_eq!(code, 0, "{stderr}");
}

#[cfg(unix)]
#[test]
fn an_interrupted_capture_leaves_nothing_behind() {
    for signal in ["-INT", "-TERM"] {
        let web = Web::serve(|_, stream| stall(stream));
        let directory = tempfile::tempdir().expect("a directory");
        let args = ["diff", &web.url(""), &web.url("/x"), "--seconds", "20", "--report", "json=v.json"];
        let mut child = profgate();
        let child = child.current_dir(directory.path()).args(args).stderr(std::process::Stdio::piped());
        let child = child.spawn().expect("the binary starts");
        let started = Instant::now();
        while web.questions().len() < 2 && started.elapsed() < Duration::from_secs(10) {
            thread::sleep(Duration::from_millis(20));
        }
        let signalled = std::process::Command::new("kill").args([signal, &child.id().to_string()]).status();
        assert!(signalled.is_ok_and(|status| status.success()));
        let (code, _, stderr) = parts(&child.wait_with_output().expect("it ends"));
        assert!(started.elapsed() < Duration::from_secs(10));
        assert!(code == 2 && stderr.contains("interrupted"), "{stderr}");
        assert_eq!(files(directory.path()), [""; 0]);
    }
}

#[test]
fn notes_make_unfair_comparisons_known_and_refusable() {
    let directory = tempfile::tempdir().expect("a directory");
    let capture = |side: &str, go: &str| {
        let file = format!("/go/toolchain@v0.0.1-{go}.linux-amd64/src/runtime/proc.go");
        let data = with_file(&cpu(1_000_000_000), &file);
        let web = Web::serve(move |_, stream| reply_profile(stream, &data));
        let (code, _, stderr) = run(directory.path(), &["capture", &web.url(HEAP), "-o", side]);
        assert_eq!(code, 0, "{stderr}");
    };
    capture("base.pb.gz", "go1.26.1");
    capture("new.pb.gz", "go1.27.3");
    let diff = ["diff", "base.pb.gz", "new.pb.gz", "--statistics", "off"];
    let (code, stdout, stderr) = run(directory.path(), &diff);
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("[different-go] the programs were built with go1.26.1 and go1.27.3"), "{stdout}");
    let (code, stdout, stderr) = run(directory.path(), &[&diff[..], &["--require-fair"]].concat());
    assert!(
        code == 2 && stdout.is_empty() && stderr.contains("not fair: the programs were built with go1.26.1"),
        "{stderr}"
    );

    let (_, json, _) = run(directory.path(), &[&diff[..], &["--report", "json"]].concat());
    assert!(json.contains("\"go_version\":\"go1.27.3\",\"goos\":\"linux\""), "{json}");
    fs::write(directory.path().join("v.json"), &json).expect("a file");
    let (_, again, stderr) = run(directory.path(), &["render", "v.json", "--report", "json"]);
    assert_eq!(again, json, "{stderr}");

    fs::copy(directory.path().join("base.pb.gz"), directory.path().join("new.pb.gz")).expect("a copy");
    let (code, stdout, _) = run(directory.path(), &[&diff[..], &["--require-fair"]].concat());
    assert!(
        code == 0 && stdout.contains("[stale-provenance]") && !stdout.contains("different-go"),
        "{stdout}"
    );
}

/// `profile` with all functions in `file`.
fn with_file(data: &[u8], file: &str) -> Vec<u8> {
    let inflated = profgate::source::inflate(data.to_vec(), 1 << 20).expect("a profile");
    let mut profile = profgate::decode::decode_any(&inflated).expect("a profile");
    let name = profile.strings.intern(file.as_bytes()).expect("fits");
    for function in &mut profile.functions {
        function.filename = name;
    }
    support::gzip(&profgate::profile::encode(&profile))
}

/// `querier.v1.SelectMergeProfileRequest` of Pyroscope.
#[derive(Clone, PartialEq, Message)]
struct SelectMergeProfileRequest {
    #[prost(string, tag = "1")]
    profile_type_id: String,
    #[prost(string, tag = "2")]
    label_selector: String,
    #[prost(int64, tag = "3")]
    start: i64,
    #[prost(int64, tag = "4")]
    end: i64,
}

#[test]
fn pyroscope_is_asked_for_a_merged_profile() {
    let inflated = profgate::source::inflate(cpu(5), 1 << 20).expect("a profile");
    let web = Web::serve(move |question, stream| match question.what.as_str() {
        "POST /querier.v1.QuerierService/SelectMergeProfile" => {
            reply(stream, "200 OK", "Content-Type: application/proto\r\n", &inflated);
        }
        _ => reply(stream, "404 Not Found", "", b"404 page not found"),
    });
    let directory = tempfile::tempdir().expect("a directory");
    let query = "query=process_cpu:cpu:nanoseconds:cpu:nanoseconds{service_name=\"a b\"}&from=1700000000&until=1700000060";
    let url = format!("pyroscope+{}?{query}", web.url(""));
    let headers = ["--header", "X-Scope-OrgID: tenant"];
    let (code, _, stderr) =
        run(directory.path(), &[&["capture", &url, "-o", "p.pb.gz"][..], &headers].concat());
    assert_eq!(code, 0, "{stderr}");
    let question = &web.questions()[0];
    assert!(
        question.head.to_lowercase().contains("content-type: application/proto\r\n"),
        "{}",
        question.head
    );
    assert!(question.head.to_lowercase().contains("x-scope-orgid: tenant\r\n"), "{}", question.head);
    let request = SelectMergeProfileRequest::decode(&question.body[..]).expect("a request");
    let expected = SelectMergeProfileRequest {
        profile_type_id: "process_cpu:cpu:nanoseconds:cpu:nanoseconds".to_owned(),
        label_selector: "{service_name=\"a b\"}".to_owned(),
        start: 1_700_000_000_000,
        end: 1_700_000_060_000,
    };
    assert_eq!(request, expected);

    // Before 1.0, `render` gives pprof.
    let old = Web::serve(|question, stream| {
        if question.what.starts_with("GET /render?") {
            reply_profile(stream, &cpu(5));
        } else {
            reply(stream, "404 Not Found", "", b"404 page not found");
        }
    });
    let url = format!("pyroscope+{}?query=app.cpu&from=1700000000&until=1700000060", old.url(""));
    let (code, _, stderr) = run(directory.path(), &["capture", &url, "-o", "old.pb.gz"]);
    assert_eq!(code, 0, "{stderr}");
    let last = old.questions().pop().expect("questions");
    assert_eq!(last.what, "GET /render?query=app.cpu&from=1700000000&until=1700000060&format=pprof");
}

#[test]
fn parca_is_asked_for_a_merged_profile() {
    let web = Web::serve(|_, stream| {
        // "pprof" in base64, made with `base64`.
        reply(stream, "200 OK", "Content-Type: application/json\r\n", b"{\"pprof\":\"Zm9v\"}");
    });
    let directory = tempfile::tempdir().expect("a directory");
    let url =
        format!("parca+{}?query=memory:alloc_space:bytes{{}}&from=1700000000&until=1700000060", web.url(""));
    let (code, _, stderr) = run(directory.path(), &["capture", &url, "-o", "p.pb.gz"]);
    assert!(code == 2 && stderr.contains("text that starts with `foo`"), "{stderr}");
    assert_eq!(
        web.questions()[0].what,
        "GET /api/profiles/query?mode=MODE_MERGE&merge.query=memory:alloc_space:bytes%7B%7D\
         &merge.start=2023-11-14T22:13:20Z&merge.end=2023-11-14T22:14:20Z&report_type=REPORT_TYPE_PPROF_UNSPECIFIED"
    );
    let error = Web::serve(|_, stream| {
        reply(stream, "400 Bad Request", "", b"{\"code\":3,\"message\":\"bad query\"}");
    });
    let url = format!("parca+{}?query=x", error.url(""));
    let (code, _, stderr) = run(directory.path(), &["capture", &url, "-o", "p.pb.gz"]);
    assert!(code == 2 && stderr.contains("400 (bad request): bad query"), "{stderr}");
    assert_eq!(files(directory.path()), [""; 0]);
}

#[test]
fn connections_are_given_up_in_time_too() {
    // A server that accepts and says nothing, where TLS or another transport begins.
    let web = Web::serve(|_, stream| stall(stream));
    let directory = tempfile::tempdir().expect("a directory");
    let silent = |url: &str| {
        let started = Instant::now();
        let (code, _, stderr) = run(directory.path(), &["capture", url, "-o", "x.pb.gz", "--timeout", "1"]);
        assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
        assert!(code == 2 && stderr.contains("no complete answer within 1 s"), "{stderr}");
    };
    silent(&web.url(HEAP).replace("http:", "https:"));
    silent(&web.url(HEAP).replace("http:", "https+insecure:"));
    #[cfg(unix)]
    {
        let socket = directory.path().join("s.sock");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
        silent(&format!("unix://{}:{HEAP}", socket.display()));
        fs::remove_file(socket).expect("a socket");
    }
    assert_eq!(files(directory.path()), [""; 0]);
}

#[test]
fn proxies_are_asked_to_connect() {
    let proxy = Web::serve(|question, stream| {
        if question.what.starts_with("CONNECT ") {
            let _ = stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n");
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n")
                && std::io::Read::read(stream, &mut byte).is_ok_and(|read| read == 1)
            {
                head.push(byte[0]);
            }
            reply_profile(stream, &cpu(1));
        } else {
            reply(stream, "405 Method Not Allowed", "", b"");
        }
    });
    let directory = tempfile::tempdir().expect("a directory");
    let capture = |variables: &[(&str, &str)], args: &[&str]| {
        let mut command = profgate();
        command.current_dir(directory.path()).args(["capture", "-o", "x.pb.gz", "--retries", "0"]).args(args);
        parts(&command.envs(variables.iter().copied()).output().expect("the binary starts"))
    };
    let url = proxy.url("").replace("://", "://me:hunter2@");
    let target = "http://target.invalid:6060/debug/pprof/heap";
    let (code, _, stderr) = capture(&[], &[target, "--proxy", &url]);
    assert_eq!(code, 0, "{stderr}");
    let connect = &proxy.questions()[0];
    assert_eq!(connect.what, "CONNECT target.invalid:6060");
    assert!(connect.head.contains("Proxy-Authorization: Basic bWU6aHVudGVyMg=="), "{}", connect.head);
    let (code, _, stderr) = capture(&[("HTTP_PROXY", &url)], &[target]);
    assert_eq!(code, 0, "{stderr}");
    let (code, _, stderr) = capture(&[("HTTP_PROXY", &url), ("NO_PROXY", ".invalid")], &[target]);
    assert!(code == 2 && stderr.contains("target.invalid") && !stderr.contains("hunter2"), "{stderr}");
    // This machine is asked directly.
    let local = Web::serve(|_, stream| reply_profile(stream, &cpu(1)));
    let (code, _, stderr) = capture(&[("HTTP_PROXY", &url)], &[&local.url(HEAP)]);
    assert_eq!(code, 0, "{stderr}");
    assert!(!local.questions().is_empty());
}

#[test]
fn a_former_port_is_asked_without_secrets() {
    use profgate::source::Address;
    use profgate::source::live::{Client, ClientOptions};

    let web = Web::serve(|_, stream| reply_profile(stream, b"data"));
    let mut options = ClientOptions { max_bytes: 1000, retries: 5, ..ClientOptions::default() };
    options.credentials.add_bearer_token(TOKEN).expect("a token");
    let client = Client::new(options).expect("a client");
    let nobody = Address::parse("http://127.0.0.1:1/x").expect("a URL");
    let former = Address { is_guess: true, ..Address::parse(&web.url("/x")).expect("a URL") };
    let fetched = client.fetch(&[nobody.clone(), former.clone()], Duration::from_secs(5));
    assert_eq!(fetched.map(|(data, address)| (data, address == former)), Ok((b"data".to_vec(), true)));
    assert!(!web.questions()[0].head.contains(TOKEN));
    let error = client.fetch(&[nobody.clone(), nobody], Duration::from_secs(1)).expect_err("nobody listens");
    assert!(error.to_string().contains("connection refused"), "{error}");
}
