//! Runs of both sides into those that disagree with their side: another total, or another mix of rows.

use super::{
    special::real,
    table::{Sides, Table},
};

/// A side needs this many runs for one of them to be told from the others.
const LEAST_RUNS: usize = 4;

/// Totals further from the side's median than this many of its deviations are outlying. The deviation is the median one
/// over the sides, times 1.4826 to be a standard deviation of normal numbers (Iglewicz and Hoaglin's modified score).
const MOST_DEVIATIONS: f64 = 6.0;

/// And further than this, in logarithms: a tenth is not worth a word.
const LEAST_DISTANCE: f64 = 0.1;

/// A mix this many times further from that of its side than the median run is another mix.
const OTHER_MIX: f64 = 6.0;

/// Rows with fewer events a run than this tell no mix.
const LEAST_EVENTS: f64 = 5.0;

/// A run that disagrees with the others of its side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outlier {
    /// The run's number, base runs first.
    pub run: usize,
    /// In what it disagrees.
    pub kind: Disagreement,
}

/// In what a run disagrees with its side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Disagreement {
    /// Its total is this many times the side's median.
    Total(f64),
    /// Its events are spread over the rows as those of no other run.
    Mix,
}

/// Finds the runs that disagree with their side. `totals` are comparable totals of all runs, base runs first; `flat` are
/// the flat rows' counts. At most a quarter of a side's runs is named, the most distant first.
#[must_use]
pub fn outliers(totals: &[f64], flat: Table<'_>) -> Vec<Outlier> {
    let runs = flat.runs();
    let distances_of_mixes = mixes(flat);
    let sides = [(0, runs.base), (runs.base, runs.new)];
    let mut found = Vec::new();
    for (start, count) in sides.into_iter().filter(|(_, count)| *count >= LEAST_RUNS) {
        let mut of_side: Vec<(f64, Outlier)> = Vec::new();
        let logs: Vec<f64> = totals[start..start + count].iter().map(|total| total.ln()).collect();
        let middle = median(&logs);
        let distances: Vec<f64> = logs.iter().map(|log| (log - middle).abs()).collect();
        let deviation = (1.4826 * median(&distances)).max(LEAST_DISTANCE / MOST_DEVIATIONS);
        let typical = median(&distances_of_mixes[start..start + count]).max(1.0);
        for run in 0..count {
            let (far, mixed) = (distances[run] / deviation, distances_of_mixes[start + run] / typical);
            let kind = if far > MOST_DEVIATIONS && distances[run] > LEAST_DISTANCE {
                Disagreement::Total((logs[run] - middle).exp())
            } else if mixed > OTHER_MIX {
                Disagreement::Mix
            } else {
                continue;
            };
            of_side
                .push(((far / MOST_DEVIATIONS).max(mixed / OTHER_MIX), Outlier { run: start + run, kind }));
        }
        of_side.sort_by(|a, b| b.0.total_cmp(&a.0));
        found.extend(of_side.into_iter().take(count / LEAST_RUNS).map(|(_, outlier)| outlier));
    }
    found.sort_by_key(|outlier| outlier.run);
    found
}

/// For each run the mean over the rows of Pearson's statistic against the mix of the other runs of its side: 1 if only
/// sampling tells them apart.
fn mixes(flat: Table<'_>) -> Vec<f64> {
    let Sides { base, new } = flat.runs();
    let width = base + new;
    let mut totals = vec![0.0; width];
    for row in 0..flat.rows() {
        for (total, count) in totals.iter_mut().zip(flat.row(row)) {
            *total += count;
        }
    }
    let (mut sums, mut counted) = (vec![0.0; width], vec![0.0; width]);
    for row in 0..flat.rows() {
        let cells = flat.row(row);
        for (start, count) in [(0, base), (base, new)] {
            let (cells, totals) = (&cells[start..start + count], &totals[start..start + count]);
            let (events, all): (f64, f64) = (cells.iter().sum(), totals.iter().sum());
            for run in 0..count {
                let (others, rest) = (events - cells[run], all - totals[run]);
                if others / real(count.max(2) - 1) < LEAST_EVENTS || rest <= 0.0 {
                    continue;
                }
                let expected = others * totals[run] / rest;
                // The others' mix is itself a sample.
                let variance = expected * (1.0 + totals[run] / rest);
                sums[start + run] += (cells[run] - expected) * (cells[run] - expected) / variance;
                counted[start + run] += 1.0;
            }
        }
    }
    sums.iter().zip(&counted).map(|(sum, rows)| if *rows > 0.0 { sum / rows } else { 1.0 }).collect()
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    match sorted.len() {
        0 => 0.0,
        count => 0.5 * (sorted[(count - 1) / 2] + sorted[count / 2]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUNS: Sides<usize> = Sides { base: 5, new: 5 };

    /// Four rows in ten runs, each count near its row's size.
    fn cells(sizes: [f64; 4]) -> Vec<f64> {
        let wobble = [3.0, -2.0, 0.0, 4.0, -5.0, 1.0, 2.0, -3.0, 5.0, -1.0];
        sizes.iter().flat_map(|size| wobble.iter().map(move |w| size + w * size.sqrt() / 4.0)).collect()
    }

    fn found(cells: &[f64]) -> Vec<Outlier> {
        let table = Table::new(cells, RUNS).unwrap();
        let totals: Vec<f64> = (0..10).map(|run| (0..4).map(|row| cells[row * 10 + run]).sum()).collect();
        outliers(&totals, table)
    }

    #[test]
    fn runs_that_agree_are_left_alone() {
        assert_eq!(found(&cells([1000.0, 500.0, 200.0, 100.0])), []);
    }

    #[test]
    fn a_run_with_another_total_is_named_and_its_side_is_not() {
        let mut cells = cells([1000.0, 500.0, 200.0, 100.0]);
        for row in 0..4 {
            cells[row * 10 + 7] *= 1.6;
        }
        let [only] = found(&cells)[..] else { panic!("one run") };
        assert!(
            matches!(only, Outlier { run: 7, kind: Disagreement::Total(ratio) } if (1.5..1.7).contains(&ratio))
        );
    }

    #[test]
    fn a_run_with_another_mix_is_named() {
        let mut cells = cells([1000.0, 500.0, 200.0, 100.0]);
        cells[2] -= 400.0;
        cells[10 + 2] += 400.0;
        assert_eq!(found(&cells), [Outlier { run: 2, kind: Disagreement::Mix }]);
    }

    #[test]
    fn three_runs_cannot_outvote_one() {
        let cells = [10.0, 10.0, 100.0, 10.0, 10.0, 10.0];
        assert_eq!(outliers(&cells, Table::new(&cells, Sides { base: 3, new: 3 }).unwrap()), []);
    }
}
