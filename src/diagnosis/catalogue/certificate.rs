//! Certificates.

use super::rule::{Rule, Step, catalogue};
use crate::model::{Code, Impact};

catalogue! {
    CERT_MALFORMED "cert.malformed" Outage "unreadable certificate"
        means "What was sent in a certificate's place cannot be parsed."
        needs "What was sent as a certificate is no DER that X.509 parsers accept; position and reason are in the evidence."
        misread "If it is not the first certificate and a path exists without it, most clients do not notice (then it is advice)."
        next "Replace the file; issue the certificate anew if the file is what the authority delivered."
        steps [
            "Put the previous file back and reload, if clients are down.",
            "Look at the file: PEM headers, a missing newline between two certificates, a key or a CSR in its place."
                => "openssl x509 -in FILE -noout -text | head -20",
            "If the authority delivered it so, have it issued anew.",
        ]

    CERT_EXPIRED "cert.expired" Outage "certificate expired"
        means "The end of the certificate's validity has passed: clients refuse it."
        needs "The leaf's notAfter is in the past by our clock, which the fleet does not contradict. The last second belongs to the validity (RFC 5280)."
        misread "A renewed file on disk changes nothing until the server reloads. If it fails for some users only, a stale node or cache serves the old one."
        next "Renew and deploy the certificate, then find out why renewal did not happen."
        steps [
            "If a valid certificate is already on disk, reload the server now."
                => "openssl x509 -in FILE -noout -serial -enddate; systemctl reload SERVICE",
            "Else renew now, then reload."
                => "certbot renew --cert-name NAME --force-renewal || cmctl renew CERTIFICATE",
            "See that every address serves the new one."
                => "tlscope check HOST:PORT",
            "Find out why the automation did not: its log, its credentials, the challenge's way, the authority's limits.",
        ]

    CERT_NOT_YET_VALID "cert.not_yet_valid" Outage "certificate not yet valid"
        means "The certificate's validity has not begun: it was deployed too early, or a clock is wrong."
        needs "The leaf's notBefore is in the future by our clock, which the fleet does not contradict."
        misread "If many servers show it at once, our clock is behind (local.clock_skew). A client whose clock is behind sees it on new certificates."
        next "Check the clocks; serve the previous certificate until the new one is valid."
        steps [
            "Serve the previous certificate until this one begins, if that is still valid.",
            "Compare our clock and the issuing machine's with a time server."
                => "chronyc tracking; date -u",
            "Backdate notBefore by some minutes in your own authority.",
        ]

    CERT_NAME_MISMATCH "cert.name_mismatch" Outage "certificate for another name"
        means "The certificate does not cover the name that clients ask for."
        needs "No subjectAltName of the leaf covers the name that clients ask for (RFC 9525); the common name does not count."
        misread "A wildcard covers one label only: *.example.com covers neither example.com nor a.b.example.com. Often a default virtual host answers: the certificate is right, for another site."
        next "Issue a certificate that covers the name, or mend the selection of certificates by name (SNI)."
        steps [
            "See which names it has, with the name sent and without."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME </dev/null 2>/dev/null | openssl x509 -noout -ext subjectAltName",
            "If the right certificate exists, mend the virtual host or its reload; check that DNS leads to the right server.",
            "Else issue one with the name added."
                => "certbot certonly --expand -d OLDNAME -d NAME",
        ]

    CERT_PIN_MISMATCH "cert.pin_mismatch" Partial "pinned key is not served"
        means "A key that clients of this target pin is not in the chain: clients that know no other pin refuse the connection."
        needs "The first of the target's pins is the SHA-256 of no public key in the chain as sent, nor on a path that the survey found."
        misread "A certificate that is renewed with the same key keeps its pin; pins go by the key, not by the certificate. A pin of the authority's key breaks when it issues from another intermediate."
        next "Serve a certificate for a pinned key; else give clients the new pin before the old key goes, and keep a backup pin."
        steps [
            "If a pinned key is at hand, have a certificate issued for it and serve that.",
            "See which key is served."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME </dev/null 2>/dev/null | openssl x509 -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary | openssl base64",
            "Give clients the new pin and a backup, and wait until they have them before the next change.",
        ]

    CERT_ISSUER_UNEXPECTED "cert.issuer_unexpected" Advice "unexpected issuer"
        means "The certificate was issued by another authority than this target is expected to use: a forgotten default, a renewal that went elsewhere, interception, or a certificate that should not exist."
        needs "The text that the target expects does not stand in the leaf's issuer, in capitals or not."
        misread "Authorities issue from several intermediates and change them at random: expect the organisation, not the intermediate."
        next "Find out who ordered the certificate (the authority's account, Certificate Transparency); revoke it if nobody did, else correct the expectation."
        steps [
            "See who issued what is served."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME </dev/null 2>/dev/null | openssl x509 -noout -issuer -serial -dates",
            "Look it up in Certificate Transparency and in the accounts of your authorities.",
            "Forbid other authorities with a CAA record."
                => "dig NAME CAA",
        ]

    CERT_SELF_SIGNED "cert.self_signed" Outage "self-signed certificate"
        means "The certificate was issued by itself and is in no trust store: clients refuse it."
        needs "The leaf is its own issuer, its signature verifies with its own key, and it is in no trust store that was asked."
        misread "Between services that pin it, or have it in their store, it is intended: then say so with --ca-file."
        next "Serve a certificate of an authority clients trust; if this one is intended, trust it with --ca-file."
        steps [
            "If clients fail now, serve the previous, trusted certificate.",
            "Issue one from an authority that clients trust, and deploy it.",
            "If it is intended, trust it here and watch its end."
                => "tlscope check HOST:PORT --ca-file FILE",
        ]

    CERT_CA_AS_LEAF "cert.ca_as_leaf" Outage "authority's certificate used by a server"
        means "The server presents a certificate authority's certificate as its own."
        needs "The leaf has basicConstraints CA:TRUE, and no verifier accepts it as a server's own certificate."
        misread "In a wrongly ordered file the authority's certificate stands first: then the server's is there too, further down."
        next "Issue a server certificate and serve that."
        steps [
            "See what is in the file, in order."
                => "openssl crl2pkcs7 -nocrl -certfile FILE | openssl pkcs7 -print_certs -noout",
            "Put the server's certificate first and reload; if there is none, issue it.",
            "A private authority's key on a server is a risk: move it away.",
        ]

    CERT_EKU_MISSING "cert.eku_missing" Outage "not for server authentication"
        means "The certificate's extended key usage does not permit server authentication."
        needs "The leaf, or an authority above it, has an extendedKeyUsage without serverAuth, and every store refuses it for that."
        misread "Without the extension there is no limit. A certificate for clients or for mail looks otherwise perfect."
        next "Issue a certificate with the usage serverAuth."
        steps [
            "See the usage."
                => "openssl x509 -in FILE -noout -ext extendedKeyUsage,keyUsage",
            "Issue one with serverAuth (another template or profile), and deploy it.",
        ]

    CERT_REVOKED "cert.revoked" Partial "certificate revoked"
        means "The authority has withdrawn the certificate before its end: clients that check for that refuse it, browsers among them."
        needs "An OCSP response or a CRL that the issuer signed says so; when and why are in the evidence."
        misread "Many clients do not check, so it seems to work. Where a later statement says good the finding is only likely (a hold was lifted)."
        next "Issue a certificate with a new key and deploy it, then find out why this one was revoked."
        steps [
            "Issue a certificate with a NEW key and deploy it on every address; a reissue with the old key may be revoked again.",
            "If the reason is keyCompromise, replace everything that shares the key, and look for how it leaked."
                => "openssl x509 -in FILE -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256",
            "Ask the authority why, and whether more certificates are concerned.",
            "See that the old one is gone everywhere."
                => "tlscope check HOST:PORT",
        ]

    CERT_MUST_STAPLE_MISSING "cert.must_staple_missing" Partial "promised staple is missing"
        means "The certificate says that its server staples an OCSP response (TLS feature, RFC 7633), and the server does not: clients that hold it to that refuse the handshake."
        needs "The leaf has the TLS feature extension status_request (RFC 7633), and the completed handshake brought no OCSP response."
        misread "Right after a restart some servers have not fetched a response yet. Most browsers ignore the extension; a few clients hold the server to it."
        next "Turn OCSP stapling on and let the server reach the responder, or issue the certificate without the must-staple extension."
        steps [
            "Turn stapling on (nginx: ssl_stapling on, with a resolver), and let the server reach the responder."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME -status </dev/null | grep -A3 'OCSP response'",
            "If the authority has stopped OCSP (Let's Encrypt did in 2025), issue the certificate without must-staple.",
        ]

    CERT_STAPLE_STALE "cert.staple_stale" Partial "stapled response out of date"
        means "The OCSP response that the server staples has ended: clients that check staples refuse it or look elsewhere."
        needs "The stapled response's nextUpdate has passed."
        misread "Some servers staple the old response until the first connection after a failed fetch. Clients that do not check staples go on."
        next "Find out why the server does not get a fresh response: its way to the responder, its resolver, or the job that writes the file."
        steps [
            "Restart or reload the server: most fetch a fresh response then.",
            "See whether the server can reach the responder."
                => "curl -sv -o /dev/null --max-time 5 \"$(openssl x509 -in FILE -noout -ocsp_uri)\"",
            "Mend its resolver, egress rule or the job that writes the stapling file.",
        ]

    CERT_STAPLE_INVALID "cert.staple_invalid" Partial "worthless staple"
        means "The OCSP response that the server staples says nothing reliable about its certificate: clients that check staples may refuse the handshake."
        needs "The stapled response is no success, is about another certificate, is not signed by the issuer or its delegate, or says unknown."
        misread "Right after a renewal the staple may still be that of the old certificate."
        next "Let the server fetch the response anew; check that the stapling file belongs to this certificate and its issuer."
        steps [
            "Turn stapling off if clients fail now: without must-staple that is safe.",
            "See what is stapled."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME -status </dev/null | head -40",
            "Remove a stapling file of the old certificate, and check that the issuer's certificate is configured.",
        ]

    CERT_WEAK_KEY "cert.weak_key" Partial "weak key"
        means "The key is too small or of an abandoned kind; current TLS stacks refuse it."
        needs "A key on the path is RSA below 2048 bits, ECDSA below 224 bits, or DSA."
        misread "Browsers and OpenSSL from 3.2 refuse it; older clients do not. The root's key is not counted as a certificate on the path unless it is sent."
        next "Issue the certificate anew with ECDSA P-256 or RSA 2048 or larger."
        steps [
            "Issue a certificate with a new key, ECDSA P-256 or RSA 2048, and deploy it."
                => "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out KEY",
            "If it is an intermediate's, move to an authority that has a stronger one.",
        ]

    CERT_WEAK_SIGNATURE "cert.weak_signature" Partial "weak signature"
        means "A certificate is signed with SHA-1 or MD5, which current clients refuse."
        needs "A certificate on the path, not a root, is signed with SHA-1, MD5 or MD2."
        misread "The signature that counts is the issuer's upon the certificate, not the one of the handshake. A root's own signature is never checked."
        next "Issue the certificate anew with SHA-256 or better."
        steps [
            "Have the certificate issued anew with SHA-256."
                => "openssl x509 -in FILE -noout -text | grep 'Signature Algorithm'",
            "If it is an intermediate, serve the authority's newer one of the same name.",
        ]

    CERT_VALIDITY_TOO_LONG "cert.validity_too_long" Advice "lives too long"
        means "The certificate lives longer than public authorities may let it (CA/Browser Forum, by date of issue). Browsers refuse more than 398 days; for less the authority may have to revoke it."
        needs "The lifetime is above the limit that held at notBefore (398 days, since 2026-03-15 200, from 2027-03-15 100, from 2029-03-15 47), and a public root issued it."
        misread "Private authorities are free: the rule is the CA/Browser Forum's (section 6.3.2). A certificate that was issued before a limit came into force may live its longer life."
        next "Have the certificate issued anew within the limit, before the authority revokes it."
        steps [
            "Have it issued anew with a shorter lifetime, and deploy it."
                => "openssl x509 -in FILE -noout -dates",
            "Ask the authority: it has to revoke what it issued against the rule, within days.",
        ]

    CERT_EXPIRING "cert.expiring" Pending "certificate expires soon"
        means "The certificate nears its end well past the point at which it should have been renewed."
        needs "The time left is below 60 % of the time that is left at a working renewal (critical below 30 %); the numbers follow the lifetime and can be configured."
        misread "A fixed number of days does not fit: a certificate of 160 hours with 4 days left is healthy, one of 47 days with 10 left is not."
        next "Renew and deploy the certificate now, then mend the automation."
        steps [
            "Renew now, then reload every address."
                => "certbot renew --cert-name NAME || cmctl renew CERTIFICATE",
            "If the renewed one is already on disk, only the reload is missing."
                => "openssl x509 -in FILE -noout -enddate; systemctl reload SERVICE",
            "Read the automation's log for the first failure, weeks ago: challenge, DNS, credentials, limits.",
        ]

    CERT_RENEWAL_OVERDUE "cert.renewal_overdue" Pending "renewal overdue"
        means "The certificate has passed the point of its lifetime at which a working automation renews."
        needs "The certificate has passed two thirds of its lifetime (half where that is below ten days), with a grace of 2 % and at most 30 days before the end, and is still served."
        misread "Where renewal is done by hand late on purpose, set the thresholds for that label. A renewed certificate that was not deployed looks the same."
        next "Find out why renewal did not happen: the automation's log, its credentials, the authority's limits."
        steps [
            "See whether the renewed one is on disk already."
                => "openssl x509 -in FILE -noout -startdate -enddate",
            "Read the automation's log."
                => "certbot certificates; journalctl -u certbot -n 50; kubectl describe certificate NAME",
            "Renew by hand if it will not mend today.",
        ]
}
