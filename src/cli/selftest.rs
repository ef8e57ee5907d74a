//! `profgate self-test`: the real pipeline on built-in profiles, to prove that this build can fail and can pass.

use std::fmt::Write as _;

use super::diff::settle;
use super::plan;
use crate::config::{Effective, Layer};
use crate::error::{Error, ErrorKind, Result};
use crate::gate;
use crate::source::{Source, Sources};
use crate::verdict::{Measure, Outcome, Verdict};

/// A controller before and after an incident; testdata/incidents tells its story.
const BEFORE: &[u8] = include_bytes!("../../testdata/incidents/controller/base.pb.gz");
const AFTER: &[u8] = include_bytes!("../../testdata/incidents/controller/new.pb.gz");

/// The function whose loop took over.
const CULPRIT: &str = "doUpdateClusterPhasePass";

/// What the gate must do with two profiles.
struct Trial {
    name: &'static str,
    base: &'static [u8],
    new: &'static [u8],
    expected: Expected,
}

/// The only right answer.
enum Expected {
    /// The limits hold, and no value differs by a single unit.
    Equal,
    /// No limit is broken. Whether all of them hold, single runs may leave open.
    NoFailure,
    /// A limit is broken, by this function, whose cum cost rises from and to these nanoseconds.
    Fail { function: &'static str, base: i64, new: i64 },
    /// There is no verdict.
    Refusal,
}

const TRIALS: [Trial; 5] = [
    Trial { name: "a profile against itself passes", base: AFTER, new: AFTER, expected: Expected::Equal },
    Trial {
        name: "a hot loop fails and is named",
        base: BEFORE,
        new: AFTER,
        expected: Expected::Fail { function: CULPRIT, base: 360_000_000, new: 59_530_000_000 },
    },
    Trial { name: "its repair does not fail", base: AFTER, new: BEFORE, expected: Expected::NoFailure },
    Trial {
        name: "a truncated profile is refused",
        base: BEFORE,
        new: AFTER.split_at(AFTER.len() / 2).0,
        expected: Expected::Refusal,
    },
    Trial { name: "an empty profile is refused", base: BEFORE, new: &[], expected: Expected::Refusal },
];

/// Runs every trial, and returns what to tell the user.
///
/// # Errors
/// When any trial gives another answer than the right one: this build must not guard anything.
pub(super) fn run() -> Result<String> {
    check(&TRIALS)
}

fn check(trials: &[Trial]) -> Result<String> {
    let mut text = String::new();
    for trial in trials {
        attempt(trial).map_err(|problem| {
            Error::new(ErrorKind::SelfTest, format!("{}: {problem}", trial.name))
                .at("self-test")
                .help("do not rely on this build; install another, and report it")
        })?;
        // Writing to a string cannot fail.
        let _ = writeln!(text, "ok  {}", trial.name);
    }
    text.push_str("this build of the gate can fail and can pass\n");
    Ok(text)
}

fn judge(trial: &Trial) -> Result<Outcome> {
    let embedded = |name: &'static str, data: &[u8]| {
        vec![Source::Held { name: name.into(), data: data.into(), provenance: None }]
    };
    let sources = Sources {
        name: String::new(),
        base: embedded("before", trial.base),
        new: embedded("after", trial.new),
    };
    let effective = Effective::resolve(None, Layer::default(), Vec::new())?;
    let plan = plan::plan(effective, jiff::civil::Date::ZERO)?;
    let comparisons = gate::compare(&sources, &plan, &|| ())?;
    Ok(settle(comparisons, &plan.limits, &super::diff::Policy::default()))
}

fn attempt(trial: &Trial) -> Result<(), String> {
    let outcome = match (judge(trial), &trial.expected) {
        (Err(error), Expected::Refusal) if error.exit_code() as u8 == 2 => return Ok(()),
        (Err(error), _) => return Err(format!("no verdict: {error}")),
        (Ok(outcome), Expected::Refusal) => {
            return Err(format!("the verdict is {} and there must be none", outcome.verdict.name()));
        }
        (Ok(outcome), _) => outcome,
    };
    let verdict = outcome.verdict.name();
    let (right, code) = match trial.expected {
        Expected::Fail { .. } => (&[Verdict::Fail][..], 1),
        Expected::NoFailure => (&[Verdict::Pass, Verdict::Inconclusive][..], 0),
        Expected::Equal | Expected::Refusal => (&[Verdict::Pass][..], 0),
    };
    if !right.contains(&outcome.verdict) || outcome.exit_code as u8 != code {
        let right: Vec<_> = right.iter().map(|verdict| verdict.name()).collect();
        return Err(format!("the verdict is {verdict}, and {} is right", right.join(" or ")));
    }
    let rows = || outcome.comparisons.iter().flat_map(|comparison| &comparison.functions);
    match trial.expected {
        Expected::Equal => match rows().find(|row| row.magnitude() > 0.0) {
            Some(row) => Err(format!("`{}` differs from itself", row.name)),
            None if rows().count() == 0 => Err("no function was compared".to_owned()),
            None => Ok(()),
        },
        Expected::Fail { function, base, new } => {
            let row = rows().find(|row| row.name.ends_with(function));
            let row = row.ok_or_else(|| format!("`{function}` was not found"))?;
            if (row.cum.base.rounded(), row.cum.new.rounded()) != (base, new) {
                return Err(format!("`{function}` was not measured right"));
            }
            let broken = outcome.comparisons.iter().flat_map(|comparison| &comparison.violations);
            let mut broken = broken.filter(|violation| violation.measure == Measure::Cum);
            if broken.any(|violation| violation.function.as_ref() == Some(&row.name)) {
                Ok(())
            } else {
                Err(format!("`{function}` is not among the broken limits"))
            }
        }
        Expected::NoFailure | Expected::Refusal => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_trial_passes() {
        let text = run().expect("the pipeline is sound");
        assert_eq!(text.lines().count(), TRIALS.len() + 1);
    }

    #[test]
    fn a_gate_that_answers_wrongly_is_found_out() {
        let wrong = |base, new, expected| check(&[Trial { name: "wrong", base, new, expected }]).is_err();
        assert!(wrong(BEFORE, AFTER, Expected::NoFailure), "passes what must fail");
        assert!(wrong(BEFORE, AFTER, Expected::Equal), "calls different profiles equal");
        assert!(wrong(BEFORE, AFTER, Expected::Refusal), "judges what must be refused");
        assert!(
            wrong(BEFORE, BEFORE, Expected::Fail { function: CULPRIT, base: 0, new: 0 }),
            "fails what is equal"
        );
        let off_by_one = Expected::Fail { function: CULPRIT, base: 360_000_000, new: 59_530_000_001 };
        assert!(wrong(BEFORE, AFTER, off_by_one), "measures wrongly");
        assert!(wrong(BEFORE, &[], Expected::NoFailure), "passes an empty profile");
    }
}
