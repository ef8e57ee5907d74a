//! A graph to a profile with one sample for each of its nodes (`-topproto`).

use std::io::Write;

use hashbrown::HashMap;

use super::{Report, proto};
use crate::error::Result;
use crate::graph::{Calls, Key, Trimmed};
use crate::pprof::output::Printed;
use crate::profile::{Function, FunctionId, Line, Location, LocationId, Profile, Samples, StrId, ValueType};
use crate::units::{go_int, scale};

/// Writes the profile.
pub(super) fn print(report: &mut Report<'_>, out: &mut dyn Write) -> Printed {
    let trimmed = report.graph(Calls::None)?;
    proto::write_profile(&summary(report, &trimmed)?, out)
}

/// The nodes as a profile of the types cum and flat, in the unit of the report.
fn summary(report: &Report<'_>, trimmed: &Trimmed) -> Result<Profile> {
    let source = &report.profile;
    let mut profile = Profile::default();
    let text = |id: StrId, profile: &mut Profile| profile.strings.intern(source.text(id));
    let unit = profile.strings.intern(report.unit.as_bytes())?;
    for kind in [b"cum".as_slice(), b"flat"] {
        let kind = profile.strings.intern(kind)?;
        profile.header.sample_types.push(ValueType { kind, unit });
    }
    let header = &source.header;
    profile.header.time_nanos = header.time_nanos;
    profile.header.duration_nanos = header.duration_nanos;
    profile.header.period = header.period;
    profile.header.period_type.kind = text(header.period_type.kind, &mut profile)?;
    profile.header.period_type.unit = text(header.period_type.unit, &mut profile)?;
    profile.samples = Samples::new(2);

    let mut functions = HashMap::<(StrId, StrId, i64), FunctionId>::new();
    for (&node, row) in trimmed.graph.shown.iter().zip(0_u32..) {
        let Key { name, file, start_line, address, line, column, .. } = *trimmed.graph.key(node);
        let known = functions.get(&(name, file, start_line)).copied();
        let function = if let Some(function) = known {
            function
        } else {
            let id = functions.len() as u64 + 1;
            let name = text(name, &mut profile)?;
            let filename = text(file, &mut profile)?;
            profile.functions.push(Function { id, name, filename, start_line, ..Function::default() });
            FunctionId::new(u32::try_from(functions.len()).unwrap_or(u32::MAX))
        };
        functions.insert((name, file, start_line), function);
        let location = Location { id: u64::from(row) + 1, address, ..Location::default() };
        profile.locations.push(location, [Line { function, line, column }]);
        let node = trimmed.graph.node(node);
        let scaled = |value| go_int(scale(value, &report.sample_unit, &report.unit).0);
        let values = [scaled(node.cum.mean()), scaled(node.flat.mean())];
        profile.samples.push([LocationId::new(row)], values, []);
    }
    Ok(profile)
}
