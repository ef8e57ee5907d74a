//! A profile to the text of one report.

mod callgrind;
mod colour;
mod comments;
mod dot;
mod header;
mod list;
mod nodelets;
mod proto;
mod raw;
mod short_name;
mod table;
mod tags;
mod top;
mod topproto;
mod traces;
mod tree;

use std::io::Write;

use super::Env;
use super::commands::Format;
use super::fetch::{BASE_KEY, note};
use super::options::{Request, View};
use super::output::Printed;
use crate::error::{Error, ErrorKind, Result};
use crate::graph::{Calls, Measure, NodeId, Order, TagUnits, Trimmed, Trimming, Weight, trimmed};
use crate::profile::{Label, LabelValue, Profile, StrId, ValueType};
use crate::select::{LabelUnits, Pattern, Selection};
use crate::units::{go_int, percentage, scale, scaled_label};

/// What a report is made of.
pub(super) struct Report<'a> {
    profile: Profile,
    format: Format,
    view: &'a View,
    selection: &'a Selection,
    env: &'a Env,
    /// The pattern of `-list` and `-peek`.
    pattern: Option<Pattern>,
    label_units: LabelUnits,
    measure: Measure,
    /// The name of the sample type, with its prefix for means.
    sample_type: Vec<u8>,
    sample_unit: String,
    /// What is 100 %.
    total: i64,
    /// What values are multiplied with before they are shown.
    ratio: f64,
    /// The unit of the values that are shown.
    unit: String,
}

impl<'a> Report<'a> {
    /// Selects from `profile` what `request` asks for.
    ///
    /// # Errors
    /// When the sample type does not exist or a pattern is wrong.
    pub(super) fn new(
        mut profile: Profile,
        request: &'a Request,
        selection: &'a Selection,
        env: &'a Env,
        notes: &mut dyn Write,
    ) -> Result<Self> {
        let view = &request.view;
        let (label_units, unit_notes) = LabelUnits::identify(&profile);
        for text in unit_notes {
            note(notes, &text.to_string());
        }
        for text in selection.add_label_frames(&mut profile, &view.unit)? {
            note(notes, &text.to_string());
        }
        let mut filter = |profile: &mut Profile| {
            for text in selection.filter(profile, &label_units) {
                note(notes, &text.to_string());
            }
        };
        if selection.relative_percentages {
            filter(&mut profile);
        }
        let column = sample_index(&profile, &view.sample_index)?;
        let measure = Measure { column, divisor: view.is_mean.then_some(0) };
        if view.divide_by == 0.0 {
            return Err(Error::new(ErrorKind::Usage, "zero divisor specified"));
        }
        let pattern = match &request.command.pattern {
            Some(text) => Some(Pattern::new(text).map_err(|error| {
                let problem = format!("parsing argument regexp {text}: {}", error.problem());
                Error::new(ErrorKind::Usage, problem)
            })?),
            None => None,
        };
        let total = total(&profile, measure);
        if !selection.relative_percentages {
            filter(&mut profile);
        }
        selection.aggregation.apply(&mut profile);
        let sample_type = profile.header.sample_types[column];
        let prefix: &[u8] = if view.is_mean { b"mean_" } else { b"" };
        Ok(Self {
            format: request.command.format,
            view,
            selection,
            env,
            pattern,
            label_units,
            measure,
            sample_type: [prefix, profile.text(sample_type.kind)].concat(),
            sample_unit: profile.display(sample_type.unit).into_owned(),
            total,
            ratio: 1.0 / view.divide_by,
            unit: view.unit.clone(),
            profile,
        })
    }

    /// Writes the report to `out`.
    pub(super) fn print(&mut self, out: &mut dyn Write) -> Printed {
        match self.format {
            Format::Callgrind => callgrind::print(self, out),
            Format::Comments => comments::print(self, out),
            Format::Dot(_) => dot::print(self, out),
            Format::List => list::print(self, out),
            Format::Proto => proto::print(self, out),
            Format::Raw => raw::print(self, out),
            Format::Tags => tags::print(self, out),
            Format::Text => top::print(self, out),
            Format::TopProto => topproto::print(self, out),
            Format::Traces => traces::print(self, out),
            Format::Tree => tree::print(self, out),
        }
    }

    /// The graph to show, and the unit to show it in.
    fn graph(&mut self, calls: Calls) -> Result<Trimmed> {
        let graph = self.graph_in_any_unit(calls)?;
        self.choose_unit(&graph);
        Ok(graph)
    }

    /// The graph to show, as far as the report needs it.
    fn graph_in_any_unit(&mut self, calls: Calls) -> Result<Trimmed> {
        let is_picture = matches!(self.format, Format::Dot(_));
        let order = match self.format {
            _ if is_picture => Order::Entropy,
            _ if self.view.sorts_by_cum => Order::Cum,
            _ => Order::Flat,
        };
        let size_unit = self.size_unit();
        let trimming = Trimming {
            measure: self.measure,
            keeps_objects: matches!(self.format, Format::Callgrind | Format::List),
            is_call_tree: self.view.is_call_tree && (is_picture || self.format == Format::Callgrind),
            drops_negative: self.view.drops_negative,
            node_fraction: self.view.node_fraction,
            edge_fraction: self.view.edge_fraction,
            node_count: self.view.node_count,
            order,
            calls,
            tags: is_picture.then_some(TagUnits { source: &size_unit, target: &self.view.unit }),
        };
        trimmed(&mut self.profile, &self.selection.paths, &trimming)
    }

    /// The unit of the label `bytes`, the one number that pictures show.
    fn size_unit(&self) -> String {
        let key = self.profile.strings.find(b"bytes");
        key.map(|key| self.label_units.get(&self.profile, key).into_owned()).unwrap_or_default()
    }

    /// Picks one unit for all values of `graph`, unless the user named one: the largest in which the smallest
    /// value still shows.
    fn choose_unit(&mut self, trimmed: &Trimmed) {
        let graph = &trimmed.graph;
        if self.unit != "minimum" || graph.shown.is_empty() {
            return;
        }
        let size = |id: &NodeId| {
            let node = graph.node(*id);
            let flat = node.flat.mean().wrapping_abs();
            if flat == 0 { node.cum.mean().wrapping_abs() } else { flat }
        };
        let smallest = graph.shown.iter().map(size).filter(|&size| size > 0).min();
        let smallest = self.divided(smallest.unwrap_or(self.total));
        let largest = self.divided(self.total);
        let unit_of = |value| scale(value, &self.sample_unit, "minimum").1;
        let mut unit = unit_of(smallest);
        let hundred = smallest.wrapping_mul(100);
        if unit != unit_of(largest) && hundred < largest && self.format != Format::Callgrind {
            unit = unit_of(hundred);
        }
        self.unit = if unit.is_empty() { self.sample_unit.clone() } else { unit.into_owned() };
    }

    /// `value` after `-divide_by`, which does nothing with a negative divisor.
    fn divided(&self, value: i64) -> i64 {
        #[expect(clippy::float_cmp, reason = "1 is the literal ratio of values that are left alone")]
        if self.ratio > 0.0 && self.ratio != 1.0 {
            #[expect(clippy::cast_precision_loss, reason = "pprof divides in floating point")]
            go_int(value as f64 * self.ratio)
        } else {
            value
        }
    }

    /// `value` as it is shown.
    fn value(&self, value: i64) -> String {
        scaled_label(self.divided(value), &self.sample_unit, &self.unit)
    }

    /// The part of the total that `value` is.
    fn percent(&self, value: i64) -> String {
        percentage(value, self.total)
    }
}

/// The column that `wanted` names, by number or name.
fn sample_index(profile: &Profile, wanted: &str) -> Result<usize> {
    let types = &profile.header.sample_types;
    if wanted.is_empty() {
        let default = profile.header.default_sample_type;
        let is_default = |ty: &ValueType| !profile.text(default).is_empty() && ty.kind == default;
        let column = types.iter().position(is_default).or(types.len().checked_sub(1));
        return column.ok_or_else(|| Error::new(ErrorKind::Empty, "the profile has no sample type"));
    }
    if let Ok(number) = wanted.parse::<i64>() {
        let column = usize::try_from(number).ok().filter(|&column| column < types.len());
        return column.ok_or_else(|| {
            let last = types.len().saturating_sub(1);
            let problem = format!("sample_index {wanted} is outside the range [0..{last}]");
            Error::new(ErrorKind::Usage, problem)
        });
    }
    let short = wanted.strip_prefix("inuse_").unwrap_or(wanted);
    let is_wanted = |ty: &ValueType| {
        let name = profile.text(ty.kind);
        name == wanted.as_bytes() || name == short.as_bytes()
    };
    types.iter().position(is_wanted).ok_or_else(|| {
        let names: Vec<_> = types.iter().map(|ty| profile.display(ty.kind)).collect();
        let problem = format!("sample_index {wanted:?} must be one of: [{}]", names.join(" "));
        Error::new(ErrorKind::Usage, problem)
    })
}

/// What is 100 %: the sum of the absolute values, only of the samples of a marked base if there are any.
fn total(profile: &Profile, measure: Measure) -> i64 {
    let mark = profile.strings.find(BASE_KEY).zip(profile.strings.find(b"true"));
    let (mut all, mut of_base) = (Weight::default(), Weight::default());
    for sample in profile.samples.iter() {
        let mut weight = measure.of(&sample);
        weight.value = weight.value.wrapping_abs();
        all.add(weight);
        let is_mark = |label: &Label| {
            mark.is_some_and(|(key, value)| label.key == key && label.value == LabelValue::Text(value))
        };
        if sample.labels.iter().any(is_mark) {
            of_base.add(weight);
        }
    }
    if of_base.value > 0 { of_base.mean() } else { all.mean() }
}

/// The values that `value_of` finds in `labels`, gathered under their keys in the order of first appearance.
fn by_key(labels: &[Label], value_of: impl Fn(&Label) -> Option<Vec<u8>>) -> Vec<(StrId, Vec<Vec<u8>>)> {
    let mut keys: Vec<(StrId, Vec<Vec<u8>>)> = Vec::new();
    for label in labels {
        let Some(value) = value_of(label) else { continue };
        match keys.iter_mut().find(|(key, _)| *key == label.key) {
            Some((_, values)) => values.push(value),
            None => keys.push((label.key, vec![value])),
        }
    }
    keys
}

/// Appends `text` to `line`, with blanks before it up to a width in characters.
fn pad(line: &mut Vec<u8>, text: &[u8], width: usize) {
    let missing = width.saturating_sub(rune_count(text));
    line.resize(line.len() + missing, b' ');
    line.extend_from_slice(text);
}

/// Number of characters as Go counts them: each byte that is no part of valid UTF-8 is one.
fn rune_count(text: &[u8]) -> usize {
    text.utf8_chunks().map(|chunk| chunk.valid().chars().count() + chunk.invalid().len()).sum()
}
