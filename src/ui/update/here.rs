//! What is under the cursor, as a filter and as text to copy.

use super::refresh;
use crate::model::{TargetId, Time};
use crate::ui::choices::{Dimension, Pane, Tab};
use crate::ui::derived::BUCKET_TERMS;
use crate::ui::filter::exactly;
use crate::ui::model::UiModel;
use crate::ui::panes::calendar_day;
use crate::ui::panes::expiry::{Spot, certificates, cursor};

/// Makes the thing under the cursor the filter.
pub(crate) fn filter(model: &mut UiModel) {
    let Some(term) = term(model) else { return };
    model.filter.set(&term);
    refresh::narrowed(model);
}

/// What `y` copies: the command in a verdict, else the name of the thing.
#[must_use]
pub(crate) fn copied(model: &UiModel) -> Option<String> {
    if let Some(view) = &model.endpoint {
        let row = model.snapshot().target(view.target)?;
        let command = row.findings.first().and_then(|finding| finding.next.command.clone());
        return match view.tab {
            Tab::Verdict => command.or_else(|| Some(row.target.name.to_string())),
            Tab::Chain => model.selection.certificate.map(|fingerprint| fingerprint.to_string()),
            Tab::Addresses | Tab::Handshake | Tab::Survey => view.address.map(|key| key.address.to_string()),
        };
    }
    match model.focus {
        Pane::Expiry => model.selection.certificate.map(|fingerprint| fingerprint.to_string()),
        Pane::Protocols => bar(model),
        Pane::Errors if model.errors.raw => model.derived.log.get(model.errors.cursor).map(|entry| entry.text.clone()),
        Pane::Errors => model.derived.errors.get(model.errors.cursor).map(|group| group.summary.clone()),
        Pane::Handshakes => target_name(model, model.selection.target?),
    }
}

fn term(model: &UiModel) -> Option<String> {
    match model.focus {
        Pane::Handshakes => target_name(model, model.selection.target?).map(|name| exactly("target", &name)),
        Pane::Errors => {
            let code = if model.errors.raw {
                model.derived.log.get(model.errors.cursor)?.code?
            } else {
                model.derived.errors.get(model.errors.cursor)?.code
            };
            Some(exactly("code", code.0))
        }
        Pane::Protocols => {
            let field = match model.protocols.dimension {
                Dimension::Version => "version",
                Dimension::Group => "group",
                Dimension::Cipher => "cipher",
                Dimension::Key => "key",
                Dimension::Signature => "signature",
                Dimension::Issuer => "issuer",
                Dimension::Alpn => "alpn",
            };
            bar(model).map(|value| exactly(field, &value))
        }
        Pane::Expiry => expiry(model),
    }
}

/// The group under the cursor, and its certificates up to the cell or within the bucket; or the day alone.
fn expiry(model: &UiModel) -> Option<String> {
    let group = match cursor(model) {
        Spot::Day(day) => {
            let (from, to) = calendar_day(model.now, day);
            // Ends of days are nothing that reads well from now: minutes are exact enough.
            let minutes = |at: Time| at.millis_since(model.now).div_euclid(60_000);
            return Some(format!("expires>={}m expires<{}m", minutes(from), minutes(to)));
        }
        // The cursor is in the projection, never in the list.
        Spot::Listed(_) => return None,
        Spot::Cell(group, _) | Spot::Bucket(group, _) => model.derived.expiry.groups.get(group)?,
    };
    let time = match cursor(model) {
        Spot::Bucket(_, bucket) => BUCKET_TERMS.get(bucket).copied().unwrap_or("").to_owned(),
        spot => up_to(certificates(model, spot).first()?.not_after.millis_since(model.now)),
    };
    // A group is a service label where targets have one, else a target's name.
    let snapshot = model.snapshot();
    let is_service =
        snapshot.targets.iter().any(|row| row.target.labels.get("service").is_some_and(|name| *name == group.name));
    Some(format!("{} {time}", exactly(if is_service { "service" } else { "target" }, &group.name)))
}

/// Validity ends within `millis` from now, rounded up to what reads well.
fn up_to(millis: i64) -> String {
    const HOUR: i64 = 3_600_000;
    match millis {
        ..0 => "expires<0h".to_owned(),
        0..172_800_000 => format!("expires<{}h", millis / HOUR + 1),
        _ => format!("expires<{}d", millis / (24 * HOUR) + 1),
    }
}

fn bar(model: &UiModel) -> Option<String> {
    let bars = model.derived.counts.of(model.protocols.dimension);
    bars.counts.get(model.protocols.cursor).map(|bar| bar.name.to_string())
}

fn target_name(model: &UiModel, id: TargetId) -> Option<String> {
    model.snapshot().target(id).map(|row| row.target.name.to_string())
}
