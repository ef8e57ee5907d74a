//! The names of functions to the names that pprof shows for them.

use super::demangle::{Detail, demangle};
use crate::error::{Error, ErrorKind, Result};
use crate::profile::{Profile, StrId};

/// What happens to names, as `-symbolize` says. Nothing is looked up in binaries or on servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Symbolization {
    is_enabled: bool,
    /// Whether names that were demangled before are demangled again, from their system names.
    is_forced: bool,
    /// `None` leaves system names as they are.
    detail: Option<Detail>,
}

impl Default for Symbolization {
    /// pprof's: names that are still mangled are demangled.
    fn default() -> Self {
        Self { is_enabled: true, is_forced: false, detail: Some(Detail::Simple) }
    }
}

impl Symbolization {
    /// Reads pprof's option: `none`, or some of `local`, `fastlocal`, `remote`, `force` and
    /// `demangle=none|full|templates|default`, separated by colons.
    ///
    /// # Errors
    /// When a part is none of these. (pprof warns.)
    pub fn parse(text: &str) -> Result<Self> {
        let mut symbolization = Self::default();
        for part in text.to_lowercase().split(':') {
            let detail = match part {
                "none" | "no" => return Ok(Self { is_enabled: false, ..symbolization }),
                "" | "local" | "fastlocal" | "remote" => continue,
                "force" => {
                    symbolization.is_forced = true;
                    continue;
                }
                _ => match part.strip_prefix("demangle=").unwrap_or(part) {
                    "default" => continue,
                    "none" => None,
                    "full" => Some(Detail::Full),
                    "templates" => Some(Detail::Templates),
                    _ => return Err(unknown(text)),
                },
            };
            symbolization.is_forced = true;
            symbolization.detail = detail;
        }
        Ok(symbolization)
    }

    /// Names each function that has no name but its system name: by what the system name demangles to, or, if it
    /// looks like a name that was demangled before, by that without parameters and template arguments.
    ///
    /// Different functions may end up with one name; pprof shows them as one row.
    ///
    /// # Errors
    /// When the new names pass the size limit of the profile's texts.
    pub fn apply(&self, profile: &mut Profile) -> Result<()> {
        if !self.is_enabled {
            return Ok(());
        }
        let mut shown: Vec<Option<StrId>> = vec![None; profile.strings.len()];
        for function in &mut profile.functions {
            let is_named = function.name != StrId::default();
            if self.is_forced && is_named && function.system_name != StrId::default() {
                function.name = function.system_name;
            }
            let Some(detail) = self.detail else { continue };
            let system_name = function.system_name;
            if is_named && function.name != system_name {
                continue;
            }
            if shown[system_name.index()].is_none() {
                let name = shown_name(profile.strings.get(system_name), detail);
                shown[system_name.index()] = Some(profile.strings.intern(&name)?);
            }
            function.name = shown[system_name.index()].unwrap_or(system_name);
        }
        Ok(())
    }
}

fn unknown(text: &str) -> Error {
    Error::new(ErrorKind::Usage, format!("unknown symbolization {text:?}"))
        .help("use none, or [local|fastlocal|remote][:force][:demangle=none|full|templates|default]")
}

/// What is shown for a system name.
fn shown_name(system_name: &[u8], detail: Detail) -> Vec<u8> {
    // Compilers for macOS put another underscore before each name.
    let alternatives = [Some(system_name), system_name.strip_prefix(b"_")];
    for mangled in alternatives.into_iter().flatten() {
        if let Some(name) = demangle(mangled, detail)
            && name.as_bytes() != mangled
        {
            return name.into_bytes();
        }
    }
    let mut name = system_name.to_vec();
    if looks_demangled(&name) {
        if detail != Detail::Full {
            name = without_balanced(&name, b'(', b')');
        }
        if detail == Detail::Simple {
            name = without_balanced(&name, b'<', b'>');
        }
    }
    name
}

/// Whether `name` looks like the demangled name of a C++ function, and not like Java's `Class.<init>` or Go's
/// `pkg.(*T[...]).Method`.
fn looks_demangled(name: &[u8]) -> bool {
    let contains = |part: &[u8]| memchr::memmem::find(name, part).is_some();
    !contains(b".<")
        && !contains(b"]).")
        && (name.iter().any(|byte| b"<>[]".contains(byte)) || contains(b"::"))
}

/// `name` without its outermost pairs of `open` and `close`, and what is between. From the first `close` without
/// an `open` on, and after the last `open` without a `close`, the name stays as it is.
fn without_balanced(name: &[u8], open: u8, close: u8) -> Vec<u8> {
    let mut kept = Vec::with_capacity(name.len());
    let mut depth = 0_usize;
    // Where the outermost open pair starts in `kept`.
    let mut start = 0;
    for (at, &byte) in name.iter().enumerate() {
        kept.push(byte);
        if byte == open {
            if depth == 0 {
                start = kept.len() - 1;
            }
            depth += 1;
        } else if byte == close {
            if depth == 0 {
                kept.extend_from_slice(&name[at + 1..]);
                return kept;
            }
            depth -= 1;
            if depth == 0 {
                kept.truncate(start);
            }
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn simple(name: &str) -> String {
        String::from_utf8(shown_name(name.as_bytes(), Detail::Simple)).unwrap()
    }

    /// The expected names were printed by `go tool pprof`.
    #[test]
    fn names_that_look_demangled_lose_parameters_and_template_arguments() {
        for (name, shown) in [
            ("std::vector<int, std::allocator<int>>::push_back(int const&)", "std::vector::push_back"),
            ("ns::f(int)::lambda", "ns::f::lambda"),
            ("<alloc::vec::Vec<T> as core::iter::FromIterator<T>>::from_iter", "::from_iter"),
            (
                "core::ops::function::FnOnce::call_once{{vtable.shim}}",
                "core::ops::function::FnOnce::call_once{{vtable.shim}}",
            ),
            ("main.(*T[go.shape.int]).Foo", "main.(*T[go.shape.int]).Foo"),
            ("main.Map[...]", "main.Map[...]"),
            ("com.x.A.<init>", "com.x.A.<init>"),
            ("operator new(unsigned long)", "operator new(unsigned long)"),
            ("a(b", "a(b"),
            ("x>y<z::q", "x>y<z::q"),
            ("a<b>c>d<e>", "ac>d<e>"),
            ("a::b<c", "a::b<c"),
            ("plain", "plain"),
        ] {
            assert_eq!(simple(name), shown);
        }
    }

    #[test]
    fn the_last_demangling_wins_and_none_ends_the_option() {
        let detail =
            |text| Symbolization::parse(text).map(|it| (it.is_enabled, it.is_forced, it.detail)).ok();
        assert_eq!(detail(""), Some((true, false, Some(Detail::Simple))));
        assert_eq!(detail("local:force"), Some((true, true, Some(Detail::Simple))));
        assert_eq!(detail("demangle=full:demangle=templates"), Some((true, true, Some(Detail::Templates))));
        assert_eq!(detail("Demangle=None"), Some((true, true, None)));
        assert_eq!(detail("none:nonsense"), Some((false, false, Some(Detail::Simple))));
        assert_eq!(detail("nonsense"), None);
    }
}
