use std::path::{Path, PathBuf};

use super::*;
use crate::probe::rig::Authority;

/// A certificate with its key.
fn papers() -> String {
    let (leaf, key) = Authority::root("Root").leaf(|_| ());
    format!("{}{}", key.serialize_pem(), pem::encode(&pem::Pem::new("CERTIFICATE", leaf.to_vec())))
}

fn in_one_file(path: &Path) -> ClientFiles {
    ClientFiles { certificate: path.to_owned(), key: None, password_file: None }
}

#[test]
fn secrets_are_not_printed() {
    let choice = ClientChoice::Pem { name: in_one_file(Path::new("lab")), text: Secret::new(papers()) };
    let identities = Identities::load(std::slice::from_ref(&choice), None).unwrap();
    for debug in [format!("{choice:?}"), format!("{identities:?}")] {
        assert!(!debug.contains("PRIVATE") && !debug.contains("key: ["), "{debug}");
    }
}

/// A file whose certificate is presented, and when that is.
struct Late {
    path: PathBuf,
    identities: Identities,
    begun: Instant,
    _directory: tempfile::TempDir,
}

impl Late {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let identities = Identities::load(&[], None).unwrap();
        Self { path: directory.path().join("late.pem"), identities, begun: Instant::now(), _directory: directory }
    }

    fn write(&self, text: &str, days_ago: u64) {
        fs::write(&self.path, text).unwrap();
        let file = fs::File::options().write(true).open(&self.path).unwrap();
        let written = file.metadata().unwrap().modified().unwrap();
        file.set_modified(written - Duration::from_secs(86_400 * days_ago)).unwrap();
    }

    async fn leaf(&self, after: u64) -> Option<crate::model::Fingerprint> {
        let identity = self.identities.at(&in_one_file(&self.path), self.begun + Duration::from_secs(after)).await;
        identity.map(|identity| identity.leaf.fingerprint)
    }
}

#[tokio::test]
async fn certificates_that_come_later_are_read_then_and_again_when_they_change() {
    let late = Late::new();
    assert_eq!(late.leaf(0).await, None, "there is no such file yet");
    late.write(&papers(), 0);
    assert_eq!(late.leaf(1).await, None, "nobody looks so soon");
    let first = late.leaf(40).await;
    assert!(first.is_some());

    late.write(&papers(), 1);
    assert_eq!(late.leaf(50).await, first);
    let second = late.leaf(80).await;
    assert!(second.is_some() && second != first);
    late.write("half a ", 2);
    assert_eq!(late.leaf(120).await, second, "the last that was good");
}

#[tokio::test]
async fn who_comes_first_reads_for_all() {
    let late = Late::new();
    late.write(&papers(), 0);
    let all = futures_util::future::join_all((0..20).map(|_| late.leaf(0))).await;
    assert!(all.iter().all(|leaf| leaf.is_some() && *leaf == all[0]), "{all:?}");
}

#[tokio::test]
async fn a_disk_that_does_not_answer_holds_nobody_up() {
    let late = Late::new();
    // Whoever opens it waits for a writer.
    let made = std::process::Command::new("mkfifo").arg(&late.path).status().unwrap();
    assert!(made.success());
    assert_eq!(late.leaf(0).await, None);
    assert_eq!(late.leaf(1).await, None, "nobody looks so soon");
    // Lets go whoever waits.
    drop(fs::File::options().write(true).open(&late.path).unwrap());
}
