use std::fs;

use tempfile::TempDir;

use super::super::Recipe;
use super::*;

struct Bench {
    directory: TempDir,
    roster: Roster,
    next: u32,
}

impl Bench {
    /// A roster of one source: a pattern below a directory of its own.
    fn new(pattern: &str, named: &[Target]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let source = LiveSource {
            place: Place::Files { path: directory.path().join(pattern), kind: None },
            refresh: Duration::from_mins(1),
            labels: Labels::new(),
            roots: Roots::default(),
            opening: Opening::default(),
        };
        let make = |_: &LiveSource, sighting: &Sighting, id: TargetId| {
            let recipe = Recipe { labels: sighting.labels.clone(), ..Recipe::default() };
            Some(recipe.target(id, &sighting.spec))
        };
        Self { directory, roster: Roster::new(vec![source], named, Box::new(make)), next: 10 }
    }

    /// From now on it is said what the source is.
    fn kind(&mut self, is: Kind) {
        if let Place::Files { kind, .. } = &mut self.roster.sources[0].source.place {
            *kind = Some(is);
        }
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.directory.path().join(name), text).unwrap();
    }

    /// What is removed and added when the source is read at that time.
    fn read(&mut self, at: i64) -> (Vec<u32>, Vec<String>) {
        let said = self.roster.sources().next().unwrap().read();
        let number = || {
            self.next += 1;
            TargetId(self.next)
        };
        let moves = self.roster.take(0, said, Time::from_secs(at), number);
        let removed = moves.removed.iter().map(|id| id.0).collect();
        let added = moves.added.iter().map(|target| format!("{} {}", target.id.0, target.name)).collect();
        (removed, added)
    }

    fn state(&self) -> &SourceState {
        self.roster.states().next().unwrap()
    }

    fn reason(&self) -> &str {
        self.state().fault.as_ref().map_or("", |fault| fault.reason.as_str())
    }
}

fn none() -> (Vec<u32>, Vec<String>) {
    (Vec::new(), Vec::new())
}

#[test]
fn targets_come_and_go_with_their_source() {
    let mut bench = Bench::new("list", &[]);
    bench.write("list", "a.example\nb.example\n");
    assert_eq!(bench.read(1), (vec![], vec!["11 a.example:443".to_owned(), "12 b.example:443".to_owned()]));
    assert_eq!(bench.read(2), none());
    bench.write("list", "b.example\nc.example\n");
    assert_eq!(bench.read(3), (vec![11], vec!["13 c.example:443".to_owned()]));
    // Who comes back is the same.
    bench.write("list", "a.example\n");
    assert_eq!(bench.read(4), (vec![12, 13], vec!["11 a.example:443".to_owned()]));
    assert_eq!((bench.state().targets, bench.state().read), (1, Some(Time::from_secs(4))));
}

#[test]
fn what_cannot_be_read_keeps_its_targets() {
    let mut bench = Bench::new("*.json", &[]);
    assert_eq!(bench.read(1), none());
    assert_eq!((bench.reason(), bench.state().read), ("no file matches", None));
    bench.write("a.json", r#"[{"targets":["a.example"]}]"#);
    bench.write("b.json", r#"[{"targets":["b.example"],"labels":{"env":"prod"}}]"#);
    assert_eq!(bench.read(2).1.len(), 2);
    assert_eq!(bench.reason(), "");
    bench.write("a.json", r#"[{"targets":["a.exa"#);
    bench.write("b.json", r#"[{"targets":["c.example"]}]"#);
    // One file is torn, the other is not.
    assert_eq!(bench.read(3), (vec![12], vec!["13 c.example:443".to_owned()]));
    assert!(bench.reason().contains("a.json: not readable as JSON"), "{}", bench.reason());
    fs::remove_file(bench.directory.path().join("a.json")).unwrap();
    fs::remove_file(bench.directory.path().join("b.json")).unwrap();
    assert_eq!(bench.read(4), none());
    assert_eq!((bench.reason(), bench.state().targets), ("no file matches", 2));
    assert_eq!(bench.state().fault.as_ref().unwrap().since, Time::from_secs(3));
    assert_eq!(bench.state().read, Some(Time::from_secs(2)));
    // An empty list is one, a file that is gone beside others takes its targets with it.
    bench.write("b.json", "[]");
    assert_eq!(bench.read(5), (vec![11, 13], vec![]));
    assert_eq!((bench.reason(), bench.state().targets), ("", 0));
}

#[test]
fn a_client_certificate_that_cannot_be_used_is_a_fault_that_takes_nothing_away() {
    let mut bench = Bench::new("scrape.yml", &[]);
    let text = |targets: &str| {
        format!(
            "modules: {{m: {{prober: tcp, tcp: {{tls: true, tls_config: {{cert_file: c.pem, key_file: k.pem}}}}}}}}\n\
             scrape_configs: [{{job_name: j, params: {{module: [m]}}, static_configs: [{{targets: [{targets}]}}]}}]\n"
        )
    };
    bench.write("scrape.yml", &text("'a.example:443', 'b.example:443'"));
    assert_eq!(bench.read(1).1.len(), 2);
    let told = bench.reason().to_owned();
    assert!(told.starts_with("cannot use the client certificate of '") && told.contains("No such file"), "{told}");
    assert!(bench.state().fault.as_ref().unwrap().is_read && bench.state().read == Some(Time::from_secs(1)));
    // The list is followed all the same.
    bench.write("scrape.yml", &text("'b.example:443'"));
    assert_eq!(bench.read(2), (vec![11], vec![]));
    assert_eq!(bench.state().fault.as_ref().unwrap().since, Time::from_secs(1));
    let pair = rcgen::generate_simple_self_signed(vec!["client.example".to_owned()]).unwrap();
    bench.write("c.pem", &pair.cert.pem());
    bench.write("k.pem", "half a");
    assert_eq!((bench.read(3), bench.state().fault.is_some()), (none(), true));
    bench.write("k.pem", &pair.signing_key.serialize_pem());
    assert_eq!((bench.read(4), bench.reason()), (none(), ""));
}

#[test]
fn a_file_that_is_caught_while_it_is_written_says_nothing() {
    let mut bench = Bench::new("list", &[]);
    bench.write("list", "a.example\n");
    assert_eq!(bench.read(1).1.len(), 1);
    for torn in ["", "# only this\n", "?!\n"] {
        bench.write("list", torn);
        assert_eq!(bench.read(2), none(), "{torn}");
        assert!(bench.reason().starts_with("it names no target"), "{}", bench.reason());
    }
}

#[test]
fn an_empty_file_is_no_empty_list_whatever_it_is_said_to_be() {
    let mut bench = Bench::new("a.json", &[]);
    bench.kind(Kind::FileSd);
    bench.write("a.json", r#"[{"targets":["a.example"]}]"#);
    assert_eq!(bench.read(1).1.len(), 1);
    for torn in ["", "\n", "# only this\n"] {
        bench.write("a.json", torn);
        assert_eq!(bench.read(2), none(), "{torn}");
        assert!(bench.reason().contains("it is empty"), "{}", bench.reason());
    }
    bench.write("a.json", "[]");
    assert_eq!((bench.read(3), bench.reason()), ((vec![11], vec![]), ""));
}

#[test]
fn a_list_of_nothing_that_can_be_a_target_is_no_empty_list() {
    let mut bench = Bench::new("*.json", &[]);
    bench.write("a.json", r#"[{"targets":["a.example","*.b.example"]}]"#);
    assert_eq!(bench.read(1), (vec![], vec!["11 a.example:443".to_owned()]));
    assert_eq!(bench.reason(), "", "what is passed over beside others is no fault");
    bench.write("a.json", r#"[{"targets":["*.a.example"]}]"#);
    assert_eq!(bench.read(2), none());
    assert!(bench.reason().contains("it names no target") && bench.reason().contains("wildcard"), "{}", bench.reason());
    bench.write("a.json", "[]");
    assert_eq!(bench.read(3), (vec![11], vec![]));
}

#[test]
fn labels_that_change_make_another_target_and_named_ones_stay() {
    let own = Recipe::default().target(TargetId(0), &super::super::parse("own.example").unwrap());
    let mut bench = Bench::new("a.json", &[own]);
    bench.write("a.json", r#"[{"targets":["own.example","a.example","a.example"],"labels":{"env":"dev"}}]"#);
    assert_eq!(bench.read(1), (vec![], vec!["11 a.example:443".to_owned()]));
    bench.write("a.json", r#"[{"targets":["own.example","a.example"],"labels":{"env":"prod"}}]"#);
    assert_eq!(bench.read(2), (vec![11], vec!["11 a.example:443".to_owned()]));
    bench.write("a.json", "[]");
    assert_eq!(bench.read(3), (vec![11], vec![]), "the one that was named is not ours to remove");
}

#[test]
fn what_is_missing_in_an_incomplete_list_stays() {
    use super::super::sources::Found;
    let mut bench = Bench::new("unused", &[]);
    let mut take = |names: &[&str], incomplete: Option<&str>| {
        let sightings = names.iter().map(|name| Sighting::plain(super::super::parse(name).unwrap(), "s")).collect();
        let mut found = Found::default();
        found.sightings = sightings;
        found.incomplete = incomplete.map(Untrusted::new);
        let said = Gathered { source: Untrusted::new("s"), kind: Some(Kind::Blackbox), found: Ok(found) };
        let number = || {
            bench.next += 1;
            TargetId(bench.next)
        };
        let moves = bench.roster.take(0, vec![said], Time::from_secs(1), number);
        let added: Vec<String> = moves.added.iter().map(|target| target.name.to_string()).collect();
        (moves.removed.len(), added, bench.reason().to_owned())
    };
    assert_eq!(take(&["a.example", "b.example"], None).1.len(), 2);
    let torn = take(&["b.example", "c.example"], Some("u: HTTP 503"));
    assert_eq!(torn, (0, vec!["c.example:443".to_owned()], "u: HTTP 503".to_owned()));
    assert_eq!(take(&[], Some("u: HTTP 503")), (0, vec![], "s: u: HTTP 503".to_owned()));
    assert_eq!(take(&["b.example"], None), (2, vec![], String::new()));
}
