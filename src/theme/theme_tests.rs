use ratatui::style::{Color, Modifier, Style};

use super::color::rgb;
use super::*;

fn shipped() -> impl Iterator<Item = Theme> {
    NAMES.iter().map(|name| Theme::named(name, |_| None).unwrap())
}

fn own_lookup(_: &str) -> Option<String> {
    None
}

#[test]
fn shipped_themes_load_under_their_names() {
    for (theme, name) in shipped().zip(NAMES) {
        assert_eq!(theme.name(), name);
        assert_ne!(theme.title(), name, "{name} has a title for people");
    }
    assert_eq!(Theme::default().name(), "dark");
}

#[test]
fn role_ids_are_unique_and_fall_back_along_their_dots() {
    for role in Role::ALL {
        assert_eq!(Role::by_id(role.id()), Some(*role));
        if let Some((prefix, _)) = role.id().rsplit_once('.') {
            assert!(Role::by_id(prefix).is_some(), "{} has a parent", role.id());
        }
        let mut at = *role;
        for _ in 0..8 {
            let Some(parent) = at.parent() else { break };
            at = parent;
        }
        assert!(at.parent().is_none(), "{} leads to a root", role.id());
    }
}

#[test]
fn a_file_patches_what_it_inherits() {
    let text = r##"
        inherits = "dark"
        [palette]
        red = "#112233"
        [roles]
        "severity" = "200 on black bold"
        "severity.ok" = { fg = "#abc", underline = true }
    "##;
    let theme = Theme::parse("mine", text, own_lookup).unwrap();
    assert_eq!(theme.style(Role::Critical).fg, Some(Color::Rgb(0x11, 0x22, 0x33)), "the palette of the nearest file");
    assert_eq!(theme.style(Role::Severity).fg, Some(Color::Indexed(200)));
    assert_eq!(theme.style(Role::Ok), Style::new().fg(Color::Rgb(0xaa, 0xbb, 0xcc)).add_modifier(Modifier::UNDERLINED));
    assert_eq!(theme.style(Role::Text), Theme::default().style(Role::Text));
}

#[test]
fn an_unnamed_role_looks_like_its_parent() {
    let theme = Theme::parse("mine", "[roles]\nseverity = 'red'\nchart = 'blue'", own_lookup).unwrap();
    assert_eq!(theme.style(Role::Critical).fg, Some(Color::Red));
    assert_eq!(theme.style(Role::TrendFailed).fg, Some(Color::Red), "across families too");
    assert_eq!(theme.style(Role::PhaseTls).fg, Some(Color::Blue));
}

#[test]
fn a_theme_of_the_same_name_builds_on_the_shipped_one() {
    let mine = "inherits = 'dark'\n[roles]\naccent = 'bright-red'";
    let theme = Theme::named("dark", |name| (name == "dark").then(|| mine.to_owned())).unwrap();
    assert_eq!(theme.style(Role::Accent).fg, Some(Color::LightRed));
    assert_eq!(theme.style(Role::Ok), Theme::default().style(Role::Ok));
}

#[test]
fn errors_say_what_and_where() {
    let error = |text: &str| Theme::parse("mine", text, own_lookup).unwrap_err().to_string();
    assert_eq!(
        error("[roles]\n'severity.critcal' = 'red'"),
        "theme 'mine' styles 'severity.critcal', which is no role; did you mean 'severity.critical'?"
    );
    assert!(error("[roles]\naccent = 'rde'").starts_with("theme 'mine', 'accent': 'rde' is no colour"));
    assert!(error("[roles]\naccent = 3").contains("line 2"), "{}", error("[roles]\naccent = 3"));
    assert_eq!(error("inherits = 'nope'"), "theme 'nope' is not known; 'mine' inherits it");
    let looping = |name: &str| Some(format!("inherits = '{}'", if name == "a" { "b" } else { "a" }));
    let cycle = Theme::named("a", looping).unwrap_err().to_string();
    assert_eq!(cycle, "theme 'a' inherits itself: a → b → a");
}

#[test]
fn colours_are_read() {
    let cases = [
        ("#fff", Some(Color::Rgb(255, 255, 255))),
        ("#102030", Some(Color::Rgb(16, 32, 48))),
        ("7", Some(Color::Indexed(7))),
        ("bright-red", Some(Color::LightRed)),
        ("default", Some(Color::Reset)),
        ("256", None),
        ("#12345", None),
        ("#+12", None),
        ("#ääa", None),
        ("", None),
    ];
    for (text, expected) in cases {
        assert_eq!(parse_color(text).ok(), expected, "{text}");
    }
}

#[test]
fn depth_is_detected() {
    let cases: [(&[(&str, &str)], Depth); 8] = [
        (&[("NO_COLOR", "1"), ("COLORTERM", "truecolor")], Depth::None),
        (&[("NO_COLOR", ""), ("COLORTERM", "truecolor")], Depth::TrueColor),
        (&[("TERM", "dumb"), ("COLORTERM", "truecolor")], Depth::None),
        (&[("TERM", "xterm-256color")], Depth::Ansi256),
        (&[("TERM", "xterm-256color"), ("COLORTERM", "24bit")], Depth::TrueColor),
        (&[("TERM", "xterm-kitty")], Depth::TrueColor),
        (&[("TERM", "linux")], Depth::Ansi16),
        (&[], Depth::Ansi16),
    ];
    for (variables, expected) in cases {
        let lookup = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        assert_eq!(Depth::detect(lookup), expected, "{variables:?}");
    }
    for depth in [Depth::None, Depth::Ansi16, Depth::Ansi256, Depth::TrueColor] {
        assert_eq!(depth.to_string().parse(), Ok(depth));
    }
}

#[test]
fn glyphs_follow_the_locale() {
    let locale = |value: &'static str| move |name: &str| (name == "LANG").then(|| value.to_owned());
    assert!(!Glyphs::detect(false, locale("de_DE.UTF-8")).ascii);
    assert!(!Glyphs::detect(false, own_lookup).ascii);
    assert!(Glyphs::detect(false, locale("C")).ascii);
    assert!(Glyphs::detect(true, locale("de_DE.UTF-8")).ascii);
}

/// Relative luminance, WCAG 2.2.
fn luminance([r, g, b]: [f64; 3]) -> f64 {
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

fn linear(rgb: [u8; 3]) -> [f64; 3] {
    rgb.map(|channel| {
        let c = f64::from(channel) / 255.0;
        if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    })
}

fn contrast(a: Color, b: Color) -> f64 {
    let [a, b] = [a, b].map(|color| luminance(linear(rgb(color).unwrap())));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Roles whose text is read, with the role that gives the ground.
fn text_roles() -> impl Iterator<Item = (Role, Role)> {
    use Role::*;
    let on_overlay = [Muted, Strong, Title, Accent, Key, Match, Input, Overlay].map(|role| (role, Overlay));
    let on_bars = [(Header, Header), (Footer, Footer), (Key, Footer), (Badge, Header), (Toast, Toast)];
    let on_ground = [
        Text,
        Muted,
        Strong,
        Title,
        Accent,
        Match,
        Key,
        Heading,
        Tab,
        TabActive,
        Input,
        Badge,
        Ok,
        Unknown,
        Warning,
        Critical,
        Log,
        LogTime,
        LogCount,
        TrendFailed,
        ToastFailed,
    ];
    let on_selection = [Text, Muted, Strong, Accent, Ok, Unknown, Warning, Critical, LogTime, LogCount];
    on_ground
        .map(|role| (role, Text))
        .into_iter()
        .chain(on_overlay)
        .chain(on_bars)
        .chain(on_selection.map(|role| (role, Selection)))
        .chain(on_selection.map(|role| (role, SelectionDim)))
}

#[test]
fn text_is_readable_on_its_ground() {
    let reduced = shipped().map(|theme| theme.at_depth(Depth::Ansi256));
    for theme in shipped().chain(reduced) {
        let Some(ground) = theme.style(Role::Text).bg.filter(|color| *color != Color::Reset) else { continue };
        for (role, over) in text_roles() {
            let style = theme.style(over);
            let laid = theme.style(role);
            let laid = if matches!(over, Role::Selection | Role::SelectionDim) { laid.patch(style) } else { laid };
            let ratio = contrast(laid.fg.unwrap(), style.bg.unwrap_or(ground));
            // The nearest of 240 fixed colours costs some themes a little.
            let least = if theme.depth() == Depth::TrueColor { 4.5 } else { 4.4 };
            assert!(
                ratio >= least,
                "{} at {}: {} on {} is {ratio:.2}",
                theme.name(),
                theme.depth(),
                role.id(),
                over.id()
            );
        }
    }
}

/// Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB.
const DEFICIENCIES: [(&str, [[f64; 3]; 3]); 4] = [
    ("none", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    (
        "protan",
        [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]],
    ),
    (
        "deutan",
        [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]],
    ),
    (
        "tritan",
        [[1.255_528, -0.076_749, -0.178_779], [-0.078_411, 0.930_809, 0.147_602], [0.004_733, 0.691_367, 0.303_900]],
    ),
];

/// CIE L*a*b* (D65) of a colour as seen with a deficiency.
fn lab(color: Color, matrix: [[f64; 3]; 3]) -> [f64; 3] {
    let product = |matrix: [[f64; 3]; 3], v: [f64; 3]| matrix.map(|row| row[0] * v[0] + row[1] * v[1] + row[2] * v[2]);
    let seen = product(matrix, linear(rgb(color).unwrap())).map(|channel| channel.clamp(0.0, 1.0));
    let xyz = product(TO_XYZ, seen).map(|t| if t > 0.008_856 { t.cbrt() } else { (903.3 * t + 16.0) / 116.0 });
    [116.0 * xyz[1] - 16.0, 500.0 * (xyz[0] - xyz[1]), 200.0 * (xyz[1] - xyz[2])]
}

/// Linear sRGB to XYZ, relative to the D65 white.
const TO_XYZ: [[f64; 3]; 3] =
    [[0.433_953, 0.376_219, 0.189_828], [0.212_673, 0.715_152, 0.072_175], [0.017_758, 0.109_477, 0.872_765]];

fn difference(a: Color, b: Color, matrix: [[f64; 3]; 3]) -> f64 {
    let [a, b] = [lab(a, matrix), lab(b, matrix)];
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

fn ramp(theme: &Theme) -> Option<Vec<Color>> {
    let colors: Vec<_> = Role::HEAT.iter().filter_map(|role| theme.style(*role).fg).collect();
    (colors.len() == 8 && colors.iter().all(|color| matches!(color, Color::Rgb(..) | Color::Indexed(_))))
        .then_some(colors)
}

#[test]
fn neighbouring_steps_of_the_ramp_can_be_told_apart() {
    for theme in shipped() {
        for depth in [Depth::TrueColor, Depth::Ansi256] {
            let Some(colors) = ramp(&theme.clone().at_depth(depth)) else { continue };
            let least = if depth == Depth::TrueColor { 9.0 } else { 3.5 };
            for (name, matrix) in DEFICIENCIES {
                for (step, pair) in colors.windows(2).enumerate() {
                    let delta = difference(pair[0], pair[1], matrix);
                    assert!(
                        delta >= least,
                        "{} at {depth}, {name}: {step} to {} is {delta:.1}",
                        theme.name(),
                        step + 1
                    );
                }
            }
        }
    }
}

#[test]
fn severities_differ_for_everyone_in_the_colour_blind_theme() {
    let theme = Theme::named("colour-blind", own_lookup).unwrap();
    let colors = [Role::Ok, Role::Warning, Role::Critical].map(|role| theme.style(role).fg.unwrap());
    for (name, matrix) in DEFICIENCIES {
        for (a, b) in [(0, 1), (1, 2), (0, 2)] {
            let delta = difference(colors[a], colors[b], matrix);
            assert!(delta >= 15.0, "{name}: {a} and {b} differ by {delta:.1}");
        }
    }
    let lightness: Vec<_> = ramp(&theme).unwrap().into_iter().map(|color| lab(color, DEFICIENCIES[0].1)[0]).collect();
    assert!(lightness.is_sorted(), "{lightness:?}");
}

#[test]
fn themes_degrade_to_what_the_terminal_has() {
    for theme in shipped() {
        for role in Role::ALL {
            let at = |depth| theme.clone().at_depth(depth).style(*role);
            let all = |style: Style, fits: fn(Color) -> bool| [style.fg, style.bg].into_iter().flatten().all(fits);
            let name = (theme.name(), role.id());
            assert!(all(at(Depth::Ansi256), |c| !matches!(c, Color::Rgb(..))), "{name:?}");
            let few = at(Depth::Ansi16);
            assert!(all(few, |c| !matches!(c, Color::Rgb(..) | Color::Indexed(16..))), "{name:?}");
            assert!(few.fg.is_none() || few.fg != few.bg || few.fg == Some(Color::Reset), "{name:?}: {few:?}");
            assert!(all(at(Depth::None), |_| false), "{name:?}");
        }
        let few = theme.clone().at_depth(Depth::Ansi16);
        let severities = [Role::Ok, Role::Warning, Role::Critical].map(|role| few.style(role));
        assert!(severities[0] != severities[1] && severities[1] != severities[2], "{}: {severities:?}", theme.name());
        let none = theme.at_depth(Depth::None);
        assert!(none.style(Role::Selection).add_modifier.contains(Modifier::REVERSED));
        assert_ne!(none.style(Role::Critical), none.style(Role::Ok));
    }
}

#[test]
fn without_colour_the_glyph_tells_the_step() {
    for glyphs in [&Glyphs::UNICODE, &Glyphs::ASCII] {
        let theme = Theme::default().with_glyphs(glyphs).at_depth(Depth::None);
        let cells: std::collections::BTreeSet<_> = (0..8).map(|step| theme.heat(step).0).collect();
        assert_eq!(cells.len(), 8);
        assert_eq!(Theme::default().with_glyphs(glyphs).heat(99).0, glyphs.critical);
    }
}
