//! One line for monitoring systems: status, sentence, performance data
//! (Monitoring Plugins Development Guidelines, sections 2.1 and 2.6).

use std::fmt::Write as _;

use super::verdict::Verdict;
use crate::model::Status;

/// All verdicts on one line, newline included: the worst one's sentence, and figures of each target.
///
/// `expires` is the time left of the first served certificate to end, negative when it has ended; `time` the longest
/// probe of an address that answered; `failed` counts addresses without a handshake among `addresses`.
#[must_use]
pub fn nagios_line(verdicts: &[Verdict]) -> String {
    // The first of the worst.
    let worst = verdicts.iter().rev().max_by_key(|verdict| verdict.status);
    let status = worst.map_or(Status::Unknown, |verdict| verdict.status);
    let said = match worst {
        None => "nothing was looked at".to_owned(),
        Some(worst) if verdicts.len() == 1 => sentence(worst),
        Some(_) if status == Status::Ok => format!("{} targets healthy", verdicts.len()),
        Some(worst) => {
            let count = verdicts.iter().filter(|verdict| verdict.status == status).count();
            format!("{count} of {} targets {}: {}", verdicts.len(), status.name(), sentence(worst))
        }
    };
    // A pipe begins the figures.
    let mut line = format!("TLS {} - {} |", status.name().to_uppercase(), said.replace('|', "¦"));
    for verdict in verdicts {
        let prefix = if verdicts.len() > 1 { format!("{} ", verdict.target) } else { String::new() };
        figures(&mut line, &prefix, verdict);
    }
    line.push('\n');
    line
}

fn sentence(verdict: &Verdict) -> String {
    let code = verdict.findings.first().filter(|_| verdict.status != Status::Ok);
    let code = code.map_or_else(String::new, |finding| format!(" ({})", finding.code));
    // The status stays what was found: whether somebody is called is the monitoring system's to decide.
    let silenced = verdict.silenced.as_ref().map_or_else(String::new, |silenced| format!(" [silenced {silenced}]"));
    if verdict.summary.contains(&verdict.target) {
        return format!("{}{code}{silenced}", verdict.summary);
    }
    format!("{}: {}{code}{silenced}", verdict.target, verdict.summary)
}

fn figures(line: &mut String, prefix: &str, verdict: &Verdict) {
    let mut figure = |name: &str, value: String| {
        // Quotes end a label unless doubled, an equals sign always (section 2.6).
        let label = format!("{prefix}{name}").replace('\'', "''").replace('=', "_");
        let _ = write!(line, " '{label}'={value}");
    };
    if let Some(leaf) = verdict.first_to_end() {
        figure("expires", format!("{}s", leaf.not_after.millis_since(verdict.started) / 1000));
    }
    let answered = verdict.endpoints.iter().filter(|endpoint| endpoint.outcome == "handshake");
    let longest = answered.clone().map(|endpoint| endpoint.timings_ms.total).reduce(f64::max);
    if let Some(longest) = longest {
        figure("time", format!("{:.6}s;;;0", longest / 1000.0));
    }
    let (all, answered) = (verdict.endpoints.len(), answered.count());
    figure("addresses", format!("{all};;;0"));
    figure("failed", format!("{};;;0;{all}", all - answered));
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{BAD, GOOD, finding, handshake, refused, verdict};
    use super::*;

    #[test]
    fn one_target_is_one_line() {
        let healthy = verdict(&[(handshake(GOOD), None)], &[]);
        assert_eq!(
            nagios_line(&[healthy]),
            "TLS OK - shop.example:443: healthy on 1 address, certificate valid 40d more | 'expires'=3456000s \
             'time'=0.003600s;;;0 'addresses'=1;;;0 'failed'=0;;;0;1\n"
        );
        let broken = verdict(&[(handshake(GOOD), None), (refused(BAD), None)], &[finding()]);
        let line = nagios_line(&[broken]);
        assert!(
            line.starts_with(
                "TLS CRITICAL - shop.example:443: 1 of 2 addresses refuses connections (tcp.partial) | 'expires'="
            ),
            "{line}"
        );
        assert!(line.ends_with("'addresses'=2;;;0 'failed'=1;;;0;2\n"), "{line}");
    }

    #[test]
    fn planned_maintenance_is_said() {
        let silence = crate::model::Silence { label: None, from: None, until: None, reason: "a move".into() };
        let broken = verdict(&[(refused(BAD), None)], &[finding()]).silenced_by(Some(&std::sync::Arc::new(silence)));
        let line = nagios_line(&[broken]);
        assert!(line.starts_with("TLS CRITICAL - ") && line.contains("[silenced without end: a move] | "), "{line}");
    }

    #[test]
    fn of_several_the_first_of_the_worst_speaks() {
        let healthy = || verdict(&[(handshake(GOOD), None)], &[]);
        let broken = verdict(&[(refused(BAD), None)], &[finding()]);
        let line = nagios_line(&[healthy(), broken]);
        assert!(line.starts_with("TLS CRITICAL - 1 of 2 targets critical: shop.example:443: 1 of 2 "), "{line}");
        assert!(line.contains(" 'shop.example:443 expires'=3456000s ") && line.lines().count() == 1, "{line}");
        assert!(nagios_line(&[healthy(), healthy()]).starts_with("TLS OK - 2 targets healthy | "));
        assert_eq!(nagios_line(&[]), "TLS UNKNOWN - nothing was looked at |\n");
    }

    #[test]
    fn nothing_in_a_sentence_or_a_name_ends_it_early() {
        let mut hostile = verdict(&[(handshake(GOOD), None)], &[finding()]);
        hostile.summary = "it said 'a|b=c'".to_owned();
        hostile.target = "o'brien=x:443".to_owned();
        let line = nagios_line(&[hostile.clone(), hostile]);
        assert_eq!(line.matches('|').count(), 1, "{line}");
        assert!(line.contains(" 'o''brien_x:443 addresses'=1;;;0"), "{line}");
    }
}
