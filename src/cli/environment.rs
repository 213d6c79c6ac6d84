//! `TLSCOPE_*`: read by the options themselves; here is what they would get wrong.

use std::sync::Arc;

use clap::Command;

use super::failure::Failure;
use super::output::say;
use crate::inventory::{ProxyChoice, UsualProxies};
use crate::model::{Bypass, Proxy, Secret};
use crate::runtime::HUGE_PAGES;

/// Levels of the program's own log.
const LOG: &str = "TLSCOPE_LOG";

/// The password of client certificates' keys: no option has it, as other users can read a command line.
const CLIENT_PASSWORD: &str = "TLSCOPE_CLIENT_CERT_PASSWORD";

/// A password that is tried on locked files.
const PASSWORD: &str = "TLSCOPE_PASSWORD";

/// What the environment says to be the password of locked files.
pub(super) fn password() -> Option<Secret> {
    std::env::var(PASSWORD).ok().filter(|password| !password.is_empty()).map(Secret::new)
}

/// What the environment says to be the password of client certificates' keys.
pub(super) fn client_password() -> Option<Secret> {
    std::env::var(CLIENT_PASSWORD).ok().filter(|password| !password.is_empty()).map(Secret::new)
}

/// The usual variables that name proxies; for curl the lower-case name counts more.
pub(super) fn proxies() -> Result<UsualProxies, Failure> {
    Ok(UsualProxies {
        https: proxy(["https_proxy", "HTTPS_PROXY"])?,
        all: proxy(["all_proxy", "ALL_PROXY"])?,
        ..bypass()
    })
}

/// What they except from proxies, and no more.
pub(super) fn bypass() -> UsualProxies {
    let text = first(["no_proxy", "NO_PROXY"]).map(|(_, text)| text).unwrap_or_default();
    UsualProxies { bypass: Bypass::parse(&text), ..UsualProxies::default() }
}

fn proxy(names: [&'static str; 2]) -> Result<Option<Arc<Proxy>>, Failure> {
    let Some((name, text)) = first(names) else { return Ok(None) };
    match text.parse() {
        Ok(ProxyChoice::Direct) => Ok(None),
        Ok(ProxyChoice::Through(proxy)) => Ok(Some(proxy)),
        // To go directly where a proxy is asked for could tell somebody what is not to be told.
        Err(message) => Err(Failure::usage(format!("{name}: {message}; --proxy counts more, and may be none"))),
    }
}

fn first(names: [&'static str; 2]) -> Option<(&'static str, String)> {
    names.into_iter().find_map(|name| std::env::var(name).ok().filter(|text| !text.is_empty()).map(|text| (name, text)))
}

/// An empty variable is one that is not set.
pub(super) fn without_empty(command: Command) -> Command {
    command.mut_args(|option| {
        let is_empty =
            option.get_env().is_some_and(|name| std::env::var_os(name).is_some_and(|value| value.is_empty()));
        if is_empty { option.env(None::<&'static str>) } else { option }
    })
}

/// Says which variables with our prefix nothing reads, and what may be meant.
pub(super) fn warn_of_unknown(command: &Command) {
    let known: Vec<String> = command
        .get_arguments()
        .filter_map(|option| option.get_env())
        .map(|name| name.to_string_lossy().into_owned())
        .chain([LOG, CLIENT_PASSWORD, PASSWORD, HUGE_PAGES].map(str::to_owned))
        .collect();
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if !name.starts_with("TLSCOPE_") || known.iter().any(|known| *known == name) {
            continue;
        }
        let likeness = |known: &&String| strsim::jaro_winkler(known, &name);
        let near = known.iter().max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
        let hint = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
        say(&format!("warning: the environment variable {name} has no effect{hint}"));
    }
}
