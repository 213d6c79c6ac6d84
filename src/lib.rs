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
//! | layer | room | is | may import |
//! |---|---|---|---|
//! | pure | [`model`] | the nouns | – |
//! | | [`diagnosis`] | from evidence to findings | model |
//! | | [`query`] | the filter language | model |
//! | | [`theme`] | colours, glyphs, roles | – |
//! | | [`input`] | actions and keys | – |
//! | | [`ui`] | from a message and a snapshot to a screen | model, diagnosis, query, store, theme, input |
//! | effects | [`credentials`] | certificates with their keys, from files | model |
//! | | [`inventory`] | where targets come from | model, credentials |
//! | | [`probe`] | the only I/O to targets | model, credentials |
//! | | [`schedule`] | who is probed when | model, probe |
//! | | [`store`] | the fold over events, and its snapshots | model, diagnosis |
//! | | [`export`] | snapshots and verdicts in other formats | model, diagnosis, store |
//! | | [`lab`] | the embedded fleet | model |
//! | wiring | [`config`] | files, environment and flags folded into settings | model, diagnosis, inventory, query, theme, input |
//! | | [`runtime`] | event loop, terminal, signals; lends the prober to the scheduler | all but cli |
//! | | [`cli`] | one file per command | all |
//!
//! `tests/layers.rs` holds this table, and fails on an import that is not in it.

pub mod cli;
pub mod config;
pub mod credentials;
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
