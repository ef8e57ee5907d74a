//! The call stacks of a comparison against its rows: the same samples, added up the other way.

use std::collections::HashMap;
use std::sync::Arc;

use profgate::gate::{Plan, StackDetail, compare};
use profgate::select::{Selection, SelectionArgs};
use profgate::source::{Source, Sources};
use profgate::verdict::{Comparison, Sides, Stacks};
use proptest::prelude::*;

mod support;
use support::profile;

const NAMES: [&str; 6] = ["main.main", "app.a", "app.b", "app.c", "lib.x", "lib.y"];

type Side = Vec<(Vec<usize>, i64)>;

fn side() -> impl Strategy<Value = Side> {
    prop::collection::vec((prop::collection::vec(0..NAMES.len(), 1..7), 1_i64..1000), 1..40)
}

fn held(side: &Side) -> Vec<Source> {
    // Every stack begins in `main.main`, so that the sides have a function in common.
    let named: Vec<(Vec<&str>, i64)> = side
        .iter()
        .map(|(stack, value)| (stack.iter().chain([&0]).map(|&name| NAMES[name]).collect(), *value))
        .collect();
    let samples: Vec<(&[&str], i64)> = named.iter().map(|(stack, value)| (&stack[..], *value)).collect();
    let data = Arc::from(profile("cpu", "nanoseconds", &samples));
    vec![Source::Held { name: "profile".into(), data, provenance: None }]
}

fn compared(base: &Side, new: &Side, args: &SelectionArgs, stacks: StackDetail) -> Comparison {
    let plan = Plan { stacks, ..Plan::new(Selection::compile(args).expect("a valid selection")) };
    let mut new = held(new);
    // Two runs on one side: its rows are means, its stacks sums.
    new.extend_from_within(..);
    let sources = Sources { name: String::new(), base: held(base), new };
    compare(&sources, &plan, &|| ()).expect("both sides have main.main").remove(0)
}

/// Flat and cum of each function; recursion counts once.
fn by_function(stacks: &Stacks) -> HashMap<&str, [Sides; 2]> {
    let mut sums: HashMap<&str, [Sides; 2]> = HashMap::new();
    for node in &stacks.nodes {
        let Some(function) = stacks.function(node) else { continue };
        let callers = std::iter::successors(node.parent, |&caller| stacks.nodes[caller as usize].parent);
        let is_outermost = callers
            .map(|caller| stacks.function(&stacks.nodes[caller as usize]).expect("callers are not folded"))
            .all(|caller| caller.name != function.name);
        let [flat, cum] = sums.entry(function.name.as_str()).or_default();
        *flat = flat.plus(node.own);
        *cum = if is_outermost { cum.plus(node.total) } else { *cum };
    }
    sums
}

fn filters() -> [SelectionArgs; 4] {
    let default = SelectionArgs::default;
    [
        default(),
        SelectionArgs { hide: "^lib".to_owned(), ..default() },
        SelectionArgs { focus: "app".to_owned(), ..default() },
        SelectionArgs { granularity: "lines".to_owned(), ..default() },
    ]
}

proptest! {
    #[test]
    fn stacks_and_rows_add_up_to_the_same(base in side(), new in side(), filter in 0..4_usize) {
        let args = filters()[filter].clone();
        // A focus may leave nothing that both sides have.
        prop_assume!(filter != 2 || [&base, &new].iter().all(|side| side.iter().any(|(stack, _)| stack.contains(&1))));
        let comparison = compared(&base, &new, &args, StackDetail::Full);
        let stacks = comparison.stacks.as_ref().expect("asked for");
        prop_assert_eq!(stacks.folding, None);
        let sums = by_function(stacks);
        prop_assert_eq!(sums.len(), comparison.functions.len());
        for row in &comparison.functions {
            let [flat, cum] = sums[row.name.as_str()].map(|sides| stacks.mean(sides));
            prop_assert_eq!(flat, (row.flat.base.as_f64(), row.flat.new.as_f64()), "flat {}", row.name);
            prop_assert_eq!(cum, (row.cum.base.as_f64(), row.cum.new.as_f64()), "cum {}", row.name);
        }
    }

    #[test]
    fn folding_keeps_every_total_and_each_path_that_is_large_enough(base in side(), new in side(), part in 0.0..0.5) {
        let full = compared(&base, &new, &SelectionArgs::default(), StackDetail::Full).stacks.expect("asked for");
        let folded = full.clone().folded(part, usize::MAX);
        prop_assert_eq!(full.total(), folded.total());
        let paths = |stacks: &Stacks| -> HashMap<Vec<String>, Sides> {
            let mut paths: Vec<Vec<String>> = Vec::new();
            for node in &stacks.nodes {
                let mut path = node.parent.map_or_else(Vec::new, |caller| paths[caller as usize].clone());
                path.push(stacks.function(node).map_or_else(|| "(folded)".to_owned(), |function| function.name.clone()));
                paths.push(path);
            }
            paths.into_iter().zip(stacks.nodes.iter().map(|node| node.total)).collect()
        };
        let (before, after) = (paths(&full), paths(&folded));
        let takes = |sides: Sides| {
            let total = full.total();
            let larger = |sides: Sides| full.mean(sides).0.max(full.mean(sides).1);
            larger(sides) / larger(total)
        };
        for (path, total) in &before {
            let expected = (takes(*total) >= part).then_some(total);
            prop_assert_eq!(after.get(path), expected, "{:?}", path);
        }
        let folded_cost = after.iter().filter(|(path, _)| path.ends_with(&["(folded)".to_owned()]));
        let folded_cost = folded_cost.fold(Sides::default(), |sum, (_, total)| sum.plus(*total));
        prop_assert_eq!(folded.folding.map_or_else(Sides::default, |folding| folding.folded), folded_cost);
    }
}
