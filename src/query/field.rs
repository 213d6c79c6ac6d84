//! What can be asked of a row.

/// Something a filter can be evaluated against.
pub trait Fields {
    /// Whether anything that bare words are looked for in contains `needle`, which is folded: name, host, address,
    /// label values, code, subject, issuer, each passed through [`fold`].
    fn mentions(&self, needle: &str) -> bool;

    /// The value of a label.
    fn label(&self, name: &str) -> Option<&str>;

    /// A measured value, `None` when it is not known.
    fn number(&self, field: Number) -> Option<i64>;

    /// Whether `test` holds for any value of a field, each as it is shown.
    fn text(&self, field: Text, test: &mut dyn FnMut(&str) -> bool) -> bool;
}

/// Fields that hold text, by their names in the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Text {
    /// `addr`: IP address and port.
    Addr,
    /// `alpn`: negotiated protocol, `none` when there is none.
    Alpn,
    /// `cipher`: negotiated suite.
    Cipher,
    /// `code`: codes of its findings.
    Code,
    /// `group`: key-exchange group.
    Group,
    /// `host`: name or address literal.
    Host,
    /// `issuer`: of the leaf.
    Issuer,
    /// `key`: kind and size of the leaf's key.
    Key,
    /// `outcome`: `handshake`, `failed`, `skipped`.
    Outcome,
    /// `serial`: of the leaf, hexadecimal.
    Serial,
    /// `signature`: how the leaf was signed.
    Signature,
    /// `status`: `ok`, `unknown`, `warning`, `critical`.
    Status,
    /// `subject`: of the leaf, its alternative names included.
    Subject,
    /// `target`: canonical notation.
    Target,
    /// `version`: negotiated.
    Version,
}

/// Fields that hold numbers, by their names in the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Number {
    /// `dns`: the last look-up, in microseconds.
    Dns,
    /// `expires`, and `days` with days for a unit: until the leaf's validity ends, in microseconds, negative afterwards.
    Expires,
    /// `port`: of the target.
    Port,
    /// `tcp`: the last connect, in microseconds.
    Tcp,
    /// `tls`: the last handshake, in microseconds.
    Tls,
    /// `total`: the last probe, in microseconds.
    Total,
}

impl Text {
    pub(super) const NAMES: [(&str, Self); 15] = [
        ("addr", Self::Addr),
        ("alpn", Self::Alpn),
        ("cipher", Self::Cipher),
        ("code", Self::Code),
        ("group", Self::Group),
        ("host", Self::Host),
        ("issuer", Self::Issuer),
        ("key", Self::Key),
        ("outcome", Self::Outcome),
        ("serial", Self::Serial),
        ("signature", Self::Signature),
        ("status", Self::Status),
        ("subject", Self::Subject),
        ("target", Self::Target),
        ("version", Self::Version),
    ];
}

impl Number {
    pub(super) const NAMES: [(&str, Self); 6] = [
        ("dns", Self::Dns),
        ("expires", Self::Expires),
        ("port", Self::Port),
        ("tcp", Self::Tcp),
        ("tls", Self::Tls),
        ("total", Self::Total),
    ];
    /// Another way to write `expires`.
    pub(super) const DAYS: &str = "days";
}

/// The field of that name, in any case.
pub(super) fn named<T: Copy>(names: &[(&str, T)], name: &str) -> Option<T> {
    names.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, field)| *field)
}

/// The name of a field.
pub(super) fn name_of<T: Copy + PartialEq>(names: &[(&'static str, T)], field: T) -> &'static str {
    names.iter().find(|(_, known)| *known == field).map_or("", |(name, _)| name)
}

/// Text without its case: lower case, character by character.
#[must_use]
pub fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}
