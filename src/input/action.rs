//! Everything a key can do, in one table: keymap, help, footer, palette and documentation come from it.

/// Where an action works. The inner place is asked first, then [`Scope::Global`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Everywhere on the main screen and the endpoint view.
    Global,
    /// The expiry pane.
    Expiry,
    /// The handshake pane.
    Handshakes,
    /// The protocol pane.
    Protocols,
    /// The error pane.
    Errors,
    /// The endpoint view.
    Endpoint,
    /// Lists over the screen: of the global actions only movement and leaving work.
    Overlay,
    /// Lines being typed: as in an overlay, and plain characters are text.
    Prompt,
}

impl Scope {
    /// Its name in help.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Global => "Everywhere",
            Self::Expiry => "Expiry",
            Self::Handshakes => "Handshakes",
            Self::Protocols => "Protocols",
            Self::Errors => "Errors",
            Self::Endpoint => "Endpoint view",
            Self::Overlay => "Lists and menus",
            Self::Prompt => "Typing",
        }
    }
}

/// What an action is about; help and palette group by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Category {
    /// Moving within a list.
    Move,
    /// What is on screen.
    View,
    /// What is probed.
    Probe,
    /// The program itself.
    Program,
}

/// An action and everything that is said about it.
#[derive(Clone, Copy, Debug)]
pub struct ActionSpec {
    /// The action.
    pub action: Action,
    /// Its name in the configuration file.
    pub id: &'static str,
    /// What it does, for help and palette.
    pub title: &'static str,
    /// The same in a word or two, for the bottom line.
    pub hint: &'static str,
    /// Where it works.
    pub scope: Scope,
    /// What it is about.
    pub category: Category,
    /// Default chords, the one to be shown first.
    pub keys: &'static [&'static str],
    /// Holding the key repeats it.
    pub repeatable: bool,
}

impl Action {
    /// What is said about it.
    #[must_use]
    pub fn spec(self) -> &'static ActionSpec {
        &ACTIONS[self as usize]
    }
}

/// Declares actions and their table together, so that neither can lack what the other has.
macro_rules! actions {
    ($($(#[$doc:meta])* $action:ident $id:literal $scope:ident $category:ident [$($key:literal),*] $hint:literal $title:literal;)*) => {
        /// Something a key, the palette or a click asks for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action { $($(#[$doc])* $action,)* }

        /// All actions, in the order help shows them.
        pub static ACTIONS: &[ActionSpec] = &[$(ActionSpec {
            action: Action::$action,
            id: $id,
            title: $title,
            hint: $hint,
            scope: Scope::$scope,
            category: Category::$category,
            keys: &[$($key),*],
            repeatable: matches!(Category::$category, Category::Move),
        },)*];
    };
}

actions! {
    /// Lists all keys.
    Help "app.help" Global Program ["?", "f1"] "help" "Show all keys and symbols";
    /// Opens the filter line.
    Filter "view.filter" Global View ["/"] "filter" "Narrow all panes with a filter";
    /// Opens the palette.
    Palette "app.palette" Global Program [":"] "actions" "Find an action or a target by name";
    /// Focuses the next pane.
    PaneNext "pane.next" Global View ["tab"] "pane" "Go to the next pane";
    /// Focuses the previous pane.
    PanePrevious "pane.previous" Global View ["shift-tab"] "pane" "Go to the previous pane";
    /// Focuses the expiry pane.
    PaneExpiry "pane.expiry" Global View ["1"] "expiry" "Go to the expiry pane";
    /// Focuses the handshake pane.
    PaneHandshakes "pane.handshakes" Global View ["2"] "handshakes" "Go to the handshake pane";
    /// Focuses the protocol pane.
    PaneProtocols "pane.protocols" Global View ["3"] "protocols" "Go to the protocol pane";
    /// Focuses the error pane.
    PaneErrors "pane.errors" Global View ["4"] "errors" "Go to the error pane";
    /// Gives the focused pane the whole screen.
    Zoom "pane.zoom" Global View ["z"] "zoom" "Give the pane the whole screen, or back";
    /// Opens what is under the cursor.
    Open "view.open" Global View ["enter"] "open" "Open what is under the cursor";
    /// Opens the worst incident, then the next.
    Incident "view.incident" Global View ["i"] "incident" "Open the worst incident; again: the next";
    /// Opens the service level indicators.
    Figures "view.figures" Global View ["I", "f2"] "figures" "Service level indicators of the fleet, each label and each target";
    /// Opens the inventory of certificates.
    Inventory "view.inventory" Global View ["C", "f4"] "certificates" "Certificates: where each is stored and served, and what is wrong with it";
    /// Takes an incident in hand.
    Acknowledge "incident.acknowledge" Global View ["a"] "acknowledge" "Acknowledge the incident with a note and an end, or give it back";
    /// Probes and surveys the selection now.
    ProbeNow "probe.now" Global Probe ["d"] "diagnose now" "Probe and survey the selected target now";
    /// Probes everything now.
    ProbeAll "probe.all" Global Probe ["D"] "all now" "Probe all targets now";
    /// Holds the screen.
    Freeze "view.freeze" Global View ["space"] "freeze" "Freeze the screen; probing goes on";
    /// Stops probing.
    Pause "probe.pause" Global Probe ["p"] "pause" "Pause or resume probing";
    /// Shows only what is wrong.
    OnlyProblems "view.problems" Global View ["!"] "problems" "Show only what is not well, or everything";
    /// Makes the thing under the cursor the filter.
    FilterHere "view.filter_here" Global View ["="] "only this" "Filter by what is under the cursor";
    /// Shows the pane's next projection.
    Mode "view.mode" Global View ["v"] "view" "Show the pane's next view";
    /// Copies the selection.
    Copy "view.copy" Global View ["y"] "copy" "Copy what is selected to the clipboard";
    /// Asks for a target to watch.
    AddTarget "target.add" Global Probe ["+"] "add" "Watch another target";
    /// Stops watching the selection.
    RemoveTarget "target.remove" Global Probe ["delete", "-"] "remove" "Stop watching the selected target";
    /// Opens the theme picker.
    Theme "app.theme" Global Program ["T"] "theme" "Choose a theme";
    /// Turns mouse reporting on or off.
    Mouse "app.mouse" Global Program ["m"] "mouse" "Turn the mouse on or off (off lets the terminal select text)";
    /// Draws everything again.
    Redraw "app.redraw" Global Program ["ctrl-l"] "redraw" "Draw the screen afresh";
    /// Suspends the program.
    Suspend "app.suspend" Global Program ["ctrl-z"] "suspend" "Suspend; fg brings it back";
    /// Goes back one step.
    Back "app.back" Global Program ["esc"] "back" "Go back one step";
    /// Leaves, from the top.
    Quit "app.quit" Global Program ["q"] "quit" "Quit; from the endpoint view, go back";
    /// Leaves at once.
    QuitNow "app.quit_now" Global Program ["ctrl-c"] "quit" "Quit at once";

    /// One up.
    Up "move.up" Global Move ["up", "k"] "up" "Up";
    /// One down.
    Down "move.down" Global Move ["down", "j"] "down" "Down";
    /// One left.
    Left "move.left" Global Move ["left", "h"] "left" "Left";
    /// One right.
    Right "move.right" Global Move ["right", "l"] "right" "Right";
    /// A page up.
    PageUp "move.page_up" Global Move ["pageup", "ctrl-u"] "page up" "A page up";
    /// A page down.
    PageDown "move.page_down" Global Move ["pagedown", "ctrl-d"] "page down" "A page down";
    /// To the first.
    Home "move.home" Global Move ["home", "g g"] "first" "To the first";
    /// To the last.
    End "move.end" Global Move ["end", "G"] "last" "To the last";

    /// Opens the choice of order.
    Sort "table.sort" Handshakes View ["s"] "sort" "Choose the order of rows";
    /// Turns the order around.
    SortReverse "table.reverse" Handshakes View ["S"] "reverse" "Turn the order around";
    /// Opens the choice of columns.
    Columns "table.columns" Handshakes View ["c"] "columns" "Choose the columns";
    /// A row per address or per target.
    Expand "table.expand" Handshakes View ["e"] "expand" "A row per address, or per target";

    /// Groups or the raw log.
    Group "errors.raw" Errors View ["g"] "raw log" "Group by cause, or show the raw log";
    /// Keeps the newest entry in sight.
    Follow "errors.follow" Errors View ["f"] "follow" "Follow the newest entry, or stay";

    /// The next tab.
    TabNext "tab.next" Endpoint View ["tab", "right", "l", "]"] "tab" "Go to the next tab";
    /// The previous tab.
    TabPrevious "tab.previous" Endpoint View ["shift-tab", "left", "h", "["] "tab" "Go to the previous tab";
    /// The verdict.
    TabVerdict "tab.verdict" Endpoint View ["1"] "verdict" "What is wrong and what to do";
    /// Addresses side by side.
    TabAddresses "tab.addresses" Endpoint View ["2"] "addresses" "The addresses side by side";
    /// The chain.
    TabChain "tab.chain" Endpoint View ["3"] "chain" "The chain as served and as verified";
    /// The waterfall.
    TabHandshake "tab.handshake" Endpoint View ["4"] "handshake" "The handshake in time";
    /// The survey.
    TabSurvey "tab.survey" Endpoint View ["5"] "survey" "What the last survey found";

    /// Takes what is marked or typed.
    Accept "overlay.accept" Overlay View ["enter"] "choose" "Take what is marked or typed";
    /// The entry above, while typing.
    PromptUp "prompt.up" Prompt Move ["ctrl-p"] "up" "The entry above";
    /// The entry below, while typing.
    PromptDown "prompt.down" Prompt Move ["ctrl-n"] "down" "The entry below";
}
