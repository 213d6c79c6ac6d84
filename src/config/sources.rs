//! Sources that targets are taken from while running: `[[inventory]]`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::error::ConfigError;
use super::file::{File, InventoryTable};
use super::value::checked_refresh;
use crate::inventory::LiveSource;
use crate::inventory::sources::Kind;

/// How long a source is believed by default: as Prometheus has it for `http_sd`.
const REFRESH: Duration = Duration::from_mins(1);

/// The sources as configured.
pub(super) fn live(file: &File) -> Result<Vec<LiveSource>, ConfigError> {
    file.tables.inventory.iter().map(|table| source(file, table)).collect()
}

fn source(file: &File, table: &InventoryTable) -> Result<LiveSource, ConfigError> {
    let kind = table.kind.as_ref().map(|kind| {
        Kind::named(kind.get_ref()).ok_or_else(|| {
            let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
            let message = format!("'{}' is no kind of source; there are {}", kind.get_ref(), known.join(", "));
            file.invalid(kind.span().start, message)
        })
    });
    let refresh = table.refresh.as_ref().map_or(Ok(REFRESH), |refresh| {
        checked_refresh(refresh.get_ref().0).map_err(|message| file.invalid(refresh.span().start, message))
    });
    let path = table.path.get_ref();
    if path.as_os_str().is_empty() || path.as_os_str() == "-" {
        return Err(file.invalid(table.path.span().start, "'path' is that of a file, or a pattern for several"));
    }
    let kind = kind.transpose()?;
    let path = match path.to_str().and_then(|path| path.split_once(',')) {
        // Modules, and the scrape configuration that names them.
        Some((modules, scrape)) if kind == Some(Kind::Blackbox) => {
            let [modules, scrape] = [modules, scrape].map(|path| file.beside(Path::new(path)));
            PathBuf::from(format!("{},{}", modules.display(), scrape.display()))
        }
        _ => file.beside(path),
    };
    Ok(LiveSource {
        path,
        kind,
        refresh: refresh?,
        labels: table.labels.iter().map(|(name, value)| (Arc::clone(name), Arc::clone(value))).collect(),
    })
}
