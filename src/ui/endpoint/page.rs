//! The endpoint view's frame, its tabs, and scrolling over what a tab has to say.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::verdict;
use crate::store::TargetRow;
use crate::theme::Role;
use crate::ui::choices::Tab;
use crate::ui::frame::{self, Frame};
use crate::ui::ink::Ink;
use crate::ui::layout::top;
use crate::ui::model::{EndpointView, UiModel};
use crate::ui::panes::name;
use crate::ui::pen::Pen;

/// Draws the view over the panes' area.
pub(crate) fn draw(model: &UiModel, ink: &Ink<'_>, view: &EndpointView, area: Rect, buffer: &mut Buffer) {
    let Some(target) = model.snapshot().target(view.target) else {
        let inner = frame::draw(ink, area, buffer, &Frame { title: "Endpoint", note: "", caption: "", focused: true });
        Pen::new(buffer, inner, 0).gap(1).put("this target is no longer watched", ink.muted());
        return;
    };
    let title = format!("{} {}", ink.mark(target.status), name(&target.target.name));
    let caption = view.address.map_or_else(String::new, |key| key.address.to_string());
    let mut inner =
        frame::draw(ink, area, buffer, &Frame { title: &title, note: "", caption: &caption, focused: true });
    tabs(ink, view.tab, top(&mut inner, 1), buffer);
    let gap = u16::from(inner.height > 8);
    top(&mut inner, gap);
    body(model, ink, view, target, inner, buffer);
}

fn tabs(ink: &Ink<'_>, current: Tab, area: Rect, buffer: &mut Buffer) {
    let mut pen = Pen::new(buffer, area, 0);
    for (at, tab) in Tab::ALL.into_iter().enumerate() {
        let style = ink.of(if tab == current { Role::TabActive } else { Role::Tab });
        pen.put_whole(&format!(" {} {} ", at + 1, tab.title()), style).gap(1);
    }
}

fn body(model: &UiModel, ink: &Ink<'_>, view: &EndpointView, target: &TargetRow, area: Rect, buffer: &mut Buffer) {
    let lines = verdict::lines(model, ink, target, area.width);
    let offset = view.scroll.min(lines.len().saturating_sub(usize::from(area.height)));
    for (line, row) in lines.iter().skip(offset).zip(0..area.height) {
        let mut pen = Pen::new(buffer, area, row);
        for (text, style) in line {
            pen.put(text, *style);
        }
    }
}
