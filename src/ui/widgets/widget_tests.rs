use std::time::Duration;

use insta::assert_snapshot;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::*;
use crate::input::{Action, Keymap};
use crate::theme::{Depth, Glyphs, Role, Theme};
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

const COLUMNS: &[Column<'_>] = &[
    Column::fixed("", 1),
    Column::growing("target", 8, 2).at_most(30),
    Column::growing("address", 9, 1).priority(1),
    Column::fixed("age", 5).right().priority(2),
];

fn table(theme: &Theme, len: usize, offset: usize) -> Table<'_> {
    let sort = Some(TableSort { column: 1, descending: true });
    Table { columns: COLUMNS, len, offset, cursor: Some(offset + 1), focused: true, sort, theme }
}

fn fill(theme: &Theme) -> impl FnMut(usize, usize, Rect, &mut Buffer) {
    let (style, glyphs) = (theme.style(Role::Text), theme.glyphs());
    move |row, column, area, buffer| {
        let text = match column {
            0 => glyphs.ok.to_owned(),
            1 => format!("very-long-name-{row}.example.com"),
            2 => format!("192.0.2.{row}"),
            _ => format!("{row} s"),
        };
        let align = if column == 3 { Align::Right } else { Align::Left };
        put(buffer, area, &text, style, (align, Cut::Middle), glyphs);
    }
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
fn table_shows_a_window_and_drops_columns_by_priority() {
    let theme = mono(&Glyphs::UNICODE);
    let draw = |width| drawn(width, 4, |area, buffer| table(&theme, 100, 40).draw(area, buffer, fill(&theme)));
    assert_snapshot!(dump(&draw(50)), @r"
    |  target↓                  address            age |
    |✓ very-long-na…example.com 192.0.2.40        40 s┃|
    |✓ very-long-na…example.com 192.0.2.41        41 s│|
    |✓ very-long-na…example.com 192.0.2.42        42 s│|
    0: 27..34 +d; 46..49 +d;
    1: 49..50 +d;
    2: 0..49 +r; 49..50 +d;
    3: 49..50 +d;
    ");
    assert_snapshot!(text_of(&draw(24)), @r"
    |  target↓    address    |
    |✓ very-….com 192.0.2.40┃|
    |✓ very-….com 192.0.2.41│|
    |✓ very-….com 192.0.2.42│|
    ");
    assert_snapshot!(text_of(&draw(14)), @r"
    |  target↓     |
    |✓ very-…e.com┃|
    |✓ very-…e.com│|
    |✓ very-…e.com│|
    ");
}

#[test]
fn table_asks_only_for_visible_rows() {
    let theme = Theme::default();
    let mut asked = Vec::new();
    drawn(40, 4, |area, buffer| {
        table(&theme, 1_000_000, 500).draw(area, buffer, |row, column, _, _| {
            if column == 0 {
                asked.push(row);
            }
        });
    });
    assert_eq!(asked, [500, 501, 502]);
    let area = Rect::new(0, 5, 40, 4);
    let rows: Vec<_> = (4..11).map(|y| table(&theme, 502, 500).row_at(area, y)).collect();
    assert_eq!(rows, [None, None, Some(500), Some(501), None, None, None]);
}

#[test]
fn bars_show_label_bar_count_and_share() {
    let bar = |label, count, note: &str| Bar { label, count, note: note.to_owned(), style: Style::new() };
    let bars = [bar("TLSv1.3", 910, "+2"), bar("TLSv1.2", 88, ""), bar("X25519MLKEM768 with a long name", 2, "")];
    for glyphs in [&Glyphs::UNICODE, &Glyphs::ASCII] {
        let theme = mono(glyphs);
        let draw = |width| {
            let bars = Bars { bars: &bars, total: 1000, cursor: Some(1), focused: true, theme: &theme };
            drawn(width, 3, |area, buffer| bars.draw(area, buffer))
        };
        if glyphs.ascii {
            assert_snapshot!(text_of(&draw(44)), @r"
            |TLSv1.3           ##########=  910  91 % +2 |
            |TLSv1.2           #             88   9 %    |
            |X25519ML~ong name .              2  <1 %    |
            ");
        } else {
            assert_snapshot!(dump(&draw(44)), @r"
            |TLSv1.3           ██████████▉  910  91 % +2 |
            |TLSv1.2           █             88   9 %    |
            |X25519ML…ong name ▏              2  <1 %    |
            0: 36..40 +d; 41..43 +d;
            1: 0..37 +r; 37..40 +d+r; 40..44 +r;
            2: 36..40 +d;
            ");
            assert_snapshot!(text_of(&draw(20)), @r"
            |TLSv1.3  █████▌ 910 |
            |TLSv1.2  ▌       88 |
            |X255…ame ▏        2 |
            ");
        }
    }
}

#[test]
fn gauge_and_span_keep_to_their_fraction() {
    let line =
        |fraction| text_of(&drawn(4, 1, |area, buffer| gauge(area, buffer, fraction, Style::new(), &Glyphs::UNICODE)));
    assert_eq!(line(0.0), "|    |\n");
    assert_eq!(line(0.001), "|▏   |\n");
    assert_eq!(line(0.5), "|██  |\n");
    assert_eq!(line(0.6), "|██▍ |\n");
    assert_eq!(line(7.0), "|████|\n");
    assert_eq!(line(f64::NAN), "|    |\n");
    let line = |range| text_of(&drawn(8, 1, |area, buffer| span(area, buffer, range, "=", Style::new())));
    assert_eq!(line((0.25, 0.75)), "|  ====  |\n");
    assert_eq!(line((1.0, 1.0)), "|       =|\n");
    assert_eq!(line((0.5, 0.2)), "|        |\n");
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
    let bar = |label, count| Bar { label, count, note: "note".to_owned(), style: Style::new() };
    let bars = [bar("TLSv1.3", usize::MAX), bar("", 0)];
    let phases = Phases { took: [Duration::MAX; 4], full: Duration::ZERO, theme: &theme };
    let hint = [Hint { key: "x".to_owned(), text: "do it" }];
    for width in 0..40 {
        for height in 0..8 {
            drawn(width, height, |inside, buffer| {
                for area in [inside, Rect::new(3, 2, 60, 20), Rect::new(200, 200, 5, 5)] {
                    table(&theme, 100, 99).draw(area, buffer, fill(&theme));
                    table(&theme, 0, 7).draw(area, buffer, fill(&theme));
                    Bars { bars: &bars, total: 3, cursor: None, focused: false, theme: &theme }.draw(area, buffer);
                    gauge(area, buffer, 0.5, Style::new(), theme.glyphs());
                    span(area, buffer, (0.9, 2.0), "=", Style::new());
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
