//! Carries out what the screen asks for, without ever making it wait.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::sync::mpsc;

use super::event_loop::Outside;
use super::terminal::has_panicked;
use crate::model::{Clock, Event, IncidentName, Target, TargetId};
use crate::schedule::Command;
use crate::ui::{Effect, Msg};

/// Reads target notation typed by the user.
pub(super) type ReadTarget = Box<dyn Fn(&str, TargetId) -> Result<Target, String> + Send>;

/// The world behind the screen: the scheduler, files, and the state of the background tasks.
pub(super) struct Backdoor {
    pub(super) commands: mpsc::Sender<Command>,
    pub(super) events: mpsc::Sender<Event>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) notices: mpsc::Sender<Msg>,
    pub(super) read_target: ReadTarget,
    /// The next free target number, once the configured targets have theirs.
    pub(super) next_id: Arc<OnceLock<AtomicU32>>,
    pub(super) theme_file: Option<PathBuf>,
    pub(super) failure: Arc<OnceLock<anyhow::Error>>,
}

impl Backdoor {
    fn tell(&self, text: String, failed: bool) {
        // A full channel means the screen is far behind; one toast less is the smaller loss.
        let _ = self.notices.try_send(Msg::Notice { text, failed });
    }

    fn command(&self, command: Command) -> bool {
        let sent = self.commands.try_send(command).is_ok();
        if !sent {
            self.tell("the prober is busy or not ready yet: try again in a moment".to_owned(), true);
        }
        sent
    }

    /// What the user did is an event like what a probe saw.
    fn record(&self, event: Event) {
        if self.events.try_send(event).is_err() {
            self.tell("too much is happening: try again in a moment".to_owned(), true);
        }
    }

    fn add_target(&self, text: &str) {
        let Some(next) = self.next_id.get() else {
            return self.tell("still starting: try again in a moment".to_owned(), true);
        };
        match (self.read_target)(text, TargetId(next.fetch_add(1, Ordering::Relaxed))) {
            Ok(target) => {
                let name = Arc::clone(&target.name);
                if self.command(Command::Add(Arc::new(target))) {
                    self.tell(format!("watching {name}"), false);
                }
            }
            Err(reason) => {
                let refused = Msg::TargetRefused { text: text.to_owned(), reason };
                let _ = self.notices.try_send(refused);
            }
        }
    }

    fn save_theme(&self, name: String) {
        let Some(file) = self.theme_file.clone() else { return };
        let notices = self.notices.clone();
        tokio::task::spawn_blocking(move || {
            let written =
                file.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&file, name));
            if let Err(error) = written {
                let text = format!("the theme is not remembered: cannot write '{}': {error}", file.display());
                let _ = notices.try_send(Msg::Notice { text, failed: true });
            }
        });
    }
}

impl Outside for Backdoor {
    fn perform(&mut self, effect: Effect) {
        tracing::debug!(?effect, "asked for");
        match effect {
            Effect::Acknowledge { incident, until, note } => {
                let (incident, at) = (IncidentName::from(&incident), self.clock.now());
                self.record(Event::Acknowledged { incident, at, until, note: note.into() });
            }
            Effect::AddTarget(text) => self.add_target(&text),
            Effect::GiveBack(incident) => {
                let incident = IncidentName::from(&incident);
                self.record(Event::Unacknowledged { incident, at: self.clock.now() });
            }
            Effect::Pause(true) => drop(self.command(Command::Pause)),
            Effect::Pause(false) => drop(self.command(Command::Resume)),
            Effect::ProbeNow(targets) => drop(self.command(Command::ProbeNow(targets))),
            Effect::Survey(targets) => drop(self.command(Command::Survey(targets))),
            Effect::RemoveTarget(target) => drop(self.command(Command::Remove(target))),
            Effect::SaveTheme(name) => self.save_theme(name),
            Effect::Copy(_) | Effect::Mouse(_) | Effect::Quit | Effect::Repaint | Effect::Suspend => {
                debug_assert!(false, "the terminal's effects are carried out by the event loop");
            }
        }
    }

    fn is_broken(&self) -> bool {
        has_panicked() || self.failure.get().is_some()
    }
}
