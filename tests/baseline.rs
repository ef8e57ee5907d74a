//! `profgate baseline` on real repositories: directories and git refs as stores, forks, shallow clones, rebases.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

mod support;
use support::{file, neutral, parts, profile};

/// Variables by which a CI runner would tell what it runs on.
const OF_CI: [&str; 12] = [
    "GITHUB_REPOSITORY",
    "GITHUB_REF",
    "GITHUB_BASE_REF",
    "GITHUB_EVENT_NAME",
    "GITHUB_EVENT_PATH",
    "GITLAB_CI",
    "PROW_JOB_ID",
    "JOB_TYPE",
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_AUTHOR_DATE",
];

/// A clone, with commits that are an hour apart.
struct Clone {
    path: PathBuf,
}

impl Clone {
    fn git(&self, args: &[&str]) -> String {
        let output = self.command("git", args).output().expect("git starts");
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text").trim().to_owned()
    }

    fn command(&self, program: &str, args: &[&str]) -> Command {
        let mut command = neutral(Command::new(program));
        for name in OF_CI {
            command.env_remove(name);
        }
        // Nothing of the machine's own configuration.
        command
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("GIT_AUTHOR_NAME", "a")
            .env("GIT_AUTHOR_EMAIL", "a@example.com")
            .env("GIT_COMMITTER_NAME", "a")
            .env("GIT_COMMITTER_EMAIL", "a@example.com")
            .current_dir(&self.path)
            .args(args);
        command
    }

    /// A commit on what is checked out; returns its name.
    fn commit(&self, hour: u32) -> String {
        let date = format!("2026-11-{:02}T{:02}:00:00+00:00", 1 + hour / 24, hour % 24);
        let mut commit =
            self.command("git", &["commit", "-q", "--allow-empty", "-m", &format!("hour {hour}")]);
        assert!(commit.env("GIT_COMMITTER_DATE", date).status().expect("git starts").success());
        self.git(&["rev-parse", "HEAD"])
    }

    fn profgate(&self, args: &str) -> Command {
        self.command(env!("CARGO_BIN_EXE_profgate"), &args.split_whitespace().collect::<Vec<_>>())
    }

    /// The exit code, and everything that `profgate baseline ARGS` prints.
    fn baseline(&self, args: &str) -> (i32, String) {
        let (code, stdout, stderr) =
            parts(&self.profgate(&format!("baseline {args}")).output().expect("it starts"));
        (code, stdout + &stderr)
    }

    #[track_caller]
    fn succeeds(&self, args: &str) -> String {
        let (code, text) = self.baseline(args);
        assert_eq!(code, 0, "baseline {args}: {text}");
        text
    }

    /// Fails unless there is no verdict and all of `words` are said.
    #[track_caller]
    fn refuses(&self, args: &str, words: &[&str]) {
        let (code, text) = self.baseline(args);
        assert_eq!(code, 2, "baseline {args}: {text}");
        for word in words {
            assert!(text.contains(word), "{word:?} is missing in: {text}");
        }
    }

    /// Saves a profile whose cost is `cost` for the commit `at`.
    fn save(&self, store: &str, at: &str, cost: i64) {
        let path = cost_file(&self.path, cost);
        self.succeeds(&format!("save {path} --store {store} --commit {at}"));
    }

    /// What `load ARGS` finds: the commit and its distance, with the bytes of its profile.
    #[track_caller]
    fn load(&self, store: &str, args: &str) -> (String, u64, Vec<u8>) {
        let out = tempfile::tempdir().expect("a directory");
        let into = out.path().join("base");
        let text = self.succeeds(&format!("load --store {store} -o {} --json {args}", into.display()));
        let answer: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let data = fs::read(into.join("cpu.out")).expect("the profile");
        (
            answer["commit"].as_str().expect("a commit").to_owned(),
            answer["distance"].as_u64().expect("a number"),
            data,
        )
    }
}

fn cost(cost: i64) -> Vec<u8> {
    profile("cpu", "nanoseconds", &[(&["main"], cost)])
}

/// A file `cpu.out` of its own.
fn cost_file(directory: &Path, value: i64) -> String {
    file(&directory.join(format!(".git/profiles/{value}")), "cpu.out", &cost(value))
}

/// A bare repository, a clone of it with one commit on `main`, and the directory that holds them.
fn remote() -> (tempfile::TempDir, Clone) {
    let root = tempfile::tempdir().expect("a directory");
    let here = Clone { path: root.path().to_owned() };
    here.git(&["init", "-q", "--bare", "-b", "main", "remote.git"]);
    here.git(&["init", "-q", "-b", "main", "clone"]);
    let clone = Clone { path: root.path().join("clone") };
    let url = format!("file://{}", root.path().join("remote.git").display());
    clone.git(&["remote", "add", "origin", &url]);
    clone.commit(0);
    clone.git(&["push", "-q", "-u", "origin", "main"]);
    (root, clone)
}

/// Another clone of the same remote.
fn clone_again(root: &Path, name: &str, how: &[&str]) -> Clone {
    let here = Clone { path: root.to_owned() };
    let url = format!("file://{}", root.join("remote.git").display());
    here.git(&[&["clone", "-q"], how, &[url.as_str(), name]].concat());
    Clone { path: root.join(name) }
}

/// Runs `test` on each kind of store that a clone has by itself.
fn with_each_store(test: impl Fn(&Path, &Clone, &str)) {
    for store in ["directory", "git", "git:origin"] {
        let (root, clone) = remote();
        let path = root.path().join("store").display().to_string();
        test(root.path(), &clone, if store == "directory" { &path } else { store });
    }
}

#[test]
fn the_merge_base_counts_and_else_its_nearest_ancestor() {
    with_each_store(|_, clone, store| {
        let first = clone.git(&["rev-parse", "HEAD"]);
        clone.save(store, &first, 1);
        let second = clone.commit(1);
        clone.save(store, &second, 2);
        let third = clone.commit(2);
        clone.git(&["push", "-q"]);
        // What main became later is not what the change is based on.
        clone.git(&["checkout", "-q", "-b", "change"]);
        clone.commit(3);
        clone.git(&["checkout", "-q", "main"]);
        let later = clone.commit(4);
        clone.save(store, &later, 4);
        clone.git(&["push", "-q"]);
        clone.git(&["checkout", "-q", "change"]);
        assert_eq!(clone.load(store, ""), (second.clone(), 1, cost(2)), "{store}");
        let out = clone.path.join(".git/base").display().to_string();
        let said = clone.succeeds(&format!("load --store {store} -o {out}"));
        let expected = format!(
            "1 profile of {} (branch main) in {out}: 1 commit before {}, which has none, saved 0 minutes ago\n",
            &second[..12],
            &third[..12]
        );
        assert_eq!(said, expected);
        assert_eq!(clone.load(store, "--at main"), (later, 0, cost(4)));
        clone.git(&["checkout", "-q", "main"]);
        clone.save(store, &third, 3);
        clone.git(&["checkout", "-q", "change"]);
        assert_eq!(clone.load(store, ""), (third, 0, cost(3)));
        assert_eq!(clone.load(store, &format!("--commit {first}")), (first, 0, cost(1)));
    });
}

#[test]
fn a_rebased_branch_is_based_on_what_it_was_put_on() {
    with_each_store(|_, clone, store| {
        let old = clone.git(&["rev-parse", "HEAD"]);
        clone.save(store, &old, 1);
        clone.git(&["checkout", "-q", "-b", "change"]);
        let own = clone.commit(1);
        clone.git(&["checkout", "-q", "main"]);
        let new = clone.commit(2);
        clone.save(store, &new, 2);
        clone.git(&["push", "-q"]);
        clone.git(&["checkout", "-q", "change"]);
        assert_eq!(clone.load(store, "").0, old);
        clone.git(&["rebase", "-q", "main"]);
        assert_ne!(clone.git(&["rev-parse", "HEAD"]), own);
        assert_eq!(clone.load(store, "").0, new);
        // A branch that was rewritten leaves behind saves of commits that no longer are ancestors.
        clone.git(&["checkout", "-q", "main"]);
        clone.git(&["reset", "-q", "--hard", &old]);
        clone.commit(3);
        clone.git(&["push", "-q", "--force"]);
        assert_eq!(clone.load(store, ""), (old, 1, cost(1)));
    });
}

#[test]
fn a_shallow_clone_fetches_the_history_it_lacks() {
    let (root, clone) = remote();
    let store = root.path().join("store").display().to_string();
    let base = clone.commit(1);
    clone.save(&store, &base, 1);
    clone.save("git:origin", &base, 1);
    (2..70).for_each(|hour| drop(clone.commit(hour)));
    clone.git(&["push", "-q"]);
    clone.git(&["checkout", "-q", "-b", "change"]);
    (70..75).for_each(|hour| drop(clone.commit(hour)));
    clone.git(&["push", "-q", "origin", "change"]);
    for (number, store) in [store.as_str(), "git:origin"].into_iter().enumerate() {
        let how = ["--depth=1", "--branch=change"];
        let shallow = clone_again(root.path(), &format!("shallow-{number}"), &how);
        let out = root.path().join("base").display().to_string();
        shallow.refuses(&format!("load --store {store} -o {out} --no-fetch"), &["main"]);
        assert_eq!(shallow.load(store, "--branch main"), (base.clone(), 68, cost(1)));
        // A save from there is one like any other.
        let deeper = clone_again(root.path(), &format!("deeper-{number}"), &how);
        deeper.succeeds(&format!(
            "save {} --store {store} --branch main --allow-other-branch",
            cost_file(&deeper.path, 2)
        ));
        assert_eq!(clone.load(store, "--branch main --at change").2, cost(2));
    }
}

#[test]
fn writers_at_once_lose_nothing() {
    const WRITERS: i64 = 6;
    with_each_store(|root, clone, store| {
        let commit = clone.git(&["rev-parse", "HEAD"]);
        let clones: Vec<_> = (0..WRITERS)
            .map(|writer| match store {
                // One repository is one place, whoever writes.
                "git" => Clone { path: clone.path.clone() },
                _ => clone_again(root, &format!("writer-{writer}"), &[]),
            })
            .collect();
        thread::scope(|scope| {
            for (writer, clone) in clones.iter().enumerate() {
                let name = format!("cpu.{writer}.out");
                let value = i64::try_from(writer).expect("few") + 1;
                let path = file(&clone.path.join(format!(".git/mine-{writer}")), &name, &cost(value));
                let commit = &commit;
                scope.spawn(move || {
                    for _ in 0..2 {
                        clone.succeeds(&format!("save {path} --store {store} --commit {commit}"));
                    }
                });
            }
        });
        let out = root.join("base");
        clone.succeeds(&format!("load --store {store} -o {}", out.display()));
        for writer in 0..WRITERS {
            let data = fs::read(out.join(format!("cpu.{writer}.out"))).expect("no profile is lost");
            assert_eq!(data, cost(writer + 1), "{store}");
        }
    });
}

#[test]
fn two_writers_and_a_pruner_at_once_keep_what_is_to_be_kept() {
    with_each_store(|root, clone, store| {
        let mut commits = vec![clone.git(&["rev-parse", "HEAD"])];
        commits.extend((1..6).map(|hour| clone.commit(hour)));
        clone.git(&["push", "-q"]);
        let path = cost_file(&clone.path, 1);
        let other =
            if store == "git" { Clone { path: clone.path.clone() } } else { clone_again(root, "other", &[]) };
        thread::scope(|scope| {
            for (clone, commits) in [(clone, &commits[..3]), (&other, &commits[3..])] {
                let path = &path;
                scope.spawn(move || {
                    for commit in commits {
                        clone.succeeds(&format!(
                            "save {path} --store {store} --commit {commit} --keep-commits 20"
                        ));
                    }
                });
            }
            scope.spawn(|| {
                for _ in 0..3 {
                    clone.succeeds(&format!("prune --store {store} --keep-days 1"));
                }
            });
        });
        for commit in &commits {
            assert_eq!(clone.load(store, &format!("--at {commit}")).0, *commit, "{store}");
        }
        assert_eq!(clone.succeeds(&format!("prune --store {store} --keep-commits 2")), "removed 4 saves\n");
        assert_eq!(clone.succeeds(&format!("prune --store {store} --keep-commits 2")), "removed 0 saves\n");
        let (code, text) = clone.baseline(&format!("prune --store {store}"));
        assert!(code == 2 && text.contains("--keep-commits"), "{text}");
    });
}

#[test]
fn a_pull_request_saves_for_itself_alone() {
    with_each_store(|root, clone, store| {
        let commit = clone.git(&["rev-parse", "HEAD"]);
        clone.save(store, &commit, 1);
        let event = file(root, "event.json", br#"{"pull_request": {"number": 7, "base": {"ref": "main"}}}"#);
        let path = cost_file(&clone.path, 666);
        let of_pull_request = |args: &str| {
            let mut command = clone.profgate(&format!("baseline {args} --store {store}"));
            command
                .env("GITHUB_REPOSITORY", "o/r")
                .env("GITHUB_EVENT_NAME", "pull_request_target")
                .env("GITHUB_REF", "refs/heads/main")
                .env("GITHUB_EVENT_PATH", &event);
            parts(&command.output().expect("it starts"))
        };
        let (code, _, stderr) = of_pull_request(&format!("save {path} --branch main"));
        assert!(code == 2 && stderr.contains("pull request 7"), "{stderr}");
        let (code, _, stderr) = of_pull_request("prune --branch main --keep-commits 0");
        assert!(code == 2 && stderr.contains("pull request 7"), "{stderr}");
        let (code, stdout, stderr) = of_pull_request(&format!("save {path} --keep-commits 1"));
        assert!(code == 0 && stdout.contains("pull request 7"), "{stdout}{stderr}");
        assert!(!stdout.contains("removed"), "{stdout}");
        assert_eq!(clone.load(store, ""), (commit.clone(), 0, cost(1)), "{store}");
        // Nor can a branch that is not main.
        clone.git(&["checkout", "-q", "-b", "change"]);
        let args = format!("save {path} --store {store} --branch main");
        clone.refuses(&args, &["branch change", "branch main", "--allow-other-branch"]);
        clone.succeeds(&format!("save {path} --store {store}"));
        assert_eq!(clone.load(store, "").2, cost(1));
        clone.succeeds(&format!("{args} --allow-other-branch"));
        assert_eq!(clone.load(store, "").2, cost(666));
    });
}

/// Every file below `directory` whose content is not that of a directory.
fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("an entry").path());
    let below = |path: PathBuf| if path.is_dir() { files(&path) } else { vec![path] };
    entries.flat_map(below).collect()
}

#[test]
fn a_corrupted_object_is_never_a_base() {
    let (root, clone) = remote();
    let store = root.path().join("store");
    let commit = clone.git(&["rev-parse", "HEAD"]);
    clone.save(&store.display().to_string(), &commit, 1);
    let out = root.path().join("base");
    let args = format!("load --store {} -o {}", store.display(), out.display());
    for path in files(&store) {
        let sound = fs::read(&path).expect("a file");
        let mut damaged = sound.clone();
        damaged[sound.len() / 2] ^= 0x40;
        fs::write(&path, damaged).expect("a file");
        clone.refuses(&args, &["SHA-256", "remove the entry"]);
        fs::write(&path, &sound[..sound.len() - 1]).expect("a file");
        clone.refuses(&args, &["SHA-256"]);
        fs::remove_file(&path).expect("a file");
        clone.refuses(&args, &["missing"]);
        assert!(!out.exists(), "nothing is half loaded");
        fs::write(&path, sound).expect("a file");
    }
    clone.succeeds(&args);

    clone.save("git", &commit, 1);
    let reference = clone.git(&["for-each-ref", "--format=%(refname)", "refs/profgate"]);
    let blob = clone.git(&["rev-parse", &format!("{reference}:cpu.out")]);
    let object = clone.path.join(format!(".git/objects/{}/{}", &blob[..2], &blob[2..]));
    fs::remove_file(&object).expect("an object");
    fs::write(&object, b"damaged").expect("an object");
    fs::remove_dir_all(&out).expect("a directory");
    clone.refuses(&format!("load --store git -o {}", out.display()), &["git cat-file failed", "damaged"]);
    // A tree of someone who may push, with another profile under the name of the first.
    let profile = cost_file(&clone.path, 666);
    let other = clone.git(&["hash-object", "-w", &profile]);
    let manifest = clone.git(&["rev-parse", &format!("{reference}:manifest.json")]);
    let tree = format!("100644 blob {other}\tcpu.out\n100644 blob {manifest}\tmanifest.json\n");
    let mut mktree = clone.command("git", &["mktree"]);
    let mut mktree = mktree.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("git starts");
    std::io::Write::write_all(&mut mktree.stdin.take().expect("a pipe"), tree.as_bytes()).expect("a tree");
    let tree = String::from_utf8(mktree.wait_with_output().expect("git ends").stdout).expect("text");
    let forged = clone.git(&["commit-tree", tree.trim(), "-m", "forged"]);
    clone.git(&["update-ref", &reference, &forged]);
    clone.refuses(&format!("load --store git -o {}", out.display()), &["`cpu.out`", "SHA-256"]);
}

#[test]
fn what_is_no_base_is_refused() {
    let (root, clone) = remote();
    let store = root.path().join("store").display().to_string();
    let out = root.path().join("base").display().to_string();
    let good = cost_file(&clone.path, 1);
    let text = file(root.path(), "text.out", b"no profile\n");
    let empty = file(root.path(), "empty.out", &profile("cpu", "nanoseconds", &[]));
    let save = format!("save --store {store}");
    clone.refuses(&format!("{save} {text}"), &["text.out"]);
    clone.refuses(&format!("{save} {good} {empty}"), &["empty.out", "no samples"]);
    clone.refuses(&format!("{save} {good} {good}"), &["two profiles", "cpu.out"]);
    clone.refuses(&format!("{save} {good} --commit nowhere"), &["nowhere"]);
    clone.refuses(&format!("{save} {good} --commit --output=x"), &["--output"]);
    clone.refuses(&format!("save {good} --store ftp://host"), &["ftp:", "kind of store"]);
    // Nobody listens there, and nobody reads the password in the log.
    for args in [
        save.replace(&store, "git:http://me:secret@127.0.0.1:9/x"),
        "load -o x --at HEAD --store git:http://me:secret@127.0.0.1:9/x".to_owned(),
    ] {
        let args = if args.starts_with("save") { format!("{args} {good}") } else { args };
        let (code, text) = clone.baseline(&args);
        assert!(code == 2 && text.contains("127.0.0.1:9") && !text.contains("secret"), "{text}");
    }
    clone.refuses(&format!("save {good} --store git:--upload-pack=x"), &["remote"]);
    clone.refuses(&format!("load --store {store} -o {out}"), &["no profiles of `default`", "--missing-base"]);
    assert!(!Path::new(&store).exists(), "nothing was saved");
    let said = clone.succeeds(&format!("load --store {store} -o {out} --missing-base pass"));
    assert!(said.contains("no profiles") && !Path::new(&out).exists(), "{said}");
    clone.succeeds(&format!("{save} {good}"));
    clone.refuses(&format!("load --store {store} -o {out} --key other"), &["no profiles of `other`"]);
    clone.refuses(&format!("load --store {store} -o {out} --branch other"), &["other"]);
    clone.succeeds(&format!("load --store {store} -o {out}"));
    clone.refuses(&format!("load --store {store} -o {out}"), &["not empty"]);
}

#[test]
fn refs_push_and_fetch_like_any_ref() {
    let (root, clone) = remote();
    let commit = clone.git(&["rev-parse", "HEAD"]);
    let runs = root.path().join("runs");
    file(&runs, "run-1/cpu.out", &cost(1));
    file(&runs, "run-2/cpu.out", &cost(2));
    file(&runs, "notes.md", b"not a profile");
    clone.succeeds(&format!("save {} --store git --key nightly/cpu", runs.display()));
    clone.git(&["push", "-q", "origin", "refs/profgate/*:refs/profgate/*"]);
    clone.git(&["fsck", "--strict", "--no-dangling"]);
    let other = clone_again(root.path(), "other", &[]);
    other.git(&["fetch", "-q", "origin", "refs/profgate/*:refs/profgate/*"]);
    for store in ["git", "git:origin"] {
        let out = root.path().join(format!("base-{}", store.len()));
        let args = format!("load --store {store} --key nightly/cpu -o {} --json", out.display());
        let answer: serde_json::Value = serde_json::from_str(&other.succeeds(&args)).expect("JSON");
        assert_eq!(answer["commit"], commit.as_str());
        assert_eq!(answer["files"], serde_json::json!(["run-1/cpu.out", "run-2/cpu.out"]));
        assert_eq!(fs::read(out.join("run-2/cpu.out")).expect("a profile"), cost(2));
        // What was loaded is a base as it stands.
        let (code, stdout, stderr) = parts(
            &other
                .profgate(&format!("diff {} {} --report terminal", out.display(), runs.display()))
                .output()
                .expect("it starts"),
        );
        assert_eq!(code, 0, "{stdout}{stderr}");
    }
    // Pruning at the remote removes the refs there.
    other.succeeds(&format!(
        "save {} --store git:origin --key nightly/cpu --commit {}",
        runs.display(),
        other.commit(1)
    ));
    other.succeeds("prune --store git:origin --key nightly/cpu --keep-commits 1");
    assert_eq!(other.git(&["ls-remote", "origin", "refs/profgate/*"]).lines().count(), 1);
}
