use std::path::Path;
use std::time::Duration;

use super::super::{File, Overrides, Settings};
use super::*;
use crate::inventory::Item;
use crate::inventory::sources::Kind;
use crate::model::Time;

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
    assert_eq!((first.path.as_path(), first.kind), (Path::new("/etc/tlscope/t/*.json"), Some(Kind::FileSd)));
    assert_eq!((first.refresh, second.refresh), (Duration::from_mins(10), Duration::from_mins(1)));
    assert_eq!((second.path.as_path(), second.kind), (Path::new("/abs/hosts.csv"), None));
    assert_eq!(fold(&settings.show(), &Overrides::default(), None).unwrap().inventory, settings.inventory);
    assert_eq!(fold(FILE, &Overrides::default(), Some(Vec::new())).unwrap().inventory, [], "others were named");
    let wrong = [
        ("[[inventory]]\nkind = \"list\"", "the key 'path' is missing here"),
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
