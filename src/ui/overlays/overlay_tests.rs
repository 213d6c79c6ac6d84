use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use insta::assert_snapshot;

use super::*;
use crate::model::TargetId;
use crate::theme::{Depth, Glyphs};
use crate::ui::golden::dump;

/// Presses keys one after the other and returns what came of the last.
fn press(overlay: &mut Overlay, keys: &str) -> OverlayOutcome {
    let (keymap, mut pending) = (Keymap::default(), Pending::default());
    let code = |key: &str| match key {
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "down" => KeyCode::Down,
        "up" => KeyCode::Up,
        "end" => KeyCode::End,
        "left" => KeyCode::Left,
        "space" => KeyCode::Char(' '),
        c => KeyCode::Char(c.chars().next().unwrap()),
    };
    let mut outcome = OverlayOutcome::Stay;
    for key in keys.split(' ') {
        let event = match key.strip_prefix("ctrl-") {
            Some(c) => KeyEvent::new(code(c), KeyModifiers::CONTROL),
            None => KeyEvent::new(code(key), KeyModifiers::NONE),
        };
        outcome = overlay.handle(event, &keymap, &mut pending);
    }
    outcome
}

fn drawn(overlay: &Overlay, width: u16, height: u16, theme: &Theme) -> Buffer {
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    overlay.draw(area, &mut buffer, theme, &Keymap::default());
    buffer
}

/// The symbols only.
fn text(overlay: &Overlay, width: u16, height: u16) -> String {
    let dump = dump(&drawn(overlay, width, height, &mono()));
    dump.lines().filter(|line| line.starts_with('|')).collect::<Vec<_>>().join("\n")
}

fn mono() -> Theme {
    Theme::default().at_depth(Depth::None)
}

fn palette() -> Overlay {
    let targets = [(TargetId(0), "checkout.example.com:443"), (TargetId(1), "search.example.com:443")];
    Overlay::Palette(Palette::new(targets.map(|(id, name)| (id, Arc::from(name))).to_vec()))
}

fn themes() -> Overlay {
    let entries = [("dark", "Dark"), ("light", "Light"), ("mono", "Monochrome")];
    Overlay::Themes(Themes::new(entries.map(|(a, b)| (a.to_owned(), b.to_owned())).to_vec(), "light"))
}

fn menu() -> Overlay {
    let entries = ["trouble", "target", "age"].map(str::to_owned).to_vec();
    Overlay::Menu(Menu::new(MenuKind::Sort, "Sort by", entries, 1))
}

fn confirm() -> Overlay {
    Overlay::Confirm(Confirm::new(Question::RemoveTarget(TargetId(7)), "Stop watching a.example:443?".to_owned()))
}

#[test]
fn help_puts_the_current_place_first() {
    let help = Overlay::Help(Help::new(Scope::Errors));
    assert_snapshot!(text(&help, 60, 14), @r"
    |                                                            |
    |┏━ Keys and symbols ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓|
    |┃ Errors                                                  ┃┃|
    |┃   g                    Group by cause, or show the raw… │┃|
    |┃   f                    Follow the newest entry, or stay │┃|
    |┃ Everywhere                                              │┃|
    |┃   /                    Narrow all panes with a filter   │┃|
    |┃   tab                  Go to the next pane              │┃|
    |┃   shift-tab            Go to the previous pane          │┃|
    |┃   1                    Go to the expiry pane            │┃|
    |┃   2                    Go to the handshake pane         │┃|
    |┃   3                    Go to the protocol pane          │┃|
    |┗━ / search · ↵ do it · esc back ━━━━━━━━━━━━━━━━━━━━━━━━━━┛|
    |                                                            |
    ");
}

#[test]
fn help_explains_the_symbols() {
    let mut help = Overlay::Help(Help::new(Scope::Global));
    press(&mut help, "G");
    assert_snapshot!(dump(&drawn(&help, 50, 12, &Theme::default().at_depth(Depth::Ansi16))), @r"
    |                                                  |
    |┏━ Keys and symbols ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓|
    |┃   ◆                 renewal is overdue        │┃|
    |┃   ▲                 about to expire           │┃|
    |┃   ✗                 expired                   │┃|
    |┃   ░                 phase bar: DNS            │┃|
    |┃   ▒                 phase bar: TCP            │┃|
    |┃   ▓                 phase bar: upgrade (STAR… │┃|
    |┃   █                 phase bar: TLS            │┃|
    |┃   ✗                 trend: a probe that fail… ┃┃|
    |┗━ / search · ↵ do it · esc back ━━━━━━━━━━━━━━━━┛|
    |                                                  |
    1: 0..2 lightblue/black; 2..20 white/black+b; 20..50 lightblue/black;
    2: 0..1 lightblue/black; 1..4 white/black; 4..5 lightyellow/black; 5..48 white/black; 48..49 darkgray/black; 49..50 lightblue/black;
    3: 0..1 lightblue/black; 1..4 white/black; 4..5 lightyellow/black; 5..48 white/black; 48..49 darkgray/black; 49..50 lightblue/black;
    4: 0..1 lightblue/black; 1..4 white/black; 4..5 lightred/black; 5..48 white/black; 48..49 darkgray/black; 49..50 lightblue/black;
    5: 0..1 lightblue/black; 1..4 white/black; 4..5 lightblue/black; 5..48 white/black; 48..49 darkgray/black; 49..50 lightblue/black;
    6: 0..1 lightblue/black; 1..4 white/black; 4..5 lightcyan/black; 5..48 white/black; 48..49 darkgray/black; 49..50 lightblue/black;
    7: 0..1 lightblue/black; 1..4 white/black; 4..5 lightyellow/black; 5..48 white/black; 48..49 darkgray/black; 49..50 lightblue/black;
    8: 0..1 lightblue/black; 1..4 white/black; 4..5 lightblue/black; 5..48 white/black; 48..49 darkgray/black; 49..50 lightblue/black;
    9: 0..1 lightblue/black; 1..4 white/black+b+r; 4..5 lightred/black+b+r; 5..48 white/black+b+r; 48..49 gray/black+b+r; 49..50 lightblue/black;
    10: 0..2 lightblue/black; 2..33 gray/black; 33..50 lightblue/black;
    ");
}

#[test]
fn help_is_searched_and_runs_what_it_shows() {
    let mut help = Overlay::Help(Help::new(Scope::Handshakes));
    assert_eq!(press(&mut help, "/ f r e e z e"), OverlayOutcome::Stay);
    assert_snapshot!(text(&help, 60, 8), @r"
    |                                                            |
    |┏━ Keys and symbols ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓|
    |┃ / freeze                                                 ┃|
    |┃ Everywhere                                               ┃|
    |┃   space  Freeze the screen; probing goes on              ┃|
    |┃                                                          ┃|
    |┗━ / search · ↵ do it · esc back ━━━━━━━━━━━━━━━━━━━━━━━━━━┛|
    |                                                            |
    ");
    assert_eq!(press(&mut help, "enter"), OverlayOutcome::Stay, "ends typing");
    assert_eq!(press(&mut help, "enter"), OverlayOutcome::Run(Action::Freeze));
    assert_eq!(press(&mut help, "esc"), OverlayOutcome::Stay, "forgets the search");
    assert_eq!(press(&mut help, "esc"), OverlayOutcome::Close);
    assert_eq!(press(&mut help, "?"), OverlayOutcome::Close);
    assert_eq!(press(&mut help, "q"), OverlayOutcome::Close);
}

#[test]
fn palette_finds_actions_and_targets() {
    let mut palette = palette();
    assert_eq!(press(&mut palette, "f r e e z e enter"), OverlayOutcome::Run(Action::Freeze));
    assert_eq!(press(&mut palette, "ctrl-u c h e k o u t enter"), OverlayOutcome::OpenTarget(TargetId(0)));
    assert_snapshot!(dump(&drawn(&palette, 50, 8, &mono())), @r"
    |                                                  |
    |┏━ Actions and targets ━━━━━━━━━━━━━━━━━━━━━━━━━━┓|
    |┃ : chekout                                      ┃|
    |┃   checkout.example.com:443             target  ┃|
    |┃                                                ┃|
    |┃                                                ┃|
    |┗━ ↵ run · esc back ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛|
    |                                                  |
    1: 0..50 +b;
    2: 0..11 +b; 11..12 +r; 49..50 +b;
    3: 0..1 +b; 1..4 +r; 4..7 +b+u+r; 7..8 +r; 8..12 +b+u+r; 12..41 +r; 41..47 +d+r; 47..49 +r; 49..50 +b;
    4: 0..1 +b; 49..50 +b;
    5: 0..1 +b; 49..50 +b;
    6: 0..2 +b; 2..20 +b+d; 20..50 +b;
    ");
    assert_eq!(press(&mut palette, "ctrl-u z z z q enter"), OverlayOutcome::Stay);
    assert_eq!(press(&mut palette, "esc"), OverlayOutcome::Close);
    assert_eq!(palette.paste("search.example\nrm -rf /"), OverlayOutcome::Stay);
}

#[test]
fn palette_shows_every_key() {
    assert_snapshot!(text(&palette(), 60, 12), @r"
    |                                                            |
    |┏━ Actions and targets ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓|
    |┃ :                                                        ┃|
    |┃   Show all keys and symbols                           ? ┃┃|
    |┃   Narrow all panes with a filter                      / │┃|
    |┃   Go to the next pane                               tab │┃|
    |┃   Go to the previous pane                     shift-tab │┃|
    |┃   Go to the expiry pane                               1 │┃|
    |┃   Go to the handshake pane                            2 │┃|
    |┃   Go to the protocol pane                             3 │┃|
    |┗━ ↵ run · esc back ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛|
    |                                                            |
    ");
}

#[test]
fn themes_preview_keep_and_restore() {
    let mut themes = themes();
    assert_eq!(press(&mut themes, "j"), OverlayOutcome::PreviewTheme("mono".to_owned()));
    assert_eq!(press(&mut themes, "j"), OverlayOutcome::Stay, "the end of the list");
    assert_eq!(press(&mut themes, "g g"), OverlayOutcome::PreviewTheme("dark".to_owned()));
    assert_snapshot!(text(&themes, 40, 7), @r"
    |                                        |
    |                 ┏━ Theme ━━━━━━━━━━━━━┓|
    |                 ┃   Dark              ┃|
    |                 ┃ ● Light             ┃|
    |                 ┃   Monochrome        ┃|
    |                 ┗━ ↵ keep · esc back ━┛|
    |                                        |
    ");
    assert_eq!(press(&mut themes, "enter"), OverlayOutcome::KeepTheme("dark".to_owned()));
    assert_eq!(press(&mut themes, "esc"), OverlayOutcome::RestoreTheme("light".to_owned()));
}

#[test]
fn prompts_report_every_change_and_complain() {
    let mut prompt = Overlay::Prompt(Prompt::new(PromptKind::Filter, "exp"));
    let change = |text: &str| OverlayOutcome::Change(PromptKind::Filter, text.to_owned());
    assert_eq!(press(&mut prompt, "i"), change("expi"));
    assert_eq!(press(&mut prompt, "left"), OverlayOutcome::Stay);
    assert_eq!(press(&mut prompt, "q"), change("expqi"), "letters are text");
    assert_eq!(prompt.paste("\u{1b}[31m red\nsecond line"), change("expq[31m redi"));
    if let Overlay::Prompt(prompt) = &mut prompt {
        prompt.complain(Some("expected a value after ':'".to_owned()));
        assert_eq!((prompt.kind(), prompt.text()), (PromptKind::Filter, "expq[31m redi"));
    }
    assert_snapshot!(dump(&drawn(&prompt, 32, 3, &mono())), @r"
    |                                |
    | ▲ expected a value after ':'   |
    | / expq[31m redi                |
    1: 0..29 +b;
    2: 0..15 +b; 15..16 +b+r;
    ");
    let submitted = OverlayOutcome::Submit(PromptKind::Filter, "expq[31m redi".to_owned());
    assert_eq!(press(&mut prompt, "enter"), submitted);
    assert_eq!(press(&mut prompt, "esc"), OverlayOutcome::Cancel(PromptKind::Filter, "exp".to_owned()));
}

#[test]
fn long_lines_scroll_with_their_cursor() {
    let mut prompt = Overlay::Prompt(Prompt::new(PromptKind::AddTarget, "名前.very.long.name.example.com:443"));
    assert_snapshot!(text(&prompt, 30, 1), @r"
    | add target: .example.com:443 |
    ");
    press(&mut prompt, "ctrl-a");
    assert_snapshot!(text(&prompt, 30, 1), @r"
    | add target: 名前.very.long.na|
    ");
    assert!(!prompt.paste(&"x".repeat(5000)).closes());
}

#[test]
fn menus_choose() {
    let mut menu = menu();
    assert_snapshot!(dump(&drawn(&menu, 34, 7, &mono())), @r"
    |                                  |
    |    ┏━ Sort by ━━━━━━━━━━━━━┓     |
    |    ┃   trouble             ┃     |
    |    ┃ ● target              ┃     |
    |    ┃   age                 ┃     |
    |    ┗━ ↵ choose · esc back ━┛     |
    |                                  |
    1: 4..29 +b;
    2: 4..5 +b; 28..29 +b;
    3: 4..5 +b; 5..28 +r; 28..29 +b;
    4: 4..5 +b; 28..29 +b;
    5: 4..6 +b; 6..27 +b+d; 27..29 +b;
    ");
    assert_eq!(press(&mut menu, "j enter"), OverlayOutcome::Choose(MenuKind::Sort, 2));
    assert_eq!(press(&mut menu, "esc"), OverlayOutcome::Close);
}

#[test]
fn questions_are_answered_by_letter_or_enter() {
    let mut confirm = confirm();
    assert_snapshot!(text(&confirm, 40, 5), @r"
    |                                        |
    |    ┏━ Sure? ━━━━━━━━━━━━━━━━━━━━━━┓    |
    |    ┃ Stop watching a.example:443? ┃    |
    |    ┗━ y yes · n no ━━━━━━━━━━━━━━━┛    |
    |                                        |
    ");
    let yes = OverlayOutcome::Confirmed(Question::RemoveTarget(TargetId(7)));
    for (keys, outcome) in [("y", &yes), ("enter", &yes), ("n", &OverlayOutcome::Close), ("x", &OverlayOutcome::Stay)] {
        assert_eq!(press(&mut confirm, keys), *outcome, "{keys}");
    }
}

#[test]
fn leaving_the_program_passes_through_every_overlay() {
    for mut overlay in [palette(), themes(), menu(), confirm(), Overlay::Help(Help::new(Scope::Global))] {
        let outcome = press(&mut overlay, "ctrl-c");
        assert_eq!(outcome, OverlayOutcome::Pass(Action::QuitNow));
        assert!(!outcome.closes());
        assert!(press(&mut overlay, "esc").closes());
    }
}

#[test]
fn nothing_panics_at_any_size() {
    let prompt = |kind| Overlay::Prompt(Prompt::new(kind, "名前です"));
    let mut searching = Overlay::Help(Help::new(Scope::Expiry));
    press(&mut searching, "/ f");
    let mut empty = palette();
    press(&mut empty, "z z z q");
    let none = Overlay::Themes(Themes::new(Vec::new(), "dark"));
    let overlays = [
        Overlay::Help(Help::new(Scope::Global)),
        searching,
        palette(),
        empty,
        themes(),
        none,
        menu(),
        confirm(),
        prompt(PromptKind::Filter),
        prompt(PromptKind::AddTarget),
        Overlay::Prompt(Prompt::new(PromptKind::Filter, "")),
    ];
    for theme in [Theme::default(), mono().with_glyphs(&Glyphs::ASCII)] {
        for overlay in &overlays {
            for width in 0..60 {
                for height in 0..20 {
                    let buffer = drawn(overlay, width, height, &theme);
                    let wide = overlay.scope() == Scope::Prompt;
                    let ascii = buffer.content.iter().all(|cell| cell.symbol().is_ascii());
                    assert!(ascii || wide || !theme.glyphs().ascii, "{width}x{height}");
                }
            }
        }
    }
}
