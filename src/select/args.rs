//! The selections as a user writes them: on the command line and in the configuration alike.

use serde::{Deserialize, Serialize};

use super::selection::Filter;

/// pprof's selections under pprof's names, with hyphens. An empty text is an option that is not given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct SelectionArgs {
    /// Keep samples with a frame whose function, file or object file matches this pattern.
    pub focus: String,
    /// Drop samples with such a frame.
    pub ignore: String,
    /// Remove such frames.
    pub hide: String,
    /// Remove all other frames.
    pub show: String,
    /// Remove the frames above the root-most such frame, and samples without one.
    pub show_from: String,
    /// Remove the frames below the leaf-most one whose function matches this pattern.
    pub prune_from: String,
    /// Keep samples with a label that matches: `[key=]pattern,…` or `[key=]range`.
    pub tagfocus: String,
    /// Drop samples with such a label.
    pub tagignore: String,
    /// Keep labels whose key matches this pattern.
    pub tagshow: String,
    /// Remove labels whose key matches this pattern.
    pub taghide: String,
    /// Add a frame at the root for the value of each of these label keys, separated by commas.
    pub tagroot: String,
    /// Add such frames at the leaf.
    pub tagleaf: String,
    /// Attribute inlined functions to the function they were inlined into.
    pub noinlines: bool,
    /// What a row stands for: `functions`, `filefunctions`, `files`, `lines` or `addresses`.
    pub granularity: String,
    /// Tell the columns of a line apart.
    pub showcolumns: bool,
    /// Prefixes to cut from source paths, separated by colons.
    pub trim_path: String,
    /// Directories whose names start source paths, separated by colons.
    pub source_path: String,
    /// Take the samples that the filters leave for the total.
    pub relative_percentages: bool,
    /// How names are demangled, see [`Symbolization`](super::Symbolization).
    pub symbolize: String,
}

impl SelectionArgs {
    /// The pattern of a filter, empty if it is not set.
    #[must_use]
    pub fn pattern(&self, filter: Filter) -> &str {
        match filter {
            Filter::Focus => &self.focus,
            Filter::Ignore => &self.ignore,
            Filter::Hide => &self.hide,
            Filter::Show => &self.show,
            Filter::ShowFrom => &self.show_from,
            Filter::TagFocus => &self.tagfocus,
            Filter::TagIgnore => &self.tagignore,
            Filter::TagShow => &self.tagshow,
            Filter::TagHide => &self.taghide,
            Filter::PruneFrom => &self.prune_from,
            Filter::TagRoot => &self.tagroot,
            Filter::TagLeaf => &self.tagleaf,
        }
    }

    /// The filters that pprof lists above a report, as `name=pattern`: `prune_from`, `tagroot` and `tagleaf` are
    /// not among them.
    #[must_use]
    pub fn active_filters(&self) -> Vec<String> {
        Filter::LISTED
            .into_iter()
            .filter(|&filter| !self.pattern(filter).is_empty())
            .map(|filter| format!("{}={}", filter.name(), self.pattern(filter)))
            .collect()
    }
}
