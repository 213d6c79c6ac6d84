//! From settings to a prober.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::environment;
use super::failure::Failure;
use super::output::warn;
use crate::config::{Paths, RootStore, Settings};
use crate::model::{ClientFiles, Clock, Host, SystemClock, Target};
use crate::probe::{self, ClientChoice, ProbeError, StoreChoice, TrustStores};

/// What a prober knows beside the settings.
#[derive(Debug, Default)]
pub(super) struct Further {
    /// Roots to trust.
    pub(super) store: Option<StoreChoice>,
    /// Client certificates that are in no file.
    pub(super) clients: Vec<ClientChoice>,
}

/// A prober with the trust, identity and name service of `settings` and of `further`; what the user should know is said.
pub(super) fn prober(settings: &Settings, further: Further, quiet: bool) -> Result<probe::Prober, Failure> {
    let prober = examined(settings, further, quiet)?;
    if let Err(error) = prober.check_resolver() {
        unresolved(settings, error, quiet)?;
    }
    Ok(prober)
}

/// The prober before anyone asks whether names can be resolved: all files it needs are read and good.
pub(super) fn examined(settings: &Settings, further: Further, quiet: bool) -> Result<probe::Prober, Failure> {
    let named = settings.trust.stores.iter().map(|store| match store {
        RootStore::Mozilla => StoreChoice::Mozilla,
        RootStore::System => StoreChoice::System,
    });
    let files = settings.trust.ca_files.iter().cloned().map(StoreChoice::File);
    let choices: Vec<StoreChoice> = named.chain(files).chain(further.store).collect();
    let (stores, notices) = TrustStores::load(&choices).map_err(|error| Failure::Usage(error.into()))?;
    for notice in &notices {
        warn(notice, quiet);
    }
    let lookup = probe::Settings {
        dns_servers: settings.probe.dns_servers.clone(),
        hosts_file: settings.probe.hosts_file.clone(),
        fetch: settings.probe.fetch,
        fetch_private: settings.probe.fetch_private,
        bypass: settings.recipe.proxying.usual.bypass.clone(),
        per_address: settings.probe.per_address,
        connections_per_minute: settings.probe.connections_per_minute,
        cache: Paths::of_platform().cache,
        clients: clients(settings, further.clients),
        client_password: environment::client_password(),
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    probe::Prober::new(&lookup, stores, clock).map_err(|error| Failure::Usage(error.into()))
}

/// Every client certificate that a target names, or one added later will name, each once. What a source names is read when
/// it is needed: a fault of it is one of the source, and keeps nothing else from being watched.
fn clients(settings: &Settings, given: Vec<ClientChoice>) -> Vec<ClientChoice> {
    let targets = settings.targets.iter().take(settings.named);
    let named = targets.map(|target| &target.client).chain([&settings.recipe.client]);
    let files: BTreeSet<&ClientFiles> = named.filter_map(Option::as_deref).collect();
    let is_given = |files: &ClientFiles| {
        given.iter().any(|choice| matches!(choice, ClientChoice::Pem { name, .. } if name == files))
    };
    let read = files.into_iter().filter(|files| !is_given(files)).cloned().map(ClientChoice::Files).collect::<Vec<_>>();
    given.into_iter().chain(read).collect()
}

/// Without a name server there is nothing to do, unless some targets need none.
fn unresolved(settings: &Settings, error: ProbeError, quiet: bool) -> Result<(), Failure> {
    let needs_names = |target: &Target| target.pinned.is_empty() && matches!(target.destination().0, Host::Name(_));
    if !settings.targets.iter().any(needs_names) {
        return Ok(());
    }
    if settings.targets.iter().all(needs_names) && settings.probe.hosts_file.is_none() {
        return Err(Failure::Usage(error.into()));
    }
    warn(&error.to_string(), quiet);
    Ok(())
}
