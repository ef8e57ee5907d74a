//! A mangled C++ name to the function's name.

use std::fmt;

use cpp_demangle::{BorrowedSymbol, DemangleNodeType, DemangleOptions, DemangleWrite};

use super::Detail;

/// Names longer than this are not demangled. A short mangled name can stand for a gigabyte of text.
const MAX_NAME: usize = 1 << 20;

/// The classes that have abbreviations in mangled names: the name of the type, of the template, and the arguments
/// between the two.
const ABBREVIATED: [(&str, &str, &str); 4] = [
    ("string", "basic_string", "<char, std::char_traits<char>, std::allocator<char> >"),
    ("istream", "basic_istream", "<char, std::char_traits<char> >"),
    ("ostream", "basic_ostream", "<char, std::char_traits<char> >"),
    ("iostream", "basic_iostream", "<char, std::char_traits<char> >"),
];

/// The types of integers whose literals have a suffix.
const SUFFIXED: [(&str, &str); 5] = [
    ("unsigned int", "u"),
    ("long", "l"),
    ("unsigned long", "ul"),
    ("long long", "ll"),
    ("unsigned long long", "ull"),
];

/// Demangles an Itanium name. What follows the name, as the suffix of a clone, is left out.
pub(super) fn demangle(mangled: &str, detail: Detail) -> Option<String> {
    if !mangled.starts_with("_Z") {
        return None;
    }
    // A thunk is shown with the parameters of the function behind it.
    let is_thunk = ["_ZTh", "_ZTv", "_ZTc", "_ZGT", "_ZGA"].iter().any(|thunk| mangled.starts_with(thunk));
    let mut options = DemangleOptions::new();
    if detail != Detail::Full && !is_thunk {
        options = options.no_params().no_return_type();
    }
    let (symbol, _) = BorrowedSymbol::with_tail(mangled.as_bytes()).ok()?;
    let mut writer = Writer { is_simple: detail == Detail::Simple, ..Writer::default() };
    symbol.structured_demangle(&mut writer, &options).ok()?;
    let mut name = writer.text;
    if let Some(clone) = name.find(" [clone .") {
        name.truncate(clone);
    }
    name = named_thunk(name);
    name = with_short_literals(&with_constructors(name, detail))
        .replace("_GLOBAL__N_1", "(anonymous namespace)");
    if detail == Detail::Full {
        return Some(name);
    }
    name = without_enclosing_parameters(&name);
    if !is_thunk {
        for qualifier in [" &&", " &", " const", " volatile"] {
            if let Some(unqualified) = name.strip_suffix(qualifier) {
                name.truncate(unqualified.len());
            }
        }
    }
    Some(name)
}

/// Collects a name, with or without template arguments.
#[derive(Default)]
struct Writer {
    text: String,
    is_simple: bool,
    /// Bytes written, and left out.
    written: usize,
    /// For each production being written, whether it is a list of template arguments to leave out.
    open: Vec<bool>,
    /// The number of those.
    left_out: usize,
    /// Whether the bracket that closes such a list is still to come.
    has_bracket_left: bool,
}

impl DemangleWrite for Writer {
    fn push_demangle_node(&mut self, node: DemangleNodeType) {
        let is_left_out = self.is_simple && node == DemangleNodeType::TemplateArgs;
        if is_left_out && self.left_out == 0 {
            // The bracket is written before the list, and a space before the bracket after `operator<`.
            self.text.pop();
            self.text.truncate(self.text.trim_end().len());
        }
        self.open.push(is_left_out);
        self.left_out += usize::from(is_left_out);
    }

    fn pop_demangle_node(&mut self) {
        if self.open.pop() == Some(true) {
            self.left_out -= 1;
            self.has_bracket_left = self.left_out == 0;
        }
    }

    fn write_string(&mut self, text: &str) -> fmt::Result {
        self.written += text.len();
        if self.written > MAX_NAME {
            return Err(fmt::Error);
        }
        if self.left_out > 0 || std::mem::take(&mut self.has_bracket_left) {
            return Ok(());
        }
        // These two are written in full, and pprof has them short.
        let short = match text {
            "std::basic_istream<char, std::char_traits<char> >" => "std::istream",
            "std::basic_iostream<char, std::char_traits<char> >" => "std::iostream",
            ", " | ">" if self.text.ends_with(", ") => {
                // An empty pack was written after the last argument.
                self.text.truncate(self.text.len() - 2);
                if text == ">" && self.text.ends_with('>') { " >" } else { text }
            }
            _ => text,
        };
        self.text.push_str(short);
        Ok(())
    }
}

/// `{virtual override thunk({offset(-8)}, f())}` as `non-virtual thunk to f()`.
fn named_thunk(name: String) -> String {
    let Some(inner) = name.strip_prefix("{virtual override thunk(").and_then(|it| it.strip_suffix(")}"))
    else {
        return name;
    };
    let mut kinds = Vec::new();
    let mut rest = inner;
    while let Some((offset, after)) = rest.strip_prefix('{').and_then(|it| it.split_once("}, ")) {
        kinds.push(if offset.starts_with("virtual") { "virtual" } else { "non-virtual" });
        rest = after;
    }
    match kinds.as_slice() {
        [kind] => format!("{kind} thunk to {rest}"),
        _ => format!("covariant return thunk to {rest}"),
    }
}

/// `std::string::string` as `std::basic_string::basic_string`: a constructor or destructor has the name of the
/// template.
fn with_constructors(mut name: String, detail: Detail) -> String {
    for (short, long, arguments) in ABBREVIATED {
        let arguments = if detail == Detail::Simple { "" } else { arguments };
        for tilde in ["", "~"] {
            for leaf in [short, long] {
                let wrong = format!("std::{short}::{tilde}{leaf}");
                if name.contains(&wrong) {
                    name = name.replace(&wrong, &format!("std::{long}{arguments}::{tilde}{long}"));
                }
            }
        }
    }
    name
}

/// `name` with literals as `4u` instead of `(unsigned int)4`.
fn with_short_literals(name: &str) -> String {
    let mut kept = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(open) = rest.find('(') {
        kept.push_str(&rest[..open]);
        let list = &rest[open..];
        let literal = SUFFIXED.iter().find_map(|(kind, suffix)| {
            let number = list[1..].strip_prefix(kind)?.strip_prefix(')')?;
            let digits = number.trim_start_matches('-').bytes().take_while(u8::is_ascii_digit).count();
            let sign = number.len() - number.trim_start_matches('-').len();
            (digits > 0).then(|| (number.split_at(sign + digits), suffix))
        });
        if let Some(((number, after), suffix)) = literal {
            kept.push_str(number);
            kept.push_str(suffix);
            rest = after;
        } else {
            kept.push('(');
            rest = &list[1..];
        }
    }
    kept.push_str(rest);
    kept
}

/// `name` with `()` for the parameters of each function that encloses another name.
fn without_enclosing_parameters(name: &str) -> String {
    let mut kept = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(open) = rest.find('(') {
        let (before, list) = rest.split_at(open);
        kept.push_str(before);
        let is_reserved = list.starts_with("(anonymous namespace)") || kept.ends_with("operator");
        let close = closing(list).filter(|&close| {
            let after = &list[close + 1..];
            let after = after.strip_prefix(" const").unwrap_or(after);
            !is_reserved && after.trim_start_matches([' ', '&']).starts_with("::")
        });
        let after = close.unwrap_or(0) + 1;
        kept.push_str(if close.is_some() { "()" } else { "(" });
        rest = &list[after..];
    }
    kept.push_str(rest);
    kept
}

/// The place of the parenthesis that closes the one at the start of `list`.
fn closing(list: &str) -> Option<usize> {
    let mut depth = 0_usize;
    list.bytes().position(|byte| {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        depth == 0
    })
}
