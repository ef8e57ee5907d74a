//! Two profiles of one program's counters to what was counted between them.

use super::{Profile, Samples, merge};
use crate::error::{Error, ErrorKind, Result};

/// What `end` holds beyond `start` in the columns that are counted up since the program began, `is_cumulative`; the
/// other columns are those of `end`. Stacks with nothing left in any column vanish.
///
/// # Errors
/// When the profiles measure different things, or a counter is smaller at the end than at the start: then the program
/// was restarted in between.
///
/// # Panics
/// When there is not one claim for each sample type.
pub fn since(start: &Profile, end: Profile, is_cumulative: &[bool]) -> Result<Profile> {
    assert_eq!(is_cumulative.len(), end.width(), "one claim for each sample type");
    super::require_equal_types(start, &end)?;
    let mut before = start.clone();
    before.samples = Samples::new(start.width());
    let mut values = Vec::with_capacity(start.width());
    for sample in start.samples.iter() {
        values.clear();
        for (&value, &is_cumulative) in sample.values.iter().zip(is_cumulative) {
            if value < 0 && is_cumulative {
                return Err(negative("the first profile"));
            }
            values.push(if is_cumulative { -value } else { 0 });
        }
        before.samples.push(
            sample.stack.iter().copied(),
            values.iter().copied(),
            sample.labels.iter().copied(),
        );
    }
    let (time, end_time) = (start.header.time_nanos, end.header.time_nanos);
    let is_negative = |(&value, &is_cumulative): (&i64, &bool)| value < 0 && is_cumulative;
    if end.samples.iter().any(|sample| sample.values.iter().zip(is_cumulative).any(is_negative)) {
        return Err(negative("the second profile"));
    }
    let mut between = merge(&[end, before])?;
    for sample in between.samples.iter() {
        let column = sample.values.iter().zip(is_cumulative).position(is_negative);
        if let Some(column) = column {
            return Err(went_backwards(&between, column, sample.stack.first().copied()));
        }
    }
    between.header.time_nanos = time;
    between.header.duration_nanos = if time > 0 { end_time.saturating_sub(time).max(0) } else { 0 };
    Ok(between)
}

fn negative(which: &str) -> Error {
    Error::new(ErrorKind::Malformed, format!("{which} has a counter below 0")).help(
        "a difference of two profiles cannot be subtracted again; give profiles as the program serves them",
    )
}

fn went_backwards(profile: &Profile, column: usize, leaf: Option<super::LocationId>) -> Error {
    let kind = profile.display(profile.header.sample_types[column].kind);
    let line = leaf.and_then(|leaf| profile.locations.lines(leaf).first());
    let of = line.map_or_else(String::new, |line| {
        format!(" of `{}`", profile.display(profile.function(line.function).name))
    });
    Error::new(
        ErrorKind::Incomparable,
        format!("the counter `{kind}`{of} went backwards: the program was restarted"),
    )
    .help("capture again, from a program that runs all the time")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{Function, FunctionId, Line, Location, LocationId, ValueType};

    /// A heap profile with a stack of one function for each row, allocated and in use.
    fn heap(time_nanos: i64, rows: &[(&str, i64, i64)]) -> Profile {
        let mut profile = Profile::default();
        let mut text = |text: &str| profile.strings.intern(text.as_bytes()).expect("fits");
        profile.header.sample_types = [("alloc_space", "bytes"), ("inuse_space", "bytes")]
            .map(|(kind, unit)| ValueType { kind: text(kind), unit: text(unit) })
            .to_vec();
        profile.header.time_nanos = time_nanos;
        profile.samples = Samples::new(2);
        for (row, (name, alloc, inuse)) in rows.iter().enumerate() {
            let (id, first, name) = (row as u64 + 1, name.as_bytes()[0], text(name));
            profile.functions.push(Function { id, name, system_name: name, ..Function::default() });
            let row = u32::try_from(row).expect("few");
            let line = Line { function: FunctionId::new(row), line: 1, column: 0 };
            // A function stays where it is, whatever its row.
            let address = first.into();
            profile.locations.push(Location { id, address, ..Location::default() }, [line]);
            profile.samples.push([LocationId::new(row)], [*alloc, *inuse], []);
        }
        profile
    }

    fn rows(profile: &Profile) -> Vec<(String, i64, i64)> {
        let name = |location: LocationId| {
            let line = profile.locations.lines(location)[0];
            profile.display(profile.function(line.function).name).into_owned()
        };
        let mut rows: Vec<_> =
            profile.samples.iter().map(|row| (name(row.stack[0]), row.values[0], row.values[1])).collect();
        rows.sort();
        rows
    }

    #[test]
    fn counters_are_subtracted_and_levels_are_those_of_the_end() {
        let start = heap(1_000, &[("a", 10, 10), ("b", 20, 5), ("idle", 7, 0), ("large", i64::MAX - 1, 0)]);
        let end =
            heap(5_000, &[("a", 15, 3), ("b", 20, 6), ("idle", 7, 0), ("new", 4, 4), ("large", i64::MAX, 0)]);
        let between = since(&start, end, &[true, false]).expect("counters grow");
        let named = |name: &str, alloc, inuse| (name.to_owned(), alloc, inuse);
        assert_eq!(
            rows(&between),
            [named("a", 5, 3), named("b", 0, 6), named("large", 1, 0), named("new", 4, 4)]
        );
        assert_eq!((between.header.time_nanos, between.header.duration_nanos), (1_000, 4_000));
    }

    #[test]
    fn counters_that_went_backwards_are_errors() {
        let start = heap(1, &[("a", 10, 10), ("b", 20, 5)]);
        for end in [&[("a", 9, 10), ("b", 20, 5)][..], &[("a", 11, 10)], &[("a", -1, 0), ("b", 20, 0)]] {
            let error = since(&start, heap(2, end), &[true, false]).expect_err("a restart").to_string();
            assert!(error.contains("backwards") || error.contains("below 0"), "{error}");
        }
        let negative = heap(1, &[("a", i64::MIN, 0)]);
        assert!(since(&negative, heap(2, &[("a", 1, 0)]), &[true, false]).is_err());
    }
}
