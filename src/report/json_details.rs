//! What reports show beside rows and stacks, as JSON, and back: call paths behind broken limits, runs, source lines.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::verdict::{CallPath, CallPaths, Caller, Comparison, ListedLine, Listing, RunCosts, Sides};

/// Details of a comparison; what is empty is left out.
#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct DetailsV1 {
    /// What is behind the first violations, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    call_paths: Vec<CallPathsV1>,
    /// The flags of `go tool pprof` that select and scale as this comparison does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pprof_flags: Vec<String>,
    /// The costs of the first functions in each run, base runs first; in `json-full` alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    runs: Vec<RunCostsV1>,
    /// The source lines of functions; in `json-full` alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    listings: Vec<ListingV1>,
}

/// What is behind a broken limit. Costs are means of a side's runs.
#[derive(Serialize, Deserialize, JsonSchema)]
struct CallPathsV1 {
    /// The paths to which most was added.
    paths: Vec<CallPathV1>,
    /// The direct callers under which the function grew.
    callers: Vec<CallerV1>,
}

/// A call path.
#[derive(Serialize, Deserialize, JsonSchema)]
struct CallPathV1 {
    /// Names of functions, the outermost first.
    frames: Vec<String>,
    /// Position of the first frame that differs.
    differs: usize,
    /// The source file of the last frame, empty if unknown.
    file: String,
    /// The line in it, 0 if unknown.
    line: i64,
    /// The own cost of the last frame on this path.
    base: f64,
    /// The same on the new side.
    new: f64,
}

/// A caller, and what the function costs under it.
#[derive(Serialize, Deserialize, JsonSchema)]
struct CallerV1 {
    name: String,
    base: f64,
    new: f64,
}

/// One function's cost in each run.
#[derive(Serialize, Deserialize, JsonSchema)]
struct RunCostsV1 {
    flat: Vec<i64>,
    cum: Vec<i64>,
}

/// A part of a source file. Costs are sums over runs.
#[derive(Serialize, Deserialize, JsonSchema)]
struct ListingV1 {
    function: String,
    file: String,
    /// The number of the first line.
    first: i64,
    lines: Vec<LineV1>,
}

/// A source line; `flat` and `cum` are base, then new.
#[derive(Serialize, Deserialize, JsonSchema)]
struct LineV1 {
    text: String,
    flat: [i64; 2],
    cum: [i64; 2],
}

impl DetailsV1 {
    /// The details of `from`; with `is_full` also those that make a file large. `None` if there are none.
    pub(super) fn of(from: &Comparison, is_full: bool) -> Option<Self> {
        let details = Self {
            call_paths: from.call_paths.iter().map(call_paths).collect(),
            pprof_flags: from.pprof_flags.clone(),
            runs: from.runs.iter().filter(|_| is_full).map(run_costs).collect(),
            listings: from.listings.iter().filter(|_| is_full).map(listing).collect(),
        };
        let is_empty = details.call_paths.is_empty()
            && details.pprof_flags.is_empty()
            && details.runs.is_empty()
            && details.listings.is_empty();
        (!is_empty).then_some(details)
    }

    /// Adds the details to `comparison`. `None` if a position lies outside of its path.
    pub(super) fn add_to(self, comparison: &mut Comparison) -> Option<()> {
        comparison.call_paths =
            self.call_paths.into_iter().map(CallPathsV1::into_call_paths).collect::<Option<_>>()?;
        comparison.pprof_flags = self.pprof_flags;
        let runs = self.runs.into_iter();
        comparison.runs = runs.map(|RunCostsV1 { flat, cum }| RunCosts { flat, cum }).collect();
        comparison.listings = self.listings.into_iter().map(ListingV1::into_listing).collect();
        Some(())
    }
}

fn call_paths(from: &CallPaths) -> CallPathsV1 {
    let path = |path: &CallPath| CallPathV1 {
        frames: path.frames.clone(),
        differs: path.differs,
        file: path.file.clone(),
        line: path.line,
        base: path.base,
        new: path.new,
    };
    let caller = |caller: &Caller| CallerV1 { name: caller.name.clone(), base: caller.base, new: caller.new };
    CallPathsV1 {
        paths: from.paths.iter().map(path).collect(),
        callers: from.callers.iter().map(caller).collect(),
    }
}

fn run_costs(from: &RunCosts) -> RunCostsV1 {
    RunCostsV1 { flat: from.flat.clone(), cum: from.cum.clone() }
}

fn listing(from: &Listing) -> ListingV1 {
    let pair = |sides: Sides| [sides.base, sides.new];
    let line =
        |line: &ListedLine| LineV1 { text: line.text.clone(), flat: pair(line.flat), cum: pair(line.cum) };
    ListingV1 {
        function: from.function.clone(),
        file: from.file.clone(),
        first: from.first,
        lines: from.lines.iter().map(line).collect(),
    }
}

impl CallPathsV1 {
    fn into_call_paths(self) -> Option<CallPaths> {
        let path = |path: CallPathV1| {
            let CallPathV1 { frames, differs, file, line, base, new } = path;
            (differs < frames.len()).then_some(CallPath { frames, differs, file, line, base, new })
        };
        let caller = |CallerV1 { name, base, new }| Caller { name, base, new };
        Some(CallPaths {
            paths: self.paths.into_iter().map(path).collect::<Option<_>>()?,
            callers: self.callers.into_iter().map(caller).collect(),
        })
    }
}

impl ListingV1 {
    fn into_listing(self) -> Listing {
        let sides = |[base, new]: [i64; 2]| Sides { base, new };
        let line = |LineV1 { text, flat, cum }| ListedLine { text, flat: sides(flat), cum: sides(cum) };
        Listing {
            function: self.function,
            file: self.file,
            first: self.first,
            lines: self.lines.into_iter().map(line).collect(),
        }
    }
}
