//! What only several addresses show, or several moments.

use super::rule::{Rule, Step, catalogue};
use crate::model::{Code, Impact};

catalogue! {
    FLEET_COMMON_CAUSE "fleet.common_cause" Outage "one cause for many targets"
        means "Targets that fail in the same way share something that hardly any working target has: an address, an intermediate, an issuer, a key, a responder, a proxy."
        needs "At least three targets fail with the same code, nine in ten of all that share the thing fail so, and some targets do not share it."
        misread "It is a conclusion from numbers: what is shared is where to look first, not proof. Targets may share more than one thing; the one that explains most of them is named."
        next "Look at what they share before looking at them one by one."
        steps [
            "Look at the shared thing first: load balancer, host, proxy, issuer.",
            "Compare with a target that fails and does not share it, if there is one.",
            "Look at one of the targets in full."
                => "tlscope check HOST:PORT -v",
        ]

    DEPLOY_CONVERGING "deploy.converging" Advice "renewed certificate is being rolled out"
        means "Some addresses serve a new certificate since a moment ago, and the others still its predecessor, which is valid: a roll-out under way."
        needs "A new leaf appeared on some addresses less than 15 minutes ago, and the others serve its predecessor, which is still valid."
        misread "It is how every roll-out looks for a moment. If the old certificate has expired or was revoked, it is fleet.stale_node at once."
        next "Wait until every address serves it; after 15 minutes those that do not are told as fleet.stale_node."
        steps [
            "Wait for the roll-out to end, and look again after 15 minutes."
                => "tlscope check HOST:PORT",
            "If it has stopped, reload the addresses that still serve the old one."
                => "systemctl reload SERVICE",
        ]

    DEPLOY_CONVERGED "deploy.converged" Advice "renewed certificate is everywhere"
        means "Every address serves the new certificate; how long that took from the first to the last, and from its issuance, is measured."
        needs "Every address serves the new leaf, the first and the last change were seen, and the last is less than an hour ago."
        misread "It says that all addresses serve it, not that clients accept it: other findings say so where they do not."
        next "Nothing is to be done; compare the time with what the roll-out is meant to take (the usual aim is 5 minutes)."
        steps [
            "Nothing is to be done; note the time it took for the review.",
            "If it took much longer than 5 minutes, look at which addresses came last, and why."
                => "tlscope check HOST:PORT -v",
        ]

    DEPLOY_NOT_RELOADED "deploy.not_reloaded" Pending "renewed on disk, not served"
        means "The certificate file of the target has the successor of what is served: it was renewed, and the server was not told to read it."
        needs "The target names its certificate file (cert_file), the file's certificate differs from the served one and was not issued before it, and the file has been so for 15 minutes; at once where the served one has expired."
        misread "tlscope reads the file on this machine. Where the server reads another copy, it tells nothing. A server in front (load balancer, CDN) may serve a certificate of its own."
        next "Reload the server, and put the reload into the renewal's deploy hook."
        steps [
            "Reload the server: most keep the certificate in memory until told."
                => "systemctl reload SERVICE",
            "See what is served now."
                => "tlscope check HOST:PORT",
            "If that does not help, see whether the server reads this file."
                => "nginx -T | grep ssl_certificate",
            "Put the reload into the renewal's deploy hook."
                => "certbot renew --deploy-hook 'systemctl reload SERVICE'",
        ]

    CHANGE_RECENT "change.recent" Advice "changed within the hour"
        means "The address serves another certificate, or negotiates another version or suite, than it did an hour ago."
        needs "Two observations of one address differ in certificate, version or suite, and the second is less than an hour old."
        misread "A change is no fault: after a renewal it is expected. What broke at the same moment may have broken by it, or by something else."
        next "If something broke at that moment, look at what was rolled out then, and take it back."
        steps [
            "If something broke at that moment, take back what was rolled out then.",
            "Compare before and after in the evidence: issuer, key, version, suite."
                => "tlscope check HOST:PORT -v",
        ]

    FLEET_STALE_NODE "fleet.stale_node" Partial "node with the old certificate"
        means "Some addresses serve the predecessor of the certificate that the others serve: a reload or a roll-out was forgotten there."
        needs "Addresses of one name serve different certificates for the same names, and some were issued at least an hour later than others."
        misread "A roll-out that is under way looks like this for minutes. Certificates that are kept per node on purpose do too, as long as none is due for renewal."
        next "Reload the stale addresses, and check that the renewed files reached them."
        steps [
            "If the old one is expired or revoked, take the stale addresses out of the load balancer or DNS now.",
            "Reload the server there: most keep the certificate in memory until told."
                => "systemctl reload SERVICE",
            "If it still serves the old one, see whether the new file arrived."
                => "openssl x509 -in FILE -noout -serial -enddate",
            "Put the reload into the renewal's deploy hook, for all nodes.",
        ]

    FLEET_PARTIAL_OUTAGE "fleet.partial_outage" Partial "some addresses fail"
        means "Some addresses of the name complete a handshake and others do not: clients fail depending on the address they get."
        needs "At least one address of the name completes a handshake and at least one fails."
        misread "Clients that try every address (browsers do) may hide it; those that take the first one do not. The findings below say how each address fails."
        next "Repair the failing addresses, or take them out of the name service or load balancer."
        steps [
            "Take the failing addresses out of DNS or the load balancer.",
            "Mend them by the findings below this one.",
            "Put them back when three probes in a row were good."
                => "tlscope check NAME@ADDRESS:PORT",
        ]

    FLEET_CONFIG_DRIFT "fleet.config_drift" Advice "addresses are set up differently"
        means "The addresses of one name differ in what they negotiate or accept: version, suites, groups, application protocols, client certificates."
        needs "Addresses of one name differ in the version or protocol they negotiate, in what a survey found them to accept, or in whether they ask for a client certificate."
        misread "A roll-out that is under way looks like this. Differences between a CDN's regions can be intended."
        next "Bring them in line: look for a roll-out that stopped half-way, or a node that was left out."
        steps [
            "If some addresses ask for client certificates and others do not, bring them in line first: clients get in or not by chance.",
            "See which addresses differ, and in what."
                => "tlscope check HOST:PORT -v",
            "Deploy the same configuration to the nodes that were left out, and reload.",
        ]

    FLEET_FLAPPING "fleet.flapping" Partial "comes and goes"
        means "The address was good and bad by turns over the last probes: a service that restarts, a health check or route that flaps, or one of several backends behind it that is broken."
        needs "At least six changes between success and failure within the last 30 probes of one address, and some of the failures before a connection stood."
        misread "An outage and its end are two changes: one or two outages are not enough. A lossy way between here and there looks the same; compare with other targets in that network."
        next "Look at restarts, health checks and routes at the times of the failures, and compare the backends behind the address."
        steps [
            "Read restarts and health-check changes at the times of the failures.",
            "See how often it fails."
                => "tlscope check HOST:PORT -v",
            "Compare the backends behind the address one by one, and take the broken one out.",
        ]

    FLEET_LB_MIXED "fleet.lb_mixed" Advice "one address, certificates by turns"
        means "The same address serves one certificate at one moment and another the next: backends behind a load balancer were not all brought up to date."
        needs "The leaf of one address changed at least three times within its last 30 probes."
        misread "A renewal is one change, and one that was taken back two. A roll-out that goes back and forth looks the same while it lasts."
        next "Find the backends behind the address, and roll out one certificate to all of them."
        steps [
            "Connect a few times and compare the serial numbers."
                => "for try in 1 2 3 4 5 6; do timeout 10 openssl s_client -connect ADDRESS:PORT -servername NAME </dev/null 2>/dev/null | openssl x509 -noout -serial; done",
            "Reload the backends that serve the older one, and check that the renewed files reached them.",
        ]

    FLEET_MIXED_CERTIFICATES "fleet.mixed_certificates" Advice "addresses serve different certificates"
        means "Addresses of one name serve different certificates, and neither replaces the other."
        needs "Addresses of one name serve different certificates, none issued clearly later for the same names."
        misread "RSA beside ECDSA, or one certificate per node or region, is a usual and sound design."
        next "Check that the difference is intended; else roll out one certificate everywhere."
        steps [
            "Compare issuer, names and end of each."
                => "tlscope check HOST:PORT -v",
            "If it is not intended, find which deployment misses these nodes, and roll one certificate out.",
        ]

    FLEET_H3_DIFFERS "fleet.h3_differs" Advice "another certificate over HTTP/3"
        means "The same address serves one certificate over TCP and another over QUIC: browsers see either, depending on which wins."
        needs "The same address serves another leaf over QUIC than over TCP."
        misread "Different key types on purpose are harmless. An expired one is not: then the finding says so and is critical."
        next "Check that the difference is intended; else reload the server or proxy that speaks QUIC."
        steps [
            "If the one over QUIC is expired, stop advertising HTTP/3 (Alt-Svc: clear), or reload that listener.",
            "Compare the two."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME </dev/null 2>/dev/null | openssl x509 -noout -serial -enddate",
            "Make both listeners read the same files and reload together.",
        ]
}
