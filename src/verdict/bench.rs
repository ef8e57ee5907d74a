//! Rows and the total, one at a time, to a status and to the limits they break or leave open.

use super::breach::{Breach, Finding, violation};
use super::chance::{Allowed, Chance, Weighed, inform_total};
use super::codes::CaveatCode;
use super::comparison::{Caveat, Change, FunctionChange, Metric, Status};
use super::judge::Rules;
use super::limit::{Limit, Measure};
use super::measured::Scale;
use super::undecided::{Open, Why};
use crate::aggregate::is_exempt;
use crate::error::{Error, ErrorKind, Result};
use crate::stats::gate::{Finding as Found, RowJudgement};
use crate::stats::threshold::Threshold;
use crate::stats::total::TotalJudgement;

/// Limits hold up to this relative slack: percentages are not exact in binary, and +10 % of 290 is 29.
const ROUNDING: f64 = 1e-9;

/// The increase that counts where no limit covers a row, as in the built-in limit: a part of the row's base and a
/// part of the base's total.
const DEFAULT_INCREASE: (f64, f64) = (0.05, 0.005);

/// Rows with a smaller part of both sides together than this part of `min-share` are not tested for the limit: the
/// larger of a row's two shares is at most twice their mean.
const POOLED_SHARE: f64 = 0.5;

/// A row whose adjusted p-value is at most this is a suspect: a limit it may have broken is not called kept.
const SUSPICIOUS: f64 = 0.2;

/// A row before it is judged: its changes, and the number of the limit that decides each.
pub(super) struct Draft {
    pub(super) row: FunctionChange,
    pub(super) limits: [Option<usize>; 2],
}

/// A judged row, the limits it breaks and those it leaves open.
pub(super) struct Judged {
    pub(super) row: FunctionChange,
    pub(super) findings: Vec<Finding>,
    pub(super) open: Vec<Open>,
}

/// The judged total.
pub(super) struct JudgedTotal {
    pub(super) change: Change,
    pub(super) finding: Option<Finding>,
    pub(super) open: Option<Open>,
    pub(super) caveat: Option<Caveat>,
}

/// What the counts say of the total.
#[derive(Clone, Copy)]
pub(super) struct SaidOfTotal {
    pub(super) judgement: TotalJudgement,
    /// What an unchanged total is multiplied by between the sides.
    pub(super) scale: f64,
    /// Whether a rise that all functions share may break a limit: the same work, recorded in turns.
    pub(super) may_rise_with_all: bool,
    /// Whether the recordings were ended by the clock, so that a total says nothing of the work.
    pub(super) is_timed: bool,
}

/// Where rows are held against the rules.
pub(super) struct Bench<'a> {
    pub(super) scale: &'a Scale,
    pub(super) rules: &'a Rules<'a>,
    pub(super) metric: &'a Metric,
    /// Why the comparison as a whole cannot blame any row, if so.
    pub(super) unsettled: Option<Why>,
    /// What budgets are judged by.
    pub(super) budgets: Option<Budgets<'a>>,
}

/// What budgets are judged by.
#[derive(Clone, Copy)]
pub(super) struct Budgets<'a> {
    pub(super) chance: &'a Chance<'a>,
    pub(super) weighed: &'a Weighed,
    /// Level of each row's test: `alpha` over the number of rows that have a budget.
    pub(super) level: f64,
}

impl Budgets<'_> {
    /// Whether the counts show that `measure` of a row takes more than `budget` of the new side's total.
    fn is_over(&self, at: usize, measure: Measure, budget: f64) -> bool {
        let counts = if measure == Measure::Flat { &self.chance.flat } else { &self.chance.cum };
        let total = &self.chance.total;
        let events: f64 = total.events[self.weighed.runs.base..].iter().sum();
        let row = self.weighed.row(at, measure);
        let own = counts.value_per_event[at];
        self.weighed.p_over_budget(row, budget, (events, total.value_per_event), own) <= self.level
    }
}

impl Bench<'_> {
    /// The number of the limit that decides `measure` of a row called `name`.
    pub(super) fn limit_of(&self, name: &[u8], measure: Measure) -> Option<usize> {
        self.rules.limits.iter().position(|limit| limit.covers(name, measure, &self.metric.kind))
    }

    /// What a row may rise by, in the metric's unit before divisors.
    pub(super) fn allowed(&self, draft: &Draft, measure: Measure) -> Allowed {
        let change = draft.row.measured(measure);
        let limit = draft.limits[usize::from(measure == Measure::Cum)].map(|limit| &self.rules.limits[limit]);
        let threshold = self.threshold(limit);
        let is_gated = limit.is_some_and(|limit| {
            let pooled = 0.5 * (change.base_share.abs() + change.new_share.abs());
            let is_small = limit.min_share.is_some_and(|least| pooled < least * POOLED_SHARE);
            let is_exempt = limit.functions.is_none() && is_exempt(draft.row.name.as_bytes());
            limit.max_increase.is_some() && !is_small && !is_exempt
        });
        Allowed { threshold, is_gated }
    }

    /// The increase that `limit` allows, or the built-in one.
    pub(super) fn threshold(&self, limit: Option<&Limit>) -> Threshold {
        let divisor = self.rules.divisors.base;
        let Some((limit, max)) = limit.and_then(|limit| Some((limit, limit.max_increase.as_ref()?))) else {
            let (relative, absolute) = DEFAULT_INCREASE;
            return Threshold { relative, absolute: absolute * self.scale.base_total * divisor };
        };
        let unit = &self.metric.unit;
        let floor = limit.min_increase.as_ref().and_then(|min| min.resolve(self.scale.base_total, unit));
        let floor = floor.unwrap_or(0.0) * divisor;
        match max {
            super::Amount::Part(part) => Threshold { relative: *part, absolute: floor },
            value @ super::Amount::Value { .. } => {
                let most = value.resolve(0.0, unit).unwrap_or(0.0) * divisor;
                Threshold { relative: 0.0, absolute: floor.max(most) }
            }
        }
    }

    /// What the total may rise by.
    pub(super) fn threshold_of_total(&self, limit: Option<&Limit>) -> Threshold {
        let threshold = self.threshold(limit);
        if limit.is_some() { threshold } else { Threshold { absolute: 0.0, ..threshold } }
    }

    /// Judges the row with number `at` by what its counts say, or by its values as they stand.
    pub(super) fn row(&self, at: usize, draft: Draft, weighed: Option<&Weighed>) -> Judged {
        let Draft { mut row, limits } = draft;
        let accept = self.rules.accepts.iter().find(|accept| accept.functions.is_match(row.name.as_bytes()));
        let (mut findings, mut open) = (Vec::new(), Vec::new());
        for (measure, limit) in [Measure::Flat, Measure::Cum].into_iter().zip(limits) {
            let limit = limit.map(|number| (number, &self.rules.limits[number]));
            let mut change = *row.measured(measure);
            let judgement = weighed.map(|weighed| weighed.row(at, measure));
            if let (Some(weighed), Some(judgement)) = (weighed, judgement) {
                change = weighed.inform(change, judgement);
            }
            let breach = limit.and_then(|(_, limit)| {
                let breach = self.breach(&change, limit, judgement)?;
                let is_shown = limit.max_share.is_none_or(|budget| {
                    self.budgets.is_none_or(|budgets| budgets.is_over(at, measure, budget))
                });
                (is_shown || !breach.is_budget()).then_some(breach)
            });
            let is_over =
                limit.and_then(|(_, limit)| limit.max_share).is_some_and(|budget| change.new_share > budget);
            let is_blocked = breach.is_some_and(|breach| !breach.is_budget()) && self.unsettled.is_some();
            change.status = match judgement {
                Some(judgement) => self.status_by_counts(&change, judgement, breach.is_some()),
                None => self.status(&change, limit.map(|(_, limit)| limit), breach.is_some()),
            };
            if let (Some((_, limit)), Some(breach), false) = (limit, breach, is_blocked) {
                if accept.is_some() {
                    change.status = Status::Accepted;
                }
                let violation = violation(limit, measure, Some(&row.name), change, breach, self.metric);
                let accept = accept.map(|accept| (accept.reason.clone(), accept.until));
                findings.push(Finding { violation, accept });
            } else if let (Some((limit_number, limit)), Some(judgement), None) = (limit, judgement, accept) {
                let why = self.why_open(&change, limit, judgement, is_blocked);
                let why = if is_over { Some(why.unwrap_or(Why::Suspect)) } else { why };
                open.extend(why.map(|why| Open {
                    limit: limit_number,
                    measure,
                    row: Some(at),
                    why,
                    p_adjusted: judgement.p_adjusted,
                    size: change.base_share.max(change.new_share),
                }));
            }
            match measure {
                Measure::Flat => row.flat = change,
                _ => row.cum = change,
            }
        }
        Judged { row, findings, open }
    }

    /// Why the counts leave open whether a row that does not break `limit` keeps it; `None` if they do not.
    fn why_open(
        &self,
        change: &Change,
        limit: &Limit,
        judgement: &RowJudgement,
        is_blocked: bool,
    ) -> Option<Why> {
        if is_blocked {
            return self.unsettled;
        }
        if judgement.weight <= 0.0 || limit.max_increase.is_none() || Self::is_small(change, limit) {
            return None;
        }
        let looks_broken = judgement.ratio.centre.ln() > judgement.log_allowed;
        let is_suspect = judgement.p_adjusted <= SUSPICIOUS
            || judgement.finding == Found::Regressed
            || judgement.p_of_sampling().is_some_and(|p| p <= self.rules.alpha * judgement.weight);
        match judgement.finding {
            Found::Improved | Found::Unchanged => None,
            _ if looks_broken && is_suspect => Some(Why::Suspect),
            Found::Inconclusive | Found::Regressed => Some(Why::Coarse),
        }
    }

    fn status_by_counts(&self, change: &Change, judgement: &RowJudgement, is_broken: bool) -> Status {
        let found = match judgement.finding {
            _ if is_broken && self.unsettled.is_none() => Status::Regressed,
            Found::Regressed if self.unsettled.is_some() => Status::Inconclusive,
            Found::Regressed => Status::Regressed,
            Found::Improved => Status::Improved,
            Found::Unchanged => Status::Unchanged,
            Found::Inconclusive => Status::Inconclusive,
        };
        match change.status {
            side @ (Status::Added | Status::Removed) => side,
            _ => found,
        }
    }

    /// Judges the total.
    ///
    /// # Errors
    /// When a limit was given for it that cannot be broken on this footing.
    pub(super) fn total(&self, mut change: Change, said: Option<SaidOfTotal>) -> Result<JudgedTotal> {
        let number = self.limit_of(b"", Measure::Total);
        let limit = number.map(|number| &self.rules.limits[number]);
        let mut caveat = None;
        if let Some(limit) = limit.filter(|_| self.rules.footing.fixes_total) {
            if !limit.is_builtin {
                let problem =
                    format!("limit `{}` cannot be broken where both totals are made equal", limit.name);
                return Err(Error::new(ErrorKind::Limit, problem)
                    .help("drop the limit on the total, --normalize, or --basis share"));
            }
            let message = "both totals are made equal, so the total is not judged".to_owned();
            caveat = Some(Caveat { code: CaveatCode::UnusedLimit, message });
        }
        let mut open = None;
        let breach = match said {
            None => limit.and_then(|limit| self.breach(&change, limit, None)),
            Some(said) => {
                change = inform_total(change, &said.judgement);
                let (slack, floor) = self.bounds(&change, limit);
                let base = change.new_footed - change.rise;
                // A rise that all functions share is as likely the machine's, or more work done.
                let rises_by_some = change.new_footed / said.scale - base > slack.max(floor);
                let is_large = said.judgement.p_increase <= self.rules.alpha;
                let is_broken = is_large && (rises_by_some || said.may_rise_with_all);
                change.status = self.status_of_total(&change, &said, is_broken);
                let undecided = is_large && !is_broken && !said.is_timed;
                let number = number.filter(|_| !self.rules.footing.fixes_total);
                if let (Some(number), true) = (number, undecided) {
                    let (p_adjusted, size) = (said.judgement.p_increase, 1.0);
                    let why = Why::EverythingMoved;
                    open = Some(Open {
                        limit: number,
                        measure: Measure::Total,
                        row: None,
                        why,
                        p_adjusted,
                        size,
                    });
                }
                limit
                    .filter(|_| is_broken && !self.rules.footing.fixes_total)
                    .map(|_| Breach::Increase { allowed: base + slack.max(floor), words: "" })
            }
        };
        if said.is_none() {
            change.status = self.status(&change, limit, breach.is_some());
        }
        let finding = limit.zip(breach).map(|(limit, breach)| Finding {
            violation: violation(limit, Measure::Total, None, change, breach, self.metric),
            accept: None,
        });
        Ok(JudgedTotal { change, finding, open, caveat })
    }

    fn status_of_total(&self, change: &Change, said: &SaidOfTotal, is_broken: bool) -> Status {
        if matches!(change.status, Status::Added | Status::Removed) {
            return change.status;
        }
        let judgement = &said.judgement;
        if is_broken {
            Status::Regressed
        } else if judgement.p_decrease <= self.rules.alpha && !said.is_timed {
            Status::Improved
        } else if judgement.is_within {
            Status::Unchanged
        } else {
            Status::Inconclusive
        }
    }

    /// How `change` breaks `limit`, if it does: by what its counts say where they are known.
    fn breach(&self, change: &Change, limit: &Limit, judgement: Option<&RowJudgement>) -> Option<Breach> {
        if let Some(budget) = limit.max_share
            && change.new_share > budget * (1.0 + ROUNDING)
        {
            return Some(Breach::Budget { budget, allowed: budget * self.scale.new_total });
        }
        if !self.scale.has_base || limit.max_increase.is_none() || Self::is_small(change, limit) {
            return None;
        }
        let (slack, floor) = self.bounds(change, Some(limit));
        let is_broken = match judgement {
            Some(judgement) => judgement.p_adjusted <= self.rules.alpha,
            None => change.rise > slack * (1.0 + ROUNDING) && change.rise >= floor * (1.0 - ROUNDING),
        };
        let base = change.new_footed - change.rise;
        let words = self.rules.footing.words;
        is_broken.then(|| Breach::Increase { allowed: base + slack.max(floor), words })
    }

    fn is_small(change: &Change, limit: &Limit) -> bool {
        let is_small = |least: f64| change.base_share.abs() < least && change.new_share.abs() < least;
        limit.min_share.is_some_and(is_small)
    }

    /// The rise that is tolerated and the least that counts, in the metric's unit: those of `limit`, or of the
    /// built-in one if it has none.
    fn bounds(&self, change: &Change, limit: Option<&Limit>) -> (f64, f64) {
        let base = (change.new_footed - change.rise).abs();
        let Some((limit, max)) = limit.and_then(|limit| Some((limit, limit.max_increase.as_ref()?))) else {
            return (DEFAULT_INCREASE.0 * base, DEFAULT_INCREASE.1 * self.scale.base_total);
        };
        // Units were checked before any row is judged.
        let resolve = |amount: &super::Amount, whole| amount.resolve(whole, &self.metric.unit).unwrap_or(0.0);
        let floor = limit.min_increase.as_ref().map_or(0.0, |min| resolve(min, self.scale.base_total));
        (resolve(max, base), floor)
    }

    fn status(&self, change: &Change, limit: Option<&Limit>, is_broken: bool) -> Status {
        if matches!(change.status, Status::Added | Status::Removed) {
            return change.status;
        }
        if is_broken {
            return Status::Regressed;
        }
        let (slack, floor) = self.bounds(change, limit);
        let size = change.rise.abs();
        let is_large = size > slack * (1.0 + ROUNDING) && size >= floor;
        match (is_large, change.rise < 0.0) {
            (true, true) => Status::Improved,
            (true, false) if limit.is_none() => Status::Regressed,
            _ => Status::Unchanged,
        }
    }
}
