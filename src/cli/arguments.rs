//! What can be said on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use super::options::{Options, WHICH};
use crate::model::Untrusted;
use crate::query::Query;

/// The arguments of the program.
#[derive(Debug, Parser)]
#[command(
    name = "tlscope",
    version,
    about = "Watch TLS endpoints and name the cause when one breaks",
    after_help = AFTER_HELP,
    override_usage = "tlscope [OPTIONS] [TARGET|@FILE]...\n       tlscope [OPTIONS] <COMMAND>",
    disable_help_subcommand = true
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[arg(value_name = "TARGET|@FILE", help = TARGETS)]
    pub(super) targets: Vec<String>,
    #[command(flatten)]
    pub(super) screen: Screen,
    #[command(flatten)]
    pub(super) options: Options,
}

/// What only the dashboard heeds.
#[derive(Debug, Args)]
pub(super) struct Screen {
    /// Begin with this filter, as typed after '/' in the dashboard: words, env:prod, status:critical, 'expires<7d'
    #[arg(long, value_name = "QUERY", value_parser = filter, help_heading = WHICH)]
    pub(super) filter: Option<String>,
}

/// A filter that can be read, else what is wrong with it and a caret under the place.
fn filter(text: &str) -> Result<String, String> {
    let Err(error) = Query::parse(text) else { return Ok(text.to_owned()) };
    let (before, after) = text.split_at_checked(error.at).unwrap_or((text, ""));
    let (before, after) = (Untrusted::new(before), Untrusted::new(after));
    let column = unicode_width::UnicodeWidthStr::width(before.as_str());
    Err(format!("{}\n  {before}{after}\n  {:column$}^", error.message, ""))
}

const TARGETS: &str = "What to look at: example.com, example.com:8443, [2001:db8::1]:443, https://example.com, \
    example.com@10.0.0.5:8443 (that name at that address), @FILE for a list, - for standard input; \
    without any, the configured fleet";

const AFTER_HELP: &str = "Exit status of check and inventory: 0 ok, 1 warning, 2 critical, 3 unknown or not done. \
    Of everything else: 0 done, 1 failed, 2 wrong usage or configuration.\n\
    Every option with an environment variable can be set there; flags count more than the environment, \
    the environment more than the configuration file.";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Look once at each target and say what is wrong, the cause first
    Check(Check),
    /// Write completions for a shell to standard output
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Make, check or show the configuration
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Say what a finding means and what to do about it
    Explain {
        /// The finding's code, such as tls.slow; without one, list all
        code: Option<String>,
    },
    /// Show, and add, targets from lists, manifests and inventories
    Import(Import),
    /// Review the certificates and keys in files and directories
    Inventory(Inventory),
    /// Start a fleet of real TLS servers on loopback, healthy and faulty, and watch it
    Lab(Lab),
    /// Write the manual page to standard output
    Man,
    #[command(hide = true)]
    Replay {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// List the themes
    Themes,
    #[command(hide = true)]
    Watch {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
}

#[derive(Debug, Args)]
pub(super) struct Check {
    #[arg(value_name = "TARGET|@FILE", help = TARGETS)]
    pub(super) targets: Vec<String>,
    /// How to write what was found
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people, worst first
    Text,
    /// One document
    Json,
    /// One object a line, as each target finishes
    Jsonl,
    /// One line with performance data, for monitoring systems
    Nagios,
    /// To paste into a ticket, worst first
    Markdown,
}

#[derive(Debug, Args)]
pub(super) struct Import {
    #[arg(value_name = "SOURCE", required = true, help = SOURCES)]
    pub(super) sources: Vec<String>,
    /// Add the new targets to the configuration file; it is backed up beside itself
    #[arg(long)]
    pub(super) write: bool,
    /// Targets that one range of addresses and ports may stand for
    #[arg(long, value_name = "N", default_value_t = 4096)]
    pub(super) most: usize,
    /// File whose first line is the token (Bearer) for the server that a URL names
    #[arg(long, value_name = "FILE", help_heading = ASKING)]
    pub(super) token_file: Option<PathBuf>,
    /// Environment variable that holds the token
    #[arg(long, value_name = "NAME", help_heading = ASKING)]
    pub(super) token_env: Option<String>,
    /// Name to log in with at the server that a URL names (Basic)
    #[arg(long, value_name = "NAME", help_heading = ASKING)]
    pub(super) user: Option<String>,
    /// File whose first line is that user's password
    #[arg(long, value_name = "FILE", help_heading = ASKING)]
    pub(super) password_file: Option<PathBuf>,
    /// Environment variable that holds the password
    #[arg(long, value_name = "NAME", help_heading = ASKING)]
    pub(super) password_env: Option<String>,
    /// How to write what would be added
    #[arg(long, value_enum, default_value_t = ImportFormat::Table)]
    pub(super) format: ImportFormat,
}

const ASKING: &str = "Who asks";

const SOURCES: &str = "Where from: a file or pattern, recognised by what is in it, or named by KIND:FILE or KIND:URL; \
    - for standard input; the directory of a server, such as /etc/nginx or /etc/letsencrypt; a target or a range, such \
    as 10.0.0.0/24:443,8443. Kinds: ansible, apache, blackbox, caddy, certbot, csv, envoy, file_sd, haproxy, hosts, \
    http_sd, kubernetes, list, nginx, nmap, prometheus, traefik";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ImportFormat {
    /// For people: new, known and skipped
    Table,
    /// What would be added to the configuration
    Toml,
    /// One document
    Json,
}

#[derive(Args, Debug)]
pub(super) struct Inventory {
    /// Files and directories to look through; - for standard input
    #[arg(value_name = "PATH", required = true)]
    pub(super) paths: Vec<PathBuf>,
    /// How to write what was found; on a terminal it is shown on a screen otherwise, and elsewhere as a table
    #[arg(long, value_enum)]
    pub(super) format: Option<ReviewFormat>,
    /// Names to leave out, as in .gitignore; repeatable. A file .tlscopeignore in a directory says the same
    #[arg(long, value_name = "PATTERN", help_heading = BOUNDS)]
    pub(super) exclude: Vec<String>,
    /// File whose first line is tried as the password of what is locked; repeatable. `TLSCOPE_PASSWORD` can hold one as well
    #[arg(long, value_name = "FILE", help_heading = BOUNDS)]
    pub(super) password_file: Vec<PathBuf>,
    /// Files above this are not read, such as 512K or 64M [default: 16M]
    #[arg(long, value_name = "SIZE", value_parser = size, help_heading = BOUNDS)]
    pub(super) max_size: Option<u64>,
    /// Directories entered, one within the other [default: 64]
    #[arg(long, value_name = "N", help_heading = BOUNDS)]
    pub(super) max_depth: Option<usize>,
    /// Files looked at [default: 1000000]
    #[arg(long, value_name = "N", help_heading = BOUNDS)]
    pub(super) max_files: Option<usize>,
}

const BOUNDS: &str = "What to look at";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ReviewFormat {
    /// For people, worst first
    Table,
    /// One document
    Json,
    /// One object a line for each file
    Jsonl,
    /// A row for each certificate
    Csv,
    /// To paste into a ticket, worst first
    Markdown,
}

/// Bytes, in units of 1024 with a letter behind.
fn size(text: &str) -> Result<u64, String> {
    let (digits, unit) = match text.as_bytes().last() {
        Some(b'K' | b'k') => (&text[..text.len() - 1], 1 << 10),
        Some(b'M' | b'm') => (&text[..text.len() - 1], 1 << 20),
        Some(b'G' | b'g') => (&text[..text.len() - 1], 1 << 30),
        _ => (text, 1_u64),
    };
    let number = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
    number.ok_or_else(|| format!("'{text}' is no size such as 512K or 64M"))
}

#[derive(Debug, Args)]
pub(super) struct Lab {
    /// List the members with the truth about each, and start nothing
    #[arg(long, conflicts_with = "filter")]
    pub(super) list: bool,
    /// Serve without the dashboard, and print targets and the CA file for other clients
    #[arg(long, conflicts_with_all = ["filter", "list"])]
    pub(super) serve_only: bool,
    #[command(flatten)]
    pub(super) screen: Screen,
}

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Write a documented configuration file, unless there is one
    Init,
    /// Read the configuration and say what is wrong with it
    Check,
    /// Show the settings in effect
    Show,
    /// Say where the configuration file is looked for
    Path,
}
