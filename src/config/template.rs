//! The file that `config init` writes: every key, documented, with its default.

/// Keys with their default have one `#` before them, examples without a default have two.
pub const TEMPLATE: &str = include_str!("template.toml");

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{File, Overrides, Settings};
    use super::TEMPLATE;

    fn settings(text: &str) -> Settings {
        let file = File::parse(Path::new("config.toml"), text.to_owned()).unwrap_or_else(|error| panic!("{error}"));
        Settings { file: None, ..Settings::fold(Some(&file), &Overrides::default(), None).unwrap() }
    }

    /// The template with `marker` removed before keys and tables; prose has a space after its `#`.
    fn uncommented(markers: &[&str]) -> String {
        let strip = |line: &str| {
            let key = markers.iter().find_map(|marker| line.strip_prefix(marker));
            key.filter(|key| !key.starts_with([' ', '#'])).map_or_else(|| line.to_owned(), str::to_owned)
        };
        TEMPLATE.lines().map(strip).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn says_the_defaults() {
        let defaults = Settings::fold(None, &Overrides::default(), None).unwrap();
        assert_eq!(settings(TEMPLATE), defaults);
        let spelled_out = uncommented(&["#"]);
        assert!(spelled_out.contains("\nconcurrency = 256\n"));
        assert_eq!(settings(&spelled_out), defaults);
    }

    #[test]
    fn loads_with_every_comment_removed() {
        let all = settings(&uncommented(&["##", "#"]));
        assert_eq!(all.warnings, Vec::<String>::new());
        assert_eq!(all.targets.len(), 1);
        assert_eq!(all.targets[0].servername.as_deref(), Some("www.shop.example"));
    }
}
