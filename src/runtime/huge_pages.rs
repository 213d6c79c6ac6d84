//! A heap in huge pages.
//!
//! With 100 000 addresses most of the time goes into waiting for memory, and in a virtual machine most of that into
//! finding pages of 4 KiB. In pages of 2 MiB the store takes in observations two to six times as fast. Many
//! distributions give them only to those who ask, and glibc's allocator asks when its environment says so at the start
//! (`glibc.malloc.hugetlb` of "Tunables", GNU C Library manual).

use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// Where the kernel tells who is given huge pages ("Transparent Hugepage Support", Linux kernel documentation).
const ENABLED: &str = "/sys/kernel/mm/transparent_hugepage/enabled";

/// Who sets it decides it himself. The program sets it when it starts over: it does so once, even where the other
/// variable does not arrive, as in a program with capabilities of its own (ld.so(8), "secure-execution mode").
pub const DECIDED: &str = "TLSCOPE_HUGE_PAGES";

const VARIABLE: &str = "GLIBC_TUNABLES";
const TUNABLE: &str = "glibc.malloc.hugetlb";

/// Starts the program over in the same process, with a heap that asks for huge pages. Returns where that would change
/// nothing, where the user decides it otherwise, and where it cannot be done: all goes on in small pages.
///
/// To be called before anything is read, said or opened.
pub fn in_huge_pages() {
    if !cfg!(all(target_os = "linux", target_env = "gnu")) {
        return;
    }
    if env::var_os(DECIDED).is_some_and(|value| !value.is_empty()) {
        return;
    }
    let Ok(enabled) = fs::read_to_string(ENABLED) else { return };
    let Some(tunables) = tunables(&enabled, env::var_os(VARIABLE)) else { return };
    let Some(program) = env::current_exe().ok().filter(|program| !is_loader(program)) else { return };
    let mut arguments = env::args_os();
    let name = arguments.next().unwrap_or_else(|| program.clone().into());
    // It returns only when it fails, and leaves everything as it was.
    let _ = Command::new(program).arg0(name).args(arguments).env(VARIABLE, tunables).env(DECIDED, "1").exec();
}

/// What to tell the allocator; nothing where the kernel does not leave it to programs, or it was told something.
fn tunables(enabled: &str, before: Option<OsString>) -> Option<OsString> {
    let is_ours_to_ask = enabled.split_whitespace().any(|mode| mode == "[madvise]");
    let mut tunables = before.unwrap_or_default();
    if !is_ours_to_ask || is_set(&tunables) {
        return None;
    }
    if !tunables.is_empty() {
        tunables.push(":");
    }
    tunables.push(TUNABLE);
    tunables.push("=1");
    Some(tunables)
}

fn is_set(tunables: &OsStr) -> bool {
    tunables.to_string_lossy().split(':').any(|tunable| tunable.split('=').next() == Some(TUNABLE))
}

/// Whether this is a dynamic loader that was told to load the program: the arguments are not its own.
fn is_loader(program: &Path) -> bool {
    program.file_name().is_none_or(|name| name.to_string_lossy().contains(".so"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_allocator_is_told_once_and_only_where_it_is_left_to_programs() {
        let ours = "always [madvise] never\n";
        for (enabled, before, told) in [
            (ours, None, Some("glibc.malloc.hugetlb=1")),
            (ours, Some(""), Some("glibc.malloc.hugetlb=1")),
            (ours, Some("glibc.malloc.check=3"), Some("glibc.malloc.check=3:glibc.malloc.hugetlb=1")),
            (ours, Some("glibc.malloc.check=3:glibc.malloc.hugetlb=1"), None),
            (ours, Some("glibc.malloc.hugetlb=0"), None),
            ("[always] madvise never\n", None, None),
            ("always madvise [never]\n", None, None),
            ("", None, None),
        ] {
            assert_eq!(tunables(enabled, before.map(OsString::from)), told.map(OsString::from), "{enabled} {before:?}");
        }
    }

    #[test]
    fn a_loader_is_not_taken_for_the_program() {
        for (program, expected) in [
            ("/usr/bin/tlscope", false),
            ("/opt/tlscope-0.1", false),
            ("/lib64/ld-linux-x86-64.so.2", true),
            ("/lib/ld-musl-x86_64.so.1", true),
        ] {
            assert_eq!(is_loader(Path::new(program)), expected, "{program}");
        }
    }
}
