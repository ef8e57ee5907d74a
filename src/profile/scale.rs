//! Sample values times a ratio for each column, with pprof's rounding and pprof's loss of samples.

use super::{Profile, Samples};
use crate::units::go_int;

impl Profile {
    /// Multiplies each column by its ratio, rounding half away from zero (`Profile.ScaleN` of pprof).
    ///
    /// A sample stays only if a column whose ratio is not 1 is not zero afterwards: columns with ratio 1 do not
    /// save it. When all ratios are 1 nothing happens.
    ///
    /// # Panics
    /// When the number of ratios is not the number of sample types.
    pub fn scale(&mut self, ratios: &[f64]) {
        assert_eq!(ratios.len(), self.width(), "one ratio for each sample type");
        #[expect(clippy::float_cmp, reason = "1 is the literal ratio of a column that is left alone")]
        let changed: Vec<(usize, f64)> =
            ratios.iter().copied().enumerate().filter(|&(_, ratio)| ratio != 1.0).collect();
        if changed.is_empty() {
            return;
        }
        let mut kept = Samples::new(self.width());
        let mut values = Vec::new();
        for sample in self.samples.iter() {
            values.clear();
            values.extend_from_slice(sample.values);
            let mut is_kept = false;
            for &(column, ratio) in &changed {
                values[column] = scaled(values[column], ratio);
                is_kept |= values[column] != 0;
            }
            if is_kept {
                kept.push(
                    sample.stack.iter().copied(),
                    values.iter().copied(),
                    sample.labels.iter().copied(),
                );
            }
        }
        self.samples = kept;
    }
}

fn scaled(value: i64, ratio: f64) -> i64 {
    #[expect(clippy::cast_precision_loss, reason = "pprof scales in floating point")]
    go_int((value as f64 * ratio).round())
}
