//! Flag values to what is asked for: which report, of what, filtered and shown how.

use std::ffi::OsString;

use super::flags::{Flag, Flags, Kind};
use crate::error::{Error, ErrorKind, Result};

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

const fn flag(name: &'static str, kind: Kind, help: &'static str) -> Flag {
    Flag { name, kind, help }
}

/// The flags that are not commands.
const OPTIONS: &[Flag] = &[
    flag("add_comment", Kind::Text, "comment to add to the profile"),
    flag("addresses", Kind::Bool, "rows are addresses"),
    flag("all_frames", Kind::Bool, "ignore the profile's drop_frames and keep_frames"),
    flag("alloc_objects", Kind::Bool, "same as -sample_index=alloc_objects"),
    flag("alloc_space", Kind::Bool, "same as -sample_index=alloc_space"),
    flag("allow_missing", Kind::Bool, "go on without sources that fail (default true, as in pprof)"),
    flag("base", Kind::Text, "profile to subtract"),
    flag("buildid", Kind::Text, "build id of the main binary, if the profile has none"),
    flag("call_tree", Kind::Bool, "graph with a node for each path instead of each function"),
    flag("compact_labels", Kind::Bool, "print less above the report"),
    flag("contentions", Kind::Bool, "same as -sample_index=contentions"),
    flag("cum", Kind::Bool, "sort by cumulative value"),
    flag("diff_base", Kind::Text, "profile to compare with; percentages are parts of it"),
    flag("divide_by", Kind::Float, "divide all values that are shown"),
    flag("drop_negative", Kind::Bool, "leave out what got less"),
    flag("edgefraction", Kind::Float, "leave out edges below this part of the total"),
    flag("filefunctions", Kind::Bool, "rows are functions in files"),
    flag("files", Kind::Bool, "rows are files"),
    flag("flat", Kind::Bool, "sort by own value"),
    flag("focus", Kind::Text, "only samples with a frame that matches"),
    flag("functions", Kind::Bool, "rows are functions"),
    flag("hide", Kind::Text, "remove frames that match"),
    flag("http", Kind::Text, "not supported: serves a web page"),
    flag("ignore", Kind::Text, "no samples with a frame that matches"),
    flag("intel_syntax", Kind::Bool, "no effect without -disasm"),
    flag("inuse_objects", Kind::Bool, "same as -sample_index=inuse_objects"),
    flag("inuse_space", Kind::Bool, "same as -sample_index=inuse_space"),
    flag("lines", Kind::Bool, "rows are source lines"),
    flag("mean", Kind::Bool, "divide each value by the first sample type"),
    flag("mean_delay", Kind::Bool, "same as -mean -sample_index=delay"),
    flag("no_browser", Kind::Bool, "no effect without -http"),
    flag("nodecount", Kind::Int, "number of rows or nodes"),
    flag("nodefraction", Kind::Float, "leave out nodes below this part of the total"),
    flag("noinlines", Kind::Bool, "count inlined functions for their callers"),
    flag("normalize", Kind::Bool, "scale the profile to the total of the base"),
    flag("output", Kind::Text, "file to write to"),
    flag("prune_from", Kind::Text, "remove all below the frame that matches"),
    flag("relative_percentages", Kind::Bool, "percentages of what the filters leave"),
    flag("sample_index", Kind::Text, "sample type, by name or number from 0"),
    flag("seconds", Kind::Int, "length of profiles that are fetched"),
    flag("show", Kind::Text, "only frames that match"),
    flag("show_from", Kind::Text, "remove all above the outermost frame that matches"),
    flag("showcolumns", Kind::Bool, "rows tell columns apart"),
    flag("source_path", Kind::Text, "where to look for source files"),
    flag("symbolize", Kind::Text, "none, or how names are demangled: demangle=full|templates|none"),
    flag("tagfocus", Kind::Text, "only samples with a label that matches"),
    flag("taghide", Kind::Text, "remove labels whose key matches"),
    flag("tagignore", Kind::Text, "no samples with a label that matches"),
    flag("tagleaf", Kind::Text, "labels to add as innermost frames"),
    flag("tagroot", Kind::Text, "labels to add as outermost frames"),
    flag("tagshow", Kind::Text, "only labels whose key matches"),
    flag("timeout", Kind::Int, "seconds to wait for a profile that is fetched"),
    flag("tls_ca", Kind::Text, "certificates to trust, in PEM"),
    flag("tls_cert", Kind::Text, "client certificate, in PEM"),
    flag("tls_key", Kind::Text, "client key, in PEM"),
    flag("tools", Kind::Text, "no effect: no binaries are read"),
    flag("total_delay", Kind::Bool, "same as -sample_index=delay"),
    flag("trim", Kind::Bool, "leave out what is small (default true)"),
    flag("trim_path", Kind::Text, "prefixes to remove from file names"),
    flag("unit", Kind::Text, "unit to show, or `auto` for the best one of each number"),
];

/// Switches that choose a sample type, in the order in which the first one wins.
const TYPE_SWITCHES: [(&str, &str); 7] = [
    ("total_delay", "delay"),
    ("mean_delay", "delay"),
    ("contentions", "contentions"),
    ("inuse_space", "inuse_space"),
    ("inuse_objects", "inuse_objects"),
    ("alloc_space", "alloc_space"),
    ("alloc_objects", "alloc_objects"),
];

const GRANULARITIES: [(&str, Granularity); 5] = [
    ("functions", Granularity::Functions),
    ("filefunctions", Granularity::FileFunctions),
    ("files", Granularity::Files),
    ("lines", Granularity::Lines),
    ("addresses", Granularity::Addresses),
];
