//! Paths to the name that all runs of a profile share, without the number of the run.

use std::path::{Component, Path};

/// The name that all runs of a profile share, with `/` between folders, and the number of this run.
///
/// The number stands before the extension (`cpu.1.out`, `cpu-2.pb.gz`) or is a folder (`run-3/cpu.out`).
pub(super) fn without_run_number(path: &Path) -> (String, u64) {
    let mut run = 0;
    let mut parts = Vec::new();
    for component in path.components() {
        let Component::Normal(part) = component else { continue };
        let part = part.to_string_lossy();
        if let Some(number) =
            part.strip_prefix("run").and_then(|rest| parse_run(rest.trim_start_matches(['-', '.', '_'])))
        {
            run = number;
        } else {
            parts.push(part.into_owned());
        }
    }
    if let Some(file) = parts.last_mut()
        && let Some((name, number)) = split_run(file)
    {
        *file = name;
        run = number;
    }
    (parts.join("/"), run)
}

/// Takes the run's number out of a file name: `cpu.1.pb.gz` to `cpu.pb.gz` and 1.
fn split_run(file: &str) -> Option<(String, u64)> {
    let extension_at = match file.strip_suffix(".gz") {
        Some(stem) => stem.rfind('.').unwrap_or(stem.len()),
        None => file.rfind('.').filter(|&at| parse_run(&file[at + 1..]).is_none()).unwrap_or(file.len()),
    };
    let (stem, extension) = file.split_at(extension_at);
    let separator = stem.rfind(['.', '-', '_'])?;
    let number = parse_run(&stem[separator + 1..])?;
    let name = &stem[..separator];
    (!name.is_empty()).then(|| (format!("{name}{extension}"), number))
}

fn parse_run(digits: &str) -> Option<u64> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn run_numbers_are_taken_out_of_names() {
        let cases = [
            ("cpu.1.out", "cpu.out", 1),
            ("cpu-2.pb.gz", "cpu.pb.gz", 2),
            ("cpu.10.pb.gz", "cpu.pb.gz", 10),
            ("run-3/cpu.out", "cpu.out", 3),
            ("run4/pkg/heap.pb.gz", "pkg/heap.pb.gz", 4),
            ("pkg/cpu.pb.gz", "pkg/cpu.pb.gz", 0),
            ("cpu.3", "cpu", 3),
            ("running/cpu", "running/cpu", 0),
            ("7.out", "7.out", 0),
        ];
        for (path, name, run) in cases {
            assert_eq!(without_run_number(Path::new(path)), (name.to_owned(), run), "{path}");
        }
    }
}
