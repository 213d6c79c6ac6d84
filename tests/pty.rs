//! The whole program in a real pseudo-terminal: it starts, follows sizes, and always gives the terminal back.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a set-up that fails is a failed test")]

mod support;

use support::pty::Session;

#[test]
fn the_lab_shows_its_verdict_and_quits_on_q() {
    let mut session = Session::start(&["lab"], 120, 36);
    session.wait_for("the fleet's verdict", |screen| screen.contains("expired"));
    assert!(session.is_alternate_screen());
    session.send("q");
    assert_eq!(session.exit_code(), 0);
    session.assert_restored();
}

#[test]
fn a_filter_narrows_the_first_screen_and_no_file_is_left_about() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().to_str().unwrap();
    let mut session = Session::start_with(&["lab", "--filter", "expir"], 160, 48, &[("TMPDIR", folder)]);
    session.wait_for("some rows only", |screen| screen.contains("expiring.lab") && !screen.contains("payments-web"));
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0);
    session.send("q");
    assert_eq!(session.exit_code(), 0);
}

#[test]
fn it_follows_the_terminal_through_every_size() {
    let mut session = Session::start(&["lab"], 120, 36);
    session.wait_for("the first frame", |screen| screen.contains("tlscope"));
    for (columns, rows) in [(80, 24), (40, 12), (20, 5), (240, 70)] {
        session.resize(columns, rows);
        session.wait_for("a frame of that size", |screen| {
            screen.lines().any(|line| line.chars().count() > usize::from(columns) / 2)
        });
    }
    session.send("\x03");
    assert_eq!(session.exit_code(), 0);
    session.assert_restored();
}

#[test]
fn a_terminate_signal_restores_the_terminal_and_says_why() {
    let mut session = Session::start(&["lab"], 80, 24);
    session.wait_for("the first frame", |screen| screen.contains("tlscope"));
    session.signal(rustix::process::Signal::TERM);
    assert_eq!(session.exit_code(), 143);
    session.assert_restored();
    assert!(session.screen().contains("SIGTERM"), "{}", session.screen());
}

#[test]
fn a_hang_up_ends_the_program() {
    let mut session = Session::start(&["lab"], 80, 24);
    session.wait_for("the first frame", |screen| screen.contains("tlscope"));
    session.signal(rustix::process::Signal::HUP);
    assert_eq!(session.exit_code(), 129);
    session.assert_restored();
}

#[test]
fn a_terminal_that_goes_away_ends_the_program() {
    let mut session = Session::start(&["lab"], 80, 24);
    session.wait_for("the first frame", |screen| screen.contains("tlscope"));
    session.close_terminal();
    assert_ne!(session.wait_for_end(), 101, "it panicked");
}

#[test]
fn a_terminal_that_goes_away_without_a_signal_ends_the_program() {
    let mut session = Session::start_uncontrolled(&["lab"], 80, 24);
    session.wait_for("the first frame", |screen| screen.contains("tlscope"));
    session.close_terminal();
    assert_ne!(session.wait_for_end(), 101, "it panicked");
}

#[test]
fn suspending_gives_the_terminal_back_and_resuming_takes_it_again() {
    let mut session = Session::start(&["lab"], 80, 24);
    session.wait_for("the first frame", |screen| screen.contains("tlscope"));
    session.send("\x1a");
    session.wait_for_stop();
    assert!(!session.is_alternate_screen());
    session.signal(rustix::process::Signal::CONT);
    session.wait_for("the screen again", |screen| screen.contains("tlscope"));
    assert!(session.is_alternate_screen());
    session.send("q");
    assert_eq!(session.exit_code(), 0);
}

/// Started over for huge pages where it may, it is the same process with the same arguments.
#[test]
fn a_fleet_is_watched_in_huge_pages_unless_the_user_has_it_otherwise() {
    let theirs = "glibc.malloc.hugetlb=0";
    for (set, decided, expected) in [
        ("", "", "glibc.malloc.hugetlb=1"),
        (theirs, "", theirs),
        ("glibc.malloc.check=1", "0", "glibc.malloc.check=1"),
    ] {
        let arguments = ["--interval", "1h", "127.0.0.1:9", "127.0.0.2:9"];
        let mut session =
            Session::start_with(&arguments, 120, 36, &[("GLIBC_TUNABLES", set), ("TLSCOPE_HUGE_PAGES", decided)]);
        session.wait_for("both targets", |screen| screen.contains("127.0.0.1:9") && screen.contains("127.0.0.2:9"));
        let enabled = std::fs::read_to_string("/sys/kernel/mm/transparent_hugepage/enabled").unwrap_or_default();
        if cfg!(target_env = "gnu") && enabled.contains("[madvise]") {
            let variables = std::fs::read(format!("/proc/{}/environ", session.process_id())).unwrap();
            let variables: Vec<_> = variables.split(|byte| *byte == 0).map(String::from_utf8_lossy).collect();
            assert!(variables.contains(&format!("GLIBC_TUNABLES={expected}").into()), "{variables:?}");
        }
        session.send("q");
        assert_eq!(session.exit_code(), 0);
        session.assert_restored();
    }
}

#[test]
fn without_colour_the_selection_still_stands_out() {
    let mut session = Session::start_with(&["lab"], 120, 36, &[("NO_COLOR", "1")]);
    session.wait_for("rows", |screen| screen.contains("expired"));
    assert!(session.has_reversed_cells(), "nothing on the screen is marked");
    assert!(!session.has_coloured_cells(), "NO_COLOR was set");
    session.send("q");
    assert_eq!(session.exit_code(), 0);
}

#[test]
fn a_panic_is_reported_on_a_terminal_that_was_given_back() {
    let itself = std::env::current_exe().unwrap();
    let arguments = ["--exact", "panics_on_the_screen", "--ignored", "--nocapture"];
    let mut session = Session::start_program(itself.as_os_str(), &arguments, 80, 24, &[("RUST_BACKTRACE", "0")]);
    assert_ne!(session.exit_code(), 0);
    session.assert_restored();
    assert!(session.screen().contains("on purpose"), "{}", session.screen());
}

#[test]
#[ignore = "run in a terminal of its own by the test before"]
fn panics_on_the_screen() {
    tlscope::runtime::restore_on_panic();
    let _screen = tlscope::runtime::RealScreen::enter(true).unwrap();
    panic!("on purpose");
}

#[test]
fn a_review_of_files_is_shown_on_a_terminal_and_ends_with_its_status() {
    let files = tempfile::tempdir().unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(vec!["over.example".to_owned()]).unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, "over.example");
    params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    params.not_before = rcgen::date_time_ymd(2019, 1, 1);
    std::fs::write(files.path().join("over.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
    std::fs::write(files.path().join("over.key"), key.serialize_pem()).unwrap();
    let mut session = Session::start(&["inventory", files.path().to_str().unwrap()], 120, 36);
    session.wait_for("the certificate and where it is", |screen| {
        screen.contains("over.example") && screen.contains("over.pem") && screen.contains("cert.expired")
    });
    assert!(session.is_alternate_screen());
    session.send("q");
    assert_eq!(session.exit_code(), 2);
    session.assert_restored();
}

/// A directory with an archive that a password locks; none where there is no `openssl`.
fn locked() -> Option<tempfile::TempDir> {
    let files = tempfile::tempdir().unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate =
        rcgen::CertificateParams::new(vec!["shop.example".to_owned()]).unwrap().self_signed(&key).unwrap();
    std::fs::write(files.path().join("pair"), certificate.pem() + &key.serialize_pem()).unwrap();
    let export = "pkcs12 -export -in pair -out shop.p12 -passout pass:geheim";
    let made = std::process::Command::new("openssl").args(export.split(' ')).current_dir(files.path()).output();
    let Ok(made) = made else {
        println!("skipped: there is no openssl here");
        return None;
    };
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    std::fs::remove_file(files.path().join("pair")).unwrap();
    Some(files)
}

#[test]
fn the_password_of_a_locked_file_is_asked_for_and_not_shown() {
    let Some(files) = locked() else { return };
    let arguments = ["inventory", "--format", "table", files.path().to_str().unwrap()];
    for (typed, status, told) in [
        ("geheim\r", 0, "shop.example"),
        ("falsch\x15geheim\r", 0, "shop.example"),
        ("falsch\r", 3, "file.needs_password"),
        ("\r", 3, "the empty password does not open it"),
        ("geheim\x03", 3, "stopped at the password"),
    ] {
        let mut session = Session::start(&arguments, 160, 24);
        session.wait_for("the question", |screen| screen.contains("password for 1 locked file (nothing for none): "));
        session.send(typed);
        assert_eq!(session.exit_code(), status, "{typed:?}: {}", session.screen());
        let screen = session.screen();
        assert!(
            screen.contains(told) && !screen.contains("geheim") && !screen.contains("falsch"),
            "{typed:?}: {screen}"
        );
        assert!(session.is_echoing(), "{typed:?}");
    }
}

#[test]
fn a_review_that_waits_for_input_says_so_and_ends_on_ctrl_c() {
    let mut session = Session::start(&["inventory", "--format", "table", "-"], 100, 24);
    session.wait_for("how far it is", |screen| screen.contains("1 file looked at, 0 hold certificates or keys"));
    session.send("\x03");
    assert_eq!(session.exit_code(), 3, "{}", session.screen());
    let screen = session.screen();
    assert!(
        screen.contains("standard input did not end") && screen.contains("stopped early: 1 file looked at"),
        "{screen}"
    );
}

#[test]
fn what_was_reviewed_before_standard_input_is_there_after_ctrl_c() {
    let pair = rcgen::generate_simple_self_signed(vec!["shop.example".to_owned()]).expect("a pair");
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::write(directory.path().join("c.pem"), pair.cert.pem()).expect("written");
    let path = directory.path().to_str().expect("UTF-8");
    let mut session = Session::start(&["inventory", "--format", "table", path, "-"], 160, 24);
    session.wait_for("how far it is", |screen| screen.contains("2 files looked at, 1 holds certificates or keys"));
    session.send("\x03");
    assert_eq!(session.exit_code(), 3, "{}", session.screen());
    let screen = session.screen();
    assert!(screen.contains("shop.example") && screen.contains("stopped early: 2 files looked at"), "{screen}");
}

#[test]
fn a_bad_client_certificate_of_a_source_keeps_nobody_from_the_dashboard() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    let gone = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let module = "modules: {m: {prober: tcp, tcp: {tls: true, tls_config: {cert_file: c.pem, key_file: k.pem}}}}";
    let job = format!(
        "scrape_configs: [{{job_name: j, params: {{module: [m]}}, static_configs: [{{targets: ['{gone}']}}]}}]"
    );
    write("scrape.yml", &format!("{module}\n{job}\n"));
    let sources = "[[inventory]]\npath = \"scrape.yml\"\nrefresh = \"1s\"\n\
                   [[inventory]]\nurl = \"https://127.0.0.1:1/\"\nkind = \"http_sd\"\nclient_cert = \"c.pem\"\nclient_key = \"k.pem\"\n\
                   [[inventory]]\nurl = \"http://127.0.0.1:1/\"\nkind = \"http_sd\"\ntoken_file = \"gone\"\n";
    write("config.toml", sources);
    let path = directory.path().join("config.toml");
    let arguments = ["--config", path.to_str().unwrap()];
    let mut session = Session::start(&arguments, 160, 40);
    session
        .wait_for("its faults", |screen| screen.contains("3 sources at fault") && screen.contains(&gone.to_string()));
    let pair = rcgen::generate_simple_self_signed(vec!["client.example".to_owned()]).unwrap();
    write("k.pem", &pair.signing_key.serialize_pem());
    write("c.pem", &pair.cert.pem());
    session.wait_for("that it is mended", |screen| screen.contains("2 sources unread"));
    session.send("q");
    assert_eq!(session.exit_code(), 0);
}
