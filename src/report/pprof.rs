//! The call stacks of both sides to a profile of their difference, as `go tool pprof -diff_base` makes one.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::present;
use crate::profile::{
    Function, FunctionId, Label, LabelValue, Line, Location, LocationId, Mapping, MappingId, Profile,
    Samples, StrId, ValueType, encode,
};
use crate::units::go_int;
use crate::verdict::{Comparison, Outcome, StackNode, Stacks};

/// The frame of what was folded away.
const FOLDED: &str = "(folded)";

/// Renders the stacks of `outcome` as a gzipped profile with one sample type for each comparison.
///
/// Samples of the new side are positive; those of the base are negative and carry the label `pprof::base`, by which
/// pprof knows a difference and takes percentages of the base. Values are means of a side's runs, rounded: with one run
/// on a side they are exact.
#[must_use]
pub fn pprof(outcome: &Outcome) -> Vec<u8> {
    let mut builder = Builder::new(outcome.comparisons.len());
    for (column, comparison) in outcome.comparisons.iter().enumerate() {
        let name = if outcome.comparisons.len() > 1 { present::title(comparison) } else { String::new() };
        builder.add(column, comparison, &name);
    }
    gzip(&encode(&builder.profile)).unwrap_or_default()
}

/// `data` as one gzip member without a time, so that equal reports are equal bytes.
fn gzip(data: &[u8]) -> std::io::Result<Vec<u8>> {
    // Memory takes all that is written to it.
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(data)?;
    gzip.finish()
}

struct Builder {
    profile: Profile,
    base: Label,
}

impl Builder {
    fn new(width: usize) -> Self {
        let mut profile = Profile { samples: Samples::new(width), ..Profile::default() };
        let (key, value) = (text(&mut profile, "pprof::base"), text(&mut profile, "true"));
        profile.mappings.push(Mapping {
            id: 1,
            has_functions: true,
            has_filenames: true,
            has_line_numbers: true,
            has_inline_frames: true,
            ..Mapping::default()
        });
        Self { profile, base: Label { key, value: LabelValue::Text(value) } }
    }

    /// Adds the stacks of `comparison` as the sample type number `column`, called `name` or as its metric.
    fn add(&mut self, column: usize, comparison: &Comparison, name: &str) {
        let kind = if name.is_empty() { &comparison.metric.kind } else { name };
        let ty = ValueType {
            kind: text(&mut self.profile, kind),
            unit: text(&mut self.profile, &comparison.metric.unit),
        };
        self.profile.header.sample_types.push(ty);
        let Some(stacks) = &comparison.stacks else { return };
        let locations = self.locations(stacks);
        let width = self.profile.samples.width();
        for node in &stacks.nodes {
            let (base, new) = stacks.mean(node.own);
            let sides =
                [(go_int(base.round()).saturating_neg(), Some(self.base)), (go_int(new.round()), None)];
            for (value, label) in sides.into_iter().filter(|(value, _)| *value != 0) {
                let stack = Callers { stacks, node: Some(node) }.map(|node| location(&locations, node));
                let values = (0..width).map(|other| if other == column { value } else { 0 });
                self.profile.samples.push(stack, values, label);
            }
        }
    }

    /// Gives each frame of `stacks` a location, and one to what was folded away, which stands last.
    fn locations(&mut self, stacks: &Stacks) -> Vec<LocationId> {
        let functions: Vec<FunctionId> = stacks
            .functions
            .iter()
            .map(|function| {
                let [name, system_name, filename] = [&function.name, &function.system_name, &function.file]
                    .map(|name| text(&mut self.profile, name));
                self.function(Function {
                    id: 0,
                    name,
                    system_name,
                    filename,
                    start_line: function.start_line,
                })
            })
            .collect();
        let frames = stacks
            .frames
            .iter()
            .filter_map(|frame| Some((*functions.get(frame.function as usize)?, frame.line)));
        let mut locations: Vec<LocationId> =
            frames.map(|(function, line)| self.location(function, line)).collect();
        let name = text(&mut self.profile, FOLDED);
        let folded = self.function(Function { name, system_name: name, ..Function::default() });
        locations.push(self.location(folded, 0));
        locations
    }

    fn function(&mut self, function: Function) -> FunctionId {
        let row = count(self.profile.functions.len());
        self.profile.functions.push(Function { id: u64::from(row) + 1, ..function });
        FunctionId::new(row)
    }

    fn location(&mut self, function: FunctionId, line: i64) -> LocationId {
        let row = count(self.profile.locations.len());
        let location =
            Location { id: u64::from(row) + 1, mapping: Some(MappingId::new(0)), ..Location::default() };
        self.profile.locations.push(location, [Line { function, line, column: 0 }]);
        LocationId::new(row)
    }
}

fn text(profile: &mut Profile, text: &str) -> StrId {
    // Texts pass 4 GiB in no tree that was read from files below the size limits.
    profile.strings.intern(text.as_bytes()).unwrap_or_default()
}

fn count(rows: usize) -> u32 {
    // Trees count frames in 32 bits.
    u32::try_from(rows).unwrap_or(u32::MAX)
}

fn location(locations: &[LocationId], node: &StackNode) -> LocationId {
    let folded = locations.len() - 1;
    locations[node.frame.map_or(folded, |frame| (frame as usize).min(folded))]
}

/// A node, its caller, the caller's caller and so on.
struct Callers<'a> {
    stacks: &'a Stacks,
    node: Option<&'a StackNode>,
}

impl<'a> Iterator for Callers<'a> {
    type Item = &'a StackNode;

    fn next(&mut self) -> Option<&'a StackNode> {
        let node = self.node?;
        self.node = node.parent.and_then(|parent| self.stacks.nodes.get(parent as usize));
        Some(node)
    }
}
