//! How each class of clients verifies, with where that is written.

use crate::model::ClientClass;

/// How one class of clients verifies.
#[expect(clippy::struct_excessive_bools, reason = "a line of a table: each column is a yes or no of its own")]
pub(super) struct Profile {
    pub(super) client: ClientClass,
    /// Fetches or knows issuers that were not sent.
    pub(super) completes: bool,
    /// Goes one way only: roots first, then what was sent, without a second try.
    pub(super) goes_straight: bool,
    /// Refuses a root that is out of date.
    pub(super) dates_roots: bool,
    /// Takes an anchor that is not self-signed.
    pub(super) ends_anywhere: bool,
    /// Takes a server certificate that is an authority's.
    pub(super) takes_authority: bool,
    /// The smallest RSA key, in bits.
    pub(super) rsa: u32,
    /// SHA-1 signatures are good enough below roots that did not come with the client.
    pub(super) takes_private_sha1: bool,
    /// Signs and verifies handshakes with Ed25519, and with Ed448.
    pub(super) edwards: (bool, bool),
    /// Looks for the name in the common name when there is no alternative DNS name.
    pub(super) reads_common_name: bool,
    /// Wants the extended key usages of issuers to permit what the leaf is used for, too.
    pub(super) nests_usages: bool,
    /// Certificates that may be sent.
    pub(super) most_sent: usize,
    /// Intermediates that may be on a path …
    pub(super) most_issuers: usize,
    /// … and on one that was not sent in order.
    pub(super) most_unordered: usize,
    /// Days that a certificate below a public root may live.
    pub(super) public_days: Option<u64>,
}

const UNLIMITED: usize = usize::MAX;

/// In the order in which verdicts are given.
pub(super) const PROFILES: [Profile; 5] = [
    // Chromium, net/cert/cert_verify_proc.cc: keys below 1024 bits are weak, SHA-1 and MD5 are refused, 398 days since
    // 2020-09-01 below known roots, names are alternative names only; missing issuers come by AIA, Firefox has all
    // intermediates preloaded. Neither Chromium nor Firefox offers EdDSA.
    Profile {
        client: ClientClass::Browser,
        completes: true,
        goes_straight: false,
        dates_roots: false,
        ends_anywhere: true,
        takes_authority: true,
        rsa: 1024,
        takes_private_sha1: false,
        edwards: (false, false),
        reads_common_name: false,
        nests_usages: true,
        most_sent: UNLIMITED,
        most_issuers: UNLIMITED,
        most_unordered: UNLIMITED,
        public_days: Some(398),
    },
    // OpenSSL 3, crypto/x509/x509_vfy.c: trusted first (the default since 1.1.0), no second try, no partial chains
    // unless asked (curl and Python 3.13 ask); SSL_CTX_set_security_level(3): level 2, the default since 3.2 and of
    // Debian and Ubuntu before, wants 112 bits of keys (RSA 2048) and of signatures (SHA-1 has 63);
    // X509_check_host(3): the common name counts where there is no alternative DNS name.
    Profile {
        client: ClientClass::OpenSsl,
        completes: false,
        goes_straight: true,
        dates_roots: true,
        ends_anywhere: false,
        takes_authority: true,
        rsa: 2048,
        takes_private_sha1: false,
        edwards: (true, true),
        reads_common_name: true,
        nests_usages: true,
        most_sent: UNLIMITED,
        most_issuers: 100,
        most_unordered: UNLIMITED,
        public_days: None,
    },
    // Go, crypto/x509/verify.go: tries all paths, dates roots too, takes any certificate of the pool as a root; SHA-1 is
    // refused since 1.18, the common name ignored since 1.15; keys below 1024 bits are refused since 1.24 (crypto/rsa).
    Profile {
        client: ClientClass::Go,
        completes: false,
        goes_straight: false,
        dates_roots: true,
        ends_anywhere: true,
        takes_authority: true,
        rsa: 1024,
        takes_private_sha1: false,
        edwards: (true, false),
        reads_common_name: false,
        nests_usages: true,
        most_sent: UNLIMITED,
        most_issuers: UNLIMITED,
        most_unordered: UNLIMITED,
        public_days: None,
    },
    // JDK 17 and 21, sun.security.validator.PKIXValidator: a chain in order is validated, any other is given to the path
    // builder, whose maxPathLength is 5 (java.security.cert.PKIXBuilderParameters); anchors are not dated; usages are
    // checked of the leaf only (EndEntityChecker); issuers are not fetched unless com.sun.security.enableAIAcaIssuers
    // is set. conf/security/java.security: RSA below 1024 bits is disabled, SHA-1 below roots that the JDK ships.
    // jdk.tls.client.maxInboundCertificateChainLength (maxCertificateChainLength before JDK 22): 10.
    // sun.security.util.HostnameChecker: the common name counts where there is no alternative DNS name.
    Profile {
        client: ClientClass::Java,
        completes: false,
        goes_straight: false,
        dates_roots: false,
        ends_anywhere: true,
        takes_authority: true,
        rsa: 1024,
        takes_private_sha1: true,
        edwards: (true, true),
        reads_common_name: true,
        nests_usages: false,
        most_sent: 10,
        most_issuers: UNLIMITED,
        most_unordered: 5,
        public_days: None,
    },
    // rustls-webpki, src/verify_cert.rs: our own verifier, whose verdict is taken as it is.
    Profile {
        client: ClientClass::Rustls,
        completes: false,
        goes_straight: false,
        dates_roots: false,
        ends_anywhere: true,
        takes_authority: false,
        rsa: 2048,
        takes_private_sha1: false,
        edwards: (true, false),
        reads_common_name: false,
        nests_usages: true,
        most_sent: UNLIMITED,
        most_issuers: 6,
        most_unordered: UNLIMITED,
        public_days: None,
    },
];
