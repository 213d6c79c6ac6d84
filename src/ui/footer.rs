//! The last line: keys that work here and now, from the table of actions; toasts lie over it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::choices::{Pane, Tab};
use super::ink::Ink;
use super::model::UiModel;
use super::widgets::{Hint, hints, toast};
use crate::input::Action;

/// Draws the line.
pub(crate) fn draw(model: &UiModel, ink: Ink<'_>, area: Rect, buffer: &mut Buffer) {
    let keymap = &model.settings.keymap;
    let shown: Vec<Hint> = actions(model)
        .into_iter()
        .filter_map(|action| Some(Hint { text: word(model, action), ..Hint::of(action, keymap, ink.glyphs())? }))
        .collect();
    hints(area, buffer, &shown, ink.theme());
    if let Some(last) = model.toasts.last() {
        toast(area, buffer, &last.text, last.failed, ink.theme());
    }
}

/// What can be done now, most useful first.
fn actions(model: &UiModel) -> Vec<Action> {
    use Action::{
        Acknowledge, AddTarget, Back, Columns, Copy, Expand, Filter, FilterHere, Follow, Freeze, Group, Help, Incident,
        Mode, OnlyProblems, Open, Palette, PaneNext, Pause, ProbeNow, Quit, Sort, SortReverse, TabNext, Theme, Zoom,
    };
    if model.is_empty() {
        return vec![AddTarget, Help, Palette, Theme, Quit];
    }
    if let Some(view) = &model.endpoint {
        let mut actions = vec![Back, TabNext, ProbeNow];
        if view.tab == Tab::Verdict {
            actions.push(Copy);
        }
        if model.snapshot().incidents.len() > 1 {
            actions.push(Incident);
        }
        if !model.snapshot().incidents.is_empty() {
            actions.push(Acknowledge);
        }
        actions.extend([Freeze, Pause, Help, Palette]);
        return actions;
    }
    let mut actions = vec![Help, Filter];
    if model.filter.is_active() || model.zoom {
        actions.push(Back);
    }
    if !model.snapshot().incidents.is_empty() {
        actions.push(Incident);
    }
    match model.focus {
        Pane::Expiry => actions.extend([Mode, Open, FilterHere]),
        Pane::Handshakes => actions.extend([Open, Sort, SortReverse, Columns, Expand]),
        Pane::Protocols => actions.extend([Mode, Open]),
        Pane::Errors if model.errors.raw => actions.extend([Group, Follow, Open]),
        Pane::Errors => actions.extend([Open, Group]),
    }
    actions.extend([PaneNext, Zoom, OnlyProblems, ProbeNow]);
    if !model.snapshot().incidents.is_empty() {
        actions.push(Acknowledge);
    }
    actions.extend([Freeze, Pause, Palette, Theme, Quit]);
    actions
}

/// The word for what a key would do now.
fn word(model: &UiModel, action: Action) -> &'static str {
    match action {
        Action::Freeze if model.frozen.is_some() => "unfreeze",
        Action::Pause if model.live.scheduler.paused => "resume",
        Action::OnlyProblems if model.filter.only_problems => "show all",
        Action::Incident if model.endpoint.is_some() => "next incident",
        Action::Zoom if model.zoom => "unzoom",
        Action::Open if model.focus == Pane::Protocols && model.endpoint.is_none() => "filter",
        Action::Group if model.errors.raw => "by cause",
        Action::Follow if model.errors.held => "follow",
        Action::Follow => "hold",
        _ => action.spec().hint,
    }
}
