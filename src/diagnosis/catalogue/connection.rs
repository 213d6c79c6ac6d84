//! Connections, the conversation that leads to TLS, and answers that are none or stop.

use super::rule::{Rule, Step, catalogue};
use crate::model::{Code, Impact};

catalogue! {
    TCP_FAMILY_SPLIT "tcp.family_split" Partial "one address family fails"
        means "All addresses of one family (IPv4 or IPv6) fail to connect and all of the other succeed."
        needs "All addresses of one family fail to connect, and all of the other complete a handshake."
        misread "Dual-stack clients fall back (RFC 8305) and only become slow; single-stack ones are cut off. If this machine had no route, it would be local.no_ipv6."
        next "Repair listeners, firewalls and routes of the failing family, or withdraw its records."
        steps [
            "Withdraw the failing family's records if it cannot be mended at once.",
            "On the server, see whether anything listens in that family."
                => "ss -ltn 'sport = :PORT'",
            "Compare firewall and security-group rules of both families: IPv6 has rules of its own.",
        ]

    TCP_PARTIAL "tcp.partial" Partial "some addresses do not connect"
        means "Several addresses of the name fail to connect, in different ways, while others accept."
        needs "Several addresses of the name fail to connect in different ways, and others accept."
        misread "Different errors need not be different faults: a host that restarts goes from timeout over refused to healthy."
        next "Take the failing addresses out of the name service or load balancer, then repair them."
        steps [
            "Take the failing addresses out of DNS or the load balancer.",
            "Try each."
                => "nc -vz -w 3 ADDRESS PORT",
            "Mend by the findings below: refused is a process, timeout is a host or firewall.",
        ]

    TCP_REFUSED "tcp.refused" Outage "connection refused"
        means "The host answers, but nothing listens on the port (or a firewall says so)."
        needs "The host answered the connection attempt with a reset (RST), or an ICMP refusal."
        misread "The host is up. A firewall that rejects says the same as a service that is not there; so does a container whose port is not published."
        next "Start the service on that port, or correct the port or the firewall."
        steps [
            "On the host, see whether anything listens, and on which address: 127.0.0.1 cannot be reached from outside."
                => "ss -ltnp 'sport = :PORT'",
            "If not, read why the service stopped, and start it."
                => "systemctl status SERVICE; journalctl -u SERVICE -n 50",
            "If it listens, look for REJECT rules and for the load balancer's targets.",
        ]

    TCP_TIMEOUT "tcp.timeout" Outage "connection times out"
        means "Nothing answers the connection attempt: the host is down, or a firewall drops packets."
        needs "No answer to the connection attempt before the deadline."
        misread "Packets are lost on the way there or back: a down host, a firewall that drops, a full backlog. Probing from one place does not tell which."
        next "Check that the host is up and that firewalls and security groups let the port through."
        steps [
            "Try from another network: if it works there, the way from here is filtered."
                => "nc -vz -w 5 ADDRESS PORT",
            "See how far packets get."
                => "traceroute -T -p PORT ADDRESS",
            "On the host, watch whether the SYN arrives; if so and nothing goes back, look at the firewall and the backlog."
                => "tcpdump -ni any 'tcp port PORT and host CLIENT'",
        ]

    TCP_UNREACHABLE "tcp.unreachable" Outage "host unreachable"
        means "The network reports that the host cannot be reached."
        needs "The network reported that the host or its network cannot be reached (EHOSTUNREACH, ICMP)."
        misread "A router on the way, or the last one before the host, said so; a firewall may answer in the host's name."
        next "Check the host, its network and the routes to it."
        steps [
            "See who says it."
                => "traceroute -T -p PORT ADDRESS",
            "Check that the host is up and has this address: on its own network it does not answer ARP or neighbour discovery.",
            "If the address moved, correct the record.",
        ]

    TCP_RESET "tcp.reset" Outage "connection reset before TLS"
        means "The connection was accepted and reset before a byte of TLS was exchanged: an access list, a full backlog or a proxy without a backend."
        needs "The connection was accepted and reset before either side sent a byte of TLS."
        misread "The process may be healthy: load balancers accept first and reset when they have no backend; access lists do it by source address."
        next "Check access lists, the load balancer's backends and the service's connection limits."
        steps [
            "See whether the load balancer has healthy backends.",
            "Try from another network: if it works there, look at access lists."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME </dev/null",
            "Look at the accept queue and limits on connections."
                => "ss -ltn 'sport = :PORT'; nstat -az TcpExtListenOverflows",
        ]

    QUIC_NO_ANSWER "quic.no_answer" Outage "no answer over QUIC"
        means "Nothing answers over UDP: nobody speaks QUIC there, or a firewall on the way drops its packets, as many do. Browsers go over TCP meanwhile."
        needs "Not one byte of a QUIC handshake came back before the deadline, and no word of the network that the port is closed."
        misread "Many networks let no UDP out: from there every HTTP/3 server looks like this. A server that is known over TCP may never have spoken QUIC."
        next "Check what listens on the UDP port, and let UDP through to it, large packets (1200 bytes and more) included."
        steps [
            "Try a server that is known to speak HTTP/3: if that fails, too, it is the network from here."
                => "curl -vsI --http3-only https://HOST/",
            "On the server, see whether anything listens for QUIC."
                => "ss -lunp 'sport = :PORT'",
            "Let UDP through firewalls, security groups and the load balancer, which often know only TCP.",
        ]

    QUIC_REFUSED "quic.refused" Outage "QUIC refused"
        means "The host says that nothing listens on the UDP port, or the server refuses new connections."
        needs "An ICMP message that the UDP port is closed, or a connection closed with CONNECTION_REFUSED (RFC 9000 section 20.1)."
        misread "The host is up, and HTTP over TCP may be in order: it is another listener. A firewall that rejects says the same as a service that is not there."
        next "Start HTTP/3 on that port (UDP, beside TCP), or correct the port; where the server refuses, look at its load."
        steps [
            "On the server, see whether anything listens for QUIC."
                => "ss -lunp 'sport = :PORT'",
            "Turn HTTP/3 on in its configuration (nginx: listen 443 quic) and publish the UDP port of a container.",
            "If clients need no HTTP/3, watch the name over TCP and stop advertising it (Alt-Svc: clear).",
        ]

    QUIC_VERSION "quic.version" Outage "no common version of QUIC"
        means "The server answers with versions of QUIC (RFC 9000 section 6) of which we speak none."
        needs "A version negotiation packet in answer to version 1."
        misread "Drafts such as h3-29 were spoken for years; browsers have dropped them, so people see HTTP over TCP and nobody complains."
        next "Update the server to QUIC version 1 (RFC 9000); drafts are no longer spoken by browsers."
        steps [
            "See what it answers."
                => "curl -vsI --http3-only https://HOST:PORT/",
            "Update the server or the library that speaks QUIC for it.",
        ]

    STARTTLS_WRONG_MODE "starttls.wrong_mode" Outage "another protocol or mode"
        means "The port speaks something else than it is asked for: TLS from the first byte where an upgrade (STARTTLS) was expected, the reverse, or another protocol."
        needs "Where a plain conversation was expected the peer spoke TLS at once or another protocol; or where TLS was expected it greeted in plain text."
        misread "Usually the watched notation is wrong, not the service: 465, 993, 995, 636 and 853 speak TLS at once; 25, 587, 143, 110 and 389 upgrade."
        next "Watch the port as what it speaks, or mend the service's mode on this port."
        steps [
            "Watch it as what it speaks; the next step of the finding gives the notation.",
            "Check both ways by hand."
                => "openssl s_client -connect HOST:PORT </dev/null; openssl s_client -connect HOST:PORT -starttls smtp </dev/null",
            "If clients expect the other mode, mend the listener (Postfix: smtpd_tls_wrappermode).",
        ]

    STARTTLS_NOT_OFFERED "starttls.not_offered" Outage "no TLS offered"
        means "The server speaks the protocol and does not offer the upgrade to TLS (STARTTLS): mail and passwords pass in plain text, or clients refuse to go on."
        needs "The server completed its greeting and capabilities without the upgrade to TLS."
        misread "Some servers offer it by source address, or only after EHLO with a name. A firewall with mail inspection can strip the offer from the conversation."
        next "Turn TLS on in the service: most leave the offer out when no certificate is configured or its key cannot be read."
        steps [
            "Look at the server's log at its last start: a certificate or key that cannot be read turns TLS off silently.",
            "Check that certificate and key are configured and belong together."
                => "openssl x509 -in FILE -noout -pubkey | openssl dgst -sha256; openssl pkey -in KEY -pubout | openssl dgst -sha256",
            "Try from the server itself: if it is offered there, a middlebox strips it."
                => "openssl s_client -connect 127.0.0.1:PORT -starttls smtp </dev/null",
        ]

    STARTTLS_REJECTED "starttls.rejected" Outage "upgrade to TLS refused"
        means "The server does not go along on the way to TLS; its reply says why."
        needs "The server answered the request for TLS, or the greeting before it, with an error; its reply is in the evidence."
        misread "4xx in SMTP is temporary (greylisting, load); 454 means that TLS is not available now. 421 and 554 at the greeting are often about our address."
        next "Read the reply and the server's log for this moment: an unreadable key, an access rule, or a limit on connections."
        steps [
            "Read the reply, then the server's log for this moment.",
            "Ask again by hand."
                => "openssl s_client -connect HOST:PORT -starttls smtp </dev/null",
            "If it is a limit or block list, allow this machine there.",
        ]

    STARTTLS_BROKEN "starttls.broken" Outage "TLS agreed and not spoken"
        means "The server agreed to TLS or began the conversation that leads to it, and did not keep to it: TLS never began."
        needs "The server agreed to TLS, or was about to, and then sent plain text or broken replies, fell silent, or closed without a byte of TLS."
        misread "Clients that fall back to plain text hide it: mail goes on unencrypted."
        next "Read the server's log for this moment: often a certificate or key that cannot be loaded, or a proxy that rewrites the conversation."
        steps [
            "Read the server's log for this moment: most say which file could not be loaded.",
            "Check that the service's user can read the key."
                => "sudo -u USER openssl pkey -in KEY -noout",
            "If a proxy is in between, it must pass the conversation through unchanged (TCP mode).",
        ]

    STARTTLS_INJECTED "starttls.injected" Advice "plain text behind the agreement"
        means "Plain text followed the server's agreement to TLS, where only TLS may follow. We threw it away; a client that does not can be led astray by anyone on the path."
        needs "Bytes of plain text followed the agreement to TLS in the same packet or before the handshake."
        misread "A server that pipelines its own banner by mistake looks the same. Nothing is broken for clients that discard the bytes, as they must."
        next "Update the server, and look for a middlebox that answers in its place."
        steps [
            "Read the bytes in the evidence: they may be the server's own words, sent too soon.",
            "Update the server; command injection at STARTTLS was fixed in most around 2011 and again in 2021 (CVE-2011-0411, NO STARTTLS).",
            "Try from the server itself to rule out a middlebox."
                => "openssl s_client -connect 127.0.0.1:PORT -starttls smtp </dev/null",
        ]

    TLS_PLAINTEXT_PEER "tls.plaintext_peer" Outage "plain text instead of TLS"
        means "The first bytes are those of another protocol: the port speaks it without TLS."
        needs "The first bytes in answer to our hello are those of a known plain-text protocol; they are in the evidence."
        misread "An HTTP server says 400 to a hello ('plain HTTP request sent to HTTPS port' is the reverse). Decode errors that clients report are a consequence."
        next "Turn on TLS for this port, or watch the port that has it."
        steps [
            "If clients are down, point them or the load balancer at the port that has TLS.",
            "See what it speaks."
                => "curl -v --max-time 5 http://HOST:PORT/",
            "Turn TLS on for this listener (nginx: listen PORT ssl; HAProxy: bind :PORT ssl crt FILE), and reload.",
            "Behind a load balancer that ends TLS itself, watch the load balancer and not the backend.",
        ]

    TLS_NOT_TLS "tls.not_tls" Outage "not TLS"
        means "The first bytes are neither TLS nor a protocol we know."
        needs "The first bytes in answer to our hello are no TLS record and no protocol that is known; they are in the evidence."
        misread "A service that waits for its own protocol first (databases, RDP, LDAP) needs its upgrade: give the scheme in the target's notation."
        next "Check which service listens on this port."
        steps [
            "Look at the first bytes in the evidence and at which process owns the port."
                => "ss -ltnp 'sport = :PORT'",
            "If it is a database or directory, watch it as such (postgres://HOST, mysql://HOST, ldap://HOST).",
            "If something else took the port, free it and start the service.",
        ]

    TLS_NO_RESPONSE "tls.no_response" Outage "silent after connect"
        means "The connection is accepted and the hello is never answered: a hung process, a stuck backend, or a protocol that waits for something else."
        needs "The connection was accepted, our hello was sent, and not a byte came back before the deadline."
        misread "The kernel accepts on behalf of a process that hangs. A service that expects the PROXY protocol, or another protocol first, waits in the same way."
        next "Check the process behind the port: threads, event loop, backends; restart it when it hangs."
        steps [
            "Restart the process if it hangs; take a stack dump first if the cause matters.",
            "See whether connections pile up unread."
                => "ss -tn 'sport = :PORT' | awk '$2 > 0'",
            "If a load balancer is in front, check that it and the listener agree on the PROXY protocol.",
            "Try a small hello: large ones are lost where path MTU discovery is broken."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME -groups X25519 </dev/null",
        ]

    TLS_STALLED "tls.stalled" Outage "handshake stalls"
        means "The handshake began and stopped in the middle until the deadline: overload, a packet-size (MTU) problem, or a stuck key operation."
        needs "Bytes of a handshake arrived, and then nothing more before the deadline."
        misread "The certificate message is the first large one: a path that loses full-size packets stalls exactly there, from some networks only."
        next "Check load and the key store or HSM, and try smaller packets (MTU) on the path."
        steps [
            "Compare from another network: if it works there, suspect the MTU."
                => "ping -M do -s 1452 ADDRESS",
            "Clamp the MSS on the tunnel or VPN, or let ICMP 'fragmentation needed' through.",
            "Else look at the server's load and its key store: an HSM or key service that hangs stops at the signature.",
        ]

    TLS_CLOSED_EARLY "tls.closed_early" Outage "closed during the handshake"
        means "The connection was closed in an orderly way before the handshake was complete, without an alert."
        needs "The connection was closed in order (FIN) before the handshake was complete, and no alert was sent."
        misread "Servers do this for names they do not know, for source addresses they do not like, and when their backend is dead: the server's log tells which."
        next "Read the server's log for this moment: no certificate for the name, a dead backend, or an access rule."
        steps [
            "Read the server's log for this moment.",
            "Compare with another name and with none."
                => "openssl s_client -connect ADDRESS:PORT -noservername </dev/null",
            "If a proxy passes TLS through by name (SNI), check that it has a route for this name and that the backend is up.",
        ]

    TLS_RESET_EARLY "tls.reset_early" Outage "reset during the handshake"
        means "The connection was reset after our hello: a crash, a middlebox or an access rule."
        needs "The connection was reset after our hello was sent."
        misread "A reset at once upon the hello is often a middlebox that reads the name in it; a reset later is more often a crash."
        next "Read the server's log for a crash, and check middleboxes that inspect the hello."
        steps [
            "Read the server's log for a crash or a restart at this moment."
                => "journalctl -u SERVICE --since -10min",
            "Try another name to the same address: if that goes through, something filters by name."
                => "openssl s_client -connect ADDRESS:PORT -servername example.com </dev/null",
            "Try a small hello."
                => "openssl s_client -connect ADDRESS:PORT -servername NAME -groups X25519 </dev/null",
        ]

    TLS_SLOW "tls.slow" Advice "slow handshake"
        means "The TLS part of the handshake took longer than the latency objective."
        needs "The TLS part of the last handshake took longer than max_latency."
        misread "TCP time is shown beside it: if both are slow it is the network. The first handshake after an idle time, or through a distant region, is slower."
        next "Compare with the TCP time: if only TLS is slow look at the server's CPU, key operations and backends."
        steps [
            "See whether only TLS is slow."
                => "curl -so /dev/null -w 'tcp %{time_connect} tls %{time_appconnect}\\n' https://HOST:PORT/",
            "Look at the server's CPU: RSA 4096 costs several times as much as RSA 2048, ECDSA P-256 a fraction.",
            "Turn session resumption on, and look at a remote key store's or OCSP fetch's latency.",
        ]
}
