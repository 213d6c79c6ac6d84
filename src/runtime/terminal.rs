//! The real terminal: entered once, left exactly once on every way out.

use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::clipboard::CopyToClipboard;
use crossterm::event::{DisableBracketedPaste, DisableFocusChange, EnableBracketedPaste, EnableFocusChange};
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen};
use crossterm::{Command, cursor, execute, queue};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

use super::event_loop::Screen;
use crate::ui::{self, UiModel};

/// Whether the terminal is ours at the moment; process-wide because a terminal is, and the panic hook must know.
static ENTERED: AtomicBool = AtomicBool::new(false);

/// The process's terminal in full-screen mode; restored when dropped.
#[derive(Debug)]
pub struct RealScreen {
    /// Never dropped: its own way to show the cursor panics when the terminal is gone and standard error with it.
    terminal: ManuallyDrop<Terminal<CrosstermBackend<BufWriter<Stdout>>>>,
    mouse: bool,
}

impl RealScreen {
    /// A frame at 240×70 in full colour fits: one write a frame instead of two hundred.
    const BUFFER: usize = 64 * 1024;

    /// Whether both ends of this process are a terminal.
    #[must_use]
    pub fn is_available() -> bool {
        io::stdout().is_terminal() && io::stdin().is_terminal()
    }

    /// Takes over the terminal.
    pub fn enter(mouse: bool) -> io::Result<Self> {
        // Colours are decided by the theme (which reads NO_COLOR itself); left to crossterm,
        // NO_COLOR would also wipe bold and reverse (crossterm#1069).
        crossterm::style::force_color_output(true);
        take(mouse)?;
        let writer = BufWriter::with_capacity(Self::BUFFER, io::stdout());
        match Terminal::new(CrosstermBackend::new(writer)) {
            Ok(terminal) => Ok(Self { terminal: ManuallyDrop::new(terminal), mouse }),
            Err(error) => {
                restore();
                Err(error)
            }
        }
    }

    fn reset(&mut self) -> io::Result<()> {
        // Not `Terminal::clear`: it asks for the cursor position and races the event stream.
        let size = self.terminal.size()?;
        self.terminal.resize(size.into())
    }
}

impl Screen for RealScreen {
    fn draw(&mut self, model: &UiModel) -> io::Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        self.terminal.draw(|frame| ui::view(model, frame))?;
        queue!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
        Write::flush(self.terminal.backend_mut())
    }

    fn repaint(&mut self) -> io::Result<()> {
        take(self.mouse)?;
        self.reset()
    }

    fn suspend(&mut self) -> io::Result<()> {
        restore();
        rustix::process::kill_current_process_group(rustix::process::Signal::STOP)?;
        self.repaint()
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        execute!(self.terminal.backend_mut(), CopyToClipboard::to_clipboard_from(text))
    }

    fn mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        if on { execute!(io::stdout(), EnableClicks) } else { execute!(io::stdout(), DisableClicks) }
    }
}

impl Drop for RealScreen {
    fn drop(&mut self) {
        restore();
    }
}

/// Restores the terminal before a panic, on whatever thread, is reported.
pub fn restore_on_panic() {
    let previous = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        PANICKED.store(true, Ordering::SeqCst);
        restore();
        previous(info);
    }));
}

/// Whether any thread or task has panicked since [`restore_on_panic`].
pub(super) fn has_panicked() -> bool {
    PANICKED.load(Ordering::SeqCst)
}

/// Set by the panic hook; process-wide as the hook is.
static PANICKED: AtomicBool = AtomicBool::new(false);

fn take(mouse: bool) -> io::Result<()> {
    ENTERED.store(true, Ordering::SeqCst);
    crossterm::terminal::enable_raw_mode()?;
    execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste, EnableFocusChange, cursor::Hide)?;
    if mouse { execute!(io::stdout(), EnableClicks) } else { Ok(()) }
}

/// Gives the terminal back. Errors are ignored: there is nobody left to tell, and each step is worth trying.
pub(super) fn restore() {
    if !ENTERED.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = io::stdout();
    let _ = execute!(
        out,
        EndSynchronizedUpdate,
        DisableClicks,
        DisableFocusChange,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        cursor::Show
    );
    let _ = crossterm::terminal::disable_raw_mode();
}

/// Buttons and wheel in SGR notation only; reporting every motion would flood slow links.
struct EnableClicks;

impl Command for EnableClicks {
    fn write_ansi(&self, f: &mut impl std::fmt::Write) -> std::fmt::Result {
        f.write_str("\x1b[?1000h\x1b[?1006h")
    }

    #[cfg(windows)]
    fn execute_winapi(&self) -> io::Result<()> {
        Ok(())
    }
}

struct DisableClicks;

impl Command for DisableClicks {
    fn write_ansi(&self, f: &mut impl std::fmt::Write) -> std::fmt::Result {
        f.write_str("\x1b[?1006l\x1b[?1000l")
    }

    #[cfg(windows)]
    fn execute_winapi(&self) -> io::Result<()> {
        Ok(())
    }
}
