//! `tagroot` and `tagleaf` to pseudo frames at the ends of each stack.

use hashbrown::HashMap;

use crate::error::{Error, ErrorKind, Result};
use crate::profile::{
    Function, FunctionId, Label, LabelValue, Line, Location, LocationId, Profile, Samples, StrId,
};
use crate::units::scaled_label;

/// The label keys whose values become frames.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct LabelFrames {
    /// Frames at the root; the first key is outermost.
    pub(super) root: Vec<String>,
    /// Frames at the leaf; the last key is the leaf.
    pub(super) leaf: Vec<String>,
}

/// Which of the keys stood in some sample.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) root: bool,
    pub(super) leaf: bool,
}

impl LabelFrames {
    /// The keys of the two options: separated by commas, empty ones left out.
    pub(super) fn parse(root: &str, leaf: &str) -> Self {
        let keys = |text: &str| text.split(',').filter(|key| !key.is_empty()).map(str::to_owned).collect();
        Self { root: keys(root), leaf: keys(leaf) }
    }

    /// Whether no frame is asked for.
    pub(super) fn is_empty(&self) -> bool {
        self.root.is_empty() && self.leaf.is_empty()
    }

    /// Adds a frame for each key to each sample, also to one without such a label. Its function is named by the
    /// label's values, numbers in `output_unit`; its file is the key.
    pub(super) fn add(&self, profile: &mut Profile, output_unit: &str) -> Result<Found> {
        let mut found = Found::default();
        if self.is_empty() {
            return Ok(found);
        }
        let mut frames = Frames::new(profile);
        let ids = |keys: &[String], frames: &mut Frames| -> Result<Vec<StrId>> {
            // The innermost frame comes first, and the last key is the innermost.
            keys.iter().rev().map(|key| frames.profile.strings.intern(key.as_bytes())).collect()
        };
        let root = ids(&self.root, &mut frames)?;
        let leaf = ids(&self.leaf, &mut frames)?;
        let before = std::mem::take(&mut frames.profile.samples);
        let mut samples = Samples::new(before.width());
        let mut outer = Vec::new();
        let mut stack = Vec::new();
        for sample in before.iter() {
            outer.clear();
            stack.clear();
            for &key in &root {
                outer.push(frames.frame(key, sample.labels, output_unit, &mut found.root)?);
            }
            for &key in &leaf {
                stack.push(frames.frame(key, sample.labels, output_unit, &mut found.leaf)?);
            }
            stack.extend_from_slice(sample.stack);
            stack.extend_from_slice(&outer);
            let (values, labels) = (sample.values.iter().copied(), sample.labels.iter().copied());
            samples.push(stack.drain(..), values, labels);
        }
        frames.profile.samples = samples;
        Ok(found)
    }
}

/// Appends functions and locations to a profile, one of each for each name and key.
struct Frames<'p> {
    profile: &'p mut Profile,
    /// Indexed by name and key.
    locations: HashMap<(StrId, StrId), LocationId>,
    last_location: u64,
    last_function: u64,
}

impl<'p> Frames<'p> {
    fn new(profile: &'p mut Profile) -> Self {
        let last_location = profile.locations.rows.iter().map(|row| row.id).max().unwrap_or(0);
        let last_function = profile.functions.iter().map(|row| row.id).max().unwrap_or(0);
        Self { profile, locations: HashMap::new(), last_location, last_function }
    }

    /// The location of the frame for `key` in a sample with these labels. Sets `is_found` if a label has the key.
    fn frame(
        &mut self,
        key: StrId,
        labels: &[Label],
        output_unit: &str,
        is_found: &mut bool,
    ) -> Result<LocationId> {
        let values = values(self.profile, key, labels, output_unit);
        *is_found |= !values.is_empty();
        let name = self.profile.strings.intern(&values.join(&b','))?;
        if let Some(&location) = self.locations.get(&(name, key)) {
            return Ok(location);
        }
        let no_room =
            || Error::new(ErrorKind::Malformed, "the ids of the profile leave no room for label frames");
        self.last_function = self.last_function.checked_add(1).ok_or_else(no_room)?;
        self.last_location = self.last_location.checked_add(1).ok_or_else(no_room)?;
        let row = |len: usize| u32::try_from(len).map_err(|_| no_room());
        let function = FunctionId::new(row(self.profile.functions.len())?);
        let location = LocationId::new(row(self.profile.locations.len())?);
        self.profile.functions.push(Function {
            id: self.last_function,
            name,
            filename: key,
            ..Function::default()
        });
        let line = Line { function, line: 0, column: 0 };
        self.profile.locations.push(Location { id: self.last_location, ..Location::default() }, [line]);
        self.locations.insert((name, key), location);
        Ok(location)
    }
}

/// The values of the labels with this key as text: texts first, then numbers. Numbers are converted to
/// `output_unit` if one of them has a unit.
fn values(profile: &Profile, key: StrId, labels: &[Label], output_unit: &str) -> Vec<Vec<u8>> {
    let values = labels.iter().filter(|label| label.key == key).map(|label| label.value);
    let mut texts: Vec<Vec<u8>> = Vec::new();
    let mut numbers = Vec::new();
    for value in values {
        match value {
            LabelValue::Text(text) => texts.push(profile.text(text).to_vec()),
            LabelValue::Number(number, unit) => numbers.push((number, profile.display(unit))),
        }
    }
    let to = if numbers.iter().any(|(_, unit)| !unit.is_empty()) { output_unit } else { "" };
    texts.extend(numbers.iter().map(|(number, unit)| scaled_label(*number, unit, to).into_bytes()));
    texts
}
