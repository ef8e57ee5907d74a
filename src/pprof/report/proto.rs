//! A profile after all options to compressed profile.proto (`-proto`).

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::Report;
use crate::pprof::output::Printed;
use crate::profile::{Profile, encode};

/// Writes the profile, its values divided by `-divide_by`.
pub(super) fn print(report: &mut Report<'_>, out: &mut dyn Write) -> Printed {
    let values: Vec<i64> =
        report.profile.samples.values_mut().to_vec().into_iter().map(|value| report.divided(value)).collect();
    report.profile.samples.values_mut().copy_from_slice(&values);
    write_profile(&report.profile, out)
}

/// Writes `profile` as gzip.
pub(super) fn write_profile(profile: &Profile, out: &mut dyn Write) -> Printed {
    let mut gzip = GzEncoder::new(out, Compression::default());
    gzip.write_all(&encode(profile))?;
    gzip.finish()?;
    Ok(())
}
