//! How far functions vary between runs of identical code, to a file and back.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};
use crate::stats::dispersion::Scatter;
use crate::verdict::Calibrated;

/// How far the functions of one metric varied, to be read by later comparisons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedNoise {
    /// The version of the format.
    pub format_version: u32,
    /// The sample type.
    pub metric: String,
    /// Number of runs that it was estimated from.
    pub runs: usize,
    /// By name.
    pub functions: Vec<SavedRow>,
}

/// How far one function varied: Pearson's statistic of its counts, degrees of freedom and the mean count of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedRow {
    /// The name of the function.
    pub name: String,
    /// Of its own cost.
    pub flat: [f64; 3],
    /// Of it with what it calls.
    pub cum: [f64; 3],
}

/// The version that is written.
const FORMAT_VERSION: u32 = 1;

impl SavedNoise {
    /// The noise of `functions` in `runs` runs.
    #[must_use]
    pub fn new(metric: &str, runs: usize, functions: Vec<SavedRow>) -> Self {
        Self { format_version: FORMAT_VERSION, metric: metric.to_owned(), runs, functions }
    }

    /// Reads what was saved, one for each metric.
    ///
    /// # Errors
    /// When the text is no such list, or a number in it makes no sense.
    pub fn read(text: &str) -> Result<Vec<Self>> {
        let malformed = |problem: String| {
            Error::new(ErrorKind::Malformed, problem).help("write it again with `profgate calibrate --write`")
        };
        let all: Vec<Self> = serde_json::from_str(text)
            .map_err(|error| malformed(format!("is not a calibration of profgate ({error})")))?;
        let is_sound = |numbers: &[f64; 3]| numbers.iter().all(|number| number.is_finite() && *number >= 0.0);
        for saved in &all {
            let version = saved.format_version;
            if version != FORMAT_VERSION {
                return Err(malformed(format!("has the format {version}, and {FORMAT_VERSION} is known")));
            }
            if let Some(row) = saved.functions.iter().find(|row| !is_sound(&row.flat) || !is_sound(&row.cum))
            {
                return Err(malformed(format!("holds a number for `{}` that makes no sense", row.name)));
            }
        }
        Ok(all)
    }

    /// The noise of rows called `names`; nothing is known of those that are not in it.
    #[must_use]
    pub fn of_rows<'a>(&self, names: impl Iterator<Item = &'a str>) -> Calibrated {
        let known: HashMap<&str, &SavedRow> =
            self.functions.iter().map(|row| (row.name.as_str(), row)).collect();
        let scatter = |[chi_square, freedom, mean]: [f64; 3]| Scatter { chi_square, freedom, mean };
        let rows = names.map(|name| {
            known.get(name).map_or_else(Default::default, |row| (scatter(row.flat), scatter(row.cum)))
        });
        let (flat, cum) = rows.unzip();
        Calibrated { flat, cum }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saved_noise_is_read_back_and_nonsense_is_refused() {
        let row = SavedRow { name: "f".to_owned(), flat: [3.0, 8.0, 40.0], cum: [2.0, 8.0, 50.0] };
        let saved =
            SavedNoise { format_version: 1, metric: "cpu".to_owned(), runs: 10, functions: vec![row] };
        let text = serde_json::to_string(&[&saved]).unwrap();
        assert_eq!(SavedNoise::read(&text), Ok(vec![saved.clone()]));
        let rows = saved.of_rows(["g", "f"].into_iter());
        assert_eq!((rows.flat[0], rows.flat[1].chi_square), (Scatter::default(), 3.0));
        for wrong in ["{}", &text.replace("40.0", "-1"), &text.replace("version\":1", "version\":2")] {
            assert!(SavedNoise::read(wrong).is_err(), "{wrong}");
        }
    }
}
