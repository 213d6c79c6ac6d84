//! What each action does.

use super::say::say;
use super::{endpoint, hand, here, moves, open, refresh, select};
use crate::input::{Action, Category};
use crate::model::{AddressKey, TargetId};
use crate::ui::choices::Pane;
use crate::ui::model::{EndpointView, Frozen, UiModel};
use crate::ui::msg::Effect;

/// Does it, and returns what is asked of the outside.
pub(crate) fn act(model: &mut UiModel, action: Action) -> Vec<Effect> {
    if open::open(model, action) {
        return Vec::new();
    }
    if action == Action::Acknowledge {
        return hand::ask(model);
    }
    if let Some(effects) = outside(model, action) {
        return effects;
    }
    if model.endpoint.is_some() && endpoint::act(model, action) {
        return Vec::new();
    }
    match action {
        Action::Back => back(model),
        Action::Quit => return quit(model),
        Action::Open => open_here(model),
        Action::Incident => open_incident(model),
        Action::FilterHere => here::filter(model),
        Action::Freeze => freeze(model),
        Action::OnlyProblems => {
            model.filter.only_problems = !model.filter.only_problems;
            refresh::narrowed(model);
        }
        Action::Zoom => model.zoom = !model.zoom,
        Action::Mode => mode(model),
        Action::PaneNext => model.focus = model.focus.next(),
        Action::PanePrevious => model.focus = model.focus.previous(),
        Action::PaneExpiry => model.focus = Pane::Expiry,
        Action::PaneHandshakes => model.focus = Pane::Handshakes,
        Action::PaneProtocols => model.focus = Pane::Protocols,
        Action::PaneErrors => model.focus = Pane::Errors,
        Action::SortReverse | Action::Expand => table(model, action),
        Action::Group => {
            model.errors.raw = !model.errors.raw;
            (model.errors.cursor, model.errors.held) = (0, false);
        }
        Action::Follow => {
            model.errors.held = !model.errors.held;
            if !model.errors.held {
                model.errors.cursor = 0;
            }
        }
        _ if action.spec().category == Category::Move => moves::moved(model, action),
        _ => {}
    }
    Vec::new()
}

/// Actions that ask something of the outside and work everywhere.
fn outside(model: &mut UiModel, action: Action) -> Option<Vec<Effect>> {
    if matches!(action, Action::ProbeNow | Action::ProbeAll) && model.live.scheduler.paused {
        say(model, "probing is paused: it happens on resume");
    }
    let effect = match action {
        Action::ProbeNow => match model.selection.target {
            Some(id) => Effect::Survey(vec![id]),
            None => return Some(Vec::new()),
        },
        Action::ProbeAll => Effect::ProbeNow(Vec::new()),
        Action::Pause => Effect::Pause(!model.live.scheduler.paused),
        Action::Copy => match here::copied(model) {
            Some(text) => {
                say(model, &format!("copied: {text}"));
                Effect::Copy(text)
            }
            None => return Some(Vec::new()),
        },
        Action::Mouse => {
            model.settings.mouse = !model.settings.mouse;
            say(model, if model.settings.mouse { "mouse on" } else { "mouse off: the terminal selects text" });
            Effect::Mouse(model.settings.mouse)
        }
        Action::Redraw => Effect::Repaint,
        Action::Suspend => Effect::Suspend,
        Action::QuitNow => Effect::Quit,
        _ => return None,
    };
    Some(vec![effect])
}

/// Opens the endpoint behind the worst incident; while an endpoint is open, that of the next one.
fn open_incident(model: &mut UiModel) {
    let mut targets = Vec::new();
    for id in model.snapshot().incidents.iter().filter_map(|incident| incident.targets.first().copied()) {
        if !targets.contains(&id) {
            targets.push(id);
        }
    }
    let open = model.endpoint.as_ref().and_then(|view| targets.iter().position(|id| *id == view.target));
    let next = open.map_or(0, |at| (at + 1) % targets.len().max(1));
    match targets.get(next) {
        Some(id) => open_target(model, *id),
        None => say(model, "no open incident"),
    }
}

/// Opens a target.
pub(crate) fn open_target(model: &mut UiModel, id: TargetId) {
    model.touched = true;
    select::target(model, id);
    open_selected(model);
}

/// Goes back exactly one step.
fn back(model: &mut UiModel) {
    if model.endpoint.take().is_some() {
        return;
    }
    if model.zoom {
        model.zoom = false;
    } else if model.filter.is_active() || !model.filter.text().is_empty() {
        model.filter.clear();
        refresh::narrowed(model);
    }
}

fn quit(model: &mut UiModel) -> Vec<Effect> {
    if model.endpoint.take().is_some() { Vec::new() } else { vec![Effect::Quit] }
}

fn open_here(model: &mut UiModel) {
    if model.focus == Pane::Protocols {
        return here::filter(model);
    }
    open_selected(model);
}

/// Opens the selected endpoint.
pub(crate) fn open_selected(model: &mut UiModel) {
    let Some(target) = model.selection.target else { return };
    let address: Option<AddressKey> = model.selection.address;
    model.endpoint = Some(EndpointView { target, address, tab: crate::ui::choices::Tab::default(), scroll: 0 });
}

fn freeze(model: &mut UiModel) {
    match model.frozen.take() {
        Some(_) => refresh::now(model),
        None => model.frozen = Some(Frozen { snapshot: std::sync::Arc::clone(&model.live), since: model.now }),
    }
}

fn mode(model: &mut UiModel) {
    match model.focus {
        Pane::Expiry => model.expiry.projection = model.expiry.projection.next(),
        Pane::Protocols => {
            model.protocols.dimension = model.protocols.dimension.next();
            model.protocols.cursor = 0;
        }
        Pane::Handshakes => model.handshakes.columns = model.handshakes.columns.next(),
        Pane::Errors => {
            act(model, Action::Group);
        }
    }
}

fn table(model: &mut UiModel, action: Action) {
    let order = &mut model.handshakes.order;
    match action {
        Action::SortReverse => order.reversed = !order.reversed,
        _ => order.by_target = !order.by_target,
    }
    refresh::now(model);
}
