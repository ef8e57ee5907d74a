//! The path of a source file, as a profile has it, to the path in the repository that profgate runs in.

use std::fs;
use std::path::{Component, Path, PathBuf};

/// The repository around a directory.
pub(super) struct Repository {
    root: PathBuf,
    /// Go modules in it: the module's path with a slash behind it, and its folder. The longest path stands first.
    modules: Vec<(String, PathBuf)>,
}

impl Repository {
    /// The repository that `directory`, an absolute path, lies in; `None` outside of one.
    pub(super) fn around(directory: &Path) -> Option<Self> {
        let root = directory.ancestors().find(|folder| folder.join(".git").exists())?.to_path_buf();
        let mut modules: Vec<(String, PathBuf)> = module_folders(&root)
            .into_iter()
            .filter_map(|folder| {
                let text = fs::read_to_string(root.join(&folder).join("go.mod")).ok()?;
                Some((format!("{}/", word_after("module", &text)?), folder))
            })
            .collect();
        modules.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
        Some(Self { root, modules })
    }

    /// The path from the root of a source file called `file`; `None` unless such a file is there.
    ///
    /// Compilers name a file by its absolute path or, with `-trimpath`, by that of its module. Whatever else a profile
    /// says is taken as a path from the root.
    pub(super) fn locate(&self, file: &str) -> Option<String> {
        let path = Path::new(file);
        let within = if path.is_absolute() {
            path.strip_prefix(&self.root).ok()?.to_path_buf()
        } else {
            let in_module =
                |(module, folder): &(String, PathBuf)| Some(folder.join(file.strip_prefix(module)?));
            self.modules.iter().find_map(in_module).unwrap_or_else(|| path.to_path_buf())
        };
        let is_plain = within.components().all(|part| matches!(part, Component::Normal(_)));
        let is_here = is_plain && self.root.join(&within).is_file();
        let parts: Option<Vec<&str>> = within.components().map(|part| part.as_os_str().to_str()).collect();
        parts.filter(|_| is_here).map(|parts| parts.join("/"))
    }
}

/// The folders of modules: the root, and those that `go.work` uses.
fn module_folders(root: &Path) -> Vec<PathBuf> {
    let mut folders = vec![PathBuf::new()];
    let work = fs::read_to_string(root.join("go.work")).unwrap_or_default();
    // `use ./a`, or `use (`, lines of folders, and `)`.
    let mut is_open = false;
    for line in work.lines() {
        let line = line.split("//").next().unwrap_or(line).trim();
        let folder = match line.strip_prefix("use").filter(|rest| rest.starts_with([' ', '\t', '('])) {
            Some(rest) if rest.trim() == "(" => {
                is_open = true;
                continue;
            }
            Some(rest) => rest.trim(),
            None if line == ")" => {
                is_open = false;
                continue;
            }
            None if is_open => line,
            None => continue,
        };
        let folder = folder.trim_matches('"');
        let folder =
            Path::new(folder).components().filter(|part| *part != Component::CurDir).collect::<PathBuf>();
        if !folder.as_os_str().is_empty() {
            folders.push(folder);
        }
    }
    folders
}

/// The word behind `keyword` on the line that begins with it.
fn word_after<'t>(keyword: &str, text: &'t str) -> Option<&'t str> {
    text.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        let word = words.next().filter(|word| *word == keyword).and_then(|_| words.next());
        word.map(|word| word.trim_matches('"'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository(files: &[(&str, &str)]) -> (tempfile::TempDir, Repository) {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let repository = Repository::around(&root.path().join("cmd")).unwrap();
        (root, repository)
    }

    const FILES: &[(&str, &str)] = &[
        (".git/HEAD", ""),
        ("cmd/main.go", ""),
        ("go.mod", "// the main one\nmodule example.com/app\n\ngo 1.25\n"),
        ("go.work", "go 1.25\n\nuse (\n\t.\n\t./staging/api // published\n)\nuse ./tools\n"),
        ("staging/api/go.mod", "module \"example.com/app/api\"\n"),
        ("staging/api/types.go", ""),
        ("tools/go.mod", "module example.com/tools\n"),
        ("tools/gen.go", ""),
    ];

    #[test]
    fn files_of_the_repository_are_found_by_path_and_by_module() {
        let (root, repository) = repository(FILES);
        let absolute = root.path().join("cmd/main.go").display().to_string();
        for (file, expected) in [
            (&*absolute, "cmd/main.go"),
            ("cmd/main.go", "cmd/main.go"),
            ("example.com/app/cmd/main.go", "cmd/main.go"),
            ("example.com/app/api/types.go", "staging/api/types.go"),
            ("example.com/tools/gen.go", "tools/gen.go"),
        ] {
            assert_eq!(repository.locate(file).as_deref(), Some(expected), "{file}");
        }
    }

    #[test]
    fn nothing_else_is_found() {
        let (root, repository) = repository(FILES);
        let outside = format!("{}/../etc/passwd", root.path().display());
        for file in [
            "",
            "/",
            ".",
            "/etc/passwd",
            &outside,
            "../cmd/main.go",
            "cmd/../go.mod",
            "cmd",
            "cmd/absent.go",
            "example.com/app@v1.2.3/cmd/main.go",
            "/usr/local/go/src/runtime/proc.go",
            "main\0.go",
        ] {
            assert_eq!(repository.locate(file), None, "{file}");
        }
        assert!(Repository::around(Path::new("/")).is_none());
    }
}
