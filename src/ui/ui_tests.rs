//! The screen driven by keys and looked at as text and style.

use std::sync::Arc;

use crossterm::event::{Event as TerminalEvent, KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;

use super::golden::dump;
use super::samples::{self, NOW};
use super::view::draw;
use super::{Effect, Msg, UiModel, UiSettings, update};
use crate::diagnosis::Policy;
use crate::input::Keymap;
use crate::store::Snapshot;
use crate::theme::Theme;

/// A screen of this size over a snapshot.
fn screen(size: (u16, u16), theme: &str, snapshot: Option<Arc<Snapshot>>) -> UiModel {
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
    snapshot.into_iter().for_each(|snapshot| _ = update(&mut model, Msg::Snapshot(snapshot)));
    model
}

/// Presses keys: named ones (`enter`, `esc`, `ctrl-c` …), else every character of a word.
fn drive(model: &mut UiModel, keys: &str) -> Vec<Effect> {
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

fn picture(model: &UiModel) -> Buffer {
    let area = model.screen();
    let mut buffer = Buffer::empty(area);
    draw(model, area, &mut buffer);
    buffer
}

/// Every overlay, view and pane mode, by the keys that lead there.
const WAYS: [&str; 20] = [
    "",
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
    "space",
];

#[test]
fn no_size_and_no_state_panics() {
    let fleets = [None, Some(samples::healthy()), Some(samples::troubled()), Some(samples::large(300, 120))];
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
#[ignore = "prints screens for people: LOOK=80x24 KEYS='1 v' cargo test look -- --ignored --nocapture"]
fn look() {
    let sizes = std::env::var("LOOK").unwrap_or_default();
    for size in sizes.split_whitespace() {
        let (w, h) = size.split_once('x').unwrap();
        let mut model = screen((w.parse().unwrap(), h.parse().unwrap()), "dark", Some(samples::troubled()));
        drive(&mut model, &std::env::var("KEYS").unwrap_or_default());
        let text = dump(&picture(&model));
        println!("{}", text.lines().take(h.parse().unwrap()).collect::<Vec<_>>().join("\n"));
    }
}
