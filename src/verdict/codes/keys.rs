//! What a configuration may say about limits, acceptances and the gate, in words.

use super::{Entry, Topic};

const fn limit(name: &'static str, title: &'static str, text: &'static str) -> Entry {
    Entry::new(Topic::Limit, name, title, text)
}

const fn accept(name: &'static str, title: &'static str, text: &'static str) -> Entry {
    Entry::new(Topic::Accept, name, title, text)
}

const fn gate(name: &'static str, title: &'static str, text: &'static str) -> Entry {
    Entry::new(Topic::Gate, name, title, text)
}

pub(super) const ENTRIES: [Entry; 27] = [
    limit(
        "limit",
        "what a change may cost",
        "A limit says for some rows how much more they may cost (`max-increase`), or how much they may cost at \
         all (`max-share`). For each row the first limit that covers it decides, so the particular stands before \
         the general. In `--limit` the same is one line: measures, `+increase`, `key=value`; `min` is short for \
         `min-increase`, `share` for `min-share`, and text with blanks stands in quotation marks.",
    )
    .example("--limit 'flat +10% min=20ms share=0.5% functions=^example\\.com/'"),
    limit(
        "name",
        "what reports call the limit",
        "Any text. Without one, the limit is called by its one-line form, such as `flat +10% min=20ms`.",
    )
    .example("[[limit]]\nname = \"hot path\"\nmax-increase = \"5%\""),
    limit(
        "functions",
        "which rows the limit is about",
        "A regular expression in Go's syntax that is searched for anywhere in the name; begin it with ^ and end it \
         with $ to match whole names. Without it, the limit is about every row.",
    )
    .example("--limit '+5% functions=^example\\.com/app/codec\\.'"),
    limit(
        "exclude",
        "which rows the limit leaves to later limits",
        "A regular expression like `functions`. A row that it matches is not covered by this limit; a later limit \
         may still cover it.",
    )
    .example("--limit '+5% functions=^example\\.com/ exclude=\\.String$'"),
    limit(
        "measure",
        "which numbers of a row the limit holds down",
        "`flat`, `cum`, `total`, or a list of them. Without it, `flat` and `cum`. Each is judged by itself: one \
         limit can be kept by the flat cost of a function and broken by its cumulative cost.",
    )
    .example("[[limit]]\nmeasure = [\"flat\", \"cum\"]\nmax-increase = \"5%\""),
    limit(
        "flat",
        "the cost of a function's own code",
        "What was spent in the function itself, without what it calls. It points at the place where the cost \
         arises. The flat costs of all functions add up to the total.",
    ),
    limit(
        "cum",
        "the cost of a function and everything it calls",
        "What was spent while the function was anywhere on the stack. It shows which operation became more \
         expensive, even when the cost arises in a helper that everybody calls.",
    ),
    limit(
        "total",
        "the cost of the whole profile",
        "Everything that was recorded on a side. Beware of work of a fixed length: a profile of 30 seconds of a \
         busy server has the same total however slow the code is.",
    )
    .example("--limit 'total +5%'"),
    limit(
        "metric",
        "which sample type the limit is about",
        "The name of a sample type, such as `cpu` or `alloc_space`. Without it, the limit holds for every sample \
         type that is compared.",
    )
    .example("--limit '+1% metric=alloc_space min=512kB'"),
    limit(
        "max-increase",
        "how much more a row may cost",
        "Either a part of what the row cost in the base (`5%`), or a value (`20ms`, `512kB`; a number without a \
         unit is in the unit of the metric). The limit is broken when the data show more than this: a measured \
         7 % that chance explains does not break a limit of 5 %.",
    )
    .example("--limit 'cum +5%'"),
    limit(
        "min-increase",
        "an increase below this breaks nothing",
        "A value in the unit of the metric or one that converts to it (`20ms`), or a part of the total of the base \
         (`0.5%`). It keeps rows that doubled from almost nothing out of the way. Both this and `max-increase` \
         must be exceeded for the limit to be broken.",
    )
    .example("--limit 'flat +10% min=20ms'"),
    limit(
        "min-share",
        "rows smaller than this break nothing",
        "A percentage. A row that holds less than this part of the total on both sides never breaks the limit.",
    )
    .example("--limit 'flat +10% share=0.5%'"),
    limit(
        "max-share",
        "how much of the new side a row may take",
        "A budget. It looks at the new side alone and is broken when the row holds more than this part of its \
         total, whatever it was in the base.",
    )
    .example("--limit 'cum max-share=15% functions=^runtime\\.gcBgMarkWorker$ must-match'"),
    limit(
        "must-match",
        "matching no row is an error",
        "With `true`, a limit that covers no row ends with exit code 2. It guards against a limit that watches a \
         function by a name that it no longer has.",
    )
    .example("[[limit]]\nfunctions = '^example\\.com/app\\.Serve$'\nmax-increase = \"5%\"\nmust-match = true"),
    limit(
        "level",
        "what comes of breaking the limit",
        "`fail` ends with exit code 1. `warn` shows the same in the report, and the exit code stays 0. Without it, \
         `fail`.",
    )
    .example("--limit '+2% level=warn'"),
    limit(
        "strict",
        "cost that moved counts like cost that was added",
        "Usually a row that grew by what its neighbour lost is `shifted` and breaks nothing, since renaming or \
         inlining a function looks like that. With `true`, such a row breaks the limit like any other.",
    )
    .example("--limit 'flat +5% strict'"),
    accept(
        "accept",
        "a change that was agreed to",
        "Rows whose names match `functions` break no limit. Reports show them as `accepted`, with the `reason`, \
         so that nothing disappears.",
    )
    .example(
        "[[accept]]\nfunctions = '^example\\.com/app/codec\\.'\nreason = \"switched to the checked decoder\"\n\
         until = 2027-03-01",
    ),
    accept(
        "reason",
        "why the change is fine",
        "Any text, and there must be one: whoever reads the report a month from now will ask. It stands in every \
         report that the acceptance has a part in.",
    ),
    accept(
        "until",
        "the last day of the acceptance",
        "A day, such as 2027-03-01. On the day after it the acceptance is an error with exit code 2, not a pass, so \
         that it is either renewed or removed. By then the base usually contains the change.",
    ),
    gate(
        "alpha",
        "how often unchanged code may fail the gate",
        "The chance that a comparison of identical code breaks any limit at all, however many rows and limits \
         there are. With 0.01, about one unchanged build in a hundred may fail by accident, if its runs were taken in \
         turns. A smaller value needs more runs to see the same increase.",
    )
    .example("[gate]\nalpha = 0.01"),
    gate(
        "fdr",
        "which share of the rows shown as changed may be accidents",
        "The false discovery rate. With 0.05, about one in twenty of the rows that reports call regressed or \
         improved is expected to be chance. It decides what is shown, never whether the gate fails.",
    )
    .example("[gate]\nfdr = 0.05"),
    gate(
        "on-inconclusive",
        "what comes of limits that the data cannot settle",
        "`pass` lets the change through and says so; `fail` ends with exit code 3. Use `fail` where letting a slow \
         change through is worse than taking more runs.",
    )
    .example("[gate]\non-inconclusive = \"fail\""),
    gate(
        "missing-base",
        "what comes of a base that is not there",
        "`fail` ends with exit code 2. `pass` is for the first build of a new service or benchmark, which has \
         nothing to be compared with; the report says that nothing was judged.",
    )
    .example("[gate]\nmissing-base = \"pass\""),
    gate(
        "require-fair",
        "whether a comparison that is unfair is refused",
        "With `true`, a comparison whose sides were built with different versions of Go, for different platforms, on \
         machines with different numbers of CPUs, recorded for different times or at different rates, or with several \
         builds on one side, ends with exit code 2 instead of a verdict with a caveat. What is known of builds and \
         machines comes from the notes that `profgate capture` writes.",
    )
    .example("[gate]\nrequire-fair = true"),
    gate(
        "calibration",
        "how far functions vary between runs of identical code",
        "A file that `profgate calibrate --write` made from ten or more runs of the same code on the machine that gates. \
         With it, even a single run on each side is judged by noise that was measured, instead of by what is expected \
         of any machine.",
    )
    .example("[gate]\ncalibration = \"profgate-noise.json\""),
    gate(
        "drop-outliers",
        "leave out runs that disagree with their side",
        "A run whose total or mix of functions is far from those of the other runs of its side is left out, and a note \
         names it. At most a quarter of a side's runs is. Without it such runs are named, and count.",
    )
    .example("[gate]\ndrop-outliers = true"),
    gate(
        "statistics",
        "whether chance is taken into account",
        "`auto` judges what the data show, wherever they allow it. `off` compares the measured numbers with the \
         limits as they are: with profiles of sampled CPU time that fails unchanged code most of the time, so it \
         is for data without chance in them.",
    )
    .example("[gate]\nstatistics = \"off\""),
];
