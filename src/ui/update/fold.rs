//! The one entrance.

use crossterm::event::Event as TerminalEvent;

use super::{keys, mouse, open, overlay, refresh};
use crate::ui::model::{Toast, UiModel};
use crate::ui::msg::{Effect, Msg};

/// Folds one message into the model and returns what it asks of the outside.
pub fn update(model: &mut UiModel, msg: Msg) -> Vec<Effect> {
    let effects = match msg {
        Msg::Tick(now) => {
            model.now = now;
            model.toasts.retain(|toast| toast.until > now);
            refresh::aged(model);
            Vec::new()
        }
        Msg::Snapshot(snapshot) => {
            model.live = snapshot;
            model.outdated |= model.frozen.is_none();
            Vec::new()
        }
        Msg::Notice { text, failed } => {
            model.toasts.push(Toast { text, failed, until: model.now + UiModel::TOAST });
            Vec::new()
        }
        Msg::TargetRefused { text, reason } => {
            open::mend_target(model, &text, reason);
            Vec::new()
        }
        Msg::Terminal(event) => terminal(model, event),
    };
    refresh::when_due(model);
    refresh::scroll(model);
    effects
}

fn terminal(model: &mut UiModel, event: TerminalEvent) -> Vec<Effect> {
    match event {
        TerminalEvent::Key(key) => keys::pressed(model, key),
        TerminalEvent::Mouse(event) => mouse::used(model, event),
        TerminalEvent::Resize(columns, rows) => {
            model.settings.size = (columns, rows);
            Vec::new()
        }
        TerminalEvent::Paste(text) => overlay::pasted(model, &text),
        TerminalEvent::FocusGained | TerminalEvent::FocusLost => Vec::new(),
    }
}
