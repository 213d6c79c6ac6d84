//! What `kubectl get … -o json|yaml` prints, object by object as it comes: lists, single objects, several documents.
//!
//! JSON is streamed and never held as a whole; YAML is read as a whole into memory that is wiped, after its keys were
//! overwritten. Private keys are not read at all, not even for their public part.

use std::cell::Cell;
use std::fmt;
use std::io::{BufReader, Read};
use std::sync::atomic::AtomicBool;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::cluster::{Draft, Harvest};
use super::entries::{Entries, Room};
use super::pruned::{self, Pruned};
use super::screen::{self, Screen};
use super::shelf::Shelf;

/// Lists hold objects; nothing holds lists of lists.
const DEEPEST: usize = 4;

/// How much larger than a file that is read as a whole a stream of JSON may be.
const STREAMED: u64 = 64;

/// What the beginning of a file or stream says that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    Json,
    Yaml,
}

/// Whether something that begins so is a manifest. A configuration of `kubectl` is none, nor is a template for one.
pub(super) fn syntax(beginning: &[u8]) -> Option<Syntax> {
    let beginning = beginning.strip_prefix(b"\xef\xbb\xbf").unwrap_or(beginning);
    let has = |word: &[u8]| memchr::memmem::find(beginning, word).is_some();
    if beginning.trim_ascii_start().starts_with(b"{") {
        let is_config = has(b"\"Config\"") && (has(b"\"clusters\"") || has(b"\"users\""));
        return (has(b"\"apiVersion\"") && !is_config).then_some(Syntax::Json);
    }
    let mut lines = beginning.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
    let has_line = |words: &[&[u8]]| lines.clone().any(|line| words.iter().any(|word| line.starts_with(word)));
    // The kind of a list stands behind its items, which can be further on than this beginning.
    let is_object = has_line(&[b"apiVersion: "]) && has_line(&[b"kind: ", b"items:"]);
    let is_config = lines.any(|line| line == b"kind: Config");
    (is_object && !is_config && !has(b"{{")).then_some(Syntax::Yaml)
}

/// Objects of a stream of JSON.
pub(super) fn json(source: impl Read, most_bytes: u64, shelf: &Shelf, cancelled: &AtomicBool) -> Harvest {
    let most = most_bytes.saturating_mul(STREAMED);
    let mut harvest = Harvest::new(usize::try_from(most_bytes).unwrap_or(usize::MAX));
    let screen = BufReader::with_capacity(64 << 10, Screen::new(source, most, cancelled));
    let mut parser = serde_json::Deserializer::from_reader(screen);
    let read = loop {
        // The end of a document is followed by another or by nothing.
        match parser.end() {
            Ok(()) => break Ok(()),
            Err(error) if error.is_io() => break Err(error),
            Err(_) => {}
        }
        let document = Document { shelf, harvest: &mut harvest, depth: 0 };
        if let Err(error) = document.deserialize(&mut parser) {
            break Err(error);
        }
        if harvest.is_full() {
            break Ok(());
        }
    };
    if let Err(error) = read {
        harvest.fault = Some(if error.is_io() { error.to_string() } else { format!("not readable as JSON: {error}") });
    }
    harvest
}

/// Objects of YAML, whose keys are overwritten first.
pub(super) fn yaml(bytes: &mut [u8], shelf: &Shelf) -> Harvest {
    screen::blank_yaml(bytes);
    let mut harvest = Harvest::new(bytes.len());
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            harvest.fault = Some(format!("not UTF-8: {error}"));
            return harvest;
        }
    };
    for (line, document) in documents(text) {
        let options = serde_saphyr::options! { with_snippet: false, strict_booleans: true };
        let read = serde_saphyr::with_deserializer_from_str_with_options(document, options, |parser| {
            Document { shelf, harvest: &mut harvest, depth: 0 }.deserialize(parser)
        });
        if let Err(error) = read {
            let message = error.to_string();
            let message = message.lines().next().unwrap_or_default();
            let place = if line > 1 { format!(", in the document at line {line}") } else { String::new() };
            harvest.fault = Some(format!("not readable as YAML: {message}{place}"));
        }
        if harvest.is_full() {
            break;
        }
    }
    harvest
}

/// Documents between lines of three dashes, with the lines they begin on.
fn documents(text: &str) -> Vec<(usize, &str)> {
    let (mut found, mut start, mut at, mut first) = (Vec::new(), 0, 0, 1);
    for (number, line) in (1..).zip(text.split_inclusive('\n')) {
        if line.trim_end() == "---" || line.starts_with("--- #") {
            found.push((first, &text[start..at]));
            (start, first) = (at + line.len(), number + 1);
        }
        at += line.len();
    }
    found.push((first, &text[start..]));
    let says_something = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    found.retain(|(_, document)| document.lines().any(says_something));
    found
}

/// One document, or one object of a list.
struct Document<'a> {
    shelf: &'a Shelf,
    harvest: &'a mut Harvest,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Document<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Document<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut draft = Draft::default();
        let mut room = Room { bytes: self.harvest.room(), is_exceeded: false, cut: None };
        let budget = Cell::new(pruned::MOST_VALUES);
        let pruned = Pruned { budget: &budget, is_bundle: false };
        while let Some(field) = map.next_key::<String>()? {
            let mut into = |value: &mut Value| -> Result<(), A::Error> {
                *value = map.next_value_seed(pruned)?;
                Ok(())
            };
            match field.as_str() {
                "kind" => into(&mut draft.kind)?,
                "type" => into(&mut draft.kind_of_secret)?,
                "metadata" => into(&mut draft.metadata)?,
                "spec" => into(&mut draft.spec)?,
                "status" => into(&mut draft.status)?,
                "webhooks" => into(&mut draft.webhooks)?,
                "data" | "stringData" | "binaryData" => {
                    let entries = Entries { shelf: self.shelf, into: &mut draft.entries, room: &mut room };
                    map.next_value_seed(entries)?;
                }
                "items" if self.depth < DEEPEST => {
                    let items = Items { shelf: self.shelf, harvest: &mut *self.harvest, depth: self.depth + 1 };
                    map.next_value_seed(items)?;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let is_cut = budget.get() == 0;
        draft.cut = if is_cut { Some(pruned::limit()) } else { room.cut };
        self.harvest.take(draft, self.shelf);
        if room.is_exceeded {
            self.harvest.exceed();
        }
        Ok(())
    }
}

/// The objects of a list.
struct Items<'a> {
    shelf: &'a Shelf,
    harvest: &'a mut Harvest,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Items<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Items<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while !self.harvest.is_full() {
            let document = Document { shelf: self.shelf, harvest: &mut *self.harvest, depth: self.depth };
            if items.next_element_seed(document)?.is_none() {
                return Ok(());
            }
        }
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

#[cfg(test)]
#[path = "manifest_tests.rs"]
mod tests;
