//! `tlscope lab`: the embedded fleet, watched or served.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
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
use crate::lab::{self, Lab};
use crate::model::{SystemClock, TargetId};
use crate::probe::StoreChoice;
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
    let ca_file = CaFile::reserve();
    write_ca(&ca_file.0, lab.ca_pem())?;
    print(&lab.serve_text(&ca_file.0))?;
    if !quiet {
        say("serving until Ctrl-C");
    }
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminate.recv() => {}
        _ = hang_up.recv() => {}
    }
    lab.stop().await;
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
    let prober = engine::prober(&settings, Some(authority), true).map_err(|failure| anyhow::anyhow!("{failure}"))?;
    Ok(Backstage { prober, targets: settings.targets, lab: Some(lab) })
}

/// The name of the CA's file, which is removed when this goes.
struct CaFile(PathBuf);

impl CaFile {
    fn reserve() -> Self {
        Self(std::env::temp_dir().join(format!("tlscope-lab-ca-{}.pem", std::process::id())))
    }
}

impl Drop for CaFile {
    fn drop(&mut self) {
        // Left behind it does no harm: it holds a certificate, no key.
        let _ = fs::remove_file(&self.0);
    }
}

/// Writes a new file, never through a link that somebody laid out in a shared directory.
fn write_ca(path: &Path, pem: &str) -> anyhow::Result<()> {
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    let written = file.and_then(|mut file| file.write_all(pem.as_bytes()));
    written.with_context(|| format!("cannot write the lab's CA file '{}'", path.display()))
}
