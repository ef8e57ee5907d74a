//! A folder to the configuration file that holds for it.

use std::fs;
use std::io::ErrorKind as IoErrorKind;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};

/// The names a configuration may have within a folder.
pub const FILE_NAMES: [&str; 2] = ["profgate.toml", ".config/profgate.toml"];

/// The nearest configuration file in `start` (an absolute path) or a folder above it, up to the one that holds
/// `.git`; outside of a repository, up to the top.
///
/// # Errors
/// When a folder holds both names, since one of them would be ignored, and when it cannot be told whether a
/// file is there.
pub fn find(start: &Path) -> Result<Option<PathBuf>> {
    for folder in start.ancestors() {
        let mut found = Vec::new();
        for name in FILE_NAMES {
            let path = folder.join(name);
            if exists(&path)? {
                found.push(path);
            }
        }
        if let [first, second] = &found[..] {
            let problem = format!("`{}` stands beside it, and only one can hold", second.display());
            return Err(Error::new(ErrorKind::Config, problem)
                .at(first.display().to_string())
                .help("remove one of them, or choose one with --config"));
        }
        if let Some(path) = found.pop() {
            return Ok(Some(path));
        }
        if exists(&folder.join(".git"))? {
            break;
        }
    }
    Ok(None)
}

/// Whether something is called `path`, be it a link that leads nowhere: reading it will say what is wrong.
fn exists(path: &Path) -> Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.kind(), IoErrorKind::NotFound | IoErrorKind::NotADirectory) => Ok(false),
        Err(error) => Err(Error::new(ErrorKind::Unreadable, error.to_string())
            .at(path.display().to_string())
            .help("name the configuration with --config")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Creates `files` in a new folder and searches from `start` in it; `None`, or the path within the folder.
    fn search(files: &[&str], start: &str) -> Result<Option<String>> {
        let root = tempfile::tempdir().unwrap();
        for file in files {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let start = root.path().join(start);
        fs::create_dir_all(&start).unwrap();
        let found = find(&start)?;
        Ok(found.map(|path| path.strip_prefix(root.path()).unwrap().display().to_string()))
    }

    #[test]
    fn the_nearest_file_up_to_the_repository_root_holds() {
        let cases: [(&[&str], &str, Option<&str>); 7] = [
            (&[".git/HEAD"], "a/b", None),
            (&["profgate.toml", ".git/HEAD"], "a/b", Some("profgate.toml")),
            (&["profgate.toml", "a/profgate.toml", ".git/HEAD"], "a/b", Some("a/profgate.toml")),
            (&["profgate.toml", "a/.config/profgate.toml"], "a/b", Some("a/.config/profgate.toml")),
            (&["profgate.toml", "a/.git/HEAD"], "a/b", None),
            // In a linked worktree, .git is a file.
            (&["profgate.toml", "a/.git"], "a", None),
            (&["profgate.toml", "a/.config"], "a", Some("profgate.toml")),
        ];
        for (files, start, expected) in cases {
            assert_eq!(search(files, start).unwrap().as_deref(), expected, "{files:?} from {start}");
        }
    }

    #[test]
    fn two_files_in_one_folder_are_an_error() {
        let error = search(&["a/profgate.toml", "a/.config/profgate.toml"], "a").unwrap_err().to_string();
        assert!(error.contains("stands beside it") && error.contains("--config"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_nowhere_is_found_rather_than_passed_over() {
        let root = tempfile::tempdir().unwrap();
        let link = root.path().join("profgate.toml");
        std::os::unix::fs::symlink("missing", &link).unwrap();
        assert_eq!(find(root.path()).unwrap(), Some(link));
    }
}
