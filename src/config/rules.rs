//! A table `[[limit]]` or `[[accept]]` to the limit or the agreement it states.

use super::choice::choose;
use super::table::{Entry, Table};
use super::value::Setting;
use crate::aggregate::Pattern;
use crate::error::Result;
use crate::verdict::{Accept, Amount, Level, Limit, Measure};

/// The limit that a table `[[limit]]` states; `elsewhere` as for [`Table::finish`].
pub(super) fn limit(mut table: Table<'_>, elsewhere: &[(&str, &str)]) -> Result<Setting<Limit>> {
    let name = table.read("name", |entry| Ok(entry.text()?.to_owned()))?;
    let functions = table.read("functions", pattern)?;
    let exclude = table.read("exclude", pattern)?;
    let measures = table.read("measure", measures)?.unwrap_or_else(|| vec![Measure::Flat, Measure::Cum]);
    let metric = table.read("metric", |entry| Ok(entry.text()?.to_owned()))?;
    let max_increase = table.read("max-increase", increase)?;
    let min_increase = table.read("min-increase", least_increase)?;
    let min_share = table.read("min-share", share)?;
    let max_share = table.read("max-share", share)?;
    let must_match = table.read("must-match", Entry::boolean)?.unwrap_or(false);
    let level = table.read("level", |entry| entry.locate(entry.text().and_then(choose)))?;
    let strict = table.read("strict", Entry::boolean)?.unwrap_or(false);
    table.finish(elsewhere)?;
    let level = level.unwrap_or(Level::Fail);
    let mut limit = Limit {
        functions,
        exclude,
        metric,
        max_increase,
        min_increase,
        min_share,
        max_share,
        must_match,
        level,
        strict,
        ..Limit::new("", &measures)
    };
    limit.name = name.unwrap_or_else(|| limit.expression());
    let origin = table.origin();
    limit.validate().map_err(|error| error.at(origin.to_string()))?;
    Ok(Setting { value: limit, origin })
}

/// The agreement that a table `[[accept]]` states.
pub(super) fn accept(mut table: Table<'_>, elsewhere: &[(&str, &str)]) -> Result<Setting<Accept>> {
    let functions = table.read("functions", pattern)?;
    let reason = table.read("reason", |entry| Ok(entry.text()?.to_owned()))?;
    let until = table.read("until", Entry::date)?;
    table.finish(elsewhere)?;
    let missing = |key: &str, advice: &str| table.error(format!("[[accept]] without `{key}`")).help(advice);
    let functions =
        functions.ok_or_else(|| missing("functions", "name the functions whose change was agreed to"))?;
    let reason = reason.ok_or_else(|| missing("reason", "say why the change is fine; reports show it"))?;
    Ok(Setting { value: Accept { functions, reason, until }, origin: table.origin() })
}

fn pattern(entry: &Entry<'_>) -> Result<Pattern> {
    entry.locate(entry.text().and_then(Pattern::new))
}

fn measures(entry: &Entry<'_>) -> Result<Vec<Measure>> {
    let mut measures = Vec::new();
    for word in entry.texts()? {
        let measure = entry.locate(choose(&word))?;
        if measures.contains(&measure) {
            return Err(entry.error(format!("`measure` names `{word}` twice")));
        }
        measures.push(measure);
    }
    Ok(measures)
}

fn increase(entry: &Entry<'_>) -> Result<Amount> {
    if entry.is_number() {
        // `max-increase = 5` could mean either, and the two are worlds apart.
        let number = entry.number()?;
        return Err(entry.error("a number alone could be a part or a value").help(format!(
            "write \"{number}%\" for a part of the base, \"{number}\" for a value in the unit of the metric"
        )));
    }
    let text = entry.text()?;
    entry.locate(text.strip_prefix('+').unwrap_or(text).parse())
}

fn least_increase(entry: &Entry<'_>) -> Result<Amount> {
    if entry.is_number() {
        return Ok(Amount::Value { number: entry.number()?, unit: String::new() });
    }
    increase(entry)
}

fn share(entry: &Entry<'_>) -> Result<f64> {
    let advice = "write a share as \"0.5%\"";
    if entry.is_number() {
        return Err(entry.error("a number alone could be a share of 1 or of 100").help(advice));
    }
    match entry.locate(entry.text()?.parse())? {
        Amount::Part(part) => Ok(part),
        Amount::Value { .. } => Err(entry.error("a share is a percentage").help(advice)),
    }
}
