//! The client certificates of this run, at hand for each handshake.

use std::collections::HashMap;
use std::fs;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::time::{Instant, timeout};

use crate::credentials::{ClientError, Identity};
use crate::model::{ClientFiles, Secret, Target};

/// A client certificate to have at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientChoice {
    /// In files.
    Files(ClientFiles),
    /// Certificate and key in PEM, known under the name of files.
    Pem {
        /// What targets call it.
        name: ClientFiles,
        /// The text.
        text: Secret,
    },
}

/// How long what was read is believed without a look at its files.
const BELIEVED: Duration = Duration::from_secs(30);
/// A disk that takes longer keeps nobody from a handshake with what was known before.
const PATIENCE: Duration = Duration::from_secs(1);

/// All client certificates of this run, and those that targets which come later have. They are read again when their
/// files change, as those of short life do; the last that was good is kept.
#[derive(Debug, Default)]
pub(super) struct Identities {
    known: Mutex<HashMap<ClientFiles, Slot>>,
    /// What opens keys of files without a password of their own.
    password: Option<Secret>,
}

/// Held by whoever looks at the files: the others wait for what that shows.
type Slot = Arc<tokio::sync::Mutex<Kept>>;

/// A client certificate and how it stands with its files.
#[derive(Clone, Debug, Default)]
struct Kept {
    /// None where there was no good one yet.
    identity: Option<Arc<Identity>>,
    source: Source,
}

#[derive(Clone, Debug, Default)]
enum Source {
    /// Files that nobody looked at yet.
    #[default]
    Unseen,
    Files {
        /// When they were written, at the last look.
        written: Vec<Option<SystemTime>>,
        looked: Instant,
    },
    /// No files, which could change.
    Text,
}

impl Identities {
    /// Reads and checks them all.
    pub(super) fn load(choices: &[ClientChoice], password: Option<&Secret>) -> Result<Self, ClientError> {
        let looked = Instant::now();
        let read = |choice: &ClientChoice| {
            let (files, identity, source) = match choice {
                ClientChoice::Files(files) => {
                    let source = Source::Files { written: written(files), looked };
                    (files, Identity::load(files, password)?, source)
                }
                ClientChoice::Pem { name, text } => (name, Identity::parse(&name.certificate, text)?, Source::Text),
            };
            let kept = Kept { identity: Some(Arc::new(identity)), source };
            Ok((files.clone(), Arc::new(tokio::sync::Mutex::new(kept))))
        };
        let known = choices.iter().map(read).collect::<Result<_, ClientError>>()?;
        Ok(Self { known: Mutex::new(known), password: password.cloned() })
    }

    /// What is presented to a target that asks.
    pub(super) async fn of(&self, target: &Target) -> Option<Arc<Identity>> {
        self.at(target.client.as_deref()?, Instant::now()).await
    }

    async fn at(&self, files: &ClientFiles, now: Instant) -> Option<Arc<Identity>> {
        let slot = self.slot(files);
        let mut kept = slot.lock().await;
        if !kept.is_believed(now) {
            let (before, files, password) = (kept.clone(), files.clone(), self.password.clone());
            // Whatever becomes of this look, the next is not before its time.
            kept.source = Source::Files { written: Vec::new(), looked: now };
            let looking = tokio::task::spawn_blocking(move || before.look(&files, password.as_ref(), now));
            if let Ok(Ok(seen)) = timeout(PATIENCE, looking).await {
                *kept = seen;
            }
        }
        kept.identity.clone()
    }

    fn slot(&self, files: &ClientFiles) -> Slot {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(files.clone()).or_default())
    }
}

impl Kept {
    fn is_believed(&self, now: Instant) -> bool {
        match self.source {
            Source::Unseen => false,
            Source::Files { looked, .. } => now.saturating_duration_since(looked) < BELIEVED,
            Source::Text => true,
        }
    }

    /// As it is after a look at the files.
    fn look(self, files: &ClientFiles, password: Option<&Secret>, now: Instant) -> Self {
        let found = written(files);
        let is_same = matches!(&self.source, Source::Files { written, .. } if *written == found);
        let identity = match self.identity {
            Some(same) if is_same => Some(same),
            before => match Identity::load(files, password) {
                Ok(identity) => Some(Arc::new(identity)),
                Err(error) => {
                    tracing::warn!("{error}");
                    before
                }
            },
        };
        Self { identity, source: Source::Files { written: found, looked: now } }
    }
}

/// When each of the files was written.
fn written(files: &ClientFiles) -> Vec<Option<SystemTime>> {
    let all = [Some(&files.certificate), files.key.as_ref(), files.password_file.as_ref()];
    all.into_iter().flatten().map(|path| fs::metadata(path).and_then(|file| file.modified()).ok()).collect()
}

#[cfg(test)]
#[path = "identity_tests.rs"]
mod tests;
