//! The inventory: certificates rather than endpoints, and what is known of the one that is marked.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::cursor::Cursor;
use super::outcome::OverlayOutcome;
use super::popup::{Place, popup};
use super::table::{Column, Table};
use crate::input::Action;
use crate::model::{Certificate, Status, Time, Untrusted, human_duration};
use crate::theme::{Role, Theme};
use crate::ui::derived::{Holding, What, Wrong};
use crate::ui::pen::wrapped;
use crate::ui::widgets::{Align, Cut, put};
use crate::ui::words::{brief_left, count, counted, time_left};

/// State of the inventory.
#[derive(Clone, Debug)]
pub struct Inventory {
    rows: Vec<Holding>,
    /// Files that were looked through; none where only what is served is known.
    looked_at: Option<usize>,
    at: Time,
    cursor: Cursor,
}

/// Columns of a row's name: at least, and where there is room.
const NAME: (u16, u16) = (28, 60);
/// Columns of a fact's name.
const LABEL: u16 = 12;
/// Certificates for which a second's pause is made between two looks, which take time in proportion to them.
const PER_SECOND: u64 = 10_000;

impl Inventory {
    #[must_use]
    pub(crate) fn new(rows: Vec<Holding>, looked_at: Option<usize>, at: Time) -> Self {
        Self { rows, looked_at, at, cursor: Cursor::default() }
    }

    /// Whether it is old enough to be made again.
    #[must_use]
    pub(crate) fn is_due(&self, now: Time) -> bool {
        now < self.at || now.since(self.at) >= Duration::from_secs(1 + self.rows.len() as u64 / PER_SECOND)
    }

    /// What is known now; what was marked stays so.
    pub(crate) fn renew(&mut self, rows: Vec<Holding>, at: Time) {
        let marked = self.rows.get(self.cursor.at);
        let place = marked.and_then(|marked| rows.iter().position(|row| row.is_same(marked)));
        self.cursor = Cursor { at: place.unwrap_or(self.cursor.at).min(rows.len().saturating_sub(1)) };
        (self.rows, self.at) = (rows, at);
    }

    pub(super) fn act(&mut self, action: Action) -> OverlayOutcome {
        if self.cursor.act(action, self.rows.len()) {
            return OverlayOutcome::Stay;
        }
        match action {
            Action::Accept => match self.rows.get(self.cursor.at).and_then(|row| row.targets.first()) {
                Some(name) => OverlayOutcome::OpenNamed(name.clone()),
                None => OverlayOutcome::Stay,
            },
            Action::Back | Action::Quit => OverlayOutcome::Close,
            _ => OverlayOutcome::Stay,
        }
    }

    pub(super) const fn typed(key: KeyEvent) -> OverlayOutcome {
        match key.code {
            KeyCode::Char('C') | KeyCode::F(4) => OverlayOutcome::Close,
            _ => OverlayOutcome::Stay,
        }
    }

    pub(super) fn draw(&self, area: Rect, buffer: &mut Buffer, theme: &Theme) {
        let glyphs = theme.glyphs();
        let size = (area.width.saturating_sub(2).max(1), area.height.saturating_sub(2).max(3));
        let bottom = format!("{} open the target that serves it {} esc back", glyphs.enter, glyphs.dot);
        let inside = popup(area, buffer, Place::Middle, size, (&self.title(), &bottom), theme);
        if inside.is_empty() {
            return;
        }
        let Some(marked) = self.rows.get(self.cursor.at) else {
            let nothing = " no certificates here";
            return put(buffer, inside, nothing, theme.style(Role::Muted), (Align::Left, Cut::End), glyphs);
        };
        // At least three rows of the table, at most half for one certificate.
        let details = (inside.height / 2).min(inside.height.saturating_sub(5));
        let rows = Table {
            rows: &self.rows,
            columns: &COLUMNS,
            name: |row, theme| (format!("{} {}", mark(row.status, theme), row.name), role(row.status)),
            named: NAME,
            now: self.at,
            cursor: self.cursor,
        };
        rows.draw(Rect { height: (inside.height - details).saturating_sub(1), ..inside }, buffer, theme);
        let rest = Rect { y: inside.bottom() - details, height: details, ..inside };
        self::details(&facts(marked, self.looked_at.is_some(), self.at), rest, buffer, theme);
    }

    /// `Inventory · 12 certificates in 40 files, 3 not well`.
    fn title(&self) -> String {
        let certificates = self.rows.iter().filter(|row| matches!(row.what, What::Certificate(_))).count();
        let unwell = self.rows.iter().filter(|row| row.status > Status::Unknown).count();
        let files = self.looked_at.map_or_else(String::new, |files| format!(" · {} looked at", counted(files, "file")));
        let unwell = if unwell == 0 { String::new() } else { format!(" · {} not well", count(unwell)) };
        format!("Inventory · {}{files}{unwell}", counted(certificates, "certificate"))
    }
}

/// One fact after the other; what does not fit is counted.
fn details(facts: &[(&'static str, String, Role)], area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let room = area.width.saturating_sub(LABEL + 1).max(1);
    let lines: Vec<(&str, &str, Role)> = facts
        .iter()
        .flat_map(|(label, text, role)| {
            let labels = std::iter::once(*label).chain(std::iter::repeat(""));
            labels.zip(wrapped(text, room, usize::MAX)).map(|(label, part)| (label, part, *role))
        })
        .collect();
    let height = usize::from(area.height);
    let shown = if lines.len() > height { height.saturating_sub(1) } else { lines.len() };
    let mut line = |number: usize, label: &str, part: &str, role: Role| {
        let row = Rect { y: area.y + u16::try_from(number).unwrap_or(u16::MAX), height: 1, ..area };
        let left = Rect { width: LABEL.min(row.width), ..row };
        let right = Rect { x: row.x + left.width, width: row.width - left.width, ..row };
        let label = format!(" {label}");
        put(buffer, left, &label, theme.style(Role::Muted), (Align::Left, Cut::End), theme.glyphs());
        put(buffer, right, part, theme.style(role), (Align::Left, Cut::End), theme.glyphs());
    };
    for (number, (label, part, role)) in lines[..shown].iter().enumerate() {
        line(number, label, part, *role);
    }
    if shown < lines.len() && height > 0 {
        line(shown, "", &format!("+{}", counted(lines.len() - shown, "more line")), Role::Muted);
    }
}

/// The most wanted first; the others give way to a narrow screen.
const COLUMNS: [Column<Holding>; 6] = [
    Column { title: "left", width: 9, align: Align::Right, cell: left },
    Column { title: "  served", width: 11, align: Align::Left, cell: served },
    Column { title: "stored", width: 26, align: Align::Left, cell: stored },
    Column { title: "key", width: 20, align: Align::Left, cell: key },
    Column { title: "owner", width: 14, align: Align::Left, cell: owner },
    Column { title: "issuer", width: 24, align: Align::Left, cell: issuer },
];

fn mark(status: Status, theme: &Theme) -> &'static str {
    let glyphs = theme.glyphs();
    match status {
        Status::Ok => glyphs.ok,
        Status::Unknown => glyphs.unknown,
        Status::Warning => glyphs.warning,
        Status::Critical => glyphs.critical,
    }
}

const fn role(status: Status) -> Role {
    match status {
        Status::Ok => Role::Overlay,
        Status::Unknown => Role::Unknown,
        Status::Warning => Role::Warning,
        Status::Critical => Role::Critical,
    }
}

fn certificate(row: &Holding) -> Option<&Certificate> {
    match &row.what {
        What::Certificate(certificate) => Some(certificate),
        What::File(_) => None,
    }
}

fn left(row: &Holding, now: Time) -> (String, Role) {
    row.end().map_or_else(|| ("–".to_owned(), Role::Muted), |end| (brief_left(now, end), role(row.status)))
}

fn served(row: &Holding, _: Time) -> (String, Role) {
    if row.served == 0 {
        ("  –".to_owned(), Role::Muted)
    } else {
        (format!("  ×{}", count(row.served)), Role::Overlay)
    }
}

fn stored(row: &Holding, _: Time) -> (String, Role) {
    let Some(first) = row.files.first() else { return ("–".to_owned(), Role::Muted) };
    let file = first.as_str().rsplit('/').next().unwrap_or_default();
    let more = row.file_count.saturating_sub(1);
    let more = if more == 0 { String::new() } else { format!(" +{}", count(more)) };
    (format!("{file}{more}"), Role::Overlay)
}

/// `ECDSA P-256 ⚷`: with its private key; `×3` where three certificates share it.
fn key(row: &Holding, _: Time) -> (String, Role) {
    let Some(certificate) = certificate(row) else { return ("–".to_owned(), Role::Muted) };
    let shared = if row.twins == 0 { String::new() } else { format!(" ×{}", count(row.twins + 1)) };
    let role = if row.twins == 0 { Role::Overlay } else { Role::Accent };
    (format!("{}{shared}", certificate.key), role)
}

fn owner(row: &Holding, _: Time) -> (String, Role) {
    let owner = row.owner.as_ref().map(|owner| Untrusted::new(owner).to_string());
    owner.map_or_else(|| ("–".to_owned(), Role::Muted), |owner| (owner, Role::Overlay))
}

fn issuer(row: &Holding, _: Time) -> (String, Role) {
    let Some(certificate) = certificate(row) else { return ("–".to_owned(), Role::Muted) };
    let own = if certificate.self_signed { "itself".to_owned() } else { certificate.issuer_short.to_string() };
    (own, Role::Overlay)
}

/// Where a certificate is stored that no target's file has, while no others were looked through.
const NOT_LOOKED: &str = "in no certificate file that a target names; tlscope inventory PATH looks through others";

/// Everything about a row, what is wrong first and what is no more than advice last.
fn facts(row: &Holding, is_looked: bool, now: Time) -> Vec<(&'static str, String, Role)> {
    let mut facts = Vec::new();
    let (findings, advice): (Vec<&Wrong>, Vec<&Wrong>) = row.wrongs.iter().partition(|wrong| wrong.status > Status::Ok);
    for wrong in &findings {
        facts.push(("finding", format!("{} · {}", wrong.code, wrong.summary), role(wrong.status)));
    }
    facts.extend(row.wrongs.first().map(|worst| ("next", worst.next.clone(), Role::Overlay)));
    let mut fact = |label, text: String| facts.push((label, text, Role::Overlay));
    if let Some(certificate) = certificate(row) {
        let names: Vec<String> = certificate.sans.iter().take(8).map(|san| san.text().to_string()).collect();
        let more = certificate.sans.len().saturating_sub(names.len());
        let more = if more == 0 { String::new() } else { format!(" +{}", count(more)) };
        fact("subject", certificate.subject.to_string());
        fact("names", if names.is_empty() { "–".to_owned() } else { format!("{}{more}", names.join(", ")) });
        fact("issuer", certificate.issuer.to_string());
        let (from, until) = (certificate.not_before.date(), certificate.not_after.date());
        let lifetime = human_duration(certificate.lifetime());
        fact("valid", format!("{from} – {until}, {} left of {lifetime}", time_left(now, certificate.not_after)));
        let twins = match row.twins {
            0 => String::new(),
            twins => format!(", shared with {}", counted(twins, "other certificate")),
        };
        let private = if row.has_key { ", private key stored" } else { "" };
        fact("key", format!("{}{twins}{private}", certificate.key));
        fact("serial", certificate.serial.clone());
    }
    let list = |names: Vec<String>, all: usize| {
        let more = all.saturating_sub(names.len());
        let more = if more == 0 { String::new() } else { format!(" +{}", count(more)) };
        format!("{}{more}", names.join(", "))
    };
    let files: Vec<String> = row.files.iter().map(ToString::to_string).collect();
    let nowhere = if is_looked { "in none of the files" } else { NOT_LOOKED };
    fact("stored", if files.is_empty() { nowhere.to_owned() } else { list(files, row.file_count) });
    let targets: Vec<String> = row.targets.iter().map(ToString::to_string).collect();
    let served = if row.served == 0 { "by no target that is watched".to_owned() } else { list(targets, 0) };
    fact("served", if row.served == 0 { served } else { format!("{} by {served}", counted(row.served, "address")) });
    facts.extend(advised(&advice));
    facts
}

/// Advice, that of one kind once: every copy of a certificate says that there are others.
fn advised(advice: &[&Wrong]) -> Vec<(&'static str, String, Role)> {
    let mut told: Vec<(&Wrong, usize)> = Vec::new();
    for wrong in advice {
        match told.iter_mut().find(|(first, _)| first.code == wrong.code) {
            Some((_, more)) => *more += 1,
            None => told.push((wrong, 0)),
        }
    }
    let line = |(wrong, more): (&Wrong, usize)| {
        let more = if more == 0 { String::new() } else { format!(" (+{} like it)", count(more)) };
        ("advice", format!("{} · {}{more}", wrong.code, wrong.summary), role(wrong.status))
    };
    told.into_iter().map(line).collect()
}
