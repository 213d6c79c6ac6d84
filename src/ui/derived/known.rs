//! What is known of each row, kept by slot: a keystroke looks again only at what changed since the last.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};

use crate::model::{Certificate, CipherSuite, Code, Handshake, NamedGroup, Target, TargetId, TlsVersion, Untrusted};
use crate::query::fold;
use crate::store::{AddressRow, Snapshot, TargetRow};
use crate::ui::filter::Said;

/// What searching and counting need of a snapshot's rows, side by side: in a large fleet most of the time goes into
/// following pointers.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Per address slot.
    addresses: Vec<KnownAddress>,
    /// Per certificate slot.
    certificates: Vec<Text<Certificate>>,
    /// Per target id; filled for those that have no address.
    targets: Vec<Text<TargetRow>>,
    profiles: Vec<Profile>,
}

/// What is known of one address.
#[derive(Debug)]
pub(crate) struct KnownAddress {
    text: Text<AddressRow>,
    /// Whose address it is.
    pub(crate) target: TargetId,
    /// Slot of the certificate it serves.
    pub(crate) leaf: Option<u32>,
    /// Place of what it negotiates among [`Known::profiles`]; `None` without a completed handshake.
    pub(crate) profile: Option<u32>,
}

/// What words are looked for in, and the row it was gathered from; weak, so that no row lives longer for it.
#[derive(Debug)]
struct Text<T> {
    of: Weak<T>,
    text: Box<str>,
}

/// What a handshake negotiated. Few differ, however large the fleet: nothing can be chosen that was not offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Profile {
    pub(crate) version: Option<TlsVersion>,
    pub(crate) group: Option<NamedGroup>,
    pub(crate) cipher: Option<CipherSuite>,
    pub(crate) alpn: Option<Untrusted>,
}

impl Known {
    /// Looks again at the addresses and certificates that are not those it knows.
    pub(crate) fn update(&mut self, snapshot: &Snapshot) {
        self.certificates.resize_with(snapshot.certificates.slots().len(), Text::default);
        for (known, row) in self.certificates.iter_mut().zip(snapshot.certificates.slots()) {
            known.update(row.map(|row| &row.certificate), certificate_text);
        }
        self.addresses.resize_with(snapshot.addresses.slots().len(), KnownAddress::default);
        for (known, row) in self.addresses.iter_mut().zip(snapshot.addresses.slots()) {
            let gather = |row: &AddressRow| {
                text(&row.target, Some(row.key.address), row.finding.iter().map(|finding| finding.code))
            };
            if known.text.update(row, gather) {
                known.look_at(row.map(AsRef::as_ref), snapshot, &mut self.profiles);
            }
        }
        self.targets.resize_with(snapshot.targets.slots().len(), Text::default);
    }

    /// What is known of the address in a slot.
    #[must_use]
    pub(crate) fn address(&self, slot: u32) -> Option<&KnownAddress> {
        self.addresses.get(slot as usize)
    }

    /// Everything that anyone negotiates, or did.
    #[must_use]
    pub(crate) fn profiles(&self) -> &[Profile] {
        &self.profiles
    }

    /// What words are looked for in at an address.
    #[must_use]
    pub(crate) fn said_of<'a>(&'a self, address: &'a KnownAddress) -> Said<'a> {
        let leaf = address.leaf.and_then(|slot| self.certificates.get(slot as usize));
        Said { own: &address.text.text, leaf: leaf.map_or("", |leaf| &leaf.text) }
    }

    /// What words are looked for in at a target that has no address.
    pub(crate) fn said_of_target(&mut self, row: &Arc<TargetRow>) -> Said<'_> {
        let gather = |row: &TargetRow| text(&row.target, None, row.findings.iter().map(|finding| finding.code));
        let known = self.targets.get_mut(row.target.id.0 as usize);
        let own = known.map_or("", |known| {
            known.update(Some(row), gather);
            &known.text
        });
        Said { own, leaf: "" }
    }
}

impl KnownAddress {
    fn look_at(&mut self, row: Option<&AddressRow>, snapshot: &Snapshot, profiles: &mut Vec<Profile>) {
        let Some(row) = row else {
            *self = Self::default();
            return;
        };
        self.target = row.key.target;
        let leaf = row.last_seen.as_ref().and_then(|seen| seen.chain().first());
        self.leaf = leaf.and_then(|leaf| snapshot.certificate_slots.get(&leaf.fingerprint).copied());
        self.profile = negotiated(row).and_then(|handshake| {
            let place = profiles.iter().position(|profile| profile.is_of(handshake));
            let place = place.unwrap_or_else(|| {
                profiles.push(Profile::of(handshake));
                profiles.len() - 1
            });
            u32::try_from(place).ok()
        });
    }
}

impl Default for KnownAddress {
    fn default() -> Self {
        Self { text: Text::default(), target: TargetId(u32::MAX), leaf: None, profile: None }
    }
}

impl<T> Text<T> {
    /// Gathers the text of `row` unless it has it; returns whether it was another row's.
    fn update(&mut self, row: Option<&Arc<T>>, gather: impl FnOnce(&T) -> String) -> bool {
        let is_same = match row {
            Some(row) => std::ptr::eq(self.of.as_ptr(), Arc::as_ptr(row)),
            None => self.of.ptr_eq(&Weak::new()),
        };
        if !is_same {
            *self = row.map_or_else(Self::default, |row| Self { of: Arc::downgrade(row), text: gather(row).into() });
        }
        !is_same
    }
}

impl<T> Default for Text<T> {
    fn default() -> Self {
        Self { of: Weak::new(), text: "".into() }
    }
}

impl Profile {
    fn of(handshake: &Handshake) -> Self {
        let Handshake { version, group, cipher, ref alpn, .. } = *handshake;
        Self { version, group, cipher, alpn: alpn.clone() }
    }

    fn is_of(&self, handshake: &Handshake) -> bool {
        let negotiated = (self.version, self.group, self.cipher);
        negotiated == (handshake.version, handshake.group, handshake.cipher) && self.alpn == handshake.alpn
    }
}

/// The last handshake of an address, when that completed.
#[must_use]
pub(crate) fn negotiated(row: &AddressRow) -> Option<&Handshake> {
    row.last.as_ref().filter(|last| last.is_handshake())?.handshake.as_ref()
}

/// Name, labels, address and codes, folded, each on a line.
fn text(target: &Target, address: Option<SocketAddr>, codes: impl Iterator<Item = Code>) -> String {
    let mut all = String::with_capacity(128);
    all.push_str(&target.name);
    for value in target.labels.values() {
        all.push('\n');
        all.push_str(value);
    }
    if let Some(address) = address {
        // A `String` takes everything that is written.
        let _ = write!(all, "\n{address}");
    }
    for code in codes {
        all.push('\n');
        all.push_str(code.0);
    }
    folded(all)
}

fn certificate_text(certificate: &Certificate) -> String {
    folded(format!("{}\n{}", certificate.subject.as_str(), certificate.issuer.as_str()))
}

fn folded(mut text: String) -> String {
    if !text.is_ascii() {
        return fold(&text);
    }
    text.make_ascii_lowercase();
    text
}
