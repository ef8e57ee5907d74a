//! stub
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

pub(super) fn demangle(_mangled: &[u8], _detail: Detail) -> Option<Vec<u8>> {
    None
}
