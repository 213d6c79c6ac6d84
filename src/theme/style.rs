//! A theme ready for drawing.

use ratatui::style::Style;

use super::depth::Depth;
use super::file::{Patch, ThemeError};
use super::glyphs::Glyphs;
use super::role::Role;

/// Styles for every role and the glyphs to draw with. A value: passed along, never global.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    name: String,
    title: String,
    styles: [Style; Role::COUNT],
    depth: Depth,
    glyphs: &'static Glyphs,
}

impl Theme {
    /// Reads a theme file; `lookup` gives the text of the themes it inherits and falls back to the
    /// shipped ones.
    pub fn parse(name: &str, source: &str, lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ThemeError> {
        let patch = Patch::read(name, source, &|other| {
            lookup(other).or_else(|| super::builtin::source(other).map(str::to_owned))
        })?;
        let spelled = patch.styles(name)?;
        let mut styles = [Style::new(); Role::COUNT];
        // Parents come first in `ALL`, except that some roles borrow from a later one: two rounds settle both.
        for role in Role::ALL.iter().chain(Role::ALL) {
            let inherited = role.parent().map_or_else(Style::new, |parent| styles[parent.index()]);
            styles[role.index()] = spelled[role.index()].unwrap_or(Style { bg: None, ..inherited });
        }
        Ok(Self {
            name: name.to_owned(),
            title: patch.title.unwrap_or_else(|| name.to_owned()),
            styles,
            depth: Depth::TrueColor,
            glyphs: &Glyphs::UNICODE,
        })
    }

    /// Finds a theme by name: `lookup` first (the configuration directory), then the shipped ones.
    pub fn named(name: &str, lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ThemeError> {
        let text = lookup(name).or_else(|| super::builtin::source(name).map(str::to_owned));
        let text = text.ok_or_else(|| ThemeError::Missing { theme: name.to_owned(), wanted_by: None })?;
        Self::parse(name, &text, lookup)
    }

    /// The theme as a terminal of this depth can show it; without colours every theme is `mono`.
    #[must_use]
    pub fn at_depth(mut self, depth: Depth) -> Self {
        if depth == Depth::None
            && let Ok(mono) = Self::named("mono", |_| None)
        {
            self.styles = mono.styles;
        }
        for role in Role::ALL {
            let is_selection = matches!(role, Role::Selection | Role::SelectionDim);
            let style = &mut self.styles[role.index()];
            *style = depth.degrade(*style, is_selection);
        }
        self.depth = self.depth.min(depth);
        self
    }

    /// The theme drawing with these glyphs.
    #[must_use]
    pub fn with_glyphs(mut self, glyphs: &'static Glyphs) -> Self {
        self.glyphs = glyphs;
        self
    }

    /// Its name, as in `--theme`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its name for people.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// How a role looks.
    #[must_use]
    pub fn style(&self, role: Role) -> Style {
        self.styles[role.index()]
    }

    /// What to draw with.
    #[must_use]
    pub fn glyphs(&self) -> &'static Glyphs {
        self.glyphs
    }

    /// How many colours it uses.
    #[must_use]
    pub fn depth(&self) -> Depth {
        self.depth
    }

    /// Cell of the heat ramp, 0 fresh to 7 expired (higher counts as 7). Without colour the glyph
    /// alone tells the step.
    #[must_use]
    pub fn heat(&self, step: usize) -> (&'static str, Style) {
        let step = step.min(Role::HEAT.len() - 1);
        let mono = self.depth == Depth::None || self.style(Role::Heat0) == self.style(Role::Heat7);
        let glyphs = if mono { &self.glyphs.heat_mono } else { &self.glyphs.heat };
        (glyphs[step], self.style(Role::HEAT[step]))
    }
}

impl Default for Theme {
    /// The shipped default at full depth.
    fn default() -> Self {
        // The shipped files are tested to load; a plain theme keeps a broken build usable.
        Self::named(super::builtin::NAMES[0], |_| None).unwrap_or_else(|_| Self {
            name: "plain".to_owned(),
            title: "Plain".to_owned(),
            styles: [Style::new(); Role::COUNT],
            depth: Depth::None,
            glyphs: &Glyphs::UNICODE,
        })
    }
}
