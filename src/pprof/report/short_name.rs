//! The name of a function to the part of it that a picture has room for.

use std::sync::LazyLock;

use regex::bytes::Regex;

/// Compiles a pattern over bytes: names need not be valid UTF-8.
fn compile(text: &str) -> Regex {
    Regex::new(text).expect("a constant that a test compiles")
}

/// A version as element of the path of a Go package: `/v2`.
static GO_VERSION: LazyLock<Regex> =
    LazyLock::new(|| compile(r"(?-u)\A(.*?)/v(?:[2-9]|[1-9][0-9]+)([./].*)\z"));

/// What to keep of a name, for each language: the first pattern that matches decides.
static KEPT: LazyLock<[Regex; 3]> = LazyLock::new(|| {
    [
        // Go: a path of packages before `package.function`.
        compile(r"(?-u)\A(?:[0-9A-Za-z_.-]+/)+([^.]+\..+)"),
        // Java: packages in lower case before `Class.method`, arguments behind it.
        compile(
            r"(?-u)\A(?:[a-z][0-9A-Za-z_]*\.)*([A-Z][0-9A-Za-z_$]*\.(?:<init>|[a-z][0-9A-Za-z_$]*(?:\$[0-9]+)?))(?:\(|\z)",
        ),
        // C++: namespaces before `Class::method`, with template arguments.
        compile(
            r"(?-u)\A(?:[A-Za-z_][0-9A-Za-z_]*::)+(_*[A-Z][0-9A-Za-z_]*::~?[A-Za-z_][0-9A-Za-z_]*(?:<.*>)?)",
        ),
    ]
});

/// `name` without packages, namespaces and versions, as far as its language is recognised.
pub(super) fn shortened(name: &[u8]) -> Vec<u8> {
    let name = name.strip_prefix(b"(anonymous namespace)::").unwrap_or(name);
    let name = match GO_VERSION.captures(name) {
        Some(parts) => [&parts[1], &parts[2]].concat(),
        None => name.to_vec(),
    };
    let kept = KEPT.iter().find_map(|pattern| pattern.captures(&name)).map(|parts| parts[1].to_vec());
    kept.unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_loses_its_packages() {
        let cases = [
            ("github.com/a-b/c.d/pkg.(*T).Method", "pkg.(*T).Method"),
            ("github.com/x/y/v3/pkg.F", "pkg.F"),
            ("github.com/x/y/v3.F", "y.F"),
            ("example.com/v1/pkg.F", "pkg.F"),
            ("runtime.mallocgc", "runtime.mallocgc"),
            ("com.example.app.Server$1.run(Request)", "Server$1.run"),
            ("com.example.Thing.<init>", "Thing.<init>"),
            ("ns::inner::Class::~Class", "Class::~Class"),
            ("ns::Class::get<a::b>() const", "Class::get<a::b>"),
            ("(anonymous namespace)::ns::Class::run", "Class::run"),
            ("std::vector::push_back", "std::vector::push_back"),
            ("main", "main"),
            ("", ""),
        ];
        for (name, short) in cases {
            assert_eq!(String::from_utf8_lossy(&shortened(name.as_bytes())), short, "{name}");
        }
    }
}
