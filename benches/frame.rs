//! What a whole frame costs, 200×60, over 100 000 addresses and over 100.
//!
//! `cells` is the reference: a frame that fills every cell with styled text and knows nothing of TLS.

#![expect(clippy::disallowed_methods, reason = "measures real time")]

use std::sync::Arc;
use std::time::Instant;

use criterion::{Criterion, criterion_group};
use crossterm::event::{Event, KeyCode, KeyEvent};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::{Color, Style};
use tlscope::diagnosis::Policy;
use tlscope::input::Keymap;
use tlscope::store::fixture::{NOW, snapshot};
use tlscope::theme::Theme;
use tlscope::ui::{Msg, UiModel, UiSettings, update, view};

const SIZE: (u16, u16) = (200, 60);

fn frame(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("full frame 200x60");
    for (name, addresses, certificates) in
        [("100 000 addresses", 100_000, 300), ("1 000 addresses", 1_000, 300), ("100 addresses", 100, 100)]
    {
        let model = watching(addresses, certificates);
        let mut terminal = Terminal::new(TestBackend::new(SIZE.0, SIZE.1)).unwrap_or_else(|error| match error {});
        group.bench_function(name, |bencher| {
            bencher.iter(|| terminal.draw(|frame| view(&model, frame)).map(|_| ()));
        });
    }
    let mut terminal = Terminal::new(TestBackend::new(SIZE.0, SIZE.1)).unwrap_or_else(|error| match error {});
    let line = "x".repeat(usize::from(SIZE.0));
    group.bench_function("cells", |bencher| {
        bencher.iter(|| {
            terminal
                .draw(|frame| {
                    for row in 0..SIZE.1 {
                        frame.buffer_mut().set_string(0, row, &line, Style::new().fg(Color::Green));
                    }
                })
                .map(|_| ())
        });
    });
    group.finish();
}

fn rebuild(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("order of 100 000 rows");
    group.sample_size(20);
    let data = snapshot(100_000, 300);
    let mut model = watching(100_000, 300);
    let mut now = NOW;
    group.bench_function("new snapshot", |bencher| {
        bencher.iter(|| {
            now = now + std::time::Duration::from_secs(1);
            update(&mut model, Msg::Snapshot(Arc::clone(&data)));
            update(&mut model, Msg::Tick(now))
        });
    });
    group.finish();
}

/// The slowest keystroke while a filter is typed, letter by letter, from nothing: few rows pass in the end, all of
/// them, none, and those that a measured value lets pass.
fn narrow(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("slowest keystroke over 100 000 rows");
    group.sample_size(20);
    let mut model = watching(100_000, 300);
    let mut press = |code: KeyCode| update(&mut model, Msg::Terminal(Event::Key(KeyEvent::from(code))));
    for text in ["checkout-12", "n01", "example", "absent", "env:prod 10.1", "tls>20", "!issuer:r3"] {
        let mut slowest = || {
            press(KeyCode::Char('/'));
            let took = |letter| {
                let begun = Instant::now();
                press(KeyCode::Char(letter));
                begun.elapsed()
            };
            let slowest = text.chars().map(took).max().unwrap_or_default();
            press(KeyCode::Esc);
            slowest
        };
        group.bench_function(text, |bencher| bencher.iter_custom(|count| (0..count).map(|_| slowest()).sum()));
    }
    group.finish();
}

fn watching(addresses: usize, certificates: usize) -> UiModel {
    let theme = Arc::new(Theme::default());
    let mut model = UiModel::new(UiSettings {
        themes: vec![Arc::clone(&theme)],
        theme,
        keymap: Arc::new(Keymap::default()),
        mouse: true,
        policy: Policy::default(),
        title: "tlscope".to_owned(),
        filter: String::new(),
        size: SIZE,
        now: NOW,
    });
    update(&mut model, Msg::Snapshot(snapshot(addresses, certificates)));
    model
}

criterion_group!(benches, frame, rebuild, narrow);

/// As the dashboard does it.
fn main() {
    tlscope::runtime::in_huge_pages();
    benches();
    Criterion::default().configure_from_args().final_summary();
}
