//! PEM as parts of a file.

use super::object::{self, Object};
use super::sealed::Effort;
use super::shelf::{Parts, Shelf, request, revocation_list, unreadable};
use super::{key, pem};
use crate::model::{Held, HeldKey};

/// The parts of a text; none when there is nothing of ours in it.
pub(super) fn parts(bytes: &[u8], shelf: &Shelf) -> Option<Parts> {
    parts_but(bytes, shelf, |_| false)
}

/// The same without private keys, which are not even decoded.
pub(super) fn public_parts(bytes: &[u8], shelf: &Shelf) -> Option<Parts> {
    parts_but(bytes, shelf, |object| matches!(object, Object::Key | Object::EncryptedKey))
}

fn parts_but(bytes: &[u8], shelf: &Shelf, is_passed_over: impl Fn(Object) -> bool) -> Option<Parts> {
    let (mut parts, effort) = (Parts::default(), Effort::default());
    for (number, block) in (1..).zip(pem::blocks(bytes)) {
        let Some(object) = wanted(block.label).filter(|object| !is_passed_over(*object)) else { continue };
        let offset = Some(block.offset);
        match block.body.clone().and_then(pem::decode) {
            Ok(der) if object == Object::Pkcs7 => of_pkcs7(&der, (number, offset), shelf, &mut parts),
            Ok(der) => parts.add(number, offset, None, held(object, &der, shelf, &effort)),
            Err(pem::Fault::OldEncryption) if object == Object::Key => {
                let held =
                    block.body.and_then(pem::sealed).map(|(how, sealed)| key::old(how, &sealed, &shelf.passwords));
                parts.add(number, offset, None, held.map_or_else(|fault| at_fault(block.label, &fault), Held::Key));
            }
            Err(fault) => parts.add(number, offset, None, at_fault(block.label, &fault)),
        }
        if parts.is_full() {
            break;
        }
    }
    if parts.0.is_empty() { None } else { Some(parts) }
}

fn at_fault(label: &[u8], fault: &pem::Fault) -> Held {
    unreadable(&String::from_utf8_lossy(label), &fault.to_string())
}

/// The first certificate of a text, bare. Blocks of keys are not decoded.
pub(in crate::inventory) fn first_certificate(bytes: &[u8]) -> Option<Result<Vec<u8>, String>> {
    let block = pem::blocks(bytes).find(|block| wanted(block.label) == Some(Object::Certificate))?;
    let decoded = block.body.and_then(pem::decode).map_err(|fault| fault.to_string());
    Some(decoded.map(|der| object::first(&der).unwrap_or(&der).to_vec()))
}

/// What a label promises, where it is ours. Keys of SSH and PGP, parameters and the like are not.
fn wanted(label: &[u8]) -> Option<Object> {
    Some(match label {
        b"CERTIFICATE" | b"X509 CERTIFICATE" | b"TRUSTED CERTIFICATE" => Object::Certificate,
        b"CERTIFICATE REQUEST" | b"NEW CERTIFICATE REQUEST" => Object::Request,
        b"X509 CRL" => Object::RevocationList,
        b"PKCS7" | b"CMS" => Object::Pkcs7,
        b"PRIVATE KEY" | b"RSA PRIVATE KEY" | b"EC PRIVATE KEY" | b"DSA PRIVATE KEY" => Object::Key,
        b"ENCRYPTED PRIVATE KEY" => Object::EncryptedKey,
        _ => return None,
    })
}

/// One object by what it is said to be.
pub(super) fn held(object: Object, der: &[u8], shelf: &Shelf, effort: &Effort) -> Held {
    match object {
        // OpenSSL's trusted certificates have more behind them: what they are trusted for.
        Object::Certificate => shelf.certificate(object::first(der).unwrap_or(der)),
        Object::Request => request(der),
        Object::RevocationList => revocation_list(der),
        Object::Key => match key::clear(der) {
            // Kinds that nothing here computes with are whole all the same.
            HeldKey { spki: None, .. } if !object::is_whole(der) => {
                unreadable(object.name(), "it is no key, or cut off")
            }
            key => Held::Key(key),
        },
        Object::EncryptedKey => match key::encrypted(der, &shelf.passwords, effort) {
            Ok(key) => Held::Key(key),
            Err(reason) => unreadable(object.name(), reason),
        },
        Object::Pkcs7 | Object::Pkcs12 => unreadable(object.name(), "it cannot stand here"),
    }
}

/// The certificates of a `SignedData`.
pub(super) fn of_pkcs7(der: &[u8], (number, offset): (usize, Option<usize>), shelf: &Shelf, parts: &mut Parts) {
    match object::pkcs7(der) {
        Ok(certificates) => {
            for der in certificates {
                parts.add(number, offset, None, shelf.certificate(der));
            }
        }
        Err(error) => parts.add(number, offset, None, unreadable(Object::Pkcs7.name(), &error.to_string())),
    }
}
