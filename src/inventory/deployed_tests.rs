use std::os::unix::fs::symlink;

use rcgen::{CertificateParams, KeyPair};
use tempfile::TempDir;
use tokio::time::timeout;

use super::*;
use crate::model::SystemClock;

/// Longer than anything here takes, and shorter than [`AT_THE_LATEST`]: what comes is told by the file system.
const PATIENCE: Duration = Duration::from_secs(20);

fn pem(name: &str) -> String {
    let key = KeyPair::generate().unwrap();
    CertificateParams::new(vec![name.to_owned()]).unwrap().self_signed(&key).unwrap().pem()
}

struct Bench {
    directory: TempDir,
    path: Arc<Path>,
}

impl Bench {
    fn new(file: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(file).into();
        Self { directory, path }
    }

    fn watched(&self) -> (mpsc::Receiver<Event>, CancellationToken) {
        let (sender, receiver) = mpsc::channel(8);
        let cancel = CancellationToken::new();
        let files = vec![(TargetId(3), Arc::clone(&self.path))];
        tokio::spawn(watch(files, sender, Arc::new(SystemClock), cancel.clone()));
        (receiver, cancel)
    }
}

async fn next(events: &mut mpsc::Receiver<Event>) -> Result<String, String> {
    let event = timeout(PATIENCE, events.recv()).await.expect("a change is told").expect("somebody watches");
    let Event::FileRead { target: TargetId(3), file } = event else { panic!("{event:?}") };
    match &file.content {
        StoredContent::Leaf(leaf) => Ok(leaf.sans.iter().map(|san| san.text().to_string()).collect()),
        StoredContent::Unreadable(reason) => Err(reason.to_string()),
    }
}

#[tokio::test]
async fn a_file_that_is_renamed_into_place_is_seen() {
    let bench = Bench::new("shop.pem");
    fs::write(&bench.path, pem("one.example")).unwrap();
    let (mut events, _cancel) = bench.watched();
    assert!(next(&mut events).await.unwrap().contains("one.example"));
    let aside = bench.directory.path().join("shop.pem.new");
    fs::write(&aside, pem("two.example")).unwrap();
    fs::rename(&aside, &bench.path).unwrap();
    assert!(next(&mut events).await.unwrap().contains("two.example"));
    fs::remove_file(&bench.path).unwrap();
    assert!(next(&mut events).await.unwrap_err().contains("No such file"));
}

/// As Kubernetes mounts secrets: the file is a link through a directory link that is swapped.
#[tokio::test]
async fn a_swapped_link_is_seen() {
    let bench = Bench::new("tls.crt");
    for (version, name) in [("v1", "one.example"), ("v2", "two.example")] {
        fs::create_dir(bench.directory.path().join(version)).unwrap();
        fs::write(bench.directory.path().join(version).join("tls.crt"), pem(name)).unwrap();
    }
    let data = bench.directory.path().join("..data");
    symlink("v1", &data).unwrap();
    symlink("..data/tls.crt", &bench.path).unwrap();
    let (mut events, _cancel) = bench.watched();
    assert!(next(&mut events).await.unwrap().contains("one.example"));
    let aside = bench.directory.path().join("..data_tmp");
    symlink("v2", &aside).unwrap();
    fs::rename(&aside, &data).unwrap();
    assert!(next(&mut events).await.unwrap().contains("two.example"));
}

#[test]
fn a_file_of_several_targets_is_read_once() {
    let bench = Bench::new("shop.pem");
    fs::write(&bench.path, pem("one.example")).unwrap();
    let files = (1..=3).map(|number| (TargetId(number), Arc::from(&*bench.path))).collect();
    let seen = look(files, Time::from_secs(0));
    let leaves: Vec<_> = seen.iter().map(|(_, file)| file.leaf().unwrap()).collect();
    assert!(leaves.len() == 3 && leaves.iter().all(|leaf| Arc::ptr_eq(leaf, leaves[0])));
}

#[test]
fn the_key_of_a_bundle_is_passed_over() {
    let bench = Bench::new("shop.pem");
    let key = "-----BEGIN PRIVATE KEY-----\n!!!\n-----END PRIVATE KEY-----\n";
    fs::write(&bench.path, key.to_owned() + &pem("one.example")).unwrap();
    assert!(read(&bench.path, Time::from_secs(0)).leaf().is_some());
}

#[test]
fn what_is_no_certificate_is_said_and_nothing_large_or_odd_is_read() {
    let bench = Bench::new("shop.pem");
    let reason = |write: &dyn Fn(&Path)| {
        write(&bench.path);
        match read(&bench.path, Time::from_secs(0)).content {
            StoredContent::Unreadable(reason) => reason.to_string(),
            StoredContent::Leaf(leaf) => panic!("{leaf:?}"),
        }
    };
    let said = reason(&|path| fs::write(path, "\u{1b}[31mnothing").unwrap());
    assert!(said.contains("no certificate") && !said.contains('\u{1b}'), "{said}");
    let broken = "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n";
    assert!(reason(&|path| fs::write(path, broken).unwrap()).contains("PEM"));
    assert!(reason(&|path| File::create(path).unwrap().set_len(LARGEST + 1).unwrap()).contains("1024 KiB"));
    let directory = Bench::new(".");
    assert!(matches!(read(&directory.path, Time::from_secs(0)).content, StoredContent::Unreadable(_)));
}
