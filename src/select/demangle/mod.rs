//! A mangled C++ or Rust name to the name that pprof shows.
//!
//! pprof demangles with github.com/ianlancetaylor/demangle. The names made here are the same for all but a few
//! functions in a thousand: the tests hold the names that were compared.

mod cpp;
mod rust;

/// How much of a demangled name is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    /// Neither parameters nor template arguments.
    Simple,
    /// No parameters.
    Templates,
    /// Everything but the suffixes of clones.
    Full,
}

/// What `mangled` stands for; `None` if it is not a mangled name.
pub(super) fn demangle(mangled: &[u8], detail: Detail) -> Option<String> {
    let mangled = std::str::from_utf8(mangled).ok()?;
    if mangled.starts_with("_R") {
        return rust::demangle(mangled, detail);
    }
    rust::demangle_legacy(mangled).or_else(|| cpp::demangle(mangled, detail))
}
