//! The phases of a probe on a common scale.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::theme::{Role, Theme};

/// How long each phase took, in order: DNS, TCP, upgrade, TLS.
#[derive(Clone, Copy, Debug)]
pub struct Phases<'a> {
    /// The phases; those that did not happen are zero.
    pub took: [Duration; 4],
    /// The duration that fills the area; shared by all rows of a table.
    pub full: Duration,
    /// Styles and glyphs.
    pub theme: &'a Theme,
}

impl Phases<'_> {
    /// Roles of the phases, in order.
    pub const ROLES: [Role; 4] = [Role::PhaseDns, Role::PhaseTcp, Role::PhaseStarttls, Role::PhaseTls];

    /// Draws the phases end to end, each that happened at least a cell, in glyphs that differ without colour.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer) {
        let area = area.intersection(buffer.area);
        if area.is_empty() {
            return;
        }
        let mut x = area.x;
        let mut elapsed = Duration::ZERO;
        let mut cells_so_far = 0;
        for (phase, took) in self.took.into_iter().enumerate() {
            if took.is_zero() {
                continue;
            }
            elapsed = elapsed.saturating_add(took);
            let upto = self.cells(elapsed, area.width);
            let cells = upto.saturating_sub(cells_so_far).max(1);
            cells_so_far = cells_so_far.saturating_add(cells);
            let end = x.saturating_add(cells).min(area.right());
            let style = self.theme.style(Self::ROLES[phase]);
            for at in x..end {
                buffer.set_stringn(at, area.y, self.theme.glyphs().phases[phase], 1, style);
            }
            x = end;
        }
    }

    /// Cells a duration takes, rounded, at most `room`.
    fn cells(&self, duration: Duration, room: u16) -> u16 {
        let full = self.full.as_nanos().max(1);
        let cells = (duration.min(self.full).as_nanos() * u128::from(room) + full / 2) / full;
        u16::try_from(cells).unwrap_or(room).min(room)
    }
}
