//! What passed on the wire: counts, first bytes, and what plaintext records told before encryption hid the rest.

use super::excerpt::FirstBytes;
use crate::model::{Alert, Peer};

/// Both directions of one connection.
#[derive(Debug)]
pub(super) struct Wire {
    /// Bytes received.
    pub(super) received: u64,
    /// Bytes sent.
    pub(super) sent: u64,
    /// Bytes sent before the first was received: the hello, with its record header.
    pub(super) hello: u64,
    /// The first bytes received.
    pub(super) first: FirstBytes,
    /// Alerts that were seen in plaintext, in order, warnings included.
    pub(super) alerts: Vec<Alert>,
    theirs: Records,
    ours: Records,
}

impl Wire {
    const MOST_ALERTS: usize = 16;

    pub(super) fn new() -> Self {
        Self {
            received: 0,
            sent: 0,
            hello: 0,
            first: FirstBytes::default(),
            alerts: Vec::new(),
            theirs: Records::default(),
            ours: Records::default(),
        }
    }

    /// Whether a TLS 1.2 session ticket was sent to us.
    pub(super) const fn has_ticket(&self) -> bool {
        self.theirs.ticket
    }

    /// Notes bytes from the peer.
    pub(super) fn receive(&mut self, bytes: &[u8]) {
        self.received += bytes.len() as u64;
        self.first.take(bytes);
        let Self { theirs, alerts, .. } = self;
        theirs.scan(bytes, &mut |number| note(alerts, Alert { number, from: Peer::Server }));
    }

    /// Notes bytes to the peer.
    pub(super) fn send(&mut self, bytes: &[u8]) {
        self.sent += bytes.len() as u64;
        if self.received == 0 {
            self.hello = self.sent;
        }
        let Self { ours, alerts, .. } = self;
        ours.scan(bytes, &mut |number| note(alerts, Alert { number, from: Peer::Us }));
    }

    /// Notes an alert that came encrypted; one that was seen already is the same.
    pub(super) fn alert(&mut self, alert: Alert) {
        if self.alerts.last() != Some(&alert) {
            note(&mut self.alerts, alert);
        }
    }
}

fn note(alerts: &mut Vec<Alert>, alert: Alert) {
    if alerts.len() < Wire::MOST_ALERTS {
        alerts.push(alert);
    }
}

/// A walk over one direction's records (RFC 8446 section 5.1, RFC 5246 section 6.2), fed in any pieces.
#[derive(Debug, Default)]
struct Records {
    /// The record header as far as it came, and how far.
    header: [u8; 5],
    header_have: usize,
    /// Bytes of the current record's body yet to come.
    body_left: usize,
    /// The current alert's body.
    alert: [u8; 2],
    alert_have: usize,
    /// The current handshake message's header, and its body's bytes yet to come.
    message: [u8; 4],
    message_have: usize,
    message_left: usize,
    /// A change of cipher spec went by: handshake records are no longer plaintext.
    changed: bool,
    /// Only application data from here on; or not TLS at all.
    over: bool,
    /// A plaintext `NewSessionTicket` went by: TLS 1.2.
    ticket: bool,
}

impl Records {
    const ALERT: u8 = 21;
    const CHANGE_CIPHER_SPEC: u8 = 20;
    const HANDSHAKE: u8 = 22;
    const NEW_SESSION_TICKET: u8 = 4;

    fn scan(&mut self, mut bytes: &[u8], on_alert: &mut impl FnMut(u8)) {
        while let [first, rest @ ..] = bytes {
            if self.over {
                return;
            }
            if self.body_left == 0 {
                self.header_byte(*first);
                bytes = rest;
                continue;
            }
            let (body, after) = bytes.split_at(self.body_left.min(bytes.len()));
            self.body_left -= body.len();
            match self.header[0] {
                Self::ALERT if self.is_plain_alert() => self.alert_bytes(body, on_alert),
                Self::HANDSHAKE if !self.changed => self.handshake_bytes(body),
                _ => (),
            }
            bytes = after;
        }
    }

    fn header_byte(&mut self, byte: u8) {
        self.header[self.header_have] = byte;
        self.header_have += 1;
        if self.header_have < self.header.len() {
            return;
        }
        self.header_have = 0;
        self.alert_have = 0;
        self.body_left = usize::from(u16::from_be_bytes([self.header[3], self.header[4]]));
        match self.header[0] {
            Self::CHANGE_CIPHER_SPEC => self.changed = true,
            Self::ALERT | Self::HANDSHAKE => (),
            _ => self.over = true,
        }
    }

    /// An encrypted alert is longer: it carries a tag.
    const fn is_plain_alert(&self) -> bool {
        self.header[3] == 0 && self.header[4] == 2
    }

    fn alert_bytes(&mut self, body: &[u8], on_alert: &mut impl FnMut(u8)) {
        for byte in body {
            self.alert[self.alert_have] = *byte;
            self.alert_have += 1;
        }
        if self.body_left == 0 {
            on_alert(self.alert[1]);
        }
    }

    fn handshake_bytes(&mut self, mut body: &[u8]) {
        while let [first, rest @ ..] = body {
            if self.message_left > 0 {
                let skipped = self.message_left.min(body.len());
                self.message_left -= skipped;
                body = &body[skipped..];
                continue;
            }
            self.message[self.message_have] = *first;
            self.message_have += 1;
            if self.message_have == self.message.len() {
                let [kind, high, middle, low] = self.message;
                self.message_have = 0;
                self.message_left = usize::try_from(u32::from_be_bytes([0, high, middle, low])).unwrap_or(usize::MAX);
                self.ticket |= kind == Self::NEW_SESSION_TICKET;
            }
            body = rest;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLIGHT: &[u8] = &[
        21, 3, 3, 0, 2, 1, 112, // warning: unrecognized_name
        22, 3, 3, 0, 7, 2, 0, 0, 3, 9, 9, 9, // ServerHello of 3 bytes
        22, 3, 3, 0, 3, 4, 0, 0, // NewSessionTicket, its header over two records
        22, 3, 3, 0, 2, 1, 7, 20, 3, 3, 0, 1, 1, // change of cipher spec
        22, 3, 3, 0, 4, 4, 0, 0, 0, // encrypted: looks like a ticket and is none
        21, 3, 3, 0, 2, 2, 40, // still a plain alert by its length
        23, 3, 3, 0, 2, 5, 5, 21, 3, 3, 0, 2, 2, 50, // over
    ];

    #[test]
    fn alerts_and_tickets_are_seen_however_the_bytes_are_cut() {
        for step in 1..=FLIGHT.len() {
            let mut wire = Wire::new();
            FLIGHT.chunks(step).for_each(|piece| wire.receive(piece));
            let numbers: Vec<u8> = wire.alerts.iter().map(|alert| alert.number).collect();
            assert_eq!(numbers, [112, 40], "in steps of {step}");
            assert!(wire.has_ticket());
            assert_eq!(wire.received, FLIGHT.len() as u64);
            assert_eq!(*wire.first, FLIGHT[..FLIGHT.len().min(64)]);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_survived(bytes: Vec<u8>, step in 1usize..9) {
            let mut wire = Wire::new();
            bytes.chunks(step).for_each(|piece| { wire.receive(piece); wire.send(piece); });
            proptest::prop_assert_eq!(wire.received, bytes.len() as u64);
        }
    }
}
