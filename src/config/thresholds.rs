//! When facts become warnings, critical, a page, and for whom otherwise; when nobody is to be called.

use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::expect::Misfit;
use super::value::{Label, Span};
use crate::diagnosis::{Objective, Policy};
use crate::model::{Severity, Silence, Time};

/// `[thresholds]`, and each `[[thresholds.label]]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ThresholdsTable {
    renewal_grace: Option<Spanned<f64>>,
    overdue_at_most: Option<Span>,
    expiring_warning: Option<Spanned<f64>>,
    warning_at_most: Option<Span>,
    expiring_critical: Option<Spanned<f64>>,
    critical_at_most: Option<Span>,
    expiring_page: Option<Spanned<f64>>,
    page_at_most: Option<Span>,
    page_at_least: Option<Span>,
    production: Option<Vec<Label>>,
    production_page: Option<Span>,
    production_lifetime: Option<Span>,
    max_latency: Option<Span>,
    severity_at_most: Option<Severity>,
    #[serde(rename = "match")]
    matches: Option<Spanned<Label>>,
    label: Vec<Spanned<Self>>,
}

/// `[[silence]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SilenceTable {
    #[serde(rename = "match")]
    matches: Option<Label>,
    from: Option<Spanned<Datetime>>,
    until: Option<Spanned<Datetime>>,
    reason: Arc<str>,
}

/// `[[slo]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SloTable {
    #[serde(rename = "match")]
    matches: Option<Label>,
    objective: Spanned<f64>,
}

/// The thresholds in effect, silences included.
pub(super) fn policy(
    table: &ThresholdsTable,
    slo: &[SloTable],
    silence: &[Spanned<SilenceTable>],
) -> Result<Policy, Misfit> {
    if let Some(matches) = &table.matches {
        return Err((matches.span().start, "'match' belongs in a [[thresholds.label]] table".to_owned()));
    }
    let base = apply(table, Policy::default())?;
    let by_label = table.label.iter().map(|table| {
        let own = table.get_ref();
        let Some(label) = own.matches.as_ref().map(Spanned::get_ref) else {
            let message = "the key 'match' is missing here: a label, such as env=staging";
            return Err((table.span().start, message.into()));
        };
        if let Some(inner) = own.label.first() {
            return Err((inner.span().start, "thresholds of a label have no labels of their own".to_owned()));
        }
        Ok((Arc::clone(&label.name), Arc::clone(&label.value), apply(own, base.clone())?))
    });
    let by_label = by_label.collect::<Result<_, _>>()?;
    let silences = silence.iter().map(self::silence).collect::<Result<_, _>>()?;
    let objectives = slo.iter().map(objective).collect::<Result<_, _>>()?;
    Ok(Policy { by_label, objectives, silences, ..base })
}

fn apply(table: &ThresholdsTable, own: Policy) -> Result<Policy, Misfit> {
    let share = |value: &Option<Spanned<f64>>, default| match value {
        Some(value) if !(0.0..=1.0).contains(value.get_ref()) => {
            Err((value.span().start, "a factor is from 0.0 to 1.0".to_owned()))
        }
        Some(value) => Ok(*value.get_ref()),
        None => Ok(default),
    };
    let span = |value: &Option<Span>, default| value.map_or(default, |span| span.0);
    Ok(Policy {
        renewal_grace: share(&table.renewal_grace, own.renewal_grace)?,
        overdue_at_most: span(&table.overdue_at_most, own.overdue_at_most),
        expiring_warning: share(&table.expiring_warning, own.expiring_warning)?,
        warning_at_most: span(&table.warning_at_most, own.warning_at_most),
        expiring_critical: share(&table.expiring_critical, own.expiring_critical)?,
        critical_at_most: span(&table.critical_at_most, own.critical_at_most),
        expiring_page: share(&table.expiring_page, own.expiring_page)?,
        page_at_most: span(&table.page_at_most, own.page_at_most),
        page_at_least: span(&table.page_at_least, own.page_at_least),
        production: table.production.as_ref().map_or(own.production, |labels| {
            labels.iter().map(|label| (label.name.clone(), label.value.clone())).collect()
        }),
        production_page: span(&table.production_page, own.production_page),
        production_lifetime: span(&table.production_lifetime, own.production_lifetime),
        max_latency: span(&table.max_latency, own.max_latency),
        severity_at_most: table.severity_at_most.unwrap_or(own.severity_at_most),
        by_label: Vec::new(),
        objectives: Vec::new(),
        silences: Vec::new(),
    })
}

fn objective(table: &SloTable) -> Result<Objective, Misfit> {
    let percent = *table.objective.get_ref();
    if !(percent > 0.0 && percent < 100.0) {
        let message = format!("an objective is above 0 and below 100 per cent, such as 99.95, not {percent}");
        return Err((table.objective.span().start, message));
    }
    let label = table.matches.as_ref().map(|label| (Arc::clone(&label.name), Arc::clone(&label.value)));
    Ok(Objective { label, percent })
}

fn silence(table: &Spanned<SilenceTable>) -> Result<Arc<Silence>, Misfit> {
    let SilenceTable { matches, from, until, reason } = table.get_ref();
    let moment = |written: &Option<Spanned<Datetime>>| {
        let moment = written.as_ref().map(|written| {
            time(written.get_ref()).ok_or_else(|| {
                let message = "a moment has a date, a time and an offset: 2026-11-25T22:00:00Z";
                (written.span().start, message.into())
            })
        });
        moment.transpose()
    };
    let (from, until) = (moment(from)?, moment(until)?);
    if let (Some(from), Some(until)) = (from, until)
        && until <= from
    {
        let message = format!("this silence is over at {until}, before it begins at {from}");
        return Err((table.span().start, message));
    }
    let label = matches.as_ref().map(|label| (Arc::clone(&label.name), Arc::clone(&label.value)));
    Ok(Arc::new(Silence { label, from, until, reason: Arc::clone(reason) }))
}

/// `None` where it is no moment, but a day or an hour anywhere.
fn time(written: &Datetime) -> Option<Time> {
    let moment = written.to_string().parse::<jiff::Timestamp>().ok()?;
    Some(Time::from_millis(moment.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_the_calendar() {
        let cases = [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T00:00:00Z", 951_782_400),
            ("2026-11-25T22:00:00+02:00", 1_795_636_800),
            ("1969-12-31T23:59:59Z", -1),
        ];
        for (text, seconds) in cases {
            let written: Datetime = text.parse().unwrap();
            assert_eq!(time(&written), Some(Time::from_secs(seconds)), "{text}");
        }
        for text in ["2026-11-25", "22:00:00", "2026-11-25T22:00:00"] {
            assert_eq!(time(&text.parse().unwrap()), None, "{text}");
        }
    }
}
