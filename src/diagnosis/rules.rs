//! The catalogue.

use crate::model::{Code, Impact};

/// One entry of the catalogue: what a code means and what to do about it.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The code, `chain.missing_intermediate`.
    pub code: Code,
    /// A few words, `missing intermediate`.
    pub title: &'static str,
    /// Usual impact; evidence can make it wider or narrower.
    pub impact: Impact,
    /// What it means, in one or two sentences.
    pub meaning: &'static str,
    /// What to do, in one imperative sentence without specifics.
    pub next: &'static str,
}

/// The catalogue entry of a code.
#[must_use]
pub fn rule(code: Code) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.code == code)
}

macro_rules! catalogue {
    ($($name:ident $code:literal $impact:ident $title:literal $meaning:literal $next:literal)+) => {
        $(pub(super) const $name: Rule = Rule {
            code: Code($code),
            title: $title,
            impact: Impact::$impact,
            meaning: $meaning,
            next: $next,
        };)+

        /// Every code this program can say, by family, causes before consequences.
        pub const RULES: &[Rule] = &[$($name),+];
    };
}

catalogue! {
    // Ourselves, before anyone else is blamed.
    LOCAL_FD_LIMIT "local.fd_limit" Inconclusive "out of file descriptors"
        "This program may not open more sockets, so the address was not reached."
        "Raise the limit (ulimit -n) or lower --concurrency."
    LOCAL_NO_ROUTE "local.no_route" Inconclusive "no route from here"
        "This machine has no route to the address's network, so nothing can be said about the endpoint."
        "Check this machine's routes, VPN and network, or watch from a place that has a route."
    LOCAL_NO_IPV6 "local.no_ipv6" Inconclusive "no IPv6 here"
        "This machine has no IPv6 route, so the address could not be tried."
        "Give this machine IPv6, or probe IPv4 only with -4."
    LOCAL_DNS_DOWN "local.dns_down" Inconclusive "resolver unreachable"
        "The name server this program asks cannot be reached, so names cannot be looked up from here."
        "Check this machine's resolver configuration and network, or name another resolver with --dns-server."
    LOCAL_FAULT "local.fault" Inconclusive "fault on this machine"
        "The operating system refused a step of the probe, so nothing can be said about the endpoint."
        "Mend what the operating system complains about and probe again."
    LOCAL_SKIPPED "local.skipped" Inconclusive "not probed"
        "The probe was not attempted for a reason of our own."
        "Remove the stated reason and probe again."

    PROXY_REFUSED "proxy.refused" Inconclusive "proxy does not connect"
        "The proxy between here and the endpoint refuses, cannot connect, or is none, so nothing can be said about the endpoint."
        "Check the proxy's address and its rules for this destination, or go without it: --proxy none, or the host in NO_PROXY."
    PROXY_AUTH "proxy.auth" Inconclusive "proxy wants a password"
        "The proxy wants a name and password, or does not accept the ones it was given."
        "Give them in the proxy's URL (http://name:password@proxy:3128), in TLSCOPE_PROXY or in a file that others cannot read."
    PROXY_TIMEOUT "proxy.timeout" Inconclusive "proxy does not answer"
        "The proxy did not answer, or did not reach the endpoint, within the deadline."
        "Check that the proxy is up and may be reached from here; look in its log for the destination."

    // Names.
    DNS_NXDOMAIN "dns.nxdomain" Outage "name does not exist"
        "The name service says that the name does not exist (NXDOMAIN): no client can find the endpoint."
        "Restore the record in the zone, or correct the name that is watched."
    DNS_NO_ADDRESS "dns.no_address" Outage "name without address"
        "The name exists but has no address record of the wanted families."
        "Add an A or AAAA record, or correct the address family that is probed."
    DNS_SERVFAIL "dns.servfail" Outage "name lookup fails"
        "The resolver could not get a valid answer (SERVFAIL): broken delegation, unreachable authoritative servers, or DNSSEC that does not validate."
        "Ask again with checking disabled (+cd): if that succeeds DNSSEC is broken, else check the delegation and the authoritative servers."
    DNS_TIMEOUT "dns.timeout" Outage "name lookup times out"
        "The resolver did not answer within the deadline."
        "Check the resolver and the zone's authoritative servers."
    DNS_REFUSED "dns.refused" Inconclusive "resolver refuses"
        "The resolver refuses to answer us (RCODE 5): its access list excludes this machine, or it does not serve the zone."
        "Ask a resolver that serves this machine with --dns-server, or allow this machine on the resolver."

    // What only several addresses show.
    FLEET_STALE_NODE "fleet.stale_node" Partial "node with the old certificate"
        "Some addresses serve the predecessor of the certificate that the others serve: a reload or a roll-out was forgotten there."
        "Reload the stale addresses, and check that the renewed files reached them."
    FLEET_PARTIAL_OUTAGE "fleet.partial_outage" Partial "some addresses fail"
        "Some addresses of the name complete a handshake and others do not: clients fail depending on the address they get."
        "Repair the failing addresses, or take them out of the name service or load balancer."
    FLEET_MIXED_CERTIFICATES "fleet.mixed_certificates" Advice "addresses serve different certificates"
        "Addresses of one name serve different certificates, and neither replaces the other."
        "Check that the difference is intended; else roll out one certificate everywhere."

    // Connections.
    TCP_FAMILY_SPLIT "tcp.family_split" Partial "one address family fails"
        "All addresses of one family (IPv4 or IPv6) fail to connect and all of the other succeed."
        "Repair listeners, firewalls and routes of the failing family, or withdraw its records."
    TCP_PARTIAL "tcp.partial" Partial "some addresses do not connect"
        "Several addresses of the name fail to connect, in different ways, while others accept."
        "Take the failing addresses out of the name service or load balancer, then repair them."
    TCP_REFUSED "tcp.refused" Outage "connection refused"
        "The host answers, but nothing listens on the port (or a firewall says so)."
        "Start the service on that port, or correct the port or the firewall."
    TCP_TIMEOUT "tcp.timeout" Outage "connection times out"
        "Nothing answers the connection attempt: the host is down, or a firewall drops packets."
        "Check that the host is up and that firewalls and security groups let the port through."
    TCP_UNREACHABLE "tcp.unreachable" Outage "host unreachable"
        "The network reports that the host cannot be reached."
        "Check the host, its network and the routes to it."
    TCP_RESET "tcp.reset" Outage "connection reset before TLS"
        "The connection was accepted and reset before a byte of TLS was exchanged: an access list, a full backlog or a proxy without a backend."
        "Check access lists, the load balancer's backends and the service's connection limits."

    // The conversation that leads to TLS.
    STARTTLS_WRONG_MODE "starttls.wrong_mode" Outage "another protocol or mode"
        "The port speaks something else than it is asked for: TLS from the first byte where an upgrade (STARTTLS) was expected, the reverse, or another protocol."
        "Watch the port as what it speaks, or mend the service's mode on this port."
    STARTTLS_NOT_OFFERED "starttls.not_offered" Outage "no TLS offered"
        "The server speaks the protocol and does not offer the upgrade to TLS (STARTTLS): mail and passwords pass in plain text, or clients refuse to go on."
        "Turn TLS on in the service: most leave the offer out when no certificate is configured or its key cannot be read."
    STARTTLS_REJECTED "starttls.rejected" Outage "upgrade to TLS refused"
        "The server does not go along on the way to TLS; its reply says why."
        "Read the reply and the server's log for this moment: an unreadable key, an access rule, or a limit on connections."
    STARTTLS_BROKEN "starttls.broken" Outage "TLS agreed and not spoken"
        "The server agreed to TLS or began the conversation that leads to it, and did not keep to it: TLS never began."
        "Read the server's log for this moment: often a certificate or key that cannot be loaded, or a proxy that rewrites the conversation."
    STARTTLS_INJECTED "starttls.injected" Advice "plain text behind the agreement"
        "Plain text followed the server's agreement to TLS, where only TLS may follow. We threw it away; a client that does not can be led astray by anyone on the path."
        "Update the server, and look for a middlebox that answers in its place."

    // TLS is not what answers, or it stops.
    TLS_PLAINTEXT_PEER "tls.plaintext_peer" Outage "plain text instead of TLS"
        "The first bytes are those of another protocol: the port speaks it without TLS."
        "Turn on TLS for this port, or watch the port that has it."
    TLS_NOT_TLS "tls.not_tls" Outage "not TLS"
        "The first bytes are neither TLS nor a protocol we know."
        "Check which service listens on this port."
    TLS_NO_RESPONSE "tls.no_response" Outage "silent after connect"
        "The connection is accepted and the hello is never answered: a hung process, a stuck backend, or a protocol that waits for something else."
        "Check the process behind the port: threads, event loop, backends; restart it when it hangs."
    TLS_STALLED "tls.stalled" Outage "handshake stalls"
        "The handshake began and stopped in the middle until the deadline: overload, a packet-size (MTU) problem, or a stuck key operation."
        "Check load and the key store or HSM, and try smaller packets (MTU) on the path."
    TLS_CLOSED_EARLY "tls.closed_early" Outage "closed during the handshake"
        "The connection was closed in an orderly way before the handshake was complete, without an alert."
        "Read the server's log for this moment: no certificate for the name, a dead backend, or an access rule."
    TLS_RESET_EARLY "tls.reset_early" Outage "reset during the handshake"
        "The connection was reset after our hello: a crash, a middlebox or an access rule."
        "Read the server's log for a crash, and check middleboxes that inspect the hello."
    TLS_SLOW "tls.slow" Advice "slow handshake"
        "The TLS part of the handshake took longer than the latency objective."
        "Compare with the TCP time: if only TLS is slow look at the server's CPU, key operations and backends."

    // Client certificates.
    MTLS_REQUIRED "mtls.required" Inconclusive "client certificate required"
        "The server refuses clients without a certificate, and none was presented: what lies behind cannot be judged."
        "Nothing is wrong if mutual TLS is intended; probe with a client certificate (--client-cert) to see further."
    MTLS_CLIENT_EXPIRED "mtls.client_expired" Partial "client certificate expired"
        "The server refuses our client certificate because its validity has ended: clients that present it are locked out."
        "Renew the client certificate, and look at how clients get theirs renewed."
    MTLS_CLIENT_REVOKED "mtls.client_revoked" Partial "client certificate revoked"
        "The server refuses our client certificate as revoked."
        "Find out why it was revoked; issue a new client certificate with a new key."
    MTLS_CLIENT_KEY_MISMATCH "mtls.client_key_mismatch" Partial "client key not accepted"
        "The server could not verify the signature with which we prove that we have the client certificate's key."
        "Check that key and client certificate belong together, and that the server supports the key's kind."
    MTLS_CLIENT_NO_EKU "mtls.client_no_eku" Partial "not for client authentication"
        "The server refuses our client certificate, whose extended key usage does not permit client authentication. Public authorities no longer put it into server certificates."
        "Issue a client certificate with the usage clientAuth, from an authority meant for clients."
    MTLS_REJECTED "mtls.rejected" Partial "client certificate rejected"
        "The server refuses our client certificate: it does not trust its authority, cannot verify it, or does not admit its holder."
        "Compare the certificate's issuer with the authorities the server accepts; then read the server's log for its reason."
    MTLS_OPTIONAL "mtls.optional" Advice "client certificate optional"
        "The server asks for a client certificate and goes on without one: access is decided elsewhere, or not at all."
        "Nothing is wrong if that is intended; else make the client certificate required."

    // Handshakes that end in an alert.
    HS_PROTOCOL_VERSION "hs.protocol_version" Outage "no shared protocol version"
        "The server speaks neither TLS 1.3 nor TLS 1.2: current clients cannot connect."
        "Enable TLS 1.2 and 1.3 on the server."
    HS_NO_SHARED_CIPHER "hs.no_shared_cipher" Outage "no shared cipher suite"
        "The server found no acceptable combination of cipher suite, group and signature in our hello."
        "Enable an ECDHE suite with AES-GCM or ChaCha20-Poly1305 and group X25519 or P-256, and check that the key fits the suites."
    HS_NO_SHARED_GROUP "hs.no_shared_group" Outage "no shared group"
        "Client and server have no key-exchange group in common."
        "Enable X25519 or P-256 on the server."
    HS_NO_SHARED_SIGALG "hs.no_shared_sigalg" Outage "no shared signature scheme"
        "The server signs in a way that current clients do not accept."
        "Use a key and signature scheme that current clients accept: ECDSA P-256 or RSA 2048 with SHA-256."
    HS_SNI_UNRECOGNIZED "hs.sni_unrecognized" Outage "name not recognised"
        "The server has no configuration for the name that was sent (SNI)."
        "Add a certificate and a virtual host for this name, or correct the name."
    HS_SNI_REQUIRED "hs.sni_required" Outage "a name is required"
        "The server answers only clients that send a name (SNI), and none is sent to an address literal."
        "Watch the endpoint by a name it serves, with --servername."
    HS_ALPN_MISMATCH "hs.alpn_mismatch" Outage "no shared application protocol"
        "The server knows none of the application protocols that were offered (ALPN)."
        "Enable one of the offered protocols on the server, or offer what it speaks."
    HS_INTERMITTENT "hs.intermittent" Partial "handshakes fail at times"
        "The same hello to the same address fails at one moment and succeeds at another: several backends behind the address, overload, or a limit."
        "Compare the backends behind the address, and look at the server's load and limits at the time of the failures."
    HS_PQ_INTOLERANT "hs.pq_intolerant" Partial "large hello not tolerated"
        "A hello with a post-quantum key share, larger than one network packet, fails where a small one succeeds: current browsers and libraries send the large one."
        "Update what reads the hello (server, load balancer, firewall or inspection on the path) so that it takes one that comes in several pieces."
    HS_TLS13_INTOLERANT "hs.tls13_intolerant" Partial "TLS 1.3 hello not tolerated"
        "A hello that offers TLS 1.3 fails where one of TLS 1.2 succeeds: a server must negotiate the older version instead of breaking off."
        "Update the TLS stack or the middlebox that breaks off, or enable TLS 1.3 on the server."
    HS_PQ_ONLY "hs.pq_only" Partial "post-quantum groups only"
        "The server accepts post-quantum key exchange only: clients without it cannot connect."
        "If that is not intended enable X25519 beside X25519MLKEM768."
    HS_INTERNAL_ERROR "hs.internal_error" Outage "server's internal error"
        "The server failed in a way that is not the client's fault: often an unreadable key, a missing certificate or a dead key service."
        "Read the server's log for this moment; check that key and certificate can be read and match."
    HS_DECODE_ERROR "hs.decode_error" Outage "message cannot be decoded"
        "One side could not decode a handshake message: an old or broken TLS stack, or a middlebox."
        "Update the TLS stack, and look for a middlebox on the path."
    HS_PROTOCOL_VIOLATION "hs.protocol_violation" Outage "peer breaks the protocol"
        "The server did something that TLS does not allow."
        "Update the server's TLS stack, and look for a middlebox on the path."
    HS_ALERT "hs.alert" Outage "handshake refused"
        "The handshake ended in a fatal alert."
        "Read the server's log for this alert."
    HS_KEY_NOT_PROVED "hs.key_not_proved" Outage "key does not fit the certificate"
        "The server's signature does not verify with the key in its certificate: clients refuse it."
        "Install the private key that belongs to the certificate."

    // Certificates.
    CERT_MALFORMED "cert.malformed" Outage "unreadable certificate"
        "What was sent in a certificate's place cannot be parsed."
        "Replace the file; issue the certificate anew if the file is what the authority delivered."
    CERT_EXPIRED "cert.expired" Outage "certificate expired"
        "The end of the certificate's validity has passed: clients refuse it."
        "Renew and deploy the certificate, then find out why renewal did not happen."
    CERT_NOT_YET_VALID "cert.not_yet_valid" Outage "certificate not yet valid"
        "The certificate's validity has not begun: it was deployed too early, or a clock is wrong."
        "Check the clocks; serve the previous certificate until the new one is valid."
    CERT_NAME_MISMATCH "cert.name_mismatch" Outage "certificate for another name"
        "The certificate does not cover the name that clients ask for."
        "Issue a certificate that covers the name, or mend the selection of certificates by name (SNI)."
    CERT_SELF_SIGNED "cert.self_signed" Outage "self-signed certificate"
        "The certificate was issued by itself and is in no trust store: clients refuse it."
        "Serve a certificate of an authority clients trust; if this one is intended, trust it with --ca-file."
    CERT_CA_AS_LEAF "cert.ca_as_leaf" Outage "authority's certificate used by a server"
        "The server presents a certificate authority's certificate as its own."
        "Issue a server certificate and serve that."
    CERT_EKU_MISSING "cert.eku_missing" Outage "not for server authentication"
        "The certificate's extended key usage does not permit server authentication."
        "Issue a certificate with the usage serverAuth."
    CERT_WEAK_KEY "cert.weak_key" Partial "weak key"
        "The key is too small or of an abandoned kind; current TLS stacks refuse it."
        "Issue the certificate anew with ECDSA P-256 or RSA 2048 or larger."
    CERT_WEAK_SIGNATURE "cert.weak_signature" Partial "weak signature"
        "A certificate is signed with SHA-1 or MD5, which current clients refuse."
        "Issue the certificate anew with SHA-256 or better."
    CERT_EXPIRING "cert.expiring" Pending "certificate expires soon"
        "The certificate nears its end well past the point at which it should have been renewed."
        "Renew and deploy the certificate now, then mend the automation."
    CERT_RENEWAL_OVERDUE "cert.renewal_overdue" Pending "renewal overdue"
        "The certificate has passed the point of its lifetime at which a working automation renews."
        "Find out why renewal did not happen: the automation's log, its credentials, the authority's limits."

    // Chains.
    CHAIN_INTERMEDIATE_EXPIRED "chain.intermediate_expired" Outage "intermediate expired"
        "An intermediate certificate on the path that clients take has expired."
        "Serve the authority's current intermediate instead."
    CHAIN_INTERMEDIATE_EXPIRING "chain.intermediate_expiring" Pending "intermediate expires soon"
        "An intermediate certificate on the path that clients take nears its end."
        "Serve the authority's current intermediate before then."
    CHAIN_MISSING_INTERMEDIATE "chain.missing_intermediate" Outage "missing intermediate"
        "The server does not send the intermediate that links its certificate to a trusted root. Browsers may fetch or remember it; most other clients fail."
        "Append the intermediate to the certificate file that the server sends."
    CHAIN_UNTRUSTED_ROOT "chain.untrusted_root" Outage "untrusted root"
        "The chain leads to an authority that no trust store knows."
        "Serve a certificate of a trusted authority; if this is a private one, trust its root with --ca-file."
    CHAIN_NOT_A_CA "chain.not_a_ca" Outage "issuer is not an authority"
        "A certificate on the path signed another without being an authority."
        "Serve the intermediates that really issued the certificate."
    CHAIN_PATH_LENGTH "chain.path_length" Outage "path too long for its authority"
        "An authority on the path may not have as many intermediates below it."
        "Issue the certificate from an authority that is allowed to."
    CHAIN_NAME_CONSTRAINT "chain.name_constraint" Outage "name outside the authority's limits"
        "An authority on the path may not issue for this name."
        "Issue the certificate from an authority that may issue for the name."
    CHAIN_REJECTED "chain.rejected" Outage "chain rejected"
        "No trust store accepts the chain, for a reason in the verifier's own words."
        "Issue or install the chain anew so that a strict verifier accepts it."
    CHAIN_WRONG_ORDER "chain.wrong_order" Advice "certificates in the wrong order"
        "The chain is complete but not in order, each certificate before its issuer; some older clients refuse that."
        "Reorder the certificate file: server certificate first, then each issuer in turn."
}
