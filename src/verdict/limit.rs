//! What a team allows: limits, and changes it has agreed to.

use std::borrow::Cow;
use std::fmt;

use super::Amount;
use crate::aggregate::Pattern;
use crate::error::{Error, ErrorKind, Result};

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
    /// Every measure.
    pub const ALL: [Self; 3] = [Self::Flat, Self::Cum, Self::Total];

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
    /// Every level.
    pub const ALL: [Self; 2] = [Self::Warn, Self::Fail];

    /// The name used in limits and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Warn => "warn",
            Self::Fail => "fail",
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
            if amount.as_ref().is_some_and(|amount| !amount.number().is_finite() || amount.number() < 0.0) {
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
        if self.measures.contains(&Measure::Total) && self.max_share.is_some() {
            return wrong(
                "the total is always 100% of itself, so max-share says nothing about it".to_owned(),
            );
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

    /// What the limit covers, without any of its numbers: `flat cum increase functions=^foo`.
    fn subject(&self) -> String {
        let mut words: Vec<String> = self.measures.iter().map(|measure| measure.name().to_owned()).collect();
        let kinds = [("increase", self.max_increase.is_some()), ("budget", self.max_share.is_some())];
        words.extend(kinds.into_iter().filter(|(_, is_set)| *is_set).map(|(kind, _)| kind.to_owned()));
        let pattern = |pattern: &Pattern| pattern.as_str().to_owned();
        let keyed = [
            ("functions", self.functions.as_ref().map(pattern)),
            ("exclude", self.exclude.as_ref().map(pattern)),
            ("metric", self.metric.clone()),
        ];
        for (key, value) in keyed {
            words.extend(value.map(|value| format!("{key}={}", quoted(&value))));
        }
        words.join(" ")
    }

    /// The limit in the one-line form of `--limit`, without its name. A limit that was given none is called this.
    #[must_use]
    pub fn expression(&self) -> String {
        let mut words: Vec<String> = self.measures.iter().map(|measure| measure.name().to_owned()).collect();
        words.extend(self.max_increase.as_ref().map(|amount| format!("+{amount}")));
        let share = |part: f64| Amount::Part(part).to_string();
        let pattern = |pattern: &Pattern| pattern.as_str().to_owned();
        let keyed = [
            ("max-share", self.max_share.map(share)),
            ("min", self.min_increase.as_ref().map(Amount::to_string)),
            ("share", self.min_share.map(share)),
            ("functions", self.functions.as_ref().map(pattern)),
            ("exclude", self.exclude.as_ref().map(pattern)),
            ("metric", self.metric.clone()),
            ("level", (self.level == Level::Warn).then(|| Level::Warn.name().to_owned())),
        ];
        for (key, value) in keyed {
            words.extend(value.map(|value| format!("{key}={}", quoted(&value))));
        }
        for (word, is_set) in [("must-match", self.must_match), ("strict", self.strict)] {
            words.extend(is_set.then(|| word.to_owned()));
        }
        words.join(" ")
    }
}

/// The one-line form of `--limit`: `flat +10% min=20ms functions=^foo name='hot path'`.
impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let expression = self.expression();
        f.write_str(&expression)?;
        if self.name == expression { Ok(()) } else { write!(f, " name={}", quoted(&self.name)) }
    }
}

/// `text` in quotes if a blank or a quotation mark in it would otherwise be read as the end or the start of
/// something. Quotes know no escapes: text with both kinds becomes several quoted stretches without a gap.
fn quoted(text: &str) -> Cow<'_, str> {
    if !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c == '\'' || c == '"') {
        return text.into();
    }
    let mut out = String::new();
    let mut rest = text;
    loop {
        let quote = if rest.starts_with('\'') { '"' } else { '\'' };
        let end = rest.find(quote).unwrap_or(rest.len());
        out.extend([quote]);
        out.push_str(&rest[..end]);
        out.extend([quote]);
        rest = &rest[end..];
        if rest.is_empty() {
            return out.into();
        }
    }
}

/// A limit as reports show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitSummary {
    /// What reports call it.
    pub name: String,
    /// What it is called where names must not change with its numbers: its name if it was given one, else what it
    /// covers.
    pub subject: String,
    /// The limit in the one-line form of `--limit`, without its name.
    pub expression: String,
    /// What breaking it does.
    pub level: Level,
    /// The numbers it holds down.
    pub measures: Vec<Measure>,
    /// Whether it is one of the limits that hold when none is given.
    pub is_builtin: bool,
}

impl From<&Limit> for LimitSummary {
    fn from(limit: &Limit) -> Self {
        let expression = limit.expression();
        let subject = if limit.name == expression { limit.subject() } else { limit.name.clone() };
        Self {
            name: limit.name.clone(),
            subject,
            expression,
            level: limit.level,
            measures: limit.measures.clone(),
            is_builtin: limit.is_builtin,
        }
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

impl Accept {
    /// Whether its last day lies before `today`.
    #[must_use]
    pub fn has_expired(&self, today: jiff::civil::Date) -> bool {
        self.until.is_some_and(|until| until < today)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expression_says_everything_but_the_defaults() {
        let builtin: Vec<_> = Limit::builtin().iter().map(Limit::to_string).collect();
        assert_eq!(builtin, ["flat cum +5% min=0.5% name='any function'", "total +5% name=total"]);

        let limit = Limit {
            functions: Some(Pattern::new(r#"^it's "x""#).unwrap()),
            metric: Some("alloc_space".to_owned()),
            max_share: Some(0.15),
            level: Level::Warn,
            must_match: true,
            strict: true,
            ..Limit::new("", &[Measure::Cum])
        };
        let expression =
            r#"cum max-share=15% functions='^it'"'s "'"x"' metric=alloc_space level=warn must-match strict"#;
        assert_eq!(limit.expression(), expression);
        let unnamed = Limit { name: limit.expression(), ..limit };
        assert_eq!(unnamed.to_string(), expression);
        let subject = r#"cum budget functions='^it'"'s "'"x"' metric=alloc_space"#;
        assert_eq!(LimitSummary::from(&unnamed).subject, subject, "no number that may change");
        let named = Limit { name: "codec".to_owned(), ..unnamed };
        assert_eq!(LimitSummary::from(&named).subject, "codec");
    }

    #[test]
    fn a_limit_that_makes_no_sense_is_refused() {
        let increase = Some(Amount::Part(0.05));
        let fine = Limit { max_increase: increase, ..Limit::new("x", &[Measure::Flat]) };
        assert!(fine.validate().is_ok());
        let all = Some(Pattern::new("").unwrap());
        let cases = [
            (Limit::new("x", &[Measure::Flat]), "nothing can break it"),
            (Limit { measures: vec![], ..fine.clone() }, "measures nothing"),
            (
                Limit { max_increase: Some(Amount::Part(-0.1)), ..fine.clone() },
                "max-increase must not be negative",
            ),
            (Limit { min_increase: Some(Amount::Part(f64::NAN)), ..fine.clone() }, "min-increase"),
            (Limit { min_share: Some(1.5), ..fine.clone() }, "min-share must lie"),
            (Limit { max_share: Some(f64::NAN), ..fine.clone() }, "max-share must lie"),
            (Limit { exclude: all, measures: vec![Measure::Total], ..fine }, "no functions to select"),
        ];
        for (limit, problem) in cases {
            let error = limit.validate().unwrap_err();
            assert!(error.problem().contains(problem), "{error}");
        }
    }

    #[test]
    fn a_limit_covers_by_measure_metric_and_name() {
        let limit = Limit {
            functions: Some(Pattern::new("^app").unwrap()),
            exclude: Some(Pattern::new("test").unwrap()),
            metric: Some("cpu".to_owned()),
            ..Limit::new("x", &[Measure::Flat])
        };
        let cases = [
            ("app.run", Measure::Flat, "cpu", true),
            ("app.run", Measure::Cum, "cpu", false),
            ("app.run", Measure::Flat, "wall", false),
            ("app.test", Measure::Flat, "cpu", false),
            ("my.app", Measure::Flat, "cpu", false),
        ];
        for (name, measure, metric, expected) in cases {
            assert_eq!(
                limit.covers(name.as_bytes(), measure, metric),
                expected,
                "{name} {measure:?} {metric}"
            );
        }
    }

    #[test]
    fn an_acceptance_holds_through_its_last_day() {
        let day = |day| jiff::civil::date(2027, 3, day);
        let accept = Accept {
            functions: Pattern::new("f").unwrap(),
            reason: "agreed".to_owned(),
            until: Some(day(1)),
        };
        assert!(!accept.has_expired(day(1)) && accept.has_expired(day(2)));
        assert!(!Accept { until: None, ..accept }.has_expired(day(2)));
    }
}
