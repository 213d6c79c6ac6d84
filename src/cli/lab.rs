//! `tlscope lab`: the embedded fleet, watched or served.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};

use super::arguments;
use super::dashboard;
use super::failure::Failure;
use super::options::Options;
use super::output::{print, say};
use crate::lab::{self, Lab};
use crate::model::SystemClock;

pub(super) fn run(options: &Options, command: &arguments::Lab) -> Result<ExitCode, Failure> {
    if command.list {
        print(&lab::list_text())?;
        return Ok(ExitCode::SUCCESS);
    }
    if command.serve_only {
        let worker = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(anyhow::Error::from)?;
        worker.block_on(serve(options.quiet))?;
        return Ok(ExitCode::SUCCESS);
    }
    dashboard::run_lab(options)
}

/// Serves until interrupted, terminated or hung up.
async fn serve(quiet: bool) -> Result<(), Failure> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    let lab = Lab::start(Arc::new(SystemClock)).await.map_err(anyhow::Error::from)?;
    let ca_file = CaFile::write(lab.ca_pem())?;
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

/// The CA's certificate in a file of its own, gone when the lab is.
struct CaFile(PathBuf);

impl CaFile {
    fn write(pem: &str) -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("tlscope-lab-ca-{}.pem", std::process::id()));
        // Never through a link that somebody laid out in a shared directory.
        let file = OpenOptions::new().write(true).create_new(true).open(&path);
        let written = file.and_then(|mut file| file.write_all(pem.as_bytes()));
        written.with_context(|| format!("cannot write the lab's CA file '{}'", Path::display(&path)))?;
        Ok(Self(path))
    }
}

impl Drop for CaFile {
    fn drop(&mut self) {
        // Left behind it does no harm: it holds a certificate, no key.
        let _ = fs::remove_file(&self.0);
    }
}
