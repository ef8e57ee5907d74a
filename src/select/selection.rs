//! pprof's selections, compiled, to a profile without what they leave out.

use super::args::SelectionArgs;
use super::goregexp::Pattern;
use super::granularity::Aggregation;
use super::label_frames::LabelFrames;
use super::label_units::LabelUnits;
use super::names::NameFilters;
use super::note::Note;
use super::paths::PathTrim;
use super::prune_from::Leaves;
use super::sample_labels::LabelFilters;
use super::show_from::Starts;
use super::symbolize::Symbolization;
use super::tag_filter::TagFilter;
use crate::error::{Error, ErrorKind, Result};
use crate::profile::{Profile, Samples};

/// The selections that have a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Filter {
    /// `focus`
    Focus,
    /// `ignore`
    Ignore,
    /// `hide`
    Hide,
    /// `show`
    Show,
    /// `show_from`
    ShowFrom,
    /// `tagfocus`
    TagFocus,
    /// `tagignore`
    TagIgnore,
    /// `tagshow`
    TagShow,
    /// `taghide`
    TagHide,
    /// `prune_from`
    PruneFrom,
    /// `tagroot`
    TagRoot,
    /// `tagleaf`
    TagLeaf,
}

impl Filter {
    /// The filters that pprof lists above a report, in its order.
    pub(super) const LISTED: [Self; 9] = [
        Self::Focus,
        Self::Ignore,
        Self::Hide,
        Self::Show,
        Self::ShowFrom,
        Self::TagFocus,
        Self::TagIgnore,
        Self::TagShow,
        Self::TagHide,
    ];

    /// The name of pprof's option: `show_from`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.names().0
    }

    /// The name in pprof's messages: `ShowFrom`.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.names().1
    }

    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Focus => ("focus", "Focus"),
            Self::Ignore => ("ignore", "Ignore"),
            Self::Hide => ("hide", "Hide"),
            Self::Show => ("show", "Show"),
            Self::ShowFrom => ("show_from", "ShowFrom"),
            Self::TagFocus => ("tagfocus", "TagFocus"),
            Self::TagIgnore => ("tagignore", "TagIgnore"),
            Self::TagShow => ("tagshow", "TagShow"),
            Self::TagHide => ("taghide", "TagHide"),
            Self::PruneFrom => ("prune_from", "PruneFrom"),
            Self::TagRoot => ("tagroot", "TagRoot"),
            Self::TagLeaf => ("tagleaf", "TagLeaf"),
        }
    }
}

/// What to select of a profile.
///
/// pprof's order, which decides the numbers: [`symbolization`](Self::symbolization) and
/// [`drop_frames`](super::drop_frames) on what was read; [`LabelUnits::identify`];
/// [`add_label_frames`](Self::add_label_frames); the report's total, unless
/// [`relative_percentages`](Self::relative_percentages); [`filter`](Self::filter);
/// [`aggregation`](Self::aggregation).
#[derive(Debug, Clone)]
pub struct Selection {
    /// How names are demangled.
    pub symbolization: Symbolization,
    /// What tells the rows of a report apart.
    pub aggregation: Aggregation,
    /// How source paths are shown.
    pub paths: PathTrim,
    /// Directories in which sources lie, a list with `:` between its entries.
    pub source_path: String,
    /// Whether the total of a report is taken after the filters.
    pub relative_percentages: bool,
    label_frames: LabelFrames,
    /// Whether `tagroot` and `tagleaf` were given, be it without a key.
    has_label_frames: [bool; 2],
    names: NameFilters,
    show_from: Option<Pattern>,
    labels: LabelFilters,
    prune_from: Option<Pattern>,
}

impl Selection {
    /// Compiles what a user wrote.
    ///
    /// # Errors
    /// When a pattern, a range or a granularity is wrong.
    pub fn compile(args: &SelectionArgs) -> Result<Self> {
        let pattern = |filter| compile(args, filter, Pattern::new);
        let tags = |filter| compile(args, filter, TagFilter::parse);
        let granularity = args.granularity.parse()?;
        Ok(Self {
            symbolization: Symbolization::parse(&args.symbolize)?,
            aggregation: Aggregation::new(granularity, args.noinlines, args.showcolumns),
            paths: PathTrim::new(&args.trim_path, &args.source_path),
            source_path: args.source_path.clone(),
            relative_percentages: args.relative_percentages,
            label_frames: LabelFrames::parse(&args.tagroot, &args.tagleaf),
            has_label_frames: [&args.tagroot, &args.tagleaf].map(|keys| !keys.is_empty()),
            names: NameFilters {
                focus: pattern(Filter::Focus)?,
                ignore: pattern(Filter::Ignore)?,
                hide: pattern(Filter::Hide)?,
                show: pattern(Filter::Show)?,
            },
            show_from: pattern(Filter::ShowFrom)?,
            labels: LabelFilters {
                focus: tags(Filter::TagFocus)?,
                ignore: tags(Filter::TagIgnore)?,
                show: pattern(Filter::TagShow)?,
                hide: pattern(Filter::TagHide)?,
            },
            prune_from: pattern(Filter::PruneFrom)?,
        })
    }

    /// Whether [`add_label_frames`](Self::add_label_frames) and [`filter`](Self::filter) leave every profile as
    /// it is and have nothing to say, so that its samples need not be in memory.
    #[must_use]
    pub fn is_trivial(&self) -> bool {
        self.has_label_frames == [false; 2] && self.has_no_filter()
    }

    fn has_no_filter(&self) -> bool {
        self.names.is_empty()
            && self.show_from.is_none()
            && self.labels.is_empty()
            && self.prune_from.is_none()
    }

    /// Adds the frames of `tagroot` and `tagleaf`, with numbers in `output_unit` (pprof's `-unit`, `minimum` if
    /// there is none).
    ///
    /// # Errors
    /// When the texts or ids of the profile leave no room for them.
    pub fn add_label_frames(&self, profile: &mut Profile, output_unit: &str) -> Result<Vec<Note>> {
        let found = self.label_frames.add(profile, output_unit)?;
        let unmatched = [(Filter::TagRoot, found.root), (Filter::TagLeaf, found.leaf)];
        Ok(unmatched
            .into_iter()
            .zip(self.has_label_frames)
            .filter(|((_, is_found), is_given)| *is_given && !is_found)
            .map(|((filter, _), _)| Note::NoMatch(filter))
            .collect())
    }

    /// Removes frames, samples and labels from `profile`. `units` are those of the profile as it was read.
    ///
    /// Locations and functions stay in their tables, whether a sample still refers to them or not; their lines
    /// are what the filters left of them.
    pub fn filter(&self, profile: &mut Profile, units: &LabelUnits) -> Vec<Note> {
        let mut notes: Vec<_> = self.labels.notes().collect();
        if self.has_no_filter() {
            return notes;
        }

        // Each filter sees the lines that the ones before it left; so the locations go through all of them
        // first, and then each sample through what they said.
        let names = self.names.apply(profile, &mut notes);
        let starts = self.show_from.as_ref().map(|pattern| {
            let (starts, has_matched) = Starts::find(pattern, profile);
            if !has_matched {
                notes.push(Note::NoMatch(Filter::ShowFrom));
            }
            starts
        });
        let leaves = self.prune_from.as_ref().map(|pattern| Leaves::find(pattern, profile));

        let mut labels = self.labels.over(profile, units);
        let mut samples = Samples::new(profile.samples.width());
        let mut stack = Vec::new();
        for sample in profile.samples.iter() {
            stack.clear();
            stack.extend_from_slice(sample.stack);
            let is_kept = names.as_ref().is_none_or(|names| names.keep(&mut stack))
                && starts.as_ref().is_none_or(|starts| starts.keep(&mut stack))
                && labels.keep(sample.labels);
            if !is_kept {
                continue;
            }
            if let Some(leaves) = &leaves {
                leaves.cut(&mut stack);
            }
            let shown = sample.labels.iter().copied().filter(|label| labels.shows(label.key));
            samples.push(stack.iter().copied(), sample.values.iter().copied(), shown);
        }
        notes.extend(labels.unmatched());
        profile.samples = samples;
        notes
    }
}

/// Compiles the text of one filter, `None` if it is not set.
fn compile<T>(args: &SelectionArgs, filter: Filter, parse: fn(&str) -> Result<T>) -> Result<Option<T>> {
    let text = args.pattern(filter);
    if text.is_empty() {
        return Ok(None);
    }
    parse(text).map(Some).map_err(|error| {
        Error::new(ErrorKind::Usage, format!("parsing {} regexp: {}", filter.name(), error.problem()))
    })
}
