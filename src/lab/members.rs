//! Who is in the fleet. Adding a member is adding a line.

use std::time::Duration;

use super::leaf::Issuer::{Deep, Expired, Itself, Second, Stranger};
use super::leaf::Key::{Ed25519, P384, Rsa1024, Rsa2048};
use super::leaf::Sent::{Crossed, Dozen, LeafOnly, Other, Reversed, Twice, WithRoot, WithStranger};
use super::leaf::Source::{Deaf, List, Responder};
use super::leaf::Staple::{Current, Ended as Over, Foreign};
use super::plan::Client::{Expired as Ended, Good, ServerOnly, Stranger as Strange};
use super::plan::Http3::{Dead, Served, Stale};
use super::plan::Manner::{
    Alert, Before13, Close, Delay, Flap, Http, NamesOnly, PerMinute, Refuse, Reset, Silent, SmallHellos, Ssh, Stall,
};
use super::plan::Offer::{Forget, Nothing, Refuse as Declines};
use super::plan::Plan;
use super::plan::Relay::{Forbids, Http as ByHttp, Socks5, WantsLogin};
use super::plan::Reply::{Behind, HangUp, NoHsts, ShortHsts, Unavailable};
use super::plan::Stack::{ChaCha, Classical, EarlyData, Mutual12, Mutual13, Nist, OddAlpn, Optional, Tls12};
use crate::model::Protocol::{H3, Imap, Ldap, Postgres, Smtp, Tls};

/// Services, who owns them, and in which environment they run.
pub(super) const SERVICES: &[(&str, &str, &str)] = &[
    ("catalog", "shop", "staging"),
    ("checkout", "payments", "prod"),
    ("edge", "platform", "prod"),
    ("identity", "security", "prod"),
    ("legacy", "platform", "staging"),
    ("mail", "messaging", "prod"),
    ("payments", "payments", "prod"),
    ("search", "search", "prod"),
];

/// One day in hours.
const D: i64 = 24;

/// Above the latency objective of one second, below the probe's deadline of two.
const SLOW: Duration = Duration::from_millis(1500);
/// A healthy server that is far away.
const FAR: Duration = Duration::from_millis(60);

/// The fleet.
#[rustfmt::skip]
pub const MEMBERS: &[Plan] = &[
    // Healthy, with different keys, lifetimes and stacks.
    Plan::new("healthy-ecdsa", "edge", "healthy: ECDSA P-256, 61 of 90 days left").life(90 * D, 61 * D),
    Plan::new("healthy-rsa", "edge", "healthy: RSA 2048, 70 of 90 days left").life(90 * D, 70 * D).key(Rsa2048),
    Plan::new("tls12-only", "legacy", "healthy: speaks TLS 1.2 and nothing newer").stack(Tls12),
    Plan::new("payments-api", "payments", "healthy: 30 of 47 days left").life(47 * D, 30 * D),
    Plan::new("payments-web", "payments", "healthy: ECDSA P-384, 75 of 90 days left").life(90 * D, 75 * D).key(P384),
    Plan::new("payments-vault", "payments", "healthy: 4 days left of a certificate that lives 160 hours").life(160, 4 * D),
    Plan::new("payments-ledger", "payments", "healthy: 300 of 398 days left, X25519 only").life(398 * D, 300 * D).stack(Classical),
    Plan::new("search-api", "search", "healthy: 50 of 90 days left, X25519 only").life(90 * D, 50 * D).stack(Classical),
    Plan::new("search-index", "search", "healthy: 22 of 47 days left").life(47 * D, 22 * D),
    Plan::new("mail-in", "mail", "healthy: RSA 2048, 40 of 398 days left").life(398 * D, 40 * D).key(Rsa2048).issuer(Second),
    Plan::new("mail-out", "mail", "healthy: 120 of 200 days left").life(200 * D, 120 * D).issuer(Second),
    Plan::new("checkout-admin", "checkout", "healthy: 80 of 90 days left").life(90 * D, 80 * D),
    Plan::new("edge-eu", "edge", "healthy: ChaCha20 only, 40 of 47 days left, 60 ms away").life(47 * D, 40 * D).stack(ChaCha).acts(Delay(FAR)),
    Plan::new("edge-us", "edge", "healthy: secp256r1 only, so it asks for a second hello").life(47 * D, 41 * D).stack(Nist),
    Plan::new("edge-device", "edge", "healthy: private, 6 of 10 years left").life(3650 * D, 2200 * D),
    Plan::new("edge-deep", "edge", "healthy: two intermediates, in order").issuer(Deep),
    Plan::new("identity-login", "identity", "healthy: ECDSA P-384, 45 of 90 days left").life(90 * D, 45 * D).key(P384),
    Plan::new("catalog-api", "catalog", "healthy: 33 of 47 days left").life(47 * D, 33 * D).issuer(Second),
    Plan::new("catalog-images", "catalog", "healthy: RSA 2048 and TLS 1.2 only, 180 of 200 days left").life(200 * D, 180 * D).key(Rsa2048).stack(Tls12),
    Plan::new("checkout-refunds", "checkout", "healthy: ECDSA P-384 below two intermediates").key(P384).issuer(Deep),
    Plan::new("identity-directory", "identity", "healthy: secp256r1 only, 100 of 160 hours left").life(160, 100).stack(Nist),
    Plan::new("search-suggest", "search", "healthy: sends its intermediate twice").sends(Twice).shows("chain.duplicate"),
    Plan::new("catalog-prices", "catalog", "healthy: sends the root too").sends(WithRoot).shows("chain.root_included"),
    Plan::new("mail-archive", "mail", "healthy: sends a stranger's intermediate too").sends(WithStranger).shows("chain.unrelated"),
    Plan::new("edge-stapled", "edge", "healthy: says that it must staple, and staples").asks(Responder).must_staple().staples(Current),
    Plan::new("edge-stapled-tls12", "edge", "healthy: staples with TLS 1.2, and its authority publishes a revocation list").asks(List).staples(Current).stack(Tls12),
    Plan::new("edge-unanswered", "edge", "healthy: names an OCSP responder that refuses connections").asks(Deaf).shows("revocation.ocsp_unreachable"),
    // The certificate.
    Plan::new("expired", "search", "the certificate expired 5 hours ago").life(90 * D, -5).finds("cert.expired"),
    Plan::new("expiring", "payments", "20 hours left of a 90-day certificate").life(90 * D, 20).finds("cert.expiring"),
    Plan::new("renewal-overdue", "mail", "25 days left of 90: renewal was due at 30").life(90 * D, 25 * D).finds("cert.renewal_overdue"),
    Plan::new("not-yet-valid", "edge", "the certificate begins in 6 hours").life(90 * D, 90 * D + 6).finds("cert.not_yet_valid"),
    Plan::new("wrong-host", "search", "serves the certificate of another host").names("search-old.lab.example").finds("cert.name_mismatch"),
    Plan::new("self-signed", "legacy", "the certificate signed itself").issuer(Itself).finds("cert.self_signed"),
    Plan::new("weak-key", "legacy", "the key is RSA 1024").key(Rsa1024).stack(Tls12).finds("cert.weak_key"),
    Plan::new("revoked", "payments", "the certificate was revoked 3 days ago, says its OCSP responder").asks(Responder).revoked().finds("cert.revoked"),
    Plan::new("revoked-listed", "catalog", "the certificate was revoked 3 days ago, says its authority's list").asks(List).revoked().finds("cert.revoked"),
    Plan::new("must-staple", "identity", "the certificate says that its server must staple, and it does not").asks(Responder).must_staple().finds("cert.must_staple_missing"),
    Plan::new("staple-ended", "mail", "staples an OCSP response that ended 2 days ago").asks(Responder).staples(Over).finds("cert.staple_stale"),
    Plan::new("staple-foreign", "search", "staples an OCSP response about another certificate").asks(Responder).staples(Foreign).finds("cert.staple_invalid"),
    // The chain.
    Plan::new("unknown-ca", "catalog", "issued below a root that nobody trusts").issuer(Stranger).finds("chain.untrusted_root"),
    Plan::new("missing-intermediate", "search", "sends the leaf without its intermediate").sends(LeafOnly).finds("chain.missing_intermediate"),
    Plan::new("wrong-intermediate", "search", "sends an intermediate that did not issue the leaf").sends(Other).finds("chain.wrong_intermediate"),
    Plan::new("cross-sign-expired", "edge", "sends a cross-sign of its intermediate too, which expired 40 days ago").sends(Crossed).finds("chain.cross_sign_expired"),
    Plan::new("long-chain", "legacy", "sends 12 certificates, its intermediate 11 times").sends(Dozen).finds("chain.too_long"),
    Plan::new("ed25519-key", "identity", "the key is Ed25519, which no browser takes").key(Ed25519).finds("chain.client_impact"),
    Plan::new("wrong-order", "edge", "sends two intermediates the wrong way round").issuer(Deep).sends(Reversed).finds("chain.wrong_order"),
    Plan::new("intermediate-expired", "mail", "the leaf is valid, its intermediate expired 2 days ago").issuer(Expired).finds("chain.intermediate_expired"),
    // The handshake.
    Plan::new("client-cert", "identity", "TLS 1.3, requires a client certificate").stack(Mutual13).finds("mtls.required"),
    Plan::new("client-cert-tls12", "identity", "TLS 1.2, requires a client certificate").stack(Mutual12).finds("mtls.required"),
    Plan::new("client-cert-shown", "identity", "healthy: TLS 1.3, requires a client certificate and is shown one").stack(Mutual13).shown(Good),
    Plan::new("client-cert-optional", "identity", "healthy: asks for a client certificate and goes on without").stack(Optional),
    Plan::new("client-cert-unknown", "identity", "TLS 1.3, is shown a client certificate of a stranger's authority").stack(Mutual13).shown(Strange).finds("mtls.rejected"),
    Plan::new("client-cert-ended", "identity", "TLS 1.2, is shown a client certificate that expired yesterday").stack(Mutual12).shown(Ended).finds("mtls.client_expired"),
    Plan::new("client-cert-for-servers", "identity", "TLS 1.3, is shown a client certificate that is for servers only").stack(Mutual13).shown(ServerOnly).finds("mtls.client_no_eku"),
    Plan::new("no-shared-alpn", "edge", "knows only an application protocol that nobody offers").stack(OddAlpn).finds("hs.alpn_mismatch"),
    Plan::new("internal-error", "catalog", "answers every hello with internal_error").acts(Alert(80)).finds("hs.internal_error"),
    Plan::new("protocol-version", "legacy", "refuses TLS 1.2 and 1.3 with protocol_version").acts(Alert(70)).finds("hs.protocol_version"),
    Plan::new("unrecognized-name", "edge", "refuses the server name").acts(Alert(112)).finds("hs.sni_unrecognized"),
    Plan::new("access-denied", "identity", "refuses this client with access_denied").acts(Alert(49)).finds("hs.alert"),
    Plan::new("large-hello", "edge", "closes without a word upon a hello of more than 600 bytes, so upon every post-quantum one").acts(SmallHellos(600)).finds("hs.pq_intolerant"),
    Plan::new("tls13-hello", "legacy", "speaks TLS 1.2, and refuses hellos that offer 1.3 instead of negotiating").stack(Tls12).acts(Before13).finds("hs.tls13_intolerant"),
    Plan::new("name-required", "edge", "answers only clients that send a name; this one is known by its address").nameless().acts(NamesOnly).finds("hs.sni_required"),
    // What lies behind a good handshake.
    Plan::new("backend-down", "catalog", "a good handshake, and HTTP 503 behind it").replies(Unavailable).finds("http.error"),
    Plan::new("backend-gone", "catalog", "a good handshake, and a close instead of a response").replies(HangUp).finds("http.no_response"),
    Plan::new("wrong-clock", "legacy", "its clock is 3 hours behind").replies(Behind(3)).finds("server.clock_skew"),
    Plan::new("hsts-missing", "search", "never tells browsers to insist on HTTPS").replies(NoHsts).finds("cfg.hsts_missing"),
    Plan::new("hsts-short", "search", "tells browsers to insist on HTTPS for a day only").replies(ShortHsts).finds("cfg.hsts_short"),
    Plan::new("early-data", "checkout", "takes early data, which can be replayed").stack(EarlyData).finds("cfg.early_data"),
    Plan::new("http3", "edge", "healthy: HTTP/3 is advertised and answers with the same certificate").http3(Served),
    Plan::new("http3-dead", "edge", "advertises HTTP/3, and nobody answers there").http3(Dead).finds("cfg.h3_dead"),
    Plan::new("http3-stale", "edge", "serves a certificate over HTTP/3 that expired 3 hours ago").http3(Stale(-3)).finds("fleet.h3_differs"),
    Plan::new("h3-web", "edge", "healthy: HTTP/3 on a UDP port, and nothing over TCP").speaks(H3),
    Plan::new("h3-expired", "edge", "HTTP/3 with a certificate that expired 5 hours ago").speaks(H3).life(90 * D, -5).finds("cert.expired"),
    // The connection.
    Plan::new("plain-http", "edge", "speaks plain HTTP on the TLS port").acts(Http).finds("tls.plaintext_peer"),
    Plan::new("ssh-banner", "legacy", "an SSH server on the TLS port").acts(Ssh).finds("tls.plaintext_peer"),
    Plan::new("silent", "mail", "accepts and says nothing").acts(Silent).finds("tls.no_response"),
    Plan::new("closes-early", "search", "closes every connection without a word").acts(Close).finds("tls.closed_early"),
    Plan::new("resets", "edge", "resets every connection at the first bytes").acts(Reset).finds("tls.reset_early"),
    Plan::new("stalls", "payments", "begins the handshake and stops in the middle").acts(Stall).finds("tls.stalled"),
    Plan::new("slow", "search", "takes 1.5 seconds to begin the handshake").acts(Delay(SLOW)).finds("tls.slow"),
    Plan::new("flapping", "checkout", "closes 3 of every 8 connections without a word").acts(Flap).finds("hs.intermittent"),
    Plan::new("refused", "mail", "nothing listens on the port").acts(Refuse).finds("tcp.refused"),
    Plan::new("rate-limited", "edge", "resets connections beyond 34 within a minute: enough for probes, not for a survey").acts(PerMinute(34)).finds("local.throttled"),
    // The conversation that leads to TLS.
    Plan::new("mail-relay", "mail", "healthy: SMTP with STARTTLS").speaks(Smtp),
    Plan::new("mail-boxes", "mail", "healthy: IMAP with STARTTLS, RSA 2048").speaks(Imap).key(Rsa2048),
    Plan::new("identity-ldap", "identity", "healthy: LDAP with StartTLS").speaks(Ldap).issuer(Second),
    Plan::new("payments-db", "payments", "healthy: PostgreSQL with TLS upon request").speaks(Postgres),
    Plan::new("smtp-expired", "mail", "SMTP with STARTTLS, and the certificate expired 5 hours ago").speaks(Smtp).life(90 * D, -5).finds("cert.expired"),
    Plan::new("smtp-plain", "mail", "SMTP that offers no STARTTLS").speaks(Smtp).offers(Nothing).finds("starttls.not_offered"),
    Plan::new("db-plain", "payments", "PostgreSQL that has no TLS").speaks(Postgres).offers(Nothing).finds("starttls.not_offered"),
    Plan::new("imap-declines", "mail", "IMAP that offers STARTTLS and refuses it, as its key cannot be read").speaks(Imap).offers(Declines).finds("starttls.rejected"),
    Plan::new("ldap-forgets", "identity", "LDAP that agrees to StartTLS and closes").speaks(Ldap).offers(Forget).finds("starttls.broken"),
    Plan::new("smtp-on-smtps", "mail", "SMTP with STARTTLS on a port that is for TLS from the first byte").speaks(Smtp).asked(Tls).finds("starttls.wrong_mode"),
    Plan::new("smtps-on-smtp", "mail", "TLS from the first byte on a port that is for SMTP with STARTTLS").asked(Smtp).finds("starttls.wrong_mode"),
    // The way there.
    Plan::new("branch-web", "edge", "healthy: behind an HTTP proxy").behind(ByHttp),
    Plan::new("branch-mail", "mail", "healthy: SMTP with STARTTLS behind a SOCKS proxy").speaks(Smtp).behind(Socks5),
    Plan::new("branch-forbidden", "edge", "behind an HTTP proxy that does not connect us to it").behind(Forbids).finds("proxy.refused"),
    Plan::new("branch-login", "edge", "behind an HTTP proxy that wants a name and password").behind(WantsLogin).finds("proxy.auth"),
    // The fleet.
    Plan::new("checkout", "checkout", "2 of 4 addresses still serve the predecessor, expired 3 hours ago").on(11, 4).stale(2, -3).finds("fleet.stale_node"),
    Plan::new("catalog", "catalog", "1 of 3 addresses still serves the predecessor, valid for 35 days").on(21, 3).stale(1, 35 * D).finds("fleet.stale_node"),
    Plan::new("search", "edge", "1 of 3 addresses was left out when TLS 1.3 was rolled out").on(41, 3).left_out(Tls12).finds("fleet.config_drift"),
    Plan::new("partial", "payments", "1 of 3 addresses refuses connections").on(31, 3).refusing(1).finds("fleet.partial_outage"),
];
