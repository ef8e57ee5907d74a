//! Samples to their stacks (`-traces`).

use std::io::Write;

use super::{Report, header};
use crate::graph::{Keys, Names, clean_files};
use crate::pprof::output::Printed;
use crate::profile::{Label, LabelValue};

const SEPARATOR: &[u8] = b"-----------+-------------------------------------------------------\n";

/// Prints every sample that has a stack: its labels, its value, its frames.
pub(super) fn print(report: &mut Report<'_>, out: &mut dyn Write) -> Printed {
    let files = clean_files(&mut report.profile)?;
    let keys = Keys::new(&report.profile, &files, false);
    let names = Names::new(&report.profile, &keys);
    out.write_all(&header::profile_lines(report).join(&b'\n'))?;
    out.write_all(b"\n")?;
    for sample in report.profile.samples.iter().filter(|sample| !sample.stack.is_empty()) {
        out.write_all(SEPARATOR)?;
        write_labels(report, sample.labels, out)?;
        let mut value = report.value(report.measure.of(&sample).mean());
        for &location in sample.stack {
            let frames = keys.of(location);
            for (line, &frame) in frames.iter().enumerate() {
                write!(out, "{value:>10}   ")?;
                out.write_all(names.get(frame))?;
                out.write_all(if line + 1 < frames.len() { b" (inline)\n" } else { b"\n" })?;
                value.clear();
            }
        }
    }
    out.write_all(SEPARATOR)?;
    Ok(())
}

/// Writes one line for each key, texts before numbers.
fn write_labels(report: &Report<'_>, labels: &[Label], out: &mut dyn Write) -> std::io::Result<()> {
    let profile = &report.profile;
    for is_text in [true, false] {
        let mut lines: Vec<Vec<u8>> = Vec::new();
        let values = |label: &Label| match label.value {
            LabelValue::Text(text) if is_text => Some(profile.text(text).to_vec()),
            LabelValue::Number(number, _) if !is_text => {
                Some(crate::units::label(number, &report.label_units.get(profile, label.key)).into_bytes())
            }
            _ => None,
        };
        for (key, values) in super::by_key(labels, values) {
            let key = profile.text(key);
            let mut line = Vec::new();
            super::pad(&mut line, key, 10);
            line.extend_from_slice(b":  ");
            line.extend_from_slice(&values.join(&b' '));
            line.push(b'\n');
            lines.push(line);
        }
        lines.sort();
        out.write_all(&lines.concat())?;
    }
    Ok(())
}
