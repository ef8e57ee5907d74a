//! Runs that disagree with their side to caveats, or out of the comparison.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::counts::{Counted, count};
use super::{Plan, Runs, matrix};
use crate::source::Sources;
use crate::stats::outlier::{Disagreement, Outlier, outliers};
use crate::stats::table::{Sides, Table};
use crate::units;
use crate::verdict::{Caveat, CaveatCode};

/// What to say of the runs that disagree with their side.
pub(super) fn said(sources: &Sources, runs: &Runs, counted: &Counted) -> Vec<Caveat> {
    find(runs, counted)
        .into_iter()
        .map(|outlier| {
            caveat(sources, runs, outlier, "it counts like the others; --drop-outliers leaves it out")
        })
        .collect()
}

/// Leaves out the runs that disagree with their side in any of the `columns`, and says which.
pub(super) fn drop_outliers(
    sources: &mut Cow<'_, Sources>,
    plan: &Plan,
    runs: &mut Runs,
    columns: &[usize],
) -> Vec<Caveat> {
    let mut outlying = BTreeMap::new();
    if plan.has_statistics {
        for &column in columns {
            let costs = matrix(runs, column);
            let counted = count(&costs, &runs.base, &runs.new, column);
            for outlier in counted.iter().flat_map(|counted| find(runs, counted)) {
                outlying.entry(outlier.run).or_insert(outlier);
            }
        }
    }
    let caveats =
        outlying.values().map(|&outlier| caveat(sources, runs, outlier, "it was left out")).collect();
    let base_runs = runs.base.len();
    // From the end, so that the numbers of the runs before stay what they are.
    for &run in outlying.keys().rev() {
        let sources = sources.to_mut();
        if run < base_runs {
            runs.base.remove(run);
            sources.base.remove(run);
        } else {
            runs.new.remove(run - base_runs);
            sources.new.remove(run - base_runs);
        }
        if run < runs.kept.len() {
            runs.kept.remove(run);
        }
    }
    caveats
}

fn find(runs: &Runs, counted: &Counted) -> Vec<Outlier> {
    let sides = Sides { base: runs.base.len(), new: runs.new.len() };
    let table = Table::new(&counted.flat.events, sides);
    table.map_or_else(|_| Vec::new(), |table| outliers(&counted.per_run, table))
}

fn caveat(sources: &Sources, runs: &Runs, outlier: Outlier, consequence: &str) -> Caveat {
    let base_runs = runs.base.len();
    let is_base = outlier.run < base_runs;
    let source = if is_base { &sources.base[outlier.run] } else { &sources.new[outlier.run - base_runs] };
    let side = if is_base { "base" } else { "new" };
    let what = match outlier.kind {
        Disagreement::Total(ratio) => {
            format!("has {} of the total of the other {side} runs", units::plain_percent(ratio))
        }
        Disagreement::Mix => format!("spends its time elsewhere than the other {side} runs"),
    };
    Caveat { code: CaveatCode::OutlierRun, message: format!("{source} {what}; {consequence}") }
}
