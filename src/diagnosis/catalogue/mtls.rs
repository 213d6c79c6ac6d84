//! Client certificates.

use super::rule::{Rule, Step, catalogue};
use crate::model::{Code, Impact};

catalogue! {
    MTLS_REQUIRED "mtls.required" Inconclusive "client certificate required"
        means "The server refuses clients without a certificate, and none was presented: what lies behind cannot be judged."
        needs "The server asked for a client certificate, none was shown, and it refused (alert 116 in TLS 1.3; others before)."
        misread "That is how mutual TLS works: it is no outage. In TLS 1.3 the refusal comes after the handshake seems complete."
        next "Nothing is wrong if mutual TLS is intended; probe with a client certificate (--client-cert) to see further."
        steps [
            "If real clients fail too, find out whether the requirement was just turned on.",
            "See which authorities are accepted."
                => "openssl s_client -connect HOST:PORT -servername NAME </dev/null | grep -A9 'Acceptable client'",
            "Give tlscope a certificate to look further."
                => "tlscope check HOST:PORT --client-cert FILE --client-key KEY",
        ]

    MTLS_CLIENT_EXPIRED "mtls.client_expired" Partial "client certificate expired"
        means "The server refuses our client certificate because its validity has ended: clients that present it are locked out."
        needs "The server sent certificate_expired (45) for the certificate we showed, or refused it after its validity had ended."
        misread "The server's clock decides, not ours: a server whose clock is ahead refuses certificates that are still valid. Alert 45 can also be meant for an intermediate of the client's chain."
        next "Renew the client certificate, and look at how clients get theirs renewed."
        steps [
            "Renew the client certificate and restart or reload the clients that hold it."
                => "openssl x509 -in FILE -noout -enddate",
            "Check that clients read the new file: many load it once at start.",
            "Watch the client certificate's end like any other.",
        ]

    MTLS_CLIENT_REVOKED "mtls.client_revoked" Partial "client certificate revoked"
        means "The server refuses our client certificate as revoked."
        needs "The server sent certificate_revoked (44) for the certificate we showed."
        misread "Some servers send it when their own revocation list is missing or out of date."
        next "Find out why it was revoked; issue a new client certificate with a new key."
        steps [
            "Issue a certificate with a new key to the legitimate client.",
            "Ask the authority when and why it was revoked; if a key leaked, look for its use.",
            "Check that the server's list is current."
                => "openssl crl -in CRL -noout -lastupdate -nextupdate",
        ]

    MTLS_CLIENT_KEY_MISMATCH "mtls.client_key_mismatch" Partial "client key not accepted"
        means "The server could not verify the signature with which we prove that we have the client certificate's key."
        needs "The server sent decrypt_error (51) upon our certificate: the signature did not verify with the certificate's key."
        misread "A TLS 1.3 server that does not know the signature scheme can word it the same."
        next "Check that key and client certificate belong together, and that the server supports the key's kind."
        steps [
            "Compare the two public keys; they must be equal."
                => "openssl x509 -in FILE -noout -pubkey | openssl dgst -sha256; openssl pkey -in KEY -pubout | openssl dgst -sha256",
            "Deploy certificate and key of one issuance together, atomically.",
        ]

    MTLS_CLIENT_NO_EKU "mtls.client_no_eku" Partial "not for client authentication"
        means "The server refuses our client certificate, whose extended key usage does not permit client authentication. Public authorities no longer put it into server certificates."
        needs "The server refused the certificate we showed, and that certificate's extended key usage lacks clientAuth."
        misread "Without the extension a certificate may be used for anything; one that only has serverAuth may not. Public authorities are leaving clientAuth out: none may be issued with it from 2027-03-15."
        next "Issue a client certificate with the usage clientAuth, from an authority meant for clients."
        steps [
            "Look at the usage of the certificate that clients present."
                => "openssl x509 -in FILE -noout -ext extendedKeyUsage",
            "Issue client certificates from an authority of your own, with clientAuth.",
            "Until they are out, let the server accept the old ones only if its owner agrees.",
        ]

    MTLS_REJECTED "mtls.rejected" Partial "client certificate rejected"
        means "The server refuses our client certificate: it does not trust its authority, cannot verify it, or does not admit its holder."
        needs "The server refused the certificate we showed: bad, unsupported or unknown certificate or authority (42, 43, 46, 48), or it closed right after it."
        misread "access_denied (49) means that the certificate was valid and its holder is not allowed. An intermediate that the client does not send reads as an unknown authority."
        next "Compare the certificate's issuer with the authorities the server accepts; then read the server's log for its reason."
        steps [
            "Compare the issuer with the authorities that the server accepts."
                => "openssl s_client -connect HOST:PORT -servername NAME -cert FILE -key KEY </dev/null | grep -A9 'Acceptable client'",
            "Send the client's intermediate too: put it behind the certificate in the file.",
            "Read the server's log: it has the reason that the alert leaves out.",
        ]

    MTLS_OPTIONAL "mtls.optional" Advice "client certificate optional"
        means "The server asks for a client certificate and goes on without one: access is decided elsewhere, or not at all."
        needs "The server asked for a client certificate, none was shown, and the handshake and the connection went on."
        misread "The application may still refuse (401, 403), and that is a sound design. It is a finding only if you rely on TLS to enforce it."
        next "Nothing is wrong if that is intended; else make the client certificate required."
        steps [
            "Find out who decides about access without a certificate."
                => "curl -vk https://HOST:PORT/",
            "To enforce it in TLS, require it (nginx: ssl_verify_client on; Envoy: require_client_certificate: true).",
        ]

    MTLS_NOT_ENFORCED "mtls.not_enforced" Advice "client certificate not enforced"
        means "Clients without a certificate get in, although this target is expected to refuse them: what mutual TLS protects is open."
        needs "The target expects mtls = true, and a handshake without a client certificate was completed: none was asked for, or the server went on without one."
        misread "Some servers ask only on certain paths, by renegotiation or after the handshake: such a target is better without this expectation. What is refused later, by the application, is refused all the same."
        next "Make the client certificate required in the server's or proxy's configuration, then look in its log for who came without one."
        steps [
            "Require it again: ssl_verify_client on, SSLVerifyClient require, verify required, and reload.",
            "Try without a certificate: the server has to refuse."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME </dev/null",
            "Look in the access log for requests without a client certificate since the last change.",
        ]
}
