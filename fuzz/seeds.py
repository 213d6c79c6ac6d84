#!/usr/bin/env python3
"""Makes fuzz/seeds/: small honest inputs from which fuzzing begins, one directory for each target.

Needs openssl and nothing else. Keys are made anew each time, so what is written differs from run to run and means the
same: fuzz/seeds.py, then look at what changed, and commit it.
"""

import pathlib
import ssl
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent / "seeds"
CA_CONF = """
[ca]
default_ca = this
[this]
database = index.txt
serial = serial
crlnumber = crlnumber
default_md = sha256
default_crl_days = 30
crl_extensions = crl
policy = any
new_certs_dir = .
unique_subject = no
[any]
commonName = supplied
[crl]
authorityKeyIdentifier = keyid
[partial]
issuingDistributionPoint = critical, @point
[point]
fullname = URI:http://crl.example/a.crl
onlyuser = TRUE
[leaf]
subjectAltName = DNS:shop.example, DNS:*.shop.example, IP:192.0.2.1
authorityInfoAccess = OCSP;URI:http://ocsp.example/, caIssuers;URI:http://ca.example/ca.cer
crlDistributionPoints = URI:http://crl.example/a.crl
extendedKeyUsage = serverAuth
tlsfeature = status_request
[delegate]
extendedKeyUsage = OCSPSigning
noCheck = ignored
[authority]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = keyCertSign, cRLSign
subjectKeyIdentifier = hash
nameConstraints = permitted;DNS:example
"""


def seed(target, name, content):
    """Writes one; those that choose by a first byte have it in front already."""
    place = HERE / target
    place.mkdir(parents=True, exist_ok=True)
    (place / name).write_bytes(content)


class Authority:
    """A certificate authority in a directory, by openssl."""

    def __init__(self, place):
        self.place = pathlib.Path(place)
        (self.place / "ca.conf").write_text(CA_CONF)
        for name, content in [("index.txt", ""), ("serial", "1001\n"), ("crlnumber", "07\n")]:
            (self.place / name).write_text(content)
        self.key("ca")
        self("req", "-new", "-x509", "-key", "ca.key", "-out", "ca.pem", "-subj", "/CN=Seed CA", "-days", "3650",
             "-config", "ca.conf", "-extensions", "authority")
        for name, extensions in [("good", "leaf"), ("bad", "leaf"), ("delegate", "delegate")]:
            self.issue(name, extensions)
        self("ca", "-config", "ca.conf", "-keyfile", "ca.key", "-cert", "ca.pem", "-revoke", "bad.pem",
             "-crl_reason", "keyCompromise")

    def __call__(self, *arguments):
        done = subprocess.run(["openssl", *arguments], cwd=self.place, capture_output=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"openssl {' '.join(arguments)}: {done.stderr.decode()}")
        return done.stdout

    def key(self, name):
        self("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", f"{name}.key")

    def issue(self, name, extensions):
        self.key(name)
        self("req", "-new", "-key", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}.example", "-config",
             "ca.conf")
        self("ca", "-batch", "-config", "ca.conf", "-keyfile", "ca.key", "-cert", "ca.pem", "-in", f"{name}.csr",
             "-out", f"{name}.pem", "-days", "90", "-extensions", extensions, "-notext")

    def ocsp(self, certificate, signer, *more):
        """A responder's answer about a certificate."""
        self("ocsp", "-issuer", "ca.pem", "-cert", f"{certificate}.pem", "-reqout", "request.der", *more)
        self("ocsp", "-index", "index.txt", "-CA", "ca.pem", "-rsigner", f"{signer}.pem", "-rkey", f"{signer}.key",
             "-reqin", "request.der", "-respout", "response.der", "-ndays", "7")
        return (self.place / "response.der").read_bytes()

    def crl(self, extensions):
        self("ca", "-config", "ca.conf", "-keyfile", "ca.key", "-cert", "ca.pem", "-gencrl", "-out", "list.pem",
             "-crlexts", extensions)
        return self("crl", "-in", "list.pem", "-outform", "DER")


def revocation(ca):
    seed("ocsp", "good", ca.ocsp("good", "ca", "-no_nonce"))
    seed("ocsp", "revoked", ca.ocsp("bad", "ca", "-no_nonce"))
    seed("ocsp", "delegated", ca.ocsp("good", "delegate", "-no_nonce"))
    seed("ocsp", "nonce", ca.ocsp("good", "ca", "-nonce"))
    for status, name in [(1, "malformed"), (3, "later"), (6, "unauthorized")]:
        seed("ocsp", name, bytes([0x30, 3, 0x0A, 1, status]))
    seed("crl", "whole", ca.crl("crl"))
    seed("crl", "partial", ca.crl("partial"))
    (ca.place / "index.txt").write_text("")
    seed("crl", "empty", ca.crl("crl"))


def certificates(ca):
    for name in ["ca", "good", "delegate"]:
        seed("certificate", name, ca("x509", "-in", f"{name}.pem", "-outform", "DER"))
    seed("certificate", "pem", (ca.place / "good.pem").read_bytes())
    seed("certificate", "bundle", ca("crl2pkcs7", "-nocrl", "-certfile", "ca.pem", "-certfile", "good.pem",
                                     "-outform", "DER"))


def hellos(ca):
    """A server's first flight, of each version; the first byte says in what pieces it comes."""
    for version, name in [(ssl.TLSVersion.TLSv1_2, "tls12"), (ssl.TLSVersion.TLSv1_3, "tls13")]:
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(ca.place / "good.pem", ca.place / "good.key")
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
        server.minimum_version = client.minimum_version = version
        server.maximum_version = client.maximum_version = version
        ours, theirs, flight = ssl.MemoryBIO(), ssl.MemoryBIO(), ssl.MemoryBIO()
        for talk in [client.wrap_bio(ours, theirs), server.wrap_bio(theirs, flight, server_side=True)]:
            try:
                talk.do_handshake()
            except ssl.SSLWantReadError:
                pass
        seed("hello", name, b"\xff" + flight.read())
    seed("hello", "alert", b"\x00" + bytes([21, 3, 3, 0, 2, 2, 40]))


def conversations():
    """What servers say before TLS; the first byte is the protocol's place in `Protocol::UPGRADES`."""
    said = {
        "smtp": (0, b"220 mx.example ESMTP\r\n250-mx.example\r\n250-SIZE 1000\r\n250 STARTTLS\r\n220 go ahead\r\n"),
        "smtp-refused": (1, b"220 mx.example ESMTP\r\n250-mx.example\r\n250 STARTTLS\r\n454 not now\r\n"),
        "lmtp": (2, b"220 mx.example LMTP\r\n250-mx.example\r\n250 STARTTLS\r\n220 go ahead\r\n"),
        "imap": (3, b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n* CAPABILITY IMAP4rev1 STARTTLS\r\na1 OK done\r\n"
                    b"a2 OK begin\r\n"),
        "pop3": (4, b"+OK ready\r\n+OK\r\nSTLS\r\nUSER\r\n.\r\n+OK begin\r\n"),
        "ftp": (5, b"220 ready\r\n211-all:\r\n AUTH TLS\r\n211 end\r\n234 go on\r\n"),
        "ldap": (6, bytes.fromhex("300c02010178070a010004000400")),
        "xmpp": (7, b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
                    b"xmlns:stream='http://etherx.jabber.org/streams' id='a' version='1.0'><stream:features>"
                    b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>"
                    b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
        "sieve": (9, b'"IMPLEMENTATION" "x"\r\n"STARTTLS"\r\nOK\r\nOK "begin"\r\n'),
        "nntp": (10, b"200 ready\r\n101 list\r\nVERSION 2\r\nSTARTTLS\r\n.\r\n382 go on\r\n"),
        "postgres": (11, b"S"),
        "postgres-refused": (11, b"N"),
        "mysql": (12, bytes.fromhex("4a0000000a") + b"8.0.39\0" + bytes.fromhex("0b000000") + b"saltsalt\0"
                  + bytes.fromhex("ffffff0200ffdf15") + bytes(10) + b"saltsaltsalt\0caching_sha2_password\0"),
        "rdp": (14, bytes.fromhex("030000130ed000001234000200080001000000")),
    }
    for name, (protocol, transcript) in said.items():
        seed("conversation", name, bytes([protocol]) + transcript)
    passages = {
        "connected": (0, b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\nSSH-2.0"),
        "login": (2, b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n"),
        "socks": (1, bytes([5, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0])),
        "socks-login": (3, bytes([5, 2, 1, 0, 5, 0, 0, 3, 3]) + b"abc" + bytes([0, 80])),
        "socks-refused": (1, bytes([5, 0, 5, 5, 0, 1, 0, 0, 0, 0, 0, 0])),
    }
    for name, (choice, reply) in passages.items():
        seed("passage", name, bytes([choice]) + reply)


def sources():
    """Where people already have their targets, in every format; named by it. The first byte says that the content tells which."""
    ingress = ("kind: Ingress\nmetadata: {name: shop, namespace: web}\nspec:\n  tls:\n"
               "  - hosts: [shop.example, api.example]\n    secretName: shop-tls\n")
    blackbox = ("modules:\n  web: {prober: http, http: {tls_config: {server_name: www.example, cert_file: c.pem}}}\n"
                "  smtp: {prober: tcp, tcp: {query_response: [{expect: 220, send: EHLO x}, {send: STARTTLS}, {starttls: true}]}}\n"
                "scrape_configs:\n- {job_name: web, params: {module: [web]}, static_configs: [{targets: ['https://a.example/x'], "
                "labels: {env: prod}}]}\n"
                "- {job_name: mail, params: {module: [smtp]}, static_configs: [{targets: ['mx.example:2525']}],\n"
                "  http_sd_configs: [{url: 'http://u:p@b.example/', basic_auth: {username: u, password: x}, tls_config: {ca_file: c}}]}\n")
    nginx = ("# configuration file /etc/nginx/nginx.conf:\nhttp {\n  log_format x '{ \"a\": \"$b\" }';\n"
             "  include conf.d/*.conf;\n}\n\n# configuration file /etc/nginx/conf.d/a.conf:\nserver {\n"
             "  listen 443 ssl default_server;\n  listen [::1]:8443 ssl;\n  server_name shop.example www.shop.example;\n"
             "  ssl_certificate /etc/shop.pem;\n  location ~ \"^/{2}\" { proxy_pass http://x; }\n}\n")
    apache = ("Define domain shop.example\n<IfModule mod_ssl.c>\n<VirtualHost *:443 10.0.0.5:8443>\n"
              "  ServerName https://${domain}:443\n  ServerAlias \\\n  www.${domain}\n  SSLEngine on\n"
              "  SSLCertificateFile \"/etc/cert.pem\"\n</VirtualHost>\n</IfModule>\n")
    haproxy = ("global\n  stats socket /run/h\ncrt-store web\n  crt-base /etc/d\n  load crt \"a.pem\" alias one\nfrontend f\n"
               "  bind :443,10.0.0.5:8443,unix@/run/x ssl crt shop.pem alpn h2 # c\n  bind :7443 ssl crt-list list\n"
               "  bind :6443 ssl crt @web/one crt \"${DIR}/x.pem\"\n")
    certbot = ("version = 5.3\narchive_dir = /etc/letsencrypt/archive/a\nfullchain = /etc/letsencrypt/live/a/fullchain.pem\n"
               "[renewalparams]\nserver = https://ca.example/directory\n")
    macros = ("Listen 8443 https\nListen 443\n<IfDefine !tld>\n<If>\n</If>\n</IfDefine>\nDefine tld example\n<Macro VHost $name @alias>\n<VirtualHost *:8443>\nServerName $name.${tld}\n"
              "ServerAlias @alias\n</VirtualHost>\n</Macro>\nUse VHost a \"b.example c.example\"\nMDomain a.example auto\n"
              "<MDomainSet d.example>\nMDMember e.example\nMDCertificateFile d.pem\n</MDomainSet>\n<VirtualHost *:*>\n"
              "ServerName d.example\nSSLEngine on\n</VirtualHost>\n")
    caddyfile = ("{\n\thttp_port 8080\n\tdefault_bind 10.0.0.5\n}\n(ours) {\n\ttls {args[0]}.pem {args.1}\n}\n"
                 "a.example, b.example:8443 {\n\timport ours c k # x\n\trespond <<END\n\ta { b\n\tEND 200\n\thandle {\n\t}\n}\n"
                 "http://c.example [::1]:7443 {$X} {\n\tbind tcp/127.0.0.1\n}\nimport *.caddy\n")
    caddy = ('{"apps": {"http": {"https_port": 8443, "servers": {"s": {"listen": ["tcp/:443-445"], "routes": [{"match": [{"host": '
             '["a.example", "b.example"]}]}]}}}, "tls": {"certificates": {"automate": ["c.example"], "load_files": '
             '[{"certificate": "c.pem"}]}}}}')
    envoy = ("static_resources:\n  listeners:\n  - name: web\n    address: {socket_address: {address: '::', port_value: 443}}\n"
             "    additional_addresses: [{address: {socket_address: {address: 10.0.0.5, port_value: 8443}}}]\n"
             "    filter_chains:\n    - filter_chain_match: {server_names: [a.example]}\n      transport_socket:\n"
             "        typed_config:\n          common_tls_context:\n            tls_certificates: [{certificate_chain: {filename: a.pem}}]\n"
             "            tls_certificate_sds_secret_configs: [{name: s}, {name: t, sds_config: {path: sds.yaml}}]\n"
             "            validation_context: {trusted_ca: {filename: ca.pem}}\n"
             "  secrets: [{name: s, tls_certificate: {certificate_chain: {filename: s.pem}}}]\n"
             "dynamic_resources: {lds_config: {path_config_source: {path: lds.yaml}}}\n")
    discovered = ("resources:\n- '@type': type.googleapis.com/envoy.config.listener.v3.Listener\n  name: web\n"
                  "  address: {socket_address: {address: 0.0.0.0, port_value: 443}}\n  filter_chains:\n"
                  "  - transport_socket: {typed_config: {common_tls_context: {tls_certificates: [{certificate_chain: {filename: a.pem}}]}}}\n"
                  "    filters: [{typed_config: {route_config: {virtual_hosts: [{domains: ['a.example:443', b.example, '*']}]}}}]\n")
    dumped = ('{"configs": [{"@type": "type.googleapis.com/envoy.admin.v3.ListenersConfigDump", "dynamicListeners": [{"name": "web", '
              '"activeState": {"listener": {"name": "web", "address": {"socketAddress": {"address": "10.0.0.5", "portValue": "8443"}}, '
              '"filterChains": [{"filters": [{"typedConfig": {"rds": {"routeConfigName": "r"}}}], "transportSocket": {"typedConfig": '
              '{"commonTlsContext": {"tlsCertificateSdsSecretConfigs": [{"name": "s", "sdsConfig": {"ads": {}}}]}}}}]}}}]}, '
              '{"dynamicRouteConfigs": [{"routeConfig": {"name": "r", "virtualHosts": [{"domains": ["a.example", "b.example"]}]}}]}, '
              '{"dynamicActiveSecrets": [{"secret": {"name": "s", "tlsCertificate": {"certificateChain": {"filename": "s.pem"}}}}]}]}')
    loaded = ('{"certificates": [{"ca_cert": [], "cert_chain": [{"path": "/etc/a.pem", "subject_alt_names": [{"dns": "a.example"}, '
              '{"ip_address": "192.0.2.1"}, {"uri": "spiffe://x"}]}]}]}')
    prometheus = ('{"status": "success", "data": {"activeTargets": [{"labels": {"job": "j"}, "scrapeUrl": '
                  '"http://b/probe?module=m&target=a.example%3A1"}, {"labels": {}, "scrapeUrl": "https://c.example/metrics"}]}}')
    metrics = ('{"status": "success", "data": {"resultType": "vector", "result": [{"metric": {"__name__": '
               '"probe_ssl_earliest_cert_expiry", "job": "j", "instance": "http://a.example:80/x"}, "value": [1, "1798070400"]}, '
               '{"metric": {"__name__": "x509_cert_enddate", "source": "tcp://b.example:8443", "san": "x"}, "value": [1, "2"]}, '
               '{"metric": {"__name__": "x509_cert_not_after", "filename": "/f"}, "value": [1, "-62135596800"]}]}, "warnings": ["w"]}')
    traefik = ('{"le": {"Account": {"PrivateKey": "eA=="}, "Certificates": [{"domain": {"main": "a.example", "sans": '
               '["b.example"]}, "certificate": "eA==", "key": "eA=="}]}, "none": {"Certificates": null}}')
    sources = {
        "apache": apache,
        "apache-macros": macros,
        "caddy": caddy,
        "caddy-storage": '{"sans": ["a.example", "b.example"], "issuer_data": {"url": "https://ca.example/x"}}',
        "caddy-file": caddyfile,
        "caddy-single": "{$A:a.example b.example}:{$P:8443},\n{$B}c.example\n\ntls {$C}.pem {env.K}\n@x host d.example\nrespond x\n",
        "envoy": envoy,
        "envoy-certs": loaded,
        "envoy-discovery": discovered,
        "envoy-dump": dumped,
        "prometheus": prometheus,
        "prometheus-metrics": metrics,
        "blackbox": blackbox,
        "certbot": certbot,
        "haproxy": haproxy,
        "nginx": nginx,
        "traefik": traefik,
        "ansible": '{"_meta": {"hostvars": {"shop.example": {"ansible_host": "10.0.0.7"}, "web1": '
                   '{"ansible_host": "web1.example"}}}, "web": {"hosts": ["shop.example", "web1"]}}',
        "csv": 'host,port,env,labels\nshop.example,8443,prod,"team=web tier=1"\n2001:db8::1,443,,\n',
        "csv-targets": "Env;Target\r\nprod;imaps://mx.example\r\ntest;a.example@10.0.0.1:8443\r\n",
        "file_sd": '[{"targets": ["shop.example:443", "https://api.example:8443/health"], "labels": {"env": "prod"}}]',
        "file_sd-yaml": "- targets:\n  - shop.example:443\n  - '[2001:db8::1]:8443'\n  labels:\n    env: prod\n",
        "hosts": "127.0.0.1 localhost\n10.0.0.7\tshop.example shop # alias\n2001:db8::1 api.example\n",
        "kubernetes": '{"apiVersion": "v1", "kind": "List", "items": [{"kind": "Gateway", "metadata": {"name": "gw"}, '
                      '"spec": {"listeners": [{"name": "a", "port": 8443, "protocol": "HTTPS", "hostname": "a.example"}, '
                      '{"name": "b", "port": 443, "protocol": "TLS"}]}, "status": {"addresses": [{"value": "10.0.0.9"}]}}, '
                      '{"kind": "Certificate", "metadata": {"name": "c"}, "spec": {"dnsNames": ["c.example"]}}]}',
        "kubernetes-yaml": f"apiVersion: networking.k8s.io/v1\n{ingress}",
        "list": "# all\nshop.example\nimap://mail.example # first\n10.0.0.0/30:443,8443\nb.example:8000-8002\n",
        "nmap": '<?xml version="1.0"?>\n<!DOCTYPE nmaprun>\n<nmaprun><host><address addr="10.0.0.7" addrtype="ipv4"/>'
                '<hostnames><hostname name="shop.example" type="user"/></hostnames><ports><port protocol="tcp" portid="443">'
                '<state state="open"/><service name="http" tunnel="ssl"/></port><port protocol="tcp" portid="9000">'
                '<state state="open"/><script id="ssl-cert" output=""/></port></ports></host></nmaprun>\n',
    }
    for name, text in sources.items():
        seed("source", name, b"\xff" + text.encode())


def main():
    with tempfile.TemporaryDirectory() as place:
        ca = Authority(place)
        certificates(ca)
        hellos(ca)
        revocation(ca)
    conversations()
    sources()


if __name__ == "__main__":
    main()
