//! The last line: keys that work here and now, from the table of actions; toasts lie over it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::choices::{Pane, Tab};
use super::ink::Ink;
use super::model::UiModel;
use super::pen::{Pen, width};
use crate::input::Action;
use crate::theme::Role;

/// Draws the line.
pub(crate) fn draw(model: &UiModel, ink: &Ink<'_>, area: Rect, buffer: &mut Buffer) {
    let mut pen = Pen::new(buffer, area, 0);
    pen.fill(ink.of(Role::Footer)).gap(1);
    if let Some(toast) = model.toasts.last() {
        let style = ink.of(if toast.failed { Role::ToastFailed } else { Role::Toast });
        pen.put(&format!(" {} ", toast.text), style).gap(2);
    }
    for action in actions(model) {
        let Some(chord) = model.settings.keymap.keys_of(action).first() else { continue };
        let (key, hint) = (chord.to_string(), word(model, action));
        if width(&key) + width(hint) + 1 > pen.room() {
            return;
        }
        pen.put(&key, ink.of(Role::Key)).gap(1).put(hint, ink.of(Role::Footer)).gap(2);
    }
}

/// What can be done now, most useful first.
fn actions(model: &UiModel) -> Vec<Action> {
    use Action::{
        AddTarget, Back, Columns, Copy, Expand, Filter, FilterHere, Follow, Freeze, Group, Help, Mode, OnlyProblems,
        Open, Palette, PaneNext, Pause, ProbeNow, Quit, Sort, SortReverse, TabNext, Theme, Zoom,
    };
    if model.is_empty() {
        return vec![AddTarget, Help, Palette, Theme, Quit];
    }
    if let Some(view) = &model.endpoint {
        let mut actions = vec![Back, TabNext, ProbeNow];
        if view.tab == Tab::Verdict {
            actions.push(Copy);
        }
        actions.extend([Freeze, Pause, Help, Palette]);
        return actions;
    }
    let mut actions = vec![Help, Filter];
    if model.filter.is_active() || model.zoom {
        actions.push(Back);
    }
    match model.focus {
        Pane::Expiry => actions.extend([Mode, Open, FilterHere]),
        Pane::Handshakes => actions.extend([Open, Sort, SortReverse, Columns, Expand]),
        Pane::Protocols => actions.extend([Mode, Open]),
        Pane::Errors if model.errors.raw => actions.extend([Group, Follow, Open]),
        Pane::Errors => actions.extend([Open, Group]),
    }
    actions.extend([PaneNext, Zoom, OnlyProblems, ProbeNow, Freeze, Pause, Palette, Theme, Quit]);
    actions
}

/// The word for what a key would do now.
fn word(model: &UiModel, action: Action) -> &'static str {
    match action {
        Action::Freeze if model.frozen.is_some() => "unfreeze",
        Action::Pause if model.live.scheduler.paused => "resume",
        Action::OnlyProblems if model.filter.only_problems => "show all",
        Action::Zoom if model.zoom => "unzoom",
        Action::Open if model.focus == Pane::Protocols && model.endpoint.is_none() => "filter",
        Action::Group if model.errors.raw => "by cause",
        Action::Follow if model.errors.held => "follow",
        Action::Follow => "hold",
        _ => action.spec().hint,
    }
}
