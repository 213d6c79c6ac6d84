//! What a piece of the screen means; a theme says what that looks like.

/// Declares the roles once: variant, id in theme files, parent.
macro_rules! roles {
    ($($(#[$doc:meta])* $variant:ident $id:literal $parent:expr;)*) => {
        /// A meaning that a theme gives a style to. Ids are dotted; a role a theme does not
        /// name looks like its parent.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Role { $($(#[$doc])* $variant,)* }

        impl Role {
            /// Every role, parents before children.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its name in theme files.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }

            /// The role it looks like when a theme does not name it.
            #[must_use]
            pub const fn parent(self) -> Option<Self> {
                match self { $(Self::$variant => $parent,)* }
            }
        }
    };
}

roles! {
    /// Ordinary text, and the ground it stands on.
    Text "text" None;
    /// What matters less: units, ages, labels.
    Muted "text.muted" Some(Role::Text);
    /// What matters more: names, verdicts.
    Strong "text.strong" Some(Role::Text);
    /// Title of a pane.
    Title "title" Some(Role::Strong);
    /// The program's own colour: focus, links, the live mark.
    Accent "accent" Some(Role::Text);
    /// Frame of a pane.
    Border "border" Some(Role::Muted);
    /// Frame of the pane that has the focus.
    BorderFocus "border.focus" Some(Role::Accent);
    /// Row or cell under the cursor; laid over what is there.
    Selection "selection" None;
    /// The same in a pane without focus.
    SelectionDim "selection.dim" Some(Role::Selection);
    /// Part of a text that a search found; laid over what is there.
    Match "match" Some(Role::Accent);
    /// Name of a key.
    Key "key" Some(Role::Accent);
    /// Column headings.
    Heading "heading" Some(Role::Muted);
    /// First line of the screen.
    Header "header" Some(Role::Text);
    /// Last line of the screen.
    Footer "footer" Some(Role::Muted);
    /// A tab.
    Tab "tab" Some(Role::Muted);
    /// The tab that is open.
    TabActive "tab.active" Some(Role::Title);
    /// Ground and text of what lies over the screen: help, palette, menus.
    Overlay "overlay" Some(Role::Text);
    /// Track of a scroll bar.
    Scrollbar "scrollbar" Some(Role::Border);
    /// Where one is on it.
    ScrollbarThumb "scrollbar.thumb" Some(Role::Muted);
    /// Text being typed.
    Input "input" Some(Role::Strong);
    /// A short message.
    Toast "toast" Some(Role::Accent);
    /// A short message about a failure.
    ToastFailed "toast.failed" Some(Role::Critical);
    /// A state of the program that must not be overlooked: frozen, paused.
    Badge "badge" Some(Role::Warning);
    /// How bad something is.
    Severity "severity" Some(Role::Text);
    /// Nothing to do.
    Ok "severity.ok" Some(Role::Severity);
    /// Not known.
    Unknown "severity.unknown" Some(Role::Severity);
    /// To be looked at in working hours.
    Warning "severity.warning" Some(Role::Severity);
    /// To be looked at now.
    Critical "severity.critical" Some(Role::Severity);
    /// Ramp of the expiry heatmap, from fresh to expired.
    Heat "heat" Some(Role::Text);
    /// Just issued.
    Heat0 "heat.0" Some(Role::Heat);
    /// Young.
    Heat1 "heat.1" Some(Role::Heat);
    /// Before the middle of its life.
    Heat2 "heat.2" Some(Role::Heat);
    /// After the middle of its life.
    Heat3 "heat.3" Some(Role::Heat);
    /// Renewal is due.
    Heat4 "heat.4" Some(Role::Heat);
    /// Renewal is overdue.
    Heat5 "heat.5" Some(Role::Heat);
    /// About to expire.
    Heat6 "heat.6" Some(Role::Heat);
    /// Expired.
    Heat7 "heat.7" Some(Role::Heat);
    /// Series of a chart.
    Chart "chart" Some(Role::Accent);
    /// First series.
    Chart1 "chart.1" Some(Role::Chart);
    /// Second series.
    Chart2 "chart.2" Some(Role::Chart);
    /// Third series.
    Chart3 "chart.3" Some(Role::Chart);
    /// Fourth series.
    Chart4 "chart.4" Some(Role::Chart);
    /// Fifth series.
    Chart5 "chart.5" Some(Role::Chart);
    /// Sixth series.
    Chart6 "chart.6" Some(Role::Chart);
    /// Phases of a probe.
    Phase "phase" Some(Role::Chart);
    /// Name resolution.
    PhaseDns "phase.dns" Some(Role::Phase);
    /// Connecting.
    PhaseTcp "phase.tcp" Some(Role::Phase);
    /// Upgrade in plain text.
    PhaseStarttls "phase.starttls" Some(Role::Phase);
    /// The TLS handshake.
    PhaseTls "phase.tls" Some(Role::Phase);
    /// A run of durations.
    Trend "trend" Some(Role::Chart);
    /// A failure in it.
    TrendFailed "trend.failed" Some(Role::Critical);
    /// A line of the log.
    Log "log" Some(Role::Text);
    /// When it happened.
    LogTime "log.time" Some(Role::Muted);
    /// How often it happened.
    LogCount "log.count" Some(Role::Strong);
}

impl Role {
    /// How many roles there are.
    pub const COUNT: usize = Self::ALL.len();

    /// Steps of the heat ramp, fresh to expired.
    pub const HEAT: [Self; 8] =
        [Self::Heat0, Self::Heat1, Self::Heat2, Self::Heat3, Self::Heat4, Self::Heat5, Self::Heat6, Self::Heat7];

    /// Series of charts, in order of use.
    pub const CHART: [Self; 6] = [Self::Chart1, Self::Chart2, Self::Chart3, Self::Chart4, Self::Chart5, Self::Chart6];

    /// The role with this id.
    #[must_use]
    pub fn by_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.id() == id)
    }

    pub(super) const fn index(self) -> usize {
        self as usize
    }
}
