//! One target, closely: what is wrong, how its addresses differ, what they sent and how long it took.

mod addresses;
mod chain;
mod handshake;
mod line;
mod page;
mod read;
mod suites;
mod survey;
mod verdict;

pub(crate) use self::page::{draw, furthest};
