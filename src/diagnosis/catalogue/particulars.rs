//! Certificates that are odd: in whose they are, in form, in key, and in what they share.

use super::rule::{Rule, Step, catalogue};
use crate::model::{Code, Impact};

catalogue! {
    CERT_DEFAULT_OR_FAKE "cert.default_or_fake" Outage "placeholder certificate"
        means "The certificate is the placeholder of an ingress, proxy, panel or manual: the program has none of its own for this name, or could not load it."
        needs "The subject is one of a table of known placeholders, and the certificate is not both trusted and valid for the name."
        misread "The fault is not in the certificate: what should be in its place was not found. Its expiry, name and issuer are consequences."
        next "Find out why the program serves its placeholder: a missing secret or file, a name without a rule, or a certificate that could not be loaded."
        steps [
            "Look in the ingress's or proxy's log for the certificate that could not be loaded, and put the last good one back."
                => "kubectl get ingress -A | grep NAME; kubectl describe secret SECRET",
            "Check that the secret is in the ingress's own namespace, is of type kubernetes.io/tls, and that its names cover the host."
                => "kubectl get secret SECRET -o jsonpath='{.data.tls\\.crt}' | base64 -d | openssl x509 -noout -subject -ext subjectAltName",
            "See which name is asked for, and what is served for it."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME </dev/null 2>/dev/null | openssl x509 -noout -subject -issuer",
        ]

    CERT_STAGING_CA "cert.staging_ca" Outage "certificate of a test authority"
        means "The certificate was issued by an authority for tests, such as Let's Encrypt's staging environment, which no client trusts."
        needs "The issuer's name is that of a known test authority, and no trust store accepts the chain."
        misread "The automation works: it asks the wrong authority. A renewal with the same configuration gives the same again."
        next "Point the ACME client at the production directory, and have the certificate issued anew."
        steps [
            "Change the directory to production, and issue anew; the staging account does not carry over."
                => "certbot certonly --force-renewal --server https://acme-v02.api.letsencrypt.org/directory -d NAME",
            "With cert-manager mend the issuer's server, then delete the secret so that it is issued again."
                => "kubectl get clusterissuer,issuer -A -o yaml | grep server:",
            "Mind production's rate limits: try in staging, change once.",
        ]

    CERT_V1 "cert.v1" Partial "certificate without extensions"
        means "The certificate is of X.509 version 1 or 2, which has no extensions: no alternative names, no constraints. Current clients refuse it."
        needs "A certificate on the path, not a root, says version 1 or 2."
        misread "OpenSSL may accept it by its common name, so that curl works where browsers, Go and Java do not."
        next "Issue it anew as version 3, with a subjectAltName."
        steps [
            "Issue one of version 3 with the names as subjectAltName, and deploy it."
                => "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout KEY -out FILE -days 90 -subj /CN=NAME -addext subjectAltName=DNS:NAME",
            "With openssl x509 -req give the extensions: without them the result is of version 1."
                => "openssl x509 -req -in CSR -CA CA -CAkey CAKEY -days 90 -copy_extensions copy -out FILE",
        ]

    CERT_NO_SAN "cert.no_san" Outage "no subjectAltName"
        means "The certificate has no name in its subjectAltName. Clients have not read the common name since about 2017 (RFC 9525), so it is valid for no name."
        needs "The leaf has no dNSName and no iPAddress."
        misread "OpenSSL still falls back to the common name: curl can work where Chrome, Go and Java fail. A certificate for clients or for mail has none by right."
        next "Issue the certificate with the names as subjectAltName."
        steps [
            "Issue one with the names, and deploy it."
                => "openssl req -new -key KEY -subj /CN=NAME -addext subjectAltName=DNS:NAME -out CSR",
            "See what it has now."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME </dev/null 2>/dev/null | openssl x509 -noout -subject -ext subjectAltName",
        ]

    CERT_IP_AS_DNS "cert.ip_as_dns" Advice "address among the DNS names"
        means "An IP address stands among the DNS names of the certificate. Clients that connect to an address look for it among the addresses (iPAddress) only."
        needs "A dNSName of the leaf is an IP address in text."
        misread "Some old clients did accept it so. Where the address is a proper iPAddress as well it does no harm."
        next "Issue the certificate with the address as iPAddress (IP:192.0.2.7), not as DNS."
        steps [
            "Connect by a name that it covers meanwhile."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME </dev/null 2>/dev/null | openssl x509 -noout -ext subjectAltName",
            "Issue it with IP: in place of DNS: in the request."
                => "openssl req -new -key KEY -subj / -addext subjectAltName=IP:ADDRESS -out CSR",
        ]

    CERT_VALIDITY_MALFORMED "cert.validity_malformed" Outage "validity ends before it begins"
        means "The certificate's end lies before its start: there is no moment at which it is valid."
        needs "notAfter is before notBefore."
        misread "It shows as expired or as not yet valid, depending on the clock: neither a renewal date nor a clock is the reason."
        next "Issue the certificate anew, and mend the program that computed its dates."
        steps [
            "Serve the previous certificate, if that is still valid.",
            "Issue a new one, and look at its dates before it is deployed."
                => "openssl x509 -in FILE -noout -dates",
            "Look for an overflow or swapped arguments in the program that issues: years beyond 2038 or 2049 are usual.",
        ]

    CERT_CONTROL_CHARS "cert.control_chars" Advice "hidden characters in names"
        means "Names in the certificate hold control, bidirectional or other invisible characters: what people and logs show is not what programs compare."
        needs "Subject, issuer or an alternative name holds a character that does not show; it is written as <U+…> in the evidence."
        misread "A stray line feed from a template is harmless; a NUL or a character that reverses text is how certificates were made to look like others'."
        next "Find out who put them there; issue the certificate anew without them."
        steps [
            "Look at the bytes."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME </dev/null 2>/dev/null | openssl x509 -noout -subject -nameopt RFC2253,esc_ctrl,esc_msb",
            "If it is not yours, treat it as an attempt to deceive, and keep the certificate as evidence.",
            "Else mend the template or request, and issue anew.",
        ]

    CERT_BAD_SERIAL "cert.bad_serial" Advice "serial number against the rules"
        means "A serial number must be positive and have at most 20 octets (RFC 5280, section 4.1.2.2). Some clients refuse others."
        needs "The serial number of a certificate on the path is zero, negative or longer than 20 octets."
        misread "Go refuses negative ones since 1.23 and rustls longer ones; OpenSSL and browsers mostly do not mind."
        next "Have the certificate issued anew with a random serial number of 64 to 159 bits."
        steps [
            "Issue anew, and deploy it."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME </dev/null 2>/dev/null | openssl x509 -noout -serial",
            "Mend the authority's program: random numbers with the top bit clear, at most 20 octets.",
        ]

    CERT_HUGE "cert.huge" Advice "very large certificate"
        means "The certificate is so large that every handshake suffers, and some clients refuse it."
        needs "A certificate on the path has more than 16384 bytes, which is one record of TLS; above 32768 Java refuses the message."
        misread "Many names are the usual reason, pictures and policies a rare one. Size does not matter to clients that resume sessions."
        next "Split the names over several certificates."
        steps [
            "See what takes the room."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME </dev/null 2>/dev/null | openssl x509 -noout -text | head -80",
            "Issue one certificate for each service, or a wildcard, in place of one for hundreds of names.",
        ]

    CERT_DUPLICATE_SERIAL "cert.duplicate_serial" Partial "serial number used twice"
        means "Two different certificates of one issuer have the same serial number. Issuer and serial number identify a certificate: revocation cannot tell the two apart."
        needs "Two leaves that the fleet serves now have the same issuer name and serial number, and different bytes."
        misread "Firefox refuses the second one that it sees (SEC_ERROR_REUSED_ISSUER_AND_SERIAL); others do not notice. Two authorities of the same name look the same."
        next "Have one of the two issued anew; mend how the authority chooses serial numbers."
        steps [
            "Issue one of the two anew, and deploy it."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME </dev/null 2>/dev/null | openssl x509 -noout -issuer -serial",
            "Let the authority draw serial numbers at random, or keep its counter (openssl ca: the file 'serial') across restores.",
            "Make sure that two authorities do not share one name.",
        ]

    CERT_KEY_REUSED "cert.key_reused" Advice "key of several certificates"
        means "Different certificates share one key. If it leaks, or one of them is revoked for that, all of them are concerned."
        needs "The fleet serves different leaves with the same public key for several targets; or one of them was revoked, as a survey found."
        misread "A renewal with the same key is no fault in itself (pins and TLSA records may want it). After a keyCompromise it is: who has the key can still pose as the server."
        next "Use a key of its own for each service."
        steps [
            "If one of them was revoked for keyCompromise, issue all the others with new keys, and have them revoked.",
            "Find every place that has the key."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME </dev/null 2>/dev/null | openssl x509 -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256",
            "Let renewals make new keys (certbot does; cert-manager: rotationPolicy: Always).",
        ]

    CERT_WEAK_EXPONENT "cert.weak_exponent" Advice "small RSA exponent"
        means "The RSA key's public exponent is smaller than 65537. Small ones have made faulty padding and signature checks exploitable; 1 and even numbers protect nothing."
        needs "A key on the path is RSA with a public exponent below 65537, or an even one."
        misread "An exponent of 3 is permitted, and old hardware makes it. Only 1 and even ones are broken."
        next "Make a new key with the usual exponent, 65537, and issue the certificate anew."
        steps [
            "Make a new key, and issue."
                => "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out KEY",
            "See the exponent that is served."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME </dev/null 2>/dev/null | openssl x509 -noout -text | grep Exponent",
        ]

    CERT_OVERSIZED_KEY "cert.oversized_key" Advice "very large RSA key"
        means "The RSA key is larger than 4096 bits: it slows every handshake for no gain, and above 8192 bits some clients refuse it."
        needs "A key on the path, not a root's, is RSA above 4096 bits."
        misread "Larger is not safer here: what else is negotiated is weaker. Against quantum computers it does not help."
        next "Use ECDSA P-256, or RSA 2048 to 4096."
        steps [
            "Above 8192 bits replace it now: Go refuses such handshakes."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME </dev/null 2>/dev/null | openssl x509 -noout -text | grep 'Public-Key'",
            "Make a key of usual size, and issue the certificate anew."
                => "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out KEY",
        ]

    CERT_UNUSUAL_CURVE "cert.unusual_curve" Partial "curve that not all clients take"
        means "The key is on a curve that browsers do not all take: P-521, P-224, secp256k1, a Brainpool curve, or one given by its parameters."
        needs "The leaf's key is ECDSA on another curve than P-256 and P-384."
        misread "Between programs that agreed on it nothing is wrong. It has nothing to do with the group of the key exchange."
        next "Issue the certificate with a key on P-256 or P-384."
        steps [
            "Make a key on P-256, and issue the certificate anew."
                => "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out KEY",
            "See the curve that is served."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME </dev/null 2>/dev/null | openssl x509 -noout -text | grep -A1 'ASN1 OID'",
        ]
}
