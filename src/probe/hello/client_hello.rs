//! A `ClientHello` of SSL 3 to TLS 1.3, as one wants it (RFC 9846 section 4.2.1, RFC 5246 section 7.4.1.2).

use super::writer::{u8_vector, u16_list, u16_vector};

/// Numbers of the IANA registry "TLS `ExtensionType` Values".
pub(in crate::probe) mod extension {
    pub(in crate::probe) const SERVER_NAME: u16 = 0;
    pub(in crate::probe) const STATUS_REQUEST: u16 = 5;
    pub(in crate::probe) const SUPPORTED_GROUPS: u16 = 10;
    pub(in crate::probe) const EC_POINT_FORMATS: u16 = 11;
    pub(in crate::probe) const SIGNATURE_ALGORITHMS: u16 = 13;
    pub(in crate::probe) const SIGNED_CERTIFICATE_TIMESTAMP: u16 = 18;
    pub(in crate::probe) const PADDING: u16 = 21;
    pub(in crate::probe) const ENCRYPT_THEN_MAC: u16 = 22;
    pub(in crate::probe) const EXTENDED_MASTER_SECRET: u16 = 23;
    pub(in crate::probe) const SESSION_TICKET: u16 = 35;
    pub(in crate::probe) const SUPPORTED_VERSIONS: u16 = 43;
    pub(in crate::probe) const PSK_KEY_EXCHANGE_MODES: u16 = 45;
    pub(in crate::probe) const KEY_SHARE: u16 = 51;
    pub(in crate::probe) const RENEGOTIATION_INFO: u16 = 0xFF01;
}

/// A reserved value that servers must ignore (GREASE, RFC 8701).
const GREASE: u16 = 0x5A5A;
/// Key share of a GREASE group: one byte of nothing.
const GREASE_SHARE: (u16, &[u8]) = (GREASE, &[0]);

/// What is said. Empty lists leave their extension out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::probe) struct ClientHello {
    /// `legacy_version`; for SSL 3 no extensions are sent.
    pub(in crate::probe) version: u16,
    /// `supported_versions`, best first.
    pub(in crate::probe) versions: Vec<u16>,
    /// Suites, best first.
    pub(in crate::probe) suites: Vec<u16>,
    /// Offers DEFLATE before no compression.
    pub(in crate::probe) compression: bool,
    /// Name to send.
    pub(in crate::probe) name: Option<String>,
    /// Groups, best first.
    pub(in crate::probe) groups: Vec<u16>,
    /// Signature schemes, best first.
    pub(in crate::probe) schemes: Vec<u16>,
    /// Key shares; an empty list asks for a `HelloRetryRequest`, `None` leaves the extension out.
    pub(in crate::probe) shares: Option<Vec<(u16, Vec<u8>)>>,
    /// Asks for everything servers may confirm: staple, timestamps, extended master secret, tickets and so on.
    pub(in crate::probe) curious: bool,
    /// Reserved values in every list.
    pub(in crate::probe) grease: bool,
    /// Pads the message to at least this many bytes (RFC 7685).
    pub(in crate::probe) at_least: usize,
    /// `random`, and the session id that middleboxes expect of TLS 1.3.
    pub(in crate::probe) random: [u8; 32],
}

impl ClientHello {
    const SSL3: u16 = 0x0300;
    const TLS12: u16 = 0x0303;

    /// The handshake message.
    pub(in crate::probe) fn message(&self) -> Vec<u8> {
        let body = self.body(0);
        let missing = self.at_least.saturating_sub(body.len() + 4);
        let body = if missing > 0 && self.version > Self::SSL3 { self.body(missing) } else { body };
        let [_, high, middle, low] = u32::try_from(body.len()).unwrap_or(0).to_be_bytes();
        [&[1, high, middle, low], &body[..]].concat()
    }

    /// The message in one record, whose version is the lowest that servers expect (RFC 9846 section 5.1).
    pub(in crate::probe) fn record(&self) -> Vec<u8> {
        let version = if self.version > Self::SSL3 { 0x0301_u16 } else { Self::SSL3 };
        let mut record = vec![22];
        record.extend(version.to_be_bytes());
        u16_vector(&mut record, &self.message());
        record
    }

    fn body(&self, padding: usize) -> Vec<u8> {
        let mut body = Vec::with_capacity(1024);
        body.extend(self.version.to_be_bytes());
        body.extend(self.random);
        let session: &[u8] = if self.versions.is_empty() { &[] } else { &self.random };
        u8_vector(&mut body, session);
        let grease = if self.grease { &[GREASE][..] } else { &[] };
        body.extend(u16_list(&[grease, &self.suites].concat()));
        u8_vector(&mut body, if self.compression { &[1, 0] } else { &[0] });
        if self.version > Self::SSL3 {
            u16_vector(&mut body, &self.extensions(padding));
        }
        body
    }

    fn extensions(&self, padding: usize) -> Vec<u8> {
        let mut out = Vec::with_capacity(512);
        let mut add = |kind: u16, body: &[u8]| {
            out.extend(kind.to_be_bytes());
            u16_vector(&mut out, body);
        };
        let grease = if self.grease { &[GREASE][..] } else { &[] };
        if self.grease {
            add(GREASE, &[]);
        }
        if let Some(name) = &self.name {
            let mut entry = vec![0];
            u16_vector(&mut entry, name.as_bytes());
            let mut list = Vec::new();
            u16_vector(&mut list, &entry);
            add(extension::SERVER_NAME, &list);
        }
        if !self.groups.is_empty() {
            add(extension::SUPPORTED_GROUPS, &u16_list(&[grease, &self.groups].concat()));
            add(extension::EC_POINT_FORMATS, &[1, 0]);
        }
        if !self.schemes.is_empty() && self.version >= Self::TLS12 {
            add(extension::SIGNATURE_ALGORITHMS, &u16_list(&self.schemes));
        }
        if self.curious {
            add(extension::STATUS_REQUEST, &[1, 0, 0, 0, 0]);
            add(extension::SIGNED_CERTIFICATE_TIMESTAMP, &[]);
            add(extension::ENCRYPT_THEN_MAC, &[]);
            add(extension::EXTENDED_MASTER_SECRET, &[]);
            add(extension::SESSION_TICKET, &[]);
            add(extension::RENEGOTIATION_INFO, &[0]);
        }
        if !self.versions.is_empty() {
            let all: Vec<u8> = [grease, &self.versions].concat().iter().flat_map(|one| one.to_be_bytes()).collect();
            let mut list = Vec::new();
            u8_vector(&mut list, &all);
            add(extension::SUPPORTED_VERSIONS, &list);
            add(extension::PSK_KEY_EXCHANGE_MODES, &[1, 1]);
        }
        if let Some(shares) = &self.shares {
            let mut entries = Vec::new();
            let grease = self.grease.then_some(GREASE_SHARE);
            for (group, key) in grease.into_iter().chain(shares.iter().map(|(group, key)| (*group, &key[..]))) {
                entries.extend(group.to_be_bytes());
                u16_vector(&mut entries, key);
            }
            let mut list = Vec::new();
            u16_vector(&mut list, &entries);
            add(extension::KEY_SHARE, &list);
        }
        if padding > 0 {
            add(extension::PADDING, &vec![0; padding.saturating_sub(4)]);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_add_up_and_padding_is_exact() {
        let hello = ClientHello {
            version: 0x0303,
            versions: vec![0x0304],
            suites: vec![0x1301],
            name: Some("shop.example".to_owned()),
            groups: vec![29],
            schemes: vec![0x0403],
            shares: Some(vec![(29, vec![7; 32])]),
            curious: true,
            grease: true,
            at_least: 700,
            ..ClientHello::default()
        };
        let message = hello.message();
        assert_eq!(message.len(), 700);
        assert_eq!(message[..4], [1, 0, 2, 184]);
        assert_eq!(hello.record().len(), 705);
        let old = ClientHello { version: 0x0300, suites: vec![4, 5], ..ClientHello::default() };
        assert_eq!(old.message().len(), 4 + 2 + 32 + 1 + 6 + 2, "SSL 3 has no extensions");
    }

    #[test]
    fn the_library_reads_what_is_written() {
        let hello = ClientHello {
            version: 0x0303,
            versions: vec![0x0304, 0x0303],
            suites: vec![0x1301, 0xC02B],
            name: Some("shop.example".to_owned()),
            groups: vec![29],
            schemes: vec![0x0403],
            shares: Some(vec![(29, vec![7; 32])]),
            curious: true,
            grease: true,
            ..ClientHello::default()
        };
        let mut acceptor = rustls::server::Acceptor::default();
        acceptor.read_tls(&mut &hello.record()[..]).unwrap();
        let accepted = acceptor.accept().unwrap().unwrap();
        let read = accepted.client_hello();
        assert_eq!(read.server_name(), Some("shop.example"));
        assert!(read.cipher_suites().contains(&rustls::CipherSuite::TLS13_AES_128_GCM_SHA256));
        assert_eq!(read.named_groups().unwrap().len(), 2);
    }
}
