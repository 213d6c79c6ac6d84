//! `tlscope config`: make, check, show the configuration.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;

use super::arguments::ConfigCommand;
use super::failure::Failure;
use super::options::Options;
use super::output::{print, say, warn};
use super::{dashboard, engine, sources};
use crate::config::{Settings, TEMPLATE};
use crate::inventory::read_stored;
use crate::model::{Clock as _, StoredContent, SystemClock, visible_path};

pub(super) fn run(options: &Options, command: &ConfigCommand) -> Result<ExitCode, Failure> {
    match command {
        ConfigCommand::Init => init(options)?,
        ConfigCommand::Check => check(options)?,
        ConfigCommand::Show => print(&options.settings(&[])?.show())?,
        ConfigCommand::Path => print(&format!("{}\n", options.config_path()?.display()))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Never overwrites: a configuration is somebody's work.
fn init(options: &Options) -> Result<(), Failure> {
    let path = options.config_path()?;
    let shown = path.display();
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)
            .with_context(|| format!("cannot make the directory '{}'", directory.display()))?;
    }
    match OpenOptions::new().write(true).create_new(true).open(&path) {
        Ok(mut file) => {
            file.write_all(TEMPLATE.as_bytes()).with_context(|| format!("cannot write '{shown}'"))?;
            print(&format!("{shown}\n"))
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(Failure::usage(format!("'{shown}' exists already and is left as it is")))
        }
        Err(error) => Err(Failure::Failed(anyhow::Error::new(error).context(format!("cannot write '{shown}'")))),
    }
}

/// Warns of certificate files that cannot be compared with what is served.
fn tell_files(settings: &Settings, quiet: bool) {
    let files: BTreeSet<&Arc<Path>> = settings.targets.iter().filter_map(|target| target.cert_file.as_ref()).collect();
    for path in files {
        if let StoredContent::Unreadable(reason) = read_stored(path, SystemClock.now()).content {
            warn(&format!("the certificate file '{}': {reason}", visible_path(path)), quiet);
        }
    }
}

/// Everything a file names is looked at too: CA files, the hosts file, sources of targets, certificate files, the theme.
fn check(options: &Options) -> Result<(), Failure> {
    let mut settings = options.settings(&[])?;
    let roster = sources::take_in(options, &mut settings)?;
    if sources::tell_faults(roster.as_ref()) {
        return Err(Failure::usage("not all sources of targets can be read and used (see above)"));
    }
    engine::examined(&settings, engine::Further::default(), options.quiet)?;
    dashboard::prepare(&settings, "", "")?;
    tell_files(&settings, options.quiet);
    match &settings.file {
        Some(path) => {
            let count = settings.targets.len();
            say(&format!("{}: fine, {count} target{}", path.display(), if count == 1 { "" } else { "s" }));
        }
        None => say(&format!("there is no '{}'; defaults are in effect", options.config_path()?.display())),
    }
    Ok(())
}
