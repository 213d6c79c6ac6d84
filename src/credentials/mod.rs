//! Certificates from files: with their private keys, who this program is to servers that ask; of authorities, whom it
//! trusts.
//!
//! Whoever presents or trusts them – the probe at targets, the inventory at servers that it fetches lists from – reads
//! them here. Keys are in memory that is wiped, and printed nowhere.

mod authorities;
mod identity;
mod keyfile;
mod traditional;

pub use self::authorities::{Authorities, AuthoritiesFault, instead_of_certificates};
pub use self::identity::{ClientError, Identity};
pub use self::traditional::{Unopened, open_traditional};
