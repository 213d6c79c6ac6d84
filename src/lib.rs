//! tlscope watches a fleet of TLS endpoints and names the cause when one breaks.
//!
//! # The map
//!
//! Everything that happens is an [event](model::Event); the store is a fold over
//! events; the screen is a view of a [snapshot](store::Snapshot). Probes and the
//! lab are sources of events; the dashboard, text and JSON are readers. Nothing
//! else connects the rooms.
//!
//! ```text
//! inventory ─► targets ─► schedule ─► probe ─► Event ─► store (single writer) ─► Arc<Snapshot> ─► ui · export
//!                            ▲                  │
//!                       lab (servers)           └─ judged by diagnosis
//! ```
//!
//! | layer | rooms |
//! |---|---|
//! | pure | [`model`], [`diagnosis`], [`query`], [`theme`], [`input`], [`ui`] |
//! | effects | [`inventory`], [`probe`], [`schedule`], [`store`], [`lab`], [`export`] |
//! | wiring | [`config`], [`runtime`], [`cli`] |
//!
//! `tests/layers.rs` holds the table of who may import whom.

pub mod cli;
pub mod config;
pub mod diagnosis;
pub mod export;
pub mod input;
pub mod inventory;
pub mod lab;
pub mod model;
pub mod probe;
pub mod query;
pub mod runtime;
pub mod schedule;
pub mod store;
pub mod theme;
pub mod ui;
