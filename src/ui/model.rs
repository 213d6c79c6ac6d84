//! Everything the screen remembers between two messages.

use std::sync::Arc;
use std::time::Duration;

use ratatui::layout::{Position, Rect};

use super::choices::{Columns, Dimension, Pane, Projection, Tab};
use super::derived::{Age, Derived, Order, RowRef, worst_address};
use super::filter::Filter;
use super::freshness::Freshness;
use super::layout::Areas;
use super::overlays::Overlay;
use crate::diagnosis::Policy;
use crate::input::{Keymap, Pending};
use crate::model::{AddressKey, Certificate, Code, Fingerprint, IncidentKey, Review, Status, TargetId, Time};
use crate::store::{AddressRow, Snapshot, TargetRow};
use crate::theme::Theme;

/// What the program was told before the first frame.
#[derive(Clone, Debug)]
pub struct UiSettings {
    /// The theme to start with, resolved for this terminal's colours.
    pub theme: Arc<Theme>,
    /// All themes that can be chosen, resolved alike.
    pub themes: Vec<Arc<Theme>>,
    /// Keys and what they do.
    pub keymap: Arc<Keymap>,
    /// Mouse reporting is on.
    pub mouse: bool,
    /// Thresholds that colour the expiry pane.
    pub policy: Policy,
    /// `tlscope`, or `tlscope lab`: the first word on screen.
    pub title: String,
    /// A filter to start with, in the filter language.
    pub filter: String,
    /// Terminal size in columns and rows, until a resize tells otherwise.
    pub size: (u16, u16),
    /// The first moment.
    pub now: Time,
}

/// The screen's state. Changed only by `update`, read only by `view`.
#[derive(Debug)]
pub struct UiModel {
    /// Settings; theme and mouse change while running.
    pub(crate) settings: UiSettings,
    /// The present, as the last tick told.
    pub(crate) now: Time,
    /// The newest snapshot.
    pub(crate) live: Arc<Snapshot>,
    /// The snapshot held while frozen.
    pub(crate) frozen: Option<Frozen>,
    /// Indexes over the snapshot on screen.
    pub(crate) derived: Derived,
    /// When they were built; `None` asks for a rebuild.
    pub(crate) derived_at: Option<Time>,
    /// How the fleet was then.
    pub(crate) derived_status: Status,
    /// The snapshot on screen is newer than the indexes.
    pub(crate) outdated: bool,
    /// What narrows all panes.
    pub(crate) filter: Filter,
    /// The one selection.
    pub(crate) selection: Selection,
    /// Where keys go.
    pub(crate) focus: Pane,
    /// The focused pane has the whole body.
    pub(crate) zoom: bool,
    /// The expiry pane.
    pub(crate) expiry: ExpiryPane,
    /// The handshake pane.
    pub(crate) handshakes: HandshakesPane,
    /// The protocol pane.
    pub(crate) protocols: ProtocolsPane,
    /// The error pane.
    pub(crate) errors: ErrorsPane,
    /// The endpoint view, while open.
    pub(crate) endpoint: Option<EndpointView>,
    /// What a look through files found, where that was asked for.
    pub(crate) review: Option<Arc<Review>>,
    /// Layers over everything, the topmost last.
    pub(crate) overlays: Vec<Overlay>,
    /// The incident that a note is typed about.
    pub(crate) in_hand: Option<IncidentKey>,
    /// The first half of a chord of two strokes.
    pub(crate) pending: Pending,
    /// The user has chosen something; until then the selection keeps to the first row.
    pub(crate) touched: bool,
    /// Messages that go by themselves.
    pub(crate) toasts: Vec<Toast>,
    /// The last click, to tell a double click.
    pub(crate) click: Option<(Time, Position)>,
}

/// A screen that stands still while probing goes on.
#[derive(Clone, Debug)]
pub(crate) struct Frozen {
    /// What it shows.
    pub(crate) snapshot: Arc<Snapshot>,
    /// Since when.
    pub(crate) since: Time,
}

/// The thing all panes point at. Parts are kept consistent: the certificate is one the address serves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    /// Its target.
    pub(crate) target: Option<TargetId>,
    /// Its address.
    pub(crate) address: Option<AddressKey>,
    /// Its certificate.
    pub(crate) certificate: Option<Fingerprint>,
}

/// State of the expiry pane.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ExpiryPane {
    /// Which projection.
    pub(crate) projection: Projection,
    /// Group and place of the cursor among cells.
    pub(crate) cell: (usize, usize),
    /// Day of the cursor in the calendar, from Monday of this week.
    pub(crate) day: usize,
    /// Group and bucket of the cursor.
    pub(crate) bucket: (usize, usize),
    /// First group shown.
    pub(crate) offset: usize,
}

/// State of the handshake pane.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct HandshakesPane {
    /// Order of rows.
    pub(crate) order: Order,
    /// Set of columns.
    pub(crate) columns: Columns,
    /// Row of the cursor.
    pub(crate) cursor: usize,
    /// First row shown.
    pub(crate) offset: usize,
}

/// State of the protocol pane.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ProtocolsPane {
    /// What is counted first.
    pub(crate) dimension: Dimension,
    /// Bar of the cursor.
    pub(crate) cursor: usize,
}

/// State of the error pane.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ErrorsPane {
    /// Shows the log instead of groups.
    pub(crate) raw: bool,
    /// Keeps to the newest entry.
    pub(crate) held: bool,
    /// Row of the cursor.
    pub(crate) cursor: usize,
    /// First row shown.
    pub(crate) offset: usize,
    /// The group under the cursor.
    pub(crate) code: Option<Code>,
    /// The log entry under the cursor.
    pub(crate) entry: Option<u64>,
}

/// The endpoint view.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EndpointView {
    /// Whose.
    pub(crate) target: TargetId,
    /// The address looked at.
    pub(crate) address: Option<AddressKey>,
    /// Which tab.
    pub(crate) tab: Tab,
    /// First line shown.
    pub(crate) scroll: usize,
}

/// A message that goes by itself.
#[derive(Clone, Debug)]
pub(crate) struct Toast {
    /// What it says.
    pub(crate) text: String,
    /// It tells of a failure.
    pub(crate) failed: bool,
    /// When it goes.
    pub(crate) until: Time,
}

impl UiModel {
    /// How long a toast stays.
    pub(crate) const TOAST: Duration = Duration::from_secs(6);

    /// The same with the review of files open.
    #[must_use]
    pub fn with_review(self, review: Arc<Review>) -> Self {
        let mut model = Self { review: Some(review), ..self };
        let overlay = super::update::inventory(&model);
        model.overlays.push(overlay);
        model
    }

    /// The screen before the first snapshot.
    #[must_use]
    pub fn new(settings: UiSettings) -> Self {
        Self {
            now: settings.now,
            live: Arc::default(),
            frozen: None,
            derived: Derived::default(),
            derived_at: None,
            derived_status: Status::Unknown,
            outdated: true,
            filter: Filter::new(&settings.filter),
            selection: Selection::default(),
            focus: Pane::default(),
            zoom: false,
            expiry: ExpiryPane::default(),
            handshakes: HandshakesPane::default(),
            protocols: ProtocolsPane::default(),
            errors: ErrorsPane::default(),
            endpoint: None,
            review: None,
            overlays: Vec::new(),
            in_hand: None,
            pending: Pending::default(),
            touched: false,
            toasts: Vec::new(),
            click: None,
            settings,
        }
    }

    /// Where a certificate stands now, by the thresholds of the target that serves it, of one of them.
    #[must_use]
    pub(crate) fn freshness(&self, certificate: &Certificate) -> Freshness {
        Age::of(certificate, self.snapshot(), &self.settings.policy, self.now).freshness
    }

    /// The snapshot on screen: the frozen one, or the newest.
    #[must_use]
    pub(crate) fn snapshot(&self) -> &Arc<Snapshot> {
        self.frozen.as_ref().map_or(&self.live, |frozen| &frozen.snapshot)
    }

    /// Where everything is on a screen of this size.
    #[must_use]
    pub(crate) fn areas(&self, screen: Rect) -> Areas {
        // An open endpoint has few incidents and much to say itself.
        Areas::of(screen, self.focus, self.zoom, if self.endpoint.is_some() { 4 } else { 16 })
    }

    /// The screen as last told.
    #[must_use]
    pub(crate) fn screen(&self) -> Rect {
        Rect::new(0, 0, self.settings.size.0, self.settings.size.1)
    }

    /// Nothing is watched yet: the start screen is due.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.snapshot().targets.is_empty()
    }

    /// The row of the selected address.
    #[must_use]
    pub(crate) fn selected_address(&self) -> Option<&Arc<AddressRow>> {
        self.snapshot().address(self.selection.address?)
    }

    /// The address and target behind a row of the handshake table.
    #[must_use]
    pub(crate) fn row(&self, row: RowRef) -> Option<(Option<&Arc<AddressRow>>, &Arc<TargetRow>)> {
        let snapshot = self.snapshot();
        match row {
            RowRef::Address(slot) => {
                let address = snapshot.addresses.get(slot as usize)?;
                Some((Some(address), snapshot.target(address.key.target)?))
            }
            RowRef::Target(id) => Some((worst_address(snapshot, id), snapshot.target(id)?)),
        }
    }
}
