use std::fs;
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::timeout;

use super::*;
use crate::inventory::sources::{Roots, Sighting};
use crate::inventory::{LiveSource, Opening, Place, Recipe};
use crate::model::{Labels, SourceState, SystemClock};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

struct Bench {
    directory: TempDir,
    commands: mpsc::Receiver<Command>,
    events: mpsc::Receiver<Event>,
    _end: DropGuard,
}

impl Bench {
    /// A fleet of one target of its own and those of a list.
    fn new(list: &str) -> Self {
        Self::with(list, |_, sighting, id| Some(Recipe::default().target(id, &sighting.spec)))
    }

    fn with(
        list: &str,
        make: impl Fn(&LiveSource, &Sighting, TargetId) -> Option<Target> + Send + Sync + 'static,
    ) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("list");
        fs::write(&path, list).unwrap();
        let own = Recipe::default().target(TargetId(0), &inventory::parse("own.example").unwrap());
        let mut targets = vec![own];
        let (place, refresh) = (Place::Files { path, kind: None }, Duration::from_hours(1));
        let source =
            LiveSource { place, refresh, labels: Labels::new(), roots: Roots::default(), opening: Opening::default() };
        let said = source.read();
        let mut roster = Roster::new(vec![source], &targets, Box::new(make));
        let next = AtomicU32::new(1);
        let number = || TargetId(next.fetch_add(1, Ordering::Relaxed));
        let moves = roster.take(0, said, SystemClock.now(), number);
        targets.extend(moves.added.iter().map(|target| (**target).clone()));
        let (sender, commands) = mpsc::channel(64);
        let (events, told) = mpsc::channel(64);
        let cancel = CancellationToken::new();
        let feeding = Feeding { commands: sender, events, clock: Arc::new(SystemClock), cancel: cancel.clone() };
        tokio::spawn(async move { feeding.keep(targets, Some(roster), &next).await });
        Self { directory, commands, events: told, _end: cancel.drop_guard() }
    }

    async fn command(&mut self) -> String {
        let command = timeout(PATIENCE, self.commands.recv()).await.expect("a command").expect("it runs");
        match command {
            Command::Add(target) => format!("+{} {}", target.id.0, target.name),
            Command::Remove(id) => format!("-{}", id.0),
            other => format!("{other:?}"),
        }
    }

    /// How the source stands, once it is as that says.
    async fn source(&mut self, is_it: impl Fn(&SourceState) -> bool) -> SourceState {
        loop {
            let event = timeout(PATIENCE, self.events.recv()).await.expect("an event").expect("it runs");
            if let Event::SourcesRead { sources, .. } = event
                && is_it(&sources[0])
            {
                return sources[0].clone();
            }
        }
    }

    /// As it should be done: into place at once.
    fn replace(&self, list: &str) {
        let aside = self.directory.path().join("new");
        fs::write(&aside, list).unwrap();
        fs::rename(aside, self.directory.path().join("list")).unwrap();
    }
}

#[tokio::test]
async fn targets_follow_their_source_and_stay_when_it_fails() {
    let mut bench = Bench::new("a.example\nb.example\n");
    for expected in ["+0 own.example:443", "+1 a.example:443", "+2 b.example:443"] {
        assert_eq!(bench.command().await, expected);
    }
    let source = bench.source(|_| true).await;
    assert_eq!((source.targets, source.fault.is_some()), (2, false));
    bench.replace("b.example\nc.example\n");
    assert_eq!((bench.command().await, bench.command().await), ("-1".to_owned(), "+3 c.example:443".to_owned()));
    bench.source(|source| source.fault.is_none()).await;
    fs::remove_file(bench.directory.path().join("list")).unwrap();
    let source = bench.source(|source| source.fault.is_some()).await;
    assert_eq!(source.targets, 2);
    assert!(bench.commands.is_empty(), "nothing is removed");
    bench.replace("b.example\n");
    assert_eq!(bench.command().await, "-3");
    let source = bench.source(|source| source.fault.is_none()).await;
    assert_eq!(source.targets, 1);
}

#[tokio::test]
async fn certificate_files_of_new_targets_are_watched() {
    let mut bench = Bench::with("a.example\n", |_, sighting, id| {
        let file = format!("/nowhere/{}.pem", sighting.spec.port);
        let recipe = Recipe { cert_file: Some(Path::new(&file).into()), ..Recipe::default() };
        Some(recipe.target(id, &sighting.spec))
    });
    let mut seen = Vec::new();
    for list in [None, Some("a.example:8443\n")] {
        if let Some(list) = list {
            bench.replace(list);
        }
        let waiting = async {
            loop {
                if let Event::FileRead { target, file } = bench.events.recv().await.expect("it runs") {
                    return format!("{} {}", target.0, file.path.display());
                }
            }
        };
        seen.push(timeout(PATIENCE, waiting).await.expect("it is read"));
    }
    assert_eq!(seen, ["1 /nowhere/443.pem", "2 /nowhere/8443.pem"]);
}
