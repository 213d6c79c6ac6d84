//! From key presses to actions.

use crossterm::event::{KeyEvent, KeyEventKind};

use super::{act, open, overlay};
use crate::input::Lookup;
use crate::ui::model::UiModel;
use crate::ui::msg::Effect;

/// Handles a key event.
pub(crate) fn pressed(model: &mut UiModel, key: KeyEvent) -> Vec<Effect> {
    if key.kind == KeyEventKind::Release {
        return Vec::new();
    }
    if !model.overlays.is_empty() {
        return overlay::pressed(model, key);
    }
    let keymap = std::sync::Arc::clone(&model.settings.keymap);
    match keymap.lookup(open::scope(model), &mut model.pending, key) {
        Lookup::Action(action) => act::act(model, action),
        Lookup::Pending | Lookup::None => Vec::new(),
    }
}
