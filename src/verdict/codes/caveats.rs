//! The reasons to read a comparison with care, each with its code and an explanation.

use std::fmt;
use std::str::FromStr;

use super::{Entry, Topic, nearest_name};
use crate::error::{Error, ErrorKind};

macro_rules! caveats {
    ($($variant:ident = $code:literal, $title:literal, $text:literal;)+) => {
        /// Why a comparison must be read with care. Reports show the code; `profgate explain` knows it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum CaveatCode { $(#[doc = $title] $variant,)+ }

        impl CaveatCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Whether it says that the sides had unequal chances: with `require-fair` there is no verdict then.
            #[must_use]
            pub const fn is_unfair(self) -> bool {
                matches!(
                    self,
                    Self::MixedBuilds
                        | Self::DifferentGo
                        | Self::DifferentPlatform
                        | Self::DifferentCpus
                        | Self::DifferentDuration
                        | Self::DifferentPeriod
                )
            }

            /// The code in reports: lower case, with hyphens.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }
        }

        pub(super) const ENTRIES: &[Entry] = &[$(Entry::new(Topic::Caveat, $code, $title, $text),)+];
    };
}

caveats! {
    SingleRun = "single-run", "a side has only one run",
        "One run shows what was measured, not how much the measurement varies from run to run. What is known \
         about such profiles in general stands in for it, so the gate is careful: small increases are not seen, \
         and large ones may be called inconclusive. Take at least three runs of each side, better five, in turns \
         (`profgate collect` does).";
    NotInterleaved = "not-interleaved", "the runs of the two sides were not taken in turns",
        "If all runs of the base come first and all of the new side after, everything that changes with time, such \
         as other load on the machine or its temperature, looks like an effect of the change. No statistics can \
         tell the two apart. Take the runs in turns: base, new, new, base (`profgate collect` does).";
    StatisticsOff = "statistics-off", "chance is not taken into account",
        "Measured numbers were compared with the limits as they are. For sampled profiles a difference of several \
         percent between two runs of the same code is normal, so both a pass and a failure may be an accident.";
    NoEventCounts = "no-event-counts", "the profile does not say how many events are behind its values",
        "How sure a value is depends on how many samples it was made of: 10 ms of CPU time is one sample at the \
         usual rate, or a thousand at another. Without a column that counts events, chance can only be judged \
         from several runs of each side.";
    FewSamples = "few-samples", "a side has too few samples to say much",
        "Below about 500 samples a side, only large increases of large functions can be told from chance. Record \
         for a longer time, at a higher rate, or take more runs.";
    LowResolution = "low-resolution", "an increase as large as the limit might have gone unnoticed",
        "For at least one row the smallest increase that these runs would have shown is larger than what its limit \
         allows. The pass is true as far as it goes. The number `detectable` says how far that is; more runs make \
         it smaller.";
    OutlierRun = "outlier-run", "a run disagrees with the other runs of its side",
        "The run has another total than the others, or its cost is spread over the functions in another way. The \
         machine may have been disturbed, or the run did something else. It counts like the others, and makes every \
         difference less certain; `--drop-outliers` leaves such runs out and says so.";
    ExemptFrames = "exempt-frames", "functions whose cost depends on the machine's load break no limit",
        "Frames of preemption, signals and the scheduler's locks are caught more often on a busy machine, whatever the \
         program does: runtime.asyncPreempt, lock2, futex, usleep and the like. They are shown, and break no limit \
         unless a limit names functions. The cost of a preempted leaf counts, for the test alone, as that of the \
         function which it interrupted.";
    EnvironmentChanged = "environment-changed", "the two sides did not run under the same conditions",
        "The CPU time of the sides, or the part of the time that they were given a CPU, differs by more than code \
         changes usually explain. The runner may have been busy with something else. Run both sides again, in \
         turns, on the same machine.";
    GlobalChange = "global-change", "nearly everything became slower or faster",
        "When all functions move together, the cause is rarely in any of them: another machine, compiler, runtime \
         or setting is more likely. What each function did cannot be told in that case, so no list of functions \
         is blamed.";
    DifferentDuration = "different-duration", "the two sides were recorded for different lengths of time",
        "A recording that is twice as long holds about twice the cost. Compare shares or costs per second \
         (`basis`), or record both sides for the same time.";
    DifferentPeriod = "different-period", "the two sides were sampled at different rates",
        "A sample of one side stands for more than a sample of the other. Values were brought to the same scale, \
         but how sure they are differs, and rates that were set too high are not reached. Record both sides at the \
         same rate.";
    MixedBuilds = "mixed-builds", "the runs of a side are of several builds",
        "Runs of a side are taken for runs of the same program. By the notes beside the captured profiles they are \
         not: a rollout was under way, or a load balancer chose among replicas. Capture each side from one build.";
    DifferentGo = "different-go", "the two sides were built with different versions of Go",
        "A version of Go has its own compiler and runtime, which make the same code faster or slower. What the code's \
         change did cannot be told from that. Build both sides with one version.";
    DifferentPlatform = "different-platform", "the two sides run on different systems or architectures",
        "The same code costs something else on another architecture or operating system. Capture both sides on the \
         same platform.";
    DifferentCpus = "different-cpus", "the machines of the two sides have different numbers of CPUs",
        "A Go program that may use more CPUs collects garbage, schedules and waits for locks in other ways, so that \
         its profile differs without a change of the code. Capture both sides on machines of the same size.";
    SameBuild = "same-build", "both sides are the same program",
        "By the notes beside the captured profiles, both sides ran the same build with the same command line. Whatever \
         differs is not the code's doing, and a pass says nothing about a change. Check that the new version is the \
         one that was captured.";
    SinceStart = "since-start", "counters of programs that have run for different times were compared",
        "Heap, allocs, block and mutex profiles count from the start of the program, so one that runs for longer shows \
         more. Capture with --window, which compares equal stretches of time.";
    StaleProvenance = "stale-provenance", "the note beside a profile is about another one",
        "The note that `profgate capture` wrote has the checksum of other bytes: the profile was replaced and the note \
         was not. It was left aside. Remove it, or capture again.";
    ImplausibleRate = "implausible-rate", "fewer samples arrived than the sampling rate promises",
        "The profile claims a sampling rate that its sample count contradicts. Many kernels cannot deliver more \
         than 250 samples a second and CPU; the values are then too small by the same factor. Use a rate of 100 \
         or 250.";
    SnapshotProfile = "snapshot-profile", "the profile shows one moment",
        "Memory in use and goroutines are counted at one point in time. Whether the garbage collector had just run \
         makes a difference that looks like a change of the code. Take several runs of each side, or compare what \
         was allocated.";
    MeanDelta = "mean-delta", "differences of averages follow pprof's way",
        "With --mean a value is a cost per event. As in `go tool pprof -mean -diff_base`, the difference of the \
         costs is divided by the difference of the event counts, which is not the difference of the two averages. \
         Read the values of base and new and the change in percent, which compares these, not the delta.";
    DropNegative = "drop-negative", "rows that shrank are left out",
        "With --drop-negative, as in pprof, rows whose cost fell are not shown. They are still part of the totals. \
         An increase that was balanced by such a row looks like an increase of the whole.";
    DroppedSampleTypes = "dropped-sample-types", "some sample types stand on one side alone",
        "Only sample types that every profile has can be compared. The others were left out, which can also change \
         which type is taken when none is asked for.";
    FilterNoMatch = "filter-no-match", "a filter matched nothing",
        "The pattern of a filter fits no sample of some or all profiles, as pprof says too. A pattern to focus on \
         then leaves nothing of them, and one to ignore or hide leaves everything. The pattern may be misspelt, or \
         the function may have been renamed or inlined.";
    FilterAsRange = "filter-as-range", "the value of a label filter was read as a range of numbers",
        "As in pprof, a value such as `16kb:` or `1:100` is a range of a numeric label, and anything else a pattern \
         for labels with text. To match such a value as text, write it as a pattern that is no range, `^1:100$`.";
    MixedLabelUnits = "mixed-label-units", "the numbers of a label have several units",
        "A label is compared in one unit, as in pprof, so a filter by its number may select other samples than it \
         was meant to.";
    InvalidDropFrames = "invalid-drop-frames", "the profile's own pattern of frames to drop is not valid",
        "A profile can name frames, such as allocators, that are left out wherever it is read. The pattern is not a \
         valid regular expression, so no frame was dropped, in pprof neither.";
    UnpairedPath = "unpaired-path", "a file has no counterpart on the other side",
        "Two folders are compared file by file, by the path within the folder. A file that stands on one side alone \
         was not compared with anything. If a limit needs it as a base, that is an error instead.";
    MissingBase = "missing-base", "there is nothing to compare with, and that was allowed",
        "`missing-base = \"pass\"` lets a comparison without a base through. No limit was judged. This is meant for \
         the first build of something new; after that, a missing base is usually a mistake.";
    BuiltinLimits = "builtin-limits", "the limits are those that hold when none is given",
        "There was neither a configuration nor a --limit, so the built-in limits were used: any function +5 % and \
         at least 0.5 % of the total of the base, and the total +5 %. They are a start; `profgate init` writes \
         them to a file that can be changed.";
    UnusedLimit = "unused-limit", "a limit covers no row",
        "No row has a name that the limit matches, or earlier limits cover all of them. The limit may name a \
         function that was renamed. With `must-match = true` this is an error.";
    UnusedAccept = "unused-accept", "an acceptance has no effect",
        "No row that breaks a limit matches this [[accept]]. Once the base contains the change, an acceptance has \
         done its work and can be removed.";
}

impl fmt::Display for CaveatCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for CaveatCode {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if let Some(code) = Self::ALL.iter().find(|code| code.as_str() == text) {
            return Ok(*code);
        }
        let suggestion = nearest_name(text, Self::ALL.iter().map(|code| code.as_str()))
            .map_or_else(String::new, |code| format!(", did you mean `{code}`?"));
        Err(Error::new(ErrorKind::Usage, format!("no caveat is called `{text}`{suggestion}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_back() {
        for code in CaveatCode::ALL {
            assert_eq!(code.as_str().parse::<CaveatCode>().unwrap(), *code);
        }
        assert_eq!(CaveatCode::NoEventCounts.to_string(), "no-event-counts");
        let error = "single-runs".parse::<CaveatCode>().unwrap_err();
        assert_eq!(error.problem(), "no caveat is called `single-runs`, did you mean `single-run`?");
    }
}
