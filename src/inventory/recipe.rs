//! From a [`Spec`] to a [`Target`]: everything the notation does not say.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::notation::Spec;
use super::proxy::Proxying;
use super::route::{ConnectTo, Resolve};
use crate::model::{ClientFiles, Depth, Expectations, Family, Labels, Protocol, Target, TargetId};

/// What targets have in common, by default and by command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// Time between two probes of one address.
    pub interval: Duration,
    /// Deadline of one probe.
    pub timeout: Duration,
    /// Time between two surveys of one address.
    pub survey: Duration,
    /// Which address families are probed.
    pub family: Family,
    /// Name to send and verify instead of the host.
    pub servername: Option<Arc<str>>,
    /// ALPN protocols to offer instead of the scheme's.
    pub alpn: Option<Vec<Arc<str>>>,
    /// Upgrade to use instead of the scheme's.
    pub upgrade: Upgrade,
    /// The client certificate presented to servers that ask for one.
    pub client: Option<Arc<ClientFiles>>,
    /// The certificate file that the server reads.
    pub cert_file: Option<Arc<Path>>,
    /// How much is looked at.
    pub depth: Depth,
    /// What targets are to be like.
    pub expect: Option<Arc<Expectations>>,
    /// Names and values.
    pub labels: Labels,
    /// `--resolve`, first match counts.
    pub resolve: Vec<Resolve>,
    /// `--connect-to`, first match counts.
    pub connect_to: Vec<ConnectTo>,
    /// Which connections go through a proxy.
    pub proxying: Proxying,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(30),
            timeout: Duration::from_secs(5),
            survey: Duration::from_hours(1),
            family: Family::Any,
            servername: None,
            alpn: None,
            upgrade: Upgrade::ByScheme,
            client: None,
            cert_file: None,
            depth: Depth::default(),
            expect: None,
            labels: Labels::new(),
            resolve: Vec::new(),
            connect_to: Vec::new(),
            proxying: Proxying::default(),
        }
    }
}

/// What is spoken before TLS, when it is not to be what the scheme or port says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Upgrade {
    /// As the scheme or port says.
    #[default]
    ByScheme,
    /// `starttls = "smtp"`; [`Protocol::Tls`] is `starttls = "none"`.
    To(Protocol),
}

impl Recipe {
    /// The target `spec` describes, with this recipe's defaults.
    pub fn target(&self, id: TargetId, spec: &Spec) -> Target {
        let protocol = match self.upgrade {
            Upgrade::ByScheme => spec.scheme.protocol,
            Upgrade::To(protocol) => protocol,
        };
        let offers = || spec.scheme.offers(protocol).iter().map(|&name| name.into()).collect::<Vec<_>>();
        let dial = self.connect_to.iter().find_map(|route| route.lead(&spec.host, spec.port));
        let pinned = self.pinned(spec, dial.as_ref());
        Target {
            id,
            name: spec.to_string().into(),
            host: spec.host.clone(),
            port: spec.port,
            protocol,
            servername: self.servername.clone(),
            proxy: self.proxying.lead(spec, &pinned),
            pinned,
            dial,
            family: self.family,
            alpn: self.alpn.clone().unwrap_or_else(|| self.offer(offers())),
            client: self.client.clone(),
            cert_file: self.cert_file.clone(),
            depth: self.depth,
            expect: self.expect.clone(),
            labels: self.labels.clone(),
            interval: self.interval,
            timeout: self.timeout,
            survey: self.survey,
        }
    }

    /// What is expected to be selected is offered.
    fn offer(&self, mut usual: Vec<Arc<str>>) -> Vec<Arc<str>> {
        let expected = self.expect.iter().flat_map(|expect| &expect.alpn);
        let missing: Vec<_> = expected.filter(|name| !usual.contains(name)).cloned().collect();
        usual.extend(missing);
        usual
    }

    /// `name@ip:port` before `--resolve`; the latter speaks of where the connection goes, as curl's does.
    fn pinned(&self, spec: &Spec, dial: Option<&(crate::model::Host, u16)>) -> Vec<SocketAddr> {
        if let Some(address) = spec.pinned {
            return vec![address];
        }
        let (host, port) = dial.map_or((&spec.host, spec.port), |(host, port)| (host, *port));
        let route = self.resolve.iter().find(|route| route.covers(host, port));
        let addresses = route.map_or(&[][..], |route| &route.addresses);
        addresses.iter().map(|&ip| SocketAddr::new(ip, port)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    fn built(recipe: &Recipe, notation: &str) -> Target {
        recipe.target(TargetId(0), &parse(notation).unwrap())
    }

    #[test]
    fn fills_in_what_the_notation_leaves_open() {
        let recipe = Recipe::default();
        let target = built(&recipe, "Shop.Example");
        assert_eq!((&*target.name, target.port, target.protocol), ("shop.example:443", 443, Protocol::Tls));
        assert_eq!(target.alpn, ["h2".into(), "http/1.1".into()]);
        assert!(built(&recipe, "imaps://mail.example").alpn.is_empty());
        assert_eq!(built(&recipe, "a.example@10.0.0.5:8443").pinned, ["10.0.0.5:8443".parse().unwrap()]);
    }

    #[test]
    fn the_upgrade_decides_what_is_spoken_and_offered() {
        let with = |protocol| Recipe { upgrade: Upgrade::To(protocol), ..Recipe::default() };
        let spoken = |recipe: &Recipe, notation| {
            let target = built(recipe, notation);
            (target.protocol, target.alpn.join(","))
        };
        let none = String::new;
        let cases = [
            (Recipe::default(), "mail.example:25", (Protocol::Smtp, none())),
            (with(Protocol::Tls), "mail.example:25", (Protocol::Tls, none())),
            (with(Protocol::Smtp), "mail.example:2525", (Protocol::Smtp, none())),
            (Recipe::default(), "db.example:5432", (Protocol::Postgres, "postgresql".to_owned())),
            (with(Protocol::Tls), "db.example:5432", (Protocol::Tls, "postgresql".to_owned())),
            (with(Protocol::Postgres), "db.example:6543", (Protocol::Postgres, "postgresql".to_owned())),
            (Recipe::default(), "tds://db.example", (Protocol::Tds, none())),
            (with(Protocol::Tls), "tds://db.example", (Protocol::Tls, "tds/8.0".to_owned())),
            (Recipe::default(), "h3://www.example", (Protocol::H3, "h3".to_owned())),
        ];
        for (recipe, notation, expected) in cases {
            assert_eq!(spoken(&recipe, notation), expected, "{notation} with {:?}", recipe.upgrade);
        }
    }

    #[test]
    fn leads_connections_elsewhere() {
        let recipe = Recipe {
            connect_to: vec!["a.example:443:edge.example:8443".parse().unwrap()],
            resolve: vec!["edge.example:8443:10.0.0.9".parse().unwrap(), "b.example:443:10.0.0.1".parse().unwrap()],
            ..Recipe::default()
        };
        let led = built(&recipe, "a.example");
        assert_eq!(led.destination().1, 8443);
        assert_eq!(led.pinned, ["10.0.0.9:8443".parse().unwrap()]);
        assert_eq!(built(&recipe, "b.example").pinned, ["10.0.0.1:443".parse().unwrap()]);
        assert!(built(&recipe, "c.example").pinned.is_empty());
    }
}
