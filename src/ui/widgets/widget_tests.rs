use std::time::Duration;

use insta::assert_snapshot;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::*;
use crate::input::{Action, Keymap};
use crate::theme::{Depth, Glyphs, Theme};
use crate::ui::golden::dump;

fn drawn(width: u16, height: u16, draw: impl FnOnce(Rect, &mut Buffer)) -> Buffer {
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    draw(area, &mut buffer);
    buffer
}

fn text_of(buffer: &Buffer) -> String {
    dump(&drawn_plain(buffer))
}

/// The same symbols without style.
fn drawn_plain(buffer: &Buffer) -> Buffer {
    let mut plain = buffer.clone();
    for cell in &mut plain.content {
        let symbol = cell.symbol().to_owned();
        cell.reset();
        cell.set_symbol(&symbol);
    }
    plain
}

fn mono(glyphs: &'static Glyphs) -> Theme {
    Theme::default().with_glyphs(glyphs).at_depth(Depth::None)
}

#[test]
fn text_is_cut_by_what_it_shows() {
    let unicode = &Glyphs::UNICODE;
    assert_eq!(cut("example.com", 11, unicode), "example.com");
    assert_eq!(cut("example.com", 5, unicode), "exam…");
    assert_eq!(cut("example.com", 5, &Glyphs::ASCII), "exam~");
    assert_eq!(cut("名前です", 4, unicode), "名…");
    assert_eq!(cut("x", 0, unicode), "");
    assert_eq!(cut_middle("checkout.prod.example.com", 11, unicode), "check…e.com");
    assert_eq!(cut_middle("名前です.example", 8, unicode), "名前…ple");
    for columns in 0..30 {
        for text in ["", "plain", "名前です名前です", "e\u{301}e\u{301}e\u{301}", "👩‍👩‍👧‍👦👩‍👩‍👧‍👦"]
        {
            assert!(width(&cut(text, columns, unicode)) <= columns);
            assert!(width(&cut_middle(text, columns, unicode)) <= columns);
        }
    }
}

#[test]
fn gauges_keep_to_their_fraction() {
    let line =
        |fraction| text_of(&drawn(4, 1, |area, buffer| gauge(area, buffer, fraction, Style::new(), &Glyphs::UNICODE)));
    assert_eq!(line(0.0), "|    |\n");
    assert_eq!(line(0.001), "|▏   |\n");
    assert_eq!(line(0.5), "|██  |\n");
    assert_eq!(line(0.6), "|██▍ |\n");
    assert_eq!(line(7.0), "|████|\n");
    assert_eq!(line(f64::NAN), "|    |\n");
}

#[test]
fn trend_shows_the_newest_and_crosses_for_failures() {
    let values = [Some(1), Some(50), Some(100), None, Some(0), Some(400)];
    for (glyphs, expected) in [(&Glyphs::UNICODE, "|▁▂✗▁█|\n"), (&Glyphs::ASCII, "|_.x_#|\n")] {
        let theme = mono(glyphs);
        let spark = Spark { values: values.into_iter(), full: None, theme: &theme };
        assert_eq!(text_of(&drawn(5, 1, |area, buffer| spark.draw(area, buffer))), expected);
    }
}

#[test]
fn phases_are_told_apart_without_colour() {
    let ms = Duration::from_millis;
    for (glyphs, expected) in [(&Glyphs::UNICODE, "|░▒█████   |\n"), (&Glyphs::ASCII, "|.+=====   |\n")] {
        let theme = mono(glyphs);
        let phases = Phases { took: [ms(1), ms(20), ms(0), ms(49)], full: ms(100), theme: &theme };
        assert_eq!(text_of(&drawn(10, 1, |area, buffer| phases.draw(area, buffer))), expected);
    }
}

#[test]
fn hints_name_the_users_keys() {
    let keymap = Keymap::with_overrides([("probe.now", vec!["f5"]), ("view.freeze", vec![])]).unwrap();
    let theme = Theme::default().at_depth(Depth::Ansi16);
    let actions = [Action::Help, Action::ProbeNow, Action::Freeze, Action::Open, Action::Quit];
    let shown: Vec<_> = actions.into_iter().filter_map(|action| Hint::of(action, &keymap, theme.glyphs())).collect();
    assert_snapshot!(dump(&drawn(40, 1, |area, buffer| hints(area, buffer, &shown, &theme))), @r"
    | ? help  f5 diagnose now  ↵ open  q quit|
    0: 0..1 gray/black; 1..2 lightcyan/black+b; 2..9 gray/black; 9..11 lightcyan/black+b; 11..26 gray/black; 26..27 lightcyan/black+b; 27..34 gray/black; 34..35 lightcyan/black+b; 35..40 gray/black;
    ");
    assert_snapshot!(text_of(&drawn(18, 1, |area, buffer| hints(area, buffer, &shown, &theme))), @r"
    | ? help  ↵ open   |
    ");
}

#[test]
fn toasts_tell_failure_by_glyph() {
    let theme = mono(&Glyphs::UNICODE);
    let draw = |width, failed| text_of(&drawn(width, 2, |area, buffer| toast(area, buffer, "copied", failed, &theme)));
    assert_eq!(draw(14, false), "|              |\n|     ✓ copied |\n");
    assert_eq!(draw(6, true), "|      |\n| ✗ co…|\n");
}

#[test]
fn ascii_is_the_last_word() {
    let mut buffer = drawn(8, 1, |_, buffer| buffer.set_string(0, 0, "a→“ü名”", Style::new()));
    fold_ascii(&mut buffer);
    assert!(buffer.content.iter().all(|cell| cell.symbol().is_ascii()));
    assert_eq!(text_of(&buffer), "|a>\"?? \" |\n");
}

#[test]
fn nothing_panics_at_any_size_or_place() {
    let theme = Theme::default();
    let phases = Phases { took: [Duration::MAX; 4], full: Duration::ZERO, theme: &theme };
    let hint = [Hint { key: "x".to_owned(), text: "do it" }];
    for width in 0..40 {
        for height in 0..8 {
            drawn(width, height, |inside, buffer| {
                for area in [inside, Rect::new(3, 2, 60, 20), Rect::new(200, 200, 5, 5)] {
                    gauge(area, buffer, 0.5, Style::new(), theme.glyphs());
                    Spark { values: [Some(u64::MAX), None].into_iter(), full: Some(0), theme: &theme }
                        .draw(area, buffer);
                    phases.draw(area, buffer);
                    hints(area, buffer, &hint, &theme);
                    toast(area, buffer, "text", true, &theme);
                    scrollbar(area, buffer, usize::MAX / 100, 5, &theme);
                }
            });
        }
    }
}
