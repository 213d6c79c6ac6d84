//! Programs that run until they are dropped.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

/// A daemon in a process group of its own. It is ended with all its children when dropped, by a panic too.
pub(crate) struct Daemon {
    child: Child,
    /// What it says, for the message of a test that fails.
    log: PathBuf,
}

impl Daemon {
    /// Naps: a minute to start, five seconds to stop.
    const MOST_STARTING: u32 = 3000;
    const MOST_STOPPING: u32 = 250;

    /// Starts a daemon that stays in the foreground and waits until it accepts connections on all of `ports`.
    pub(crate) fn start(command: &mut Command, log: &Path, ports: &[u16]) -> Self {
        let output = File::create(log).expect("a log");
        let command = command.process_group(0).stdin(Stdio::null());
        let child = command.stdout(output.try_clone().expect("a log")).stderr(output).spawn();
        let mut daemon = Self { child: child.expect("it is installed"), log: log.to_owned() };
        let mut naps = 0..Self::MOST_STARTING;
        while !ports.iter().all(|port| TcpStream::connect((Ipv4Addr::LOCALHOST, *port)).is_ok()) {
            let ended = daemon.child.try_wait().expect("it is our child");
            assert!(ended.is_none() && naps.next().is_some(), "{ended:?}: {}", daemon.said());
            nap();
        }
        daemon
    }

    /// Its log.
    pub(crate) fn said(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // Who has gone already need not be told.
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.signal(Signal::TERM);
        let mut naps = 0..Self::MOST_STOPPING;
        while matches!(self.child.try_wait(), Ok(None)) && naps.next().is_some() {
            nap();
        }
        self.signal(Signal::KILL);
        let _ = self.child.wait();
    }
}

/// No daemon tells when it is ready, or gone, in a way that all have in common.
fn nap() {
    std::thread::sleep(Duration::from_millis(20));
}

/// Starts a program as another user, and ends it with whoever started it (util-linux).
const SETPRIV: &str = "/usr/bin/setpriv";

/// A command as another user, where we are root and the program wants to be nobody's master. The program goes when we do.
pub(crate) fn command(program: &str, user: Option<&str>) -> Command {
    let mut command = Command::new(SETPRIV);
    command.args(["--pdeathsig", "KILL"]);
    if let Some(user) = user.filter(|_| is_root()) {
        command.args(["--reuid", user, "--regid", user, "--clear-groups"]);
    }
    command.arg("--").arg(program);
    command
}

/// Whether we may start what needs root.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Runs a program to its end.
pub(crate) fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().expect("it is installed");
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&said));
}

/// Ports that nobody uses. Between here and the daemon's start another may take one: the system gives them out in turn,
/// so that it will hardly be the same.
pub(crate) fn free_ports<const N: usize>() -> [u16; N] {
    let listeners = [(); N].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port"));
    listeners.map(|listener| listener.local_addr().expect("an address").port())
}

/// The first of these files that exists.
pub(crate) fn installed(program: &str, paths: &[&str]) -> Option<String> {
    if !Path::new(SETPRIV).exists() {
        eprintln!("skipped, as {program} could not be started: there is no {SETPRIV}");
        return None;
    }
    let found = paths.iter().find(|path| Path::new(path).exists());
    if found.is_none() {
        eprintln!("skipped, as {program} is not installed: there is no {}", paths.join(", no "));
    }
    found.map(|path| (*path).to_owned())
}

/// Gives a directory to a user.
pub(crate) fn hand_over(path: &Path, user: &str) {
    if is_root() {
        run(Command::new("chown").arg(format!("{user}:")).arg(path));
    }
}
