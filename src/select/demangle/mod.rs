//! A mangled C++ or Rust name to the name that pprof shows.
//!
//! pprof demangles with github.com/ianlancetaylor/demangle, which writes some things otherwise than the crates used
//! here. With [`Detail::Simple`], pprof's default, one name in a thousand of real C++ libraries still differs.

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
