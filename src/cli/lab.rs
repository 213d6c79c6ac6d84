//! `tlscope lab`: the embedded fleet, watched or served.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};

use super::arguments::{self, Screen};
use super::failure::Failure;
use super::options::Options;
use super::output::{print, say};
use super::{dashboard, engine};
use crate::config::{Overrides, Settings};
use crate::lab::{self, ClientPapers, Lab};
use crate::model::{Secret, SystemClock, TargetId};
use crate::probe::{ClientChoice, StoreChoice};
use crate::runtime::Backstage;

pub(super) fn run(options: &Options, command: arguments::Lab, screen: Screen) -> Result<ExitCode, Failure> {
    if command.list {
        print(&lab::list_text())?;
    } else if command.serve_only {
        let worker = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(anyhow::Error::from)?;
        worker.block_on(serve(options.quiet))?;
    } else {
        return watch(options, &command.screen.filter.or(screen.filter).unwrap_or_default());
    }
    Ok(ExitCode::SUCCESS)
}

/// Serves until interrupted, terminated or hung up.
async fn serve(quiet: bool) -> Result<(), Failure> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    let lab = Lab::start(Arc::new(SystemClock)).await.map_err(anyhow::Error::from)?;
    let files = LabFiles::default().with("ca", lab.ca_pem())?;
    let files = lab.clients().iter().try_fold(files, |files, client| files.with(client.name, &client.pem))?;
    print(&lab.serve_text(&LabFiles::path("ca"), LabFiles::path))?;
    if !quiet {
        say("serving until Ctrl-C");
    }
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminate.recv() => {}
        _ = hang_up.recv() => {}
    }
    lab.stop().await;
    drop(files);
    Ok(())
}

/// The dashboard over the lab, which starts behind the first frame.
fn watch(options: &Options, filter: &str) -> Result<ExitCode, Failure> {
    let settings = options.settings(&[])?;
    dashboard::needs_terminal("tlscope lab --serve-only")?;
    let dashboard = dashboard::prepare(&settings, "tlscope lab", filter)?;
    let backstage = start(settings, options.overrides()?);
    Ok(dashboard::ended(dashboard.run(backstage)?))
}

async fn start(mut settings: Settings, overrides: Overrides) -> anyhow::Result<Backstage> {
    let lab = Lab::start(Arc::new(SystemClock)).await?;
    let authority = StoreChoice::Pem { name: "lab".into(), text: lab.ca_pem().to_owned() };
    // Public stores have nothing to say about it.
    settings.trust.stores.clear();
    settings.targets = lab.targets(TargetId(0), overrides.interval.unwrap_or(Lab::INTERVAL));
    settings.targets.retain(|target| overrides.want(target));
    for target in &mut settings.targets {
        target.timeout = overrides.timeout.unwrap_or(target.timeout);
        target.family = overrides.family.unwrap_or(target.family);
        target.depth = overrides.depth.unwrap_or(target.depth);
        if overrides.servername.is_some() {
            target.servername.clone_from(&settings.recipe.servername);
        }
    }
    let client = |papers: &ClientPapers| ClientChoice::Pem {
        name: (*papers.files).clone(),
        text: Secret::new(papers.pem.clone()),
    };
    let further = engine::Further { store: Some(authority), clients: lab.clients().iter().map(client).collect() };
    let prober = engine::prober(&settings, further, true).map_err(|failure| anyhow::anyhow!("{failure}"))?;
    Ok(Backstage { prober, targets: settings.targets, roster: None, lab: Some(lab) })
}

/// Files for clients, which are removed when this goes.
#[derive(Default)]
struct LabFiles(Vec<PathBuf>);

impl LabFiles {
    /// Where the file of that name is.
    fn path(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("tlscope-lab-{name}-{}.pem", std::process::id()))
    }

    /// Writes a new file, never through a link that somebody laid out in a shared directory.
    fn with(mut self, name: &str, pem: &str) -> anyhow::Result<Self> {
        let path = Self::path(name);
        // Some hold a key, of a lab that ends with this process.
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let written = file.and_then(|mut file| file.write_all(pem.as_bytes()));
        written.with_context(|| format!("cannot write the lab's file '{}'", path.display()))?;
        self.0.push(path);
        Ok(self)
    }
}

impl Drop for LabFiles {
    fn drop(&mut self) {
        for path in &self.0 {
            // Left behind it does no harm: nobody trusts it any more.
            let _ = fs::remove_file(path);
        }
    }
}
