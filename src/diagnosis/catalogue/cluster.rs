//! Manifests of a cluster.

use super::rule::{Rule, Step, catalogue};
use crate::model::{Code, Impact};

catalogue! {
    K8S_SECRET_MALFORMED "k8s.secret_malformed" Outage "secret without a usable pair"
        means "A Secret of the type kubernetes.io/tls lacks its certificate or its key: controllers pass it over and serve a certificate of their own, or nothing."
        needs "The type is kubernetes.io/tls, and tls.crt or tls.key is not there or empty, or tls.crt is no base64 or has no certificate in PEM. Of tls.key only its presence is looked at."
        misread "cert-manager makes a secret before it has the certificate: look again in a minute. Keys are not compared with their certificates here."
        next "Put certificate and key into the secret, or let what manages it issue it anew."
        steps [
            "See which values it has, and how long they are."
                => "kubectl -n NAMESPACE describe secret NAME",
            "If cert-manager manages it, see why it does not fill it."
                => "kubectl -n NAMESPACE get certificate,certificaterequest,order,challenge",
            "Else write it anew from the files."
                => "kubectl -n NAMESPACE create secret tls NAME --cert=FILE --key=KEY --dry-run=client -o yaml | kubectl apply -f -",
        ]

    K8S_SECRET_MISSING "k8s.secret_missing" Outage "secret is not there"
        means "An Ingress, Gateway or Certificate names a Secret that is not there: its hosts are served the controller's own certificate, or are not served at all."
        needs "The secret is not among the secrets that were read, while others of its namespace are; with secrets of other namespaces only, it is likely."
        misread "It may be there and not have been read: a field selector or a role that sees some secrets only. Names count within a namespace."
        next "Create the secret in that namespace, or mend the name."
        steps [
            "See whether it is there, or elsewhere under this name."
                => "kubectl get secret -A --field-selector metadata.name=NAME",
            "If cert-manager should make it, see whether a Certificate names it, and what it says."
                => "kubectl -n NAMESPACE get certificate -o wide",
            "See what is served meanwhile."
                => "tlscope check HOST:443",
        ]

    K8S_HOST_NOT_COVERED "k8s.host_not_covered" Outage "host not in its certificate"
        means "A host is served with the certificate of a Secret that is not for its name: clients refuse it, or the controller serves its own certificate."
        needs "The first certificate of the secret's tls.crt has neither the host nor a wildcard above it among its alternative names."
        misread "After a host was added, cert-manager needs a moment to issue anew. A host that is never asked for by name may be left over."
        next "Issue the certificate with all hosts, or give the host a secret of its own."
        steps [
            "Compare the hosts with the names."
                => "kubectl -n NAMESPACE get secret NAME -o jsonpath='{.data.tls\\.crt}' | base64 -d | openssl x509 -noout -ext subjectAltName",
            "Add the host to the Certificate's dnsNames, or to the annotated Ingress."
                => "kubectl -n NAMESPACE edit certificate NAME",
            "See what is served."
                => "tlscope check HOST:443",
        ]

    K8S_ISSUANCE_FAILING "k8s.issuance_failing" Pending "certificate is not issued"
        means "cert-manager says that a certificate is not ready, or that its last attempts failed: it is not renewed, and ends."
        needs "The Certificate's condition Ready is not true and no issuance began within the last hour, or it counts failed attempts. Without a valid certificate in the secret it is an outage."
        misread "The condition's message is that of the last attempt; the cause is often further down, in the Order or the Challenge. cert-manager waits an hour after a failure, and twice as long after each further one."
        next "Read the events down to the challenge, mend what is named there, and let it try again."
        steps [
            "Follow it from the certificate to the challenge."
                => "kubectl -n NAMESPACE describe certificate,certificaterequest,order,challenge",
            "See whether the issuer itself is ready."
                => "kubectl get clusterissuer,issuer -A",
            "Once it is mended, do not wait for the next attempt."
                => "cmctl renew -n NAMESPACE NAME",
        ]
}
