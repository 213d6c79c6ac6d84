//! The wiring: the only room that knows all others. Event loop, terminal, signals, effects.

mod dashboard;
mod driver;
mod effects;
mod event_loop;
mod feeding;
mod hangup;
mod huge_pages;
mod logging;
mod look;
mod pacer;
mod signals;
mod terminal;

pub use self::dashboard::{Backstage, Dashboard};
pub use self::driver::{Scheduled, limits, limits_once};
pub use self::event_loop::{Exit, Outside, Screen, Sources, run};
pub use self::huge_pages::{DECIDED as HUGE_PAGES, in_huge_pages};
pub use self::logging::log_to;
pub use self::look::themes;
pub use self::pacer::{Change, Pacer};
pub use self::signals::Signal;
pub use self::terminal::{RealScreen, restore_on_panic};
