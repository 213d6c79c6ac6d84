//! Nothing is watched yet: three ways in.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::ink::Ink;
use super::layout::top;
use super::model::UiModel;
use super::pen::{Pen, wrapped};
use super::strip;
use super::words::counted;
use crate::input::Action;
use crate::model::Status;
use crate::theme::Role;

/// Draws the start screen.
pub(crate) fn draw(model: &UiModel, ink: Ink<'_>, mut area: Rect, buffer: &mut Buffer) {
    let add = model.settings.keymap.keys_of(Action::AddTarget).first().map(ToString::to_string).unwrap_or_default();
    let ways = [
        (add, "name a target", "example.com, example.com:8443, [2001:db8::1]:443, https://example.com/"),
        (
            "tlscope @FILE".to_owned(),
            "import an inventory",
            "one target a line; or [[target]] in the configuration: tlscope config init",
        ),
        (
            "tlscope lab".to_owned(),
            "try the lab",
            "real TLS servers on this machine, healthy and faulty; no network needed",
        ),
    ];
    sources(model, ink, &mut area, buffer);
    let rows = u16::try_from(ways.len()).unwrap_or(0) * 4 + 2;
    let above = area.height.saturating_sub(rows) / 3;
    top(&mut area, above);
    Pen::new(buffer, top(&mut area, 1), 0).gap(2).put("Nothing is watched yet. Three ways in:", ink.strong());
    for (key, title, detail) in ways {
        if area.height > 6 || above > 0 {
            top(&mut area, 1);
        }
        let mut pen = Pen::new(buffer, top(&mut area, 1), 0);
        pen.gap(4).column(&key, 15, ink.of(Role::Key)).gap(1).put(title, ink.text());
        for line in wrapped(detail, area.width.saturating_sub(22), 2) {
            Pen::new(buffer, top(&mut area, 1), 0).gap(20).put(line, ink.muted());
        }
    }
}

/// Sources that are to name targets, and name none: why, those at fault first.
fn sources(model: &UiModel, ink: Ink<'_>, area: &mut Rect, buffer: &mut Buffer) {
    /// More do not leave room for the rest.
    const MOST: usize = 4;
    let all = &model.snapshot().sources;
    let (faulty, empty): (Vec<_>, Vec<_>) = all.iter().partition(|source| source.fault.is_some());
    for source in faulty.into_iter().chain(empty).take(MOST) {
        let (status, text) = match source.fault {
            Some(_) => strip::unread(source),
            None if source.read.is_none() => (Status::Unknown, format!("{} is being read", source.place)),
            None => (Status::Ok, format!("{} names no target", source.place)),
        };
        for (number, line) in wrapped(&text, area.width.saturating_sub(6), 3).into_iter().enumerate() {
            let mark = if number == 0 { ink.mark(status) } else { " " };
            let mut pen = Pen::new(buffer, top(area, 1), 0);
            pen.gap(2).put(mark, ink.status(status)).gap(1).put(line, ink.text());
        }
    }
    if all.len() > MOST {
        let more = format!("+{}", counted(all.len() - MOST, "more source"));
        Pen::new(buffer, top(area, 1), 0).gap(4).put(&more, ink.muted());
    }
}
