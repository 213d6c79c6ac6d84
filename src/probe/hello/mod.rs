//! Hellos written by hand and the plaintext answers to them, for what no TLS library will say or hear.
//!
//! Bytes in, facts out: no I/O, no time. Every length is checked before anything
//! is allocated; what does not parse is a refusal with a reason, never a panic.

mod client_hello;
mod flight;
mod key_schedule;
mod messages;
mod reader;
mod ssl2;
mod writer;

pub(super) use self::client_hello::{ClientHello, extension};
pub(super) use self::flight::{Flight, NotHeard};
pub(super) use self::key_schedule::{CURVES, Exchange, Opener};
pub(super) use self::messages::{Sent, ServerHello, read_message};
pub(super) use self::ssl2::{Ssl2Hello, client_hello as ssl2_client_hello, server_hello as ssl2_server_hello};
