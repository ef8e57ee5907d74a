//! A git command to what it prints.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::error::{Error, ErrorKind, Result};

/// A repository, looked at through the `git` command, so that its configuration and credentials hold.
#[derive(Debug, Clone)]
pub(crate) struct Git {
    directory: PathBuf,
}

impl Git {
    /// The repository that `directory` lies in.
    pub(crate) fn new(directory: &Path) -> Self {
        Self { directory: directory.to_owned() }
    }

    /// Standard output of `git ARGS`.
    ///
    /// # Errors
    /// When git cannot be started or fails.
    pub(crate) fn run(&self, args: &[&str]) -> Result<Vec<u8>> {
        self.feed(args, &[])
    }

    /// Standard output of `git ARGS` as text without the last line break.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub(crate) fn text(&self, args: &[&str]) -> Result<String> {
        self.run(args).map(text)
    }

    /// Standard output of `git ARGS` that reads `input`.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub(super) fn feed(&self, args: &[&str], input: &[u8]) -> Result<Vec<u8>> {
        let output = self.output(args, input)?;
        if output.status.success() { Ok(output.stdout) } else { Err(failure(args, &output)) }
    }

    fn output(&self, args: &[&str], input: &[u8]) -> Result<Output> {
        let unusable = |error: std::io::Error| {
            Error::new(ErrorKind::Unreadable, format!("git cannot be run ({error})"))
                .help("install git, and run this in a checkout")
        };
        let mut child = Command::new("git")
            .arg("-C")
            .arg(&self.directory)
            .args(args)
            // Nobody is there to be asked, and messages are looked at.
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(unusable)?;
        // git reads all of its input before it writes, so this cannot wait for a full pipe.
        if let Some(mut stdin) = child.stdin.take() {
            // A command that does not read is one that fails, and says why.
            let _ = stdin.write_all(input);
        }
        child.wait_with_output().map_err(unusable)
    }
}

/// Bytes that git printed as text, without the last line break.
pub(super) fn text(bytes: Vec<u8>) -> String {
    let mut text =
        String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into());
    text.truncate(text.trim_end_matches('\n').len());
    text
}

fn failure(args: &[&str], output: &Output) -> Error {
    let stderr = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<_> = stderr.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let said = lines.iter().find(|line| line.starts_with("fatal:") || line.starts_with("error:"));
    let said = said.or(lines.last()).map_or("no reason given", |line| *line);
    let command = args.iter().find(|arg| !arg.starts_with('-') && !arg.contains('=')).unwrap_or(&"");
    Error::new(ErrorKind::Unreadable, format!("git {command} failed: {}", without_credentials(said)))
}

/// `text` without what stands before the `@` of a URL.
#[must_use]
pub fn without_credentials(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        shown.push_str(before);
        let end = after.find(|c: char| c == '/' || c.is_whitespace() || c == '\'').unwrap_or(after.len());
        rest = after[..end].rfind('@').map_or(after, |at| &after[at + 1..]);
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_in_urls_are_not_repeated() {
        let text = "fatal: unable to access 'https://x:s@cr@t@host/a' and ssh://git@b/c, not a@b";
        assert_eq!(
            without_credentials(text),
            "fatal: unable to access 'https://host/a' and ssh://b/c, not a@b"
        );
    }

    #[test]
    fn a_failure_says_what_git_said() {
        let error = Git::new(Path::new("/")).text(&["rev-parse", "--verify", "no-such-thing"]).unwrap_err();
        assert!(error.problem().starts_with("git rev-parse failed: fatal: "), "{error}");
    }
}
