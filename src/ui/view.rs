//! Draws the model. A frame costs what is visible: everything that grows with the fleet was prepared by `update`.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::choices::Pane;
use super::ink::Ink;
use super::layout::{Areas, SMALLEST, Shape};
use super::model::UiModel;
use super::panes::{errors, expiry, handshakes, protocols};
use super::pen::{Pen, wrapped};
use super::{endpoint, footer, header, indicators, start, strip, widgets};
use crate::theme::Role;

/// Draws one frame.
pub fn view(model: &UiModel, frame: &mut Frame<'_>) {
    let area = frame.area();
    draw(model, area, frame.buffer_mut());
}

/// Draws the whole screen into `buffer`.
pub(crate) fn draw(model: &UiModel, screen: Rect, buffer: &mut Buffer) {
    let ink = Ink::new(&model.settings.theme);
    buffer.set_style(screen, ink.text());
    let areas = model.areas(screen);
    if areas.shape == Shape::Message {
        message(model, ink, screen, buffer);
    } else {
        header::draw(model, ink, areas.header, buffer);
        footer::draw(model, ink, areas.footer, buffer);
        if model.is_empty() {
            let body = areas.strip.union(areas.indicators).union(areas.body);
            start::draw(model, ink, body, buffer);
        } else {
            verdict(model, ink, &areas, buffer);
            body(model, ink, &areas, buffer);
        }
    }
    for overlay in &model.overlays {
        overlay.draw(screen, buffer, &model.settings.theme, &model.settings.keymap);
    }
    if ink.glyphs().ascii {
        widgets::fold_ascii(buffer);
    }
}

fn verdict(model: &UiModel, ink: Ink<'_>, areas: &Areas, buffer: &mut Buffer) {
    if areas.shape == Shape::Compact {
        // Beside its sign.
        let (status, sentence) = strip::sentence(model, areas.strip.width.saturating_sub(2));
        Pen::new(buffer, areas.strip, 0).put(ink.mark(status), ink.status(status)).gap(1).put(&sentence, ink.strong());
        Pen::new(buffer, areas.indicators, 0).put(&indicators::brief(model), ink.muted());
        return;
    }
    strip::draw(model, ink, areas.strip, buffer);
    indicators::draw(model, ink, areas.indicators, buffer);
}

fn body(model: &UiModel, ink: Ink<'_>, areas: &Areas, buffer: &mut Buffer) {
    if let Some(view) = &model.endpoint {
        return endpoint::draw(model, ink, view, areas.body, buffer);
    }
    tabs(model, ink, areas.tabs, buffer);
    for pane in Pane::ALL {
        let area = areas.pane(pane);
        if area.is_empty() {
            continue;
        }
        match pane {
            Pane::Expiry => expiry::draw(model, ink, area, buffer),
            Pane::Handshakes => handshakes::draw(model, ink, area, buffer),
            Pane::Protocols => protocols::draw(model, ink, area, buffer),
            Pane::Errors => errors::draw(model, ink, area, buffer),
        }
    }
}

fn tabs(model: &UiModel, ink: Ink<'_>, area: Rect, buffer: &mut Buffer) {
    let mut pen = Pen::new(buffer, area, 0);
    for pane in Pane::ALL {
        let style = ink.of(if pane == model.focus { Role::TabActive } else { Role::Tab });
        pen.put_whole(&tab_label(pane, area.width), style).put_whole(" ", Style::new());
    }
}

/// A tab's text: the whole title where there is room, else its number and first letters.
#[must_use]
pub(crate) fn tab_label(pane: Pane, width: u16) -> String {
    let title = pane.title();
    let title = if width < 60 { title.get(..4).unwrap_or(title) } else { title };
    format!(" {} {title} ", pane.number())
}

/// Too small for panes: the verdict all the same, and what would be enough.
fn message(model: &UiModel, ink: Ink<'_>, screen: Rect, buffer: &mut Buffer) {
    let (status, sentence) = strip::sentence(model, u16::MAX);
    let text = format!("{} {sentence}", ink.mark(status));
    let rows = usize::from(screen.height.saturating_sub(1)).max(1);
    for (line, row) in wrapped(&text, screen.width, rows).into_iter().zip(0..) {
        Pen::new(buffer, screen, row).put(line, ink.status(status));
    }
    let needs = format!("{}x{} needed, {}x{} here", SMALLEST.0, SMALLEST.1, screen.width, screen.height);
    if screen.height > 1 {
        Pen::new(buffer, screen, screen.height - 1).put(&needs, ink.muted());
    }
}
