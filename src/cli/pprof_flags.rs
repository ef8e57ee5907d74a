//! Settings to the flags of `go tool pprof` that select and scale alike.

use crate::config::{Setting, Settings};

/// The flags, as they are typed after `go tool pprof`; `kind` is the sample type.
pub(super) fn flags(settings: &Settings, kind: &str) -> Vec<String> {
    let texts = [
        ("focus", &settings.focus),
        ("ignore", &settings.ignore),
        ("hide", &settings.hide),
        ("show", &settings.show),
        ("show_from", &settings.show_from),
        ("prune_from", &settings.prune_from),
        ("tagfocus", &settings.tagfocus),
        ("tagignore", &settings.tagignore),
        ("tagshow", &settings.tagshow),
        ("taghide", &settings.taghide),
        ("tagroot", &settings.tagroot),
        ("tagleaf", &settings.tagleaf),
        ("trim_path", &settings.trim_path),
    ];
    let mut flags = vec![format!("-sample_index={kind}")];
    let set = |(name, setting): (&str, &Setting<Option<String>>)| {
        setting.value.as_ref().map(|value| format!("-{name}={value}"))
    };
    flags.extend(texts.into_iter().filter_map(set));
    let switches = [
        ("noinlines", settings.noinlines.value),
        ("normalize", settings.normalize.value),
        ("drop_negative", settings.drop_negative.value),
        ("mean", settings.mean.value),
        ("relative_percentages", settings.relative_percentages.value),
    ];
    flags.extend(switches.into_iter().filter(|(_, is_on)| *is_on).map(|(name, _)| format!("-{name}")));
    let granularity = settings.granularity.value.to_string();
    if granularity != "functions" {
        flags.push(format!("-{granularity}"));
    }
    flags
}
