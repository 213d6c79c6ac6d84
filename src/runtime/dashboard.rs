//! Puts the rooms together: prober → driver → store → screen.

use std::future::Future;
use std::path::PathBuf;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, OnceLock};

use anyhow::{Context as _, anyhow};
use crossterm::event::EventStream;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::driver::{Scheduled, limits};
use super::effects::{Backdoor, ReadTarget};
use super::event_loop::{self, Exit, Sources};
use super::feeding::Feeding;
use super::look;
use super::signals::{self, SHUTDOWN};
use super::terminal::{RealScreen, restore, restore_on_panic};
use crate::config::{Paths, Settings};
use crate::diagnosis::Policy;
use crate::inventory::{self, NotationError, Roster};
use crate::lab::Lab;
use crate::model::{Clock, Event, Review, SystemClock, Target, Untrusted};
use crate::probe;
use crate::schedule::{self, Command, Limits};
use crate::store::{self, Snapshot};
use crate::ui::{Msg, UiModel};

/// The dashboard before it is shown.
pub struct Dashboard {
    model: UiModel,
    mouse: bool,
    limits: Limits,
    policy: Policy,
    read_target: ReadTarget,
    theme_file: Option<PathBuf>,
}

/// What the screen is fed by; made while the first frame is already showing.
pub struct Backstage {
    /// Probes the targets.
    pub prober: probe::Prober,
    /// What to watch, numbered from 0.
    pub targets: Vec<Target>,
    /// Where further targets come from, read once: its targets are among those above.
    pub roster: Option<Roster>,
    /// The lab whose servers must live as long as the dashboard.
    pub lab: Option<Lab>,
}

impl Dashboard {
    /// Prepares the screen: `title` is its first word, `filter` narrows it from the start.
    ///
    /// # Errors
    ///
    /// When the wanted theme is missing or wrong.
    pub fn new(settings: &Settings, paths: &Paths, title: &str, filter: &str) -> anyhow::Result<Self> {
        let recipe = settings.recipe.clone();
        Ok(Self {
            model: UiModel::new(look::ui_settings(settings, paths, title, filter)?),
            mouse: settings.ui.mouse,
            limits: limits(settings),
            policy: settings.policy.clone(),
            read_target: Box::new(move |text, id| {
                let spec = inventory::parse(text).map_err(|error| on_one_line(&error))?;
                Ok(recipe.target(id, &spec))
            }),
            theme_file: look::theme_file(paths),
        })
    }

    /// The same with the review of files open.
    #[must_use]
    pub fn with_review(self, review: Review) -> Self {
        Self { model: self.model.with_review(Arc::new(review)), ..self }
    }

    /// Shows the dashboard until the user leaves. `backstage` is made in the background.
    ///
    /// # Errors
    ///
    /// When there is no terminal, it fails, or `backstage` does.
    pub fn run<F>(self, backstage: F) -> anyhow::Result<Exit>
    where
        F: Future<Output = anyhow::Result<Backstage>> + Send + 'static,
    {
        restore_on_panic();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start")?;
        let exit = runtime.block_on(self.show(backstage));
        runtime.shutdown_timeout(SHUTDOWN);
        exit
    }

    async fn show<F>(self, backstage: F) -> anyhow::Result<Exit>
    where
        F: Future<Output = anyhow::Result<Backstage>> + Send + 'static,
    {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let cancel = CancellationToken::new();
        let _cancel_on_every_way_out = cancel.clone().drop_guard();
        let signals = signals::listen(restore).context("cannot listen to signals")?;
        let (snapshot_sender, snapshots) = watch::channel(Arc::new(Snapshot::default()));
        let (command_sender, commands) = mpsc::channel(COMMANDS);
        let (notice_sender, notices) = mpsc::channel(NOTICES);
        let (event_sender, events) = mpsc::channel(EVENTS);
        let failure = Arc::new(OnceLock::new());

        let state = store::State::new(self.policy, store::Limits::default());
        tokio::spawn(store::run(state, events, Arc::clone(&clock), snapshot_sender, cancel.clone()));
        let next_id = Arc::new(OnceLock::new());
        let run = Run {
            clock: Arc::clone(&clock),
            limits: self.limits,
            cancel: cancel.clone(),
            next_id: Arc::clone(&next_id),
        };
        let what_is_done = event_sender.clone();
        let background = run.start(backstage, command_sender.clone(), commands, event_sender);
        let (failed, waker) = (Arc::clone(&failure), notice_sender.clone());
        tokio::spawn(async move {
            if let Err(error) = background.await {
                let text = format!("{error:#}");
                let _ = failed.set(error);
                let _ = waker.send(Msg::Notice { text, failed: true }).await;
            }
        });

        let mut outside = Backdoor {
            commands: command_sender,
            events: what_is_done,
            clock: Arc::clone(&clock),
            notices: notice_sender,
            read_target: self.read_target,
            next_id,
            theme_file: self.theme_file,
            failure: Arc::clone(&failure),
        };
        let mut screen = RealScreen::enter(self.mouse).context("cannot use the terminal")?;
        let sources = Sources { input: EventStream::new(), signals, snapshots, notices };
        let exit = event_loop::run(self.model, &mut screen, sources, &mut outside, &*clock).await;
        drop(screen);
        tracing::info!(?exit, "leaving");
        cancel.cancel();
        match (exit.context("the terminal failed")?, failure.get()) {
            (Exit::Broken, Some(error)) => Err(anyhow!("{error:#}")),
            (Exit::Broken, None) => Err(anyhow!("stopped after an internal error (reported above)")),
            (exit, _) => Ok(exit),
        }
    }
}

/// What is wrong with typed text, and where, for a place that has a single line.
fn on_one_line(error: &NotationError) -> String {
    let (before, after) = error.input.split_at_checked(error.at).unwrap_or((&error.input, ""));
    let mark = if after.is_empty() { "at the end of" } else { "at ‸ in" };
    let caret = if after.is_empty() { "" } else { "‸" };
    format!("{} ({mark} '{}{caret}{}')", error.message, Untrusted::new(before), Untrusted::new(after))
}

/// Commands wait here while the scheduler is busy; a full channel is told to the user.
const COMMANDS: usize = 1024;
/// Events between driver and store; a full channel slows probing down, nothing is lost.
const EVENTS: usize = 8192;
/// Answers waiting for the screen.
const NOTICES: usize = 64;

struct Run {
    clock: Arc<dyn Clock>,
    limits: Limits,
    cancel: CancellationToken,
    next_id: Arc<OnceLock<AtomicU32>>,
}

impl Run {
    async fn start<F>(
        self,
        backstage: F,
        sender: mpsc::Sender<Command>,
        commands: mpsc::Receiver<Command>,
        events: mpsc::Sender<Event>,
    ) -> anyhow::Result<()>
    where
        F: Future<Output = anyhow::Result<Backstage>> + Send + 'static,
    {
        let Backstage { prober, targets, roster, lab } = backstage.await?;
        tracing::info!(targets = targets.len(), "watching");
        let used = targets.iter().map(|target| target.id.0 + 1).max().unwrap_or(0);
        let next = self.next_id.get_or_init(|| AtomicU32::new(used));
        let (clock, cancel) = (Arc::clone(&self.clock), self.cancel.clone());
        let feeding = Feeding { commands: sender, events: events.clone(), clock, cancel };
        let driver = schedule::run(Arc::new(Scheduled(prober)), self.limits, self.clock, commands, events, self.cancel);
        tokio::join!(feeding.keep(targets, roster, next), driver);
        drop(lab);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_target_is_told_on_one_line_with_its_place() {
        let told = |text: &str| on_one_line(&inventory::parse(text).unwrap_err());
        assert_eq!(told("a..b").rsplit_once(" (").unwrap().1, "at ‸ in 'a.‸.b')");
        assert_eq!(told("a:").rsplit_once(" (").unwrap().1, "at the end of 'a:')");
        assert!(!told("\u{1b}[31m").contains('\u{1b}'));
    }
}
