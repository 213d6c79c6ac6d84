//! One file, opened and read as far as it is worth it, and forgotten.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use zeroize::Zeroizing;

use super::contents::{self, PROSPECT};
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
}

/// Opens and reads; never waits for a pipe or a device that took the file's place.
pub(super) fn look(path: &Path, most_bytes: u64, shelf: &Shelf) -> Look {
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    // Both are small positive numbers on every system.
    let flags = i32::try_from(flags.bits()).unwrap_or_default();
    let opened = OpenOptions::new().read(true).custom_flags(flags).open(path);
    opened.and_then(|file| read(file, most_bytes, shelf)).unwrap_or_else(|error| refused(&error))
}

/// What comes from standard input or a pipe of the caller's.
pub(super) fn stream(source: impl Read, most_bytes: u64, shelf: &Shelf) -> Look {
    let mut bytes = Zeroizing::new(Vec::with_capacity(PROSPECT));
    if let Err(error) = source.take(most_bytes.saturating_add(1)).read_to_end(&mut bytes) {
        return refused(&error);
    }
    if bytes.len() as u64 > most_bytes {
        return Look::Something { mode: None, content: too_large(most_bytes) };
    }
    match contents::read(&bytes, shelf) {
        None => Look::Nothing,
        Some(content) => Look::Something { mode: None, content },
    }
}

pub(super) fn refused(error: &io::Error) -> Look {
    Look::Something { mode: None, content: FileContent::Unread(Unread::Refused { reason: error.to_string() }) }
}

fn read(mut file: File, most_bytes: u64, shelf: &Shelf) -> io::Result<Look> {
    let meta = file.metadata()?;
    if !meta.is_file() {
        return Ok(Look::Nothing);
    }
    let mode = Some(meta.mode() & 0o7777);
    let size = usize::try_from(meta.len()).unwrap_or(usize::MAX);
    // All room at once: a buffer that grows leaves copies behind.
    let mut bytes = Zeroizing::new(vec![0; size.min(PROSPECT) + 1]);
    let read = fill(&mut file, &mut bytes)?;
    let beginning = &bytes[..read];
    if read < bytes.len() {
        return Ok(found(mode, contents::read(beginning, shelf)));
    }
    if !contents::is_promising(beginning) {
        return Ok(Look::Nothing);
    }
    if meta.len() > most_bytes {
        let ours = contents::is_ours(beginning);
        return Ok(if ours { Look::Something { mode, content: too_large(most_bytes) } } else { Look::TooLargeToTell });
    }
    let mut whole = Zeroizing::new(vec![0; size.saturating_add(1).max(bytes.len())]);
    whole[..read].copy_from_slice(beginning);
    let rest = fill(&mut file, &mut whole[read..])?;
    if read + rest == whole.len() {
        return Err(io::Error::other("it grew while it was read"));
    }
    Ok(found(mode, contents::read(&whole[..read + rest], shelf)))
}

fn found(mode: Option<u32>, content: Option<FileContent>) -> Look {
    content.map_or(Look::Nothing, |content| Look::Something { mode, content })
}

fn too_large(most_bytes: u64) -> FileContent {
    let limit = format!("files are read up to {most_bytes} bytes");
    FileContent::Unread(Unread::Limit { limit, option: "--max-size" })
}

/// As much as there is room for, or left.
fn fill(file: &mut File, room: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < room.len() {
        match file.read(&mut room[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
