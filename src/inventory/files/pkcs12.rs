//! PKCS#12 archives (RFC 7292), layer by layer, in memory that is wiped: a private key is open for as long as it takes to
//! read its public part.

use super::key;
use super::object::{all, inside, parts};
use super::sealed::{self, Closed, Effort};
use super::shelf::{Parts, Shelf, revocation_list, unreadable};
use crate::model::{FileContent, FileFormat, Held, HeldKey, Secret};

/// An archive is small; a larger one is something else.
const MOST_BYTES: usize = 1024 * 1024;

/// Bags within bags.
const DEEPEST: usize = 4;

/// `data` and `encryptedData` (RFC 5652 sections 4 and 8).
const DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01];
const ENCRYPTED_DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x06];

/// `bagtypes` (RFC 7292 section 4.2) but for the last number.
const BAGS: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x0C, 0x0A, 0x01];

/// `friendlyName` (RFC 2985 section 5.5.1).
const FRIENDLY_NAME: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x14];

/// Opens an archive with the first password that fits.
pub(super) fn read(der: &[u8], shelf: &Shelf) -> FileContent {
    let format = FileFormat::Pkcs12;
    let fault = |reason: &str| {
        let mut parts = Parts::default();
        parts.add(1, Some(0), None, unreadable("PKCS#12", reason));
        FileContent::Parts { format, parts: parts.0 }
    };
    if der.len() > MOST_BYTES {
        return fault("archives are read up to 1 MiB");
    }
    let Some(archive) = Archive::of(der) else { return fault("it is no archive with a password") };
    let (mut partly, effort): (Option<Parts>, _) = (None, Effort::default());
    for password in &shelf.passwords {
        match archive.open(password, shelf, &effort) {
            Ok(opened) if opened.is_closed => partly = partly.or(Some(opened.parts)),
            Ok(opened) => return FileContent::Parts { format, parts: opened.parts.0 },
            Err(Closed::Wrong) => {}
            Err(closed) => return fault(&closed.reason()),
        }
    }
    // What is not locked itself can have a key that is.
    match partly {
        Some(parts) => FileContent::Parts { format, parts: parts.0 },
        None => FileContent::Locked { format, tried: shelf.passwords.len() },
    }
}

/// An archive, its layers still closed.
struct Archive<'a> {
    /// `AuthenticatedSafe`.
    safe: &'a [u8],
    /// `MacData`.
    mac: Option<&'a [u8]>,
}

impl<'a> Archive<'a> {
    /// One with a password; those that are signed instead are not known here.
    fn of(der: &'a [u8]) -> Option<Self> {
        let parts = parts(der)?;
        let [_version, content, rest @ ..] = &parts[..] else { return None };
        let (kind, content) = content_info(content)?;
        let safe = if kind == DATA { inside(content, 0x04)? } else { return None };
        Some(Self { safe, mac: rest.first().copied() })
    }

    fn open(&self, password: &Secret, parsed: &Shelf, effort: &Effort) -> Result<Opened, Closed> {
        let check = self.mac.map(|mac| sealed::is_authentic(mac, self.safe, password, effort));
        let is_sure = match check {
            Some(Ok(false)) => return Err(Closed::Wrong),
            Some(Err(Closed::Dear)) => return Err(Closed::Dear),
            Some(Ok(true)) => true,
            // It is not checked, or in a way that is not known here: what opens will tell.
            Some(Err(_)) | None => false,
        };
        let layers = parts(self.safe).ok_or(Closed::Wrong)?;
        let mut opening = Opening { password, shelf: parsed, effort, opened: Opened::default(), number: 0 };
        for layer in layers {
            match opening.layer(layer) {
                Ok(()) => {}
                Err(closed) if is_sure => opening.add(None, unreadable("PKCS#12 layer", &closed.reason())),
                Err(closed) => return Err(closed),
            }
        }
        Ok(opening.opened)
    }
}

/// What an archive was found to hold.
#[derive(Default)]
struct Opened {
    parts: Parts,
    /// Whether some key stayed closed.
    is_closed: bool,
}

struct Opening<'a> {
    password: &'a Secret,
    shelf: &'a Shelf,
    effort: &'a Effort,
    opened: Opened,
    number: usize,
}

impl Opening<'_> {
    fn layer(&mut self, layer: &[u8]) -> Result<(), Closed> {
        let (kind, content) = content_info(layer).ok_or(Closed::Wrong)?;
        if kind == DATA {
            return self.bags(inside(content, 0x04).ok_or(Closed::Wrong)?, 0);
        }
        let sealed = if kind == ENCRYPTED_DATA { encrypted(content) } else { None };
        let (algorithm, sealed) = sealed.ok_or(Closed::Unknown)?;
        let plain = sealed::open(algorithm, sealed, self.password, self.effort)?;
        self.bags(&plain, 0)
    }

    /// `SafeContents` (RFC 7292 section 4.2).
    fn bags(&mut self, contents: &[u8], depth: usize) -> Result<(), Closed> {
        // What was opened with another password is no sequence.
        for bag in parts(contents).ok_or(Closed::Wrong)? {
            let bag = parts(bag).ok_or(Closed::Wrong)?;
            let [kind, value, attributes @ ..] = &bag[..] else { return Err(Closed::Wrong) };
            let kind = inside(kind, 0x06).ok_or(Closed::Wrong)?;
            let value = inside(value, 0xA0).ok_or(Closed::Wrong)?;
            let name = attributes.first().and_then(|attributes| friendly_name(attributes));
            let alias = name.as_deref();
            match kind.strip_prefix(BAGS) {
                Some([1]) => self.add(alias, Held::Key(HeldKey { encrypted: true, ..key::clear(value) })),
                Some([2]) => self.key(alias, value),
                Some([3]) => match in_bag(value) {
                    Some(der) => self.add(alias, self.shelf.certificate(der)),
                    None => self.add(alias, unreadable("PKCS#12 bag", "it has no certificate")),
                },
                Some([4]) => match in_bag(value) {
                    Some(der) => self.add(alias, revocation_list(der)),
                    None => self.add(alias, unreadable("PKCS#12 bag", "it has no revocation list")),
                },
                Some([6]) if depth < DEEPEST => self.bags(value, depth + 1)?,
                // Secrets of other kinds.
                _ => {}
            }
        }
        Ok(())
    }

    fn key(&mut self, alias: Option<&str>, sealed: &[u8]) {
        match key::encrypted(sealed, std::slice::from_ref(self.password), self.effort) {
            Ok(key) => {
                self.opened.is_closed |= key.spki.is_none();
                self.add(alias, Held::Key(key));
            }
            Err(reason) => self.add(alias, unreadable("encrypted private key", reason)),
        }
    }

    fn add(&mut self, alias: Option<&str>, held: Held) {
        self.number += 1;
        self.opened.parts.add(self.number, None, alias, held);
    }
}

/// `ContentInfo` (RFC 5652 section 3): what it is, and it.
fn content_info(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let [kind, content] = parts(der)?[..] else { return None };
    Some((inside(kind, 0x06)?, inside(content, 0xA0)?))
}

/// `EncryptedData` (RFC 5652 section 8): how it is sealed, and it.
fn encrypted(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let [_version, info, ..] = parts(der)?[..] else { return None };
    let [_kind, algorithm, sealed] = parts(info)?[..] else { return None };
    Some((algorithm, inside(sealed, 0x80)?))
}

/// The octets of a `CertBag` or `CRLBag` (RFC 7292 sections 4.2.3 and 4.2.4).
fn in_bag(der: &[u8]) -> Option<&[u8]> {
    let [_kind, value] = parts(der)?[..] else { return None };
    inside(inside(value, 0xA0)?, 0x04)
}

/// The name that people know a bag by.
fn friendly_name(attributes: &[u8]) -> Option<String> {
    /// `BMPString`.
    const TWO_BYTES: u8 = 0x1E;
    all(inside(attributes, 0x31)?)?.into_iter().find_map(|attribute| {
        let [kind, values] = parts(attribute)?[..] else { return None };
        let name = inside(kind, 0x06).filter(|kind| *kind == FRIENDLY_NAME).and(inside(values, 0x31))?;
        let letters = inside(name, TWO_BYTES)?.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
        Some(char::decode_utf16(letters).map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
    })
}
