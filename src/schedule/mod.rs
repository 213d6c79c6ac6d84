//! The background probing task: who is probed when, and the loop that does it.
//!
//! `plan` is pure and knows no I/O; `driver` runs it. Neither judges what was seen.

mod admission;
mod contract;
mod driver;
#[cfg(test)]
mod fixtures;
mod lanes;
mod limits;
mod plan;
mod slot;
mod step;
mod surveys;
mod turns;
mod wait;
mod watched;
mod worth;

pub use self::contract::{Command, Prober};
pub use self::driver::run;
pub use self::limits::Limits;
pub use self::plan::Plan;
pub use self::step::{Changes, Ended, Flight, Inspection, Landing, Step};
pub use self::worth::{Sight, Traits};
