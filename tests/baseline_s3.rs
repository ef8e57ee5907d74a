//! `profgate baseline` with a real S3-compatible server on the loopback interface.
#![cfg(feature = "capture")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

use profgate::publish::baseline::{File, S3Store, Store};

mod support;
use support::{file, neutral, parts, profile, root, skip};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// A running `moto_server` with the bucket `profiles`.
struct Server {
    process: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that is gone already is stopped.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    /// Starts one on a free port; `None` where it is not installed.
    fn start(test: &str) -> Option<Self> {
        let environments = fs::read_dir(root().join(".venv")).ok().into_iter().flatten().flatten();
        let installed = environments.map(|entry| entry.path()).find(|path| {
            path.join("complete").exists()
                && path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("moto-"))
        });
        let is_required = std::env::var_os("PROFGATE_REQUIRE_MOTO").is_some();
        assert!(installed.is_some() || !is_required, "`scripts/moto-server` installs what is missing");
        let Some(installed) = installed else {
            skip(test, "scripts/moto-server installs the server it needs");
            return None;
        };
        let mut process = Command::new(installed.join("bin/python"))
            .args(["-u", "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut log = BufReader::new(process.stderr.take().expect("a pipe"));
        let mut line = String::new();
        let port = loop {
            line.clear();
            assert_ne!(log.read_line(&mut line).expect("a log"), 0, "the server ended");
            if let Some((_, rest)) = line.split_once("http://127.0.0.1:") {
                break rest.trim().parse().expect("a port");
            }
        };
        // A log that nobody reads would stop the server.
        thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        let server = Self { process, port };
        assert!(server.ask("PUT", "/profiles", b"").starts_with("HTTP/1.1 200"), "the bucket is made");
        Some(server)
    }

    /// A request with a signature that is none, which moto does not look at.
    fn ask(&self, method: &str, path: &str, body: &[u8]) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("the server listens");
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Length: {}\r\nConnection: close\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=id/20261120/us-east-1/s3/aws4_request, \
             SignedHeaders=host, Signature=0\r\n\r\n",
            self.port,
            body.len()
        );
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).expect("sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// The keys of all objects.
    fn keys(&self) -> Vec<String> {
        let listed = self.ask("GET", "/profiles?list-type=2", b"");
        listed
            .split("<Key>")
            .skip(1)
            .filter_map(|rest| Some(rest.split_once("</Key>")?.0.to_owned()))
            .collect()
    }

    fn baseline(&self, args: &str) -> (i32, String) {
        let mut command = neutral(Command::new(env!("CARGO_BIN_EXE_profgate")));
        for name in [
            "GITHUB_REPOSITORY",
            "GITLAB_CI",
            "PROW_JOB_ID",
            "JOB_TYPE",
            "AWS_SESSION_TOKEN",
            "AWS_ENDPOINT_URL_S3",
            "http_proxy",
            "HTTP_PROXY",
            "ALL_PROXY",
            "all_proxy",
        ] {
            command.env_remove(name);
        }
        let output = command
            .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", self.port))
            .env("AWS_REGION", "eu-central-1")
            .env("AWS_ACCESS_KEY_ID", "id")
            .env("AWS_SECRET_ACCESS_KEY", "hidden")
            .args(["baseline"])
            .args(args.split_whitespace())
            .output()
            .expect("it starts");
        let (code, stdout, stderr) = parts(&output);
        let text = stdout + &stderr;
        assert!(!text.contains("hidden") && !text.contains("Signature"), "{text}");
        (code, text)
    }

    #[track_caller]
    fn succeeds(&self, args: &str) -> String {
        let (code, text) = self.baseline(args);
        assert_eq!(code, 0, "baseline {args}: {text}");
        text
    }

    fn load(&self, out: &Path) -> (i32, String) {
        self.baseline(&format!(
            "load --store s3://profiles/ci/go -o {} --branch main --at {COMMIT}",
            out.display()
        ))
    }
}

fn save(path: &str, commit: &str) -> String {
    format!("save {path} --store s3://profiles/ci/go --branch main --allow-other-branch --commit {commit}")
}

fn cost(cost: i64) -> Vec<u8> {
    profile("cpu", "nanoseconds", &[(&["main"], cost)])
}

#[test]
fn what_is_saved_in_a_bucket_comes_back() {
    let Some(server) = Server::start("what_is_saved_in_a_bucket_comes_back") else { return };
    let root = tempfile::tempdir().expect("a directory");
    let out = root.path().join("base");
    let (code, text) = server.load(&out);
    assert!(code == 2 && text.contains("no profiles"), "{text}");
    let runs = root.path().join("runs");
    file(&runs, "run-1/cpu.out", &cost(1));
    file(&runs, "run-2/cpu.out", &cost(2));
    server.succeeds(&save(&runs.display().to_string(), COMMIT));
    let (code, text) = server.load(&out);
    assert_eq!(code, 0, "{text}");
    assert_eq!(fs::read(out.join("run-2/cpu.out")).expect("a profile"), cost(2));
    assert!(
        server.keys().iter().all(|key| key.starts_with("ci/go/v1/default/heads/main/")),
        "{:?}",
        server.keys()
    );
}

#[test]
fn writers_at_once_lose_nothing() {
    let Some(server) = Server::start("writers_at_once_lose_nothing") else { return };
    let root = tempfile::tempdir().expect("a directory");
    let out = root.path().join("base");
    thread::scope(|scope| {
        for writer in 0..4 {
            let path =
                file(&root.path().join(writer.to_string()), &format!("cpu.{writer}.out"), &cost(writer + 1));
            let server = &server;
            scope.spawn(move || {
                for _ in 0..2 {
                    server.succeeds(&save(&path, COMMIT));
                }
            });
        }
    });
    let (code, text) = server.load(&out);
    assert_eq!(code, 0, "{text}");
    for writer in 0..4 {
        let data = fs::read(out.join(format!("cpu.{writer}.out"))).expect("no profile is lost");
        assert_eq!(data, cost(writer + 1));
    }
}

#[test]
fn what_is_there_is_not_overwritten() {
    let Some(server) = Server::start("what_is_there_is_not_overwritten") else { return };
    let root = tempfile::tempdir().expect("a directory");
    let path = file(root.path(), "cpu.out", &cost(1));
    server.succeeds(&save(&path, COMMIT));
    let variables = [
        ("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", server.port)),
        ("AWS_ACCESS_KEY_ID", "id".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "hidden".to_owned()),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value)).into();
    let store = S3Store::new("s3://profiles/ci/go", &variables).expect("a store");
    let names = store.list("v1/").expect("a list");
    let [name] = &names[..] else { panic!("{names:?}") };
    // The same entry with another manifest: somebody who writes with a name that is not his content's.
    let forged = File { name: "manifest.json".to_owned(), data: b"forged".to_vec() };
    store.put(name, std::slice::from_ref(&forged)).expect("no failure: entries of one name are the same");
    let kept = store.get(name).expect("the entry");
    assert!(kept.len() == 2 && !kept.contains(&forged), "{kept:?}");
}

#[test]
fn a_corrupted_object_is_never_a_base() {
    let Some(server) = Server::start("a_corrupted_object_is_never_a_base") else { return };
    let root = tempfile::tempdir().expect("a directory");
    let path = file(root.path(), "cpu.out", &cost(1));
    server.succeeds(&save(&path, COMMIT));
    for key in server.keys() {
        let url = format!("/profiles/{}", key.replace('=', "%3D"));
        let sound = server.ask("GET", &url, b"");
        assert!(sound.starts_with("HTTP/1.1 200"), "{sound}");
        server.ask("PUT", &url, b"damaged");
        let out = root.path().join("base");
        let (code, text) = server.load(&out);
        assert!(code == 2 && text.contains("SHA-256") && !out.exists(), "{key}: {text}");
        if key.ends_with("cpu.out") {
            server.ask("PUT", &url, &cost(1));
            assert_eq!(server.load(&out).0, 0, "{key}");
            fs::remove_dir_all(out).expect("a directory");
        }
    }
}

#[test]
fn a_bucket_is_pruned_and_lists_of_several_pages_are_read() {
    let Some(server) = Server::start("a_bucket_is_pruned_and_lists_of_several_pages_are_read") else {
        return;
    };
    let root = tempfile::tempdir().expect("a directory");
    // 520 files and a manifest, twice: more than the 1000 keys of one page.
    let runs = root.path().join("runs");
    for run in 0..520 {
        file(&runs, &format!("cpu.{run}.out"), &cost(1));
    }
    let others = "f".repeat(40);
    server.succeeds(&save(&runs.display().to_string(), &others));
    server.succeeds(&save(&runs.display().to_string(), COMMIT));
    let out = root.path().join("base");
    let (code, text) = server.load(&out);
    assert!(code == 0 && text.contains("520 profiles"), "{text}");
    let said = server.succeeds("prune --store s3://profiles/ci/go --keep-commits 1");
    assert_eq!(said, "removed 1 save\n");
    assert!(server.keys().iter().all(|key| !key.contains(&others)), "the older is gone");
    fs::remove_dir_all(&out).expect("a directory");
    assert_eq!(server.load(&out).0, 0);
}

#[test]
fn a_bucket_that_is_not_there_is_said_to_be() {
    let Some(server) = Server::start("a_bucket_that_is_not_there_is_said_to_be") else { return };
    let (code, text) = server.baseline(&format!("load --store s3://nowhere -o x --at {COMMIT}"));
    assert!(code == 2 && text.contains("NoSuchBucket") && text.contains("404"), "{text}");
}
