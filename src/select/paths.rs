//! The path of a source file to the path that reports show.

use std::borrow::Cow;

/// How source paths are shortened: `trim_path` and `source_path`, lists with `:` between their entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PathTrim {
    /// `/base/` for each directory of `source_path`; empty if `trim_path` is set.
    bases: Vec<Vec<u8>>,
    /// The prefixes to cut, each with a slash at its end; the first that fits is cut.
    prefixes: Vec<Vec<u8>>,
}

/// The working directory as Linux names it, which build systems leave in debug information.
const WORKING_DIRECTORY: [&str; 2] = ["/proc/self/cwd/./", "/proc/self/cwd/"];

impl PathTrim {
    /// The rules of these two options.
    #[must_use]
    pub fn new(trim_path: &str, source_path: &str) -> Self {
        let entries = |list: &str| -> Vec<Vec<u8>> {
            let is_set = !list.is_empty();
            list.split(':').filter(|_| is_set).map(|entry| entry.as_bytes().to_vec()).collect()
        };
        let mut prefixes = entries(trim_path);
        prefixes.extend(WORKING_DIRECTORY.map(|prefix| prefix.as_bytes().to_vec()));
        for prefix in &mut prefixes {
            if !prefix.ends_with(b"/") {
                prefix.push(b'/');
            }
        }
        let mut bases = Vec::new();
        if trim_path.is_empty() {
            bases.extend(entries(source_path).iter().map(|dir| [b"/", base(dir), b"/"].concat()));
        }
        Self { bases, prefixes }
    }

    /// What a report shows of `path`: without `trim_path`, what follows the name of a `source_path` directory if
    /// it stands in the path; else what follows the first prefix that fits. Then cleaned, see [`clean`].
    #[must_use]
    pub fn shown<'p>(&self, path: &'p [u8]) -> Cow<'p, [u8]> {
        match self.trim(path) {
            b"" => Cow::Borrowed(b""),
            path => clean(path),
        }
    }

    /// The path without what is cut from its start. pprof cuts anew each time it rebuilds a graph.
    #[must_use]
    pub fn trim<'p>(&self, path: &'p [u8]) -> &'p [u8] {
        for base in &self.bases {
            if let Some(found) = memchr::memmem::find(path, base) {
                return &path[found + base.len()..];
            }
        }
        self.prefixes.iter().find_map(|prefix| path.strip_prefix(prefix.as_slice())).unwrap_or(path)
    }
}

/// The last element of a path, as Go's `filepath.Base` has it.
fn base(path: &[u8]) -> &[u8] {
    let trimmed = path.iter().rposition(|&byte| byte != b'/').map_or(&path[..0], |last| &path[..=last]);
    match (path, trimmed) {
        ([], _) => b".",
        (_, []) => b"/",
        _ => trimmed.rsplit(|&byte| byte == b'/').next().unwrap_or(trimmed),
    }
}

/// The shortest path that is equal to `path` by its text alone, as Go's `filepath.Clean` has it on Unix: no empty
/// elements, no `.`, and no `..` that has something to remove. The empty path becomes `.`.
#[must_use]
pub fn clean(path: &[u8]) -> Cow<'_, [u8]> {
    let is_rooted = path.starts_with(b"/");
    let mut elements: Vec<&[u8]> = Vec::new();
    for element in path.split(|&byte| byte == b'/') {
        match element {
            b"" | b"." => {}
            b".." if elements.last().is_some_and(|last| *last != b"..") => {
                elements.pop();
            }
            b".." if is_rooted => {}
            _ => elements.push(element),
        }
    }
    let root: &[u8] = if is_rooted { b"/" } else { b"" };
    let cleaned = [root, &elements.join(&b'/')].concat();
    if cleaned.is_empty() {
        Cow::Borrowed(b".")
    } else if cleaned == path {
        Cow::Borrowed(path)
    } else {
        Cow::Owned(cleaned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected paths were computed by Go's `filepath.Clean`.
    #[test]
    fn paths_are_cleaned_as_go_does() {
        for (path, cleaned) in [
            ("", "."),
            (".", "."),
            ("/", "/"),
            ("//", "/"),
            ("a", "a"),
            ("a/", "a"),
            ("./a/../b", "b"),
            ("a/..", "."),
            ("..", ".."),
            ("../a", "../a"),
            ("a/../../b", "../b"),
            ("../../a/..", "../.."),
            ("/..", "/"),
            ("/../a", "/a"),
            ("/a/./b//c/", "/a/b/c"),
            ("a/b/../../..", ".."),
            ("...", "..."),
            ("a/.../..", "a"),
        ] {
            assert_eq!(clean(path.as_bytes()), cleaned.as_bytes(), "{path}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_clean_path_stays(path in "[./a]{0,12}") {
            let once = clean(path.as_bytes()).into_owned();
            proptest::prop_assert_eq!(&*clean(&once), &once[..]);
        }
    }

    fn shown(trim_path: &str, source_path: &str, path: &str) -> String {
        String::from_utf8_lossy(&PathTrim::new(trim_path, source_path).shown(path.as_bytes())).into_owned()
    }

    #[test]
    fn the_first_prefix_that_fits_is_cut() {
        assert_eq!(shown("/a:/a/b", "", "/a/b/c.go"), "b/c.go");
        assert_eq!(shown("/a/b/:/a", "", "/a/b/c.go"), "c.go");
        assert_eq!(shown("/a", "", "/ab/c.go"), "/ab/c.go");
        assert_eq!(shown("", "", "/proc/self/cwd/./c.go"), "c.go");
        assert_eq!(shown("", "", "/proc/self/cwd/c/../d.go"), "d.go");
        assert_eq!(shown(":/x", "", "/a/c.go"), "a/c.go");
        assert_eq!(shown("", "", ""), "");
        assert_eq!(shown("/a", "", "/a/"), "");
    }

    #[test]
    fn the_name_of_a_source_directory_is_looked_for_unless_prefixes_are_given() {
        assert_eq!(shown("", "/my/local/project", "/remote/project/foo/project/bar.c"), "foo/project/bar.c");
        assert_eq!(shown("", "/x:/my/project/", "/remote/project/bar.c"), "bar.c");
        assert_eq!(shown("/remote", "/my/project", "/remote/project/bar.c"), "project/bar.c");
        assert_eq!(shown("", "/my/project", "project/bar.c"), "project/bar.c");
        assert_eq!(shown("", ":", "/a/./bar.c"), "bar.c");
        assert_eq!(shown("", "/", "/a//bar.c"), "/a/bar.c");
    }
}
