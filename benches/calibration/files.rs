//! Simulated recordings, written as files, into what `profgate diff` says of them.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use super::{
    oracle, profile,
    recording::{Capture, Plan, Recording},
    trial::{Outcome, Question},
};

/// The program under test, built beside the bench.
pub(crate) struct Gate {
    program: PathBuf,
}

impl Gate {
    pub(crate) fn new() -> Gate {
        let named = std::env::var_os("PROFGATE").map(PathBuf::from);
        Gate { program: named.unwrap_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_profgate"))) }
    }

    /// What each question's command says of the recording; the first of `changed` is the target.
    pub(crate) fn ask<const N: usize>(
        &self,
        plan: &Plan<'_>,
        recording: &Recording,
        questions: [Question; N],
        changed: &[usize],
    ) -> io::Result<[Outcome; N]> {
        let directory = tempfile::tempdir()?;
        for run in 0..2 * plan.runs {
            fs::write(path(directory.path(), plan, run), profile::file(plan, recording, run)?)?;
        }
        let mut outcomes = [Outcome::default(); N];
        for (outcome, question) in outcomes.iter_mut().zip(questions) {
            let said = self.diff(directory.path(), plan, &question)?;
            *outcome = heard(&said, plan, recording, &question, changed);
        }
        Ok(outcomes)
    }

    fn diff(&self, directory: &Path, plan: &Plan<'_>, question: &Question) -> io::Result<Value> {
        let mut command = Command::new(&self.program);
        command.current_dir(directory).args(["diff", "--report", "json", "--jobs", "1", "--pair", "all"]);
        for run in 0..2 * plan.runs {
            command.arg(if run < plan.runs { "--base" } else { "--new" });
            command.arg(path(directory, plan, run));
        }
        command.args(["--alpha", &question.alpha.to_string()]);
        if plan.capture == Capture::Heap {
            command.args(["--sample-index", "alloc_space"]);
        }
        if !question.limits {
            command.args(["--limit", "flat +0%"]);
            if question.with_cum {
                command.args(["--limit", "cum +0%"]);
            }
        }
        let output = command.output()?;
        serde_json::from_slice(&output.stdout).map_err(|error| {
            io::Error::other(format!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
        })
    }
}

fn path(directory: &Path, plan: &Plan<'_>, run: usize) -> PathBuf {
    let side = if run < plan.runs { "base" } else { "new" };
    directory.join(format!("{side}-{}.pb.gz", run % plan.runs))
}

fn heard(
    said: &Value,
    plan: &Plan<'_>,
    recording: &Recording,
    question: &Question,
    changed: &[usize],
) -> Outcome {
    let broken: Vec<&str> = said["comparisons"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|comparison| comparison["violations"].as_array().into_iter().flatten())
        .filter_map(|violation| violation["function"].as_str())
        .collect();
    let involved: Vec<String> = (0..plan.program.cost.len())
        .filter(|f| plan.program.below(*f).iter().any(|callee| changed.contains(callee)))
        .map(|f| profile::name(plan.program, f))
        .collect();
    let target = changed.first().map(|f| profile::name(plan.program, *f));
    Outcome {
        fails: said["verdict"] == "fail",
        undecided: said["verdict"] == "inconclusive",
        blames_others: broken.iter().any(|name| !involved.iter().any(|known| known == name)),
        flags_target: target.is_some_and(|target| broken.contains(&target.as_str())),
        oracle_flags_target: changed.first().is_some_and(|f| oracle::flags(plan, recording, question, *f)),
    }
}
