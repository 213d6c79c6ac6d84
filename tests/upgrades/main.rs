//! The conversations that lead to TLS, with servers that are not ours: each is started on loopback as its own
//! documentation has it, with TLS, without, and in the wrong mode.
//!
//! Linux only: places and users are those of Debian. Skipped, with the reason, where a program is missing.

#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "a set-up that fails is a failed test")]

mod bench;
mod daemon;
mod databases;
mod directory;
mod files;
#[path = "../judged/mod.rs"]
mod judged;
mod mail;
mod messages;
mod openssl;
mod proxies;
