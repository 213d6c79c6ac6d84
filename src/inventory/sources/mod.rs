//! Fleets from what people already have: one file for each format, bytes in, targets with labels out.
//!
//! What cannot be a target is told with its place and never ends the reading of the rest. Nothing here connects anywhere,
//! but to URLs that are named as sources.

mod acme;
mod ansible;
mod apache;
mod apache_macros;
mod apache_md;
mod blackbox;
mod caddy;
mod caddyfile;
mod caddyfile_lines;
mod disk;
mod document;
mod envoy;
mod envoy_shapes;
mod file_sd;
mod found;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod gather;
mod haproxy;
mod kind;
mod kubernetes;
mod lists;
mod nginx;
mod nginx_words;
mod nmap;
mod prometheus;
mod range;
#[cfg(test)]
mod sample;
mod sites;
mod storage;
mod table;
mod web;
mod words;

pub use self::found::{BROKEN_REFERENCE, Found, Notice, Sighting};
pub use self::gather::{Gathered, gather, gather_files};
pub use self::kind::Kind;
