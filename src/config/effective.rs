//! A configuration file and the command line to the settings that hold, and those to TOML that says why.

use std::fmt::Write;

use super::file::ConfigFile;
use super::settings::{Layer, Settings};
use super::value::{Origin, Setting, toml_string};
use crate::error::{Error, ErrorKind, Result, is_invisible};
use crate::verdict::{Accept, Amount, Level, Limit};

/// Everything that can be set, with its final value and where that comes from.
#[derive(Debug, Clone)]
pub struct Effective {
    /// The configuration file, as messages name it.
    pub config: Option<String>,
    /// The settings of `[compare]` and `[gate]`.
    pub settings: Settings,
    /// The limits, in the order in which they decide; never empty.
    pub limits: Vec<Setting<Limit>>,
    /// The changes that were agreed to.
    pub accepted: Vec<Setting<Accept>>,
}

impl Effective {
    /// What holds if `flags` and the limits of `--limit` beat what `file` says.
    ///
    /// Limits of the command line take the place of those of the file. The built-in ones hold only when there is
    /// neither.
    ///
    /// # Errors
    /// When a number is out of its range, when a pattern is broken, and when the file holds no limit and the command line gives none: a
    /// gate without limits passes everything.
    pub fn resolve(file: Option<ConfigFile>, flags: Layer, limits: Vec<Limit>) -> Result<Self> {
        let is_without_file = file.is_none();
        let file = file.unwrap_or_default();
        let settings = Settings::resolve([flags, file.settings]);
        settings.validate()?;
        let limits = if !limits.is_empty() {
            limits.into_iter().map(|limit| Setting::flag("--limit", limit)).collect()
        } else if is_without_file {
            Limit::builtin().into_iter().map(Setting::default).collect()
        } else if file.limits.is_empty() {
            return Err(Error::new(ErrorKind::Config, "no [[limit]], so nothing could fail")
                .at(file.name)
                .help("add one, as `profgate init` writes them, or give one with --limit"));
        } else {
            file.limits
        };
        let config = (!is_without_file).then_some(file.name);
        Ok(Self { config, settings, limits, accepted: file.accepted })
    }

    /// The settings as a `profgate.toml` with the same meaning, the origin of each in a comment.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut out = String::new();
        let file = self.config.as_deref().unwrap_or("none");
        let mut line = |text: String, origin: &str| {
            let comment =
                if origin.is_empty() { String::new() } else { format!("  # {}", in_comment(origin)) };
            // Writing to a string cannot fail.
            let _ = writeln!(out, "{text}{comment}");
        };
        line(format!("# configuration file: {}", in_comment(file)), "");
        line("version = 1".to_owned(), "");
        let mut section = "";
        for setting in self.settings.printable() {
            if setting.section != section {
                section = setting.section;
                line(format!("\n[{section}]"), "");
            }
            let key = setting.key;
            match setting.toml {
                Some(value) => line(format!("{key} = {value}"), &setting.origin.to_string()),
                None if *setting.origin == Origin::Default => line(format!("# {key} is not set"), ""),
                None => line(format!("# {key} is not set"), &setting.origin.to_string()),
            }
        }
        for limit in &self.limits {
            let origin =
                if limit.value.is_builtin { "built-in".to_owned() } else { limit.origin.to_string() };
            line("\n[[limit]]".to_owned(), &origin);
            for (key, value) in limit_keys(&limit.value) {
                line(format!("{key} = {value}"), "");
            }
        }
        for accept in &self.accepted {
            line("\n[[accept]]".to_owned(), &accept.origin.to_string());
            line(format!("functions = {}", toml_string(accept.value.functions.as_str())), "");
            line(format!("reason = {}", toml_string(&accept.value.reason)), "");
            if let Some(until) = accept.value.until {
                line(format!("until = {until}"), "");
            }
        }
        out
    }
}

/// The keys of `[[limit]]` that say what `limit` says, with their values in TOML.
fn limit_keys(limit: &Limit) -> Vec<(&'static str, String)> {
    let measures: Vec<_> = limit.measures.iter().map(|measure| toml_string(measure.name())).collect();
    let measures =
        if let [measure] = &measures[..] { measure.clone() } else { format!("[{}]", measures.join(", ")) };
    let pattern = |pattern: &Option<_>| {
        pattern.as_ref().map(|pattern: &crate::aggregate::Pattern| toml_string(pattern.as_str()))
    };
    let amount = |amount: &Option<Amount>| amount.as_ref().map(|amount| toml_string(&amount.to_string()));
    let share = |share: Option<f64>| share.map(|part| toml_string(&Amount::Part(part).to_string()));
    let claim = |claim: bool| claim.then(|| "true".to_owned());
    let keys = [
        ("name", Some(toml_string(&limit.name))),
        ("functions", pattern(&limit.functions)),
        ("exclude", pattern(&limit.exclude)),
        ("measure", Some(measures)),
        ("metric", limit.metric.as_deref().map(toml_string)),
        ("max-increase", amount(&limit.max_increase)),
        ("min-increase", amount(&limit.min_increase)),
        ("min-share", share(limit.min_share)),
        ("max-share", share(limit.max_share)),
        ("must-match", claim(limit.must_match)),
        ("level", (limit.level == Level::Warn).then(|| toml_string(limit.level.name()))),
        ("strict", claim(limit.strict)),
    ];
    keys.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}

/// `text` without what ends a comment or turns it around.
fn in_comment(text: &str) -> String {
    text.chars()
        .map(|c| if is_invisible(c) { c.escape_default().to_string() } else { c.to_string() })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::{Basis, Granularity, Outcome, Statistics, parse_limit};

    fn file(text: &str) -> ConfigFile {
        ConfigFile::parse("profgate.toml", &format!("version = 1\n{text}")).unwrap()
    }

    /// The lines of the printed settings that are not defaults.
    fn set_lines(effective: &Effective) -> Vec<String> {
        let text = effective.to_toml();
        let is_set = |line: &&str| line.contains("  # ") && !line.ends_with("  # default");
        text.lines().filter(is_set).map(str::to_owned).collect()
    }

    #[test]
    fn flags_beat_the_file_and_the_file_beats_the_defaults() {
        let file = file("[gate]\nalpha = 0.2\nfdr = 0.1\n[[limit]]\nname = 'f'\nmax-increase = '5%'");
        let flags = Layer { alpha: Some(Setting::flag("--alpha", 0.5)), ..Layer::default() };
        let effective = Effective::resolve(Some(file.clone()), flags, Vec::new()).unwrap();
        assert_eq!(
            set_lines(&effective),
            ["alpha = 0.5  # --alpha", "fdr = 0.1  # profgate.toml:4", "[[limit]]  # profgate.toml:5"]
        );

        let limit = parse_limit("total +1%").unwrap();
        let effective = Effective::resolve(Some(file), Layer::default(), vec![limit]).unwrap();
        assert_eq!(effective.limits.len(), 1);
        assert_eq!(
            (&*effective.limits[0].value.name, &effective.limits[0].origin),
            ("total +1%", &Origin::Flag("--limit"))
        );
    }

    #[test]
    fn a_flag_can_unset_what_the_file_sets() {
        let file = file("[compare]\nfocus = 'f'\n[[limit]]\nmax-increase = '5%'");
        let flags = Layer { focus: Some(Setting::flag("--focus", None)), ..Layer::default() };
        let effective = Effective::resolve(Some(file), flags, Vec::new()).unwrap();
        assert_eq!(effective.settings.focus.value, None);
        assert_eq!(set_lines(&effective)[0], "# focus is not set  # --focus");
    }

    #[test]
    fn limits_are_built_in_only_without_a_file() {
        let builtin = Effective::resolve(None, Layer::default(), Vec::new()).unwrap();
        assert_eq!(set_lines(&builtin), ["[[limit]]  # built-in", "[[limit]]  # built-in"]);
        assert!(builtin.limits.iter().all(|limit| limit.value.is_builtin));

        let error = Effective::resolve(Some(file("")), Layer::default(), Vec::new()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "profgate.toml: no [[limit]], so nothing could fail\n  \
             help: add one, as `profgate init` writes them, or give one with --limit"
        );
        let limit = vec![parse_limit("+1%").unwrap()];
        assert!(Effective::resolve(Some(file("")), Layer::default(), limit).is_ok());
    }

    #[test]
    fn values_that_make_no_sense_are_errors_at_their_origin() {
        let layers = [
            (
                Layer { alpha: Some(Setting::flag("--alpha", 0.0)), ..Layer::default() },
                "--alpha: `alpha` must",
            ),
            (Layer { fdr: Some(Setting::flag("--fdr", f64::NAN)), ..Layer::default() }, "--fdr: `fdr` must"),
            (file("[gate]\nalpha = 1").settings, "profgate.toml:3: `alpha` must be between"),
            (file("[compare]\ndivide-by = 0").settings, "profgate.toml:3: `divide-by` must be greater"),
            (file("[compare]\nnew-divide-by = -1").settings, "profgate.toml:3: `new-divide-by` must"),
            (file("[compare]\n\nfocus = '('").settings, "profgate.toml:4: `focus`: "),
            (
                Layer { taghide: Some(Setting::flag("--taghide", Some("[".to_owned()))), ..Layer::default() },
                "--taghide: `taghide`: ",
            ),
        ];
        for (layer, expected) in layers {
            let error = Effective::resolve(None, layer, Vec::new()).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    /// The settings that the printed text of `effective` makes.
    fn reread(effective: &Effective) -> Effective {
        let text = effective.to_toml();
        let file = ConfigFile::parse("printed", &text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        Effective::resolve(Some(file), Layer::default(), Vec::new()).unwrap()
    }

    /// The values of `effective` without their origins.
    fn values(effective: &Effective) -> Vec<String> {
        let settings = effective.settings.printable().into_iter();
        let settings =
            settings.map(|setting| format!("{} {} {:?}", setting.section, setting.key, setting.toml));
        let limit =
            |limit: &Setting<Limit>| format!("{:?}", Limit { is_builtin: false, ..limit.value.clone() });
        let limits = effective.limits.iter().map(limit);
        let accepted = effective.accepted.iter().map(|accept| format!("{:?}", accept.value));
        settings.chain(limits).chain(accepted).collect()
    }

    #[test]
    fn printed_settings_mean_what_they_print() {
        let everything = "
            [compare]
            sample-index = ['cpu', 'alloc_space']
            basis = 'per-op'
            divide-by = 3
            base-divide-by = 0.25
            normalize = true
            unit = 'ms'
            tagfocus = 'key=1:2'
            granularity = 'lines'
            symbolize = 'none'
            [gate]
            statistics = 'off'
            on-inconclusive = 'fail'
            [[limit]]
            functions = '''it's \"x\"'''
            exclude = \"\\u0001\\n\"
            measure = ['cum', 'flat']
            metric = 'cpu'
            max-increase = '7%'
            min-increase = '1.5ms'
            min-share = '0.29%'
            max-share = '33.3%'
            must-match = true
            level = 'warn'
            strict = true
            [[limit]]
            measure = 'total'
            max-increase = '20'
            [[accept]]
            functions = 'f'
            reason = 'agreed'
            until = 2027-03-01";
        let all = Effective::resolve(Some(file(everything)), Layer::default(), Vec::new()).unwrap();
        let settings = &all.settings;
        assert_eq!(
            (
                settings.basis.value,
                settings.granularity.value,
                settings.statistics.value,
                settings.on_inconclusive.value
            ),
            (Basis::PerOp, Granularity::Lines, Statistics::Off, Outcome::Fail)
        );
        let builtin = Effective::resolve(None, Layer::default(), Vec::new()).unwrap();
        for effective in [all, builtin] {
            let again = reread(&effective);
            assert_eq!(values(&again), values(&effective));
            let name = |origin: &Origin| matches!(origin, Origin::File { name, .. } if name == "printed");
            assert!(again.limits.iter().all(|limit| name(&limit.origin)));
        }
    }

    proptest! {
        #[test]
        fn any_text_survives_printing(
            unit in "(\\PC|[\n\r\t\u{0}\u{7f}\u{85}'\"\\\\]){1,20}",
            index in prop::collection::vec("\\PC{1,5}", 0..4),
            divisor in 1e-300..1e300_f64,
            name in "(\\PC|[\n\r]){1,10}",
        ) {
            let layer = Layer {
                unit: Some(Setting::flag("--unit", Some(unit))),
                sample_index: Some(Setting::flag("--sample-index", index)),
                divide_by: Some(Setting::flag("--divide-by", Some(divisor))),
                ..Layer::default()
            };
            let file = ConfigFile { name: name.clone(), ..file("[[limit]]\nmax-share = '5%'") };
            let mut effective = Effective::resolve(Some(file), layer, Vec::new()).unwrap();
            effective.limits[0].value.name = name;
            let again = reread(&effective);
            prop_assert_eq!(&again.settings.unit.value, &effective.settings.unit.value);
            prop_assert_eq!(values(&again), values(&effective));
        }
    }
}
