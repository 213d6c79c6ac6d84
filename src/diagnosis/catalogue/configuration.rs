//! What lies behind a good handshake, and what is negotiated and should not be, or is not and should be.

use super::rule::{Rule, Step, catalogue};
use crate::model::{Code, Impact};

catalogue! {
    HTTP_ERROR "http.error" Partial "server error behind healthy TLS"
        means "TLS is healthy and the HTTP server behind it answers with an error of its own or of its backend."
        needs "The handshake was good, and the response to a HEAD request was 500, 502, 503, 504 or 520 to 526."
        misread "501 is not counted: the server only lacks HEAD. 525 and 526 of a CDN mean that TLS between it and the origin fails: look there. The root path may fail where the application works."
        next "Read the logs of the server and its backends for this moment: TLS is not the cause."
        steps [
            "Ask yourself."
                => "curl -sv -o /dev/null --resolve NAME:PORT:ADDRESS https://NAME:PORT/",
            "Read the server's and the backend's log for this moment.",
            "With 525 or 526, probe the origin itself."
                => "tlscope check NAME@ORIGIN:443",
        ]

    HTTP_NO_RESPONSE "http.no_response" Partial "no HTTP response behind healthy TLS"
        means "TLS is healthy and HTTP/1.1 was agreed on in the handshake, but nothing that can be read as HTTP comes back: what terminates TLS has lost what is behind it, or is wired to another service."
        needs "The handshake was good, the server selected http/1.1 by ALPN, and a HEAD request got no complete response head within 3 seconds (or the target's timeout, if that is shorter), a close, something else than HTTP/1, a head that cannot be parsed, more than 64 KiB of it, or more than four interim responses."
        misread "A server that is slow to answer HEAD / alone looks the same as one that never answers. One that speaks HTTP/2 only, or selects no protocol, is not counted."
        next "Ask what terminates TLS what it forwards to: the backend hangs, is gone, or does not speak HTTP on that port."
        steps [
            "Ask yourself, and see how it ends."
                => "curl -sv --http1.1 -o /dev/null --connect-to ::ADDRESS https://NAME:PORT/",
            "See that a backend is in the pool behind it, on the right port, and answers there."
                => "curl -sv -o /dev/null http://BACKEND:PORT/",
            "Read the log of what terminates TLS for this moment.",
        ]

    SERVER_CLOCK_SKEW "server.clock_skew" Advice "server's clock differs"
        means "The server's Date differs from our clock: one of the two is wrong. A wrong clock breaks tokens, OCSP and certificates that are new or near their end."
        needs "The server's Date (with Age) is more than a minute from our clock, after the time on the way is taken off."
        misread "If several servers disagree with us in the same way, ours is wrong (local.clock_skew). A cache that rewrites Date is not the server."
        next "Compare both clocks with a time server, and mend time synchronisation on the one that is wrong."
        steps [
            "Check our own first."
                => "chronyc tracking || timedatectl status",
            "Then the server's."
                => "curl -sI https://HOST:PORT/ | grep -i '^date'; date -u",
            "Mend time synchronisation there before the next issuance or token check fails.",
        ]

    CFG_HSTS_MISSING "cfg.hsts_missing" Advice "no strict transport security"
        means "The site does not tell browsers to insist on HTTPS (RFC 6797), so a first plain request can be intercepted."
        needs "A good HTTPS response (2xx or 3xx) without Strict-Transport-Security, or with max-age=0."
        misread "For an API without browsers it is of little use. It is per host name: a parent's includeSubDomains, or the preload list, may cover it."
        next "Send Strict-Transport-Security with a max-age of at least half a year, once all of the site works over HTTPS."
        steps [
            "See the response."
                => "curl -sI https://HOST:PORT/ | grep -i strict",
            "Begin with a short max-age, and raise it once all of the site works over HTTPS.",
            "Add includeSubDomains only when every subdomain has HTTPS: it cannot be taken back before it ends.",
        ]

    CFG_HSTS_SHORT "cfg.hsts_short" Advice "short strict transport security"
        means "Browsers are told to insist on HTTPS for less than half a year: visitors who stay away longer are unprotected."
        needs "Strict-Transport-Security with a max-age below 180 days."
        misread "During a roll-out a short one is right."
        next "Raise the max-age of Strict-Transport-Security to a year."
        steps [
            "Raise it to 31536000 (a year) when all of the site works over HTTPS.",
            "See what is sent."
                => "curl -sI https://HOST:PORT/ | grep -i strict",
        ]

    CFG_SSL2 "cfg.ssl2" Advice "SSL 2 accepted"
        means "SSL 2 (1995) protects nothing, and exposes other servers that use the same RSA key (DROWN)."
        needs "The survey sent an SSL 2 hello, and the server answered it."
        misread "A certificate with a good key does not protect: every server with the same RSA key is exposed (DROWN, CVE-2016-0800)."
        next "Turn SSL 2 off everywhere the key is used."
        steps [
            "Turn SSL 2 off on every server and port that uses this key, mail servers included."
                => "nmap -Pn -p PORT --script sslv2,ssl-enum-ciphers ADDRESS",
            "A stack that still has it gets no fixes: replace it, or put a proxy in front.",
        ]

    CFG_SSL3 "cfg.ssl3" Advice "SSL 3 accepted"
        means "SSL 3 (1996) is broken (POODLE) and forbidden (RFC 7568)."
        needs "The survey's hello of SSL 3 was answered with SSL 3."
        misread "No current client uses it; what still does must be changed first (POODLE, CVE-2014-3566; forbidden by RFC 7568)."
        next "Turn SSL 3 off."
        steps [
            "Turn it off, and reload."
                => "nmap -Pn -p PORT --script ssl-enum-ciphers ADDRESS",
            "If a device depends on it, give that device a listener of its own.",
        ]

    CFG_LEGACY_ONLY "cfg.legacy_only" Advice "nothing newer than TLS 1.1"
        means "The server speaks neither TLS 1.2 nor 1.3: current browsers and libraries refuse it."
        needs "The survey found that TLS 1.2 and TLS 1.3 are refused, and that something older is accepted."
        misread "It is an outage for current clients and only advice for a device that none of them uses."
        next "Update the TLS stack, and enable TLS 1.2 and 1.3."
        steps [
            "Enable TLS 1.2 and 1.3, and reload."
                => "nmap -Pn -p PORT --script ssl-enum-ciphers ADDRESS",
            "If the stack cannot, put a proxy in front that ends TLS, and plan the replacement.",
        ]

    CFG_NULL_CIPHER "cfg.null_cipher" Advice "suites without encryption"
        means "The server accepts suites that do not encrypt: everything can be read on the way."
        needs "The server chose a NULL suite when it was offered."
        misread "Clients that do not offer it never get it; it takes a client that is as wrong as the server."
        next "Remove the NULL suites from the server's list."
        steps [
            "Remove the NULL suites (OpenSSL: add !eNULL to the list), and reload.",
            "See that the handshake with them fails now."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME -tls1_2 -cipher 'eNULL:@SECLEVEL=0' </dev/null",
        ]

    CFG_ANON_CIPHER "cfg.anon_cipher" Advice "suites without authentication"
        means "The server accepts suites without a certificate: anyone on the way can pretend to be the server."
        needs "The server chose an anonymous suite when it was offered."
        misread "Postfix accepts them for opportunistic mail on purpose (its default for smtpd), where no certificate would be checked either."
        next "Remove the anonymous suites from the server's list."
        steps [
            "Remove the anonymous suites (OpenSSL: !aNULL), and reload; for a mail server decide whether it matters.",
            "See that the handshake with them fails now."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME -tls1_2 -cipher 'aNULL:@SECLEVEL=0' </dev/null",
        ]

    CFG_EXPORT_CIPHER "cfg.export_cipher" Advice "export suites"
        means "The server accepts suites that were weakened for export in the 1990s and are broken in minutes (FREAK, Logjam)."
        needs "The server chose an export suite when it was offered."
        misread "Clients that do not offer them can still be led to them by someone on the way, where client or server has the faults of FREAK and Logjam."
        next "Remove the export suites from the server's list."
        steps [
            "Remove the export suites (OpenSSL: !EXP), and reload."
                => "nmap -Pn -p PORT --script ssl-enum-ciphers ADDRESS",
            "Update the stack: OpenSSL has not had them since 1.1.0.",
        ]

    CFG_DES "cfg.des" Advice "DES accepted"
        means "The server accepts DES, whose keys of 56 bits are found by trying them all."
        needs "The server chose a suite with single DES when it was offered."
        misread "Triple DES is another finding (cfg.3des)."
        next "Remove the DES suites from the server's list."
        steps [
            "Remove the DES suites (OpenSSL: !DES), and reload.",
            "See that it is no longer accepted."
                => "nmap -Pn -p PORT --script ssl-enum-ciphers ADDRESS",
        ]

    CFG_RC4 "cfg.rc4" Advice "RC4 accepted"
        means "The server accepts RC4, which leaks what it encrypts and is forbidden (RFC 7465)."
        needs "The server chose a suite with RC4 when it was offered."
        misread "It was once the advised answer to BEAST; that advice is dead (RFC 7465)."
        next "Remove the RC4 suites from the server's list."
        steps [
            "Remove the RC4 suites (OpenSSL: !RC4), and reload.",
            "See that it is no longer accepted."
                => "nmap -Pn -p PORT --script ssl-enum-ciphers ADDRESS",
        ]

    CFG_COMPRESSION "cfg.compression" Advice "TLS compression"
        means "The server compresses before it encrypts, so that the length betrays secrets (CRIME)."
        needs "Below TLS 1.3 the server chose DEFLATE when it was offered."
        misread "HTTP compression (gzip) is something else, with a weakness of its own (BREACH)."
        next "Turn TLS compression off."
        steps [
            "Turn it off (OpenSSL: SSL_OP_NO_COMPRESSION; Apache: SSLCompression off), and reload.",
            "See that it is no longer accepted."
                => "nmap -Pn -p PORT --script ssl-enum-ciphers ADDRESS",
        ]

    CFG_WEAK_DH "cfg.weak_dh" Advice "small Diffie-Hellman group"
        means "The finite-field group of the DHE suites is smaller than 2048 bits: whoever prepares for it can read along (Logjam)."
        needs "The survey read the prime of a DHE key exchange, and it has fewer than 2048 bits."
        misread "ECDHE is not concerned. Clients that prefer ECDHE never use the weak group, but OpenSSL from 3.2 refuses it below 2048 bits."
        next "Use a group of 2048 bits (ffdhe2048), or leave the DHE suites out: ECDHE suffices."
        steps [
            "Use ffdhe2048 or larger (nginx: ssl_dhparam FILE), or leave the DHE suites out, and reload.",
            "See what is used now."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME -tls1_2 -cipher 'DHE:@SECLEVEL=0' </dev/null 2>/dev/null | grep 'Temp Key'",
        ]

    CFG_INSECURE_RENEGOTIATION "cfg.insecure_renegotiation" Advice "no secure renegotiation"
        means "Below TLS 1.3 the server does not confirm secure renegotiation (RFC 5746): OpenSSL 3 and Java refuse to renegotiate with it, and some clients to connect."
        needs "Below TLS 1.3 the server's hello lacks renegotiation_info (RFC 5746), though we signalled it."
        misread "Renegotiation itself need not be possible. TLS 1.3 has none."
        next "Update the TLS stack: all have known it since 2010."
        steps [
            "Update the TLS stack, or put a proxy in front; OpenSSL 3 clients fail when they need legacy renegotiation.",
            "See that it says 'Secure Renegotiation IS supported'."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME -tls1_2 </dev/null | grep -i renegotiation",
        ]

    CFG_3DES "cfg.3des" Advice "triple DES accepted"
        means "The server accepts triple DES, whose short blocks betray content in long connections (Sweet32)."
        needs "The server chose a suite with triple DES when it was offered."
        misread "It matters for long connections with much data (about 32 GiB on one key, Sweet32, CVE-2016-2183)."
        next "Remove the 3DES suites from the server's list."
        steps [
            "Remove the 3DES suites (OpenSSL: !3DES), and reload.",
            "See that it is no longer accepted."
                => "nmap -Pn -p PORT --script ssl-enum-ciphers ADDRESS",
        ]

    CFG_NO_FORWARD_SECRECY "cfg.no_forward_secrecy" Advice "no forward secrecy"
        means "All suites encrypt the secret to the certificate's key: whoever gets that key later can read what was recorded before."
        needs "The survey has the complete list of accepted suites, and none of them has an ephemeral key exchange."
        misread "Interception appliances that decrypt with a copy of the key need it so; then it is a choice to be made known."
        next "Enable ECDHE suites, or TLS 1.3."
        steps [
            "Put ECDHE suites first, or turn on TLS 1.3, and reload."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME -tls1_2 -cipher ECDHE </dev/null",
            "Remove the RSA key-exchange suites once logs show no client that needs them.",
        ]

    CFG_CBC_ONLY "cfg.cbc_only" Advice "no authenticated encryption"
        means "All suites use block chaining with a separate MAC, the source of many attacks by timing and padding."
        needs "The survey has the complete list of accepted suites, and all of them use CBC."
        misread "CBC is not broken by itself; implementations have been (Lucky Thirteen, POODLE against TLS)."
        next "Enable suites with AES-GCM or ChaCha20-Poly1305, or TLS 1.3."
        steps [
            "Add ECDHE suites with AES-GCM or ChaCha20-Poly1305, or TLS 1.3, and reload.",
            "See that the handshake with it succeeds now."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME -tls1_2 -cipher AESGCM </dev/null",
        ]

    CFG_LEGACY_PROTOCOL "cfg.legacy_protocol" Advice "TLS 1.0 or 1.1 accepted"
        means "The server accepts versions that are deprecated (RFC 8996) and that no current client needs."
        needs "The survey's hello of TLS 1.0 or 1.1 was answered with that version, beside newer ones."
        misread "Accepted is not used: clients take the newest they share. PCI DSS and RFC 8996 forbid it whether used or not."
        next "Turn TLS 1.0 and 1.1 off, after a look at which clients still use them."
        steps [
            "See in the server's log which clients still use it (nginx: $ssl_protocol).",
            "Turn TLS 1.0 and 1.1 off (nginx: ssl_protocols TLSv1.2 TLSv1.3), and reload."
                => "nmap -Pn -p PORT --script ssl-enum-ciphers ADDRESS",
        ]

    CFG_EARLY_DATA "cfg.early_data" Advice "early data accepted"
        means "The server takes data before the handshake is complete (0-RTT): it can be replayed (RFC 9846 section 8)."
        needs "A session ticket of the server permits early data (max_early_data_size above zero)."
        misread "A permission is not harm: behind it the application must refuse what may not be repeated (425 Too Early, RFC 8470)."
        next "Make sure that only requests that may be repeated are served from early data; else turn it off."
        steps [
            "See the limit."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME -tls1_3 </dev/null | grep -i 'early data'",
            "Have the application see the Early-Data header and refuse unsafe methods with 425; else turn it off (nginx: ssl_early_data off).",
        ]

    CFG_H3_DEAD "cfg.h3_dead" Advice "HTTP/3 advertised and dead"
        means "The response or DNS advertises HTTP/3 and no QUIC handshake succeeds: browsers try it first and lose time."
        needs "Alt-Svc or an HTTPS record advertises h3, and the QUIC handshake on that UDP port fails from here."
        misread "A firewall on our side that drops UDP looks the same: check from another network. Browsers fall back to TCP and remember it."
        next "Let UDP through to the port that is advertised and check what listens there; else stop advertising (Alt-Svc: clear) and withdraw h3 from the HTTPS record."
        steps [
            "Try from another network."
                => "curl --http3-only -sI https://NAME:PORT/",
            "Open UDP on that port through firewalls and load balancer, and check that the listener runs."
                => "ss -lunp 'sport = :PORT'",
            "Else stop advertising: Alt-Svc: clear, and h3 out of the HTTPS record.",
        ]

    CFG_H2_MISSING "cfg.h2_missing" Advice "no HTTP/2"
        means "The server speaks HTTP and does not select HTTP/2 when it is offered."
        needs "The server answers HTTP, and does not select h2 when it is offered alone, though the target's alpn lists it."
        misread "For an API or an appliance HTTP/1.1 is fine; gRPC cannot do without h2."
        next "Nothing is wrong if that is intended; else enable h2."
        steps [
            "See what is selected."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME -alpn h2 </dev/null | grep ALPN",
            "Turn it on (nginx: http2 on; Apache: Protocols h2 http/1.1), or take h2 out of the target's alpn.",
        ]

    CFG_NO_TLS13 "cfg.no_tls13" Advice "no TLS 1.3"
        means "The server speaks TLS 1.2 and not TLS 1.3: handshakes take a round trip more, and post-quantum groups are out of reach."
        needs "The survey found TLS 1.2 accepted and TLS 1.3 refused."
        misread "TLS 1.2 with ECDHE and AES-GCM is still sound."
        next "Enable TLS 1.3."
        steps [
            "Turn it on (nginx: ssl_protocols TLSv1.2 TLSv1.3), and reload; OpenSSL has it from 1.1.1.",
            "See that the handshake with it succeeds now."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME -tls1_3 </dev/null",
        ]

    CFG_NO_PQ "cfg.no_pq" Advice "no post-quantum group"
        means "The server accepts classical groups only: what is recorded today can be read once there are quantum computers for it."
        needs "The survey found groups of TLS 1.3 accepted, and none of them post-quantum."
        misread "Nothing can be read today. It matters for what must stay secret for many years."
        next "Enable X25519MLKEM768; current TLS stacks have it."
        steps [
            "Turn on X25519MLKEM768: it is the default in OpenSSL 3.5, Go 1.24 and current browsers; a list of groups in the configuration can hide it.",
            "See that the handshake with it succeeds now."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME -groups X25519MLKEM768 </dev/null",
        ]

    CFG_NO_SNI_CERTIFICATE "cfg.no_sni_certificate" Advice "another certificate without a name"
        means "Clients that send no name (SNI) are served another certificate: old clients, health checks and scanners see that one."
        needs "A survey's handshake without a name got another leaf than the one with the name."
        misread "That is normal where one address serves many names. It matters to clients without SNI and to health checks by address."
        next "Nothing is wrong if that is intended; expect it in scanners' reports, and let it not expire."
        steps [
            "See what they get."
                => "openssl s_client -connect ADDRESS:PORT -noservername </dev/null 2>/dev/null | openssl x509 -noout -subject -enddate",
            "Keep that certificate valid, or have the server refuse handshakes without a name (nginx: ssl_reject_handshake on).",
        ]
}
