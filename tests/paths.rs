//! The two ways from samples to rows: added up where they stand, or decoded, merged and filtered as pprof does.

use std::sync::Arc;

use profgate::gate::{Plan, compare};
use profgate::profile::{
    Function, FunctionId, Line, Location, LocationId, Profile, Samples, ValueType, encode,
};
use profgate::select::{Selection, SelectionArgs};
use profgate::source::{Source, Sources};
use profgate::verdict::FunctionChange;
use proptest::collection::vec;
use proptest::prelude::*;

/// Stacks of locations with two values each; a location has one function, or two of which one was inlined.
type Stacks = Vec<(Vec<u32>, [i64; 2])>;

const LOCATIONS: u32 = 12;

fn stacks() -> impl Strategy<Value = Stacks> {
    let sample = (vec(0..LOCATIONS, 0..8), [-40..1000_i64, -40..1000_i64]);
    // The last sample makes sure that there is something to compare.
    vec(sample, 0..60).prop_map(|mut samples| {
        samples.push((vec![0], [1, 1_000_000]));
        samples
    })
}

fn held(stacks: &Stacks) -> Vec<Source> {
    let mut profile = Profile { samples: Samples::new(2), ..Profile::default() };
    let mut text = |text: &str| profile.strings.intern(text.as_bytes()).expect("fits");
    let types = [("samples", "count"), ("cpu", "nanoseconds")];
    profile.header.sample_types =
        types.iter().map(|(kind, unit)| ValueType { kind: text(kind), unit: text(unit) }).collect();
    profile.header.period_type = profile.header.sample_types[1];
    for row in 0..LOCATIONS {
        let id = u64::from(row) + 1;
        // Several functions share a name, as those of different packages of one path do.
        let name = profile.strings.intern(format!("pkg.f{}", row % 9).as_bytes()).expect("fits");
        profile.functions.push(Function { id, name, system_name: name, ..Function::default() });
        let line = |row| Line { function: FunctionId::new(row), line: 3, column: 0 };
        let lines = if row % 3 == 2 { vec![line(row), line(row - 1)] } else { vec![line(row)] };
        profile.locations.push(Location { id, address: id * 16, ..Location::default() }, lines);
    }
    for (stack, values) in stacks {
        profile.samples.push(stack.iter().copied().map(LocationId::new), *values, []);
    }
    vec![Source::Held { name: "profile".into(), data: Arc::from(encode(&profile)), provenance: None }]
}

fn rows(base: &Stacks, new: &Stacks, args: &SelectionArgs) -> Vec<FunctionChange> {
    let plan = Plan::new(Selection::compile(args).expect("a valid selection"));
    let sources = Sources { name: String::new(), base: held(base), new: held(new) };
    let mut comparisons =
        compare(&sources, &plan, &|| ()).expect("both sides have the function of location 0");
    comparisons.remove(0).functions
}

proptest! {
    #[test]
    fn both_ways_give_the_same_rows(base in stacks(), new in stacks(), noinlines in any::<bool>()) {
        let in_place = SelectionArgs { noinlines, ..SelectionArgs::default() };
        // A filter that removes nothing makes the comparison decode all samples.
        let decoded = SelectionArgs { taghide: "no such label".to_owned(), ..in_place.clone() };
        prop_assert_eq!(rows(&base, &new, &in_place), rows(&base, &new, &decoded));
    }
}
