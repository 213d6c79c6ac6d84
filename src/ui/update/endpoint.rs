//! Actions within the endpoint view.

use super::select;
use crate::input::Action;
use crate::ui::choices::Tab;
use crate::ui::endpoint;
use crate::ui::model::{EndpointView, UiModel};

/// Does what an action means in the endpoint view; returns whether it meant anything there.
pub(crate) fn act(model: &mut UiModel, action: Action) -> bool {
    let Some(mut view) = model.endpoint else { return false };
    let tab = match action {
        Action::TabNext => view.tab.next(),
        Action::TabPrevious => view.tab.previous(),
        Action::TabVerdict => Tab::Verdict,
        Action::TabAddresses => Tab::Addresses,
        Action::TabChain => Tab::Chain,
        Action::TabHandshake => Tab::Handshake,
        Action::TabSurvey => Tab::Survey,
        _ => {
            let moved = moved(model, &mut view, action);
            model.endpoint = Some(view);
            return moved;
        }
    };
    view.scroll = 0;
    view.tab = tab;
    model.endpoint = Some(view);
    true
}

/// Up and down choose the address where addresses are listed, and scroll elsewhere.
fn moved(model: &mut UiModel, view: &mut EndpointView, action: Action) -> bool {
    let keys: Vec<_> = model.snapshot().addresses_of(view.target).map(|row| row.key).collect();
    let at = view.address.and_then(|key| keys.iter().position(|other| *other == key)).unwrap_or(0);
    let list = view.tab == Tab::Addresses;
    let position = if list { at } else { view.scroll };
    let to = match action {
        Action::Up => position.saturating_sub(1),
        Action::Down => position + 1,
        Action::PageUp => position.saturating_sub(10),
        Action::PageDown => position + 10,
        Action::Home => 0,
        Action::End => usize::MAX,
        Action::Open => {
            // The list leads on to what the chosen address served.
            view.tab = if list { Tab::Chain } else { view.tab };
            return true;
        }
        _ => return false,
    };
    if !list {
        view.scroll = to.min(endpoint::furthest(model, view));
        return true;
    }
    view.address = keys.get(to.min(keys.len().saturating_sub(1))).copied();
    if let Some(key) = view.address {
        select::address(model, key);
    }
    true
}
