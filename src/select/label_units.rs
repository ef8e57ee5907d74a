//! The numeric labels of a profile to one unit for each key.

use std::borrow::Cow;
use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::note::Note;
use crate::profile::{LabelValue, Profile, StrId};

/// The unit in which pprof reads the numbers of each label.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabelUnits {
    units: HashMap<StrId, Unit>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    /// The first unit that stands in the profile.
    Written(StrId),
    /// `bytes`, because of the key.
    Bytes,
    /// The key itself.
    Key,
}

impl LabelUnits {
    /// Finds the units: the first one that is not empty; without any, `bytes` for the keys `alignment` and
    /// `request`, and otherwise the key itself. The notes name the keys with several units.
    ///
    /// pprof does this before it filters, so that a unit does not depend on which samples are left.
    #[must_use]
    pub fn identify(profile: &Profile) -> (Self, Vec<Note>) {
        let mut units = HashMap::new();
        let mut others: BTreeMap<(&[u8], StrId), Vec<StrId>> = BTreeMap::new();
        for label in profile.samples.iter().flat_map(|sample| sample.labels) {
            let LabelValue::Number(_, unit) = label.value else { continue };
            let inferred = match profile.text(label.key) {
                b"alignment" | b"request" => Unit::Bytes,
                _ => Unit::Key,
            };
            let used = units.entry(label.key).or_insert(inferred);
            if profile.text(unit).is_empty() {
                continue;
            }
            match *used {
                Unit::Written(used) if used != unit => {
                    let others = others.entry((profile.text(label.key), label.key)).or_default();
                    if !others.contains(&unit) {
                        others.push(unit);
                    }
                }
                _ => *used = Unit::Written(unit),
            }
        }
        let units = Self { units };
        let notes = (others.into_iter())
            .map(|((_, key), others)| {
                let mut others: Vec<_> =
                    others.into_iter().map(|unit| profile.display(unit).into()).collect();
                others.sort_unstable();
                let used = units.get(profile, key).into_owned();
                Note::MixedUnits { key: profile.display(key).into(), used, others }
            })
            .collect();
        (units, notes)
    }

    /// The unit of the numeric labels with this key; empty if there are none.
    #[must_use]
    pub fn get<'p>(&self, profile: &'p Profile, key: StrId) -> Cow<'p, str> {
        match self.units.get(&key) {
            None => Cow::Borrowed(""),
            Some(Unit::Written(unit)) => profile.display(*unit),
            Some(Unit::Bytes) => Cow::Borrowed("bytes"),
            Some(Unit::Key) => profile.display(key),
        }
    }
}
