//! Our own side, and the proxy on the way: ruled out before anyone else is blamed.

use super::rule::{Rule, Step, catalogue};
use crate::model::{Code, Impact};

catalogue! {
    LOCAL_CAPTIVE_PORTAL "local.captive_portal" Inconclusive "a portal answers for everyone"
        means "Sites that have nothing to do with each other all show one certificate that is none of theirs, or all redirect to one place: a portal before the network answers for them."
        needs "At least three unrelated public names, in three different networks, and three quarters of all that were seen, show one and the same certificate that fits none of them; or so many, none with a certificate of its own that holds, redirect to one and the same host that is none of theirs."
        misread "One provider's default certificate on a few names is the provider's fault, not a portal. Until the portal is passed, nothing that is seen here says anything about the endpoints."
        next "Log in to this network's portal, or leave it; then probe again."
        steps [
            "Page nobody about the endpoints: what answers is not they.",
            "Open any plain HTTP page from this machine and log in to the portal, or change the network."
                => "curl -sI http://HOST/",
            "Probe again and see that each name shows its own certificate."
                => "tlscope check HOST:PORT",
        ]

    LOCAL_INTERCEPTION "local.interception" Inconclusive "TLS is intercepted on the way"
        means "One private authority signs the certificates of many sites that have nothing to do with each other: a proxy or virus scanner between here and them opens TLS, and shows certificates of its own."
        needs "One authority that no public store knows signs at least three unrelated public names in three different networks, and three quarters of all that were seen."
        misread "A fleet of your own behind one private authority is no interception: public names are counted only, and a known private root belongs in --ca-file. Expiry and chain findings behind an interceptor are about its certificates, not the sites'."
        next "Watch from a place without TLS inspection, or have these destinations exempted from it; what the sites themselves serve cannot be seen from here."
        steps [
            "Treat certificate findings from this machine as unknown; the endpoints may be healthy.",
            "See who signs: the issuer names the proxy or scanner."
                => "openssl s_client -connect HOST:PORT -servername NAME </dev/null 2>/dev/null | openssl x509 -noout -issuer",
            "Have this machine, or these destinations, exempted from inspection, or run tlscope outside of it.",
        ]

    LOCAL_CLOCK_SKEW "local.clock_skew" Inconclusive "this machine's clock is wrong"
        means "This machine's clock differs from those of several servers that agree with each other, so validities are judged by the wrong time."
        needs "The Date headers of at least three servers agree with each other within 30 s and differ from this machine's clock by more than a minute; or certificates of three issuers are all not valid yet by it."
        misread "A certificate that seems expired or not yet valid is probably fine. One server whose clock is off is server.clock_skew instead."
        next "Set this machine's clock (chronyc tracking, timedatectl status)."
        steps [
            "Believe no expiry that is shown here until the clock is right.",
            "Look at what keeps the clock, and start it."
                => "chronyc tracking || timedatectl status",
            "In a virtual machine or container mend the host's clock: it was probably suspended.",
        ]

    LOCAL_STORE_STALE "local.store_stale" Inconclusive "built-in roots are old"
        means "The roots and tables built into this program are older than 180 days: an authority may have been added since."
        needs "The roots and policy tables in this build are more than 180 days old, and a chain is refused for an unknown root."
        misread "It is a possible reason, not a proof: the root may be unknown for good reason. The platform's store may be newer than the built-in one."
        next "Update tlscope, or judge by the platform's roots with --trust system."
        steps [
            "Ask the platform's store about the same endpoint."
                => "tlscope check HOST:PORT --trust system -v",
            "Update tlscope; if the newer roots refuse the chain too, go by chain.untrusted_root.",
        ]

    LOCAL_FD_LIMIT "local.fd_limit" Inconclusive "out of file descriptors"
        means "This program may not open more sockets, so the address was not reached."
        needs "The operating system refused a socket with EMFILE or ENFILE (too many open files)."
        misread "It says nothing about the endpoint. Failures of other targets at the same moment have the same cause."
        next "Raise the limit (ulimit -n) or lower --concurrency."
        steps [
            "Lower the number of probes at once, so that monitoring works again now."
                => "tlscope --concurrency 64",
            "See the limit, and raise it where the program is started (LimitNOFILE= in systemd, limits.conf)."
                => "ulimit -n",
        ]

    LOCAL_NO_ROUTE "local.no_route" Inconclusive "no route from here"
        means "This machine has no route to the address's network, so nothing can be said about the endpoint."
        needs "The kernel answered the connection attempt at once with 'network is unreachable' (ENETUNREACH): this machine's own table has no route; or no address of at least three targets in three networks answers, and nobody else does."
        misread "It is not the endpoint: a host that is down shows as tcp.timeout or 'host unreachable'. One target in a private network behind a VPN that is down looks the same."
        next "Check this machine's routes, VPN and network, or watch from a place that has a route."
        steps [
            "Do not page the endpoint's owner; check from another machine.",
            "Ask the kernel for the route."
                => "ip route get ADDRESS",
            "Bring the VPN, interface or default route back.",
        ]

    LOCAL_NO_IPV6 "local.no_ipv6" Inconclusive "no IPv6 here"
        means "This machine has no IPv6 route, so the address could not be tried."
        needs "IPv6 addresses cannot be reached from here for want of a route or address, while IPv4 works."
        misread "It does not say that the endpoint's IPv6 is broken: nothing was sent. Other users may well reach it, or not."
        next "Give this machine IPv6, or probe IPv4 only with -4."
        steps [
            "Judge IPv6 from a machine that has it.",
            "See whether this one ought to."
                => "ip -6 route show default",
            "If it is meant to have none, probe IPv4 only: -4, or family = 'ipv4'.",
        ]

    LOCAL_DNS_DOWN "local.dns_down" Inconclusive "resolver unreachable"
        means "The name server this program asks cannot be reached, so names cannot be looked up from here."
        needs "The resolver could not be reached, or answered none of the names that were asked of it."
        misread "Names are not gone: nobody said so. Endpoints whose addresses are already known go on being probed."
        next "Check this machine's resolver configuration and network, or name another resolver with --dns-server."
        steps [
            "Ask another resolver now."
                => "tlscope check HOST:PORT --dns-server 9.9.9.9",
            "See which resolver this machine uses, and whether it answers."
                => "cat /etc/resolv.conf; dig @RESOLVER . NS +time=2 +tries=1",
            "Mend the resolver, or the firewall between (UDP and TCP port 53).",
        ]

    LOCAL_THROTTLED "local.throttled" Inconclusive "our questions were too many"
        means "The address turned us away after many connections of a survey of ours: a limit on connections, so nothing is said about other clients."
        needs "Connections of a survey of ours were refused, reset, closed or timed out one after another, after the address had answered before."
        misread "Users behind other addresses are usually not hit. If failures go on after the stated pause without surveys, it is no longer our doing."
        next "Nothing is wrong with the endpoint; lower connections_per_minute in [probe] below its limit, or exempt this machine from it."
        steps [
            "Leave the address alone for the stated time; nothing else is to be done for its users.",
            "Lower connections_per_minute in [probe], or let the limiter know this machine's address.",
            "If it comes back without surveys (--depth handshake), look for a fault of the endpoint."
                => "tlscope check HOST:PORT --depth handshake",
        ]

    LOCAL_FAULT "local.fault" Inconclusive "fault on this machine"
        means "The operating system refused a step of the probe, so nothing can be said about the endpoint."
        needs "The operating system refused a step of the probe with an error that is none of the known ones; its words are in the evidence."
        misread "It says nothing about the endpoint, good or bad."
        next "Mend what the operating system complains about and probe again."
        steps [
            "Read the operating system's words in the evidence."
                => "tlscope check HOST:PORT -v",
            "Look for sandboxes, firewall rules and limits that hold for this program (SELinux, AppArmor, seccomp, systemd).",
        ]

    LOCAL_SKIPPED "local.skipped" Inconclusive "not probed"
        means "The probe was not attempted for a reason of our own."
        needs "The probe was not begun; the reason is in the evidence."
        misread "Not probed is not healthy: nothing newer than the last result is known."
        next "Remove the stated reason and probe again."
        steps [
            "Read the reason, and remove it."
                => "tlscope check HOST:PORT -v",
            "If the address is excluded on purpose, take it out of the fleet.",
        ]

    PROXY_REFUSED "proxy.refused" Inconclusive "proxy does not connect"
        means "The proxy between here and the endpoint refuses, cannot connect, or is none, so nothing can be said about the endpoint."
        needs "The proxy refused the connection, answered CONNECT or SOCKS with an error, or what answers in its place is no proxy."
        misread "The endpoint may be healthy. A 502 or 503 of the proxy can mean that the proxy could not reach it, which is worth a look from elsewhere."
        next "Check the proxy's address and its rules for this destination, or go without it: --proxy none, or the host in NO_PROXY."
        steps [
            "Try without the proxy, where a direct way exists."
                => "tlscope check HOST:PORT --proxy none",
            "Ask the proxy the same by hand and read its answer."
                => "curl -v --proxy PROXY --proxytunnel telnet://HOST:PORT </dev/null",
            "Have the destination and its port allowed in the proxy's rules: many permit CONNECT to 443 only.",
        ]

    PROXY_AUTH "proxy.auth" Inconclusive "proxy wants a password"
        means "The proxy wants a name and password, or does not accept the ones it was given."
        needs "The proxy answered 407, or the SOCKS server refused the name and password."
        misread "It says nothing about the endpoint. A password that worked yesterday has often expired or been locked."
        next "Give them in the proxy's URL (http://name:password@proxy:3128), in TLSCOPE_PROXY or in a file that others cannot read."
        steps [
            "Try the credentials by hand."
                => "curl -v --proxy http://NAME@PROXY:3128 https://HOST:PORT/",
            "Put the right ones into TLSCOPE_PROXY, or a configuration file that only you can read; percent-encode special characters.",
        ]

    PROXY_TIMEOUT "proxy.timeout" Inconclusive "proxy does not answer"
        means "The proxy did not answer, or did not reach the endpoint, within the deadline."
        needs "The proxy accepted our connection, or did not, and had not connected us to the endpoint by the deadline."
        misread "Either the proxy is overloaded or the endpoint does not answer the proxy: the two cannot be told apart from here."
        next "Check that the proxy is up and may be reached from here; look in its log for the destination."
        steps [
            "Try another destination through the same proxy: if that works, look at the endpoint."
                => "curl -sv --max-time 10 --proxy PROXY https://OTHER/",
            "Look in the proxy's log for the destination and this moment.",
        ]
}
