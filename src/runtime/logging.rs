//! The program's own log, to a file only: the terminal belongs to the screen.

use std::fs::OpenOptions;
use std::path::Path;
use std::sync::Mutex;

use anyhow::Context as _;
use tracing_subscriber::EnvFilter;

/// Appends the program's own log to `path`, at the level of `TLSCOPE_LOG` (`info` without it).
///
/// # Errors
///
/// When the file cannot be opened for appending.
pub fn log_to(path: &Path) -> anyhow::Result<()> {
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .with_context(|| format!("cannot open the log file '{}'; name one that can be written", path.display()))?;
    let filter = EnvFilter::try_from_env("TLSCOPE_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_ansi(false).with_env_filter(filter).with_writer(Mutex::new(file)).init();
    Ok(())
}
