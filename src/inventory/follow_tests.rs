use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::timeout;

use super::super::roster::{Opening, Place};
use super::super::sources::bench::{Server, answer, json};
use super::super::sources::{Address, Kind, Roots};
use super::*;
use crate::model::Labels;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

fn following(path: &Path, refresh: Duration) -> (mpsc::Receiver<Reading>, tokio_util::sync::DropGuard) {
    following_at(Place::Files { path: path.to_owned(), kind: None }, refresh)
}

fn following_at(place: Place, refresh: Duration) -> (mpsc::Receiver<Reading>, tokio_util::sync::DropGuard) {
    let (sender, receiver) = mpsc::channel(8);
    let cancel = CancellationToken::new();
    let source =
        LiveSource { place, refresh, labels: Labels::new(), roots: Roots::default(), opening: Opening::default() };
    tokio::spawn(follow(3, source, sender, cancel.clone()));
    (receiver, cancel.drop_guard())
}

/// The names that a reading has, each file's by itself.
fn names(reading: Reading) -> Vec<String> {
    assert_eq!(reading.source, 3);
    let of = |one: Gathered| match one.found {
        Ok(found) => found.sightings.iter().map(|sighting| sighting.spec.to_string()).collect::<Vec<_>>().join(" "),
        Err(reason) => reason.to_string(),
    };
    reading.said.into_iter().map(of).collect()
}

/// Readings until one says what is waited for: a burst may lead to more than one.
async fn until(readings: &mut mpsc::Receiver<Reading>, expected: &str) {
    let waiting = async {
        loop {
            let said = names(readings.recv().await.expect("somebody follows"));
            if said.join(" ").contains(expected) {
                return;
            }
        }
    };
    timeout(PATIENCE, waiting).await.expect(expected);
}

fn directory(list: &str) -> (TempDir, std::path::PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("list");
    fs::write(&path, list).unwrap();
    (directory, path)
}

#[tokio::test(start_paused = true)]
async fn a_source_is_read_again_after_its_time() {
    let (_directory, path) = directory("a.example\n");
    let (mut readings, _end) = following(&path, Duration::from_mins(10));
    let start = Instant::now();
    for round in 1..4 {
        assert_eq!(names(readings.recv().await.unwrap()), ["a.example:443"]);
        assert_eq!(start.elapsed(), Duration::from_mins(10 * round));
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_is_asked_again_after_its_time() {
    let list = |name: &str| json(&format!("[{{\"targets\":[\"{name}\"]}}]"));
    let server = Server::new(vec![list("a.example"), answer("503 Service Unavailable", ""), list("b.example")]);
    let (address, _) = Address::parse(&server.url("/")).unwrap();
    let place = Place::Url { address, asker: Box::default(), kind: Kind::HttpSd };
    let (mut readings, _end) = following_at(place, Duration::from_mins(1));
    for expected in ["a.example:443", "HTTP 503 Service Unavailable", "b.example:443"] {
        assert_eq!(names(readings.recv().await.unwrap()), [expected]);
    }
    assert_eq!(server.asked().len(), 3);
}

#[tokio::test]
async fn a_list_that_is_renamed_into_place_is_seen() {
    let (directory, path) = directory("a.example\n");
    let (mut readings, _end) = following(&path, Duration::from_hours(1));
    let aside = directory.path().join("new");
    fs::write(&aside, "b.example\n").unwrap();
    tokio::task::yield_now().await;
    fs::rename(&aside, &path).unwrap();
    until(&mut readings, "b.example:443").await;
    fs::remove_file(&path).unwrap();
    until(&mut readings, "No such file").await;
}

#[tokio::test]
async fn links_that_are_swapped_and_files_that_are_new_are_seen() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    for (version, name) in [("1", "a.example\n"), ("2", "b.example\n")] {
        fs::create_dir(at(version)).unwrap();
        fs::write(at(version).join("t.txt"), name).unwrap();
    }
    symlink("1", at("..data")).unwrap();
    symlink("..data/t.txt", at("t.txt")).unwrap();
    let (mut readings, _end) = following(&at("*.txt"), Duration::from_hours(1));
    tokio::task::yield_now().await;
    symlink("2", at("..new")).unwrap();
    fs::rename(at("..new"), at("..data")).unwrap();
    until(&mut readings, "b.example:443").await;
    fs::write(at("u.txt"), "c.example\n").unwrap();
    until(&mut readings, "c.example:443").await;
}

#[tokio::test]
async fn to_be_read_is_no_change() {
    let (_directory, path) = directory("a.example\n");
    let (mut readings, _end) = following(&path, Duration::from_hours(1));
    tokio::task::yield_now().await;
    fs::write(&path, "b.example\n").unwrap();
    until(&mut readings, "b.example:443").await;
    // What was read just now would be told within a burst.
    while let Ok(Some(reading)) = timeout(3 * BURST, readings.recv()).await {
        assert_eq!(names(reading), ["b.example:443"]);
        assert!(readings.len() < 2, "one reading leads to the next");
    }
}
