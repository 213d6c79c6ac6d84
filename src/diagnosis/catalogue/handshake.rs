//! Handshakes that end in an alert, or depend on what is offered.

use super::rule::{Rule, Step, catalogue};
use crate::model::{Code, Impact};

catalogue! {
    HS_PROTOCOL_VERSION "hs.protocol_version" Outage "no shared protocol version"
        means "The server speaks neither TLS 1.3 nor TLS 1.2: current clients cannot connect."
        needs "The server sent protocol_version (70), or chose a version below TLS 1.2."
        misread "A middlebox can answer in the server's place. Which versions the server does accept stands in the survey (cfg.legacy_only)."
        next "Enable TLS 1.2 and 1.3 on the server."
        steps [
            "See what the server accepts."
                => "nmap -Pn -p PORT --script ssl-enum-ciphers ADDRESS",
            "Enable TLS 1.2 and 1.3 (nginx: ssl_protocols TLSv1.2 TLSv1.3; HAProxy: ssl-min-ver TLSv1.2), and reload.",
            "If the stack is too old for TLS 1.2, put a proxy in front that ends TLS.",
        ]

    HS_NO_SHARED_CIPHER "hs.no_shared_cipher" Outage "no shared cipher suite"
        means "The server found no acceptable combination of cipher suite, group and signature in our hello."
        needs "The server sent handshake_failure (40) or insufficient_security (71), or chose a suite that was not offered."
        misread "Alert 40 is a catch-all: a missing certificate for the name, a required client certificate or a missing group end the same way, so the finding is likely, not certain."
        next "Enable an ECDHE suite with AES-GCM or ChaCha20-Poly1305 and group X25519 or P-256, and check that the key fits the suites."
        steps [
            "Read the server's log: OpenSSL says 'no shared cipher' or 'no suitable signature algorithm' there.",
            "See what it accepts."
                => "nmap -Pn -p PORT --script ssl-enum-ciphers ADDRESS",
            "Enable ECDHE with AES-GCM, and check that the key fits: an ECDSA key serves no RSA suite, and the reverse.",
            "Try with another name: without a certificate for the name many servers answer like this."
                => "openssl s_client -connect ADDRESS:PORT -servername OTHER </dev/null",
        ]

    HS_NO_SHARED_GROUP "hs.no_shared_group" Outage "no shared group"
        means "Client and server have no key-exchange group in common."
        needs "The server chose, or asked for, a key-exchange group that current clients do not offer; or it refuses our hello, and of all groups it was offered in a survey it accepts none of ours."
        misread "It is the group, not the suite: a list of suites that looks right does not help."
        next "Enable X25519 or P-256 on the server."
        steps [
            "Enable X25519 and P-256 (nginx: ssl_ecdh_curve X25519:prime256v1), and reload.",
            "Try each."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME -groups X25519 </dev/null; openssl s_client -connect ADDRESS:PORT -servername NAME -groups P-256 </dev/null",
        ]

    HS_NO_SHARED_SIGALG "hs.no_shared_sigalg" Outage "no shared signature scheme"
        means "The server signs in a way that current clients do not accept."
        needs "The server signed, or wanted to sign, with a scheme that was not offered; or it refuses our hello, and of all schemes it was offered in a survey it accepts none of ours."
        misread "RSA keys of 1024 bits cannot make some of the RSA-PSS signatures of TLS 1.3. The certificate's own signature is another matter (cert.weak_signature)."
        next "Use a key and signature scheme that current clients accept: ECDSA P-256 or RSA 2048 with SHA-256."
        steps [
            "See the key and the scheme."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME </dev/null | grep -iE 'signature|public key'",
            "Issue a certificate with an ECDSA P-256 or RSA 2048 key.",
            "Remove a list of signature algorithms that is too narrow from the server's configuration.",
        ]

    HS_SNI_UNRECOGNIZED "hs.sni_unrecognized" Outage "name not recognised"
        means "The server has no configuration for the name that was sent (SNI)."
        needs "The server sent unrecognized_name (112) for the name we sent, or completes the handshake without a name."
        misread "As a warning the alert is harmless, and clients go on; only the fatal one is told here."
        next "Add a certificate and a virtual host for this name, or correct the name."
        steps [
            "Check that the virtual host for this name exists, is enabled and has its certificate, then reload.",
            "See which names are served."
                => "openssl s_client -connect ADDRESS:PORT -noservername </dev/null 2>/dev/null | openssl x509 -noout -ext subjectAltName",
            "If DNS leads the name to the wrong server, correct DNS.",
        ]

    HS_SNI_REQUIRED "hs.sni_required" Outage "a name is required"
        means "The server answers only clients that send a name (SNI), and none is sent to an address literal."
        needs "The server refuses a hello without a name, and completes the handshake, or is known to, with one."
        misread "Nothing is broken for clients that use the name. Clients that connect by IP address send none."
        next "Watch the endpoint by a name it serves, with --servername."
        steps [
            "Watch it by name."
                => "tlscope check NAME@ADDRESS:PORT",
            "If clients connect by address, give the listener a default certificate.",
        ]

    HS_ALPN_MISMATCH "hs.alpn_mismatch" Outage "no shared application protocol"
        means "The server knows none of the application protocols that were offered (ALPN)."
        needs "The server sent no_application_protocol (120), chose a protocol that was not offered, or completes the handshake only without ALPN."
        misread "What clients offer decides: browsers offer h2 and http/1.1, gRPC clients h2 alone. The list that tlscope offers is the target's alpn."
        next "Enable one of the offered protocols on the server, or offer what it speaks."
        steps [
            "See what the server selects."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME -alpn h2,http/1.1 </dev/null | grep ALPN",
            "Enable the protocol (nginx: http2 on; HAProxy: alpn h2,http/1.1).",
            "If the service speaks another protocol, set alpn of this target to it.",
        ]

    HS_INTERMITTENT "hs.intermittent" Partial "handshakes fail at times"
        means "The same hello to the same address fails at one moment and succeeds at another: several backends behind the address, overload, or a limit."
        needs "The same hello to the same address failed and succeeded within one series of attempts."
        misread "Several backends behind one address are the usual reason: one of them is bad. A limit on connections per source fails in bursts."
        next "Compare the backends behind the address, and look at the server's load and limits at the time of the failures."
        steps [
            "Compare what comes back over many connections."
                => "for i in $(seq 20); do openssl s_client -connect ADDRESS:PORT -servername NAME </dev/null 2>/dev/null | openssl x509 -noout -serial; done | sort | uniq -c",
            "Take the bad backend out of the load balancer; probe backends one by one."
                => "tlscope check NAME@BACKEND:PORT",
            "If all are alike, look at load and limits at the time of the failures.",
        ]

    HS_PQ_INTOLERANT "hs.pq_intolerant" Partial "large hello not tolerated"
        means "A hello with a post-quantum key share, larger than one network packet, fails where a small one succeeds: current browsers and libraries send the large one."
        needs "A hello with an X25519MLKEM768 share (larger than one packet) fails, and a small one without it succeeds, on the same address."
        misread "The server may be innocent: firewalls and load balancers that read the name expect it in the first packet. Older clients do not notice."
        next "Update what reads the hello (server, load balancer, firewall or inspection on the path) so that it takes one that comes in several pieces. To send one, OpenSSL must be 3.5 or newer."
        steps [
            "See whether it is the size or the group."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME -groups X25519MLKEM768:X25519 </dev/null",
            "Try from a machine next to the server: if it works there, a box on the path is at fault.",
            "Update that box or server; until then have it pass TLS through without reading the hello.",
        ]

    HS_TLS13_INTOLERANT "hs.tls13_intolerant" Partial "TLS 1.3 hello not tolerated"
        means "A hello that offers TLS 1.3 fails where one of TLS 1.2 succeeds: a server must negotiate the older version instead of breaking off."
        needs "A hello that offers TLS 1.3 fails, and one that offers TLS 1.2 only succeeds, on the same address."
        misread "A server without TLS 1.3 is fine if it answers with TLS 1.2; breaking off is the fault. Current clients do not fall back."
        next "Update the TLS stack or the middlebox that breaks off, or enable TLS 1.3 on the server."
        steps [
            "Compare."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME -tls1_2 </dev/null; openssl s_client -connect ADDRESS:PORT -servername NAME </dev/null",
            "Try from a machine next to the server: if both work there, a middlebox breaks off.",
            "Update the stack or box, or turn TLS 1.3 on.",
        ]

    HS_PQ_ONLY "hs.pq_only" Partial "post-quantum groups only"
        means "The server accepts post-quantum key exchange only: clients without it cannot connect."
        needs "The survey found post-quantum groups accepted, and no classical group and no older version that does without."
        misread "On purpose it is a policy, not a fault. Current browsers and OpenSSL from 3.5 have X25519MLKEM768; most older clients do not."
        next "If that is not intended enable X25519 beside X25519MLKEM768."
        steps [
            "Ask whether it is intended; if clients are cut off, add X25519 behind X25519MLKEM768 and reload.",
            "See it fail without."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME -groups X25519 </dev/null",
        ]

    HS_RESUMPTION_BROKEN "hs.resumption_broken" Partial "session resumption broken"
        means "Handshakes that offer to resume a session fail, where those that do not succeed: clients that come back see errors."
        needs "A handshake that offered a session taken before broke off, where one that offered none succeeded."
        misread "A server that does not take the session and makes a full handshake is fine (RFC 9846 section 2.2). Clients see it as errors on every second connection."
        next "Give all servers behind the name the same ticket keys, or turn session tickets off; then look for a middlebox that drops them."
        steps [
            "Turn session tickets off until the keys are shared (nginx: ssl_session_tickets off), and reload.",
            "See it."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME -reconnect -tls1_2 </dev/null",
            "Give all nodes the same ticket keys, rotated together; look at middleboxes that drop the ticket.",
        ]

    HS_INTERNAL_ERROR "hs.internal_error" Outage "server's internal error"
        means "The server failed in a way that is not the client's fault: often an unreadable key, a missing certificate or a dead key service."
        needs "The server sent internal_error (80)."
        misread "The client did nothing wrong. If it depends on the name, one virtual host's certificate or key is broken."
        next "Read the server's log for this moment; check that key and certificate can be read and match."
        steps [
            "Read the server's log for this moment.",
            "Check that the key can be read by the service's user and belongs to the certificate."
                => "openssl x509 -in FILE -noout -pubkey | openssl dgst -sha256; openssl pkey -in KEY -pubout | openssl dgst -sha256",
            "If the key is in an HSM or key service, check that this is reachable; then restart the service.",
        ]

    HS_DECODE_ERROR "hs.decode_error" Outage "message cannot be decoded"
        means "One side could not decode a handshake message: an old or broken TLS stack, or a middlebox."
        needs "One side sent decode_error (50), or the server's message could not be parsed."
        misread "Plain HTTP on the port is the most common reason for it in other tools; here that has a name of its own (tls.plaintext_peer)."
        next "Update the TLS stack, and look for a middlebox on the path."
        steps [
            "See whether the peer speaks TLS at all."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME -msg </dev/null | head -40",
            "Try from a machine next to the server, to rule out a middlebox.",
            "Update the server's TLS stack.",
        ]

    HS_PROTOCOL_VIOLATION "hs.protocol_violation" Outage "peer breaks the protocol"
        means "The server did something that TLS does not allow."
        needs "The peer sent a message that TLS forbids at this point or with this content; our alert or the library's words are in the evidence."
        misread "A broken middlebox looks the same as a broken server. Loss and corruption on the way do not: TCP hides them."
        next "Update the server's TLS stack, and look for a middlebox on the path."
        steps [
            "Look at the messages."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME -msg </dev/null | head -40",
            "Try from a machine next to the server, to rule out a middlebox.",
            "Update the stack; report the evidence to its maker.",
        ]

    HS_ALERT "hs.alert" Outage "handshake refused"
        means "The handshake ended in a fatal alert."
        needs "A fatal alert ended the handshake that has no finding of its own; its number and sender are in the evidence."
        misread "Who sent it matters: an alert of ours is about what the server sent."
        next "Read the server's log for this alert."
        steps [
            "Look the number up in the evidence, and read the server's log for this moment."
                => "tlscope check HOST:PORT -v",
            "Try by hand."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME </dev/null",
        ]

    HS_KEY_NOT_PROVED "hs.key_not_proved" Outage "key does not fit the certificate"
        means "The server's signature does not verify with the key in its certificate: clients refuse it."
        needs "The handshake signature does not verify with the public key of the certificate that was served."
        misread "Most servers refuse to start with a pair that does not fit: look for a proxy or loader that takes the two from different places, or was reloaded between two writes."
        next "Install the private key that belongs to the certificate."
        steps [
            "Put back the pair that belongs together, and reload.",
            "Compare the two public keys; they must be equal."
                => "openssl x509 -in FILE -noout -pubkey | openssl dgst -sha256; openssl pkey -in KEY -pubout | openssl dgst -sha256",
            "Write certificate and key in one step at renewals (one directory, one rename).",
        ]
}
