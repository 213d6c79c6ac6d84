//! What is under the cursor, as a filter and as text to copy.

use super::refresh;
use crate::model::TargetId;
use crate::ui::choices::{Dimension, Pane, Projection, Tab};
use crate::ui::filter::exactly;
use crate::ui::model::UiModel;

/// Makes the thing under the cursor the filter.
pub(crate) fn filter(model: &mut UiModel) {
    let Some(term) = term(model) else { return };
    model.filter.set(&term);
    refresh::now(model);
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
            Tab::Addresses | Tab::Handshake => view.address.map(|key| key.address.to_string()),
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

fn expiry(model: &UiModel) -> Option<String> {
    let at = if model.expiry.projection == Projection::Buckets { model.expiry.bucket.0 } else { model.expiry.cell.0 };
    let group = model.derived.expiry.groups.get(at)?;
    // A group is a service label where targets have one, else a target's name.
    let snapshot = model.snapshot();
    let is_service =
        snapshot.targets.iter().any(|row| row.target.labels.get("service").is_some_and(|name| *name == group.name));
    Some(exactly(if is_service { "service" } else { "target" }, &group.name))
}

fn bar(model: &UiModel) -> Option<String> {
    let bars = model.derived.counts.of(model.protocols.dimension);
    bars.counts.get(model.protocols.cursor).map(|bar| bar.name.to_string())
}

fn target_name(model: &UiModel, id: TargetId) -> Option<String> {
    model.snapshot().target(id).map(|row| row.target.name.to_string())
}
