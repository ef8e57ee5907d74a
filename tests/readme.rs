//! Every console block of the README, executed, and every configuration in it, read.
//!
//! The README is run from its top to its end, as a reader would, in one directory that holds `testdata`. In a block
//! fenced with `console`, a line that begins with `$ ` is a command for `sh`, and a command that ends with `\` goes on in the
//! next line. `profgate` and `cargo run --release --` are the binary under test. What follows a command, up to the
//! next one, is everything that it prints, standard error included:
//!
//! - a line `...` stands for any number of lines;
//! - a last line `[exit N]` is the exit code, which is 0 without it.
//!
//! A block fenced with `toml` is written to `profgate.toml` and holds to the end of its section.
#![cfg(unix)]

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

mod support;

const BINARY: &str = "cargo run --release -- ";
const ANY_LINES: &str = "...";

/// The set-up command that runs the tests, and so cannot be run by one of them.
const TESTS: &str = "scripts/test";

/// A fenced block.
struct Block {
    /// The heading above it.
    section: String,
    language: String,
    /// The number of its first line.
    line: usize,
    text: Vec<String>,
}

/// A command of a console block and what it prints.
#[derive(Debug, PartialEq)]
struct Example {
    command: String,
    output: Vec<String>,
    exit_code: i32,
}

fn readme() -> String {
    fs::read_to_string(support::root().join("README.md")).expect("the README")
}

/// The fenced blocks of a text in their order.
fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut section = "";
    let mut is_open = false;
    for (number, line) in text.lines().enumerate() {
        match (line.strip_prefix("```"), is_open) {
            (Some(language), false) => {
                let (section, language) = (section.to_owned(), language.to_owned());
                blocks.push(Block { section, language, line: number + 2, text: Vec::new() });
                is_open = true;
            }
            (Some(_), true) => is_open = false,
            (None, true) => blocks.last_mut().expect("an open block").text.push(line.to_owned()),
            (None, false) => section = line.strip_prefix("## ").unwrap_or(section),
        }
    }
    assert!(!is_open, "the last block is not closed");
    blocks
}

fn examples(block: &Block) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let mut is_continued = false;
    for line in &block.text {
        if is_continued {
            let example = examples.last_mut().expect("a command");
            example.command.push('\n');
            example.command.push_str(line);
        } else if let Some(command) = line.strip_prefix("$ ") {
            examples.push(Example { command: command.to_owned(), output: Vec::new(), exit_code: 0 });
        } else {
            let example = examples.last_mut();
            let example =
                example.unwrap_or_else(|| panic!("README.md:{}: output without a command", block.line));
            example.output.push(line.clone());
            continue;
        }
        is_continued = line.ends_with('\\');
    }
    for example in &mut examples {
        let code = example.output.last().and_then(|last| last.strip_prefix("[exit ")?.strip_suffix(']'));
        if let Some(code) = code {
            example.exit_code = code.parse().expect("the exit code is a number");
            example.output.pop();
        }
    }
    examples
}

/// Whether `lines` are those expected, where `...` stands for any.
fn matches(expected: &[String], lines: &[&str]) -> bool {
    match expected.split_first() {
        None => lines.is_empty(),
        Some((first, rest)) if first == ANY_LINES => {
            (0..=lines.len()).any(|skipped| matches(rest, &lines[skipped..]))
        }
        Some((first, rest)) => lines.first() == Some(&first.as_str()) && matches(rest, &lines[1..]),
    }
}

/// What the command really does, if that is not what the example says.
fn difference(example: &Example, directory: &Path) -> Option<String> {
    let command = example.command.replace(BINARY, "profgate ");
    let path = std::env::var("PATH").unwrap_or_default();
    let output = support::neutral(Command::new("sh"))
        .current_dir(directory)
        .env("PATH", format!("{}:{path}", directory.join("bin").display()))
        .args(["-c", &format!("exec 2>&1\n{command}")])
        .output()
        .expect("sh starts");
    let (code, printed, _) = support::parts(&output);
    if code == example.exit_code && matches(&example.output, &printed.lines().collect::<Vec<_>>()) {
        return None;
    }
    let mut actual = printed;
    // Writing to a string cannot fail.
    let _ = writeln!(actual, "[exit {code}]");
    Some(actual)
}

/// A directory in which the examples run: the profiles, the binary, and the end of the search for a configuration.
fn stage() -> tempfile::TempDir {
    let stage = tempfile::tempdir().expect("a directory");
    let at = |name: &str| stage.path().join(name);
    symlink(support::root().join("testdata"), at("testdata")).expect("a link");
    fs::create_dir(at(".git")).and_then(|()| fs::create_dir(at("bin"))).expect("directories");
    symlink(env!("CARGO_BIN_EXE_profgate"), at("bin/profgate")).expect("a link");
    stage
}

#[test]
fn examples_of_the_readme_print_what_it_says() {
    let stage = stage();
    let config = stage.path().join("profgate.toml");
    let mut configured = None;
    let mut count = 0;
    let mut wrong = String::new();
    for block in blocks(&readme()) {
        if configured.as_ref().is_some_and(|section| *section != block.section) {
            fs::remove_file(&config).expect("a file");
            configured = None;
        }
        match block.language.as_str() {
            "toml" => {
                fs::write(&config, block.text.join("\n")).expect("a file");
                configured = Some(block.section);
            }
            "console" => {
                for example in examples(&block).iter().filter(|example| example.command != TESTS) {
                    count += 1;
                    if let Some(actual) = difference(example, stage.path()) {
                        let Example { command, output, exit_code } = example;
                        let expected = output.join("\n");
                        let _ = writeln!(
                            wrong,
                            "README.md:{}: $ {command}\n--- in the README\n{expected}\n[exit {exit_code}]\n\
                             --- printed\n{actual}",
                            block.line
                        );
                    }
                }
            }
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(count > 5, "the examples are found");
}

#[test]
fn set_up_is_a_verdict_and_the_tests() {
    let blocks = blocks(&readme());
    let blocks = blocks.iter().filter(|block| block.section == "Set-up");
    let commands: Vec<_> = blocks.map(examples).collect();
    let [[verdict], [tests]] = &commands.iter().map(Vec::as_slice).collect::<Vec<_>>()[..] else {
        panic!("two blocks of one command each, not {commands:?}");
    };
    assert!(verdict.command.starts_with(&format!("{BINARY}diff testdata/")), "{verdict:?}");
    assert_eq!(tests.command, TESTS);
    let script = support::root().join(TESTS);
    let mode = fs::metadata(&script).expect("the script is there").permissions().mode();
    assert_eq!(mode & 0o111, 0o111, "{} can be run", script.display());
}

#[test]
fn blocks_are_read_as_commands_and_their_output() {
    let text = "## A\n```console\n$ a \\\n  b\none\n$ c\n...\n[exit 3]\n```\n## B\n```sh\n$ d\n```\n";
    let blocks = blocks(text);
    let places = blocks.iter().map(|block| (block.section.as_str(), block.language.as_str(), block.line));
    assert_eq!(places.collect::<Vec<_>>(), [("A", "console", 3), ("B", "sh", 12)]);
    let example = |command: &str, output: &str, exit_code| Example {
        command: command.to_owned(),
        output: vec![output.to_owned()],
        exit_code,
    };
    assert_eq!(examples(&blocks[0]), [example("a \\\n  b", "one", 0), example("c", "...", 3)]);
}

#[test]
fn dots_stand_for_any_lines_and_for_nothing_else() {
    let matches = |expected: &str, printed: &str| {
        let expected: Vec<_> = expected.lines().map(str::to_owned).collect();
        matches(&expected, &printed.lines().collect::<Vec<_>>())
    };
    assert!(matches("a\nb", "a\nb"));
    assert!(matches("a\n...\nd", "a\nb\nc\nd") && matches("a\n...\nb", "a\nb"));
    assert!(matches("...\nb\n...\nb", "a\nb\nb"));
    assert!(!matches("a", "a\nb") && !matches("a\nb", "a"));
    assert!(!matches("a\n...\nd", "a\nb\nc") && !matches("", "a"));
}

#[test]
fn an_example_that_is_wrong_is_found() {
    let stage = stage();
    let differs = |output: &str, exit_code| {
        let output = output.lines().map(str::to_owned).collect();
        let command = "echo one; echo two >&2; exit 3".to_owned();
        difference(&Example { command, output, exit_code }, stage.path())
    };
    assert_eq!(differs("one\ntwo", 3), None);
    assert_eq!(differs("one\ntwo", 0).as_deref(), Some("one\ntwo\n[exit 3]\n"));
    assert_eq!(differs("one", 3).as_deref(), Some("one\ntwo\n[exit 3]\n"));
}
