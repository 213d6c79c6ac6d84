//! Where revocation is published. Most clients go on without it.

use super::rule::{Rule, Step, catalogue};
use crate::model::{Code, Impact};

catalogue! {
    REVOCATION_CRL_INVALID "revocation.crl_invalid" Advice "revocation list not reliable"
        means "The list is not signed by the certificate's issuer, or is not about such certificates: clients that need it cannot use it."
        needs "A list was fetched, and its signature, its issuer or its scope does not fit the certificate."
        misread "A proxy that answers with a page of its own is another matter (crl_unavailable)."
        next "Tell the authority; check that the certificate's distribution point leads to the right list."
        steps [
            "Look at the list."
                => "curl -s URL | openssl crl -inform DER -noout -issuer -lastupdate -nextupdate",
            "If the authority is your own, sign the list with the key that signed the certificate; else tell the authority.",
        ]

    REVOCATION_CRL_STALE "revocation.crl_stale" Advice "revocation list out of date"
        means "The authority has not published the list's successor in time: clients that insist on revocation lists refuse its certificates."
        needs "The list's nextUpdate has passed."
        misread "Most browsers do not fetch lists. Servers that check client certificates often insist: then all clients are refused at once."
        next "Tell the authority; if it is your own, publish a new list and mend the job that does."
        steps [
            "If your own servers refuse clients for it, publish a new list now."
                => "openssl ca -gencrl -out CRL",
            "Mend the job that publishes, and watch its age; if it is a public authority, tell it.",
        ]

    REVOCATION_CRL_UNAVAILABLE "revocation.crl_unavailable" Advice "revocation list not to be had"
        means "The certificate names a revocation list that cannot be fetched from here: clients that insist on it fail."
        needs "Fetching the list failed, or was answered with an error; the words are in the evidence."
        misread "A firewall here that permits nothing but the endpoint looks the same: it is likely, not certain."
        next "Check from a machine with access to the internet; if it fails there too tell the authority."
        steps [
            "Try from a machine with internet access."
                => "curl -sv -o /dev/null URL",
            "If it fails there too and the authority is your own, bring the server back; else tell the authority.",
        ]

    REVOCATION_OCSP_ERROR "revocation.ocsp_error" Advice "OCSP responder does not help"
        means "The responder answers, but not with a valid statement about the certificate."
        needs "The responder answered with an error status, an answer that does not verify, an old one, or 'unknown'."
        misread "For a certificate of the last minutes 'unknown' can be a delay of the responder's."
        next "Ask again later; if it lasts tell the authority."
        steps [
            "Ask again."
                => "openssl ocsp -issuer INTERMEDIATE -cert CERT -url URL -resp_text -noverify",
            "If it lasts for hours, tell the authority; staples run out when their nextUpdate comes.",
        ]

    REVOCATION_OCSP_UNREACHABLE "revocation.ocsp_unreachable" Advice "OCSP responder unreachable"
        means "The certificate names an OCSP responder that cannot be reached from here: servers cannot renew their staples, and clients that insist on an answer fail."
        needs "The responder in the certificate could not be reached from here; the words are in the evidence."
        misread "A firewall here looks the same: likely, not certain. A certificate without an OCSP address is normal, and no finding."
        next "Check from a machine with access to the internet; if it fails there too tell the authority."
        steps [
            "Try from a machine with internet access, best from the server that staples."
                => "curl -sv -o /dev/null --max-time 5 URL",
            "If the server cannot reach it either, let it: otherwise its staple ends at nextUpdate.",
        ]

    REVOCATION_OCSP_SLOW "revocation.ocsp_slow" Advice "slow OCSP responder"
        means "The responder took longer than the latency objective: clients that ask it wait as long."
        needs "The responder's good answer took longer than max_latency."
        misread "A staple hides it from clients. Distance counts: measure from where the clients are."
        next "Turn OCSP stapling on, so that clients need not ask; tell the authority if it lasts."
        steps [
            "Turn stapling on, so that clients need not ask."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME -status </dev/null | grep 'OCSP Response Status'",
            "If it lasts, tell the authority.",
        ]
}
