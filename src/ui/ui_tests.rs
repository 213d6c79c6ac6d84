//! The screen driven by keys and looked at as text and style.

use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{
    Event as TerminalEvent, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use ratatui::buffer::Buffer;
use ratatui::style::Modifier;

use super::choices::{Dimension, Pane};
use super::freshness::Freshness;
use super::golden::dump;
use super::samples::{self, NOW};
use super::view::draw;
use super::{Effect, Msg, UiModel, UiSettings, update};
use crate::diagnosis::{Observer, Policy};
use crate::input::Keymap;
use crate::model::{SourceFault, SourceState, Status, Untrusted};
use crate::store::{AddressRow, Rows, Snapshot};
use crate::theme::{Glyphs, Theme};

/// A screen of this size over a snapshot.
pub(super) fn screen(size: (u16, u16), theme: &str, snapshot: Option<Arc<Snapshot>>) -> UiModel {
    let theme = Theme::named(theme, |_| None).unwrap();
    let mut model = UiModel::new(UiSettings {
        themes: vec![Arc::new(theme.clone())],
        theme: Arc::new(theme),
        keymap: Arc::new(Keymap::default()),
        mouse: true,
        policy: Policy::default(),
        title: "tlscope".to_owned(),
        filter: String::new(),
        size,
        now: NOW,
    });
    update(&mut model, Msg::Tick(NOW));
    if let Some(snapshot) = snapshot {
        update(&mut model, Msg::Snapshot(snapshot));
    }
    model
}

/// Presses keys: named ones (`enter`, `esc`, `ctrl-c` …), else every character of a word.
pub(super) fn drive(model: &mut UiModel, keys: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    for word in keys.split_whitespace() {
        let named = match word {
            "backspace" => Some(KeyCode::Backspace),
            "down" => Some(KeyCode::Down),
            "end" => Some(KeyCode::End),
            "enter" => Some(KeyCode::Enter),
            "esc" => Some(KeyCode::Esc),
            "home" => Some(KeyCode::Home),
            "pagedown" => Some(KeyCode::PageDown),
            "space" => Some(KeyCode::Char(' ')),
            "tab" => Some(KeyCode::Tab),
            "up" => Some(KeyCode::Up),
            _ => None,
        };
        let events: Vec<KeyEvent> = match (named, word.strip_prefix("ctrl-")) {
            (Some(code), _) => vec![KeyEvent::from(code)],
            (None, Some(rest)) => {
                rest.chars().map(|c| KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL)).collect()
            }
            (None, None) => word.chars().map(|c| KeyEvent::from(KeyCode::Char(c))).collect(),
        };
        for event in events {
            effects.extend(update(model, Msg::Terminal(TerminalEvent::Key(event))));
        }
    }
    effects
}

pub(super) fn picture(model: &UiModel) -> Buffer {
    let area = model.screen();
    let mut buffer = Buffer::empty(area);
    draw(model, area, &mut buffer);
    buffer
}

/// The screen's text, line by line.
pub(super) fn text(model: &UiModel) -> String {
    let buffer = picture(model);
    dump(&buffer).lines().take(usize::from(buffer.area.height)).collect::<Vec<_>>().join("\n")
}

fn later(model: &mut UiModel, seconds: u64) {
    let now = model.now + Duration::from_secs(seconds);
    update(model, Msg::Tick(now));
}

fn shown_targets(model: &UiModel) -> Vec<String> {
    let rows = model.derived.rows.iter().filter_map(|row| model.row(*row));
    rows.map(|(_, target)| target.target.name.to_string()).collect()
}

fn click(model: &mut UiModel, column: u16, row: u16) {
    let kind = MouseEventKind::Down(MouseButton::Left);
    let event = MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE };
    update(model, Msg::Terminal(TerminalEvent::Mouse(event)));
}

/// Column and row of the first place where `needle` stands.
fn find(model: &UiModel, needle: &str) -> (u16, u16) {
    let text = text(model);
    let (row, line) = text.lines().enumerate().find(|(_, line)| line.contains(needle)).unwrap();
    let column = line[..line.find(needle).unwrap()].chars().count() - 1;
    (u16::try_from(column).unwrap(), u16::try_from(row).unwrap())
}

#[test]
fn the_verdict_comes_first() {
    let model = screen((160, 48), "dark", Some(samples::troubled()));
    let text = text(&model);
    assert!(text.contains("✗ PAGE") && text.contains("2 of 4 addresses still serve the certificate"), "{text}");
    assert!(text.contains("→ reload the server on 10.0.1.3"), "{text}");

    let model = screen((160, 48), "dark", Some(samples::healthy()));
    assert!(self::text(&model).contains("all 4 targets healthy, nearest expiry in 12d (mail.example.net)"));

    let model = screen((160, 48), "dark", None);
    assert!(self::text(&model).contains("Three ways in"));
}

#[test]
fn a_certificate_is_as_urgent_as_its_target_says() {
    let mut model = screen((160, 48), "dark", Some(samples::healthy()));
    let leaf = model.derived.expiry.all.first().cloned().unwrap();
    let before = model.freshness(&leaf);
    let weeks = Duration::from_hours(24 * 60);
    let strict = Policy { expiring_critical: 9.0, critical_at_most: weeks, ..model.settings.policy.clone() };
    model.settings.policy.by_label = vec![("service".into(), "web".into(), strict.clone())];
    assert_eq!(model.freshness(&leaf), before, "it is mail's");
    model.settings.policy.by_label = vec![("service".into(), "mail".into(), strict)];
    assert_ne!(model.freshness(&leaf), before);
}

#[test]
fn a_filter_narrows_all_panes_and_their_counts_and_esc_undoes_it() {
    let mut model = screen((160, 48), "dark", Some(samples::troubled()));
    drive(&mut model, "/ service:payments enter");
    assert_eq!(shown_targets(&model).len(), 4);
    assert_eq!(model.derived.expiry.all.len(), 4);
    assert_eq!(model.derived.counts.of(Dimension::Version).total, 4);
    assert_eq!(model.derived.errors.len(), 1);
    assert!(text(&model).contains("2/7 targets · 4/11 addresses"), "{}", text(&model));
    drive(&mut model, "esc");
    assert_eq!(shown_targets(&model).len(), 12);
}

#[test]
fn a_half_typed_filter_says_why_and_keeps_the_last_good_one() {
    let mut model = screen((160, 48), "dark", Some(samples::troubled()));
    drive(&mut model, "/ payments");
    drive(&mut model, "(");
    assert!(model.filter.error().is_some());
    assert_eq!(shown_targets(&model).len(), 4);
    drive(&mut model, "enter");
    assert_eq!(model.overlays.len(), 1, "the line stays open");
    drive(&mut model, "esc esc");
    assert_eq!(shown_targets(&model).len(), 12);
}

#[test]
fn only_problems_leaves_what_needs_a_look() {
    let mut model = screen((160, 48), "dark", Some(samples::troubled()));
    drive(&mut model, "!");
    assert_eq!(shown_targets(&model).len(), 5);
    assert!(text(&model).contains("filter: problems only"));
}

#[test]
fn esc_goes_back_exactly_one_step_and_q_quits_from_the_top() {
    let mut model = screen((160, 48), "dark", Some(samples::troubled()));
    drive(&mut model, "! z enter ?");
    let state =
        |model: &UiModel| (model.overlays.len(), model.endpoint.is_some(), model.zoom, model.filter.is_active());
    assert_eq!(state(&model), (1, true, true, true));
    for expected in [(0, true, true, true), (0, false, true, true), (0, false, false, true), (0, false, false, false)] {
        drive(&mut model, "esc");
        assert_eq!(state(&model), expected);
    }
    drive(&mut model, "enter");
    assert_eq!(drive(&mut model, "q"), [], "from the endpoint view q goes back");
    assert_eq!(drive(&mut model, "q"), [Effect::Quit]);
}

#[test]
fn ctrl_c_quits_from_everywhere() {
    for keys in WAYS {
        let mut model = screen((80, 24), "dark", Some(samples::troubled()));
        drive(&mut model, keys);
        assert_eq!(drive(&mut model, "ctrl-c"), [Effect::Quit], "{keys}");
    }
}

#[test]
fn freezing_holds_the_screen_and_pausing_the_probes() {
    let mut model = screen((160, 48), "dark", Some(samples::troubled()));
    assert_eq!(drive(&mut model, "space"), []);
    let mut newer = (*samples::healthy()).clone();
    newer.generation = 1_318;
    later(&mut model, 42);
    update(&mut model, Msg::Snapshot(Arc::new(newer.clone())));
    assert_eq!(shown_targets(&model).len(), 12);
    assert!(text(&model).contains("FROZEN 00:42 · 318 newer"), "{}", text(&model));
    drive(&mut model, "space");
    assert_eq!(shown_targets(&model).len(), 5, "the newest is shown at once");

    assert_eq!(drive(&mut model, "p"), [Effect::Pause(true)]);
    newer.scheduler.paused = true;
    update(&mut model, Msg::Snapshot(Arc::new(newer)));
    assert!(text(&model).contains("PAUSED") && !text(&model).contains("FROZEN"));
    assert_eq!(drive(&mut model, "D"), [Effect::ProbeNow(Vec::new())]);
    assert!(text(&model).contains("it happens on resume"), "{}", text(&model));
    assert_eq!(drive(&mut model, "p"), [Effect::Pause(false)]);
}

#[test]
fn rows_hold_still_for_a_second_and_the_selection_follows_its_row() {
    let mut model = screen((160, 48), "dark", Some(samples::troubled()));
    drive(&mut model, "end");
    let (last, before) = (model.selection, shown_targets(&model));
    let mut changed = (*samples::troubled()).clone();
    let slot = 11 - 1;
    let mut row = (**changed.addresses.get(slot).unwrap()).clone();
    row.status = Status::Critical;
    row.finding = changed.addresses.iter().find_map(|row| row.finding.clone());
    changed.addresses.set(slot, Some(Arc::new(row)));
    update(&mut model, Msg::Snapshot(Arc::new(changed)));
    assert_eq!(shown_targets(&model), before);
    later(&mut model, 1);
    assert_ne!(shown_targets(&model), before);
    assert_eq!(model.selection, last);
    assert!(model.handshakes.cursor < 11);
}

#[test]
fn one_selection_links_the_panes() {
    let mut model = screen((160, 48), "dark", Some(samples::troubled()));
    drive(&mut model, "1 home");
    let first = model.derived.expiry.groups[0].certificates[0].fingerprint;
    assert_eq!(model.selection.certificate, Some(first));
    let served = &model.snapshot().certificate(&first).unwrap().served_by;
    assert!(served.contains(&model.selection.address.unwrap()));
    assert!(text(&model).contains("▸TLSv1.3"), "the share of the selected address is marked");

    drive(&mut model, "2 end");
    let leaf = model.selected_address().unwrap().last_seen.as_ref().unwrap().chain()[0].fingerprint;
    assert_eq!(model.selection.certificate, Some(leaf));
    let (group, place) = model.expiry.cell;
    assert_eq!(model.derived.expiry.groups[group].certificates[place].fingerprint, leaf);
}

#[test]
fn an_empty_day_keeps_the_cursor() {
    let mut model = screen((160, 48), "dark", Some(samples::troubled()));
    drive(&mut model, "1 v home down");
    let day = model.expiry.day;
    assert!(text(&model).contains("Tue 2026-11-17: nothing ends"));
    update(&mut model, Msg::Snapshot(samples::troubled()));
    later(&mut model, 2);
    assert_eq!(model.expiry.day, day);
}

#[test]
fn a_bar_and_a_group_can_be_made_the_filter() {
    let mut model = screen((160, 48), "dark", Some(samples::troubled()));
    drive(&mut model, "3 down enter");
    assert_eq!(model.filter.text(), "version=TLSv1.2");
    assert_eq!(shown_targets(&model).len(), 1);
    drive(&mut model, "esc 3 v v v enter");
    assert_eq!(model.filter.text(), "key=\"ECDSA P-256\"");
    assert_eq!(model.filter.error(), None);
    drive(&mut model, "esc 1 home =");
    assert_eq!(model.filter.text(), "service=checkout expires<0h");
    assert_eq!(shown_targets(&model).len(), 2);
    drive(&mut model, "esc 4 home =");
    assert_eq!(model.filter.text(), "code=cert.expired");
    assert_eq!(shown_targets(&model).len(), 2);
}

#[test]
fn themes_are_previewed_kept_and_restored() {
    let mut model = screen((160, 48), "dark", Some(samples::healthy()));
    model.settings.themes = ["dark", "light"].map(|name| Arc::new(Theme::named(name, |_| None).unwrap())).to_vec();
    drive(&mut model, "T down");
    assert_eq!(model.settings.theme.name(), "light");
    drive(&mut model, "esc");
    assert_eq!(model.settings.theme.name(), "dark");
    assert_eq!(drive(&mut model, "T down enter"), [Effect::SaveTheme("light".to_owned())]);
    assert_eq!(model.settings.theme.name(), "light");
}

#[test]
fn targets_are_added_removed_and_probed() {
    let mut model = screen((160, 48), "dark", Some(samples::troubled()));
    assert_eq!(drive(&mut model, "+ new.example:8443 enter"), [Effect::AddTarget("new.example:8443".to_owned())]);
    assert_eq!(drive(&mut model, "+ enter"), []);
    let target = model.selection.target.unwrap();
    assert_eq!(drive(&mut model, "d"), [Effect::Survey(vec![target])]);
    assert_eq!(drive(&mut model, "D"), [Effect::ProbeNow(Vec::new())]);
    assert_eq!(drive(&mut model, "-"), [], "it asks first");
    assert_eq!(drive(&mut model, "y"), [Effect::RemoveTarget(target)]);
}

#[test]
fn incidents_beyond_those_listed_are_counted() {
    let mut snapshot = (*samples::troubled()).clone();
    snapshot.incident_count = 4321;
    let model = screen((120, 36), "dark", Some(Arc::new(snapshot)));
    let shown = text(&model);
    assert!(shown.contains("+4 31"), "{shown}");
}

#[test]
fn a_refused_target_comes_back_to_be_mended() {
    let mut model = screen((160, 48), "dark", Some(samples::troubled()));
    drive(&mut model, "+ shop..example enter");
    let refused = Msg::TargetRefused { text: "shop..example".to_owned(), reason: "a label is empty".to_owned() };
    assert_eq!(update(&mut model, refused), []);
    assert!(dump(&picture(&model)).contains("a label is empty"));
    assert_eq!(drive(&mut model, "x enter"), [Effect::AddTarget("shop..examplex".to_owned())]);
}

#[test]
fn the_command_of_a_verdict_is_copied() {
    let mut model = screen((160, 48), "dark", Some(samples::troubled()));
    drive(&mut model, "j j enter");
    let effects = drive(&mut model, "y");
    assert!(matches!(&effects[..], [Effect::Copy(text)] if text.starts_with("openssl s_client")), "{effects:?}");
    assert!(text(&model).contains("copied"));
}

#[test]
fn clicks_focus_select_and_open() {
    let mut model = screen((160, 48), "dark", Some(samples::troubled()));
    let (column, row) = find(&model, "10.0.3.1");
    click(&mut model, column, row);
    assert_eq!(model.focus, Pane::Handshakes);
    assert_eq!(model.selected_address().unwrap().target.host.to_string(), "pay.example.com");
    click(&mut model, column, row);
    assert!(model.endpoint.is_some(), "a second click opens");
    drive(&mut model, "esc");

    let (column, row) = find(&model, "web      ■");
    click(&mut model, column + 9, row);
    assert_eq!(model.focus, Pane::Expiry);
    assert_eq!(model.selected_address().unwrap().target.host.to_string(), "www.example.com");

    let mut model = screen((80, 24), "dark", Some(samples::troubled()));
    let (column, row) = find(&model, "4 Errors");
    click(&mut model, column, row);
    assert_eq!(model.focus, Pane::Errors);
}

#[test]
fn the_footer_tells_what_works_now() {
    let footer = |model: &UiModel| text(model).lines().last().unwrap().to_owned();
    let mut model = screen((240, 70), "dark", Some(samples::troubled()));
    assert!(footer(&model).contains("s sort") && footer(&model).contains("space freeze"));
    drive(&mut model, "space");
    assert!(footer(&model).contains("space unfreeze"));
    drive(&mut model, "4");
    assert!(footer(&model).contains("g raw log") && !footer(&model).contains("s sort"));
    drive(&mut model, "enter");
    assert!(footer(&model).contains("esc back") && !footer(&model).contains("g raw log"));
}

#[test]
fn notices_go_by_themselves() {
    let mut model = screen((80, 24), "dark", Some(samples::healthy()));
    update(&mut model, Msg::Notice { text: "watching new.example:443".to_owned(), failed: false });
    assert!(text(&model).contains("watching new.example:443"));
    later(&mut model, 10);
    assert!(!text(&model).contains("watching new.example:443"));
}

#[test]
fn the_log_follows_until_it_is_read() {
    let mut model = screen((160, 48), "dark", Some(samples::troubled()));
    drive(&mut model, "4 g");
    assert!(text(&model).contains("log, following"));
    drive(&mut model, "down");
    let held = model.errors.entry;
    assert!(text(&model).contains("log, held"));
    let mut newer = (*samples::troubled()).clone();
    let mut entry = (*newer.log[0]).clone();
    entry.number = 99;
    newer.log = std::iter::once(Arc::new(entry)).chain(newer.log.iter().cloned()).collect();
    update(&mut model, Msg::Snapshot(Arc::new(newer)));
    later(&mut model, 2);
    assert_eq!((model.errors.entry, model.errors.cursor), (held, 2));
    drive(&mut model, "f");
    assert_eq!(model.errors.cursor, 0);
}

#[test]
fn old_data_is_dimmed_and_ages_go_on() {
    let mut model = screen((160, 48), "dark", Some(samples::healthy()));
    assert!(text(&model).contains(" 4s"));
    later(&mut model, 600);
    let drawn = picture(&model);
    let (_, row) = find(&model, "www.example.com");
    assert!(text(&model).contains("10m"));
    assert!(drawn[(70, row)].modifier.contains(Modifier::DIM));
}

#[test]
fn screens_look_as_agreed() {
    for theme in ["dark", "light", "mono"] {
        for size in [(80, 24), (120, 36), (160, 48)] {
            let model = screen(size, theme, Some(samples::troubled()));
            insta::assert_snapshot!(format!("{theme}-{}x{}", size.0, size.1), dump(&picture(&model)));
        }
    }
    let model = screen((240, 70), "dark", Some(samples::troubled()));
    insta::assert_snapshot!("wide", text(&model));
    let model = screen((120, 36), "dark", Some(samples::healthy()));
    insta::assert_snapshot!("healthy", text(&model));
}

/// Each pane alone, zoomed where the screen shows all four: what the grid has no room for shows here.
#[test]
fn every_pane_looks_as_agreed_at_every_size_and_in_every_theme() {
    for (pane, number) in [("expiry", "1"), ("handshakes", "2"), ("protocols", "3"), ("errors", "4")] {
        for theme in ["dark", "light", "mono"] {
            for size in [(80, 24), (120, 36), (160, 48)] {
                let mut model = screen(size, theme, Some(samples::troubled()));
                drive(&mut model, number);
                drive(&mut model, "z");
                insta::assert_snapshot!(format!("{pane}-{theme}-{}x{}", size.0, size.1), dump(&picture(&model)));
            }
        }
    }
}

#[test]
fn panes_look_as_agreed() {
    let views = [
        ("expiry-cells", "1"),
        ("expiry-calendar", "1 v"),
        ("expiry-buckets", "1 v v"),
        ("handshakes-targets", "e"),
        ("handshakes-timing", "c down enter"),
        ("handshakes-certificate", "c down down enter"),
        ("protocols", "3"),
        ("errors", "4"),
        ("errors-log", "4 g"),
        ("endpoint-verdict", "j j enter"),
        ("endpoint-addresses", "j j enter 2"),
        ("endpoint-chain", "j j enter 3"),
        ("endpoint-handshake", "j enter 4"),
    ];
    for (name, keys) in views {
        let mut model = screen((80, 24), "dark", Some(samples::troubled()));
        drive(&mut model, keys);
        insta::assert_snapshot!(name, dump(&picture(&model)));
    }
}

#[test]
fn small_and_plain_screens_look_as_agreed() {
    let mut model = screen((40, 12), "dark", Some(samples::troubled()));
    insta::assert_snapshot!("compact", text(&model));
    model.settings.size = (30, 5);
    insta::assert_snapshot!("too-small", text(&model));
    insta::assert_snapshot!("start", text(&screen((80, 24), "dark", None)));
    let mut model = screen((120, 36), "mono", Some(samples::troubled()));
    model.settings.theme = Arc::new((*model.settings.theme).clone().with_glyphs(&Glyphs::ASCII));
    let drawn = text(&model);
    assert!(drawn.is_ascii());
    insta::assert_snapshot!("ascii", drawn);
}

/// Every overlay, view and pane mode, by the keys that lead there.
const WAYS: [&str; 23] = [
    "",
    "C down",
    "I down",
    "1",
    "1 v",
    "1 v v",
    "3",
    "4",
    "4 g",
    "z",
    "?",
    ":",
    "T",
    "/",
    "+",
    "s",
    "c",
    "enter",
    "enter tab",
    "enter tab tab",
    "enter tab tab tab",
    "enter tab tab tab tab",
    "space",
];

#[test]
fn no_size_and_no_state_panics() {
    let fleets = [None, Some(samples::healthy()), Some(samples::surveyed()), Some(samples::large(300, 120))];
    for fleet in fleets {
        for keys in WAYS {
            let mut model = screen((80, 24), "dark", fleet.clone());
            drive(&mut model, keys);
            for width in (0..=60).step_by(3).chain([1, 2, 79, 121, 250]) {
                for height in (0..=20).chain([36]) {
                    update(&mut model, Msg::Terminal(TerminalEvent::Resize(width, height)));
                    let drawn = picture(&model);
                    assert_eq!(drawn.area.width, width, "{keys}");
                }
            }
        }
    }
}

#[test]
fn words_are_looked_for_in_what_a_row_shows_now() {
    let mut model = screen((160, 48), "dark", Some(samples::troubled()));
    let mut changed = (*samples::troubled()).clone();
    let slot = (0..64).find(|slot| changed.addresses.get(*slot).is_some_and(|row| row.finding.is_some())).unwrap();
    let mut row = (**changed.addresses.get(slot).unwrap()).clone();
    let code = row.finding.take().unwrap().code;
    drive(&mut model, &format!("/ {code} enter"));
    let before = shown_targets(&model).len();
    assert!(before > 0, "{code}");
    changed.addresses.set(slot, Some(Arc::new(row)));
    update(&mut model, Msg::Snapshot(Arc::new(changed)));
    later(&mut model, 2);
    assert_eq!(shown_targets(&model).len(), before - 1);
}

#[test]
fn words_never_wear_the_pale_colours_of_the_ramp() {
    let mut model = screen((160, 48), "light", Some(samples::troubled()));
    let theme = Arc::clone(&model.settings.theme);
    let pale: Vec<_> = (0..5).filter_map(|step| theme.heat(step).1.fg).collect();
    for keys in ["1", "v", "v", "v enter 3", "esc c down down enter"] {
        drive(&mut model, keys);
        for cell in &picture(&model).content {
            let is_word = cell.symbol().chars().all(char::is_alphanumeric);
            assert!(!is_word || !pale.contains(&cell.fg), "{} after {keys}:\n{}", cell.symbol(), text(&model));
        }
    }
}

#[test]
fn only_this_bounds_the_time_in_every_projection() {
    let mut model = screen((160, 48), "dark", Some(samples::troubled()));
    // Cells, calendar, buckets: what passes is what the cursor was on, up to the cell in the first.
    let all = model.derived.expiry.all.len();
    for keys in ["1 home =", "esc v =", "esc v ="] {
        drive(&mut model, keys);
        let shown = &model.derived.expiry;
        assert!(model.filter.text().contains("expires"), "{}", model.filter.text());
        assert!(model.filter.error().is_none(), "{:?}", model.filter.error());
        assert!((1..all).contains(&shown.all.len()), "{}", model.filter.text());
        let chosen = model.selection.certificate.unwrap();
        assert!(shown.all.iter().any(|other| other.fingerprint == chosen), "{}", model.filter.text());
    }
}

#[test]
fn incidents_are_walked_through_by_key_and_opened_by_click() {
    let mut model = screen((160, 48), "dark", Some(samples::troubled()));
    let incidents = Arc::clone(&model.snapshot().incidents);
    assert!(incidents.len() > 1);
    drive(&mut model, "i");
    let first = model.endpoint.unwrap().target;
    assert_eq!(first, incidents[0].targets[0]);
    let shown = text(&model);
    assert!(shown.contains(&incidents[0].summary), "{shown}");
    assert!(!shown.contains(&incidents[1].summary), "{shown}");
    drive(&mut model, "i");
    assert_ne!(model.endpoint.unwrap().target, first);

    drive(&mut model, "esc");
    let (column, row) = find(&model, &incidents[1].summary);
    click(&mut model, column, row);
    assert_eq!(model.endpoint.unwrap().target, incidents[1].targets[0]);
}

#[test]
fn a_large_expiry_pane_lists_what_ends_soonest_and_a_click_selects_it() {
    let mut model = screen((160, 48), "dark", Some(samples::troubled()));
    let shown = text(&model);
    assert!(shown.contains("ends soonest"), "{shown}");
    let last = model.derived.expiry.all.last().unwrap().clone();
    let left = super::words::time_left(NOW, last.not_after);
    let (column, row) = find(&model, &left);
    click(&mut model, column, row);
    assert_eq!(model.selection.certificate, Some(last.fingerprint));
    // A narrow screen has no room for it.
    let small = screen((120, 36), "dark", Some(crate::store::fixture::snapshot(400, 60)));
    assert!(!text(&small).contains("ends soonest"));
    drive(&mut model, "v");
    assert!(text(&model).contains("ends soonest"));
}

#[test]
fn an_address_under_survey_is_marked() {
    let mut snapshot = (*samples::troubled()).clone();
    let slot =
        (0..8).find(|slot| snapshot.addresses.get(*slot).is_some_and(|row| row.probing_since.is_none())).unwrap();
    let mut row = AddressRow::clone(snapshot.addresses.get(slot).unwrap());
    let before = text(&screen((160, 45), "dark", Some(Arc::new(snapshot.clone()))));
    row.surveying_since = Some(NOW);
    snapshot.addresses.set(slot, Some(Arc::new(row)));
    let after = text(&screen((160, 45), "dark", Some(Arc::new(snapshot.clone()))));
    assert_eq!((before.matches('≡').count(), after.matches('≡').count()), (0, 1), "{after}");
}

#[test]
fn a_source_that_cannot_be_read_is_marked_and_told() {
    let unread = "cannot be read since 12:00:00Z (no file matches); its last 12 targets stay";
    let unusable = "cannot be used in full since 12:00:00Z: no file matches";
    for (is_read, mark, told) in [(false, "1 source unread", unread), (true, "1 source at fault", unusable)] {
        let told = told.replace("12:00:00", &NOW.clock());
        let fault = SourceFault { is_read, reason: Untrusted::new("no file matches"), since: NOW };
        let place = Untrusted::new("targets/*.json");
        let source = SourceState { place, targets: 12, read: Some(NOW), fault: Some(fault) };
        let mut snapshot = (*samples::healthy()).clone();
        snapshot.sources = [source].into();
        let text = text(&screen((160, 48), "dark", Some(Arc::new(snapshot))));
        let first = text.lines().next().unwrap();
        assert!(first.contains(mark), "{first}");
        assert!(text.contains(&format!("targets/*.json {told}")), "{text}");
    }
}

#[test]
fn what_is_seen_first_stands_beside_its_verdict_at_once() {
    let seen = samples::healthy();
    let mut unseen = (*seen).clone();
    unseen.certificates = Rows::default();
    let all = unseen.targets.len();
    Arc::make_mut(&mut unseen.aggregates).targets_by_status = [0, all, 0, 0];
    let mut model = screen((120, 36), "dark", Some(Arc::new(unseen)));
    assert!(text(&model).contains("STARTING") && text(&model).contains("0 certificates"), "{}", text(&model));
    update(&mut model, Msg::Snapshot(seen));
    assert!(text(&model).contains("HEALTHY") && !text(&model).contains("0 certificates"), "{}", text(&model));
}

#[test]
fn a_fleet_without_targets_says_why_its_sources_name_none() {
    let source = |place: &str, read, reason: Option<&str>| {
        let fault = reason.map(|reason| SourceFault { is_read: false, reason: Untrusted::new(reason), since: NOW });
        SourceState { place: Untrusted::new(place), targets: 0, read, fault }
    };
    let sources = [
        source("empty.json", Some(NOW), None),
        source("slow.json", None, None),
        source("torn.json", Some(NOW), Some("not readable as JSON")),
    ];
    let snapshot = Snapshot { sources: sources.into(), ..Snapshot::default() };
    for size in [(160, 48), (80, 24)] {
        let text = text(&screen(size, "dark", Some(Arc::new(snapshot.clone()))));
        let at = |line: &str| text.lines().position(|own| own.contains(line)).unwrap_or_else(|| panic!("{text}"));
        let torn = at(&format!("▲ torn.json cannot be read since {}Z (not readable as JSON)", NOW.clock()));
        assert_eq!((at("✓ empty.json names no target"), at("? slow.json is being read")), (torn + 1, torn + 2));
        assert!(torn < at("Three ways in") && text.contains("try the lab"), "{text}");
    }
}

#[test]
fn what_is_wrong_on_our_side_stands_in_the_first_line_once() {
    let mut snapshot = (*samples::healthy()).clone();
    let long_after = NOW + Duration::from_hours(24 * 400);
    snapshot.observer = Arc::new(Observer::of(std::iter::empty(), long_after));
    let text = text(&screen((160, 48), "dark", Some(Arc::new(snapshot))));
    let first = text.lines().next().unwrap();
    assert!(first.contains("? built-in roots are old"), "{first}");
    assert!(text.contains("local.store_stale: the built-in roots and tables are "), "{text}");
}

#[test]
fn a_certificate_grows_old_in_its_cell_while_nothing_is_probed() {
    let mut model = screen((160, 48), "dark", Some(samples::troubled()));
    let (group, place) = model.derived.expiry.find(&model.derived.expiry.all[1].fingerprint).unwrap();
    let age = |model: &UiModel| {
        let group = &model.derived.expiry.groups[group];
        model.derived.worst_ages(group, 1).nth(place).unwrap()
    };
    let end = model.derived.expiry.all[1].not_after;
    assert_ne!(age(&model).freshness, Freshness::Expired);
    update(&mut model, Msg::Tick(end + Duration::from_secs(2)));
    assert_eq!(age(&model).freshness, Freshness::Expired);
    assert_eq!(model.derived.worst_ages(&model.derived.expiry.groups[group], 9).count(), 1, "the worst of neighbours");
}
