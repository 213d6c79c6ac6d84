//! Where everything is, from the size alone: drawn by it, scrolled by it and clicked by it.

use ratatui::layout::{Position, Rect};

use super::choices::Pane;

/// Smallest size that shows panes.
pub(crate) const SMALLEST: (u16, u16) = (40, 12);

/// How much of the screen there is room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Too small for panes: verdict, counts and what is missing.
    Message,
    /// One pane, with a one-line verdict and the counts.
    Compact,
    /// One pane at a time, with tabs.
    Single,
    /// Four panes.
    Grid,
}

/// The parts of the main screen. Absent parts are empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Areas {
    /// What there is room for.
    pub(crate) shape: Shape,
    /// Name, counts, filter, liveness, clock.
    pub(crate) header: Rect,
    /// The verdict.
    pub(crate) strip: Rect,
    /// Indicators.
    pub(crate) indicators: Rect,
    /// Tabs of the panes.
    pub(crate) tabs: Rect,
    /// Everything between indicators and footer: one pane, four, or the endpoint view.
    pub(crate) body: Rect,
    /// The panes, in order of their numbers.
    pub(crate) panes: [Rect; 4],
    /// Keys that work now.
    pub(crate) footer: Rect,
}

impl Areas {
    /// Divides `screen`; `zoom` gives the focused pane the whole body. At most `verdict` rows go to the strip.
    #[must_use]
    pub(crate) fn of(screen: Rect, focus: Pane, zoom: bool, verdict: u16) -> Self {
        let shape = shape(screen.width, screen.height);
        let (strip, indicators) = match shape {
            Shape::Message => (0, 0),
            Shape::Compact => (1, 1),
            Shape::Single if screen.height < 30 => (2, 1),
            Shape::Single => (3, 1),
            // A fifth for what is wrong.
            Shape::Grid => ((screen.height / 5).min(verdict), 1),
        };
        let tabs = u16::from(matches!(shape, Shape::Compact | Shape::Single) || (shape == Shape::Grid && zoom));
        let mut rest = screen;
        let header = top(&mut rest, 1);
        let footer = bottom(&mut rest, u16::from(shape != Shape::Message));
        let strip = top(&mut rest, strip);
        let indicators = top(&mut rest, indicators);
        let body = rest;
        let tabs = top(&mut rest, tabs);
        let mut panes = [Rect::ZERO; 4];
        match shape {
            Shape::Message => {}
            Shape::Grid if !zoom => panes = grid(rest),
            _ => {
                if let Some(area) = panes.get_mut(focus as usize) {
                    *area = rest;
                }
            }
        }
        Self { shape, header, strip, indicators, tabs, body, panes, footer }
    }

    /// The area of a pane; empty while it is not on screen.
    #[must_use]
    pub(crate) fn pane(&self, pane: Pane) -> Rect {
        self.panes.get(pane as usize).copied().unwrap_or(Rect::ZERO)
    }

    /// The pane at a position.
    #[must_use]
    pub(crate) fn pane_at(&self, at: Position) -> Option<Pane> {
        Pane::ALL.into_iter().find(|pane| self.pane(*pane).contains(at))
    }
}

/// What is inside a pane's frame.
#[must_use]
pub(crate) fn inside(pane: Rect) -> Rect {
    Rect {
        x: pane.x.saturating_add(1),
        y: pane.y.saturating_add(1),
        width: pane.width.saturating_sub(2),
        height: pane.height.saturating_sub(2),
    }
}

/// Cuts `height` rows off the top, as far as there are any.
pub(crate) fn top(area: &mut Rect, height: u16) -> Rect {
    let height = height.min(area.height);
    let cut = Rect { height, ..*area };
    area.y = area.y.saturating_add(height);
    area.height -= height;
    cut
}

/// Cuts `height` rows off the bottom, as far as there are any.
pub(crate) fn bottom(area: &mut Rect, height: u16) -> Rect {
    let height = height.min(area.height);
    area.height -= height;
    Rect { y: area.bottom(), height, ..*area }
}

/// Cuts `width` columns off the left, as far as there are any.
pub(crate) fn left(area: &mut Rect, width: u16) -> Rect {
    let width = width.min(area.width);
    let cut = Rect { width, ..*area };
    area.x = area.x.saturating_add(width);
    area.width -= width;
    cut
}

/// The first row shown so that the cursor is in sight, moving as little as possible from `offset`.
#[must_use]
pub(crate) fn scrolled(offset: usize, cursor: Option<usize>, len: usize, height: usize) -> usize {
    let offset = offset.min(len.saturating_sub(height));
    match cursor {
        Some(cursor) if cursor < offset => cursor,
        Some(cursor) if height > 0 && cursor >= offset + height => cursor + 1 - height,
        _ => offset,
    }
}

const fn shape(width: u16, height: u16) -> Shape {
    if width < SMALLEST.0 || height < SMALLEST.1 {
        Shape::Message
    } else if width < 60 || height < 16 {
        Shape::Compact
    } else if width < 110 || height < 32 {
        Shape::Single
    } else {
        Shape::Grid
    }
}

fn grid(body: Rect) -> [Rect; 4] {
    // Handshakes and errors are the wide ones; beyond 90 columns the left side gains nothing from width.
    let left_width = (body.width * 3 / 8).min(90);
    let mut upper = body;
    let mut lower = bottom(&mut upper, body.height * 2 / 5);
    let expiry = left(&mut upper, left_width);
    let protocols = left(&mut lower, left_width);
    [expiry, upper, protocols, lower]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_stays_on_screen_at_every_size() {
        for width in 0..260 {
            for height in 0..80 {
                let screen = Rect::new(0, 0, width, height);
                for (focus, zoom) in [(Pane::Expiry, false), (Pane::Errors, true)] {
                    let areas = Areas::of(screen, focus, zoom, 16);
                    let parts = [areas.header, areas.strip, areas.indicators, areas.tabs, areas.body, areas.footer];
                    for part in parts.into_iter().chain(areas.panes) {
                        assert_eq!(part.intersection(screen).area(), part.area(), "{part} in {screen}");
                    }
                }
            }
        }
    }

    #[test]
    fn shapes_follow_the_size() {
        let cases = [
            ((39, 50), Shape::Message),
            ((40, 12), Shape::Compact),
            ((80, 24), Shape::Single),
            ((120, 36), Shape::Grid),
            ((240, 70), Shape::Grid),
        ];
        for ((width, height), expected) in cases {
            assert_eq!(Areas::of(Rect::new(0, 0, width, height), Pane::Expiry, false, 16).shape, expected);
        }
    }

    #[test]
    fn scrolling_moves_no_more_than_needed() {
        assert_eq!(scrolled(0, Some(5), 100, 10), 0);
        assert_eq!(scrolled(0, Some(10), 100, 10), 1);
        assert_eq!(scrolled(50, Some(10), 100, 10), 10);
        assert_eq!(scrolled(95, None, 100, 10), 90);
        assert_eq!(scrolled(5, Some(3), 3, 0), 3);
    }
}
