use std::collections::HashSet;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::*;

fn key(code: KeyCode) -> KeyEvent {
    KeyEvent::new(code, KeyModifiers::NONE)
}

fn typed(c: char) -> KeyEvent {
    key(KeyCode::Char(c))
}

fn once(scope: Scope, event: KeyEvent) -> Lookup {
    Keymap::default().lookup(scope, &mut Pending::default(), event)
}

#[test]
fn the_table_is_complete_and_in_order() {
    let mut ids = HashSet::new();
    for (at, spec) in ACTIONS.iter().enumerate() {
        assert_eq!(spec.action as usize, at);
        assert!(ids.insert(spec.id), "{} twice", spec.id);
        assert!(!spec.title.is_empty() && !spec.hint.is_empty() && !spec.keys.is_empty(), "{}", spec.id);
        assert!(!spec.title.ends_with('.'), "{}: titles are no sentences", spec.id);
        assert!(spec.id.contains('.'), "{}", spec.id);
    }
}

#[test]
fn default_keys_parse_print_and_do_not_conflict() {
    for spec in ACTIONS {
        for text in spec.keys {
            let chord: Chord = text.parse().unwrap();
            assert_eq!(chord.to_string(), *text);
        }
        assert_eq!(Keymap::default().keys_of(spec.action).len(), spec.keys.len());
    }
    let nothing: [(&str, [&str; 0]); 0] = [];
    assert_eq!(Keymap::with_overrides(nothing), Ok(Keymap::default()));
}

#[test]
fn every_default_key_reaches_its_action() {
    let keymap = Keymap::default();
    for spec in ACTIONS {
        for chord in keymap.keys_of(spec.action) {
            let mut pending = Pending::default();
            let events = [Some(chord.first), chord.second].into_iter().flatten().map(pressed);
            let last = events.map(|event| keymap.lookup(spec.scope, &mut pending, event)).last();
            assert_eq!(last, Some(Lookup::Action(spec.action)), "{chord} in {:?}", spec.scope);
        }
    }
}

/// The event a terminal sends for a stroke.
fn pressed(stroke: Stroke) -> KeyEvent {
    let name = stroke.to_string();
    let (modifiers, rest) = match name.split_once('-') {
        Some(("ctrl", rest)) => (KeyModifiers::CONTROL, rest),
        Some(("shift", rest)) => (KeyModifiers::SHIFT, rest),
        _ => (KeyModifiers::NONE, name.as_str()),
    };
    let code = match rest {
        "tab" if modifiers == KeyModifiers::SHIFT => KeyCode::BackTab,
        "tab" => KeyCode::Tab,
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "space" => KeyCode::Char(' '),
        "delete" => KeyCode::Delete,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "pageup" => KeyCode::PageUp,
        "pagedown" => KeyCode::PageDown,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        "f1" => KeyCode::F(1),
        "f2" => KeyCode::F(2),
        "f4" => KeyCode::F(4),
        single => KeyCode::Char(single.chars().next().unwrap()),
    };
    KeyEvent::new(code, modifiers)
}

#[test]
fn chords_are_read_strictly() {
    for good in ["-", "ctrl--", "alt-x", "ctrl-alt-x", "f12", "space", "Ω", "g g", "ctrl-x s"] {
        assert_eq!(good.parse::<Chord>().unwrap().to_string(), good);
    }
    for bad in ["", "shift-g", "ctrl-", "f0", "f25", "nokey", "a b c", "ctrl-ctrl-x", "g nokey", "\u{7}"] {
        assert_eq!(bad.parse::<Chord>(), Err(MalformedChord(bad.to_owned())));
    }
}

#[test]
fn shift_is_in_the_character() {
    let shifted = KeyEvent::new(KeyCode::Char('G'), KeyModifiers::SHIFT);
    assert_eq!(once(Scope::Global, shifted), Lookup::Action(Action::End));
    assert_eq!(
        once(Scope::Global, KeyEvent::new(KeyCode::BackTab, KeyModifiers::SHIFT)),
        Lookup::Action(Action::PanePrevious)
    );
    let control = KeyEvent::new(KeyCode::Char('C'), KeyModifiers::CONTROL | KeyModifiers::SHIFT);
    assert_eq!(once(Scope::Global, control), Lookup::Action(Action::QuitNow));
}

#[test]
fn inner_places_are_asked_first() {
    assert_eq!(once(Scope::Errors, typed('g')), Lookup::Action(Action::Group));
    assert_eq!(once(Scope::Expiry, typed('g')), Lookup::Pending);
    assert_eq!(once(Scope::Endpoint, typed('1')), Lookup::Action(Action::TabVerdict));
    assert_eq!(once(Scope::Expiry, typed('1')), Lookup::Action(Action::PaneExpiry));
    assert_eq!(once(Scope::Expiry, typed('s')), Lookup::None);
}

#[test]
fn a_second_stroke_that_does_not_fit_counts_by_itself() {
    let keymap = Keymap::default();
    let mut pending = Pending::default();
    assert_eq!(keymap.lookup(Scope::Global, &mut pending, typed('g')), Lookup::Pending);
    assert_eq!(pending.to_string(), "g");
    assert_eq!(keymap.lookup(Scope::Global, &mut pending, typed('z')), Lookup::Action(Action::Zoom));
    assert!(pending.is_empty());
}

#[test]
fn over_the_screen_only_movement_and_leaving_work() {
    assert_eq!(once(Scope::Overlay, typed('j')), Lookup::Action(Action::Down));
    assert_eq!(once(Scope::Overlay, typed('d')), Lookup::None);
    assert_eq!(once(Scope::Overlay, key(KeyCode::Enter)), Lookup::Action(Action::Accept));
    assert_eq!(once(Scope::Prompt, typed('j')), Lookup::None);
    assert_eq!(once(Scope::Prompt, typed('q')), Lookup::None);
    assert_eq!(once(Scope::Prompt, key(KeyCode::Left)), Lookup::None);
    assert_eq!(once(Scope::Prompt, key(KeyCode::Down)), Lookup::Action(Action::Down));
    assert_eq!(once(Scope::Prompt, key(KeyCode::Esc)), Lookup::Action(Action::Back));
    let control = |c| KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL);
    assert_eq!(once(Scope::Prompt, control('u')), Lookup::None);
    assert_eq!(once(Scope::Prompt, control('c')), Lookup::Action(Action::QuitNow));
}

#[test]
fn releases_and_held_keys_are_filtered() {
    let kind = |event: KeyEvent, kind| KeyEvent { kind, ..event };
    assert_eq!(once(Scope::Global, kind(typed('z'), KeyEventKind::Release)), Lookup::None);
    assert_eq!(once(Scope::Global, kind(typed('z'), KeyEventKind::Repeat)), Lookup::None);
    assert_eq!(once(Scope::Global, kind(typed('j'), KeyEventKind::Repeat)), Lookup::Action(Action::Down));
}

#[test]
fn nothing_takes_ctrl_c_away() {
    let taken = [("app.quit_now", vec![]), ("errors.follow", vec!["ctrl-c"])];
    let keymap = Keymap::with_overrides(taken).unwrap();
    let interrupt = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    for scope in [Scope::Global, Scope::Errors, Scope::Overlay, Scope::Prompt] {
        let meant = keymap.lookup(scope, &mut Pending::default(), interrupt);
        assert_eq!(meant, Lookup::Action(Action::QuitNow), "{scope:?}");
    }
}

#[test]
fn users_change_keys() {
    let keymap = Keymap::with_overrides([("probe.now", vec!["r", "f5"]), ("app.mouse", vec![])]).unwrap();
    let mut pending = Pending::default();
    assert_eq!(keymap.lookup(Scope::Global, &mut pending, typed('r')), Lookup::Action(Action::ProbeNow));
    assert_eq!(keymap.lookup(Scope::Global, &mut pending, typed('d')), Lookup::None);
    assert_eq!(keymap.lookup(Scope::Global, &mut pending, typed('m')), Lookup::None);

    let error = |id, keys: &[&'static str]| Keymap::with_overrides([(id, keys.to_vec())]).unwrap_err().to_string();
    assert_eq!(error("probe.nwo", &["r"]), "'probe.nwo' is no action; did you mean 'probe.now'?");
    assert!(error("probe.now", &["hyper-r"]).starts_with("action 'probe.now': 'hyper-r' is no key"));
    assert_eq!(
        error("probe.now", &["p"]),
        "'p' would mean both 'probe.now' and 'probe.pause'; give one of them another key"
    );
    assert!(error("probe.now", &["z z"]).starts_with("'z' would mean both"));
}
