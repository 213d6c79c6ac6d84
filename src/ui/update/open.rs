//! Opens what lies over the screen.

use crate::input::{Action, Scope};
use crate::model::Untrusted;
use crate::store::{Budget, Group, indicators};
use crate::ui::choices::{Columns, Pane, Sort};
use crate::ui::derived::holdings;
use crate::ui::model::UiModel;
use crate::ui::overlays::{
    Confirm, Figure, Figures, Help, Inventory, Menu, MenuKind, Overlay, Palette, Prompt, PromptKind, Question, Themes,
};

/// Where keys go on the screen itself.
pub(crate) fn scope(model: &UiModel) -> Scope {
    match (&model.endpoint, model.focus) {
        (Some(_), _) => Scope::Endpoint,
        (None, Pane::Expiry) => Scope::Expiry,
        (None, Pane::Handshakes) => Scope::Handshakes,
        (None, Pane::Protocols) => Scope::Protocols,
        (None, Pane::Errors) => Scope::Errors,
    }
}

/// Opens the overlay that an action asks for; returns whether it asks for one.
pub(crate) fn open(model: &mut UiModel, action: Action) -> bool {
    let overlay = match action {
        Action::Inventory => inventory(model),
        Action::Figures => Overlay::Figures(Figures::new(figures(model), model.now)),
        Action::Help => Overlay::Help(Help::new(scope(model))),
        Action::Palette => {
            let targets = model.snapshot().targets.iter();
            Overlay::Palette(Palette::new(targets.map(|row| (row.target.id, row.target.name.clone())).collect()))
        }
        Action::Theme => {
            let themes = model.settings.themes.iter();
            let entries = themes.map(|theme| (theme.name().to_owned(), theme.title().to_owned())).collect();
            Overlay::Themes(Themes::new(entries, model.settings.theme.name()))
        }
        Action::Filter => Overlay::Prompt(Prompt::new(PromptKind::Filter, model.filter.text())),
        Action::AddTarget => Overlay::Prompt(Prompt::new(PromptKind::AddTarget, "")),
        Action::Sort => {
            let current = Sort::ALL.iter().position(|sort| *sort == model.handshakes.order.sort).unwrap_or(0);
            let entries = Sort::ALL.iter().map(|sort| sort.name().to_owned()).collect();
            Overlay::Menu(Menu::new(MenuKind::Sort, "Sort by", entries, current))
        }
        Action::Columns => {
            let current = Columns::ALL.iter().position(|set| *set == model.handshakes.columns).unwrap_or(0);
            let entries = Columns::ALL.iter().map(|set| set.name().to_owned()).collect();
            Overlay::Menu(Menu::new(MenuKind::Columns, "Columns", entries, current))
        }
        Action::RemoveTarget => {
            let Some(row) = model.selection.target.and_then(|id| model.snapshot().target(id)) else { return true };
            let text = format!("Stop watching {}?", row.target.name);
            Overlay::Confirm(Confirm::new(Question::RemoveTarget(row.target.id), text))
        }
        _ => return false,
    };
    model.overlays.push(overlay);
    true
}

/// The inventory of what is stored, if files were looked through, and of what is served.
pub(crate) fn inventory(model: &UiModel) -> Overlay {
    let rows = holdings(model.snapshot(), model.review.as_deref());
    Overlay::Inventory(Inventory::new(rows, model.review.as_ref().map(|review| review.looked_at), model.now))
}

/// Makes again what takes time in proportion to the fleet, where it is open and old enough.
pub(crate) fn renew(model: &mut UiModel) {
    let now = model.now;
    let is_old = |overlay: &Overlay| matches!(overlay, Overlay::Inventory(inventory) if inventory.is_due(now));
    if let Some(at) = model.overlays.iter().position(is_old) {
        let rows = holdings(model.snapshot(), model.review.as_deref());
        if let Some(Overlay::Inventory(inventory)) = model.overlays.get_mut(at) {
            inventory.renew(rows, now);
        }
    }
    let is_due = |overlay: &Overlay| matches!(overlay, Overlay::Figures(figures) if figures.is_due(now));
    let Some(at) = model.overlays.iter().position(is_due) else { return };
    let rows = figures(model);
    if let Some(Overlay::Figures(figures)) = model.overlays.get_mut(at) {
        figures.renew(rows, now);
    }
}

fn figures(model: &UiModel) -> Vec<Figure> {
    let snapshot = model.snapshot();
    let of = |group: &Group, budget: &Budget| match (group, &budget.objective.label) {
        (Group::Fleet, None) => true,
        (Group::Label(name, value), Some((other, its))) => (name, value) == (other, its),
        _ => false,
    };
    let figure = |indicators: crate::store::Indicators| {
        let group = &indicators.counts.group;
        let target = match group {
            Group::Target(id) => snapshot.target(*id),
            Group::Fleet | Group::Label(..) => None,
        };
        let name = match group {
            Group::Fleet => "all targets".to_owned(),
            Group::Label(name, value) => format!("{}={}", Untrusted::new(name), Untrusted::new(value)),
            Group::Target(_) => target.map_or_else(String::new, |row| row.target.name.to_string()),
        };
        let budget = snapshot.budgets.iter().find(|budget| of(group, budget)).cloned();
        Figure { name, status: target.map(|row| row.status), budget, indicators }
    };
    indicators(snapshot, model.now).into_iter().map(figure).collect()
}

/// Opens the prompt again with what was typed, and says what is wrong with it.
pub(crate) fn mend_target(model: &mut UiModel, text: &str, reason: String) {
    let mut prompt = Prompt::new(PromptKind::AddTarget, text);
    prompt.complain(Some(reason));
    model.overlays.push(Overlay::Prompt(prompt));
}
