//! Short answers to keys.

use std::time::Duration;

use crate::ui::model::{Toast, UiModel};

/// Says it for a few seconds.
pub(crate) fn say(model: &mut UiModel, text: &str) {
    let until = model.now + Duration::from_secs(3);
    model.toasts.push(Toast { text: text.to_owned(), failed: false, until });
}
