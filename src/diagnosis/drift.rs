//! Addresses of one name that are set up differently: a roll-out that stopped half-way, a node that was forgotten.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use super::command::{self, Show};
use super::evidence::{AddressEvidence, Case};
use super::rules;
use super::words;
use crate::model::{
    Answer, ClientAuth, Confidence, Evidence, Extent, Finding, Handshake, Impact, Negotiation, Next, Question, Scope,
    Status,
};

/// One thing that all addresses of a name should do alike.
struct Aspect {
    name: &'static str,
    /// What an address does; `None` where that is not known.
    setting: fn(&AddressEvidence<'_>) -> Option<Setting>,
}

type Setting = BTreeSet<String>;

const ASPECTS: [Aspect; 7] = [
    Aspect { name: CLIENT_CERTIFICATE, setting: client_certificate },
    Aspect { name: "accepted versions", setting: versions },
    Aspect { name: "accepted suites", setting: suites },
    Aspect { name: "accepted groups", setting: groups },
    Aspect { name: "negotiated version", setting: negotiated_version },
    Aspect { name: "negotiated protocol", setting: negotiated_protocol },
    Aspect { name: "accepted protocols", setting: protocols },
];

/// The only one that decides whether clients get in.
const CLIENT_CERTIFICATE: &str = "client certificate";

/// Whether any two addresses are set up differently. Asked of every healthy target, and cheap: nothing is put in words.
pub(super) fn differ(case: &Case<'_>) -> bool {
    if case.addresses.len() < 2 {
        return false;
    }
    let negotiated = |handshake: &'_ Handshake| (handshake.version, handshake.client_auth == ClientAuth::None);
    let handshakes = || case.addresses.iter().filter_map(completed);
    let mut others = handshakes().skip(1);
    let same =
        |first: &Handshake| others.all(|other| negotiated(first) == negotiated(other) && first.alpn == other.alpn);
    let surveys = || case.addresses.iter().filter_map(|address| address.survey);
    let same_surveyed = surveys().next().is_none_or(|first| {
        surveys().skip(1).all(|other| first.negotiation == other.negotiation && first.alpn == other.alpn)
    });
    !handshakes().next().is_none_or(same) || !same_surveyed
}

/// Adds the finding that names the odd ones out.
pub(super) fn look(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let mut drifts: Vec<Drift> = ASPECTS.iter().filter_map(|aspect| Drift::of(aspect, case)).collect();
    // What was negotiated follows from what is accepted.
    for (result, reason) in [("negotiated version", "accepted versions"), ("negotiated protocol", "accepted protocols")]
    {
        if drifts.iter().any(|drift| drift.name == reason) {
            drifts.retain(|drift| drift.name != result);
        }
    }
    if !drifts.is_empty() {
        findings.push(tell(case, &drifts));
    }
}

/// One aspect in which addresses differ.
struct Drift {
    name: &'static str,
    /// What most do, and who does.
    usual: (Setting, Vec<SocketAddr>),
    /// What the others do, fewest addresses first; never empty.
    odd: Vec<(Setting, Vec<SocketAddr>)>,
}

impl Drift {
    fn of(aspect: &Aspect, case: &Case<'_>) -> Option<Self> {
        let mut settings: BTreeMap<Setting, Vec<SocketAddr>> = BTreeMap::new();
        for evidence in case.addresses {
            if let Some(setting) = (aspect.setting)(evidence) {
                settings.entry(setting).or_default().push(evidence.address);
            }
        }
        if settings.len() < 2 {
            return None;
        }
        let mut settings: Vec<(Setting, Vec<SocketAddr>)> = settings.into_iter().collect();
        for (_, addresses) in &mut settings {
            addresses.sort_unstable();
        }
        settings.sort_by_key(|(_, addresses)| addresses.len());
        let usual = settings.pop()?;
        Some(Self { name: aspect.name, usual, odd: settings })
    }

    /// Whether nobody can be called odd: as many do one thing as do another.
    fn is_tie(&self) -> bool {
        self.odd.last().is_some_and(|(_, addresses)| addresses.len() == self.usual.1.len())
    }

    fn odd_addresses(&self) -> impl Iterator<Item = SocketAddr> {
        let usual = self.is_tie().then_some(&self.usual);
        self.odd.iter().chain(usual).flat_map(|(_, addresses)| addresses.iter().copied())
    }

    /// `TLSv1.2 instead of TLSv1.3 on 10.0.0.3:443; TLSv1.3 on 3 others`.
    fn sentence(&self) -> String {
        let (usual, like_most) = &self.usual;
        let odd = self.odd.iter().map(|(setting, addresses)| {
            format!("{} on {}", shortened(difference(setting, usual)), words::addresses(addresses))
        });
        let odd = odd.collect::<Vec<_>>().join("; ");
        let others = match &like_most[..] {
            [address] => address.to_string(),
            several => format!("{} others", several.len()),
        };
        if usual.len() > SPELLED_OUT {
            return format!("{odd}; {} in all on {others}", usual.len());
        }
        let all = usual.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        format!("{odd}; {} on {others}", if all.is_empty() { "none" } else { &all })
    }
}

/// Settings of more values than this are counted.
const SPELLED_OUT: usize = 4;

/// `TLSv1.2 instead of TLSv1.3`, `also TLSv1.0, not TLSv1.3`.
fn difference(odd: &Setting, usual: &Setting) -> String {
    let listed = |values: Vec<&String>| {
        let total = values.len();
        words::list(values.into_iter().cloned(), total)
    };
    let more: Vec<&String> = odd.difference(usual).collect();
    let less: Vec<&String> = usual.difference(odd).collect();
    if odd.len() == 1 && usual.len() == 1 {
        return format!("{} instead of {}", listed(more), listed(less));
    }
    match (more.is_empty(), less.is_empty()) {
        (false, true) => format!("also {}", listed(more)),
        (true, _) => format!("not {}", listed(less)),
        (false, false) => format!("also {}, not {}", listed(more), listed(less)),
    }
}

fn shortened(text: String) -> String {
    const MOST: usize = 240;
    if text.chars().count() <= MOST { text } else { text.chars().take(MOST).chain(['…']).collect() }
}

fn tell(case: &Case<'_>, drifts: &[Drift]) -> Finding {
    let mut addresses: Vec<SocketAddr> = drifts.iter().flat_map(Drift::odd_addresses).collect();
    addresses.sort_unstable();
    addresses.dedup();
    let locks_out = drifts.iter().any(|drift| drift.name == CLIENT_CERTIFICATE);
    let what = if let [drift] = drifts {
        format!("{}: {}", drift.name, shortened(drift.sentence()))
    } else {
        let names: Vec<&str> = drifts.iter().map(|drift| drift.name).collect();
        format!("{} differ", names.join(", "))
    };
    let seen = case.addresses.iter().filter_map(|evidence| Some(evidence.last?.at));
    let (count, who) = (addresses.len(), words::who(case, addresses.len()));
    let differ = match count {
        _ if count == case.addresses.len() => "are set up differently from each other",
        1 => "is set up differently from the others",
        _ => "are set up differently from the others",
    };
    Finding {
        code: rules::FLEET_CONFIG_DRIFT.code,
        impact: if locks_out { Impact::Partial } else { rules::FLEET_CONFIG_DRIFT.impact },
        status: Status::Warning,
        confidence: Confidence::Certain,
        scope: Scope::Target,
        certificates: Vec::new(),
        summary: format!("{who} {differ}: {what}"),
        evidence: Evidence(drifts.iter().map(|drift| (drift.name, drift.sentence())).collect()),
        next: Next {
            text: format!("{} Odd ones out: {}.", rules::FLEET_CONFIG_DRIFT.next, words::addresses(&addresses)),
            command: addresses.first().map(|address| command::handshake(case, *address, Show::Handshake)),
        },
        addresses,
        caused_by: None,
        validity: None,
        since: seen.clone().min().unwrap_or(case.now),
        last: seen.max().unwrap_or(case.now),
    }
}

/// The handshake of the last probe, when it was completed.
fn completed<'a>(evidence: &AddressEvidence<'a>) -> Option<&'a Handshake> {
    let last = evidence.last.filter(|last| last.is_handshake())?;
    last.handshake.as_ref()
}

fn one(value: &(impl ToString + ?Sized)) -> Setting {
    BTreeSet::from([value.to_string()])
}

fn client_certificate(evidence: &AddressEvidence<'_>) -> Option<Setting> {
    let asks = completed(evidence)?.client_auth != ClientAuth::None;
    Some(one(if asks { "asked for" } else { "not asked for" }))
}

fn negotiated_version(evidence: &AddressEvidence<'_>) -> Option<Setting> {
    completed(evidence)?.version.as_ref().map(one)
}

fn negotiated_protocol(evidence: &AddressEvidence<'_>) -> Option<Setting> {
    let alpn = completed(evidence)?.alpn.as_ref();
    Some(alpn.map_or_else(|| one("none"), one))
}

fn negotiation<'a>(evidence: &AddressEvidence<'a>) -> Option<&'a Negotiation> {
    let survey = evidence.survey.filter(|survey| survey.extent(Question::Negotiation) == Extent::Whole)?;
    survey.negotiation.as_ref()
}

fn versions(evidence: &AddressEvidence<'_>) -> Option<Setting> {
    let versions = &negotiation(evidence)?.versions;
    let known = versions.iter().all(|version| version.answer.is_accepted().is_some());
    let accepted = versions.iter().filter(|version| version.answer == Answer::Accepted);
    (known && !versions.is_empty()).then(|| accepted.map(|version| version.version.to_string()).collect())
}

fn suites(evidence: &AddressEvidence<'_>) -> Option<Setting> {
    let suites = &negotiation(evidence)?.suites;
    let complete = !suites.is_empty() && suites.iter().all(|version| version.complete);
    complete.then(|| suites.iter().flat_map(|version| &version.suites).map(ToString::to_string).collect())
}

fn groups(evidence: &AddressEvidence<'_>) -> Option<Setting> {
    let Negotiation { groups, legacy_groups, .. } = negotiation(evidence)?;
    let all: Setting = groups.iter().chain(legacy_groups).map(ToString::to_string).collect();
    (!all.is_empty()).then_some(all)
}

fn protocols(evidence: &AddressEvidence<'_>) -> Option<Setting> {
    let answers = &evidence.survey.filter(|survey| survey.extent(Question::Alpn) == Extent::Whole)?.alpn;
    let known = answers.iter().all(|answer| answer.answer.is_accepted().is_some());
    let selected = answers.iter().filter_map(|answer| answer.selected.as_ref()).map(ToString::to_string);
    (known && !answers.is_empty()).then(|| selected.collect())
}

#[cfg(test)]
#[path = "drift_tests.rs"]
mod tests;
