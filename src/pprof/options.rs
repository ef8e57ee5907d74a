//! Flag values to what is asked for: which report, of what, filtered and shown how.

use std::ffi::OsString;

use super::commands::{self, Command, Format};
use super::flags::{Flag, Flags, Kind, usage};
use crate::error::Result;
use crate::select::{SelectionArgs, Symbolization};

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
    flag("add_bases", Kind::Bool, "add up repeated bases; without it the last one counts"),
    flag("allow_missing", Kind::Bool, "go on without sources that fail, as pprof does"),
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

/// Switches of which one says what a row stands for.
const GRANULARITIES: [&str; 5] = ["functions", "filefunctions", "files", "lines", "addresses"];

/// Where the profile comes from and what happens to it before it is reported.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of pprof")]
pub(super) struct Input {
    /// Files and URLs to add up; the first may name the program.
    pub(super) sources: Vec<OsString>,
    /// The profile to subtract.
    pub(super) bases: Vec<OsString>,
    /// The base is marked and gives the total.
    pub(super) is_diff_base: bool,
    /// The sources are scaled to the base.
    pub(super) normalizes: bool,
    /// Sources that fail are left out as long as one is left.
    pub(super) allows_missing: bool,
    /// For the main mapping, if it has none.
    pub(super) build_id: String,
    /// Appended to the comments.
    pub(super) comment: String,
    /// Frames that the profile wants dropped stay.
    pub(super) keeps_all_frames: bool,
}

/// How the profile is shown.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of pprof")]
pub(super) struct View {
    /// Filters, and what a row stands for.
    pub(super) selection: SelectionArgs,
    pub(super) sample_index: String,
    pub(super) is_mean: bool,
    pub(super) divide_by: f64,
    pub(super) unit: String,
    pub(super) sorts_by_cum: bool,
    pub(super) is_call_tree: bool,
    pub(super) drops_negative: bool,
    pub(super) has_compact_labels: bool,
    /// Not positive is unlimited.
    pub(super) node_count: i64,
    pub(super) node_fraction: f64,
    pub(super) edge_fraction: f64,
}

/// A command line that can be run.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Request {
    pub(super) command: Command,
    pub(super) input: Input,
    pub(super) view: View,
    /// The file to write to; empty is stdout.
    pub(super) output: OsString,
    /// What to tell the user about it.
    pub(super) notes: Vec<String>,
}

/// A command line.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Asked {
    /// For the list of flags.
    Help,
    /// For a report.
    Report(Box<Request>),
}

/// Every flag.
fn flags() -> Vec<Flag> {
    commands::flags().chain(OPTIONS.iter().copied()).collect()
}

/// The list of flags, as text.
pub(super) fn help() -> String {
    let mut text = String::from(
        "usage: profgate pprof -FORMAT [flags] [program] SOURCE…\n\n\
         Prints a report of one or more profiles as `go tool pprof` does.\n\nFormats (give one):\n",
    );
    let describe = |flag: &Flag| {
        let value = match flag.kind {
            Kind::Bool => "",
            Kind::Int => " N",
            Kind::Float => " X",
            Kind::Text => " TEXT",
        };
        format!(
            "  {:<24} {}
",
            format!("-{}{value}", flag.name),
            flag.help
        )
    };
    text.extend(commands::flags().map(|flag| describe(&flag)));
    text.push_str("\nOptions:\n");
    text.extend(OPTIONS.iter().map(describe));
    text
}

/// Reads a command line.
///
/// # Errors
/// On flags that do not exist, do not go together, or ask for what is not supported here.
pub(super) fn read(args: &[OsString]) -> Result<Asked> {
    let args: Vec<OsString> = args.iter().map(underscored).collect();
    let flags = Flags::parse(&flags(), &args)?;
    if flags.asks_for_help {
        return Ok(Asked::Help);
    }
    if flags.arguments.is_empty() {
        return Err(usage("no profile source specified")
            .help("name a profile: `profgate pprof -top cpu.pb.gz`; `-help` lists all flags"));
    }
    let command = commands::choose(&flags)?;
    let input = input(&flags)?;
    let mut notes = Vec::new();
    let view = view(&flags, &mut notes)?.adapted_to(&command, flags.bool_or("trim", true));
    Ok(Asked::Report(Box::new(Request { command, input, view, output: flags.os_text("output"), notes })))
}

/// Our own flags as pprof would write them; no flag of pprof has a dash in its name.
fn underscored(arg: &OsString) -> OsString {
    let Some(text) = arg.to_str() else { return arg.clone() };
    let name = text.trim_start_matches('-');
    match ["allow-missing", "add-bases"].into_iter().find(|own| name.starts_with(own)) {
        Some(own) => text.replacen(own, &own.replace('-', "_"), 1).into(),
        None => arg.clone(),
    }
}

/// The one switch of a group that is on.
fn one_of(flags: &Flags, group: &[&'static str]) -> Result<Option<&'static str>> {
    let on: Vec<_> = group.iter().copied().filter(|name| flags.is_on(name)).collect();
    if on.len() > 1 {
        return Err(usage(format!("conflicting options set: -{}", on.join(", -"))));
    }
    Ok(on.first().copied())
}

fn input(flags: &Flags) -> Result<Input> {
    let (base, diff_base) = (flags.os_text("base"), flags.os_text("diff_base"));
    let is_diff_base = !diff_base.is_empty();
    if is_diff_base && !base.is_empty() {
        return Err(usage("-base and -diff_base flags cannot both be specified"));
    }
    let bases = if flags.is_on("add_bases") {
        flags.os_texts(if is_diff_base { "diff_base" } else { "base" })
    } else {
        vec![if is_diff_base { diff_base } else { base }]
    };
    let bases: Vec<OsString> = bases.into_iter().filter(|base| !base.is_empty()).collect();
    let normalizes = flags.is_on("normalize");
    if normalizes && bases.is_empty() {
        return Err(usage("must have base profile to normalize by"));
    }
    Ok(Input {
        sources: flags.arguments.clone(),
        bases,
        is_diff_base,
        normalizes,
        allows_missing: flags.is_on("allow_missing"),
        build_id: flags.text("buildid")?,
        comment: flags.text("add_comment")?,
        keeps_all_frames: flags.is_on("all_frames"),
    })
}

fn view(flags: &Flags, notes: &mut Vec<String>) -> Result<View> {
    let mut sample_index = flags.text("sample_index")?;
    for (switch, name) in TYPE_SWITCHES {
        if flags.is_on(switch) {
            if sample_index.is_empty() {
                name.clone_into(&mut sample_index);
            } else {
                notes.push(format!("Multiple value selections, ignoring -{switch}"));
            }
        }
    }
    let text = |name| flags.text(name);
    let selection = SelectionArgs {
        focus: text("focus")?,
        ignore: text("ignore")?,
        hide: text("hide")?,
        show: text("show")?,
        show_from: text("show_from")?,
        prune_from: text("prune_from")?,
        tagfocus: text("tagfocus")?,
        tagignore: text("tagignore")?,
        tagshow: text("tagshow")?,
        taghide: text("taghide")?,
        tagroot: text("tagroot")?,
        tagleaf: text("tagleaf")?,
        noinlines: flags.is_on("noinlines"),
        granularity: one_of(flags, &GRANULARITIES)?.unwrap_or_default().to_owned(),
        showcolumns: flags.is_on("showcolumns"),
        trim_path: text("trim_path")?,
        source_path: text("source_path")?,
        relative_percentages: flags.is_on("relative_percentages"),
        symbolize: recognised_symbolization(&text("symbolize")?, notes),
    };
    Ok(View {
        selection,
        sample_index,
        is_mean: flags.is_on("mean") || flags.is_on("mean_delay"),
        divide_by: flags.float_or("divide_by", 1.0),
        unit: if flags.is_given("unit") { text("unit")? } else { "minimum".to_owned() },
        sorts_by_cum: one_of(flags, &["cum", "flat"])? == Some("cum"),
        is_call_tree: flags.is_on("call_tree"),
        drops_negative: flags.is_on("drop_negative"),
        has_compact_labels: flags.is_on("compact_labels"),
        node_count: flags.int_or("nodecount", DEFAULT_COUNT),
        node_fraction: flags.float_or("nodefraction", 0.005),
        edge_fraction: flags.float_or("edgefraction", 0.001),
    })
}

/// The parts of `-symbolize` that mean something; pprof only warns of the others.
fn recognised_symbolization(text: &str, notes: &mut Vec<String>) -> String {
    let is_recognised = |part: &&str| Symbolization::parse(part).is_ok();
    if !text.split(':').all(|part| is_recognised(&part)) {
        notes.push(format!("ignoring unrecognized symbolization option: {text}"));
    }
    text.split(':').filter(is_recognised).collect::<Vec<_>>().join(":")
}

/// Stands for the number of nodes that a report shows by default.
const DEFAULT_COUNT: i64 = -1;

impl View {
    /// The view as `command` needs it.
    fn adapted_to(mut self, command: &Command, mut trims: bool) -> Self {
        match command.name {
            "peek" => trims = false,
            "list" => {
                trims = false;
                "lines".clone_into(&mut self.selection.granularity);
            }
            "text" | "top" | "topproto" if self.node_count == DEFAULT_COUNT => self.node_count = 0,
            "text" | "top" | "topproto" => {}
            _ if self.node_count == DEFAULT_COUNT => self.node_count = 80,
            _ => {}
        }
        if matches!(command.format, Format::Proto | Format::Raw | Format::Callgrind) {
            trims = false;
            "addresses".clone_into(&mut self.selection.granularity);
        }
        if !trims {
            self.node_count = 0;
            self.node_fraction = 0.0;
            self.edge_fraction = 0.0;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(line: &str) -> Result<Request> {
        let args: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        match read(&args)? {
            Asked::Report(request) => Ok(*request),
            Asked::Help => panic!("{line} does not ask for help"),
        }
    }

    #[test]
    fn commands_bring_their_own_defaults() {
        for (line, count, granularity, fraction) in [
            ("-top x", 0, "", 0.005),
            ("-top -nodecount=7 -files x", 7, "files", 0.005),
            ("-tree x", 80, "", 0.005),
            ("-tree -trim=false x", 0, "", 0.0),
            ("-raw -files -nodecount=7 x", 0, "addresses", 0.0),
            ("-list=f -nodefraction=1 x", 0, "lines", 0.0),
            ("-tree -nodecount=-5 x", -5, "", 0.005),
        ] {
            let view = request(line).expect(line).view;
            assert_eq!(
                (view.node_count, view.selection.granularity.as_str()),
                (count, granularity),
                "{line}"
            );
            assert!((view.node_fraction - fraction).abs() < 1e-9, "{line}");
        }
    }

    #[test]
    fn the_first_type_switch_wins_and_a_name_beats_them() {
        let view = request("-top -alloc_space -mean_delay x").expect("valid").view;
        assert_eq!((view.sample_index.as_str(), view.is_mean), ("delay", true));
        let request = request("-top -sample_index=cpu -contentions x").expect("valid");
        assert_eq!(request.view.sample_index, "cpu");
        assert_eq!(request.notes, ["Multiple value selections, ignoring -contentions"]);
    }

    #[test]
    fn symbolization_that_means_nothing_is_only_mentioned() {
        let request = request("-top -symbolize=local:nothing:demangle=full x").expect("valid");
        assert_eq!(request.view.selection.symbolize, "local:demangle=full");
        assert_eq!(request.notes.len(), 1);
    }

    #[test]
    fn what_does_not_go_together_or_not_here_is_refused() {
        for (line, part) in [
            ("-top", "no profile source"),
            ("x", "no output format"),
            ("-top -tree x", "at most one output format"),
            ("-top -files -lines x", "conflicting options set: -files, -lines"),
            ("-top -cum -flat x", "conflicting"),
            ("-top -base=a -diff_base=b x", "cannot both"),
            ("-top -normalize x", "must have base"),
            ("-http=:0 x", "--report html"),
            ("-top -http=:0 x", "not compatible"),
            ("-weblist=f x", "go tool pprof"),
            ("-disasm=f x", "go tool pprof"),
            ("-web x", "-svg"),
        ] {
            let error = request(line).expect_err(line).to_string();
            assert!(error.contains(part), "{line}: {error}");
        }
    }

    #[test]
    fn every_flag_is_known_once() {
        let mut names: Vec<_> = flags().iter().map(|flag| flag.name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(names.contains(&"drop_negative") && help().contains("-diff_base TEXT"));
    }
}
