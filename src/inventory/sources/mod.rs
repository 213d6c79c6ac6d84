//! Fleets from what people already have: one file for each format, bytes in, targets with labels out.
//!
//! What cannot be a target is told with its place and never ends the reading of the rest. Nothing here connects anywhere.

mod ansible;
mod disk;
mod document;
mod file_sd;
mod found;
mod gather;
mod kind;
mod kubernetes;
mod lists;
mod nmap;
mod range;
mod table;

pub use self::found::{BROKEN_REFERENCE, Found, Notice, Sighting};
pub use self::gather::{Gathered, gather};
pub use self::kind::Kind;
