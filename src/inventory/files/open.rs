//! One file, opened and read as far as it is worth it, and forgotten.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::sync::atomic::AtomicBool;

use zeroize::Zeroizing;

use super::super::wiped::{self, fill};
use super::cluster::Harvest;
use super::contents::{self, PROSPECT};
use super::manifest::{self, Syntax};
use super::shelf::Shelf;
use crate::model::{FileContent, Unread};

/// What a look at a file came to.
#[derive(Debug)]
pub(super) enum Look {
    /// There is nothing of ours in it.
    Nothing,
    /// It is above the limit, and nothing of ours is in its beginning.
    TooLargeToTell,
    /// Something is, or it could not be looked at.
    Something {
        /// Permission bits, where the file could be opened.
        mode: Option<u32>,
        content: FileContent,
    },
    /// It is a manifest: objects of a cluster, each like a file.
    Manifest(Harvest),
}

/// How a file is looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Looking<'a> {
    /// Files above this are not read.
    pub(super) most_bytes: u64,
    pub(super) shelf: &'a Shelf,
    /// Set by whoever does not want to wait longer.
    pub(super) cancelled: &'a AtomicBool,
}

/// Opens and reads; never waits for a pipe or a device that took the file's place.
pub(super) fn look(path: &Path, looking: Looking<'_>) -> Look {
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    // Both are small positive numbers on every system.
    let flags = i32::try_from(flags.bits()).unwrap_or_default();
    let opened = OpenOptions::new().read(true).custom_flags(flags).open(path);
    opened.and_then(|file| read(file, looking)).unwrap_or_else(|error| refused(&error))
}

/// What comes from standard input or a pipe of the caller's.
pub(super) fn stream(mut source: impl Read, looking: Looking<'_>) -> Look {
    piped(&mut source, looking).unwrap_or_else(|error| refused(&error))
}

fn piped(source: &mut impl Read, looking: Looking<'_>) -> io::Result<Look> {
    let mut beginning = Zeroizing::new(vec![0; PROSPECT]);
    let read = fill(source, &mut beginning)?;
    let beginning = &beginning[..read];
    let syntax = manifest::syntax(beginning);
    if syntax == Some(Syntax::Json) {
        let whole = beginning.chain(source);
        return Ok(harvested(manifest::json(whole, looking.most_bytes, looking.shelf, looking.cancelled)));
    }
    let most = looking.most_bytes;
    let mut bytes = wiped::all(beginning.chain(source).take(most.saturating_add(1)))?;
    if bytes.len() as u64 > most {
        return Ok(Look::Something { mode: None, content: too_large(most) });
    }
    Ok(whole(&mut bytes, syntax, None, looking))
}

/// What is there as a whole.
fn whole(bytes: &mut [u8], syntax: Option<Syntax>, mode: Option<u32>, looking: Looking<'_>) -> Look {
    let harvest = match syntax {
        Some(Syntax::Json) => manifest::json(&*bytes, looking.most_bytes, looking.shelf, looking.cancelled),
        Some(Syntax::Yaml) => manifest::yaml(bytes, looking.shelf),
        None => return found(mode, contents::read(bytes, looking.shelf)),
    };
    // Objects of other kinds may have certificates, too.
    if harvest.is_empty() { found(mode, contents::read(bytes, looking.shelf)) } else { harvested(harvest) }
}

fn harvested(harvest: Harvest) -> Look {
    if harvest.is_empty() { Look::Nothing } else { Look::Manifest(harvest) }
}

pub(super) fn refused(error: &io::Error) -> Look {
    Look::Something { mode: None, content: FileContent::Unread(Unread::Refused { reason: error.to_string() }) }
}

fn read(mut file: File, looking: Looking<'_>) -> io::Result<Look> {
    let meta = file.metadata()?;
    if !meta.is_file() {
        return Ok(Look::Nothing);
    }
    let mode = Some(meta.mode() & 0o7777);
    let size = usize::try_from(meta.len()).unwrap_or(usize::MAX);
    // All room at once: a buffer that grows leaves copies behind. Who says that there is nothing may be wrong.
    let room = if size == 0 { PROSPECT } else { size.min(PROSPECT) };
    let mut bytes = Zeroizing::new(vec![0; room + 1]);
    let read = fill(&mut file, &mut bytes)?;
    let is_all = read < bytes.len();
    let beginning = &mut bytes[..read];
    let syntax = manifest::syntax(beginning);
    if is_all {
        return Ok(whole(beginning, syntax, mode, looking));
    }
    if syntax == Some(Syntax::Json) {
        let rest = (&*beginning).chain(file);
        return Ok(harvested(manifest::json(rest, looking.most_bytes, looking.shelf, looking.cancelled)));
    }
    if !contents::is_promising(beginning) {
        return Ok(Look::Nothing);
    }
    if meta.len() > looking.most_bytes {
        let ours = contents::is_ours(beginning) || syntax.is_some();
        let limited = || Look::Something { mode, content: too_large(looking.most_bytes) };
        return Ok(if ours { limited() } else { Look::TooLargeToTell });
    }
    let mut all = Zeroizing::new(vec![0; size.saturating_add(1).max(read + 1)]);
    all[..read].copy_from_slice(beginning);
    let rest = fill(&mut file, &mut all[read..])?;
    if read + rest == all.len() {
        return Err(io::Error::other("it grew while it was read"));
    }
    Ok(whole(&mut all[..read + rest], syntax, mode, looking))
}

fn found(mode: Option<u32>, content: Option<FileContent>) -> Look {
    content.map_or(Look::Nothing, |content| Look::Something { mode, content })
}

/// How it came that a file is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    ByName,
    WithOthers,
}

/// What is in a file; of one that was named something is said in any case.
pub(super) fn asked(path: &Path, looking: Looking<'_>, asked: Asked) -> Look {
    match look(path, looking) {
        Look::TooLargeToTell if asked == Asked::ByName => {
            Look::Something { mode: None, content: too_large(looking.most_bytes) }
        }
        look => look,
    }
}

/// A pipe through which nothing came, as from a command that failed: that is not the same as nothing wrong.
pub(super) fn silent() -> Look {
    let reason = "nothing came in; the command before it may have failed".to_owned();
    Look::Something { mode: None, content: FileContent::Unread(Unread::Refused { reason }) }
}

fn too_large(most_bytes: u64) -> FileContent {
    let limit = format!("files are read up to {most_bytes} bytes");
    FileContent::Unread(Unread::Limit { limit, option: "--max-size" })
}
