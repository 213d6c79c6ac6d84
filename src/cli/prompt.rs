//! A password from whoever sits at the terminal: typed unseen, and wiped when it is dropped.

use std::io::{self, Write as _};

use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use zeroize::{Zeroize as _, Zeroizing};

use crate::model::Secret;

/// Bytes of a password: there is room for all of them from the start, so that it is never moved.
const LONGEST: usize = 4096;

/// What was typed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// This.
    Text(Secret),
    /// The line was left empty.
    Nothing,
    /// Ctrl-C: whoever sits there wants no more of it.
    Stopped,
}

/// Asks on standard error. The terminal's own keys for signals are read as keys: a handler that has once been set for
/// them stays until the end, and the question would not.
pub(super) fn password(question: &str) -> io::Result<Answer> {
    let mut stderr = io::stderr().lock();
    let answer = {
        // Before the question: who answers at once must not be seen either.
        let _raw = Raw::enter()?;
        write!(stderr, "{question}")?;
        stderr.flush()?;
        answer(event::read)
    };
    writeln!(stderr)?;
    answer
}

/// Keys as they are typed, for as long as it is kept.
struct Raw;

impl Raw {
    fn enter() -> io::Result<Self> {
        enable_raw_mode().map(|()| Self)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        let _ = disable_raw_mode();
    }
}

fn answer(mut next: impl FnMut() -> io::Result<Event>) -> io::Result<Answer> {
    let mut text = Zeroizing::new(String::with_capacity(LONGEST));
    loop {
        let Event::Key(KeyEvent { code, modifiers, kind: KeyEventKind::Press, .. }) = next()? else { continue };
        let is_control = modifiers.contains(KeyModifiers::CONTROL);
        match code {
            KeyCode::Enter => break,
            // A line break that was pasted.
            KeyCode::Char('j' | 'm') if is_control => break,
            KeyCode::Char('c') if is_control => return Ok(Answer::Stopped),
            KeyCode::Char('d') if is_control && text.is_empty() => break,
            KeyCode::Char('u') if is_control => text.zeroize(),
            KeyCode::Backspace => drop(text.pop()),
            KeyCode::Char(letter) if !is_control && text.len() + letter.len_utf8() <= LONGEST => text.push(letter),
            _ => {}
        }
    }
    Ok(if text.is_empty() { Answer::Nothing } else { Answer::Text(Secret::new(std::mem::take(&mut *text))) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &[(KeyCode, KeyModifiers)]) -> Answer {
        let mut keys = keys.iter().map(|(code, modifiers)| Event::Key(KeyEvent::new(*code, *modifiers)));
        answer(|| keys.next().ok_or_else(|| io::ErrorKind::UnexpectedEof.into())).unwrap()
    }

    #[test]
    fn keys_make_a_password() {
        let plain = |code| (code, KeyModifiers::NONE);
        let control = |letter| (KeyCode::Char(letter), KeyModifiers::CONTROL);
        let letters = |text: &str| text.chars().map(|letter| plain(KeyCode::Char(letter))).collect::<Vec<_>>();
        let text = |text: &str| Answer::Text(Secret::new(text.to_owned()));
        let end = [plain(KeyCode::Enter)];
        assert_eq!(typed(&[&letters("gehéim")[..], &end].concat()), text("gehéim"));
        assert_eq!(typed(&[&letters("abc")[..], &[plain(KeyCode::Backspace)], &end].concat()), text("ab"));
        assert_eq!(typed(&[&letters("abc")[..], &[control('u')], &letters("d"), &[control('j')]].concat()), text("d"));
        assert_eq!((typed(&end), typed(&[control('d')])), (Answer::Nothing, Answer::Nothing));
        assert_eq!(typed(&[&letters("abc")[..], &[control('c')]].concat()), Answer::Stopped);
        let long = typed(&[&letters(&"x".repeat(LONGEST + 9))[..], &end].concat());
        assert_eq!(long, text(&"x".repeat(LONGEST)));
    }
}
