use std::pin::pin;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use futures_util::stream;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use tokio::time::advance;

use super::*;
use crate::model::{ManualClock, Time};
use crate::store::fixture;
use crate::theme::Theme;
use crate::ui::UiSettings;

/// A terminal in memory that counts what is asked of it.
struct FakeScreen {
    terminal: Terminal<TestBackend>,
    frames: usize,
    suspended: usize,
    repainted: usize,
    copied: Vec<String>,
    gone: bool,
}

impl FakeScreen {
    fn new() -> Self {
        let terminal = Terminal::new(TestBackend::new(120, 36)).unwrap();
        Self { terminal, frames: 0, suspended: 0, repainted: 0, copied: Vec::new(), gone: false }
    }

    fn text(&self) -> String {
        self.terminal.backend().to_string()
    }
}

impl Screen for FakeScreen {
    fn draw(&mut self, model: &UiModel) -> io::Result<()> {
        if self.gone {
            return Err(io::Error::from_raw_os_error(5));
        }
        self.frames += 1;
        self.terminal.draw(|frame| ui::view(model, frame)).unwrap();
        Ok(())
    }

    fn repaint(&mut self) -> io::Result<()> {
        self.repainted += 1;
        Ok(())
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.suspended += 1;
        Ok(())
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        self.copied.push(text.to_owned());
        Ok(())
    }

    fn mouse(&mut self, _: bool) -> io::Result<()> {
        Ok(())
    }
}

#[derive(Default)]
struct Recorded {
    effects: Vec<Effect>,
    broken: bool,
}

impl Outside for Recorded {
    fn perform(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    fn is_broken(&self) -> bool {
        self.broken
    }
}

struct Rig {
    input: mpsc::Sender<io::Result<TerminalEvent>>,
    signals: mpsc::Sender<Signal>,
    snapshots: watch::Sender<Arc<Snapshot>>,
    _notices: mpsc::Sender<Msg>,
}

type Input = std::pin::Pin<Box<dyn Stream<Item = io::Result<TerminalEvent>> + Send>>;

fn rig() -> (Rig, Sources<Input>) {
    let (input, mut keys) = mpsc::channel(64);
    let (signals, signal_receiver) = mpsc::channel(4);
    let (snapshots, snapshot_receiver) = watch::channel(Arc::new(Snapshot::default()));
    let (notices, notice_receiver) = mpsc::channel(4);
    let sources = Sources {
        input: Box::pin(stream::poll_fn(move |context| keys.poll_recv(context))) as Input,
        signals: signal_receiver,
        snapshots: snapshot_receiver,
        notices: notice_receiver,
    };
    (Rig { input, signals, snapshots, _notices: notices }, sources)
}

fn model() -> UiModel {
    let theme = Arc::new(Theme::named("dark", |_| None).unwrap());
    UiModel::new(UiSettings {
        themes: vec![Arc::clone(&theme)],
        theme,
        keymap: Arc::default(),
        mouse: true,
        policy: crate::diagnosis::Policy::default(),
        title: "tlscope".to_owned(),
        filter: String::new(),
        size: (120, 36),
        now: Time::from_secs(1_800_000_000),
    })
}

#[expect(clippy::unnecessary_wraps, reason = "what the terminal's stream yields")]
fn key(code: char) -> io::Result<TerminalEvent> {
    Ok(TerminalEvent::Key(KeyEvent::new(KeyCode::Char(code), KeyModifiers::NONE)))
}

/// Runs the loop beside `play`, which drives the rig and then drops or quits it.
async fn play<F>(script: impl FnOnce(Rig) -> F) -> (io::Result<Exit>, FakeScreen, Recorded)
where
    F: Future<Output = Option<Rig>>,
{
    let (rig, sources) = rig();
    let (mut screen, mut outside) = (FakeScreen::new(), Recorded::default());
    let clock = ManualClock::new(Time::from_secs(1_800_000_000));
    let exit = {
        let mut running = pin!(run(model(), &mut screen, sources, &mut outside, &clock));
        let mut script = pin!(script(rig));
        let mut kept = None;
        loop {
            tokio::select! {
                biased;
                exit = &mut running => break exit,
                rig = &mut script, if kept.is_none() => kept = Some(rig),
            }
        }
    };
    (exit, screen, outside)
}

#[tokio::test(start_paused = true)]
async fn the_first_frame_comes_before_anything_else() {
    let (exit, screen, _) = play(|rig| async move {
        rig.signals.send(Signal::Terminate(15, "SIGTERM")).await.unwrap();
        Some(rig)
    })
    .await;
    assert_eq!(exit.unwrap(), Exit::Signal(15, "SIGTERM"));
    assert_eq!(screen.frames, 1);
    assert!(screen.text().contains("tlscope"), "{}", screen.text());
}

#[tokio::test(start_paused = true)]
async fn an_idle_screen_draws_once_a_second() {
    let (_, screen, _) = play(|rig| async move {
        for _ in 0..60 {
            advance(Duration::from_secs(1)).await;
        }
        rig.signals.send(Signal::Terminate(15, "SIGTERM")).await.unwrap();
        Some(rig)
    })
    .await;
    assert!((59..=62).contains(&screen.frames), "{} frames in a minute", screen.frames);
}

#[tokio::test(start_paused = true)]
async fn quiet_news_wait_for_the_heartbeat_and_trouble_does_not() {
    let (_, screen, _) = play(|rig| async move {
        advance(Duration::from_millis(1)).await;
        let mut snapshot = (*fixture::snapshot(20, 5)).clone();
        rig.snapshots.send_replace(Arc::new(snapshot.clone()));
        advance(Duration::from_millis(150)).await;
        for generation in 0..8 {
            snapshot.generation += generation;
            rig.snapshots.send_replace(Arc::new(snapshot.clone()));
            advance(Duration::from_millis(100)).await;
        }
        rig.signals.send(Signal::Terminate(15, "SIGTERM")).await.unwrap();
        Some(rig)
    })
    .await;
    assert_eq!(screen.frames, 2, "the first, and the one that showed new states");
}

#[tokio::test(start_paused = true)]
async fn a_burst_of_keys_is_one_frame_and_q_leaves() {
    let (exit, screen, _) = play(|rig| async move {
        advance(Duration::from_millis(20)).await;
        for _ in 0..40 {
            rig.input.try_send(key('j')).unwrap();
        }
        advance(Duration::from_millis(20)).await;
        rig.input.send(key('q')).await.unwrap();
        Some(rig)
    })
    .await;
    assert_eq!(exit.unwrap(), Exit::Quit);
    assert!(screen.frames <= 3, "{} frames", screen.frames);
}

#[tokio::test(start_paused = true)]
async fn effects_reach_the_world_and_the_terminal() {
    let (_, screen, outside) = play(|rig| async move {
        rig.input.send(key('p')).await.unwrap();
        let suspend = KeyEvent::new(KeyCode::Char('z'), KeyModifiers::CONTROL);
        rig.input.send(Ok(TerminalEvent::Key(suspend))).await.unwrap();
        advance(Duration::from_millis(20)).await;
        rig.signals.send(Signal::Continue).await.unwrap();
        rig.signals.send(Signal::Terminate(1, "SIGHUP")).await.unwrap();
        Some(rig)
    })
    .await;
    assert_eq!(outside.effects, [Effect::Pause(true)]);
    assert_eq!((screen.suspended, screen.repainted), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_terminal_that_cannot_be_written_or_read_ends_the_loop() {
    let (exit, ..) = play(|rig| async move {
        drop(rig.input);
        None
    })
    .await;
    assert_eq!(exit.unwrap(), Exit::InputClosed);

    let (rig, sources) = rig();
    let (mut screen, mut outside) = (FakeScreen::new(), Recorded::default());
    screen.gone = true;
    let clock = ManualClock::new(Time::default());
    assert!(run(model(), &mut screen, sources, &mut outside, &clock).await.is_err());
    drop(rig);
}

#[tokio::test(start_paused = true)]
async fn a_broken_task_ends_the_loop_at_the_next_heartbeat() {
    let (rig, sources) = rig();
    let (mut screen, mut outside) = (FakeScreen::new(), Recorded { broken: true, ..Recorded::default() });
    let clock = ManualClock::new(Time::default());
    let exit = run(model(), &mut screen, sources, &mut outside, &clock).await;
    assert_eq!(exit.unwrap(), Exit::Broken);
    drop(rig);
}
