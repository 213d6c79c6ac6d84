//! The data of a Secret or a `ConfigMap`: of each value the certificates in it, and nothing else of it.

use std::fmt;

use super::super::wiped;
use super::shelf::{Shelf, size};
use super::{pem, screen, text};
use crate::model::FilePart;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// What the dashes of PEM are in base64, whatever follows.
const DASHES: &str = "LS0tLS";

/// Names of one object that are looked at.
const MOST_NAMES: usize = 1000;

/// What is passed over, and what it comes to.
macro_rules! whatever_else {
    ($is:expr) => {
        whatever_else!($is; visit_bool bool, visit_i64 i64, visit_u64 u64, visit_f64 f64);

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
            while items.next_element::<IgnoredAny>()?.is_some() {}
            Ok($is)
        }
    };
    ($is:expr; $($visit:ident $kind:ty),+) => {
        $(fn $visit<E>(self, _: $kind) -> Result<Self::Value, E> {
            Ok($is)
        })+
    };
}

/// The same for what is not there.
macro_rules! nothing {
    ($is:expr) => {
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok($is)
        }

        fn visit_none<E>(self) -> Result<Self::Value, E> {
            Ok($is)
        }
    };
}

/// A name of the data, and what its value is.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) held: Value,
}

/// What a value is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Value {
    Empty,
    /// It is there, and is not for us to look at.
    Other,
    /// It is called a certificate and is no base64.
    NotBase64,
    /// Certificates, requests and lists, in PEM.
    Public(Vec<FilePart>),
}

/// How much of an object's data is kept.
#[derive(Debug)]
pub(super) struct Room {
    /// Bytes of certificates that may still be kept.
    pub(super) bytes: usize,
    /// Whether there were more.
    pub(super) is_exceeded: bool,
    /// Which limit of an object left something out.
    pub(super) cut: Option<String>,
}

impl Value {
    fn size(&self) -> usize {
        match self {
            Self::Public(parts) => parts.iter().map(size).sum(),
            _ => 0,
        }
    }
}

/// Reads a map of values into a list, leaving out what is secret.
pub(super) struct Entries<'a> {
    pub(super) shelf: &'a Shelf,
    pub(super) into: &'a mut Vec<Entry>,
    pub(super) room: &'a mut Room,
}

impl<'de> DeserializeSeed<'de> for Entries<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Entries<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            let Room { bytes, is_exceeded, cut } = &mut *self.room;
            if self.into.len() >= MOST_NAMES || *is_exceeded {
                cut.get_or_insert_with(|| format!("names of an object are looked at up to number {MOST_NAMES}"));
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let looks = !screen::is_secret(name.as_bytes());
            let held = map.next_value_seed(One { shelf: self.shelf, name: &name, looks })?;
            match bytes.checked_sub(held.size()) {
                Some(left) => {
                    *bytes = left;
                    self.into.push(Entry { name, held });
                }
                None => *is_exceeded = true,
            }
        }
        Ok(())
    }

    // Other kinds have other things of that name.
    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    whatever_else!(());
    nothing!(());
}

/// One value.
struct One<'a> {
    shelf: &'a Shelf,
    name: &'a str,
    /// Whether more than its presence matters.
    looks: bool,
}

impl<'de> DeserializeSeed<'de> for One<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for One<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(if value.is_empty() {
            Value::Empty
        } else if self.looks {
            public(self.name, value, self.shelf)
        } else {
            Value::Other
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Other)
    }

    whatever_else!(Value::Other);
    nothing!(Value::Empty);
}

/// The certificates of a text, or of what is in base64 and may have some.
fn public(name: &str, value: &str, shelf: &Shelf) -> Value {
    let of = |text: &[u8]| text::public_parts(text, shelf).map_or(Value::Other, |parts| Value::Public(parts.0));
    if pem::is_in(value.as_bytes()) {
        return of(value.as_bytes());
    }
    let is_certificate = is_certificate(name);
    if !is_certificate && !value.trim_start().starts_with(DASHES) {
        return Value::Other;
    }
    match wiped::base64(value.as_bytes()) {
        Ok(text) => of(&text),
        Err(_) if is_certificate => Value::NotBase64,
        Err(_) => Value::Other,
    }
}

/// Whether the name says that the value is a certificate; there may be words before the first block.
fn is_certificate(name: &str) -> bool {
    [".crt", ".cert", ".pem", ".cer"].iter().any(|end| name.ends_with(end))
}
