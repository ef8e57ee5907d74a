//! Where a run was captured, in the JSON verdict.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::verdict::Origin;

/// Where a run was captured; what is null or empty is not known.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct ProvenanceV1<'a> {
    /// Without user names, passwords and tokens.
    url: Cow<'a, str>,
    /// When the profile was asked for, RFC 3339.
    start: Cow<'a, str>,
    /// When it had arrived.
    end: Cow<'a, str>,
    /// The seconds between the two profiles that it is the difference of.
    window_seconds: Option<u64>,
    /// Without secrets.
    command_line: Vec<Cow<'a, str>>,
    build_id: Cow<'a, str>,
    go_version: Cow<'a, str>,
    goos: Cow<'a, str>,
    goarch: Cow<'a, str>,
    /// How many CPUs the machine has.
    cpus: Option<u32>,
}

pub(super) fn write(from: &Origin) -> ProvenanceV1<'_> {
    ProvenanceV1 {
        url: (&from.url).into(),
        start: (&from.start).into(),
        end: (&from.end).into(),
        window_seconds: from.window_seconds,
        command_line: from.command_line.iter().map(Into::into).collect(),
        build_id: (&from.build_id).into(),
        go_version: (&from.go_version).into(),
        goos: (&from.goos).into(),
        goarch: (&from.goarch).into(),
        cpus: from.cpus,
    }
}

pub(super) fn read(from: ProvenanceV1<'_>) -> Origin {
    Origin {
        url: from.url.into_owned(),
        start: from.start.into_owned(),
        end: from.end.into_owned(),
        window_seconds: from.window_seconds,
        command_line: from.command_line.into_iter().map(Cow::into_owned).collect(),
        build_id: from.build_id.into_owned(),
        go_version: from.go_version.into_owned(),
        goos: from.goos.into_owned(),
        goarch: from.goarch.into_owned(),
        cpus: from.cpus,
    }
}
