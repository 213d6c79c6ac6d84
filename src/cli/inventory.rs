//! `tlscope inventory`: which certificates are on disk, and what is wrong with them.

use std::collections::HashMap;
use std::io::{self, IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};

use super::arguments::{Inventory, ReviewFormat};
use super::check::exit_status;
use super::dashboard::{self, needs_terminal};
use super::engine;
use super::environment;
use super::failure::Failure;
use super::live::LiveLine;
use super::options::Options;
use super::output::{print, say, text_style, warn};
use super::prompt::{self, Answer};
use super::sources;
use crate::config::Settings;
use crate::diagnosis::judge_files;
use crate::export::{FileRecord, ReviewReport, csv, review_markdown};
use crate::inventory::{Bounds, Haul, Pace, PatternError, walk};
use crate::model::{Clock as _, FileContent, Finding, Review, Secret, Status, SystemClock};
use crate::runtime::{Backstage, Exit};

/// Room for a password and its line break.
const LONGEST_PASSWORD: u64 = 4096;

pub(super) fn run(options: &Options, inventory: &Inventory) -> Result<ExitCode, Failure> {
    let settings = options.settings(&[])?;
    let mut bounds = bounds(inventory)?;
    let pace = Arc::new(Pace::default());
    let mut haul = walked(inventory.paths.clone(), &bounds, &pace, options.quiet)?;
    let mut stopped = is_cancelled(&pace).then(|| format!("stopped early: {} looked at", files(haul.looked_at)));
    if stopped.is_none() {
        match asked(&haul, options.quiet)? {
            Answer::Text(password) => {
                bounds.passwords.push(password);
                unlock(&mut haul, &bounds, &pace, options.quiet)?;
                stopped = is_cancelled(&pace).then(|| "stopped before all locked files were tried".to_owned());
            }
            Answer::Nothing => {}
            Answer::Stopped => stopped = Some("stopped at the password".to_owned()),
        }
    }
    tell_aside(&haul, options.quiet);
    let now = SystemClock.now();
    let judged = judge_files(&haul.files, &settings.policy, now);
    if inventory.format.is_none() && needs_terminal("--format table").is_ok() && stopped.is_none() {
        return shown(options, settings, haul, judged);
    }
    let mut records = haul.files.iter().zip(&judged).map(|(file, findings)| FileRecord::of(file, findings, now));
    let mut worst = Status::Ok;
    match inventory.format.unwrap_or(ReviewFormat::Table) {
        ReviewFormat::Jsonl => {
            for record in records {
                worst = worst.max(record.status);
                print(&record.json_line().map_err(anyhow::Error::from)?)?;
            }
        }
        format => {
            let records: Vec<FileRecord> = records.by_ref().collect();
            worst = records.iter().map(|record| record.status).max().unwrap_or(Status::Ok);
            let style = text_style(&settings.ui, options.verbose > 0);
            print(&match format {
                ReviewFormat::Csv => csv(&records).map_err(anyhow::Error::from)?,
                ReviewFormat::Json => {
                    ReviewReport::new(&records, haul.looked_at).document().map_err(anyhow::Error::from)?
                }
                ReviewFormat::Markdown => review_markdown(&records, options.quiet),
                ReviewFormat::Table | ReviewFormat::Jsonl => style.review(&records, haul.looked_at, now, options.quiet),
            })?;
        }
    }
    if let Some(stopped) = stopped {
        return Err(Failure::Failed(anyhow::anyhow!(stopped)));
    }
    Ok(ExitCode::from(exit_status(worst)))
}

/// The dashboard over the configured fleet, with the review open: what is stored beside what is served.
fn shown(
    options: &Options,
    mut settings: Settings,
    haul: Haul,
    findings: Vec<Vec<Finding>>,
) -> Result<ExitCode, Failure> {
    let roster = sources::take_in(options, &mut settings)?;
    let prober = engine::prober(&settings, engine::Further::default(), options.quiet)?;
    let worst = findings.iter().flatten().map(|finding| finding.status).max().unwrap_or(Status::Ok);
    let review = Review { files: haul.files, findings, looked_at: haul.looked_at };
    let dashboard = dashboard::prepare(&settings, "tlscope inventory", "")?.with_review(review);
    let backstage = async move { Ok(Backstage { prober, targets: settings.targets, roster, lab: None }) };
    match dashboard.run(backstage)? {
        Exit::Quit => Ok(ExitCode::from(exit_status(worst))),
        other => Ok(dashboard::ended(other)),
    }
}

fn is_cancelled(pace: &Pace) -> bool {
    pace.cancelled.load(Ordering::Relaxed)
}

fn bounds(inventory: &Inventory) -> Result<Bounds, Failure> {
    let usual = Bounds::default();
    let from_files = inventory.password_file.iter().map(|path| password(path));
    let mut passwords = from_files.collect::<Result<Vec<Secret>, Failure>>()?;
    passwords.extend(environment::password());
    Ok(Bounds {
        most_bytes: inventory.max_size.unwrap_or(usual.most_bytes),
        most_depth: inventory.max_depth.unwrap_or(usual.most_depth),
        most_files: inventory.max_files.unwrap_or(usual.most_files),
        exclude: inventory.exclude.clone(),
        passwords,
    })
}

/// The first line of a file.
fn password(path: &Path) -> Result<Secret, Failure> {
    let mut text = zeroize::Zeroizing::new(String::with_capacity(4096));
    let read = std::fs::File::open(path).and_then(|file| file.take(LONGEST_PASSWORD).read_to_string(&mut text));
    let shown = path.display();
    read.with_context(|| format!("cannot read the password file '{shown}'")).map_err(Failure::Usage)?;
    Ok(Secret::new(text.lines().next().unwrap_or_default().to_owned()))
}

/// Walks in the background, tells how far it is, and stops when the user wants that.
fn walked(paths: Vec<PathBuf>, bounds: &Bounds, pace: &Arc<Pace>, quiet: bool) -> Result<Haul, Failure> {
    /// How long a walk that is to stop may take: one that waits for a disk may never do.
    const GRACE: Duration = Duration::from_secs(1);
    let worker = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(anyhow::Error::from)?;
    let walking = {
        let (bounds, pace) = (bounds.clone(), Arc::clone(pace));
        worker.spawn_blocking(move || walk(&paths, &bounds, &pace))
    };
    let walked = worker.block_on(async {
        let mut line = LiveLine::new(quiet);
        let mut interrupts = signal(SignalKind::interrupt())?;
        tokio::pin!(walking);
        let walked = loop {
            tokio::select! {
                walked = &mut walking => break Some(walked),
                () = line.tick() => line.show(&progress(pace)),
                _ = interrupts.recv() => {
                    pace.cancelled.store(true, Ordering::Relaxed);
                    break tokio::time::timeout(GRACE, &mut walking).await.ok();
                }
            }
        };
        line.clear();
        walked.transpose().map_err(io::Error::from)
    });
    // Who still waits for a disk is left behind.
    worker.shutdown_background();
    let Some(walked) = walked? else {
        return Err(Failure::Failed(anyhow::anyhow!("stopped while waiting for a disk")));
    };
    walked.map_err(|error: PatternError| Failure::Usage(error.into()))
}

fn progress(pace: &Pace) -> String {
    let (looked_at, found) = (pace.looked_at.load(Ordering::Relaxed), pace.found.load(Ordering::Relaxed));
    let hold = if found == 1 { "holds" } else { "hold" };
    format!("{} looked at, {found} {hold} certificates or keys", files(looked_at))
}

fn files(count: usize) -> String {
    format!("{count} {}", if count == 1 { "file" } else { "files" })
}

/// A password from whoever sits there, when something is locked and somebody does.
fn asked(haul: &Haul, quiet: bool) -> Result<Answer, Failure> {
    let locked = haul.files.iter().filter(|file| matches!(file.content, FileContent::Locked { .. })).count();
    let is_seen = io::stdin().is_terminal() && io::stderr().is_terminal() && !quiet;
    if locked == 0 || !is_seen {
        return Ok(Answer::Nothing);
    }
    let files = if locked == 1 { "1 locked file".to_owned() } else { format!("{locked} locked files") };
    Ok(prompt::password(&format!("password for {files} (nothing for none): "))?)
}

/// Looks again at what was locked.
fn unlock(haul: &mut Haul, bounds: &Bounds, pace: &Arc<Pace>, quiet: bool) -> Result<(), Failure> {
    let is_locked = |content: &FileContent| matches!(content, FileContent::Locked { .. });
    let locked = haul.files.iter().filter(|file| is_locked(&file.content)).map(|file| file.path.clone());
    // Those were counted before.
    pace.looked_at.store(0, Ordering::Relaxed);
    let opened = walked(locked.collect(), bounds, pace, quiet)?.files.into_iter();
    let mut opened: HashMap<PathBuf, FileContent> = opened.map(|file| (file.path, file.content)).collect();
    for file in haul.files.iter_mut().filter(|file| is_locked(&file.content)) {
        file.content = opened.remove(&file.path).unwrap_or_else(|| file.content.clone());
    }
    Ok(())
}

/// What is no finding about a file.
fn tell_aside(haul: &Haul, quiet: bool) {
    for note in &haul.notes {
        warn(crate::model::Untrusted::new(note).as_str(), quiet);
    }
    if haul.too_large_to_tell > 0 && !quiet {
        say(&format!(
            "{} above the size limit (--max-size): nothing in the first 64 KiB, and the rest was not read",
            files(haul.too_large_to_tell)
        ));
    }
}
