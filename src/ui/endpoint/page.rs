//! The endpoint view's frame, its tabs, and scrolling over what a tab has to say.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::line::Line;
use super::{addresses, chain, handshake, survey, verdict};
use crate::store::TargetRow;
use crate::theme::Role;
use crate::ui::choices::Tab;
use crate::ui::frame::{self, Frame};
use crate::ui::ink::Ink;
use crate::ui::layout::{inside, top};
use crate::ui::model::{EndpointView, UiModel};
use crate::ui::panes::name;
use crate::ui::pen::Pen;
use crate::ui::widgets::scrollbar;

/// Draws the view over the panes' area.
pub(crate) fn draw(model: &UiModel, ink: Ink<'_>, view: &EndpointView, area: Rect, buffer: &mut Buffer) {
    let Some(target) = model.snapshot().target(view.target) else {
        let inner = frame::draw(ink, area, buffer, &Frame { title: "Endpoint", note: "", caption: "", focused: true });
        Pen::new(buffer, inner, 0).gap(1).put("this target is no longer watched", ink.muted());
        return;
    };
    let title = format!("{} {}", ink.mark(target.status), name(&target.target.name));
    let caption = view.address.map_or_else(String::new, |key| key.address.to_string());
    let mut inner =
        frame::draw(ink, area, buffer, &Frame { title: &title, note: "", caption: &caption, focused: true });
    tabs(ink, view.tab, head(&mut inner), buffer);
    body(model, ink, view, target, inner, buffer);
}

fn tabs(ink: Ink<'_>, current: Tab, area: Rect, buffer: &mut Buffer) {
    let mut pen = Pen::new(buffer, area, 0);
    for (at, tab) in Tab::ALL.into_iter().enumerate() {
        let style = ink.of(if tab == current { Role::TabActive } else { Role::Tab });
        pen.put_whole(&format!(" {} {} ", at + 1, tab.title()), style).gap(1);
    }
}

/// The last line a tab can be scrolled to.
pub(crate) fn furthest(model: &UiModel, view: &EndpointView) -> usize {
    let mut area = inside(model.areas(model.screen()).body);
    head(&mut area);
    let lines = lines(model, Ink::new(&model.settings.theme), view, area.width.saturating_sub(1));
    lines.len().saturating_sub(usize::from(area.height))
}

/// Cuts the line of tabs and the gap below it off the area.
fn head(area: &mut Rect) -> Rect {
    let tabs = top(area, 1);
    let gap = u16::from(area.height > 8);
    top(area, gap);
    tabs
}

fn body(model: &UiModel, ink: Ink<'_>, view: &EndpointView, target: &TargetRow, area: Rect, buffer: &mut Buffer) {
    if view.tab == Tab::Addresses {
        return addresses::draw(model, ink, view, target, area, buffer);
    }
    let width = area.width.saturating_sub(1);
    let lines = lines(model, ink, view, width);
    let offset = view.scroll.min(lines.len().saturating_sub(usize::from(area.height)));
    scrollbar(area, buffer, lines.len(), offset, ink.theme());
    for (line, row) in lines.iter().skip(offset).zip(0..area.height) {
        let mut pen = Pen::new(buffer, Rect { width, ..area }, row);
        for (text, style) in line {
            pen.put(text, *style);
        }
    }
}

/// What a tab of text has to say.
fn lines(model: &UiModel, ink: Ink<'_>, view: &EndpointView, width: u16) -> Vec<Line> {
    let snapshot = model.snapshot();
    let address = view.address.and_then(|key| snapshot.address(key));
    let address = address.or_else(|| snapshot.addresses_of(view.target).next()).map(AsRef::as_ref);
    match (view.tab, snapshot.target(view.target)) {
        (Tab::Verdict, Some(target)) => verdict::lines(model, ink, target, width),
        (Tab::Chain, _) => chain::lines(model, ink, address, width),
        (Tab::Handshake, _) => handshake::lines(model, ink, address, width),
        (Tab::Survey, _) => survey::lines(model, ink, address, width),
        _ => Vec::new(),
    }
}
