//! A program in a pseudo-terminal, and a terminal emulator that reads it.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, WaitOptions};

/// Longest wait for anything; slow machines must not fail, broken programs must not hang.
const PATIENCE: Duration = Duration::from_secs(30);

/// What has been read so far.
struct Seen {
    parser: vt100::Parser,
    raw: Vec<u8>,
    ended: bool,
}

/// A running program with its terminal.
pub(crate) struct Session {
    master: Option<Box<dyn MasterPty + Send>>,
    writer: Arc<Mutex<Option<Box<dyn Write + Send>>>>,
    child: Box<dyn Child + Send + Sync>,
    seen: Arc<(Mutex<Seen>, Condvar)>,
    hung_up: Arc<AtomicBool>,
    reader: Option<JoinHandle<()>>,
    _home: tempfile::TempDir,
}

impl Session {
    pub(crate) fn start(arguments: &[&str], columns: u16, rows: u16) -> Self {
        Self::start_with(arguments, columns, rows, &[])
    }

    pub(crate) fn start_with(arguments: &[&str], columns: u16, rows: u16, variables: &[(&str, &str)]) -> Self {
        Self::start_program(env!("CARGO_BIN_EXE_tlscope").as_ref(), arguments, columns, rows, variables)
    }

    /// In a session whose terminal this is not: who closes it sends no signal.
    pub(crate) fn start_uncontrolled(arguments: &[&str], columns: u16, rows: u16) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_tlscope"));
        command.set_controlling_tty(false);
        Self::spawn(command, arguments, columns, rows, &[])
    }

    pub(crate) fn start_program(
        program: &OsStr,
        arguments: &[&str],
        columns: u16,
        rows: u16,
        variables: &[(&str, &str)],
    ) -> Self {
        Self::spawn(CommandBuilder::new(program), arguments, columns, rows, variables)
    }

    fn spawn(
        mut command: CommandBuilder,
        arguments: &[&str],
        columns: u16,
        rows: u16,
        variables: &[(&str, &str)],
    ) -> Self {
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        let home = tempfile::tempdir().unwrap();
        command.args(arguments);
        command.env_remove("NO_COLOR");
        command.env("HOME", home.path());
        command.env("TERM", "xterm-256color");
        command.env("LC_ALL", "C.UTF-8");
        for (name, value) in variables {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let writer = Arc::new(Mutex::new(Some(pair.master.take_writer().unwrap())));
        let parser = vt100::Parser::new(cells(rows), cells(columns), 0);
        let seen = Arc::new((Mutex::new(Seen { parser, raw: Vec::new(), ended: false }), Condvar::new()));
        let hung_up = Arc::new(AtomicBool::new(false));
        let reader = read_along(
            pair.master.try_clone_reader().unwrap(),
            Arc::clone(&seen),
            Arc::clone(&writer),
            Arc::clone(&hung_up),
        );
        Self { master: Some(pair.master), writer, child, seen, hung_up, reader: Some(reader), _home: home }
    }

    pub(crate) fn send(&mut self, keys: &str) {
        let mut writer = self.writer.lock().unwrap();
        let writer = writer.as_mut().unwrap();
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
    }

    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        self.seen.0.lock().unwrap().parser.screen_mut().set_size(cells(rows), cells(columns));
        self.master.as_ref().unwrap().resize(size(columns, rows)).unwrap();
    }

    pub(crate) fn process_id(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    pub(crate) fn screen(&self) -> String {
        self.seen.0.lock().unwrap().parser.screen().contents()
    }

    /// Waits until what the screen shows fulfils a condition.
    pub(crate) fn wait_for(&self, what: &str, condition: impl Fn(&str) -> bool) {
        let (seen, changed) = &*self.seen;
        let guard = seen.lock().unwrap();
        let (guard, timeout) = changed
            .wait_timeout_while(guard, PATIENCE, |seen| !condition(&seen.parser.screen().contents()) && !seen.ended)
            .unwrap();
        let screen = guard.parser.screen().contents();
        assert!(!timeout.timed_out() && condition(&screen), "waited in vain for {what}; the screen shows:\n{screen}");
    }

    pub(crate) fn is_alternate_screen(&self) -> bool {
        self.seen.0.lock().unwrap().parser.screen().alternate_screen()
    }

    pub(crate) fn has_reversed_cells(&self) -> bool {
        self.any_cell(vt100::Cell::inverse)
    }

    pub(crate) fn has_coloured_cells(&self) -> bool {
        self.any_cell(|cell| cell.fgcolor() != vt100::Color::Default || cell.bgcolor() != vt100::Color::Default)
    }

    fn any_cell(&self, is_wanted: impl Fn(&vt100::Cell) -> bool) -> bool {
        let seen = self.seen.0.lock().unwrap();
        let screen = seen.parser.screen();
        let (rows, columns) = screen.size();
        (0..rows.get()).any(|row| (0..columns.get()).any(|column| screen.cell(row, column).is_some_and(&is_wanted)))
    }

    pub(crate) fn signal(&self, signal: Signal) {
        rustix::process::kill_process(self.pid(), signal).unwrap();
    }

    /// Whether the terminal shows what is typed.
    pub(crate) fn is_echoing(&self) -> bool {
        /// `ECHO` (`termios.h`), of Linux and of BSD.
        const ECHO: u64 = 0o10;
        let termios = self.master.as_ref().unwrap().get_termios().unwrap();
        u64::from(termios.local_flags.bits()) & ECHO != 0
    }

    /// Closes our end, as a terminal window does.
    pub(crate) fn close_terminal(&mut self) {
        self.hung_up.store(true, Ordering::SeqCst);
        self.reader.take().unwrap().join().unwrap();
        self.writer.lock().unwrap().take();
        self.master.take();
    }

    /// Waits for the program's end and returns its exit code.
    pub(crate) fn exit_code(&mut self) -> u32 {
        self.wait_for_output_end();
        self.child.wait().unwrap().exit_code()
    }

    /// The exit code of a program whose terminal is gone.
    pub(crate) fn wait_for_end(self) -> u32 {
        let (sender, ended) = std::sync::mpsc::channel();
        let mut child = self.child;
        let mut killer = child.clone_killer();
        std::thread::spawn(move || sender.send(child.wait().unwrap()));
        let Ok(status) = ended.recv_timeout(PATIENCE) else {
            killer.kill().unwrap();
            panic!("it lives on without a terminal");
        };
        status.exit_code()
    }

    /// Waits until the program is stopped (as by Ctrl-Z).
    pub(crate) fn wait_for_stop(&self) {
        let status = rustix::process::waitpid(Some(self.pid()), WaitOptions::UNTRACED).unwrap();
        assert!(status.is_some_and(|(_, status)| status.stopped()), "it ended instead of stopping");
        // What it wrote before it stopped is read by another thread: wait for the last of it.
        self.wait_for("the normal screen", |_| true);
        let (seen, changed) = &*self.seen;
        let guard = seen.lock().unwrap();
        let waited = changed.wait_timeout_while(guard, PATIENCE, |seen| seen.parser.screen().alternate_screen());
        assert!(!waited.unwrap().1.timed_out(), "it stopped with the alternate screen on");
    }

    /// Alternate screen off, cursor shown, mouse, paste and focus reports off.
    pub(crate) fn assert_restored(&self) {
        let seen = self.seen.0.lock().unwrap();
        let screen = seen.parser.screen();
        assert!(!screen.alternate_screen(), "the alternate screen is still on");
        assert!(!screen.hide_cursor(), "the cursor is still hidden");
        assert!(!screen.bracketed_paste(), "bracketed paste is still on");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        let last_on = find_last(&seen.raw, b"\x1b[?1004h");
        let last_off = find_last(&seen.raw, b"\x1b[?1004l");
        assert!(last_on < last_off, "focus reports are still on");
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.child.process_id().unwrap().cast_signed()).unwrap()
    }

    fn wait_for_output_end(&self) {
        let (seen, changed) = &*self.seen;
        let guard = seen.lock().unwrap();
        let (guard, timeout) = changed.wait_timeout_while(guard, PATIENCE, |seen| !seen.ended).unwrap();
        assert!(!timeout.timed_out(), "it did not end; the screen shows:\n{}", guard.parser.screen().contents());
    }
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).unwrap()
}

fn find_last(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).rposition(|window| window == needle)
}

/// Feeds the emulator and answers what a terminal is asked (the cursor's position). Ends with the program's
/// output, or at the next output after we hang up: a terminal is gone only when nobody holds it any more.
fn read_along(
    mut reader: Box<dyn Read + Send>,
    seen: Arc<(Mutex<Seen>, Condvar)>,
    writer: Arc<Mutex<Option<Box<dyn Write + Send>>>>,
    hung_up: Arc<AtomicBool>,
) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let mut buffer = [0; 16 * 1024];
        while !hung_up.load(Ordering::SeqCst) {
            let count = reader.read(&mut buffer).unwrap_or(0);
            let (state, changed) = &*seen;
            let mut state = state.lock().unwrap();
            state.parser.process(&buffer[..count]);
            state.raw.extend_from_slice(&buffer[..count]);
            state.ended = count == 0;
            drop(state);
            changed.notify_all();
            if count == 0 {
                return;
            }
            if buffer[..count].windows(4).any(|window| window == b"\x1b[6n")
                && let Some(writer) = writer.lock().unwrap().as_mut()
            {
                let _ = writer.write_all(b"\x1b[1;1R");
            }
        }
    })
}
