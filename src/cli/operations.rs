//! The output of `go test -bench` to the number of operations of a run.

use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};

/// Operations of one run of the base and of the new side, from the files given with `--ops-from`, base first.
///
/// # Errors
/// When one file is given and not two, a file cannot be read, or holds no benchmark.
pub(super) fn read(files: &[PathBuf]) -> Result<Option<(f64, f64)>> {
    match files {
        [] => Ok(None),
        [base, new] => Ok(Some((operations(base)?, operations(new)?))),
        _ => Err(Error::new(ErrorKind::Usage, "is given twice, for the base's output and the new side's")
            .at("--ops-from")),
    }
}

fn operations(path: &Path) -> Result<f64> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Error::new(ErrorKind::Unreadable, format!("cannot be read ({error})")).at(&shown))?;
    mean_operations(&text).ok_or_else(|| {
        Error::new(ErrorKind::Malformed, "holds no result of a benchmark")
            .at(shown)
            .help("give the output of `go test -bench`")
    })
}

/// The operations of one run: those of all benchmarks, divided by the number of times that each was run.
///
/// A result is a line `BenchmarkName-8  1000  1234 ns/op`, the second word being the number of operations
/// (golang.org/design/14313-benchmark-format).
#[expect(clippy::cast_precision_loss, reason = "a mean is a floating-point number")]
pub(super) fn mean_operations(text: &str) -> Option<f64> {
    let mut runs = std::collections::BTreeMap::<&str, (f64, u32)>::new();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        let (Some(name), Some(count)) = (words.next(), words.next()) else { continue };
        let Some(count) = count.parse::<u64>().ok().filter(|_| name.starts_with("Benchmark")) else {
            continue;
        };
        let (sum, times) = runs.entry(name).or_default();
        *sum += count as f64;
        *times += 1;
    }
    let sum: f64 = runs.values().map(|&(sum, times)| sum / f64::from(times)).sum();
    (sum > 0.0).then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_benchmarks_are_averaged_and_different_ones_added() {
        let output = "goos: linux\nBenchmarkA-2 \t 100 \t 5 ns/op\nBenchmarkA-2 300 5 ns/op\n\
                      BenchmarkB/x=1-2 50 7 ns/op 3 B/op\nBenchmarkStarting\nPASS\nok pkg 1s\n";
        assert_eq!(mean_operations(output), Some(250.0));
        assert_eq!(mean_operations("PASS\n"), None);
    }
}
