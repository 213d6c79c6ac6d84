//! Settings in effect, written as a configuration file that says the same.

use std::fmt::{Display, Write as _};
use std::net::SocketAddr;
use std::path::Path;

use super::expect;
use super::parts::{ColorChoice, ProbeSettings, UiSettings};
use super::settings::Settings;
use super::value::ShowDuration;
use crate::diagnosis::Policy;
use crate::input::{ACTIONS, Keymap};
use crate::inventory::sources::{Client, Pass, SecretAt};
use crate::inventory::{self, LiveSource, Place, ProxyChoice, Recipe, Scheme};
use crate::model::{ClientFiles, Family, Host, Labels, Protocol, Target};

impl Settings {
    /// TOML that reads back as these settings, targets led elsewhere by `--resolve` excepted.
    #[must_use]
    pub fn show(&self) -> String {
        let mut out = String::new();
        if let Some(file) = &self.file {
            let _ = writeln!(out, "# {}, environment and flags", file.display());
        }
        defaults(&mut out, &self.recipe);
        table(&mut out, "[trust]");
        key(&mut out, "stores", &list(self.trust.stores.iter().map(|store| store.name())));
        key(&mut out, "ca_files", &list(self.trust.ca_files.iter().map(|file| absolute(file))));
        probe(&mut out, &self.probe);
        proxy(&mut out, &self.recipe);
        thresholds(&mut out, &self.policy);
        ui(&mut out, &self.ui);
        self.targets.iter().for_each(|target| self::target(&mut out, target, &self.recipe));
        self.inventory.iter().for_each(|source| self::source(&mut out, source));
        keys(&mut out, &self.keymap);
        out
    }
}

fn source(out: &mut String, source: &LiveSource) {
    table(out, "[[inventory]]");
    match &source.place {
        Place::Files { path, kind } => {
            key(out, "path", &text(&absolute(path)));
            if let Some(kind) = kind {
                key(out, "kind", &text(kind.name()));
            }
        }
        Place::Url { address, asker, kind } => {
            key(out, "url", &text(address.shown()));
            key(out, "kind", &text(kind.name()));
            if let Some(pass) = &asker.pass {
                self::pass(out, pass);
            }
            if let Some(Client::Files { files, .. }) = &asker.client {
                client(out, files);
            }
        }
    }
    key(out, "refresh", &span(source.refresh));
    if !source.labels.is_empty() {
        labels(out, &source.labels);
    }
}

/// Where it is, and never what it is.
fn pass(out: &mut String, pass: &Pass) {
    let (name, place) = match pass {
        Pass::Token { token, .. } => ("token", token),
        Pass::Login { password: SecretAt::Here(_), .. } => {
            return out.push_str("# The name and password in the URL are not shown.\n");
        }
        Pass::Login { name, password } => {
            key(out, "username", &text(name));
            ("password", password)
        }
    };
    match place {
        SecretAt::File(path) => key(out, &format!("{name}_file"), &text(&absolute(path))),
        SecretAt::Variable(variable) => key(out, &format!("{name}_env"), &text(variable)),
        SecretAt::Here(_) => {}
    }
}

fn defaults(out: &mut String, recipe: &Recipe) {
    out.push_str("[defaults]\n");
    key(out, "interval", &span(recipe.interval));
    key(out, "timeout", &span(recipe.timeout));
    key(out, "survey", &span(recipe.survey));
    key(out, "family", &family(recipe.family));
    key(out, "depth", &text(recipe.depth.name()));
    if let Some(client) = &recipe.client {
        self::client(out, client);
    }
    if let Some(name) = &recipe.servername {
        key(out, "servername", &text(name));
    }
    if let Some(alpn) = &recipe.alpn {
        key(out, "alpn", &list(alpn));
    }
    if let Some(expected) = &recipe.expect {
        key(out, "expect", &expect::show(expected));
    }
    labels(out, &recipe.labels);
}

fn probe(out: &mut String, probe: &ProbeSettings) {
    table(out, "[probe]");
    key(out, "concurrency", &probe.concurrency);
    if let Some(rate) = probe.rate {
        key(out, "rate", &text(&format!("{}/s", rate.0)));
    }
    key(out, "per_address", &probe.per_address);
    key(out, "surveys", &probe.surveys);
    key(out, "connections_per_minute", &probe.connections_per_minute);
    key(out, "dns_servers", &list(probe.dns_servers.iter().map(SocketAddr::to_string)));
    if let Some(file) = &probe.hosts_file {
        key(out, "hosts_file", &text(&absolute(file)));
    }
    key(out, "fetch", &text(&probe.fetch.to_string()));
    key(out, "fetch_private", &probe.fetch_private);
}

/// Without its login, and without what the environment says: neither is for a file that others may read.
fn proxy(out: &mut String, recipe: &Recipe) {
    match &recipe.proxying.chosen {
        Some(ProxyChoice::Direct) => key(out, "proxy", &text("none")),
        Some(ProxyChoice::Through(proxy)) => {
            key(out, "proxy", &text(&proxy.to_string()));
            if proxy.login.is_some() {
                out.push_str("# Its name and password are not shown.\n");
            }
        }
        None => {
            let usual = &recipe.proxying.usual;
            for (name, proxy) in [("HTTPS_PROXY", &usual.https), ("ALL_PROXY", &usual.all)] {
                if let Some(proxy) = proxy {
                    let _ = writeln!(out, "# {name}: {proxy}");
                }
            }
        }
    }
}

fn thresholds(out: &mut String, policy: &Policy) {
    table(out, "[thresholds]");
    limits(out, policy);
    for (name, value, policy) in &policy.by_label {
        table(out, "[[thresholds.label]]");
        key(out, "match", &text(&format!("{name}={value}")));
        limits(out, policy);
    }
    for objective in &policy.objectives {
        table(out, "[[slo]]");
        if let Some((name, value)) = &objective.label {
            key(out, "match", &text(&format!("{name}={value}")));
        }
        key(out, "objective", &format!("{:?}", objective.percent));
    }
    for silence in &policy.silences {
        table(out, "[[silence]]");
        if let Some((name, value)) = &silence.label {
            key(out, "match", &text(&format!("{name}={value}")));
        }
        for (name, moment) in [("from", silence.from), ("until", silence.until)] {
            if let Some(moment) = moment {
                key(out, name, &moment.rfc3339());
            }
        }
        key(out, "reason", &text(&silence.reason));
    }
}

fn limits(out: &mut String, policy: &Policy) {
    key(out, "renewal_grace", &policy.renewal_grace);
    key(out, "overdue_at_most", &span(policy.overdue_at_most));
    key(out, "expiring_warning", &policy.expiring_warning);
    key(out, "warning_at_most", &span(policy.warning_at_most));
    key(out, "expiring_critical", &policy.expiring_critical);
    key(out, "critical_at_most", &span(policy.critical_at_most));
    key(out, "expiring_page", &policy.expiring_page);
    key(out, "page_at_most", &span(policy.page_at_most));
    key(out, "page_at_least", &span(policy.page_at_least));
    key(out, "production", &list(policy.production.iter().map(|(name, value)| format!("{name}={value}"))));
    key(out, "production_page", &span(policy.production_page));
    key(out, "production_lifetime", &span(policy.production_lifetime));
    key(out, "max_latency", &span(policy.max_latency));
    key(out, "severity_at_most", &text(policy.severity_at_most.name()));
}

fn ui(out: &mut String, ui: &UiSettings) {
    table(out, "[ui]");
    if let Some(theme) = &ui.theme {
        key(out, "theme", &text(theme));
    }
    let glyphs = match ui.ascii {
        Some(true) => "ascii",
        Some(false) => "unicode",
        None => "auto",
    };
    key(out, "glyphs", &text(glyphs));
    key(out, "color", &text(if ui.color == ColorChoice::Never { "never" } else { "auto" }));
    key(out, "mouse", &ui.mouse);
}

/// A target's own keys, where they differ from the defaults.
fn target(out: &mut String, target: &Target, recipe: &Recipe) {
    table(out, "[[target]]");
    key(out, "target", &text(&target.name));
    if target.interval != recipe.interval {
        key(out, "interval", &span(target.interval));
    }
    if target.timeout != recipe.timeout {
        key(out, "timeout", &span(target.timeout));
    }
    if target.survey != recipe.survey {
        key(out, "survey", &span(target.survey));
    }
    if target.family != recipe.family {
        key(out, "family", &family(target.family));
    }
    if target.client != recipe.client {
        match &target.client {
            Some(client) => self::client(out, client),
            None => key(out, "client_cert", &text("")),
        }
    }
    if target.depth != recipe.depth {
        key(out, "depth", &text(target.depth.name()));
    }
    if let Some(name) = target.servername.as_ref().filter(|name| recipe.servername.as_ref() != Some(name)) {
        key(out, "servername", &text(name));
    }
    let scheme = inventory::parse(&target.name).ok().map(|spec| spec.scheme);
    let natural = |scheme: &Scheme| scheme.offers(target.protocol).iter().copied();
    let is_own = |scheme: &Scheme| !natural(scheme).eq(target.alpn.iter().map(|name| &**name));
    if recipe.alpn.as_ref() != Some(&target.alpn) && scheme.is_none_or(is_own) {
        key(out, "alpn", &list(&target.alpn));
    }
    if scheme.is_some_and(|scheme| scheme.protocol != target.protocol) {
        key(out, "starttls", &text(if target.protocol == Protocol::Tls { "none" } else { target.protocol.name() }));
    }
    if let Some((host, port)) = &target.dial {
        let host = match host {
            Host::Ip(ip) if ip.is_ipv6() => format!("[{ip}]"),
            host => host.to_string(),
        };
        key(out, "connect_to", &text(&format!("::{host}:{port}")));
    }
    if let Some(path) = &target.cert_file {
        key(out, "cert_file", &text(&absolute(path)));
    }
    if let Some(expected) = target.expect.as_ref().filter(|expected| recipe.expect.as_ref() != Some(expected)) {
        key(out, "expect", &expect::show(expected));
    }
    if target.labels != recipe.labels {
        labels(out, &target.labels);
    }
}

fn keys(out: &mut String, keymap: &Keymap) {
    let shipped = Keymap::default();
    for spec in ACTIONS.iter().filter(|spec| keymap.keys_of(spec.action) != shipped.keys_of(spec.action)) {
        table(out, "[[key]]");
        key(out, "action", &text(spec.id));
        key(out, "keys", &list(keymap.keys_of(spec.action).iter().map(ToString::to_string)));
    }
}

fn client(out: &mut String, client: &ClientFiles) {
    key(out, "client_cert", &text(&absolute(&client.certificate)));
    if let Some(file) = &client.key {
        key(out, "client_key", &text(&absolute(file)));
    }
    if let Some(file) = &client.password_file {
        key(out, "client_cert_password_file", &text(&absolute(file)));
    }
}

pub(super) fn labels(out: &mut String, labels: &Labels) {
    let pairs: Vec<_> = labels.iter().map(|(name, value)| format!("{} = {}", text(name), text(value))).collect();
    key(out, "labels", &if pairs.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", pairs.join(", ")) });
}

fn table(out: &mut String, name: &str) {
    let _ = writeln!(out, "\n{name}");
}

pub(super) fn key(out: &mut String, name: &str, value: &impl Display) {
    let _ = writeln!(out, "{name} = {value}");
}

pub(super) fn text(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn span(duration: std::time::Duration) -> String {
    text(&ShowDuration(duration).to_string())
}

fn family(family: Family) -> String {
    text(match family {
        Family::Any => "any",
        Family::V4 => "ipv4",
        Family::V6 => "ipv6",
    })
}

fn list<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> String {
    format!("[{}]", items.into_iter().map(|item| text(item.as_ref())).collect::<Vec<_>>().join(", "))
}

/// Paths of flags are relative to where the program was started, those of a file to the file.
pub(super) fn absolute(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::super::{File, Overrides};
    use super::*;

    #[test]
    fn what_is_shown_reads_back() {
        let text = "[defaults]\ninterval = \"90s\"\nlabels = { env = \"prod\", \"a b\" = \"q\\\"\" }\nclient_cert = \"/c.p12\"\nclient_cert_password_file = \"/c.word\"\n[trust]\nstores = []\n\
                    ca_files = [\"/etc/ca.pem\"]\n[probe]\nrate = \"30/m\"\ndns_servers = [\"::1\"]\nhosts_file = \"/h\"\nfetch = \"crl,ocsp\"\nfetch_private = true\nproxy = \"socks5://[::1]:9\"\n\
                    [thresholds]\nmax_latency = \"250ms\"\n[[thresholds.label]]\nmatch = \"env:staging\"\nexpiring_page = 0.05\nseverity_at_most = \"ticket\"\n\
                    [[slo]]\nmatch = \"service:a\"\nobjective = 99.95\n[[slo]]\nobjective = 99.0\n[[silence]]\nmatch = \"env:staging\"\nfrom = 2026-11-25T22:00:00+02:00\nreason = \"a move\"\n[[silence]]\nuntil = 2026-11-25T22:00:00Z\nreason = \"\"\n[ui]\ntheme = \"light\"\nglyphs = \"ascii\"\nmouse = false\n\
                    [[target]]\ntarget = \"a.example:25\"\nstarttls = \"none\"\nalpn = [\"x\"]\nsurvey = \"2h\"\ntimeout = \"1s\"\ndepth = \"handshake\"\n\
                    [[target]]\ntarget = \"b.example\"\nclient_cert = \"\"\n[[target]]\ntarget = \"imaps://c.example\"\n\
                    connect_to = \"::[::1]:9\"\nservername = \"d.example\"\nfamily = \"ipv6\"\nlabels = { x = \"y\" }\nexpect = { min_version = \"TLSv1.3\", alpn = [\"imap\"], issuer = \"a \\\"b\\\"\", names = [\"x.example\"], hsts = true, mtls = false, pins = [\"sha256/LCa0a2j/xo/5m0U8HTBBNBNCLXBkg7+g+YpeiGJm564=\", \"sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\"], max_latency = \"1s\" }\n\
                    [[key]]\naction = \"probe.now\"\nkeys = [\"ctrl-r\"]\n";
        let fold = |text: String| {
            let file = File::parse(Path::new("/c.toml"), text).unwrap_or_else(|error| panic!("{error}"));
            Settings::fold(Some(&file), &Overrides::default(), None).unwrap()
        };
        let settings = fold(text.to_owned());
        let shown = settings.show();
        assert_eq!(fold(shown.clone()), settings, "{shown}");
    }
}
