//! The theme file: roles to styles, with inheritance.
//!
//! ```toml
//! title = "Mine"
//! inherits = "dark"
//! [palette]
//! rose = "#ff8078"
//! [roles]
//! "severity.critical" = "rose bold"
//! selection = { bg = "#243247" }
//! ```

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

use super::color::{MalformedColor, parse_color};
use super::role::Role;

/// Why a theme cannot be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ThemeError {
    /// The file is not TOML of the right shape.
    #[error("theme '{theme}' cannot be read: {}", source.to_string().trim_end())]
    Syntax {
        /// The theme.
        theme: String,
        /// Line, column and what was expected.
        source: Box<toml::de::Error>,
    },
    /// It names a role that does not exist.
    #[error("theme '{theme}' styles '{role}', which is no role{}", suggestion(*.nearest))]
    Role {
        /// The theme.
        theme: String,
        /// What it says.
        role: String,
        /// What may be meant.
        nearest: Option<&'static str>,
    },
    /// A colour cannot be read.
    #[error("theme '{theme}', '{role}': {source}")]
    Color {
        /// The theme.
        theme: String,
        /// The role or palette entry.
        role: String,
        /// The colour.
        source: MalformedColor,
    },
    /// It builds on a theme nobody has.
    #[error("theme '{theme}' is not known{}", by(.wanted_by.as_deref()))]
    Missing {
        /// The theme that was looked for.
        theme: String,
        /// The theme that inherits it.
        wanted_by: Option<String>,
    },
    /// It builds on itself.
    #[error("theme '{theme}' inherits itself: {}", .chain.join(" → "))]
    Cycle {
        /// The theme.
        theme: String,
        /// Who inherits whom.
        chain: Vec<String>,
    },
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |role| format!("; did you mean '{role}'?"))
}

fn by(wanted_by: Option<&str>) -> String {
    wanted_by.map_or_else(String::new, |theme| format!("; '{theme}' inherits it"))
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ThemeFile {
    title: Option<String>,
    inherits: Option<String>,
    palette: BTreeMap<String, String>,
    roles: BTreeMap<String, Spec>,
}

/// A style as written: in words, or attribute by attribute.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "a style such as \"red bold\" or { fg = \"red\", bold = true }")]
enum Spec {
    Words(String),
    Table(Attributes),
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "the shape of the file: independent switches")]
struct Attributes {
    fg: Option<String>,
    bg: Option<String>,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
    reversed: bool,
}

/// A chain of files folded into one: the nearest file's word counts.
#[derive(Debug, Default)]
pub(super) struct Patch {
    pub(super) title: Option<String>,
    palette: BTreeMap<String, String>,
    roles: BTreeMap<String, Spec>,
}

impl Patch {
    /// Reads `source` and everything it inherits; `lookup` gives the text of another theme by name.
    pub(super) fn read(name: &str, source: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ThemeError> {
        let mut patch = Self::default();
        let mut chain = vec![name.to_owned()];
        let mut text = source.to_owned();
        loop {
            let current = chain.last().cloned().unwrap_or_default();
            let file: ThemeFile = toml::from_str(&text)
                .map_err(|error| ThemeError::Syntax { theme: current.clone(), source: Box::new(error) })?;
            patch.underlay(&file);
            let Some(parent) = file.inherits else { return Ok(patch) };
            // A user's `dark` may build on the shipped `dark`: `lookup` of its own name asks for that one.
            let again = chain.contains(&parent);
            text = match lookup(&parent) {
                Some(text) if !again => text,
                Some(_) if parent == name && chain.len() == 1 => {
                    super::builtin::source(&parent).unwrap_or_default().to_owned()
                }
                Some(_) => {
                    chain.push(parent);
                    return Err(ThemeError::Cycle { theme: name.to_owned(), chain });
                }
                None => return Err(ThemeError::Missing { theme: parent, wanted_by: Some(current) }),
            };
            chain.push(parent);
        }
    }

    /// Adds what a more distant file says where no nearer one spoke.
    fn underlay(&mut self, file: &ThemeFile) {
        if self.title.is_none() {
            self.title.clone_from(&file.title);
        }
        for (name, color) in &file.palette {
            self.palette.entry(name.clone()).or_insert_with(|| color.clone());
        }
        for (role, spec) in &file.roles {
            self.roles.entry(role.clone()).or_insert_with(|| spec.clone());
        }
    }

    /// The styles it spells out, by role; the rest is `None`.
    pub(super) fn styles(&self, theme: &str) -> Result<[Option<Style>; Role::COUNT], ThemeError> {
        let mut styles = [None; Role::COUNT];
        for (id, spec) in &self.roles {
            let role = Role::by_id(id).ok_or_else(|| ThemeError::Role {
                theme: theme.to_owned(),
                role: id.clone(),
                nearest: nearest_role(id),
            })?;
            let style = self.style(spec).map_err(|source| ThemeError::Color {
                theme: theme.to_owned(),
                role: id.clone(),
                source,
            })?;
            styles[role.index()] = Some(style);
        }
        Ok(styles)
    }

    fn style(&self, spec: &Spec) -> Result<Style, MalformedColor> {
        let attributes = match spec {
            Spec::Words(words) => Attributes::from_words(words),
            Spec::Table(attributes) => attributes.clone(),
        };
        let color = |text: &Option<String>| text.as_deref().map(|text| self.color(text)).transpose();
        let style = Style { fg: color(&attributes.fg)?, bg: color(&attributes.bg)?, ..Style::new() };
        Ok(style.add_modifier(attributes.modifiers()))
    }

    fn color(&self, text: &str) -> Result<Color, MalformedColor> {
        parse_color(self.palette.get(text).map_or(text, String::as_str))
    }
}

impl Attributes {
    /// Reads `red on black bold`; a word that is nothing else is the colour and judged as such.
    fn from_words(words: &str) -> Self {
        let mut attributes = Self::default();
        let mut words = words.split_whitespace();
        while let Some(word) = words.next() {
            match word {
                "bold" => attributes.bold = true,
                "dim" => attributes.dim = true,
                "italic" => attributes.italic = true,
                "underline" | "underlined" => attributes.underline = true,
                "reversed" => attributes.reversed = true,
                "on" => attributes.bg = Some(words.next().unwrap_or_default().to_owned()),
                color => attributes.fg = Some(color.to_owned()),
            }
        }
        attributes
    }

    fn modifiers(&self) -> Modifier {
        [
            (self.bold, Modifier::BOLD),
            (self.dim, Modifier::DIM),
            (self.italic, Modifier::ITALIC),
            (self.underline, Modifier::UNDERLINED),
            (self.reversed, Modifier::REVERSED),
        ]
        .into_iter()
        .filter_map(|(on, modifier)| on.then_some(modifier))
        .fold(Modifier::empty(), Modifier::union)
    }
}

fn nearest_role(id: &str) -> Option<&'static str> {
    Role::ALL
        .iter()
        .map(|role| (strsim::osa_distance(role.id(), id), role.id()))
        .min()
        .filter(|(distance, _)| *distance <= 3)
        .map(|(_, id)| id)
}
