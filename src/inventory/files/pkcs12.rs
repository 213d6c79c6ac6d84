//! PKCS#12 archives (RFC 7292).

use p12_keystore::Pkcs12Archive;
use p12_keystore::error::Error;

use super::key;
use super::shelf::{Parts, Shelf, unreadable};
use crate::model::{FileContent, FileFormat, Held, HeldKey};

/// An archive is small; opening a larger one could take as long as its maker likes.
const MOST_BYTES: usize = 1024 * 1024;

/// Opens an archive with the first password that fits.
pub(super) fn read(der: &[u8], shelf: &Shelf) -> FileContent {
    let format = FileFormat::Pkcs12;
    let mut parts = Parts::default();
    if der.len() > MOST_BYTES {
        parts.add(1, Some(0), None, unreadable("PKCS#12", "archives are read up to 1 MiB"));
        return FileContent::Parts { format, parts: parts.0 };
    }
    for password in &shelf.passwords {
        match Pkcs12Archive::from_pkcs12(der, password.as_str()) {
            Ok(archive) => {
                list(&archive, shelf, &mut parts);
                return FileContent::Parts { format, parts: parts.0 };
            }
            Err(Error::MacError(_) | Error::UnpadError) => {}
            Err(error) => {
                parts.add(1, Some(0), None, unreadable("PKCS#12", &error.to_string()));
                return FileContent::Parts { format, parts: parts.0 };
            }
        }
    }
    FileContent::Locked { format, tried: shelf.passwords.len() }
}

fn list(archive: &Pkcs12Archive, shelf: &Shelf, parts: &mut Parts) {
    let keys = archive.keys.iter().map(|bag| {
        let key = HeldKey { encrypted: true, ..key::clear(bag.key.as_der()) };
        (bag.friendly_name.as_deref(), Held::Key(key))
    });
    let certificates =
        archive.certs.iter().map(|bag| (bag.friendly_name.as_deref(), shelf.certificate(bag.cert.as_der())));
    for (number, (alias, held)) in (1..).zip(keys.chain(certificates)) {
        parts.add(number, None, alias, held);
    }
}
