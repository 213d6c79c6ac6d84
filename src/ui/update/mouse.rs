//! Clicks focus and select, a second click opens, the wheel scrolls.

use std::time::Duration;

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::{act, moves, overlay, select};
use crate::input::Action;
use crate::ui::choices::Pane;
use crate::ui::model::UiModel;
use crate::ui::msg::Effect;
use crate::ui::panes::{errors, expiry, handshakes, protocols};
use crate::ui::strip;
use crate::ui::view::tab_label;
use crate::ui::widgets::width;

/// Two clicks on one cell within this time are a double click.
const DOUBLE: Duration = Duration::from_millis(400);
/// Rows a notch of the wheel moves.
const NOTCH: usize = 3;

/// Handles a mouse event.
pub(crate) fn used(model: &mut UiModel, event: MouseEvent) -> Vec<Effect> {
    let at = Position::new(event.column, event.row);
    match event.kind {
        MouseEventKind::Down(MouseButton::Left) => clicked(model, at),
        MouseEventKind::ScrollUp => wheel(model, at, Action::Up),
        MouseEventKind::ScrollDown => wheel(model, at, Action::Down),
        _ => Vec::new(),
    }
}

fn clicked(model: &mut UiModel, at: Position) -> Vec<Effect> {
    if !model.overlays.is_empty() {
        return Vec::new();
    }
    let again = model.click.take().is_some_and(|(when, where_)| where_ == at && model.now.since(when) <= DOUBLE);
    if !again {
        model.click = Some((model.now, at));
    }
    let areas = model.areas(model.screen());
    if areas.strip.contains(at) {
        if let Some(id) = strip::target_at(model, areas.strip, at.y) {
            act::open_target(model, id);
        }
        return Vec::new();
    }
    if model.endpoint.is_some() {
        return Vec::new();
    }
    if areas.tabs.contains(at) {
        let mut x = areas.tabs.x;
        for pane in Pane::ALL {
            let end = x + width(&tab_label(pane, areas.tabs.width)) + 1;
            if (x..end).contains(&at.x) {
                model.focus = pane;
            }
            x = end;
        }
        return Vec::new();
    }
    let Some(pane) = areas.pane_at(at) else { return Vec::new() };
    model.focus = pane;
    if point(model, pane, at) && again { act::act(model, Action::Open) } else { Vec::new() }
}

/// Puts the pane's cursor at a position; returns whether something is there.
fn point(model: &mut UiModel, pane: Pane, at: Position) -> bool {
    let area = model.areas(model.screen()).pane(pane);
    model.touched = true;
    match pane {
        Pane::Expiry => {
            let Some(spot) = expiry::spot_at(model, area, at) else { return false };
            match spot {
                expiry::Spot::Cell(group, place) => model.expiry.cell = (group, place),
                expiry::Spot::Day(day) => model.expiry.day = day,
                expiry::Spot::Bucket(group, bucket) => model.expiry.bucket = (group, bucket),
                expiry::Spot::Listed(_) => {
                    if let [listed] = expiry::certificates(model, spot) {
                        select::certificate(model, listed.fingerprint);
                    }
                    return true;
                }
            }
            select::under_expiry(model);
        }
        Pane::Handshakes => {
            let Some(row) = handshakes::row_at(model, area, at.y) else { return false };
            select::row(model, row);
        }
        Pane::Protocols => {
            let Some(bar) = protocols::bar_at(model, area, at.y) else { return false };
            model.protocols.cursor = bar;
        }
        Pane::Errors => {
            let Some(row) = errors::row_at(model, area, at.y) else { return false };
            moves::error(model, row);
        }
    }
    true
}

fn wheel(model: &mut UiModel, at: Position, action: Action) -> Vec<Effect> {
    if !model.overlays.is_empty() {
        return overlay::wheeled(model, action);
    }
    if model.endpoint.is_none() {
        model.focus = model.areas(model.screen()).pane_at(at).unwrap_or(model.focus);
    }
    (0..NOTCH).flat_map(|_| act::act(model, action)).collect()
}
