//! The comments of a profile, one a line (`-comments`).

use std::io::Write;

use super::Report;
use crate::pprof::output::Printed;

/// Prints all comments, also those that other reports leave out.
pub(super) fn print(report: &Report<'_>, out: &mut dyn Write) -> Printed {
    for &comment in &report.profile.header.comments {
        out.write_all(report.profile.text(comment))?;
        out.write_all(b"\n")?;
    }
    Ok(())
}
