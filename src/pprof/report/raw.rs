//! A profile to everything that is in it, as text (`-raw`).

use std::io::Write;

use super::Report;
use crate::pprof::output::Printed;
use crate::pprof::time::{duration, full_time};
use crate::profile::{Label, LabelValue, LocationId, Mapping, Profile, SampleView};

/// A duration is cut after so many characters.
const DURATION_WIDTH: usize = 4;

/// Prints header, samples, locations and mappings.
pub(super) fn print(report: &Report<'_>, out: &mut dyn Write) -> Printed {
    let profile = &report.profile;
    let header = &profile.header;
    let mut line = Vec::new();
    for &comment in &header.comments {
        line.extend([b"Comment: ", profile.text(comment), b"\n"].concat());
    }
    if !profile.text(header.doc_url).is_empty() {
        line.extend([b"Doc: ", profile.text(header.doc_url), b"\n"].concat());
    }
    let period = [profile.text(header.period_type.kind), profile.text(header.period_type.unit)].join(&b' ');
    line.extend([b"PeriodType: ", period.as_slice(), b"\n"].concat());
    out.write_all(&line)?;
    writeln!(out, "Period: {}", header.period)?;
    if header.time_nanos != 0 {
        writeln!(out, "Time: {}", full_time(header.time_nanos, &report.env.time_zone))?;
    }
    if header.duration_nanos != 0 {
        let text: String = duration(header.duration_nanos).chars().take(DURATION_WIDTH).collect();
        writeln!(out, "Duration: {text}")?;
    }
    out.write_all(b"Samples:\n")?;
    out.write_all(&sample_types(profile))?;
    out.write_all(b"\n")?;
    for sample in profile.samples.iter() {
        write_sample(profile, &sample, out)?;
    }
    out.write_all(b"Locations\n")?;
    for id in profile.locations.ids() {
        write_location(profile, id, out)?;
    }
    out.write_all(b"Mappings\n")?;
    for mapping in &profile.mappings {
        write_mapping(profile, mapping, out)?;
    }
    Ok(())
}

fn sample_types(profile: &Profile) -> Vec<u8> {
    let mut line = Vec::new();
    for ty in &profile.header.sample_types {
        line.extend([profile.text(ty.kind), b"/", profile.text(ty.unit)].concat());
        // An unset default marks a type without a name.
        line.extend_from_slice(if ty.kind == profile.header.default_sample_type { b"[dflt] " } else { b" " });
    }
    trim_space(&line).to_vec()
}

/// `text` without white space at both ends, as Go's `strings.TrimSpace` has it.
fn trim_space(text: &[u8]) -> &[u8] {
    match std::str::from_utf8(text) {
        Ok(text) => text.trim().as_bytes(),
        Err(_) => text.trim_ascii(),
    }
}

fn write_sample(profile: &Profile, sample: &SampleView<'_>, out: &mut dyn Write) -> std::io::Result<()> {
    for value in sample.values {
        write!(out, " {value:>10}")?;
    }
    out.write_all(b": ")?;
    for &location in sample.stack {
        write!(out, "{} ", profile.locations.row(location).id)?;
    }
    out.write_all(b"\n")?;
    write_labels(
        profile,
        sample.labels,
        |label| match label.value {
            LabelValue::Text(text) => Some(profile.text(text).to_vec()),
            LabelValue::Number(..) => None,
        },
        out,
    )?;
    let has_unit = |wanted: &Label| {
        sample.labels.iter().any(|label| {
            label.key == wanted.key
                && matches!(label.value, LabelValue::Number(_, unit) if !profile.text(unit).is_empty())
        })
    };
    write_labels(
        profile,
        sample.labels,
        |label| match label.value {
            LabelValue::Text(_) => None,
            LabelValue::Number(number, unit) if has_unit(label) => {
                Some([number.to_string().as_bytes(), b" ", profile.text(unit)].concat())
            }
            LabelValue::Number(number, _) => Some(number.to_string().into_bytes()),
        },
        out,
    )
}

/// Writes a line `key:[value value] key:[value]` for the labels of which `value_of` has a value.
fn write_labels(
    profile: &Profile,
    labels: &[Label],
    value_of: impl Fn(&Label) -> Option<Vec<u8>>,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let mut texts: Vec<Vec<u8>> = super::by_key(labels, value_of)
        .into_iter()
        .map(|(key, values)| [profile.text(key), b":[", &values.join(&b' '), b"]"].concat())
        .collect();
    if texts.is_empty() {
        return Ok(());
    }
    texts.sort();
    write!(out, "{:16}", "")?;
    out.write_all(&texts.join(&b' '))?;
    out.write_all(b"\n")
}

fn write_location(profile: &Profile, id: LocationId, out: &mut dyn Write) -> std::io::Result<()> {
    let location = profile.locations.row(id);
    write!(out, "{:>6}: {:#x} ", location.id, location.address)?;
    if let Some(mapping) = location.mapping {
        write!(out, "M={} ", profile.mapping(mapping).id)?;
    }
    if location.is_folded {
        out.write_all(b"[F] ")?;
    }
    let lines = profile.locations.lines(id);
    if lines.is_empty() {
        out.write_all(b"\n")?;
    }
    for (row, line) in lines.iter().enumerate() {
        let function = profile.function(line.function);
        if row > 0 {
            write!(out, "{:13}", "")?;
        }
        out.write_all(profile.text(function.name))?;
        out.write_all(b" ")?;
        out.write_all(profile.text(function.filename))?;
        write!(out, ":{}:{} s={}", line.line, line.column, function.start_line)?;
        if function.name != function.system_name {
            out.write_all(&[b"(", profile.text(function.system_name), b")"].concat())?;
        }
        out.write_all(b"\n")?;
    }
    Ok(())
}

fn write_mapping(profile: &Profile, mapping: &Mapping, out: &mut dyn Write) -> std::io::Result<()> {
    write!(out, "{}: {:#x}/{:#x}/{:#x} ", mapping.id, mapping.start, mapping.limit, mapping.offset)?;
    let flags = [
        (mapping.has_functions, "[FN]"),
        (mapping.has_filenames, "[FL]"),
        (mapping.has_line_numbers, "[LN]"),
        (mapping.has_inline_frames, "[IN]"),
    ];
    let flags: String = flags.into_iter().filter(|(is_set, _)| *is_set).map(|(_, text)| text).collect();
    let texts = [profile.text(mapping.file), profile.text(mapping.build_id), flags.as_bytes()];
    out.write_all(&texts.join(&b' '))?;
    out.write_all(b"\n")
}
