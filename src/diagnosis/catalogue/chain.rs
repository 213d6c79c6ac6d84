//! Chains.

use super::rule::{Rule, Step, catalogue};
use crate::model::{Code, Impact};

catalogue! {
    CHAIN_INTERMEDIATE_EXPIRED "chain.intermediate_expired" Outage "intermediate expired"
        means "An intermediate certificate on the path that clients take has expired."
        needs "An intermediate on the path that clients take is past its notAfter, and no store accepts a path without it."
        misread "The server's own certificate is fine: renewing it with the same bundle does not help. Clients that have a newer intermediate cached do not notice."
        next "Serve the authority's current intermediate instead."
        steps [
            "Replace the intermediate in the served file by the authority's current one, and reload."
                => "curl -s \"$(openssl x509 -in FILE -noout -text | sed -n 's/.*CA Issuers - URI://p')\" | openssl x509 -inform DER",
            "See which one is expired."
                => "openssl crl2pkcs7 -nocrl -certfile FILE | openssl pkcs7 -print_certs -text -noout | grep -E 'Subject:|Not After'",
            "Let the ACME client write the chain that the authority delivers; never keep intermediates by hand.",
        ]

    CHAIN_INTERMEDIATE_EXPIRING "chain.intermediate_expiring" Pending "intermediate expires soon"
        means "An intermediate certificate on the path that clients take nears its end."
        needs "An intermediate on the path nears its end, and no store accepts a path without it."
        misread "Authorities replace intermediates long before; the bundle here is probably old."
        next "Serve the authority's current intermediate before then."
        steps [
            "Renew the server's certificate: the new chain comes with it.",
            "Or replace the intermediate by the authority's current one, and reload."
                => "openssl crl2pkcs7 -nocrl -certfile FILE | openssl pkcs7 -print_certs -text -noout | grep -E 'Subject:|Not After'",
        ]

    CHAIN_MISSING_INTERMEDIATE "chain.missing_intermediate" Outage "missing intermediate"
        means "The server does not send the intermediate that links its certificate to a trusted root. Browsers may fetch or remember it; most other clients fail."
        needs "Verified with what the server sent, no path reaches a trusted root; with the certificate that AIA or a store supplies it does, or the leaf came alone."
        misread "Browsers hide it: they fetch (AIA) or remember the intermediate. curl, Java, Go, Python and phones fail."
        next "Append the intermediate to the certificate file that the server sends."
        steps [
            "Append the intermediate to the certificate file, behind the server's own, and reload."
                => "cat CERT INTERMEDIATE > FILE",
            "Get it from the address in the certificate."
                => "openssl x509 -in CERT -noout -text | grep 'CA Issuers'",
            "Configure the full chain (certbot: fullchain.pem, not cert.pem).",
            "See it verified without help."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME -verify_return_error </dev/null",
        ]

    CHAIN_WRONG_INTERMEDIATE "chain.wrong_intermediate" Outage "wrong intermediate"
        means "The server sends an intermediate, but not the one that issued its certificate: often the predecessor's, left in the file at a renewal."
        needs "An authority's certificate is sent that did not issue the one below it: another name, or the same name with another key."
        misread "Authorities change intermediates at random at renewals (Let's Encrypt does): a bundle that is kept by hand breaks at some renewal without a change of yours."
        next "Replace the intermediate in the certificate file by the one that issued the certificate."
        steps [
            "Replace the intermediate by the one that issued the certificate, and reload."
                => "openssl x509 -in CERT -noout -issuer -ext authorityKeyIdentifier",
            "Use the chain file that the automation writes.",
        ]

    CHAIN_UNTRUSTED_ROOT "chain.untrusted_root" Outage "untrusted root"
        means "The chain leads to an authority that no trust store knows."
        needs "The chain reaches an issuer that no store that was asked knows."
        misread "A private authority is unknown to public stores by design. The root may have been removed from stores; a missing intermediate higher up looks the same."
        next "Serve a certificate of a trusted authority; if this is a private one, trust its root with --ca-file."
        steps [
            "If it is your own authority, trust it here."
                => "tlscope check HOST:PORT --ca-file ROOT",
            "If it ought to be public, look up whether stores removed the root, and move to another authority.",
            "See the issuer."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME -showcerts </dev/null",
        ]

    CHAIN_NOT_A_CA "chain.not_a_ca" Outage "issuer is not an authority"
        means "A certificate on the path signed another without being an authority."
        needs "A certificate that signed another lacks basicConstraints CA:TRUE, or keyUsage keyCertSign."
        misread "Someone may have signed with a server's key; or a home-made authority was made without extensions."
        next "Serve the intermediates that really issued the certificate."
        steps [
            "See who signed whom."
                => "openssl crl2pkcs7 -nocrl -certfile FILE | openssl pkcs7 -print_certs -text -noout | grep -E 'Subject:|Issuer:|CA:'",
            "Make the authority's certificate anew with CA:TRUE and keyCertSign, or serve the right intermediates.",
        ]

    CHAIN_PATH_LENGTH "chain.path_length" Outage "path too long for its authority"
        means "An authority on the path may not have as many intermediates below it."
        needs "An authority's basicConstraints permits fewer intermediates below it than the chain has."
        misread "pathlen:0 permits leaves only; the leaf itself is not counted."
        next "Issue the certificate from an authority that is allowed to."
        steps [
            "See the limits."
                => "openssl crl2pkcs7 -nocrl -certfile FILE | openssl pkcs7 -print_certs -text -noout | grep -E 'Subject:|pathlen'",
            "Issue from the authority that may, or have the intermediate made anew by one that may have it below.",
        ]

    CHAIN_NAME_CONSTRAINT "chain.name_constraint" Outage "name outside the authority's limits"
        means "An authority on the path may not issue for this name."
        needs "nameConstraints of an authority on the path exclude a name of the leaf, or do not permit it."
        misread "All of the leaf's names count, not only the one that clients ask for; a common name that looks like a host can count too."
        next "Issue the certificate from an authority that may issue for the name."
        steps [
            "See the constraints."
                => "openssl x509 -in INTERMEDIATE -noout -ext nameConstraints",
            "Issue the certificate without the offending name, or from an authority that may.",
        ]

    CHAIN_REJECTED "chain.rejected" Outage "chain rejected"
        means "No trust store accepts the chain, for a reason in the verifier's own words."
        needs "Every store refuses the chain for a reason that no other finding names; the verifier's words are in the evidence."
        misread "Strict verifiers (Go, rustls, webpki) refuse what OpenSSL takes: unknown critical extensions, bad encodings."
        next "Issue or install the chain anew so that a strict verifier accepts it."
        steps [
            "Read the words; ask another verifier."
                => "openssl verify -x509_strict -untrusted CHAIN CERT",
            "Have the certificate issued anew by a profile that follows RFC 5280.",
        ]

    CHAIN_TOO_LONG "chain.too_long" Advice "chain too long"
        means "More certificates, or more bytes of them, are sent than some clients take or than fit into the first flight of packets."
        needs "More than ten certificates, or more than 14600 bytes of them, are sent."
        misread "Ten is Java's limit; the bytes are what fits into the first flight (RFC 6928). Whole trust stores in the chain file are the usual reason."
        next "Send the server's certificate and the intermediates on one path, and nothing else."
        steps [
            "Leave the server's certificate and its intermediates in the file, nothing else, and reload.",
            "Count what is sent."
                => "grep -c BEGIN FILE",
        ]

    CHAIN_CROSS_SIGN_EXPIRED "chain.cross_sign_expired" Advice "expired cross-sign sent"
        means "A cross-signed certificate in the chain has expired. Current clients take the path without it; older ones give up at it."
        needs "A cross-signed certificate in the chain is expired, and a path without it is accepted."
        misread "Current clients find the other path. OpenSSL 1.0, GnuTLS before 3.6.14 and old devices take the expired one and fail."
        next "Remove the expired cross-sign from the certificate file that the server sends."
        steps [
            "Remove it from the chain file, and reload."
                => "openssl crl2pkcs7 -nocrl -certfile FILE | openssl pkcs7 -print_certs -text -noout | grep -E 'Subject:|Issuer:|Not After'",
            "Choose the shorter chain at the automation (certbot: --preferred-chain).",
        ]

    CHAIN_CLIENT_IMPACT "chain.client_impact" Partial "clients disagree"
        means "Some classes of clients accept the chain and others refuse it: they differ in the issuers they know, the order they try them in, and the keys and signatures they take."
        needs "Of the client classes that were simulated (browser, OpenSSL, Go, Java, rustls) some accept the chain and others refuse it."
        misread "The simulation has each class's rules as of this release; versions and local settings differ. The cause usually stands above it."
        next "Serve a chain that all clients you have accept; the evidence tells what stands in the way of each."
        steps [
            "Mend the cause above it first, if there is one.",
            "Else serve the chain that all accept; the evidence tells what each of them misses."
                => "tlscope check HOST:PORT -v",
            "Check with a real client of the class."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME -verify_return_error </dev/null",
        ]

    CHAIN_WRONG_ORDER "chain.wrong_order" Advice "certificates in the wrong order"
        means "The chain is complete but not in order, each certificate before its issuer; some older clients refuse that."
        needs "A certificate is sent after its own issuer, with no other issuer behind it."
        misread "TLS 1.3 lets clients sort (RFC 9846 section 4.4.2), and most do; older ones fail."
        next "Reorder the certificate file: server certificate first, then each issuer in turn."
        steps [
            "Put the server's certificate first, then each issuer in turn, and reload.",
            "See the order in the file."
                => "openssl crl2pkcs7 -nocrl -certfile FILE | openssl pkcs7 -print_certs -noout",
        ]

    CHAIN_DUPLICATE "chain.duplicate" Advice "certificate sent twice"
        means "The same certificate stands in the chain more than once, which costs bytes in every handshake."
        needs "One certificate stands in the chain more than once."
        misread "It only costs bytes. A server that appends a chain file to a file that has the chain already is the usual reason."
        next "Remove the repetition from the certificate file that the server sends."
        steps [
            "Configure either the full chain or the separate chain file, not both (Apache: no SSLCertificateChainFile), and reload.",
            "Count what is sent."
                => "grep -c BEGIN FILE",
        ]

    CHAIN_UNRELATED "chain.unrelated" Advice "unrelated certificate sent"
        means "A certificate is sent that is on no path from the server's certificate to a root."
        needs "A certificate is sent that no name or key identifier connects with the leaf, and a path without it is accepted."
        misread "It is often the intermediate of the previous authority: harmless now, and a trap at the next renewal."
        next "Remove it from the certificate file that the server sends."
        steps [
            "Remove it from the file, and reload.",
            "See what is left in the file."
                => "openssl crl2pkcs7 -nocrl -certfile FILE | openssl pkcs7 -print_certs -noout",
        ]

    CHAIN_ROOT_INCLUDED "chain.root_included" Advice "root sent"
        means "The root is sent too. Clients trust their own copy only, so it is of no use to them."
        needs "A self-signed certificate ends the chain that is sent, and the path is accepted."
        misread "It is harmless. Behind a private authority some clients print it, which helps; none trusts it for that."
        next "Remove the root from the certificate file, if bytes matter."
        steps [
            "Leave it, unless bytes matter.",
            "Else remove the last certificate of the file, and reload.",
        ]

    CHAIN_PRIVATE_CA "chain.private_ca" Advice "private authority"
        means "The chain is trusted through a store of your own only; clients that have not been given that root refuse it."
        needs "The public stores that were asked refuse the chain, and one that you gave accepts it."
        misread "It is a property, not a fault. Public limits on lifetime do not hold for it."
        next "Nothing, if all its clients have the root; else serve a certificate of a public authority."
        steps [
            "Check that all clients have the root."
                => "tlscope check HOST:PORT --trust system",
            "If the public is to use it, serve a certificate of a public authority.",
        ]
}
