//! Gives keys to the topmost overlay and does what it asks for.

use crossterm::event::KeyEvent;

use super::{act, hand, refresh};
use crate::input::Action;
use crate::ui::choices::{Columns, Sort};
use crate::ui::model::UiModel;
use crate::ui::msg::Effect;
use crate::ui::overlays::{MenuKind, Overlay, OverlayOutcome, Prompt, PromptKind, Question};

/// Gives it a key.
pub(crate) fn pressed(model: &mut UiModel, key: KeyEvent) -> Vec<Effect> {
    let keymap = std::sync::Arc::clone(&model.settings.keymap);
    let mut pending = model.pending;
    let effects = given(model, |overlay| overlay.handle(key, &keymap, &mut pending));
    model.pending = pending;
    effects
}

/// Gives it pasted text.
pub(crate) fn pasted(model: &mut UiModel, text: &str) -> Vec<Effect> {
    given(model, |overlay| overlay.paste(text))
}

/// Gives it a notch of the wheel.
pub(crate) fn wheeled(model: &mut UiModel, action: Action) -> Vec<Effect> {
    given(model, |overlay| overlay.act(action))
}

fn given(model: &mut UiModel, give: impl FnOnce(&mut Overlay) -> OverlayOutcome) -> Vec<Effect> {
    let Some(mut overlay) = model.overlays.pop() else { return Vec::new() };
    let outcome = give(&mut overlay);
    // Behind the review of files there is nothing where nothing is watched.
    if matches!((&overlay, &outcome), (Overlay::Inventory(_), OverlayOutcome::Close)) && model.is_empty() {
        return vec![Effect::Quit];
    }
    if !outcome.closes() {
        if let (Overlay::Prompt(prompt), OverlayOutcome::Change(PromptKind::Filter, text)) = (&mut overlay, &outcome) {
            narrow(model, text);
            prompt.complain(model.filter.error().map(|error| error.message.clone()));
        }
        model.overlays.push(overlay);
    }
    done(model, outcome)
}

fn done(model: &mut UiModel, outcome: OverlayOutcome) -> Vec<Effect> {
    match outcome {
        OverlayOutcome::Stay
        | OverlayOutcome::Close
        | OverlayOutcome::Change(..)
        | OverlayOutcome::Cancel(PromptKind::Acknowledge | PromptKind::AddTarget, _) => {}
        OverlayOutcome::Run(action) | OverlayOutcome::Pass(action) => return act::act(model, action),
        OverlayOutcome::OpenTarget(id) => {
            act::open_target(model, id);
        }
        OverlayOutcome::OpenNamed(name) => {
            let target = model.snapshot().targets.iter().find(|row| row.target.name == name);
            if let Some(id) = target.map(|row| row.target.id) {
                act::open_target(model, id);
            }
        }
        OverlayOutcome::PreviewTheme(name) | OverlayOutcome::RestoreTheme(name) => wear(model, &name),
        OverlayOutcome::KeepTheme(name) => {
            wear(model, &name);
            return vec![Effect::SaveTheme(name)];
        }
        OverlayOutcome::Cancel(PromptKind::Filter, text) => narrow(model, &text),
        OverlayOutcome::Submit(PromptKind::Filter, text) => submit_filter(model, &text),
        OverlayOutcome::Submit(PromptKind::AddTarget, text) => {
            let text = text.trim();
            return if text.is_empty() { Vec::new() } else { vec![Effect::AddTarget(text.to_owned())] };
        }
        OverlayOutcome::Submit(PromptKind::Acknowledge, text) => return hand::submit(model, &text),
        OverlayOutcome::Choose(kind, at) => choose(model, kind, at),
        OverlayOutcome::Confirmed(Question::RemoveTarget(id)) => {
            model.endpoint = None;
            return vec![Effect::RemoveTarget(id)];
        }
    }
    Vec::new()
}

fn narrow(model: &mut UiModel, text: &str) {
    if model.filter.set(text) {
        refresh::narrowed(model);
    }
}

/// A filter that cannot be read is not thrown away: the line stays open and says why.
fn submit_filter(model: &mut UiModel, text: &str) {
    narrow(model, text);
    if let Some(error) = model.filter.error() {
        let mut prompt = Prompt::new(PromptKind::Filter, text);
        prompt.complain(Some(error.message.clone()));
        model.overlays.push(Overlay::Prompt(prompt));
    }
}

fn choose(model: &mut UiModel, kind: MenuKind, at: usize) {
    match kind {
        MenuKind::Sort => {
            if let Some(sort) = Sort::ALL.get(at) {
                (model.handshakes.order.sort, model.handshakes.order.reversed) = (*sort, false);
                refresh::now(model);
            }
        }
        MenuKind::Columns => model.handshakes.columns = Columns::ALL.get(at).copied().unwrap_or_default(),
    }
}

fn wear(model: &mut UiModel, name: &str) {
    // The picker names only themes it was given.
    if let Some(theme) = model.settings.themes.iter().find(|theme| theme.name() == name).cloned() {
        model.settings.theme = theme;
    }
}
