//! What surveys found, in text: what is weak or broken at a glance, everything for those who ask for more.

use std::net::SocketAddr;

use super::reading::Reading;
use super::style::TextStyle;
use crate::diagnosis::{Fact, Mark, Piece};

/// Label and text of each line. Addresses whose surveys say the same are told of once.
pub(super) fn lines(style: TextStyle, readings: &[(SocketAddr, &Reading)]) -> Vec<(&'static str, String)> {
    let mut lines: Vec<(&'static str, String)> = Vec::new();
    let facts = |reading: &'_ Reading| if style.verbose { reading.facts.clone() } else { reading.unusual.clone() };
    let mut told: Vec<(Vec<SocketAddr>, Vec<Fact>)> = Vec::new();
    for (address, reading) in readings {
        let facts = facts(reading);
        match told.iter_mut().find(|(_, known)| *known == facts) {
            Some((addresses, _)) => addresses.push(*address),
            None => told.push((vec![*address], facts)),
        }
    }
    let differ = told.len() > 1;
    for (addresses, facts) in told.iter().filter(|(_, facts)| !facts.is_empty()) {
        let mut label = "survey";
        if differ {
            let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            lines.push((std::mem::take(&mut label), format!("of {}", addresses.join(", "))));
        }
        for fact in facts {
            lines.extend(fact_lines(style, fact).into_iter().map(|line| (std::mem::take(&mut label), line)));
        }
    }
    if style.verbose {
        let costs = readings.iter().map(|(address, reading)| {
            let missing = reading.missing.as_ref().map_or_else(String::new, |names| format!(", without {names}"));
            ("", format!("{address}  {}{missing}", reading.cost))
        });
        lines.extend(costs);
    }
    lines
}

fn fact_lines(style: TextStyle, fact: &Fact) -> Vec<String> {
    let pieces = fact.pieces.iter().map(|piece| painted(style, piece));
    let texts: Vec<String> = if fact.in_lines {
        pieces.collect()
    } else {
        vec![pieces.collect::<Vec<_>>().join(&format!("{} ", fact.separator()))]
    };
    let mut name = fact.name;
    texts.into_iter().map(|text| format!("{:NAME$}  {text}", std::mem::take(&mut name))).collect()
}

/// What is weak or bad has its sign, for terminals and readers without colour.
fn painted(style: TextStyle, piece: &Piece) -> String {
    match (piece.mark, piece.mark.status()) {
        (Mark::Quiet, _) => style.painter.dim(&piece.text),
        (Mark::Weak | Mark::Bad, Some(status)) => {
            style.painter.status(status, &format!("{} {}", style.mark(status), piece.text))
        }
        _ => piece.text.clone(),
    }
}

/// Columns of a fact's name.
const NAME: usize = 13;

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::fixtures::{BAD, GOOD, NOW, handshake, verdict_of};
    use super::super::{TextStyle, Visit};
    use crate::model::Survey;
    use crate::model::sample::{self, Certificates};

    fn visit(address: &str, survey: fn(&Certificates) -> Survey) -> Visit {
        let known = Certificates::around(sample::certificate("shop.example", NOW, 40 * 86_400), NOW);
        let mut seen = (*handshake(address)).clone();
        let mut shown = seen.handshake.take().unwrap();
        shown.chain = vec![Arc::clone(&known.leaf), Arc::clone(&known.intermediate)].into();
        seen.handshake = Some(shown);
        let survey = Survey { key: seen.key, ..survey(&known) };
        Visit { last: Arc::new(seen), before: None, survey: Some(Arc::new(survey)) }
    }

    fn full(known: &Certificates) -> Survey {
        sample::full(handshake(GOOD).key, NOW, known)
    }

    fn partial(known: &Certificates) -> Survey {
        sample::partial(handshake(GOOD).key, NOW, known)
    }

    #[test]
    fn what_is_weak_is_shown_at_a_glance_and_everything_on_demand() {
        let verdict = verdict_of(&[visit(GOOD, full)], &[]);
        let block = |style: TextStyle| {
            let text = style.verdict(&verdict);
            text[text.find("    survey").unwrap()..].to_owned()
        };
        insta::assert_snapshot!("surveyed", block(TextStyle::default()));
        insta::assert_snapshot!(
            "surveyed_verbose",
            block(TextStyle { verbose: true, ascii: true, ..TextStyle::default() })
        );
    }

    #[test]
    fn addresses_that_say_the_same_are_told_of_once() {
        let text = |visits: &[Visit]| TextStyle::default().verdict(&verdict_of(visits, &[]));
        let alike = text(&[visit(GOOD, full), visit(BAD, full)]);
        assert!(alike.starts_with(&text(&[visit(GOOD, full)]).replace("1 address", "2 addresses")), "{alike}");
        let other = text(&[visit(GOOD, full), visit(BAD, partial)]);
        assert!(other.contains("    survey  of 10.0.0.1:443\n"), "{other}");
    }
}
