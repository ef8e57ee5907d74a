//! Two profiles of the same counters to the profile of the time between them.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::error::{Error, ErrorKind, Result};
use crate::profile::{Profile, encode, since};

/// Sample types that Go counts up from the start of a program: of heap, allocs, block and mutex profiles.
const CUMULATIVE: [&str; 4] = ["alloc_objects", "alloc_space", "contentions", "delay"];

/// Sample types that tell what there is at the moment.
const LEVELS: [&str; 6] =
    ["inuse_objects", "inuse_space", "goroutine", "goroutines", "threadcreate", "goroutineleak"];

/// What was counted between `start` and `end`, as a gzipped profile.
///
/// # Errors
/// When a sample type is neither known to be cumulative nor to be a level, or a counter went backwards.
pub(super) fn between(start: &Profile, end: Profile) -> Result<(Profile, Vec<u8>)> {
    let build_id =
        |profile: &Profile| profile.mappings.first().map(|mapping| profile.text(mapping.build_id).to_vec());
    if build_id(start) != build_id(&end) {
        return Err(Error::new(
            ErrorKind::Incomparable,
            "another program answers than at the start of the window",
        )
        .help("capture again, from a program that runs all the time"));
    }
    let is_cumulative = is_cumulative(&end)?;
    let profile = since(start, end, &is_cumulative)?;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    let packed = gzip.write_all(&encode(&profile)).and_then(|()| gzip.finish());
    let data =
        packed.map_err(|error| Error::new(ErrorKind::Output, format!("cannot be compressed ({error})")))?;
    Ok((profile, data))
}

fn is_cumulative(profile: &Profile) -> Result<Vec<bool>> {
    let types = &profile.header.sample_types;
    let claim = |ty: &crate::profile::ValueType| {
        let (kind, unit) = (profile.display(ty.kind), profile.display(ty.unit));
        if CUMULATIVE.contains(&&*kind) {
            return Ok(true);
        }
        // A profile of one column that a program counts itself tells how many there are (`pprof.NewProfile`).
        if LEVELS.contains(&&*kind) || (types.len() == 1 && unit == "count") {
            return Ok(false);
        }
        Err(Error::new(
            ErrorKind::Usage,
            format!("it is not known whether `{kind}` is counted from the start of the program"),
        )
        .help("leave --window out, or capture heap, allocs, block or mutex"))
    };
    types.iter().map(claim).collect()
}
