//! `tlscope import`: which targets others' lists and configurations would add, and adding them.

use std::process::ExitCode;

use super::arguments::{Import, ImportFormat};
use super::failure::{self, Failure};
use super::imported::Imported;
use super::options::Options;
use super::output::{print, say};
use crate::config::{self, Added, File, Overrides, Settings};
use crate::inventory::sources::gather;

pub(super) fn run(options: &Options, import: &Import) -> Result<ExitCode, Failure> {
    let path = options.config_path()?;
    // One that is not there yet is made by --write.
    let file = path.exists().then(|| File::read(&path)).transpose()?;
    let settings = Settings::fold(file.as_ref(), &Overrides::default(), None)?;
    let wanted = options.overrides()?;
    let gathered = import.sources.iter().flat_map(|source| gather(source, import.most, std::io::stdin().lock()));
    let imported = Imported::new(gathered, &settings, |target| wanted.want(target));
    for failure in &imported.failed {
        say(&format!("error: cannot read '{}': {}", failure.place, failure.text));
    }
    let added = if import.write { write(&imported, &path)? } else { None };
    match import.format {
        ImportFormat::Table => print(&imported.table())?,
        ImportFormat::Toml => print(&config::additions(&imported.new))?,
        ImportFormat::Json => print(&imported.document(added.as_ref()).map_err(anyhow::Error::from)?)?,
    }
    if !options.quiet {
        say(&imported.summary(import.write, added.as_ref(), &path));
    }
    let is_whole = imported.failed.is_empty();
    Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::from(failure::usage_status(false)) })
}

/// Nothing is written when a source could not be read: what was asked for is not all there.
fn write(imported: &Imported, path: &std::path::Path) -> Result<Option<Added>, Failure> {
    if imported.new.is_empty() || !imported.failed.is_empty() {
        return Ok(None);
    }
    Ok(Some(config::append(path, &config::additions(&imported.new))?))
}
