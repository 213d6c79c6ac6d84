//! Commands that reproduce a finding: for exactly this host, port, name and address, safe to paste.
//!
//! Each ends by itself, whatever the peer does: a server that says nothing, or drips, keeps `openssl`, `nc` and `curl`
//! waiting for ever.

use std::net::SocketAddr;

use super::evidence::Case;
use crate::model::{Host, Protocol, Proxy, ProxyKind, Resolution, Untrusted};

/// As long as somebody waits at a prompt.
const LIMIT: &str = "timeout 10 ";

/// What a handshake is repeated for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Show {
    /// The application protocols offered.
    Alpn,
    /// The chain, verified.
    Chain,
    /// That classical groups are refused.
    Classical,
    /// The leaf's dates.
    Dates,
    /// The handshake itself.
    Handshake,
    /// How a hello with a post-quantum key share fares (OpenSSL 3.5 or newer).
    Large,
    /// The leaf's names.
    Names,
    /// The hash of the leaf's key, as pins have it.
    Pin,
    /// The OCSP response that comes with it.
    Staple,
    /// What clients without a name are served.
    NoName,
    /// How sessions are taken up again.
    Resumption,
    /// How TLS 1.2 fares.
    Tls12,
    /// How TLS 1.3 fares.
    Tls13,
}

/// `openssl s_client` to one address of the target, as what it was found to speak.
pub(super) fn handshake(case: &Case<'_>, address: SocketAddr, show: Show) -> String {
    if case.target.protocol == Protocol::H3 {
        return http3(case, address.ip(), address.port());
    }
    let last = case.address(address).and_then(|evidence| evidence.last?.failure());
    let protocol = last.and_then(|failure| failure.kind.spoken()).unwrap_or(case.target.protocol);
    let Some(upgrade) = upgrade(case, protocol) else { return scan(address, "ssl-cert") };
    let proxy = match case.target.proxy.as_deref() {
        None => String::new(),
        Some(proxy) if proxy.kind == ProxyKind::Http => format!(" -proxy {}", quoted(&proxy.authority())),
        Some(proxy) => return handshake_by_curl(case, address, proxy),
    };
    let rest = match show {
        Show::Alpn => format!(" -alpn {} </dev/null", quoted(&case.target.alpn.join(","))),
        Show::Chain => format!(" -showcerts{} </dev/null", ca_file(case, address)),
        Show::Classical => " -groups X25519:P-256 </dev/null".to_owned(),
        Show::Dates => leaf_as("-subject -issuer -serial -dates"),
        Show::Handshake => " </dev/null".to_owned(),
        Show::Large => " -groups X25519MLKEM768:X25519 </dev/null".to_owned(),
        Show::Staple => " -status </dev/null".to_owned(),
        Show::Pin => {
            let hash = "openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary | openssl base64";
            format!("{} | {hash}", leaf_as("-pubkey"))
        }
        Show::Tls13 => " -tls1_3 </dev/null".to_owned(),
        Show::Names => leaf_as("-subject -ext subjectAltName"),
        Show::NoName => " -showcerts </dev/null".to_owned(),
        Show::Resumption => " -reconnect </dev/null".to_owned(),
        Show::Tls12 => " -tls1_2 </dev/null".to_owned(),
    };
    let alpn = if show == Show::Alpn { String::new() } else { alpn(case) };
    let name = if show == Show::NoName { "-noservername".to_owned() } else { server_name(case) };
    format!("{LIMIT}openssl s_client -connect {address}{proxy} {name}{upgrade}{alpn}{}{rest}", client(case))
}

/// The conversation before TLS as `openssl` knows it; `None` where it does not.
fn upgrade(case: &Case<'_>, protocol: Protocol) -> Option<String> {
    let mode = match protocol {
        Protocol::Tls | Protocol::H3 => return Some(String::new()),
        Protocol::Tds | Protocol::Rdp => return None,
        // There is no other name for it.
        Protocol::Submission => Protocol::Smtp,
        mode => mode,
    };
    let name = match mode {
        Protocol::Xmpp | Protocol::XmppServer => format!(" -xmpphost {}", quoted(&case.target.verified_name())),
        _ => String::new(),
    };
    Some(format!(" -starttls {mode}{name}"))
}

/// What `openssl` cannot do: it upgrades neither SQL Server nor Remote Desktop, and is mostly built without what is old
/// and weak.
pub(super) fn scan(address: SocketAddr, script: &str) -> String {
    let family = if address.is_ipv6() { "-6 " } else { "" };
    format!("nmap {family}-Pn --host-timeout 2m -sV -p {} --script {script} {}", address.port(), address.ip())
}

/// What some servers insist on before they answer at all; a web server answers without.
fn alpn(case: &Case<'_>) -> String {
    let offered = &case.target.alpn;
    if offered.is_empty() || offered.iter().any(|name| matches!(&**name, "h2" | "http/1.1")) {
        return String::new();
    }
    format!(" -alpn {}", quoted(&offered.join(",")))
}

/// Whether an OCSP responder answers at all, and how fast.
pub(super) fn responder(url: &Untrusted) -> String {
    format!("curl -sS -m 10 -o /dev/null -w '%{{http_code}} after %{{time_total}} s\\n' {}", quoted(url.as_str()))
}

/// Asks an OCSP responder about one certificate of the chain as sent, whose issuer was sent, too; both counted from 1.
pub(super) fn ask_responder(case: &Case<'_>, address: SocketAddr, url: &Untrusted, sent: (usize, usize)) -> String {
    let is_tcp = case.target.protocol != Protocol::H3 && case.target.proxy.is_none();
    let way = upgrade(case, case.target.protocol).filter(|_| is_tcp);
    let Some(upgrade) = way else { return responder(url) };
    let chain = format!("{LIMIT}openssl s_client -connect {address} {}{upgrade}{}", server_name(case), client(case));
    let ((own, issuer), url) = (sent, quoted(url.as_str()));
    format!(
        "{chain} -showcerts </dev/null 2>/dev/null | awk '/-BEGIN/{{n++}} n{{print >n\".pem\"}}'; \
         {LIMIT}openssl ocsp -issuer {issuer}.pem -cert {own}.pem -no_nonce -partial_chain -CAfile {issuer}.pem -url {url}"
    )
}

/// Whose revocation list it is, and how fresh.
pub(super) fn list(url: &Untrusted) -> String {
    format!("curl -sS -m 30 {} | openssl crl -inform DER -noout -issuer -lastupdate -nextupdate", quoted(url.as_str()))
}

/// The entry of a serial number in a revocation list.
pub(super) fn entry_in_list(url: &Untrusted, serial: &str) -> String {
    let (url, serial) = (quoted(url.as_str()), quoted(serial));
    format!("curl -sS -m 30 {url} | openssl crl -inform DER -noout -text | grep -i -A 4 {serial}")
}

/// The head of an HTTP response, from one address of the target.
pub(super) fn head(case: &Case<'_>, address: SocketAddr) -> String {
    let name = case.target.verified_name();
    let host = if name.parse::<std::net::Ipv6Addr>().is_ok() { format!("[{name}]") } else { name };
    let url = quoted(&format!("https://{host}:{}/", case.target.port));
    let files = client(case).replace(" -cert ", " --cert ").replace(" -key ", " --key ");
    let proxy =
        case.target.proxy.as_ref().map_or_else(String::new, |proxy| format!(" --proxy {}", quoted(&proxy.to_string())));
    format!("curl -sSI -m 10 --http1.1{proxy} --connect-to ::{address}{files} {url}")
}

/// `openssl` goes through HTTP proxies only; `curl` shows the handshake of what it calls HTTPS.
fn handshake_by_curl(case: &Case<'_>, address: SocketAddr, proxy: &Proxy) -> String {
    let name = Untrusted::new(&case.target.verified_name());
    let (port, ip) = (address.port(), address.ip());
    if case.target.protocol.upgrades() || !case.sends_name() {
        return connect(case, address);
    }
    let resolve = quoted(&format!("{name}:{port}:{ip}"));
    format!(
        "curl -vk -m 10 --proxy {} --resolve {resolve} {}",
        quoted(&proxy.to_string()),
        quoted(&format!("https://{name}:{port}/"))
    )
}

/// The same over QUIC to one port of an address.
///
/// Not verified: what is wrong with the certificate is told, and is no reason not to show the rest.
pub(super) fn http3(case: &Case<'_>, ip: std::net::IpAddr, port: u16) -> String {
    let name = case.target.verified_name();
    let host = if name.parse::<std::net::Ipv6Addr>().is_ok() { format!("[{name}]") } else { name };
    let address = SocketAddr::new(ip, port);
    let url = quoted(&format!("https://{host}:{port}/"));
    format!("curl -vskI -m 10 --http3-only --connect-to ::{address} {url}")
}

/// A plain connection to one address, by the way the target is reached.
pub(super) fn connect(case: &Case<'_>, address: SocketAddr) -> String {
    match through(case, address) {
        _ if case.target.protocol == Protocol::H3 => http3(case, address.ip(), address.port()),
        Some(command) => format!("{command} </dev/null"),
        None => format!("nc -vz -w 5 {} {}", address.ip(), address.port()),
    }
}

/// The first bytes a peer sends by itself or in answer to nonsense.
pub(super) fn greeting(case: &Case<'_>, address: SocketAddr) -> String {
    let command =
        through(case, address).unwrap_or_else(|| format!("{LIMIT}nc -w 5 {} {}", address.ip(), address.port()));
    format!("printf '\\r\\n' | {command}")
}

/// A plain connection through the proxy.
fn through(case: &Case<'_>, address: SocketAddr) -> Option<String> {
    let proxy = quoted(&case.target.proxy.as_deref()?.to_string());
    Some(format!("curl -v --max-time 5 --proxytunnel --proxy {proxy} telnet://{address}"))
}

/// `dig` for the addresses of the name that is looked up, at the server that was asked;
/// `unchecked` asks once more without DNSSEC validation.
pub(super) fn lookup(host: &Host, resolution: &Resolution, unchecked: bool) -> String {
    let (name, server) = (quoted(&host.to_string()), server(resolution));
    let second = if unchecked { "A +cd" } else { "AAAA" };
    format!("dig{server} -q {name} -t A; dig{server} -q {name} -t {second}")
}

/// `dig` for records of a name, and whether the server vouches for them (`ad`).
pub(super) fn records(case: &Case<'_>, name: &str, kind: &str) -> String {
    let server = case.resolution.map_or_else(String::new, server);
    format!("dig{server} +adflag -q {} -t {kind}", quoted(name))
}

/// The name server that was asked, where it is one.
fn server(resolution: &Resolution) -> String {
    let source = resolution.source.as_str();
    match (source.parse::<std::net::IpAddr>(), source.parse::<SocketAddr>()) {
        (Ok(ip), _) => format!(" @{ip}"),
        (_, Ok(address)) if address.port() == 53 => format!(" @{}", address.ip()),
        (_, Ok(address)) => format!(" @{} -p {}", address.ip(), address.port()),
        _ => String::new(),
    }
}

fn server_name(case: &Case<'_>) -> String {
    if case.sends_name() {
        format!("-servername {}", quoted(&case.target.verified_name()))
    } else {
        "-noservername".to_owned()
    }
}

/// The client certificate that was shown.
fn client(case: &Case<'_>) -> String {
    let Some(files) = &case.target.client else { return String::new() };
    let word = |path: &std::path::Path| quoted(&path.to_string_lossy());
    let key = files.key.as_ref().map_or_else(String::new, |key| format!(" -key {}", word(key)));
    format!(" -cert {}{key}", word(&files.certificate))
}

fn leaf_as(what: &str) -> String {
    format!(" </dev/null 2>/dev/null | openssl x509 -noout {what}")
}

/// The first configured store that is a file: a private authority, without which `openssl` would complain of something else.
fn ca_file(case: &Case<'_>, address: SocketAddr) -> String {
    let shown = case.address(address).and_then(super::evidence::AddressEvidence::shown);
    let trust = shown.and_then(|shown| shown.handshake.trust.as_deref());
    let file = trust
        .and_then(|trust| trust.stores.iter().find(|verdict| !matches!(&*verdict.store, "lab" | "mozilla" | "system")));
    file.map_or_else(String::new, |verdict| format!(" -CAfile {}", quoted(&verdict.store)))
}

/// One shell word that means exactly the visible form of `text`, whatever it contains.
pub(super) fn quoted(text: &str) -> String {
    let text = Untrusted::new(text);
    let text = text.as_str();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | ':' | '/' | ',' | '@' | '+');
    if !text.is_empty() && !text.starts_with('-') && text.chars().all(plain) {
        return text.to_owned();
    }
    // `./-x` and the like are the caller's affair: every word here follows an option that takes a value.
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_what_a_shell_would_read() {
        let cases = [
            ("shop.example", "shop.example"),
            ("", "''"),
            ("a b", "'a b'"),
            ("$(reboot)", "'$(reboot)'"),
            ("it's", r"'it'\''s'"),
            ("x\n;reboot", "'x<U+000A>;reboot'"),
            ("*.example", "'*.example'"),
            ("-help", "'-help'"),
            ("größe", "'größe'"),
        ];
        for (raw, word) in cases {
            assert_eq!(quoted(raw), word, "{raw:?}");
        }
    }
}
