//! A function's name to the short form that `drop_frames`, `keep_frames` and `prune_from` look at.

/// Names that contain a parenthesis and have no argument list there.
const RESERVED: [&[u8]; 2] = [b"(anonymous namespace)", b"operator()"];

/// `name` without a leading dot (of the PowerPC ELF v1 ABI) and without its argument list: everything from the
/// first parenthesis that is not part of a reserved name.
pub(super) fn simplified(name: &[u8]) -> &[u8] {
    let name = name.strip_prefix(b".").unwrap_or(name);
    let mut at = 0;
    while at < name.len() {
        match RESERVED.iter().find(|reserved| name[at..].starts_with(reserved)) {
            Some(reserved) => at += reserved.len(),
            None if name[at] == b'(' => return &name[..at],
            None => at += 1,
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn argument_lists_are_cut_and_reserved_names_are_kept() {
        for (name, short) in [
            ("malloc", "malloc"),
            (".malloc", "malloc"),
            ("..malloc", ".malloc"),
            ("f(int)", "f"),
            ("(f)", ""),
            ("(anonymous namespace)::f(int)", "(anonymous namespace)::f"),
            ("(anonymous)::f", ""),
            ("S::operator()(int) const", "S::operator()"),
            ("S::operator()", "S::operator()"),
            ("S::operator(", "S::operator"),
            ("f(operator())", "f"),
            ("runtime.(*mheap).alloc", "runtime."),
            ("", ""),
        ] {
            assert_eq!(simplified(name.as_bytes()), short.as_bytes(), "{name}");
        }
    }
}
