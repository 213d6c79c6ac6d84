//! Certificates with their private keys, opened from files: who this program is to servers that ask.
//!
//! Whoever presents them – the probe to targets, the inventory to servers that it fetches lists from – reads them here.
//! Keys are in memory that is wiped, and printed nowhere.

mod identity;
mod keyfile;
mod traditional;

pub use self::identity::{ClientError, Identity};
pub use self::traditional::{Unopened, open_traditional};
