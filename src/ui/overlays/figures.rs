//! The service level indicators: a row for the fleet, for each label and each target, and all of them for the row that
//! is marked.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::cursor::Cursor;
use super::outcome::{OverlayOutcome, PromptKind};
use super::popup::{Place, popup};
use super::table::{Column, Table};
use crate::diagnosis::{Counted, Spent};
use crate::input::Action;
use crate::model::{Status, Time, human_duration};
use crate::store::{Budget, ExpiryBucket, Group, Indicators, Share, Window, WindowCounts};
use crate::theme::{Role, Theme};
use crate::ui::widgets::{Align, Cut, put};
use crate::ui::words::{availability, brief_left, count, per_cent, time_left, took};

/// State of the figures.
#[derive(Clone, Debug)]
pub struct Figures {
    rows: Vec<Figure>,
    at: Time,
    cursor: Cursor,
}

/// One row.
#[derive(Clone, Debug)]
pub struct Figure {
    /// What it is about, as people know it.
    pub name: String,
    /// Worst status, of a target.
    pub status: Option<Status>,
    /// What is measured.
    pub indicators: Indicators,
    /// How its objective fares, where it has one.
    pub budget: Option<Budget>,
}

/// Columns of a row's name: at least, and where there is room.
const NAME: (u16, u16) = (24, 48);
/// Columns of an indicator's name.
const LABEL: u16 = 20;
/// Lines about the marked row.
const DETAILS: u16 = 10;
/// Addresses for which a second's pause is made between two counts, which take time in proportion to them.
const PER_SECOND: u64 = 10_000;

impl Figures {
    /// The figures as of `at`.
    #[must_use]
    pub fn new(rows: Vec<Figure>, at: Time) -> Self {
        Self { rows, at, cursor: Cursor::default() }
    }

    /// Whether they are old enough to be counted again.
    #[must_use]
    pub fn is_due(&self, now: Time) -> bool {
        let addresses = self.rows.first().map_or(0, |fleet| fleet.indicators.addresses as u64);
        now < self.at || now.since(self.at) >= Duration::from_secs(1 + addresses / PER_SECOND)
    }

    /// Newer figures; what was marked stays so.
    pub fn renew(&mut self, rows: Vec<Figure>, at: Time) {
        let marked = self.rows.get(self.cursor.at).map(|row| &row.indicators.counts.group);
        let place = rows.iter().position(|row| Some(&row.indicators.counts.group) == marked);
        self.cursor = Cursor { at: place.unwrap_or(self.cursor.at).min(rows.len().saturating_sub(1)) };
        (self.rows, self.at) = (rows, at);
    }

    pub(super) fn act(&mut self, action: Action) -> OverlayOutcome {
        if self.cursor.act(action, self.rows.len()) {
            return OverlayOutcome::Stay;
        }
        let marked = self.rows.get(self.cursor.at).map(|row| &row.indicators.counts.group);
        match (action, marked) {
            (Action::Accept, Some(Group::Target(id))) => OverlayOutcome::OpenTarget(*id),
            (Action::Accept, Some(Group::Label(name, value))) => {
                OverlayOutcome::Submit(PromptKind::Filter, format!("{name}:{value}"))
            }
            (Action::Accept | Action::Back | Action::Quit, _) => OverlayOutcome::Close,
            _ => OverlayOutcome::Stay,
        }
    }

    pub(super) const fn typed(key: KeyEvent) -> OverlayOutcome {
        match key.code {
            KeyCode::Char('I') | KeyCode::F(2) => OverlayOutcome::Close,
            _ => OverlayOutcome::Stay,
        }
    }

    pub(super) fn draw(&self, area: Rect, buffer: &mut Buffer, theme: &Theme) {
        let glyphs = theme.glyphs();
        let bottom = format!("{} open {1} label: filter {1} esc back", glyphs.enter, glyphs.dot);
        let size = (area.width.saturating_sub(2).max(1), area.height.saturating_sub(2).max(3));
        let inside = popup(area, buffer, Place::Middle, size, ("Service level indicators", &bottom), theme);
        let Some(marked) = self.rows.get(self.cursor.at).filter(|_| !inside.is_empty()) else { return };
        // On a small screen the table keeps three rows, and the details lose their end.
        let details = DETAILS.min(inside.height.saturating_sub(5));
        let table = Rect { height: inside.height - details, ..inside };
        let rows = Table {
            rows: &self.rows,
            columns: &COLUMNS,
            name: |figure, _| (figure.name.clone(), figure.status.map_or(Role::Strong, |_| Role::Overlay)),
            named: NAME,
            now: self.at,
            cursor: self.cursor,
        };
        rows.draw(Rect { height: table.height.saturating_sub(1), ..table }, buffer, theme);
        let rest = Rect { y: table.bottom(), height: details, ..inside };
        for (row, (label, text)) in rest.rows().zip(marked.details(self.at)) {
            let [left, right] = split(row, LABEL);
            put(buffer, left, &format!(" {label}"), theme.style(Role::Muted), (Align::Left, Cut::End), glyphs);
            put(buffer, right, &text, theme.style(Role::Overlay), (Align::Left, Cut::End), glyphs);
        }
    }
}

fn split(row: Rect, left: u16) -> [Rect; 2] {
    let left = left.min(row.width);
    [Rect { width: left, ..row }, Rect { x: row.x + left, width: row.width - left, ..row }]
}

const fn column(title: &'static str, width: u16, cell: fn(&Figure, Time) -> (String, Role)) -> Column<Figure> {
    Column { title, width, align: Align::Right, cell }
}

/// The most wanted first; the others give way to a narrow screen.
const COLUMNS: [Column<Figure>; 11] = [
    column("success 1h", 11, |figure, _| success(figure.window(Window::H1))),
    column("TLS p95", 9, |figure, _| plain(latency(figure.indicators.tls.count, figure.indicators.tls.p95))),
    column("expiry", 8, expiry),
    column("mTLS fail", 10, |figure, _| failing(mutual(figure, Window::H1))),
    column("burn 1h", 9, burning),
    column("TLS 1.3", 8, |figure, _| plain(share(figure.indicators.tls13))),
    column("roll-out", 9, |figure, _| plain(roll_out(figure))),
    column("TCP p95", 9, |figure, _| plain(latency(figure.indicators.tcp.count, figure.indicators.tcp.p95))),
    column("PQ", 7, |figure, _| plain(share(figure.indicators.post_quantum))),
    column("stapled", 8, |figure, _| plain(share(figure.indicators.stapling))),
    column("OCSP/CRL fail", 14, |figure, _| failing(figure.indicators.revocation)),
];

impl Figure {
    const fn window(&self, window: Window) -> WindowCounts {
        self.indicators.counts.windows[window.index()]
    }

    /// Each indicator in a line.
    fn details(&self, now: Time) -> [(&'static str, String); DETAILS as usize] {
        let Indicators { tls, tcp, tls13, legacy, aead, forward_secrecy, post_quantum, stapling, revocation, .. } =
            &self.indicators;
        // The sign stands once, in the name: six windows fit on a small screen.
        let bare = |text: String| text.trim_end_matches(" %").to_owned();
        let windows = Window::ALL.map(|window| format!("{} {}", window.label(), bare(success(self.window(window)).0)));
        let refused = Window::ALL.map(|window| format!("{} {}", window.label(), bare(failing(mutual(self, window)).0)));
        let ends = ExpiryBucket::ALL.iter().zip(self.indicators.expiring).filter(|(_, certificates)| *certificates > 0);
        let ends = ends.map(|(bucket, certificates)| format!("{} {}", bucket.label(), count(certificates)));
        let nearest = self.indicators.nearest_expiry.map(|end| time_left(now, end));
        let ends: Vec<String> = nearest.into_iter().chain(ends).collect();
        let p = |name: &str, count, duration| format!("{name} {}", latency(count, duration));
        [
            ("success, %", windows.join(" ")),
            ("nearest expiry", if ends.is_empty() { "–".to_owned() } else { ends.join(" · ") }),
            ("mTLS failures, %", mutual_words(self).unwrap_or_else(|| refused.join(" "))),
            (
                "TLS latency",
                [
                    p("p50", tls.count, tls.p50),
                    p("p95", tls.count, tls.p95),
                    p("p99", tls.count, tls.p99),
                    p("TCP p95", tcp.count, tcp.p95),
                ]
                .join(" · "),
            ),
            ("TLS 1.3", format!("{} · older than TLS 1.2 accepted by {}", of(*tls13), of(*legacy))),
            (
                "suites",
                format!(
                    "AEAD {} · forward secrecy {} · post-quantum {}",
                    share(*aead),
                    share(*forward_secrecy),
                    share(*post_quantum)
                ),
            ),
            ("stapling", format!("{} whose certificate names a responder", of(*stapling))),
            ("roll-out", roll_out(self)),
            ("OCSP/CRL failures", format!("{} asked in the last surveys", of(*revocation))),
            ("error budget", self.budget.as_ref().map_or_else(|| "no objective".to_owned(), budget)),
        ]
    }
}

fn plain(text: String) -> (String, Role) {
    (text, Role::Overlay)
}

fn success(window: WindowCounts) -> (String, Role) {
    let Some(share) = availability(window) else { return ("–".to_owned(), Role::Muted) };
    let role = match share {
        ..99.0 => Role::Critical,
        99.0..99.95 => Role::Warning,
        _ => Role::Overlay,
    };
    // What is not whole never reads as if it were.
    let text = match window {
        WindowCounts { attempts, successes } if attempts == successes => "100 %".to_owned(),
        _ if share > 99.99 => ">99.99 %".to_owned(),
        _ => format!("{share:.2} %"),
    };
    (text, role)
}

/// What was refused over a client certificate, of what came to one.
fn mutual(figure: &Figure, window: Window) -> Share {
    let WindowCounts { attempts, successes } = figure.indicators.counts.mutual[window.index()];
    let whole = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    Share { part: whole(attempts - successes), of: whole(attempts) }
}

fn mutual_words(figure: &Figure) -> Option<String> {
    (mutual(figure, Window::D3).of == 0).then(|| "no server asked for a client certificate".to_owned())
}

fn failing(failed: Share) -> (String, Role) {
    let role = if failed.part > 0 { Role::Warning } else { Role::Overlay };
    if failed.of == 0 { ("–".to_owned(), Role::Muted) } else { (share(failed), role) }
}

fn share(share: Share) -> String {
    per_cent(share.part, share.of)
}

/// `12 of 14`.
fn of(share: Share) -> String {
    if share.of == 0 { "–".to_owned() } else { format!("{} of {}", count(share.part), count(share.of)) }
}

fn latency(count: u64, duration: Duration) -> String {
    if count == 0 { "–".to_owned() } else { took(duration) }
}

fn expiry(figure: &Figure, now: Time) -> (String, Role) {
    let Some(end) = figure.indicators.nearest_expiry else { return ("–".to_owned(), Role::Muted) };
    let role = match ExpiryBucket::of(end, now) {
        ExpiryBucket::Expired | ExpiryBucket::Day1 => Role::Critical,
        ExpiryBucket::Day2 | ExpiryBucket::Day7 => Role::Warning,
        _ => Role::Overlay,
    };
    (brief_left(now, end), role)
}

fn roll_out(figure: &Figure) -> String {
    figure.indicators.roll_out.map_or_else(|| "–".to_owned(), human_duration)
}

fn burning(figure: &Figure, _: Time) -> (String, Role) {
    let Some(budget) = &figure.budget else { return ("–".to_owned(), Role::Muted) };
    let role = if budget.alarm.is_some() { Role::Critical } else { Role::Overlay };
    (burn(budget, budget.spent.0[2]), role)
}

fn burn(budget: &Budget, counted: Counted) -> String {
    budget.objective.burn(counted).map_or_else(|| "–".to_owned(), |burn| format!("{burn:.1}×"))
}

fn budget(budget: &Budget) -> String {
    let names = ["5m", "30m", "1h", "6h", "3d"];
    let windows = names.iter().zip(&budget.spent.0).map(|(name, counted)| format!("{name} {}", burn(budget, *counted)));
    let mut parts = vec![format!("{} %", budget.objective.percent)];
    parts.extend(budget.left.map(|left| format!("{:.0} % of three days left", left * 100.0)));
    parts.push(format!("burn {}", windows.collect::<Vec<_>>().join(" ")));
    let layers = budget.spent.0[Spent::WINDOWS.len() - 1].layers();
    if !layers.is_empty() {
        parts.push(layers);
    }
    if budget.ours > 0 {
        parts.push(format!("not counted, our own side: {}", budget.ours));
    }
    parts.join(" · ")
}
