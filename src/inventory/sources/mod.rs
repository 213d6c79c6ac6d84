//! Fleets from what people already have: one file for each format, bytes in, targets with labels out.
//!
//! What cannot be a target is told with its place and never ends the reading of the rest. Nothing here connects anywhere,
//! but to URLs that are named as sources, and to those of a scrape configuration on this machine.

mod acme;
mod address;
mod ansible;
mod apache;
mod apache_macros;
mod apache_md;
mod apache_places;
mod apache_sections;
mod asker;
#[cfg(test)]
pub(super) mod bench;
mod blackbox;
mod caddy;
mod caddyfile;
mod caddyfile_lines;
mod caddyfile_shape;
mod disk;
mod document;
mod envoy;
mod envoy_dump;
mod envoy_shapes;
mod expiry;
mod file_sd;
mod found;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod gather;
mod gathered;
mod haproxy;
mod http_config;
mod http_sd;
mod kind;
mod kubernetes;
mod lists;
mod means;
mod nginx;
mod nginx_words;
mod nmap;
mod pass;
mod prometheus;
mod range;
mod remote;
mod roots;
#[cfg(test)]
mod sample;
mod scrape;
mod sites;
mod storage;
mod table;
mod web;
mod web_tls;
mod words;

pub use self::address::{Address, masked};
pub use self::asker::{Asker, Client};
pub use self::found::{BROKEN_REFERENCE, Found, Notice, Sighting};
pub use self::gather::{gather, gather_files, server};
pub use self::gathered::Gathered;
pub use self::kind::Kind;
pub use self::means::Means;
pub use self::pass::{Pass, SecretAt};
pub use self::remote::gather_url;
pub use self::roots::Roots;
