use std::path::Path;
use std::time::Duration;

use super::super::{File, Overrides, Settings};
use super::*;
use crate::inventory::sources::{Client, Kind, Pass, Roots, SecretAt};
use crate::inventory::{Item, Place};
use crate::model::{Secret, Time};

const FILE: &str = "[defaults]\nlabels = { env = \"dev\", team = \"a\" }\n[[target]]\ntarget = \"own.example\"\n\
                    [[inventory]]\npath = \"t/*.json\"\nkind = \"file_sd\"\nrefresh = \"10m\"\nlabels = { env = \"prod\" }\n\
                    [[inventory]]\npath = \"/abs/hosts.csv\"\n";

fn fold(text: &str, overrides: &Overrides, named: Option<Vec<Item>>) -> Result<Settings, String> {
    let file =
        File::parse(Path::new("/etc/tlscope/config.toml"), text.to_owned()).map_err(|error| error.to_string())?;
    Settings::fold(Some(&file), overrides, named).map_err(|error| error.to_string())
}

#[test]
fn sources_are_configured() {
    let settings = fold(FILE, &Overrides::default(), None).unwrap();
    let [first, second] = &settings.inventory[..] else { panic!("{:?}", settings.inventory) };
    let files = |path: &str, kind| Place::Files { path: path.into(), kind };
    assert_eq!(first.place, files("/etc/tlscope/t/*.json", Some(Kind::FileSd)));
    assert_eq!((first.refresh, second.refresh), (Duration::from_mins(10), Duration::from_mins(1)));
    assert_eq!(second.place, files("/abs/hosts.csv", None));
    assert_eq!(fold(&settings.show(), &Overrides::default(), None).unwrap().inventory, settings.inventory);
    assert_eq!(fold(FILE, &Overrides::default(), Some(Vec::new())).unwrap().inventory, [], "others were named");
    let wrong = [
        ("[[inventory]]\nkind = \"list\"", "the key 'path' or 'url' is missing"),
        ("[[inventory]]\npath = \"a\"\nkind = \"lists\"", "config.toml:3:8: 'lists' is no kind of source; there are "),
        ("[[inventory]]\npath = \"a\"\nrefresh = \"1ms\"", "config.toml:3:11: the time between readings"),
        ("[[inventory]]\npath = \"-\"", "config.toml:2:8: 'path' is that of a file"),
        ("[[inventory]]\npaths = \"a\"", "unknown key 'paths'; did you mean 'path'?"),
    ];
    for (text, message) in wrong {
        let error = fold(text, &Overrides::default(), None).unwrap_err();
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn sources_on_servers_are_configured_and_their_secrets_are_shown_nowhere() {
    let url = "[trust]\nstores = [\"mozilla\"]\nca_files = [\"corp.pem\"]\n[[inventory]]\nurl = \"https://p.example/x\"\nkind = \"prometheus\"\n";
    let source = |keys: &str| fold(&format!("{url}{keys}"), &Overrides::default(), None);
    let cases = [
        ("", None),
        ("token_file = \"word\"", Some(Pass::bearer(SecretAt::File("/etc/tlscope/word".into())))),
        ("token_env = \"WORD\"", Some(Pass::bearer(SecretAt::Variable("WORD".to_owned())))),
        (
            "username = \"u\"\npassword_file = \"/word\"",
            Some(Pass::Login { name: "u".to_owned(), password: SecretAt::File("/word".into()) }),
        ),
        (
            "username = \"u\"\npassword_env = \"WORD\"",
            Some(Pass::Login { name: "u".to_owned(), password: SecretAt::Variable("WORD".to_owned()) }),
        ),
    ];
    for (keys, expected) in cases {
        let settings = source(keys).unwrap();
        let Place::Url { address, asker, kind } = &settings.inventory[0].place else { panic!("{keys}") };
        assert_eq!((address.shown(), &asker.pass, *kind), ("https://p.example/x", &expected, Kind::Prometheus));
        assert_eq!(asker.client, None);
        let roots = Roots { system: false, mozilla: true, files: vec!["/etc/tlscope/corp.pem".into()], text: None };
        assert_eq!(settings.inventory[0].roots, roots);
        assert_eq!(
            fold(&settings.show(), &Overrides::default(), None).unwrap().inventory,
            settings.inventory,
            "{keys}"
        );
    }
    let login = url.replace("https://", "https://u:planted@");
    let settings = fold(&login, &Overrides::default(), None).unwrap();
    let shown = format!("{}{:?}{}", settings.show(), settings.inventory, settings.inventory[0].place);
    assert!(
        shown.contains("https://p.example/x") && shown.contains("not shown") && !shown.contains("planted"),
        "{shown}"
    );
    let wrong = [
        (format!("{url}path = \"a\""), "either 'path' or 'url', not both"),
        (url.replace("kind = \"prometheus\"\n", ""), "'kind' is missing beside 'url'"),
        (url.replace("https://p.example/x", "https://u:planted@p .example/"), "'url': not a URL"),
        (url.replace("https://p.example/x", "ftp://u:planted@p.example/"), "begins with http:// or https://"),
        (url.replace("url =", "path ="), "is named by 'url', not by 'path'"),
        (format!("{login}token_file = \"a\""), "a login stands in the URL, and another is given"),
        (format!("{url}token_file = \"a\"\ntoken_env = \"B\""), "either 'token_file' or 'token_env', not both"),
        (format!("{url}token_file = \"a\"\nusername = \"u\""), "a server is shown one of them"),
        (format!("{url}username = \"u\""), "'username' needs a password beside it"),
        (format!("{url}password_env = \"A\""), "'username' is missing, whose password that is"),
        (format!("{url}password = \"planted\""), "unknown key 'password'; did you mean 'password_"),
        (format!("{url}client_key = \"a\""), "'client_cert' is missing beside this key"),
        (
            "[[inventory]]\npath = \"a\"\nclient_cert = \"b\"".to_owned(),
            "config.toml:3:15: 'client_cert' is for a source",
        ),
        (
            "[[inventory]]\npath = \"a\"\ntoken_file = \"b\"".to_owned(),
            "config.toml:3:14: 'token_file' is for a source",
        ),
    ];
    for (text, message) in wrong {
        let error = fold(&text, &Overrides::default(), None).unwrap_err();
        assert!(error.contains(message) && !error.contains("planted"), "{error}");
    }
}

#[test]
fn sources_on_servers_are_asked_with_their_own_client_certificate() {
    let text = "[defaults]\nclient_cert = \"of-targets.pem\"\n[[inventory]]\nurl = \"https://p.example/x\"\nkind = \"http_sd\"\n\
                client_cert = \"c.pem\"\nclient_key = \"/k.pem\"\nclient_cert_password_file = \"word\"\n";
    let word = Some(Secret::new("planted".to_owned()));
    let flags =
        Overrides { client_cert: Some("flag.pem".into()), client_password: word.clone(), ..Overrides::default() };
    let settings = fold(text, &flags, None).unwrap();
    let Place::Url { asker, .. } = &settings.inventory[0].place else { panic!("{settings:?}") };
    let files = ClientFiles {
        certificate: "/etc/tlscope/c.pem".into(),
        key: Some("/k.pem".into()),
        password_file: Some("/etc/tlscope/word".into()),
    };
    assert_eq!(asker.client, Some(Client::Files { files, password: word }));
    let shown = settings.show();
    assert!(!format!("{shown}{settings:?}").contains("planted"));
    assert_eq!(fold(&shown, &flags, None).unwrap().inventory, settings.inventory, "{shown}");
}

#[test]
fn targets_have_what_the_defaults_the_source_and_the_flags_say() {
    let directory = tempfile::tempdir().unwrap();
    let list = "[{\"targets\": [\"mail.example:2525\", \"own.example:443\"], \"labels\": {\"team\": \"b\"}}]";
    std::fs::write(directory.path().join("a.json"), list).unwrap();
    let text = FILE.replace("t/*.json", &directory.path().join("*.json").display().to_string());
    let flags = Overrides { starttls: Some(crate::model::Protocol::Smtp), ..Overrides::default() };
    let targets = |overrides: &Overrides| {
        let settings = fold(&text, overrides, None).unwrap();
        let mut roster = roster(&settings, overrides).unwrap();
        let said = settings.inventory[0].read();
        let moves = roster.take(0, said, Time::from_secs(1), || TargetId(7));
        moves.added
    };
    let added = targets(&flags);
    assert_eq!(added.len(), 1, "the other is configured itself: {added:?}");
    let labels: Vec<String> = added[0].labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!((labels.join(" ").as_str(), added[0].protocol), ("env=prod team=b", crate::model::Protocol::Smtp));
    assert_eq!((added[0].id, &*added[0].name), (TargetId(7), "mail.example:2525"));
    let others = Overrides { labels: vec!["team=a".parse().unwrap()], ..Overrides::default() };
    assert_eq!(targets(&others), []);
    assert!(roster(&fold("", &flags, None).unwrap(), &flags).is_none(), "without sources there is nothing to keep");
}
