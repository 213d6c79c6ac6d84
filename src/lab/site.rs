//! What a member says after a good handshake: one HTTP response.

use std::sync::Arc;
use std::time::Duration;

use super::plan::Reply;
use crate::model::Clock;

/// The page of one member.
pub(super) struct Site {
    pub(super) reply: Reply,
    /// What stands on the page.
    pub(super) text: String,
    pub(super) clock: Arc<dyn Clock>,
    /// The UDP port at which HTTP/3 is advertised.
    pub(super) http3: Option<u16>,
}

impl Site {
    /// The response to a request, if there is one; only its head when no more is asked for.
    pub(super) fn respond(&self, request: &[u8]) -> String {
        if self.reply == Reply::HangUp {
            return String::new();
        }
        let head = self.head();
        if request.starts_with(b"HEAD ") { head } else { format!("{head}{}\n", self.text) }
    }

    fn head(&self) -> String {
        let status = if self.reply == Reply::Unavailable { "503 Service Unavailable" } else { "200 OK" };
        let now = self.clock.now();
        let date = if let Reply::Behind(hours) = self.reply { now - Duration::from_hours(hours) } else { now };
        let hsts = match self.reply {
            Reply::NoHsts => "",
            Reply::ShortHsts => "Strict-Transport-Security: max-age=86400\r\n",
            _ => "Strict-Transport-Security: max-age=31536000\r\n",
        };
        let alternative = self.http3.map_or_else(String::new, |port| format!("Alt-Svc: h3=\":{port}\"; ma=60\r\n"));
        format!(
            "HTTP/1.1 {status}\r\nDate: {}\r\nServer: lab\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n{hsts}\
             {alternative}Connection: close\r\n\r\n",
            date.strftime("%a, %d %b %Y %H:%M:%S GMT"),
            self.text.len() + 1,
        )
    }
}
