//! Limits that the data leave open to what would settle them.

use super::chance::Weighed;
use super::comparison::{Change, FunctionChange, Metric, Undecided};
use super::limit::{Limit, Measure};
use crate::stats::family::Effect;
use crate::stats::mixture::VarianceEstimate;
use crate::units;

/// The rise that more runs are counted for, where the limit is below it.
const WANTED_RISE: f64 = 0.1;

/// More runs than this are not worth taking.
const MOST_RUNS: usize = 100;

/// At most this many rows of a limit are named.
const NAMED: usize = 5;

/// Why a limit stays open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// A row looks as if it broke the limit, and chance is not ruled out.
    Suspect,
    /// The data are too coarse for the limit.
    Coarse,
    /// There are too few events altogether.
    FewEvents,
    /// All rows moved together.
    EverythingMoved,
}

/// A limit that one row, or the total, leaves open.
#[derive(Clone, Copy)]
pub(super) struct Open {
    pub(super) limit: usize,
    pub(super) measure: Measure,
    /// The row's number in the matrix; `None` for the total.
    pub(super) row: Option<usize>,
    pub(super) why: Why,
    /// What it is ordered by: a suspect's evidence, then its size.
    pub(super) p_adjusted: f64,
    pub(super) size: f64,
}

/// What the undecided limits are told from.
pub(super) struct Ground<'a> {
    pub(super) limits: &'a [Limit],
    pub(super) metric: &'a Metric,
    pub(super) weighed: Option<&'a Weighed>,
    /// Rows by their number in the matrix.
    pub(super) rows: &'a [FunctionChange],
    pub(super) total: &'a Change,
    /// For each limit whether any row keeps it for certain.
    pub(super) is_decided: &'a [bool],
    /// Limits that are broken, by name: nothing about them is open.
    pub(super) broken: &'a [String],
    /// What the footing makes of a change, in words.
    pub(super) words: &'static str,
}

impl Ground<'_> {
    /// The limits that stay open: suspects, and limits that no row decides.
    pub(super) fn undecided(&self, mut open: Vec<Open>) -> Vec<Undecided> {
        open.retain(|open| {
            let is_broken = self.broken.contains(&self.limits[open.limit].name);
            !is_broken && (open.why != Why::Coarse || !self.is_decided[open.limit])
        });
        open.sort_by(|a, b| {
            let by_limit = a.limit.cmp(&b.limit).then_with(|| a.p_adjusted.total_cmp(&b.p_adjusted));
            by_limit
                .then_with(|| b.size.total_cmp(&a.size))
                .then_with(|| a.row.cmp(&b.row))
                .then_with(|| a.measure.cmp(&b.measure))
        });
        let mut shown = Vec::new();
        let mut of_limit = (usize::MAX, 0);
        for open in open {
            if of_limit.0 != open.limit {
                of_limit = (open.limit, 0);
            }
            of_limit.1 += 1;
            if of_limit.1 <= NAMED {
                shown.push(self.said(open));
            }
        }
        shown
    }

    fn said(&self, open: Open) -> Undecided {
        let Self { limits, metric, rows, .. } = self;
        let limit = &limits[open.limit];
        let show =
            |value: f64| units::scaled_label(units::go_int(value.round()), &metric.unit, &metric.shown_unit);
        let function = open.row.map(|row| rows[row].name.clone());
        let what = match &function {
            Some(name) => format!("`{name}` ({})", open.measure.name()),
            None => "the total".to_owned(),
        };
        let change = open.row.map_or(self.total, |row| rows[row].measured(open.measure));
        let (from, to) = (show(change.new_footed - change.rise), show(change.new_footed));
        let words = if open.row.is_some() && !self.words.is_empty() {
            format!(" {}", self.words)
        } else {
            String::new()
        };
        let went = format!("{what} went{words} from {from} to {to}");
        let detectable = change.evidence.and_then(|evidence| evidence.detectable);
        let resolution = detectable.map_or_else(String::new, |rise| {
            format!("; these runs would show a rise of {}", units::plain_percent(rise))
        });
        let (more_runs, remedy) = match self.more_runs(open) {
            _ if open.why == Why::EverythingMoved => {
                (None, "; run both sides in turns on one machine".to_owned())
            }
            None => (None, String::new()),
            Some((more, rise)) => {
                let runs = if more == 1 { "run" } else { "runs" };
                let rise = units::plain_percent(rise);
                (Some(more), format!("; about {more} more {runs} a side, in turns, would show {rise} here"))
            }
        };
        let message = match open.why {
            Why::Suspect => format!("{went}, which may be chance{resolution}{remedy}"),
            Why::Coarse => format!("{went}, and the limit may hold or not{resolution}{remedy}"),
            Why::FewEvents => format!("{went}, and too few events were recorded to tell{remedy}"),
            Why::EverythingMoved => {
                format!("{went} while everything moved, so that it is not blamed{remedy}")
            }
        };
        let (limit, level) = (limit.name.clone(), limit.level);
        Undecided { limit, level, measure: open.measure, function, detectable, more_runs, message }
    }

    /// How many more runs a side, in turns, would show a rise, and which.
    fn more_runs(&self, open: Open) -> Option<(usize, f64)> {
        let (weighed, row) = (self.weighed?, open.row?);
        let judgement = weighed.row(row, open.measure);
        let mut sensitivity = judgement.sensitivity(weighed.runs, &weighed.settings);
        let within = if weighed.runs.base + weighed.runs.new > 2 {
            judgement.effect.within
        } else {
            // A pair tells nothing of its own scatter; what is expected of the kind of profile stands for it.
            VarianceEstimate::known(2.0 * weighed.settings.noise.dispersion)
        };
        sensitivity.effect = Effect { within, between: VarianceEstimate::default(), ..judgement.effect };
        let allowed = judgement.log_allowed.exp_m1();
        let rise = if allowed < 0.5 * WANTED_RISE { WANTED_RISE } else { 2.0 * allowed };
        let more = sensitivity.runs_for(rise)?.saturating_sub(weighed.runs.base.min(weighed.runs.new));
        (1..=MOST_RUNS).contains(&more).then_some((more, rise))
    }
}
