//! File systems that are the kernel's own making: reading them says nothing of what is on disk, and does not end.

use std::path::Path;

/// Whether a directory is on one.
#[cfg(target_os = "linux")]
pub(super) fn is_its_own(directory: &Path) -> bool {
    /// `SYSFS_MAGIC` (`linux/magic.h`).
    const SYSFS: u64 = 0x6265_6572;
    let found = rustix::fs::statfs(directory).map(|system| u64::try_from(system.f_type).unwrap_or_default());
    found.is_ok_and(|kind| kind == u64::try_from(rustix::fs::PROC_SUPER_MAGIC).unwrap_or_default() || kind == SYSFS)
}

/// Other systems have none.
#[cfg(not(target_os = "linux"))]
pub(super) fn is_its_own(_: &Path) -> bool {
    false
}
