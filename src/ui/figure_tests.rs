//! The service level indicators over the screen.

use std::sync::Arc;
use std::time::Duration;

use super::golden::dump;
use super::samples::NOW;
use super::tests::{drive, picture, screen, text};
use super::{Msg, UiModel, update};
use crate::diagnosis::{Alarm, Counted, Objective, Spent};
use crate::model::Severity;
use crate::store::{Budget, Snapshot, fixture};

/// An invented fleet whose payments have an objective that burns.
fn fleet() -> Arc<Snapshot> {
    let mut snapshot = (*fixture::snapshot(120, 40)).clone();
    let counted = Counted { attempts: 400, failures: 12, by_layer: [0, 3, 9, 0] };
    let budget = Budget {
        objective: Objective { label: Some(("service".into(), "payments".into())), percent: 99.9 },
        spent: Spent([counted; 5]),
        left: Some(-29.0),
        ours: 2,
        alarm: Some(Alarm { factor: 14.4, long: 2, short: 0, severity: Severity::Page }),
    };
    snapshot.budgets = [budget].into();
    Arc::new(snapshot)
}

fn figures(size: (u16, u16), theme: &str, keys: &str) -> UiModel {
    let mut model = screen(size, theme, Some(fleet()));
    drive(&mut model, "I");
    drive(&mut model, keys);
    model
}

/// The line under the cursor is the one whose details are shown; it is found by its name.
fn line<'a>(screen: &'a str, name: &str) -> &'a str {
    screen.lines().find(|line| line.contains(name)).unwrap_or_else(|| panic!("no {name} in\n{screen}"))
}

#[test]
fn figures_look_as_agreed() {
    for (size, theme) in [((80, 24), "dark"), ((120, 36), "light"), ((160, 48), "mono")] {
        let model = figures(size, theme, "down down");
        insta::assert_snapshot!(format!("{theme}-{}x{}", size.0, size.1), dump(&picture(&model)));
    }
}

#[test]
fn the_fleet_comes_first_then_labels_then_targets() {
    let drawn = text(&figures((160, 70), "dark", ""));
    let place = |name: &str| drawn.find(name).unwrap_or_else(|| panic!("no {name} in\n{drawn}"));
    assert!(place("all targets") < place("service=api") && place("service=api") < place("service=search"));
    assert!(place("service=search") < place(".example"));
    assert!(line(&drawn, "success, %").contains("5m ") && line(&drawn, "error budget").contains("no objective"));
}

#[test]
fn an_objective_is_told_with_where_its_failures_happened() {
    let mut model = figures((160, 70), "dark", "");
    for _ in 0..40 {
        drive(&mut model, "down");
        let drawn = text(&model);
        if line(&drawn, "error budget").contains("99.9 %") {
            assert!(line(&drawn, "service=payments").contains("30.0×"), "{drawn}");
            assert!(line(&drawn, "error budget").contains("TLS 9, TCP 3"), "{drawn}");
            assert!(line(&drawn, "error budget").contains("our own side: 2"), "{drawn}");
            return;
        }
    }
    panic!("no row has the objective");
}

#[test]
fn enter_filters_by_a_label_and_opens_a_target() {
    let mut model = figures((120, 36), "dark", "down enter");
    assert!(model.overlays.is_empty());
    assert!(model.filter.text().contains(':'), "{}", model.filter.text());
    assert!(!model.derived.rows.is_empty());
    drive(&mut model, "I G enter");
    assert!(model.endpoint.is_some());
    drive(&mut model, "esc I");
    assert_eq!(model.overlays.len(), 1);
    drive(&mut model, "I");
    assert!(model.overlays.is_empty());
}

#[test]
fn newer_figures_come_by_themselves_and_the_mark_stays() {
    let mut model = figures((120, 36), "dark", "down down down");
    let before = line(&text(&model), "success, %").to_owned();
    let mut fewer = (*fleet()).clone();
    fewer.groups = fewer.groups.iter().skip(1).cloned().collect();
    update(&mut model, Msg::Snapshot(Arc::new(fewer)));
    update(&mut model, Msg::Tick(NOW + Duration::from_millis(200)));
    assert!(text(&model).contains("all targets"), "not before a second has passed");
    update(&mut model, Msg::Tick(NOW + Duration::from_secs(2)));
    let drawn = text(&model);
    assert!(!drawn.contains("all targets"));
    assert_eq!(line(&drawn, "success, %"), before, "{drawn}");
}
