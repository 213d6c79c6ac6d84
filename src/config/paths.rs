//! Where files live on this platform.

use std::path::PathBuf;

use directories::ProjectDirs;

/// The platform's directories for this program; `None` where there is no home.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paths {
    /// `config.toml`, read when it exists.
    pub config_file: Option<PathBuf>,
    /// Theme files of the user's own.
    pub themes: Option<PathBuf>,
    /// What is remembered between runs.
    pub state: Option<PathBuf>,
    /// What was fetched and holds until its date; may be lost at any time.
    pub cache: Option<PathBuf>,
}

impl Paths {
    /// As `directories` finds them.
    #[must_use]
    pub fn of_platform() -> Self {
        let Some(project) = ProjectDirs::from("", "", "tlscope") else { return Self::default() };
        Self {
            config_file: Some(project.config_dir().join("config.toml")),
            themes: Some(project.config_dir().join("themes")),
            state: Some(project.state_dir().unwrap_or_else(|| project.data_local_dir()).to_owned()),
            cache: Some(project.cache_dir().to_owned()),
        }
    }
}
