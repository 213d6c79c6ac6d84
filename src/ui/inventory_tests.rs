//! Certificates that are stored and served, over the screen.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::derived::{Holding, holdings};
use super::golden::dump;
use super::samples::{self, NOW};
use super::tests::{drive, picture, screen, text};
use super::{Effect, Msg, UiModel, update};
use crate::model::{
    Certificate, Code, Confidence, Evidence, FileContent, FileFormat, FilePart, Finding, FoundFile, Held, Impact, Next,
    Review, Scope, Status, StoredContent, StoredFile, Unread,
};
use crate::store::Snapshot;

fn file(path: &str, certificates: &[&Arc<Certificate>]) -> FoundFile {
    let parts = certificates.iter().zip(1..).map(|(certificate, number)| FilePart {
        number,
        offset: Some(0),
        alias: None,
        held: Held::Certificate(Arc::clone(certificate)),
    });
    let content = FileContent::Parts { format: FileFormat::Pem, parts: parts.collect() };
    FoundFile { path: PathBuf::from(path), also: Vec::new(), mode: Some(0o644), content }
}

fn wrong(code: &'static str, status: Status, summary: &str) -> Finding {
    Finding {
        code: Code(code),
        impact: Impact::Advice,
        status,
        confidence: Confidence::Certain,
        scope: Scope::Target,
        addresses: Vec::new(),
        certificates: Vec::new(),
        summary: summary.to_owned(),
        evidence: Evidence(Vec::new()),
        next: Next { text: "Do what helps.".to_owned(), command: None },
        caused_by: None,
        validity: None,
        since: NOW,
        last: NOW,
    }
}

/// A certificate of the fleet in two files, one that nobody serves, one that is over, and a file that is unreadable.
fn review(snapshot: &Snapshot) -> Arc<Review> {
    let mut served: Vec<_> = snapshot.certificates.iter().filter(|row| row.leaf_count > 0).collect();
    served.sort_by(|a, b| a.certificate.display_name().as_str().cmp(b.certificate.display_name().as_str()));
    let served = &served[0].certificate;
    let twin = |name: &str, days: i64| {
        let own = Certificate::clone(&samples::certificate(name, days * 86_400));
        Arc::new(Certificate { spki: served.spki, ..own })
    };
    let (alone, over) = (twin("new.example.com", 80), samples::certificate("old.example.com", -86_400));
    let unread = FoundFile {
        path: PathBuf::from("/srv/keys/\u{1b}[31mbroken.pem"),
        also: Vec::new(),
        mode: None,
        content: FileContent::Unread(Unread::Refused { reason: "Permission denied (os error 13)".to_owned() }),
    };
    let findings = vec![
        Vec::new(),
        Vec::new(),
        Vec::new(),
        vec![wrong("cert.expired", Status::Critical, "the certificate of old.example.com expired 1d ago")],
        vec![wrong("file.not_reviewed", Status::Warning, "it could not be opened")],
    ];
    let files = vec![
        file("/etc/nginx/tls/shop.pem", &[served]),
        file("/backup/shop.pem", &[served]),
        file("/etc/nginx/tls/new.pem", &[&alone]),
        file("/etc/old/fullchain.pem", &[&over]),
        unread,
    ];
    Arc::new(Review { files, findings, looked_at: 12 })
}

fn inventory(size: (u16, u16), theme: &str, keys: &str) -> UiModel {
    let snapshot = samples::troubled();
    let model = screen(size, theme, Some(Arc::clone(&snapshot)));
    let mut model = model.with_review(review(&snapshot));
    drive(&mut model, keys);
    model
}

fn named<'a>(rows: &'a [Holding], name: &str) -> &'a Holding {
    rows.iter().find(|row| row.name.as_str() == name).unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn inventories_look_as_agreed() {
    for (size, theme, keys) in [((80, 24), "dark", ""), ((120, 36), "light", "down down"), ((160, 48), "mono", "end")] {
        let model = inventory(size, theme, keys);
        insta::assert_snapshot!(format!("{theme}-{}x{}", size.0, size.1), dump(&picture(&model)));
    }
    insta::assert_snapshot!(
        "served",
        text(&{
            let mut model = screen((120, 36), "dark", Some(samples::troubled()));
            drive(&mut model, "C");
            model
        })
    );
}

#[test]
fn what_is_stored_meets_what_is_served() {
    let snapshot = samples::troubled();
    let review = review(&snapshot);
    let rows = holdings(&snapshot, Some(&review));
    let stored = review.files[0].certificates().next().unwrap();
    let both = named(&rows, stored.display_name().as_str());
    assert_eq!((both.file_count, both.served > 0, both.twins), (2, true, 1));
    assert!(!both.targets.is_empty() && both.owner.is_some());
    let alone = named(&rows, "new.example.com");
    assert_eq!((alone.file_count, alone.served, alone.twins, &alone.owner), (1, 0, 1, &None));
    let over = named(&rows, "old.example.com");
    assert_eq!((over.status, over.wrongs.len(), over.wrongs[0].code.0), (Status::Critical, 1, "cert.expired"));
    let unread = rows.iter().find(|row| row.end().is_none()).unwrap();
    assert!(!unread.name.as_str().contains('\u{1b}'), "{}", unread.name);
    assert!(rows.is_sorted_by_key(|row| std::cmp::Reverse(row.status)));
    assert!(rows.iter().filter(|row| row.served > 0).count() > 3, "what is served alone is there, too");
}

#[test]
fn what_is_in_the_file_of_a_target_is_stored_there() {
    let mut snapshot = (*samples::troubled()).clone();
    let review = review(&snapshot);
    let own = Arc::clone(review.files[0].certificates().next().unwrap());
    let renewed = samples::certificate("next.example.com", 90 * 86_400);
    let files = [("/etc/nginx/tls/shop.pem", &own), ("/srv/shop.pem", &own), ("/srv/next.pem", &renewed)];
    for (slot, (path, leaf)) in files.into_iter().enumerate() {
        let mut row = (**snapshot.targets.get(slot).unwrap()).clone();
        let content = StoredContent::Leaf(Arc::clone(leaf));
        row.file = Some(Arc::new(StoredFile { path: Path::new(path).into(), at: NOW, modified: None, content }));
        snapshot.targets.set(slot, Some(Arc::new(row)));
    }
    let stored = |review: Option<&Review>| {
        let rows = holdings(&snapshot, review);
        let of = |name: &str| {
            let row = named(&rows, name);
            let files: Vec<String> = row.files.iter().map(ToString::to_string).collect();
            (files.join(" "), row.file_count)
        };
        (of(own.display_name().as_str()), of("next.example.com"))
    };
    let next = ("/srv/next.pem".to_owned(), 1);
    assert_eq!(stored(None), (("/etc/nginx/tls/shop.pem /srv/shop.pem".to_owned(), 2), next.clone()));
    let all = "/etc/nginx/tls/shop.pem /backup/shop.pem /srv/shop.pem".to_owned();
    assert_eq!(stored(Some(&review)), ((all, 3), next.clone()), "each file once");
    let mut relative = Review::clone(&review);
    relative.files[0].path = PathBuf::from("./tls/shop.pem");
    let all = "./tls/shop.pem /backup/shop.pem /srv/shop.pem".to_owned();
    assert_eq!(stored(Some(&relative)), ((all, 3), next));
}

#[test]
fn a_certificate_that_is_twice_in_a_file_is_in_one_file_and_its_worst_faults_are_told() {
    let own = samples::certificate("new.example.com", 80 * 86_400);
    let advice = |number| wrong("file.duplicate", Status::Ok, &format!("it is in file {number} as well"));
    let worst = wrong("cert.expiring", Status::Warning, "it ends soon");
    let findings = (0..100).map(advice).chain([worst.clone(), worst]).collect();
    let review = Review { files: vec![file("a.pem", &[&own, &own])], findings: vec![findings], looked_at: 1 };
    let rows = holdings(&Snapshot::default(), Some(&review));
    let row = named(&rows, "new.example.com");
    assert_eq!((row.file_count, row.files.len(), row.status), (1, 1, Status::Warning));
    assert_eq!((row.wrongs.len(), row.wrongs[0].code.0, row.wrongs[1].status), (64, "cert.expiring", Status::Ok));
}

#[test]
fn leaving_the_review_of_files_ends_the_program_where_nothing_is_watched() {
    let nothing = Snapshot::default();
    let review = review(&samples::troubled());
    for keys in ["q", "esc"] {
        let mut model = screen((80, 24), "dark", Some(Arc::new(nothing.clone()))).with_review(Arc::clone(&review));
        assert_eq!(drive(&mut model, keys), [Effect::Quit]);
        let mut model = inventory((80, 24), "dark", "");
        assert_eq!(drive(&mut model, keys), []);
        assert!(model.overlays.is_empty());
    }
}

#[test]
fn enter_opens_the_target_that_serves_it() {
    let mut model = inventory((120, 36), "dark", "");
    for _ in 0..20 {
        drive(&mut model, "enter");
        if model.endpoint.is_some() {
            return assert!(model.overlays.is_empty());
        }
        drive(&mut model, "down");
    }
    panic!("no row is served");
}

#[test]
fn the_mark_stays_when_more_becomes_known() {
    let snapshot = samples::troubled();
    let review = review(&snapshot);
    let mut model = screen((120, 36), "dark", Some(Arc::new(Snapshot::default()))).with_review(review);
    drive(&mut model, "down down");
    let stored = |model: &UiModel| {
        let text = text(model);
        let line = text.lines().find(|line| line.contains("┃ stored")).expect("where it is");
        line.split('┃').nth(1).expect("within the frame").to_owned()
    };
    let before = stored(&model);
    update(&mut model, Msg::Snapshot(snapshot));
    update(&mut model, Msg::Tick(NOW + Duration::from_secs(2)));
    assert_eq!(stored(&model), before);
    assert!(text(&model).contains("×"), "{}", text(&model));
}

#[test]
fn hostile_names_stay_text() {
    let model = inventory((80, 24), "dark", "down");
    let drawn = text(&model);
    assert!(drawn.contains("broken.pem") && !drawn.contains('\u{1b}'), "{drawn}");
}

#[test]
fn what_is_served_badly_says_why() {
    let mut snapshot = (*crate::store::fixture::snapshot(300, 40)).clone();
    for slot in 0..snapshot.targets.len() {
        let mut row = (**snapshot.targets.get(slot).unwrap()).clone();
        // Even where something larger explains it.
        let explained = |finding: &Arc<Finding>| Finding { caused_by: Some(Code("x.y")), ..Finding::clone(finding) };
        row.findings = row.findings.iter().map(|finding| Arc::new(explained(finding))).collect();
        snapshot.targets.set(slot, Some(Arc::new(row)));
    }
    let rows = holdings(&snapshot, None);
    let silent: Vec<&str> = rows
        .iter()
        .filter(|row| row.status > Status::Ok && row.wrongs.is_empty())
        .map(|row| row.name.as_str())
        .collect();
    assert_eq!(silent, [""; 0]);
    assert!(rows.iter().any(|row| row.status == Status::Critical));
}
