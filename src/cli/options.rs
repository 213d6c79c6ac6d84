//! Options that all commands share, from flags and the environment.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args, ValueEnum};

use super::environment;
use super::failure::Failure;
use super::later;
use super::output::warn;
use crate::config::{self, Label, Overrides, Paths, Rate, RootStore, Settings};
use crate::inventory::{self, ConnectTo, Item, Resolve};
use crate::model::{self, Family, FetchPolicy, Protocol};
use crate::runtime;

pub(super) const WHICH: &str = "Which targets";
const PROBING: &str = "How to probe";
const TRUSTING: &str = "Whom to trust";
const PRESENTING: &str = "Whom to be";
const LOOKS: &str = "How it looks";

/// The options of every command.
#[expect(clippy::struct_excessive_bools, reason = "flags are what they are")]
#[derive(Debug, Args)]
pub(super) struct Options {
    /// Configuration file instead of the platform's
    #[arg(long, global = true, value_name = "FILE", env = "TLSCOPE_CONFIG", hide_env_values = true)]
    config: Option<PathBuf>,
    /// Only targets whose service (or name) is this
    #[arg(long, global = true, value_name = "NAME", env = "TLSCOPE_GROUP", hide_env_values = true, help_heading = WHICH)]
    group: Option<String>,
    /// Only targets with this label; repeatable, all must match
    #[arg(long, global = true, value_name = "NAME=VALUE", env = "TLSCOPE_LABEL", hide_env_values = true, help_heading = WHICH)]
    label: Vec<Label>,
    /// Time between two probes of one address [default: 30s]
    #[arg(long, global = true, value_name = "DURATION", value_parser = config::duration, env = "TLSCOPE_INTERVAL", hide_env_values = true, help_heading = PROBING)]
    interval: Option<Duration>,
    /// One deadline over DNS, TCP and TLS together [default: 5s]
    #[arg(long, global = true, value_name = "DURATION", value_parser = config::duration, env = "TLSCOPE_TIMEOUT", hide_env_values = true, help_heading = PROBING)]
    timeout: Option<Duration>,
    /// How much to look at: the handshake alone, or a survey of every address as well [default: full]
    #[arg(long, global = true, value_enum, value_name = "DEPTH", env = "TLSCOPE_DEPTH", hide_env_values = true, help_heading = PROBING)]
    depth: Option<Depth>,
    /// What a survey may fetch from elsewhere: all, none, or some of aia, crl, ocsp, as in crl,ocsp [default: all]
    #[arg(long, global = true, value_name = "KINDS", env = "TLSCOPE_FETCH", hide_env_values = true, help_heading = PROBING)]
    fetch: Option<FetchPolicy>,
    /// Let fetches go to loopback and private addresses too, whatever the target's own address
    #[arg(long, global = true, env = "TLSCOPE_FETCH_PRIVATE", hide_env_values = true, help_heading = PROBING)]
    fetch_private: bool,
    /// Probes under way at once [default: 256]
    #[arg(long, global = true, value_name = "N", value_parser = at_least_one, env = "TLSCOPE_CONCURRENCY", hide_env_values = true, help_heading = PROBING)]
    concurrency: Option<usize>,
    /// Probes started per time at most, such as 500/s [default: no limit]
    #[arg(long, global = true, value_name = "N/s", env = "TLSCOPE_RATE", hide_env_values = true, help_heading = PROBING)]
    rate: Option<Rate>,
    /// PEM file with further roots to trust; repeatable
    #[arg(long, global = true, value_name = "FILE", env = "TLSCOPE_CA_FILE", hide_env_values = true, help_heading = TRUSTING)]
    ca_file: Vec<PathBuf>,
    /// Root store to judge chains against; repeatable [default: system]
    #[arg(long, global = true, value_enum, value_name = "STORE", env = "TLSCOPE_TRUST", hide_env_values = true, help_heading = TRUSTING)]
    trust: Vec<Trust>,
    /// Certificate to present to servers that ask: PEM with its chain, or PKCS#12
    #[arg(long, global = true, value_name = "FILE", env = "TLSCOPE_CLIENT_CERT", hide_env_values = true, help_heading = PRESENTING)]
    client_cert: Option<PathBuf>,
    /// Its private key in PEM, when it is not in the same file
    #[arg(long, global = true, value_name = "FILE", env = "TLSCOPE_CLIENT_KEY", hide_env_values = true, help_heading = PRESENTING)]
    client_key: Option<PathBuf>,
    #[arg(help = "File whose first line is the key's password; TLSCOPE_CLIENT_CERT_PASSWORD can hold it as well", long, global = true, value_name = "FILE", env = "TLSCOPE_CLIENT_CERT_PASSWORD_FILE", hide_env_values = true, help_heading = PRESENTING)]
    client_cert_password_file: Option<PathBuf>,
    /// What leads to TLS, whatever scheme and port say: smtp, imap … or none
    #[arg(long, global = true, value_name = "PROTOCOL", value_parser = config::starttls, env = "TLSCOPE_STARTTLS", hide_env_values = true, help_heading = PROBING)]
    starttls: Option<Protocol>,
    #[arg(help = "Proxy to connect through, http://[NAME:PASSWORD@]HOST[:PORT] or socks5://…; none for none [default: HTTPS_PROXY, ALL_PROXY, NO_PROXY]", long, global = true, value_name = "URL", env = "TLSCOPE_PROXY", hide_env_values = true, help_heading = PROBING)]
    proxy: Option<String>,
    /// Name to send and verify instead of the target's
    #[arg(long, global = true, value_name = "NAME", env = "TLSCOPE_SERVERNAME", hide_env_values = true, help_heading = PROBING)]
    servername: Option<String>,
    /// Connect elsewhere under the same name, as curl has it; repeatable
    #[arg(long, global = true, value_name = "HOST:PORT:HOST:PORT", help_heading = PROBING)]
    connect_to: Vec<ConnectTo>,
    /// Use these addresses instead of asking DNS, as curl has it; repeatable
    #[arg(long, global = true, value_name = "HOST:PORT:ADDR[,ADDR]", help_heading = PROBING)]
    resolve: Vec<Resolve>,
    /// Hosts file to read instead of the system's
    #[arg(long, global = true, value_name = "FILE", env = "TLSCOPE_HOSTS_FILE", hide_env_values = true, help_heading = PROBING)]
    hosts_file: Option<PathBuf>,
    /// Name server to ask instead of the system's; repeatable
    #[arg(long, global = true, value_name = "IP[:PORT]", value_parser = config::name_server, env = "TLSCOPE_DNS_SERVER", hide_env_values = true, help_heading = PROBING)]
    dns_server: Vec<SocketAddr>,
    /// IPv4 addresses only
    #[arg(short = '4', long = "ipv4", global = true, conflicts_with = "ipv6", help_heading = PROBING)]
    ipv4: bool,
    /// IPv6 addresses only
    #[arg(short = '6', long = "ipv6", global = true, help_heading = PROBING)]
    ipv6: bool,
    /// Theme by name; 'tlscope themes' lists them
    #[arg(long, global = true, value_name = "NAME", env = "TLSCOPE_THEME", hide_env_values = true, help_heading = LOOKS)]
    theme: Option<String>,
    /// Draw with ASCII only
    #[arg(long, global = true, value_parser = FalseyValueParser::new(), env = "TLSCOPE_ASCII", hide_env_values = true, help_heading = LOOKS)]
    ascii: bool,
    #[arg(help = "Use no colours; the environment variable NO_COLOR says the same", long, global = true, value_parser = FalseyValueParser::new(), env = "TLSCOPE_NO_COLOR", hide_env_values = true, help_heading = LOOKS)]
    pub(super) no_color: bool,
    /// Append the program's own log to this file
    #[arg(long, global = true, value_name = "FILE", env = "TLSCOPE_LOG_FILE", hide_env_values = true)]
    log_file: Option<PathBuf>,
    /// Say less: no progress, no warnings; check says nothing about healthy targets
    #[arg(short, long, global = true)]
    pub(super) quiet: bool,
    /// Say more: all evidence, every address
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(super) verbose: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Trust {
    /// The platform's roots
    System,
    /// Mozilla's roots, compiled in
    Mozilla,
    /// No store: only --ca-file counts
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Depth {
    /// One handshake per address
    Handshake,
    /// Surveys as well: versions, suites, groups, resumption, revocation, paths and more
    Full,
}

impl From<Depth> for model::Depth {
    fn from(depth: Depth) -> Self {
        match depth {
            Depth::Handshake => Self::Handshake,
            Depth::Full => Self::Full,
        }
    }
}

impl Options {
    /// The settings of this run. Warnings are said on standard error.
    ///
    /// `arguments` are targets as written; with none the configured fleet is meant.
    pub(super) fn settings(&self, arguments: &[String]) -> Result<Settings, Failure> {
        let named = if arguments.is_empty() { None } else { Some(named(arguments)?) };
        let settings = Settings::load(self.config_file().as_deref(), &self.overrides()?, named)?;
        settings.warnings.iter().for_each(|warning| warn(warning, self.quiet));
        Ok(settings)
    }

    /// The configuration file to read: the one named, which must exist, else the platform's if it does.
    pub(super) fn config_file(&self) -> Option<PathBuf> {
        self.config.clone().or_else(|| Paths::of_platform().config_file.filter(|path| path.exists()))
    }

    /// Where the configuration file is, or would be.
    pub(super) fn config_path(&self) -> Result<PathBuf, Failure> {
        let path = self.config.clone().or_else(|| Paths::of_platform().config_file);
        path.ok_or_else(|| Failure::usage("this user has no home directory; name the file with --config"))
    }

    /// Whether only a part of the targets is wanted.
    pub(super) const fn narrows(&self) -> bool {
        self.group.is_some() || !self.label.is_empty()
    }

    /// Begins the program's own log, if one is wanted.
    pub(super) fn log(&self) -> Result<(), Failure> {
        Ok(self.log_file.as_deref().map_or(Ok(()), runtime::log_to)?)
    }

    /// What flags and environment say over the file.
    pub(super) fn overrides(&self) -> Result<Overrides, Failure> {
        let trust = match &self.trust[..] {
            [] => None,
            [Trust::None] => Some(Vec::new()),
            stores if stores.contains(&Trust::None) => {
                return Err(Failure::usage("--trust none stands alone; with another store it says nothing"));
            }
            stores => Some(stores.iter().map(|store| store.root_store()).collect()),
        };
        let family = match (self.ipv4, self.ipv6) {
            (true, _) => Some(Family::V4),
            (_, true) => Some(Family::V6),
            _ => None,
        };
        // Parsed here and not by the option's parser, whose errors repeat the text: there may be a password in it.
        let proxy = self.proxy.as_deref().map(str::parse).transpose();
        let proxy = proxy.map_err(|message: String| Failure::usage(format!("--proxy: {message}")))?;
        let usual_proxies = if proxy.is_some() { environment::bypass() } else { environment::proxies()? };
        Ok(Overrides {
            interval: self.interval,
            timeout: self.timeout,
            depth: self.depth.map(Into::into),
            fetch: self.fetch,
            fetch_private: self.fetch_private,
            concurrency: self.concurrency,
            rate: self.rate,
            family,
            servername: self.servername.clone(),
            starttls: self.starttls,
            proxy,
            usual_proxies,
            client_cert: self.client_cert.clone(),
            client_key: self.client_key.clone(),
            client_cert_password_file: self.client_cert_password_file.clone(),
            client_password: environment::client_password(),
            resolve: self.resolve.clone(),
            connect_to: self.connect_to.clone(),
            trust,
            ca_files: self.ca_file.clone(),
            dns_servers: self.dns_server.clone(),
            hosts_file: self.hosts_file.clone(),
            group: self.group.clone(),
            labels: self.label.clone(),
            theme: self.theme.clone(),
            ascii: self.ascii,
            no_color: self.no_color,
        })
    }
}

impl Trust {
    /// `none` is no store and handled before.
    const fn root_store(self) -> RootStore {
        match self {
            Self::System | Self::None => RootStore::System,
            Self::Mozilla => RootStore::Mozilla,
        }
    }
}

fn named(arguments: &[String]) -> Result<Vec<Item>, Failure> {
    arguments.iter().try_for_each(|argument| later::not_a_command(argument))?;
    inventory::read(arguments, std::io::stdin().lock()).map_err(|error| Failure::Usage(error.into()))
}

fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| format!("'{text}' is no number from 1 on"))
}
