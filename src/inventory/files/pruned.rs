//! A value of a manifest as far as somebody asks for it: the fields that lead to certificates. The rest – containers,
//! environments, whatever there is – is passed over as it comes.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Fields that are kept, on whatever level.
const FIELDS: [&str; 32] = [
    "addresses",
    "caBundle",
    "certificateRefs",
    "clientConfig",
    "conditions",
    "conversion",
    "dnsNames",
    "failedIssuanceAttempts",
    "group",
    "hostname",
    "hosts",
    "ipAddresses",
    "issuerRef",
    "kind",
    "lastFailureTime",
    "lastTransitionTime",
    "listeners",
    "message",
    "name",
    "namespace",
    "port",
    "protocol",
    "reason",
    "renewalTime",
    "revision",
    "secretName",
    "status",
    "tls",
    "type",
    "value",
    "webhook",
    "webhooks",
];

/// Texts above this are dropped, except bundles.
const LONGEST_TEXT: usize = 4096;

/// Values that one object may have among the fields that are kept.
pub(super) const MOST_VALUES: usize = 20_000;

/// Bytes of text that count as one more value: all texts together have 5 MB, where etcd has 1.5 MiB for an object.
const BYTES_OF_A_VALUE: usize = 256;

/// What is said of an object that has more.
pub(super) fn limit() -> String {
    let megabytes = MOST_VALUES * BYTES_OF_A_VALUE / 1_000_000;
    format!("fields of an object are read up to number {MOST_VALUES}, or {megabytes} MB of text")
}

/// Keeps what is asked for, as long as the budget lasts; an empty one tells that something is left out.
#[derive(Clone, Copy)]
pub(super) struct Pruned<'b> {
    pub(super) budget: &'b Cell<usize>,
    /// The field that the value is of.
    pub(super) is_bundle: bool,
}

impl Pruned<'_> {
    fn spend(self, bytes: usize) -> bool {
        let (left, cost) = (self.budget.get(), 1 + bytes / BYTES_OF_A_VALUE);
        self.budget.set(left.saturating_sub(cost));
        left >= cost
    }
}

impl<'de> DeserializeSeed<'de> for Pruned<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Pruned<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        let fits = self.is_bundle || value.len() <= LONGEST_TEXT;
        Ok(if fits && self.spend(value.len()) { Value::String(value.to_owned()) } else { Value::Null })
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut kept = Vec::new();
        while self.spend(0) {
            match items.next_element_seed(Self { is_bundle: false, ..self })? {
                Some(item) => kept.push(item),
                None => return Ok(Value::Array(kept)),
            }
        }
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Array(kept))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut kept = Map::new();
        while let Some(name) = fields.next_key::<Name>()? {
            match name.0.filter(|_| self.spend(0)) {
                Some(name) => {
                    let seed = Self { is_bundle: name == "caBundle", ..self };
                    kept.insert(name.to_owned(), fields.next_value_seed(seed)?);
                }
                None => {
                    fields.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Value::Object(kept))
    }
}

/// The name of a field, where it is one of ours.
struct Name(Option<&'static str>);

impl<'de> serde::Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Known;
        impl Visitor<'_> for Known {
            type Value = Name;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a field")
            }

            fn visit_str<E>(self, name: &str) -> Result<Name, E> {
                Ok(Name(FIELDS.into_iter().find(|known| *known == name)))
            }
        }
        deserializer.deserialize_str(Known)
    }
}
