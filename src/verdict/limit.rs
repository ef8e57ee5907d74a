//! What a team allows: limits, and changes it has agreed to.

use crate::aggregate::Pattern;
use crate::error::{Error, ErrorKind, Result};
use crate::units;

/// Which number of a function a limit holds down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// The cost of the function's own code.
    Flat,
    /// The cost of the function and of everything it calls.
    Cum,
    /// The cost of the whole profile.
    Total,
}

impl Measure {
    /// The name used in limits and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Flat => "flat",
            Self::Cum => "cum",
            Self::Total => "total",
        }
    }
}

/// What a broken limit does to the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The verdict is `warn`, the exit code stays 0.
    Warn,
    /// The verdict is `fail`, the exit code is 1.
    Fail,
}

impl Level {
    /// The name used in limits and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// A quantity as a limit states it: `5%` or `20ms`.
#[derive(Debug, Clone, PartialEq)]
pub enum Amount {
    /// A part of something, 0.05 for `5%`. Of what, the limit's field says.
    Part(f64),
    /// A value in a unit of its own, which must convert to the metric's; an empty unit is the metric's.
    Value {
        /// How many.
        number: f64,
        /// Of what.
        unit: String,
    },
}

impl Amount {
    /// The quantity in the metric's `unit`, a part being one of `whole`; `None` if the units do not convert.
    #[must_use]
    pub fn resolve(&self, whole: f64, unit: &str) -> Option<f64> {
        match self {
            Self::Part(part) => Some(part * whole),
            Self::Value { number, unit: own } if own.is_empty() || own == unit => Some(*number),
            Self::Value { number, unit: own } => units::are_compatible(own, unit).then(|| {
                // Through the family's factors; both sides of the ratio are exact for every known unit.
                let (finer, _) = units::scale(1, own, unit);
                let (coarser, _) = units::scale(1, unit, own);
                if finer >= 1.0 { number * finer } else { number / coarser }
            }),
        }
    }
}

impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Part(part) => write!(f, "{}%", (part * 1e8).round() / 1e6),
            Self::Value { number, unit } => write!(f, "{number}{unit}"),
        }
    }
}

/// One limit. For each row and measure the first limit that covers it decides; later ones are more general.
#[derive(Debug, Clone)]
pub struct Limit {
    /// What reports call it.
    pub name: String,
    /// The rows it covers, by name; all if absent.
    pub functions: Option<Pattern>,
    /// The rows it leaves to later limits.
    pub exclude: Option<Pattern>,
    /// The numbers it holds down; never empty.
    pub measures: Vec<Measure>,
    /// The sample type it is about, all if absent.
    pub metric: Option<String>,
    /// Broken by an increase beyond this: a part of the row's base value, or a value.
    pub max_increase: Option<Amount>,
    /// And at least this large: a part of the base's total, or a value.
    pub min_increase: Option<Amount>,
    /// Rows below this part of both sides' totals never break it.
    pub min_share: Option<f64>,
    /// A budget: broken when the row holds more than this part of the new side's total.
    pub max_share: Option<f64>,
    /// Whether covering no row is an error.
    pub must_match: bool,
    /// What breaking it does.
    pub level: Level,
    /// Whether cost that moved counts like cost that was added.
    pub strict: bool,
    /// Whether it is one of the limits that hold when none is given.
    pub is_builtin: bool,
}

impl Limit {
    /// A limit named `name` on `measures` that nothing can break.
    #[must_use]
    pub fn new(name: impl Into<String>, measures: &[Measure]) -> Self {
        Self {
            name: name.into(),
            functions: None,
            exclude: None,
            measures: measures.to_vec(),
            metric: None,
            max_increase: None,
            min_increase: None,
            min_share: None,
            max_share: None,
            must_match: false,
            level: Level::Fail,
            strict: false,
            is_builtin: false,
        }
    }

    /// The limits that hold when neither a configuration nor `--limit` gives any: every function +5 % and at
    /// least 0.5 % of the base's total, and the total +5 %.
    #[must_use]
    pub fn builtin() -> Vec<Self> {
        let five_percent = Some(Amount::Part(0.05));
        let functions = Self {
            max_increase: five_percent.clone(),
            min_increase: Some(Amount::Part(0.005)),
            is_builtin: true,
            ..Self::new("any function", &[Measure::Flat, Measure::Cum])
        };
        let total =
            Self { max_increase: five_percent, is_builtin: true, ..Self::new("total", &[Measure::Total]) };
        vec![functions, total]
    }

    /// Checks what a type cannot: that the limit can be broken, and that its numbers make sense.
    ///
    /// # Errors
    /// When the limit has neither `max-increase` nor `max-share`, measures nothing, or a number is negative or
    /// not finite.
    pub fn validate(&self) -> Result<()> {
        let wrong = |problem: String| {
            Err(Error::new(ErrorKind::Config, format!("limit `{}`: {problem}", self.name))
                .help("`profgate explain limit` shows what a limit may say"))
        };
        if self.measures.is_empty() {
            return wrong("it measures nothing".to_owned());
        }
        if self.max_increase.is_none() && self.max_share.is_none() {
            return wrong("it has neither max-increase nor max-share, so nothing can break it".to_owned());
        }
        let amounts = [("max-increase", &self.max_increase), ("min-increase", &self.min_increase)];
        for (key, amount) in amounts {
            let number = match amount {
                Some(Amount::Part(number) | Amount::Value { number, .. }) => *number,
                None => continue,
            };
            if !number.is_finite() || number < 0.0 {
                return wrong(format!("{key} must not be negative"));
            }
        }
        for (key, share) in [("min-share", self.min_share), ("max-share", self.max_share)] {
            if share.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
                return wrong(format!("{key} must lie between 0% and 100%"));
            }
        }
        if self.measures.contains(&Measure::Total) && (self.functions.is_some() || self.exclude.is_some()) {
            return wrong("the total has no functions to select".to_owned());
        }
        Ok(())
    }

    /// Whether the limit is about rows called `name`, measured as `measure`, in the metric `metric`.
    #[must_use]
    pub fn covers(&self, name: &[u8], measure: Measure, metric: &str) -> bool {
        self.measures.contains(&measure)
            && self.metric.as_deref().is_none_or(|own| own == metric)
            && self.functions.as_ref().is_none_or(|pattern| pattern.is_match(name))
            && !self.exclude.as_ref().is_some_and(|pattern| pattern.is_match(name))
    }
}

/// A known, agreed change: rows that may break limits until a day.
#[derive(Debug, Clone)]
pub struct Accept {
    /// The rows, by name.
    pub functions: Pattern,
    /// Why, for the reports.
    pub reason: String,
    /// The last day on which it holds; afterwards it is an error.
    pub until: Option<jiff::civil::Date>,
}
impl Limit { 
    /// x
    #[must_use]
    pub fn expression(&self) -> String { String::new() }
}
