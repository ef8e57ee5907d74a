//! The costs of a metric to what the first rows of a comparison cost in each run, in which an outlier can be seen.

use hashbrown::HashMap;

use crate::aggregate::Matrix;
use crate::verdict::{FunctionChange, RunCosts};

/// Most values of one measure that are kept, of all rows and runs.
const MOST_VALUES: usize = 60_000;

/// What each of the first `rows` costs in each run; none if both sides have one.
pub(super) fn of_rows(costs: &Matrix, rows: &[FunctionChange]) -> Vec<RunCosts> {
    let runs = costs.base_runs + costs.new_runs;
    if costs.base_runs < 2 && costs.new_runs < 2 {
        return Vec::new();
    }
    let rows = &rows[..rows.len().min(MOST_VALUES / runs)];
    // Rows of one name and file differ in nothing that could be shown.
    let wanted: HashMap<(&str, &str), usize> =
        rows.iter().enumerate().map(|(at, row)| ((row.name.as_str(), row.file.as_str()), at)).collect();
    let mut found = vec![RunCosts::default(); rows.len()];
    for (row, label) in costs.rows.iter().enumerate() {
        if let Some(&at) = wanted.get(&(label.name.as_str(), label.file.as_str())) {
            let joined = |(base, new): (&[i64], &[i64])| [base, new].concat();
            found[at] = RunCosts { flat: joined(costs.flat(row)), cum: joined(costs.cum(row)) };
        }
    }
    found
}
