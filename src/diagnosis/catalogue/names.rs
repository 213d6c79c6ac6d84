//! Names, and what DNS says about certificates.

use super::rule::{Rule, Step, catalogue};
use crate::model::{Code, Impact};

catalogue! {
    DNS_NXDOMAIN "dns.nxdomain" Outage "name does not exist"
        means "The name service says that the name does not exist (NXDOMAIN): no client can find the endpoint."
        needs "The resolver answered NXDOMAIN for the name."
        misread "A resolver that sees only one side of a split zone says the same of internal names. Negative answers are cached: a record that was just added appears after the zone's negative TTL (RFC 2308)."
        next "Restore the record in the zone, or correct the name that is watched."
        steps [
            "Ask the zone's own servers, past all caches."
                => "dig +trace NAME A",
            "If they say so too, restore the record, or the delegation and registration of the zone."
                => "whois DOMAIN | grep -iE 'expir|status'",
            "If they have it, wait for the negative TTL or flush the resolver.",
            "If the name was retired, take the target out of the fleet.",
        ]

    DNS_NO_ADDRESS "dns.no_address" Outage "name without address"
        means "The name exists but has no address record of the wanted families."
        needs "The name exists, and there is no A or AAAA record of the families that are probed."
        misread "With -4 or -6, or family in the configuration, the record may exist in the other family. A CNAME to a name without addresses looks the same."
        next "Add an A or AAAA record, or correct the address family that is probed."
        steps [
            "See what the name has."
                => "dig NAME A; dig NAME AAAA; dig NAME CNAME",
            "Add the missing record, or mend the CNAME's target.",
            "If the other family is meant, change family for this target.",
        ]

    DNS_SERVFAIL "dns.servfail" Outage "name lookup fails"
        means "The resolver could not get a valid answer (SERVFAIL): broken delegation, unreachable authoritative servers, or DNSSEC that does not validate."
        needs "The resolver answered SERVFAIL; the extended error (RFC 8914), where it gave one, is in the evidence."
        misread "The name is not gone: somebody could not find out. Clients with non-validating resolvers may not notice a DNSSEC fault at all."
        next "Ask again with checking disabled (+cd): if that succeeds DNSSEC is broken, else check the delegation and the authoritative servers."
        steps [
            "Ask with checking disabled: if that works DNSSEC is broken (an expired signature, or a DS that does not match)."
                => "dig NAME A +cd",
            "If DNSSEC is broken, re-sign the zone, or have the parent remove the DS record until it is mended."
                => "dig DOMAIN DS +short; dig DOMAIN DNSKEY +short",
            "Else see which authoritative server fails."
                => "dig +trace NAME A",
        ]

    DNS_TIMEOUT "dns.timeout" Outage "name lookup times out"
        means "The resolver did not answer within the deadline."
        needs "The resolver sent no answer before the deadline."
        misread "One timeout is no outage; that other names are answered by the same resolver points at this zone's servers."
        next "Check the resolver and the zone's authoritative servers."
        steps [
            "Ask the resolver for another name: if that fails too, it is the resolver."
                => "dig @RESOLVER NAME A +time=3; dig @RESOLVER . NS +time=3",
            "If only this zone is slow, ask its servers one by one."
                => "dig DOMAIN NS +short",
            "Move to another resolver meanwhile."
                => "tlscope check HOST:PORT --dns-server 9.9.9.9",
        ]

    DNS_REFUSED "dns.refused" Inconclusive "resolver refuses"
        means "The resolver refuses to answer us (RCODE 5): its access list excludes this machine, or it does not serve the zone."
        needs "The resolver answered REFUSED (RCODE 5)."
        misread "It is a rule about this machine, not a statement about the name: others may resolve it."
        next "Ask a resolver that serves this machine with --dns-server, or allow this machine on the resolver."
        steps [
            "Ask a resolver that serves this machine."
                => "tlscope check HOST:PORT --dns-server 9.9.9.9",
            "Add this machine's network to the resolver's access list.",
        ]

    DNS_TLSA_MISMATCH "dns.tlsa_mismatch" Partial "certificate contradicts its TLSA records"
        means "The name's TLSA records, which DNSSEC vouches for, permit other certificates than the one that is served: clients that check them (DANE: mail servers above all) refuse it."
        needs "TLSA records that DNSSEC authenticates exist, and no usable one of them matches the chain that is served."
        misread "Browsers do not check TLSA; mail servers that speak DANE do, and hold the mail back. Records without DNSSEC count for nothing (RFC 6698)."
        next "Publish records for the certificate or key that is served, next to the old ones and a TTL before it changes; else serve what they permit."
        steps [
            "Publish a record for what is served now, beside the old one; mail that was held back is sent again by itself."
                => "openssl x509 -in FILE -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256",
            "See what is published; for SMTP the owner is _25._tcp of the MX host."
                => "dig _PORT._tcp.NAME TLSA +dnssec",
            "Pin the key (3 1 1) and keep it at renewals, or roll records a TTL ahead of certificates (RFC 7671 section 8).",
        ]

    DNS_CAA_MISMATCH "dns.caa_mismatch" Pending "issuer not permitted by CAA"
        means "The name's CAA records permit other authorities than the one that issued the certificate: it will refuse to renew it."
        needs "CAA records of the name, or of the nearest parent that has some, permit other authorities than the certificate's issuer."
        misread "Nothing is broken today: CAA is checked at issuance, not by clients (RFC 8659). Authorities trade under several names; the table that maps them can miss one."
        next "Add the issuer's name to the CAA records, or move to an authority they permit before the renewal is due."
        steps [
            "See what is permitted, and where."
                => "dig NAME CAA; dig DOMAIN CAA",
            "Add the authority's own identifier before the next renewal (0 issue \"letsencrypt.org\"); wildcards go by issuewild if there is one.",
            "If the authority was changed on purpose, change the automation before the certificate is due.",
        ]
}
