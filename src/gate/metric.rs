//! What the user asks to compare to the columns that hold it (pprof's `-sample_index`).

use crate::aggregate::{MetricType, RunInfo};
use crate::error::{Error, ErrorKind, Result};

/// The sample types to compare.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Metrics {
    /// The one that pprof shows when it is not asked for another.
    #[default]
    Default,
    /// Every one that all runs have.
    All,
    /// By name or by number.
    Named(Vec<String>),
}

impl Metrics {
    /// The columns to compare, where all of `runs` have the same sample types; the new side's runs stand first,
    /// as pprof has it.
    ///
    /// # Errors
    /// When a name is unknown or a number out of range.
    pub fn columns(&self, runs: &[&RunInfo]) -> Result<Vec<usize>> {
        let types = runs.first().map_or(&[][..], |run| &run.types);
        match self {
            Self::Default => {
                let default = runs.iter().map(|run| run.default_type.as_str()).find(|name| !name.is_empty());
                let named = default.and_then(|name| types.iter().position(|ty| ty.kind == name));
                Ok(vec![named.unwrap_or(types.len().saturating_sub(1))])
            }
            Self::All => Ok((0..types.len()).collect()),
            Self::Named(names) => {
                let mut columns = Vec::new();
                for name in names {
                    let column = column(name, types)?;
                    if !columns.contains(&column) {
                        columns.push(column);
                    }
                }
                Ok(columns)
            }
        }
    }
}

/// The column called `name`: a number, a type's name, or the name with the prefix `inuse_` that old heap
/// profiles do not have.
fn column(name: &str, types: &[MetricType]) -> Result<usize> {
    let known = || {
        let names: Vec<_> = types.iter().map(|ty| ty.kind.as_str()).collect();
        names.join(", ")
    };
    if let Ok(number) = name.parse::<i64>() {
        let column = usize::try_from(number).ok().filter(|&number| number < types.len());
        return column.ok_or_else(|| {
            Error::new(ErrorKind::Usage, format!("sample type {number} is outside 0..{}", types.len()))
                .at("--sample-index")
                .help(format!("the profiles have {}", known()))
        });
    }
    let bare = name.strip_prefix("inuse_").unwrap_or(name);
    types.iter().position(|ty| ty.kind == name || ty.kind == bare).ok_or_else(|| {
        Error::new(ErrorKind::Incomparable, format!("no sample type `{name}` is common to all profiles"))
            .at("--sample-index")
            .help(format!("they have {}", known()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::Sampling;

    fn run(types: &[&str], default_type: &str) -> RunInfo {
        let ty = |kind: &str| MetricType { kind: kind.to_owned(), unit: "count".to_owned() };
        RunInfo {
            types: types.iter().map(|kind| ty(kind)).collect(),
            default_type: default_type.to_owned(),
            period_type: ty(""),
            period: 0,
            time_nanos: 0,
            duration_nanos: 0,
            records: 1,
            samples: 1,
            totals: vec![1; types.len()],
            magnitudes: vec![1; types.len()],
            sampling: Sampling::default(),
            divisor: 0,
        }
    }

    fn named(name: &str) -> Metrics {
        Metrics::Named(vec![name.to_owned()])
    }

    #[test]
    fn the_default_is_the_first_one_named_and_else_the_last_type() {
        let (plain, marked) = (run(&["samples", "cpu"], ""), run(&["samples", "cpu"], "samples"));
        let unknown = run(&["samples", "cpu"], "wall");
        assert_eq!(Metrics::Default.columns(&[&plain, &marked]), Ok(vec![0]));
        assert_eq!(Metrics::Default.columns(&[&plain]), Ok(vec![1]));
        assert_eq!(Metrics::Default.columns(&[&unknown]), Ok(vec![1]));
    }

    #[test]
    fn names_numbers_and_the_old_heap_names_are_found() {
        let heap = run(&["objects", "space"], "");
        assert_eq!(named("inuse_space").columns(&[&heap]), Ok(vec![1]));
        assert_eq!(named("0").columns(&[&heap]), Ok(vec![0]));
        assert_eq!(Metrics::All.columns(&[&heap]), Ok(vec![0, 1]));
        assert!(named("2").columns(&[&heap]).is_err());
        assert!(named("cpu").columns(&[&heap]).is_err());
    }
}
