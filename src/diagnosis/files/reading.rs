//! What could not be read, and who can read what should be private.

use std::path::Path;

use super::super::rules;
use super::tell::{Desk, quiet, warned};
use crate::model::{FileContent, FileFormat, FilePart, Finding, Held, Impact, Unread, visible_path};

/// Unreadable parts of one file of which each is told.
const TOLD: usize = 100;

pub(super) fn look(desk: &Desk<'_>, findings: &mut Vec<Finding>) {
    match &desk.file.content {
        FileContent::Unread(unread) => findings.push(not_read(desk, unread)),
        FileContent::Locked { format, tried } => findings.push(locked(desk, format.name(), *tried)),
        FileContent::Parts { parts, .. } => {
            let mut unreadable = parts.iter().filter_map(|part| unparseable(desk, part));
            findings.extend(unreadable.by_ref().take(TOLD));
            findings.extend(others(desk, unreadable.count()));
            findings.extend(encrypted(desk, parts));
        }
        FileContent::Object(_) => {}
    }
    findings.extend(readable(desk));
}

fn not_read(desk: &Desk<'_>, unread: &Unread) -> Finding {
    let name = desk.file.name();
    match unread {
        Unread::BrokenLink { target } => {
            let shown = visible_path(target);
            let summary = format!("{name} is a link to {shown}, where no file is");
            let finding = desk.finding(&rules::FILE_BROKEN_LINK, summary, vec![("target", shown.to_string())]);
            let finding = with_command(desk, finding, "namei -l");
            if is_missed(desk, target) { warned(finding) } else { quiet(Finding { impact: Impact::Advice, ..finding }) }
        }
        Unread::Refused { reason } => {
            let summary = format!("{name} could not be looked at: {reason}");
            let finding = desk.finding(&rules::FILE_NOT_REVIEWED, summary, vec![("reason", reason.clone())]);
            with_command(desk, finding, "namei -l")
        }
        Unread::Limit { limit, option } => {
            let summary = format!("{name} was not looked at: {limit} ({option})");
            let facts = vec![("limit", limit.clone()), ("option", (*option).to_owned())];
            desk.finding(&rules::FILE_NOT_REVIEWED, summary, facts)
        }
        Unread::Rest { limit } => {
            let summary = format!("the rest of {name} was not looked at: {limit}");
            let mut finding = desk.finding(&rules::FILE_NOT_REVIEWED, summary, vec![("limit", limit.clone())]);
            "Review what is beyond the limit by itself; no option moves it.".clone_into(&mut finding.next.text);
            finding
        }
    }
}

/// Whether a link that leads nowhere is likely to be missed by whoever serves certificates: it is called as one is, or
/// is, or led, where others are. Systems have many more.
fn is_missed(desk: &Desk<'_>, target: &Path) -> bool {
    const ENDINGS: [&str; 13] =
        ["pem", "crt", "cer", "cert", "der", "key", "p12", "pfx", "p7b", "jks", "jceks", "csr", "crl"];
    let path = &desk.file.path;
    let is_called_so = |path: &Path| {
        let end = path.extension().and_then(|end| end.to_str());
        end.is_some_and(|end| ENDINGS.iter().any(|known| end.eq_ignore_ascii_case(known)))
    };
    let beside = path.parent().unwrap_or(Path::new(""));
    let led_to = beside.join(target);
    let is_among = |directory: Option<&Path>| directory.is_some_and(|directory| desk.shelves.homes.contains(directory));
    is_called_so(path) || is_called_so(target) || is_among(Some(beside)) || is_among(led_to.parent())
}

fn locked(desk: &Desk<'_>, format: &str, tried: usize) -> Finding {
    let others = match tried {
        0 | 1 => "the empty password does not open it".to_owned(),
        2 => "neither the empty password nor the one that was given opens it".to_owned(),
        _ => format!("none of {} passwords that were given opens it", tried - 1),
    };
    let summary = format!("{} is encrypted: {others}", desk.file.name());
    let facts = vec![("format", format.to_owned()), ("passwords tried", tried.to_string())];
    let finding = desk.finding(&rules::FILE_NEEDS_PASSWORD, summary, facts);
    with_command(desk, finding, "openssl pkcs12 -info -nokeys -in")
}

fn unparseable(desk: &Desk<'_>, part: &FilePart) -> Option<Finding> {
    let Held::Unreadable { what, reason } = &part.held else { return None };
    let (name, number) = (desk.file.name(), part.number);
    let place = part.offset.map_or_else(String::new, |offset| format!(" at byte {offset}"));
    let summary = format!("part {number}{place} of {name} ({what}) cannot be read: {reason}");
    let mut facts =
        vec![("part", number.to_string()), ("says it is", what.to_string()), ("reason", reason.to_string())];
    facts.extend(part.offset.map(|offset| ("byte", offset.to_string())));
    let finding = desk.finding(&rules::FILE_UNPARSEABLE, summary, facts);
    Some(warned(match show(desk.file.format()?, what.as_str(), part.offset) {
        Some(command) => with_command(desk, finding, &command),
        None => finding,
    }))
}

/// One finding for all that are beyond those that were told.
fn others(desk: &Desk<'_>, count: usize) -> Option<Finding> {
    if count == 0 {
        return None;
    }
    let parts = if count == 1 { "1 part".to_owned() } else { format!("{count} parts") };
    let summary = format!("{parts} more of {} cannot be read", desk.file.name());
    Some(warned(desk.finding(&rules::FILE_UNPARSEABLE, summary, vec![("parts", count.to_string())])))
}

/// What shows the place, or what another program says of it; never what prints a private key.
fn show(format: FileFormat, what: &str, offset: Option<usize>) -> Option<String> {
    let command = match format {
        FileFormat::Pem if what.to_lowercase().contains("private key") => "openssl pkey -noout -in",
        // tail counts from 1.
        FileFormat::Pem => return Some(format!("tail -c +{}", offset? + 1)),
        FileFormat::Der => "openssl asn1parse -inform der -in",
        FileFormat::Pkcs7 => "openssl pkcs7 -inform der -print_certs -noout -in",
        FileFormat::Pkcs12 => "openssl pkcs12 -info -nokeys -in",
        FileFormat::Jks | FileFormat::Jceks => "keytool -list -keystore",
        FileFormat::Kubeconfig | FileFormat::Kubernetes | FileFormat::Traefik => return None,
    };
    Some(command.to_owned())
}

/// One finding for all keys of a file.
fn encrypted(desk: &Desk<'_>, parts: &[FilePart]) -> Option<Finding> {
    let closed = |part: &&FilePart| matches!(&part.held, Held::Key(key) if key.encrypted && key.spki.is_none());
    let count = parts.iter().filter(closed).count();
    let first = parts.iter().find(closed)?;
    let keys = if count == 1 { "private key" } else { "private keys" };
    let verb = if count == 1 { "is" } else { "are" };
    let summary = format!("{count} {keys} in {} {verb} encrypted and could not be compared", desk.file.name());
    let mut facts = vec![("keys", count.to_string()), ("first part", first.number.to_string())];
    facts.extend(first.alias.as_ref().map(|alias| ("alias", alias.to_string())));
    Some(quiet(desk.finding(&rules::FILE_KEY_ENCRYPTED, summary, facts)))
}

fn readable(desk: &Desk<'_>) -> Option<Finding> {
    const GROUP: u32 = 0o040;
    const OTHERS: u32 = 0o004;
    let mode = desk.file.mode?;
    let in_the_clear = desk.file.keys().any(|key| !key.encrypted);
    let has_key = desk.file.keys().next().is_some();
    let by = match mode {
        mode if mode & OTHERS != 0 => "everyone",
        mode if mode & GROUP != 0 => "its group",
        _ => return None,
    };
    if !has_key {
        return None;
    }
    let kind = if in_the_clear { "private key" } else { "encrypted private key" };
    let summary = format!("{by} can read the {kind} in {} (mode {mode:04o})", desk.file.name());
    let facts = vec![("mode", format!("{mode:04o}")), ("readable by", by.to_owned())];
    let finding = desk.finding(&rules::FILE_KEY_READABLE, summary, facts);
    let finding = with_command(desk, finding, if by == "everyone" { "chmod o-rwx" } else { "namei -l" });
    Some(if by == "everyone" && in_the_clear { warned(finding) } else { quiet(finding) })
}

fn with_command(desk: &Desk<'_>, mut finding: Finding, words: &str) -> Finding {
    finding.next.command = desk.command(words);
    finding
}
