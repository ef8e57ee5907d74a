//! The settings there are, and one layer of them over another.

use super::choice::{Basis, Granularity, Outcome, Statistics, Symbolize};
use super::table::Table;
use super::value::{Origin, Setting, Value};
use crate::aggregate::Pattern;
use crate::error::{Error, ErrorKind, Result};

/// A setting as `profgate config` prints it.
pub(super) struct Printable<'a> {
    pub(super) section: &'static str,
    pub(super) key: String,
    /// `None` if it is unset.
    pub(super) toml: Option<String>,
    pub(super) origin: &'a Origin,
}

/// Declares each setting once: section, field (its key has hyphens), type, default.
macro_rules! settings {
    ($($(#[$doc:meta])* [$section:ident] $field:ident: $type:ty = $default:expr;)+) => {
        /// What one origin sets: the configuration file, or the command line.
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct Layer { $($(#[$doc])* pub $field: Option<Setting<$type>>,)+ }

        /// Every setting with its final value.
        #[derive(Debug, Clone, PartialEq)]
        pub struct Settings { $($(#[$doc])* pub $field: Setting<$type>,)+ }

        /// Sections and fields, in the order of their declaration.
        const FIELDS: &[(&str, &str)] = &[$((stringify!($section), stringify!($field)),)+];

        impl Layer {
            /// Takes the keys of `table`, which is the section `section`.
            pub(super) fn read(&mut self, section: &str, table: &mut Table<'_>) -> Result<()> {
                $(if section == stringify!($section) {
                    self.$field = table.setting(&key(stringify!($field)))?;
                })+
                Ok(())
            }
        }

        impl Settings {
            /// The uppermost of the `layers` that has a value decides; without one, the default.
            pub(super) fn resolve(layers: [Layer; 2]) -> Self {
                let [upper, lower] = layers;
                Self { $($field: upper.$field.or(lower.$field).unwrap_or_else(|| Setting::default($default)),)+ }
            }

            pub(super) fn printable(&self) -> Vec<Printable<'_>> {
                vec![$(Printable {
                    section: stringify!($section),
                    key: key(stringify!($field)),
                    toml: self.$field.value.to_toml(),
                    origin: &self.$field.origin,
                },)+]
            }
        }
    };
}

settings! {
    /// The sample types to compare; empty for the profile's own default.
    [compare] sample_index: Vec<String> = Vec::new();
    /// What values are divided by before they are compared.
    [compare] basis: Basis = Basis::Auto;
    /// Divides the values of both sides.
    [compare] divide_by: Option<f64> = None;
    /// Divides the values of the base, in place of `divide-by`.
    [compare] base_divide_by: Option<f64> = None;
    /// Divides the values of the new side, in place of `divide-by`.
    [compare] new_divide_by: Option<f64> = None;
    /// Scales the new side to the total of the base.
    [compare] normalize: bool = false;
    /// Leaves out rows that shrank.
    [compare] drop_negative: bool = false;
    /// Divides each value by the number of its events.
    [compare] mean: bool = false;
    /// The unit in which values are shown.
    [compare] unit: Option<String> = None;
    /// Keeps samples with a frame that matches.
    [compare] focus: Option<String> = None;
    /// Drops samples with a frame that matches.
    [compare] ignore: Option<String> = None;
    /// Removes frames that match.
    [compare] hide: Option<String> = None;
    /// Keeps only frames that match.
    [compare] show: Option<String> = None;
    /// Removes the callers of the outermost frame that matches.
    [compare] show_from: Option<String> = None;
    /// Removes what the innermost frame that matches calls.
    [compare] prune_from: Option<String> = None;
    /// Keeps samples with a label that matches.
    [compare] tagfocus: Option<String> = None;
    /// Drops samples with a label that matches.
    [compare] tagignore: Option<String> = None;
    /// Keeps only labels that match.
    [compare] tagshow: Option<String> = None;
    /// Removes labels that match.
    [compare] taghide: Option<String> = None;
    /// Puts frames for these labels at the root of each stack.
    [compare] tagroot: Option<String> = None;
    /// Puts frames for these labels at the leaf of each stack.
    [compare] tagleaf: Option<String> = None;
    /// Counts inlined functions as part of the function they were inlined into.
    [compare] noinlines: bool = false;
    /// What a row stands for.
    [compare] granularity: Granularity = Granularity::Functions;
    /// Prefixes to remove from the paths of sources.
    [compare] trim_path: Option<String> = None;
    /// Directories in which sources lie.
    [compare] source_path: Option<String> = None;
    /// Takes totals after the selections instead of before.
    [compare] relative_percentages: bool = false;
    /// How names are completed; pprof's way if unset.
    [compare] symbolize: Option<Symbolize> = None;
    /// The chance that identical code breaks any limit, family-wise.
    [gate] alpha: f64 = 0.01;
    /// The expected share of false rows among those shown as regressed or improved.
    [gate] fdr: f64 = 0.05;
    /// What comes of limits that the data cannot settle.
    [gate] on_inconclusive: Outcome = Outcome::Pass;
    /// What comes of a base that is not there.
    [gate] missing_base: Outcome = Outcome::Fail;
    /// Whether chance is taken into account.
    [gate] statistics: Statistics = Statistics::Auto;
    /// Whether an unfair comparison gets no verdict.
    [gate] require_fair: bool = false;
    /// Leaves out runs that disagree with their side.
    [gate] drop_outliers: bool = false;
    /// The noise of runs of identical code, as it was saved.
    [gate] calibration: Option<String> = None;
}

/// The key of a field.
fn key(field: &str) -> String {
    field.replace('_', "-")
}

/// Every key with its section.
pub(super) fn keys() -> Vec<(&'static str, String)> {
    FIELDS.iter().map(|(section, field)| (*section, key(field))).collect()
}

impl Settings {
    /// Checks what the types allow and makes no sense: numbers out of their range, broken patterns.
    pub(super) fn validate(&self) -> Result<()> {
        let probabilities = [("alpha", &self.alpha), ("fdr", &self.fdr)];
        for (key, setting) in probabilities {
            if !(setting.value > 0.0 && setting.value < 1.0) {
                return Err(out_of_range(key, "between 0 and 1, such as 0.01", &setting.origin));
            }
        }
        let divisors = [
            ("divide-by", &self.divide_by),
            ("base-divide-by", &self.base_divide_by),
            ("new-divide-by", &self.new_divide_by),
        ];
        for (key, setting) in divisors {
            if setting.value.is_some_and(|divisor| !(divisor > 0.0 && divisor.is_finite())) {
                return Err(out_of_range(key, "greater than 0", &setting.origin));
            }
        }
        let patterns = [
            ("focus", &self.focus),
            ("ignore", &self.ignore),
            ("hide", &self.hide),
            ("show", &self.show),
            ("show-from", &self.show_from),
            ("prune-from", &self.prune_from),
            ("tagshow", &self.tagshow),
            ("taghide", &self.taghide),
        ];
        for (key, setting) in patterns {
            if let Some(Err(error)) = setting.value.as_deref().map(Pattern::new) {
                let problem = format!("`{key}`: {}", error.problem());
                return Err(Error::new(ErrorKind::Config, problem).at(setting.origin.to_string()));
            }
        }
        Ok(())
    }
}

fn out_of_range(key: &str, range: &str, origin: &Origin) -> Error {
    Error::new(ErrorKind::Config, format!("`{key}` must be {range}")).at(origin.to_string())
}
