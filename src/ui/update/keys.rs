//! From key presses to actions.

use crossterm::event::{KeyEvent, KeyEventKind};

use super::act;
use crate::input::{Lookup, Scope};
use crate::ui::choices::Pane;
use crate::ui::model::UiModel;
use crate::ui::msg::Effect;

/// Handles a key event.
pub(crate) fn pressed(model: &mut UiModel, key: KeyEvent) -> Vec<Effect> {
    if key.kind == KeyEventKind::Release {
        return Vec::new();
    }
    let keymap = std::sync::Arc::clone(&model.settings.keymap);
    match keymap.lookup(scope(model), &mut model.pending, key) {
        Lookup::Action(action) => act::act(model, action),
        Lookup::Pending | Lookup::None => Vec::new(),
    }
}

/// Where keys go.
fn scope(model: &UiModel) -> Scope {
    match (&model.endpoint, model.focus) {
        (Some(_), _) => Scope::Endpoint,
        (None, Pane::Expiry) => Scope::Expiry,
        (None, Pane::Handshakes) => Scope::Handshakes,
        (None, Pane::Protocols) => Scope::Protocols,
        (None, Pane::Errors) => Scope::Errors,
    }
}
