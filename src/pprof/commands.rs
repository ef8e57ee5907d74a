//! The flags of the report formats to the one report that is asked for.

use super::flags::{Flag, Flags, Kind, usage};
use crate::error::Result;

/// A report that can be printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// `-callgrind`
    Callgrind,
    /// `-comments`
    Comments,
    /// `-dot`, and pictures drawn by Graphviz in the format named.
    Dot(Option<&'static str>),
    /// `-list`
    List,
    /// `-proto`
    Proto,
    /// `-raw`
    Raw,
    /// `-tags`
    Tags,
    /// `-top` and `-text`
    Text,
    /// `-topproto`
    TopProto,
    /// `-traces`
    Traces,
    /// `-tree` and, for the functions that match, `-peek`
    Tree,
}

/// A report and the pattern it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    /// Its flag.
    pub(super) name: &'static str,
    /// What it prints.
    pub(super) format: Format,
    /// The pattern of `-list` and `-peek`.
    pub(super) pattern: Option<String>,
}

/// What the flag of a command does here.
#[derive(Debug, Clone, Copy)]
enum Action {
    Print(Format),
    PrintMatching(Format),
    /// Not without the program's code, a browser or a viewer; with what to do instead.
    Refuse(&'static str),
    RefuseMatching(&'static str),
}

const NEEDS_CODE: &str = "it shows machine code, which stands in the program and not in the profile; use \
                          `go tool pprof` with the program at hand, or -list for source lines";
const NEEDS_VIEWER: &str = "it opens a viewer; write a file with -svg -output=FILE, or -callgrind -output=FILE for \
                            KCachegrind, and open that";

/// Every command with the help line of its flag.
const COMMANDS: &[(&str, Action, &str)] = &[
    ("callgrind", Action::Print(Format::Callgrind), "call graph in the format of callgrind"),
    ("comments", Action::Print(Format::Comments), "comments of the profile"),
    ("disasm", Action::RefuseMatching(NEEDS_CODE), "not supported: needs the program's code"),
    ("dot", Action::Print(Format::Dot(None)), "call graph in the language of Graphviz"),
    ("eog", Action::Refuse(NEEDS_VIEWER), "not supported: opens a viewer"),
    ("evince", Action::Refuse(NEEDS_VIEWER), "not supported: opens a viewer"),
    ("gif", Action::Print(Format::Dot(Some("gif"))), "call graph drawn by Graphviz as GIF"),
    ("gv", Action::Refuse(NEEDS_VIEWER), "not supported: opens a viewer"),
    ("kcachegrind", Action::Refuse(NEEDS_VIEWER), "not supported: opens a viewer"),
    ("list", Action::PrintMatching(Format::List), "source lines of functions matching the pattern"),
    ("pdf", Action::Print(Format::Dot(Some("pdf"))), "call graph drawn by Graphviz as PDF"),
    ("peek", Action::PrintMatching(Format::Tree), "callers and callees of functions matching the pattern"),
    ("png", Action::Print(Format::Dot(Some("png"))), "call graph drawn by Graphviz as PNG"),
    ("proto", Action::Print(Format::Proto), "the profile after all options, as profile.proto"),
    ("ps", Action::Print(Format::Dot(Some("ps"))), "call graph drawn by Graphviz as PostScript"),
    ("raw", Action::Print(Format::Raw), "everything in the profile as text"),
    ("svg", Action::Print(Format::Dot(Some("svg"))), "call graph drawn by Graphviz as SVG"),
    ("tags", Action::Print(Format::Tags), "labels and their values"),
    ("text", Action::Print(Format::Text), "functions, the most expensive first"),
    ("top", Action::Print(Format::Text), "functions, the most expensive first"),
    ("topproto", Action::Print(Format::TopProto), "functions, the most expensive first, as profile.proto"),
    ("traces", Action::Print(Format::Traces), "every sample with its stack"),
    ("tree", Action::Print(Format::Tree), "functions with their callers and callees"),
    ("web", Action::Refuse(NEEDS_VIEWER), "not supported: opens a viewer"),
    ("weblist", Action::RefuseMatching(NEEDS_CODE), "not supported: needs the program's code"),
];

/// The flags of all commands.
pub(super) fn flags() -> impl Iterator<Item = Flag> {
    COMMANDS.iter().map(|&(name, action, help)| {
        let takes_pattern = matches!(action, Action::PrintMatching(_) | Action::RefuseMatching(_));
        Flag { name, kind: if takes_pattern { Kind::Text } else { Kind::Bool }, help }
    })
}

/// The command that the line asks for.
///
/// # Errors
/// When there is none or several, and on those that are not supported.
pub(super) fn choose(flags: &Flags) -> Result<Command> {
    let mut asked = Vec::new();
    for &(name, action, _) in COMMANDS {
        let pattern = match action {
            Action::Print(_) | Action::Refuse(_) => None,
            Action::PrintMatching(_) | Action::RefuseMatching(_) => Some(flags.text(name)?),
        };
        if pattern.as_ref().map_or_else(|| flags.is_on(name), |pattern| !pattern.is_empty()) {
            asked.push((name, action, pattern));
        }
    }
    let serves = !flags.os_text("http").is_empty();
    if asked.len() > 1 {
        return Err(usage("must set at most one output format"));
    }
    if serves && !asked.is_empty() {
        return Err(usage("-http is not compatible with an output format on the command line"));
    }
    if flags.is_on("no_browser") && !serves {
        return Err(usage("-no_browser only makes sense with -http"));
    }
    if serves {
        return Err(usage("-http is not supported: nothing is served here")
            .help("`profgate diff --report html` writes a page that needs no server"));
    }
    let Some((name, action, pattern)) = asked.pop() else {
        return Err(usage("no output format is given, and there is no interactive mode").help(
            "give one of -top, -tree, -peek, -traces, -tags, -list, -raw, -comments, -dot, -svg, -callgrind, \
             -proto; `profgate diff --report html` writes a page to explore",
        ));
    };
    match action {
        Action::Print(format) | Action::PrintMatching(format) => Ok(Command { name, format, pattern }),
        Action::Refuse(advice) | Action::RefuseMatching(advice) => {
            Err(usage(format!("-{name} is not supported: {advice}")))
        }
    }
}
