//! Finished comparisons that every format is rendered from: each verdict, names of strangers, many rows and none.

use profgate::error::ExitCode;
use profgate::verdict::{
    AcceptedChange, BreachKind, CallPath, CallPaths, Caller, Caveat, CaveatCode, Change, Comparison, Cost,
    Evidence, FunctionChange, Level, Limit, LimitSummary, ListedLine, Listing, Measure, Method, Metric,
    Outcome, RunCosts, RunSummary, Sides, StackFrame, StackFunction, StackNode, Stacks, Status, Test,
    Undecided, Verdict, Violation,
};

/// Every fixture with its name.
pub(crate) fn all() -> Vec<(&'static str, Outcome)> {
    vec![
        ("pass", pass()),
        ("fail", fail()),
        ("warn", warn()),
        ("inconclusive", inconclusive()),
        ("shifted", shifted()),
        ("hostile names", hostile()),
        ("5,000 functions", many(5_000)),
        ("empty", outcome(vec![comparison("", cpu(), &[], [0, 0])], ExitCode::Pass)),
    ]
}

/// A row: its name, file and line, flat and cum of the base, then of the new side.
type Row<'a> = (&'a str, &'a str, i64, [i64; 2], [i64; 2]);

const APP: &[Row<'static>] = &[
    ("app.parse", "/src/app/parse.go", 12, [4_000_000_000, 6_000_000_000], [6_000_000_000, 8_040_000_000]),
    ("app.render", "/src/app/render.go", 40, [3_000_000_000, 2_000_000_000], [3_000_000_000, 2_000_000_000]),
    ("app.old", "/src/app/old.go", 3, [500_000_000, 0], [500_000_000, 0]),
    ("app.fresh", "/src/app/fresh.go", 0, [0, 400_000_000], [0, 400_000_000]),
    (
        "runtime.mallocgc",
        "/go/src/runtime/malloc.go",
        1001,
        [2_000_000_000, 2_040_000_000],
        [2_000_000_000, 2_040_000_000],
    ),
    ("main.main", "/src/main.go", 9, [500_000, 500_000], [9_500_500_000, 10_440_500_000]),
];

fn cpu() -> Metric {
    metric("cpu", "nanoseconds")
}

fn metric(kind: &str, unit: &str) -> Metric {
    Metric { kind: kind.to_owned(), is_mean: false, unit: unit.to_owned(), shown_unit: "auto".to_owned() }
}

fn limits() -> Vec<LimitSummary> {
    let code: Limit =
        profgate::config::parse_limit("flat cum +10% functions=^app name='our code'").expect("a limit");
    let warning = profgate::config::parse_limit("flat +2% functions=^runtime level=warn").expect("a limit");
    let total = profgate::config::parse_limit("total +5%").expect("a limit");
    [code, warning, total].iter().map(LimitSummary::from).collect()
}

#[expect(clippy::cast_precision_loss, reason = "fixtures are small")]
fn change([base, new]: [i64; 2], [base_total, new_total]: [i64; 2]) -> Change {
    let share = |value: i64, total: i64| if total == 0 { 0.0 } else { value as f64 / total as f64 };
    let status = match (base, new) {
        (0, 1..) => Status::Added,
        (1.., 0) => Status::Removed,
        (base, new) if new > base + base / 10 => Status::Regressed,
        (base, new) if new < base - base / 10 => Status::Improved,
        _ => Status::Unchanged,
    };
    Change {
        base: Cost::Exact(base),
        new: Cost::Exact(new),
        delta: Cost::Exact(new - base),
        change: (base != 0).then(|| (new - base) as f64 / base as f64),
        base_share: share(base, base_total),
        new_share: share(new, new_total),
        new_footed: new as f64,
        rise: (new - base) as f64,
        evidence: None,
        status,
    }
}

fn comparison(name: &str, metric: Metric, rows: &[Row<'_>], totals: [i64; 2]) -> Comparison {
    let run = |side: &str, total| RunSummary {
        source: format!("{side}/{}.pb.gz", metric.kind),
        samples: total / 10_000_000,
        total,
        duration_nanos: 30_000_000_000,
        period: 10_000_000,
        origin: None,
    };
    let functions = rows.iter().map(|&(name, file, line, flat, cum)| FunctionChange {
        name: name.to_owned(),
        file: file.to_owned(),
        line,
        flat: change(flat, totals),
        cum: change(cum, totals),
    });
    Comparison {
        name: name.to_owned(),
        method: Method {
            basis: "absolute",
            test: Test::Off,
            base_events: None,
            new_events: None,
            in_turns: None,
        },
        verdict: Verdict::Pass,
        base: vec![run("base", totals[0])],
        new: vec![run("new", totals[1])],
        total: change(totals, totals),
        functions: functions.collect(),
        violations: Vec::new(),
        undecided: Vec::new(),
        caveats: vec![Caveat {
            code: CaveatCode::SingleRun,
            message: "there is one run on each side".to_owned(),
        }],
        accepted: Vec::new(),
        covered_limits: vec![!rows.is_empty(), !rows.is_empty(), true],
        stacks: Some(stacks(rows)),
        call_paths: Vec::new(),
        pprof_flags: Vec::new(),
        runs: Vec::new(),
        listings: Vec::new(),
        metric,
    }
}

/// Each function under the last one, with its flat cost.
fn stacks(rows: &[Row<'_>]) -> Stacks {
    let sides = |[base, new]: [i64; 2]| Sides { base, new };
    let place = |at: usize| u32::try_from(at).expect("few rows");
    let functions = rows.iter().map(|&(name, file, start_line, ..)| StackFunction {
        name: name.to_owned(),
        system_name: name.to_owned(),
        file: file.to_owned(),
        start_line,
    });
    let root = rows.len().checked_sub(1);
    let mut nodes: Vec<StackNode> = Vec::new();
    if let Some(root) = root {
        let own = sides(rows[root].3);
        let total = rows.iter().fold(Sides::default(), |sum, row| sum.plus(sides(row.3)));
        nodes.push(StackNode { parent: None, frame: Some(place(root)), own, total });
        nodes.extend(rows[..root].iter().enumerate().map(|(at, row)| {
            let own = sides(row.3);
            StackNode { parent: Some(0), frame: Some(place(at)), own, total: own }
        }));
    }
    Stacks {
        functions: functions.collect(),
        frames: (0..rows.len()).map(|at| StackFrame { function: place(at), line: rows[at].2 + 1 }).collect(),
        nodes,
        base_divisor: 1.0,
        new_divisor: 1.0,
        folding: None,
    }
}

fn violation(
    comparison: &Comparison,
    limit: &str,
    level: Level,
    measure: Measure,
    row: Option<usize>,
) -> Violation {
    let row = row.map(|row| &comparison.functions[row]);
    let change = row.map_or(comparison.total, |row| *row.measured(measure));
    let subject =
        row.map_or_else(|| "the total".to_owned(), |row| format!("`{}` ({})", row.name, measure.name()));
    let allowed = change.base.as_f64() * 1.1;
    Violation {
        limit: limit.to_owned(),
        level,
        measure,
        function: row.map(|row| row.name.clone()),
        kind: BreachKind::Increase { rise: change.change, words: "" },
        change,
        observed: change.new.as_f64(),
        allowed,
        message: format!(
            "{subject} rose from {} to {}; the limit allows {allowed}",
            change.base.rounded(),
            change.new.rounded()
        ),
    }
}

fn outcome(comparisons: Vec<Comparison>, exit_code: ExitCode) -> Outcome {
    let verdict = comparisons.iter().map(|comparison| comparison.verdict).max().unwrap_or(Verdict::Pass);
    let worst = comparisons.iter().flat_map(|comparison| &comparison.violations).next();
    let headline = worst.map_or_else(|| "the limits hold".to_owned(), |worst| worst.message.clone());
    Outcome { verdict, exit_code, headline, comparisons, limits: limits(), artifacts: Vec::new() }
}

fn pass() -> Outcome {
    let same: Vec<Row<'_>> = APP
        .iter()
        .map(|&(name, file, line, flat, cum)| (name, file, line, [flat[0]; 2], [cum[0]; 2]))
        .collect();
    outcome(vec![comparison("", cpu(), &same, [9_500_500_000; 2])], ExitCode::Pass)
}

/// A failure, a warning, a budget, an accepted change, and a second comparison that passes.
fn fail() -> Outcome {
    let mut app = comparison("svc/cpu.pb.gz", cpu(), APP, [9_500_500_000, 10_440_500_000]);
    app.violations = vec![
        violation(&app, "our code", Level::Fail, Measure::Cum, Some(0)),
        violation(&app, "our code", Level::Fail, Measure::Flat, Some(0)),
        violation(&app, "total +5%", Level::Fail, Measure::Total, None),
        Violation {
            kind: BreachKind::Budget { budget: 0.15 },
            ..violation(&app, "flat +2% functions=^runtime level=warn", Level::Warn, Measure::Flat, Some(4))
        },
    ];
    app.accepted = vec![AcceptedChange {
        violation: violation(&app, "our code", Level::Fail, Measure::Flat, Some(3)),
        reason: "the new codec".to_owned(),
        until: Some("2099-12-31".parse().expect("a day")),
    }];
    app.call_paths = vec![CallPaths {
        paths: vec![CallPath {
            frames: ["main.main", "app.parse"].map(str::to_owned).into(),
            differs: 1,
            file: "/src/app/parse.go".to_owned(),
            line: 13,
            base: 4e9,
            new: 6e9,
        }],
        callers: vec![Caller { name: "main.main".to_owned(), base: 4e9, new: 6e9 }],
    }];
    app.pprof_flags = vec!["-sample_index=cpu".to_owned(), "-focus=a b".to_owned()];
    app.runs =
        vec![RunCosts { flat: vec![4_000_000_000, 6_000_000_000], cum: vec![6_000_000_000, 8_040_000_000] }];
    app.listings = vec![Listing {
        function: "app.parse".to_owned(),
        file: "/src/app/parse.go".to_owned(),
        first: 12,
        lines: vec![ListedLine {
            text: "func parse() { // </script>".to_owned(),
            flat: Sides { base: 0, new: 7 },
            cum: Sides { base: 1, new: 2 },
        }],
    }];
    app.verdict = Verdict::Fail;
    let heap: &[Row<'_>] = &[
        ("app.parse", "example.com/app/parse.go", 12, [4096, 2048], [4096, 2048]),
        ("main.main", "/src/main.go", 9, [0, 0], [4096, 2048]),
    ];
    let heap = comparison("svc/heap.pb.gz", metric("alloc_space", "bytes"), heap, [4096, 2048]);
    outcome(vec![app, heap], ExitCode::Fail)
}

fn warn() -> Outcome {
    let mut app = comparison("", cpu(), APP, [9_500_500_000, 10_440_500_000]);
    let limit = "flat +2% functions=^runtime level=warn";
    app.violations = vec![violation(&app, limit, Level::Warn, Measure::Flat, Some(4))];
    app.verdict = Verdict::Warn;
    outcome(vec![app], ExitCode::Pass)
}

/// Means of several runs with what the statistics say, judged per second.
fn inconclusive() -> Outcome {
    let mut app = comparison("", cpu(), APP, [9_500_500_000, 10_440_500_000]);
    let run = app.base[0].clone();
    app.base = vec![run.clone(); 3];
    app.new = vec![run; 3];
    app.method = Method {
        basis: "per-second",
        test: Test::Counts,
        base_events: Some(950.25),
        new_events: Some(1044.5),
        in_turns: Some(true),
    };
    let numbers = |change: &mut Change| {
        let [base, new, delta] =
            [change.base, change.new, change.delta].map(|cost| cost.as_f64() + 1.0 / 3.0);
        (change.base, change.new, change.delta) = (Cost::Mean(base), Cost::Mean(new), Cost::Mean(delta));
        (change.new_footed, change.rise) = (new * 1.01, delta * 1.01);
        change.status = Status::Inconclusive;
        change.evidence = Some(Evidence {
            low: delta - 2.5e8,
            high: delta + 2.5e8,
            p_value: 0.034_567_890_123_456_7,
            p_adjusted: 1.0,
            q_value: 0.3,
            detectable: (delta > 0.0).then_some(0.2),
        });
    };
    numbers(&mut app.total);
    for row in &mut app.functions {
        numbers(&mut row.flat);
        numbers(&mut row.cum);
    }
    app.undecided = vec![Undecided {
        limit: "our code".to_owned(),
        level: Level::Fail,
        measure: Measure::Flat,
        function: Some("app.parse".to_owned()),
        detectable: Some(0.2),
        more_runs: Some(4),
        message: "`app.parse` (flat) may have risen by more than 10%; 4 more runs a side would tell"
            .to_owned(),
    }];
    app.verdict = Verdict::Inconclusive;
    outcome(vec![app], ExitCode::Inconclusive)
}

fn shifted() -> Outcome {
    let rows: &[Row<'_>] = &[
        ("runtime.scanobject", "/go/src/runtime/mgcmark.go", 1, [3_000_000_000, 0], [3_000_000_000, 0]),
        (
            "runtime.scanObjectsSmall",
            "/go/src/runtime/mgcmark_greenteagc.go",
            1,
            [0, 2_900_000_000],
            [0, 2_900_000_000],
        ),
        ("main.main", "/src/main.go", 9, [6_000_000_000; 2], [9_000_000_000, 8_900_000_000]),
    ];
    let mut app = comparison("", cpu(), rows, [9_000_000_000, 8_900_000_000]);
    for row in &mut app.functions[..2] {
        (row.flat.status, row.cum.status) = (Status::Shifted, Status::Shifted);
    }
    outcome(vec![app], ExitCode::Pass)
}

/// Names that try to break out of a cell, a tag, a command or a formula, ping people, or move the cursor; in every text
/// that a stranger may have written.
pub(crate) const HOSTILE: [&str; 7] = [
    "</script><img src=x onerror=alert(1)></pre></code>|@octocat ]]>",
    "\u{1b}[2J\u{202e}evil`**bold**`\n::error file=x,line=1::pwned",
    "=HYPERLINK(\"http://example.com\")#123 www.example.com",
    "std::vector<int, std::allocator<int> >::push_back[abi:cxx11];main 5 6",
    "a,b%0A::set-output name=x::y\r\"quoted\" 'too' \u{ffff}\u{0}\u{85}",
    "",
    "main.main",
];

fn hostile() -> Outcome {
    let rows: Vec<Row<'_>> = HOSTILE
        .iter()
        .zip(9..)
        .map(|(name, cost)| (*name, *name, 7, [500, cost * 100], [500, cost * 100]))
        .collect();
    let bad = HOSTILE[0];
    let mut app = comparison(HOSTILE[1], metric(HOSTILE[2], HOSTILE[4]), &rows, [3500, 8400]);
    app.violations =
        (0..5).map(|row| violation(&app, HOSTILE[row], Level::Fail, Measure::Flat, Some(row))).collect();
    app.accepted = vec![AcceptedChange {
        violation: violation(&app, bad, Level::Fail, Measure::Flat, Some(5)),
        reason: HOSTILE[1].to_owned(),
        until: None,
    }];
    app.caveats = vec![Caveat { code: CaveatCode::FilterNoMatch, message: HOSTILE[1].to_owned() }];
    "<b>|`".clone_into(&mut app.metric.shown_unit);
    app.verdict = Verdict::Fail;
    let mut other = comparison(bad, metric("cpu", "nanoseconds"), &rows[3..], [2000, 6000]);
    HOSTILE[1].clone_into(&mut other.base[0].source);
    let mut outcome = outcome(vec![app, other], ExitCode::Fail);
    for (limit, name) in outcome.limits.iter_mut().zip(HOSTILE) {
        (limit.name, limit.subject, limit.expression) = (name.to_owned(), name.to_owned(), name.to_owned());
    }
    outcome
}

/// As many functions with long names, every one of which breaks its limit twice, an eighth of them unchanged.
pub(crate) fn many(functions: i64) -> Outcome {
    let names: Vec<String> = (0..functions)
        .map(|row| format!("example.com/{}/package.(*Receiver).Function{row}", "long/".repeat(20)))
        .collect();
    let rows: Vec<Row<'_>> = names
        .iter()
        .zip(0..)
        .map(|(name, at)| {
            let new = if at % 8 == 7 { 100_000_000 } else { 100_000_000 * (2 + functions - at) };
            (&**name, "/src/long.go", at + 1, [100_000_000, new], [100_000_000, new])
        })
        .collect();
    let totals = [rows.iter().map(|row| row.3[0]).sum(), rows.iter().map(|row| row.3[1]).sum()];
    let mut app = comparison("", cpu(), &rows, totals);
    let changed = (0..rows.len()).filter(|at| at % 8 != 7);
    let both = changed.flat_map(|at| [(at, Measure::Flat), (at, Measure::Cum)]);
    app.violations =
        both.map(|(at, measure)| violation(&app, "our code", Level::Fail, measure, Some(at))).collect();
    app.verdict = Verdict::Fail;
    outcome(vec![app], ExitCode::Fail)
}
