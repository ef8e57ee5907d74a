//! What `profgate init` writes.

use std::path::Path;

use crate::error::{Error, ErrorKind, Result};

/// A commented `profgate.toml` that holds the defaults and the built-in limits.
///
/// A line that begins with `# ` is prose; one that begins with `#` and no blank is a setting to switch on.
pub const TEMPLATE: &str = r#"# What a change may cost. `profgate explain NAME` explains every key and every word of a report;
# `profgate config` prints what holds and why.
version = 1

[compare]
# Which sample types to compare; the profile's own default if unset. `profgate diff --sample-index all` takes all.
#sample-index = ["cpu"]

# What values are divided by first: absolute (nothing), share (the side's total), per-second, per-op.
#basis = "auto"

# The selections of `go tool pprof`, by their names, hold on both sides: focus, ignore, hide, show, show-from,
# prune-from, tagfocus, tagignore, tagshow, taghide, tagroot, tagleaf, noinlines, trim-path, ...
#ignore = '^testing\.'

# One row for each of: functions, filefunctions, files, lines, addresses.
#granularity = "functions"

[gate]
# The chance that identical code breaks any limit at all.
#alpha = 0.01

# The expected share of false rows among those shown as regressed or improved. Shows more or less, never fails.
#fdr = 0.05

# What comes of limits that the data cannot settle: pass (with a word about it), or fail (exit code 3).
#on-inconclusive = "pass"

# What comes of a base that is not there: fail (exit code 2), or pass.
#missing-base = "fail"

# auto takes chance into account wherever the data allow it; off compares measured values as they are.
#statistics = "auto"

# true: no verdict (exit code 2) where the sides had unequal chances: other versions of Go, CPUs, durations, rates, ...
#require-fair = false

# Leave out runs that disagree with the other runs of their side.
#drop-outliers = false

# How far functions vary between runs of identical code, as `profgate calibrate --write` saved it.
#calibration = "profgate-noise.json"

# For each row, the first limit that covers it decides: put the particular before the general.
#[[limit]]
#name = "hot path"
# A regular expression in Go's syntax, found anywhere in the name; every function if unset.
#functions = '^example\.com/app/codec\.'
#exclude = '\.func\d+$'
# flat, cum, total, or a list; flat and cum if unset.
#measure = "cum"
# Broken when the data show more than this, as a part of the base ...
#max-increase = "5%"
# ... and at least this much: a value, or a part of the base's total ...
#min-increase = "20ms"
# ... in a row that holds at least this share of one side.
#min-share = "0.5%"
# fail, or warn: exit code 0 and a warning.
#level = "warn"

# A budget: how much of the new side the function may take.
#[[limit]]
#name = "garbage collection"
#functions = '^runtime\.gcBgMarkWorker$'
#measure = "cum"
#max-share = "15%"
# Matching nothing is an error, not a pass.
#must-match = true

# The limits that hold without a configuration.
[[limit]]
name = "any function"
measure = ["flat", "cum"]
max-increase = "5%"
min-increase = "0.5%"

[[limit]]
name = "total"
measure = "total"
max-increase = "5%"

# A change that was agreed to breaks no limit until its last day. After that it is an error, so that nobody forgets it.
#[[accept]]
#functions = '^example\.com/app/codec\.'
#reason = "switched to the checked decoder"
#until = 2099-12-31
"#;

/// Checks that writing a new configuration to `path` destroys nothing, or that the user said `--force`.
///
/// # Errors
/// When something stands at `path` and `is_forced` is false, or it cannot be told.
pub fn check_writable(path: &Path, is_forced: bool) -> Result<()> {
    if is_forced {
        return Ok(());
    }
    let problem = match std::fs::symlink_metadata(path) {
        Ok(_) => "exists already".to_owned(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => error.to_string(),
    };
    Err(Error::new(ErrorKind::Output, problem)
        .at(path.display().to_string())
        .help("pass --force to write a new one in its place"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{ConfigFile, Effective, Layer};
    use crate::verdict::Limit;

    fn read(text: &str) -> Effective {
        let file = ConfigFile::parse("template", text).unwrap_or_else(|error| panic!("{error}"));
        Effective::resolve(Some(file), Layer::default(), Vec::new()).unwrap()
    }

    #[test]
    fn the_template_holds_what_holds_without_it() {
        let template = read(TEMPLATE);
        let limits = |limits: &[Limit]| limits.iter().map(Limit::to_string).collect::<Vec<_>>();
        let written: Vec<_> = template.limits.iter().map(|limit| limit.value.clone()).collect();
        assert_eq!(limits(&written), limits(&Limit::builtin()));
        let defaults = Effective::resolve(None, Layer::default(), Vec::new()).unwrap();
        assert_eq!(template.settings, defaults.settings);
    }

    #[test]
    fn the_lines_to_switch_on_say_what_they_claim() {
        let is_setting = |line: &str| line.starts_with('#') && !line.starts_with("# ");
        let text: String = TEMPLATE
            .lines()
            .map(|line| if is_setting(line) { &line[1..] } else { line }.to_owned() + "\n")
            .collect();
        let on = read(&text);
        assert_eq!((on.limits.len(), on.accepted.len()), (4, 1));
        assert_eq!(on.limits[0].value.level.name(), "warn");

        // The settings stand there with their defaults, but for those that have none.
        let defaults = Effective::resolve(None, Layer::default(), Vec::new()).unwrap();
        let values = |effective: &Effective| {
            let printable = effective.settings.printable().into_iter();
            printable.map(|setting| (setting.key, setting.toml)).collect::<Vec<_>>()
        };
        let differing: Vec<_> = std::iter::zip(values(&on), values(&defaults))
            .filter_map(|(on, default)| (on.1 != default.1).then_some(on.0))
            .collect();
        assert_eq!(differing, ["sample-index", "ignore", "calibration"]);
    }

    #[test]
    fn an_existing_file_is_kept_unless_forced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("profgate.toml");
        assert!(check_writable(&path, false).is_ok());
        std::fs::write(&path, "").unwrap();
        assert!(check_writable(&path, true).is_ok());
        let error = check_writable(&path, false).unwrap_err();
        assert!(error.problem() == "exists already" && error.to_string().contains("--force"), "{error}");
    }
}
