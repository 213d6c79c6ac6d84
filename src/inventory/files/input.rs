//! Standard input, which may say nothing for as long as it likes: whoever does not want to wait longer has what it said.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd as _;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// Standard input until its end, or until it is cancelled.
#[derive(Debug)]
pub(super) struct Input<'a> {
    file: File,
    cancelled: &'a AtomicBool,
    /// Bytes so far.
    read: u64,
    /// It was cancelled before its end.
    is_cut: bool,
}

/// How long it may say nothing before somebody asks whether to wait on.
const MOMENT: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

impl<'a> Input<'a> {
    /// Of this process. Nothing else may have read from it: what is buffered there is not seen here.
    pub(super) fn standard(cancelled: &'a AtomicBool) -> io::Result<Self> {
        let file = io::stdin().as_fd().try_clone_to_owned().map(File::from)?;
        Ok(Self { file, cancelled, read: 0, is_cut: false })
    }

    /// That there could have been more.
    pub(super) fn told(&self) -> Option<String> {
        let told = || format!("standard input did not end; what it said up to then, {} bytes, was read", self.read);
        self.is_cut.then(told)
    }

    /// That it ended before its first byte.
    pub(super) const fn is_silent(&self) -> bool {
        self.read == 0 && !self.is_cut
    }

    /// Whether there is something to read, be it the end.
    fn is_ready(&self) -> bool {
        let mut wanted = [PollFd::new(&self.file, PollFlags::IN)];
        match poll(&mut wanted, Some(&MOMENT)) {
            Ok(ready) => ready > 0,
            Err(error) => error != rustix::io::Errno::INTR,
        }
    }
}

impl Read for Input<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.cancelled.load(Ordering::Relaxed) {
                self.is_cut = true;
                return Ok(0);
            }
            if self.is_ready() {
                let read = self.file.read(room)?;
                self.read += read as u64;
                return Ok(read);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn what_was_said_is_there_when_nobody_waits_longer() {
        let (reader, mut writer) = io::pipe().unwrap();
        let cancelled = AtomicBool::new(false);
        let file = File::from(std::os::fd::OwnedFd::from(reader));
        let mut input = Input { file, cancelled: &cancelled, read: 0, is_cut: false };
        writer.write_all(b"half a ").unwrap();
        let mut room = [0; 16];
        assert_eq!(input.read(&mut room).unwrap(), 7);
        std::thread::scope(|scope| {
            let rest = scope.spawn(|| {
                let rest = input.read(&mut [0; 16]).unwrap();
                (rest, input.read, input.is_cut)
            });
            cancelled.store(true, Ordering::Relaxed);
            assert_eq!(rest.join().unwrap(), (0, 7, true));
        });
        // Only now: the other end stayed open.
        drop(writer);
    }
}
