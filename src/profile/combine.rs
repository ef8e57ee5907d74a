//! Profiles of several sources to profiles that may be added or subtracted: common sample types, common units.

use super::{Profile, Samples, StrId, ValueType, merge};
use crate::error::{Error, ErrorKind, Result};
use crate::units::{are_compatible, go_int, scale};

/// Merges `profiles` into one as pprof does with its sources: sample types that all have, in the finest unit,
/// equal stacks added up. A single profile is returned as it is, but for sample types that stand twice.
///
/// # Errors
/// When the profiles have no sample type in common, or measure in units that do not convert.
pub fn combine(mut profiles: Vec<Profile>) -> Result<Profile> {
    make_compatible(&mut profiles)?;
    if let [_] = profiles[..] {
        return profiles.pop().ok_or_else(no_profiles);
    }
    merge(&profiles)
}

/// Brings `profiles` to the sample types that all of them have, each in the finest unit that one of them uses.
///
/// The order is that of the first profile. When a profile loses a type or gets another order, and its default
/// type is not among the common ones, the first common type becomes its default, as in pprof.
///
/// # Errors
/// When no sample type is common, or units do not convert.
pub fn make_compatible(profiles: &mut [Profile]) -> Result<()> {
    let common = common_types(profiles)?;
    for profile in &mut *profiles {
        restrict(profile, &common)?;
    }
    unify_units(profiles)
}

fn no_profiles() -> Error {
    Error::new(ErrorKind::Usage, "there is no profile to read").help("name at least one source")
}

/// Names of the types that stand exactly as often as there are profiles, counted over all of them.
fn common_types(profiles: &[Profile]) -> Result<Vec<Vec<u8>>> {
    let first = profiles.first().ok_or_else(no_profiles)?;
    let name = |profile: &Profile, ty: &ValueType| profile.text(ty.kind).to_vec();
    let mut counts = std::collections::HashMap::<Vec<u8>, usize>::new();
    for profile in profiles {
        for ty in &profile.header.sample_types {
            *counts.entry(name(profile, ty)).or_default() += 1;
        }
    }
    let names = first.header.sample_types.iter().map(|ty| name(first, ty));
    let common: Vec<_> = names.filter(|name| counts.get(name) == Some(&profiles.len())).collect();
    if !common.is_empty() {
        return Ok(common);
    }
    // The base stands last here and first where people read.
    let mut distinct: Vec<_> = profiles.iter().rev().map(type_list).collect();
    distinct.dedup();
    Err(Error::new(
        ErrorKind::Incomparable,
        format!("the profiles have no sample type in common: {}", distinct.join(" against ")),
    )
    .help("compare profiles of the same kind; a sample type that stands twice in one profile counts as none"))
}

fn type_list(profile: &Profile) -> String {
    let types = &profile.header.sample_types;
    let names: Vec<_> = types.iter().map(|ty| profile.display(ty.kind).into_owned()).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// Keeps the columns named in `common`, in that order.
fn restrict(profile: &mut Profile, common: &[Vec<u8>]) -> Result<()> {
    let types = &profile.header.sample_types;
    let is_same = types.len() == common.len()
        && types.iter().zip(common).all(|(ty, name)| profile.text(ty.kind) == name.as_slice());
    if is_same {
        return Ok(());
    }
    let column = |name: &Vec<u8>| types.iter().position(|ty| profile.text(ty.kind) == name.as_slice());
    let columns: Vec<usize> = common.iter().filter_map(column).collect();
    let kept_types: Vec<ValueType> = columns.iter().map(|&column| types[column]).collect();
    let mut samples = Samples::new(columns.len());
    for sample in profile.samples.iter() {
        samples.push(
            sample.stack.iter().copied(),
            columns.iter().map(|&column| sample.values[column]),
            sample.labels.iter().copied(),
        );
    }
    let default = profile.header.default_sample_type;
    if !kept_types.iter().any(|ty| ty.kind == default) {
        profile.header.default_sample_type = profile.strings.intern(&common[0])?;
    }
    profile.header.sample_types = kept_types;
    profile.samples = samples;
    Ok(())
}

/// Scales every profile to the finest period unit and the finest unit of each column.
fn unify_units(profiles: &mut [Profile]) -> Result<()> {
    if profiles.len() < 2 {
        return Ok(());
    }
    let period_unit = finest_unit(profiles, "period type", |profile| profile.header.period_type)?;
    let width = profiles.first().map_or(0, Profile::width);
    let units: Vec<String> = (0..width)
        .map(|column| finest_unit(profiles, "sample type", |profile| profile.header.sample_types[column]))
        .collect::<Result<_>>()?;
    for profile in profiles {
        let period_type = profile.header.period_type;
        let (period, _) = scale(profile.header.period, &profile.display(period_type.unit), &period_unit);
        profile.header.period = go_int(period);
        profile.header.period_type.unit = profile.strings.intern(period_unit.as_bytes())?;
        let mut ratios = Vec::with_capacity(width);
        for (column, unit) in units.iter().enumerate() {
            let own = profile.header.sample_types[column].unit;
            ratios.push(scale(1, &profile.display(own), unit).0);
            profile.header.sample_types[column].unit = profile.strings.intern(unit.as_bytes())?;
        }
        profile.scale(&ratios);
    }
    Ok(())
}

/// The finest unit among the value types that `of` picks, all of which must measure the same thing.
fn finest_unit(profiles: &[Profile], what: &str, of: impl Fn(&Profile) -> ValueType) -> Result<String> {
    let named = |profile: &Profile| {
        let ty = of(profile);
        (profile.display(ty.kind).into_owned(), profile.display(ty.unit).into_owned())
    };
    let mut types = profiles.iter().map(named);
    let mut finest = types.next().ok_or_else(no_profiles)?;
    for ty in types {
        let singular = |name: &str| name.strip_suffix('s').unwrap_or(name).to_owned();
        if singular(&finest.0) != singular(&ty.0) || !are_compatible(&finest.1, &ty.1) {
            let describe = |(kind, unit): &(String, String)| format!("`{kind}` in `{unit}`");
            return Err(Error::new(
                ErrorKind::Incomparable,
                format!("{what}s do not agree: {} against {}", describe(&finest), describe(&ty)),
            )
            .help("compare profiles of the same kind"));
        }
        if scale(1, &ty.1, &finest.1).0 < 1.0 {
            finest = ty;
        }
    }
    Ok(finest.1)
}

/// How strictly two profiles agree in what they measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compatibility {
    /// Period type and sample types are equal, units included, in the same order.
    Equal,
    /// They are not.
    Different,
}

/// Whether `a` and `b` may be merged or normalized without conversion.
#[must_use]
pub fn compatibility(a: &Profile, b: &Profile) -> Compatibility {
    let same_text = |x: StrId, y: StrId| a.text(x) == b.text(y);
    let same = |x: &ValueType, y: &ValueType| same_text(x.kind, y.kind) && same_text(x.unit, y.unit);
    let (x, y) = (&a.header, &b.header);
    let types_agree = x.sample_types.len() == y.sample_types.len()
        && x.sample_types.iter().zip(&y.sample_types).all(|(x, y)| same(x, y));
    if types_agree && same(&x.period_type, &y.period_type) {
        Compatibility::Equal
    } else {
        Compatibility::Different
    }
}

/// Fails unless `a` and `b` agree in period type and sample types, units included.
///
/// # Errors
/// Names both lists of types.
pub fn require_equal_types(a: &Profile, b: &Profile) -> Result<()> {
    if compatibility(a, b) == Compatibility::Equal {
        return Ok(());
    }
    let describe = |profile: &Profile| {
        let show = |ty: &ValueType| format!("{}/{}", profile.display(ty.kind), profile.display(ty.unit));
        let types: Vec<_> = profile.header.sample_types.iter().map(show).collect();
        format!("[{}] with period {}", types.join(" "), show(&profile.header.period_type))
    };
    Err(Error::new(
        ErrorKind::Incomparable,
        format!("the profiles differ in what they measure: {} against {}", describe(a), describe(b)),
    )
    .help("compare profiles of the same kind"))
}

/// Scales each column of `profile` so that its total becomes that of `base` (pprof's `-normalize`).
///
/// # Errors
/// Unless both have equal period and sample types, units and order included.
pub fn normalize(profile: &mut Profile, base: &Profile) -> Result<()> {
    require_equal_types(profile, base)?;
    let ratios = normalize_ratios(&profile.samples.column_sums(), &base.samples.column_sums());
    profile.scale(&ratios);
    Ok(())
}

/// The ratios that bring the column totals `own` to those of `base`; 0 for a column without a total.
#[must_use]
pub fn normalize_ratios(own: &[i64], base: &[i64]) -> Vec<f64> {
    #[expect(clippy::cast_precision_loss, reason = "pprof divides in floating point")]
    let ratio = |(&own, &base): (&i64, &i64)| if own == 0 { 0.0 } else { base as f64 / own as f64 };
    own.iter().zip(base).map(ratio).collect()
}
