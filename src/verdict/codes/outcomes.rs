//! Statuses, verdicts, exit codes and the numbers of reports, in words.

use super::{Entry, Topic};

const fn status(name: &'static str, title: &'static str, text: &'static str) -> Entry {
    Entry::new(Topic::Status, name, title, text)
}

const fn verdict(name: &'static str, title: &'static str, text: &'static str) -> Entry {
    Entry::new(Topic::Verdict, name, title, text)
}

const fn exit_code(name: &'static str, title: &'static str, text: &'static str) -> Entry {
    Entry::new(Topic::ExitCode, name, title, text)
}

const fn number(name: &'static str, title: &'static str, text: &'static str) -> Entry {
    Entry::new(Topic::Number, name, title, text)
}

pub(super) const ENTRIES: [Entry; 23] = [
    status(
        "regressed",
        "it costs more than a limit allows, and chance is no explanation",
        "The new side spends more here than the limit allows, by so much that runs of unchanged code would hardly \
         ever look like this. How hardly is what `alpha` says. With statistics off it only means that the \
         measured numbers are beyond the limit.",
    ),
    status(
        "improved",
        "it costs less, and chance is no explanation",
        "The new side spends less here, by more than runs of unchanged code differ. Improvements never fail a \
         gate. Look whether the work was saved or moved: a row with the status `shifted`, or an increase next \
         to it, would tell.",
    ),
    status(
        "unchanged",
        "no increase beyond what the limit allows",
        "The data are good enough to say that this row did not grow by more than its limit allows. It may have \
         changed a little. The number `detectable` says how small an increase would have been noticed.",
    ),
    status(
        "inconclusive",
        "the data cannot tell whether the limit holds",
        "The measurement is too coarse here: an increase beyond the limit would fit it, and so would no change at \
         all. More runs on each side, longer recordings or a higher sampling rate settle it. It counts as a pass \
         unless `on-inconclusive` says otherwise.",
    ),
    status(
        "added",
        "it stands on the new side alone",
        "The base has no samples of this row. It may be new code, a new name for old code, or something that was \
         too rare to be seen. Limits treat it as an increase from nothing.",
    ),
    status(
        "removed",
        "it stands in the base alone",
        "The new side has no samples of this row. It may be gone, have a new name, or have been inlined into its \
         callers. Nothing fails because of it.",
    ),
    status(
        "shifted",
        "its cost came from a row next to it",
        "This row grew, and a caller, a callee, a sibling or a row of the same package shrank by about as much. \
         Renaming, inlining or splitting a function looks like that: the same work under another name. Such a \
         row does not break a limit unless the limit is `strict`.",
    ),
    status(
        "accepted",
        "it broke a limit, and that was agreed to",
        "An [[accept]] in the configuration covers this row, so it fails nothing. The report repeats the reason \
         that was given. After the day in `until` the acceptance itself becomes an error.",
    ),
    verdict(
        "pass",
        "every limit holds",
        "No limit is broken, as far as the data can tell. Reports say next to it how small an increase would have \
         been noticed, because a pass on poor data says little. The exit code is 0.",
    ),
    verdict(
        "warn",
        "only limits that warn are broken",
        "At least one limit with `level = \"warn\"` is broken and none that fails. The exit code is 0, so the build \
         goes on; the report shows what was seen.",
    ),
    verdict(
        "fail",
        "a limit is broken",
        "At least one limit with `level = \"fail\"` is broken, and chance is no explanation. The exit code is 1. \
         The report names each limit with the row, what was seen and what was allowed.",
    ),
    verdict(
        "inconclusive",
        "no limit is shown to be broken, and some cannot be settled",
        "Nothing is shown to be wrong, but for at least one limit the data cannot tell. The exit code is 0, or 3 \
         with `on-inconclusive = \"fail\"`. More runs on each side, taken in turns, are the remedy.",
    ),
    exit_code(
        "0",
        "the limits hold",
        "Also given for warnings, for improvements, and for limits that the data cannot settle unless \
         `on-inconclusive` says that these fail.",
    ),
    exit_code(
        "1",
        "a limit is broken",
        "Nothing else ever gives this code: a script may take it as proof that the profiles were read, compared \
         and found too expensive.",
    ),
    exit_code(
        "2",
        "there is no verdict",
        "The command line or the configuration is wrong, a profile is unreadable, empty or does not measure the \
         same thing as the other side, a source failed, or a limit that must match matches nothing. The message \
         says which, and what to do. The gate never passes for such a reason.",
    ),
    exit_code(
        "3",
        "the data cannot settle a limit, and you asked to be told",
        "Given only with `on-inconclusive = \"fail\"`, when no limit is shown to be broken and at least one could \
         not be settled. It is a code of its own so that a script can take more runs and try again.",
    ),
    number(
        "change",
        "how much a row grew, as a part of what it was",
        "The new value minus the base value, divided by the base value: +12 % means that the row costs 1.12 times \
         what it did. It is absent when the base value is 0. It says nothing about how large the row is; that is \
         its `share`.",
    ),
    number(
        "share",
        "which part of its side's total a row is",
        "A row with a share of 3 % holds 3 % of everything that was recorded on that side. Doubling the cost of a \
         row with a share of 0.1 % makes the whole 0.1 % more expensive.",
    ),
    number(
        "interval",
        "the range in which the true difference lies, by all that is known",
        "A measured difference is part truth, part chance. If the comparison were repeated many times, ranges made \
         this way would hold the true difference in nearly all of them. A range that includes 0 means that there \
         may be no difference at all. JSON calls its ends `low` and `high`.",
    ),
    number(
        "p-value",
        "how often code that keeps the limit would look at least this bad",
        "Suppose the row cost exactly as much as its limit allows. The p-value is the part of such comparisons in \
         which chance alone would make it look as bad as here, or worse. Small means that chance is a poor \
         explanation. It is no probability that the row regressed, and for one row among hundreds a small one \
         is no surprise: see `p-adjusted`.",
    ),
    number(
        "p-adjusted",
        "the p-value, corrected for how many rows were looked at",
        "Who looks at a thousand rows sees a one-in-a-thousand accident every time. The adjusted value is raised \
         so that it can be read as if this were the only row: a limit is broken when it is at most `alpha`. The \
         method is Holm's; larger rows get a larger part of `alpha`.",
    ),
    number(
        "q-value",
        "the share of false rows to expect in a list that ends with this row",
        "Take every row with a q-value up to this one. About this share of them is expected to be an accident. It \
         decides which rows are shown as regressed or improved (see `fdr`), not whether the gate fails.",
    ),
    number(
        "detectable",
        "the smallest increase that these runs would have shown",
        "A gate can only see what its data can show. A value of 20 % says that an increase of 20 % in this row \
         would have been noticed nine times out of ten, and a smaller one more rarely. If that is larger than the \
         limit, take more runs.",
    ),
];
