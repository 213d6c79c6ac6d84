//! `tlscope check`: one look, verdict first, exit status by the worst.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use super::arguments::{Check, Format};
use super::engine;
use super::examine::{Examination, News};
use super::failure::Failure;
use super::options::Options;
use super::output::{print, text_style};
use super::progress::Progress;
use super::sources;
use crate::config::Settings;
use crate::export::{
    OurSide, Painter, Report, TextStyle, Verdict, json_line, markdown, nagios_line, our_side_in_markdown,
};
use crate::model::{Clock, Status, SystemClock, TargetId};
use crate::runtime;

pub(super) fn run(options: &Options, check: &Check) -> Result<ExitCode, Failure> {
    let mut settings = options.settings(&check.targets)?;
    let roster = sources::take_in(options, &mut settings)?;
    let is_blind = sources::tell_faults(roster.as_ref());
    if settings.targets.is_empty() {
        if !check.targets.is_empty() && !options.narrows() {
            return Err(Failure::usage("there is nothing to check: no target is in what was named"));
        }
        let narrowed = "name a target, as in 'tlscope check example.com', configure some, or widen --group and --label";
        return Err(Failure::usage(format!("there is nothing to check: {narrowed}")));
    }
    let style = text_style(&settings.ui, options.verbose > 0);
    let worker = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(anyhow::Error::from)?;
    let status = worker.block_on(look(settings, check.format, style, options.quiet));
    worker.shutdown_background();
    // What a source names that cannot be read is not known to be well.
    let status = if is_blind { status?.max(Status::Unknown) } else { status? };
    Ok(ExitCode::from(exit_status(status)))
}

async fn look(settings: Settings, format: Format, style: TextStyle, quiet: bool) -> Result<Status, Failure> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let started = clock.now();
    let prober = Arc::new(runtime::Scheduled(engine::prober(&settings, engine::Further::default(), quiet)?));
    let total = settings.targets.len();
    let limits = runtime::limits_once(&settings);
    let mut looking = Examination::start(prober, settings.targets, limits, settings.policy, clock.clone());
    let mut progress = Progress::new(quiet, total);
    let mut verdicts: BTreeMap<TargetId, Verdict> = BTreeMap::new();
    let mut statuses: BTreeMap<TargetId, Status> = BTreeMap::new();
    loop {
        let news = tokio::select! {
            news = looking.next() => news,
            () = progress.tick() => {
                progress.show();
                continue;
            }
        };
        let (id, verdict) = match news {
            None => break,
            Some(News::FirstLook(verdict)) => {
                progress.seen(
                    verdict.status,
                    TextStyle { painter: Painter::default(), ..style }.first_line(&verdict).trim_end(),
                );
                continue;
            }
            Some(News::Done(id, verdict)) => (id, verdict),
        };
        progress.done();
        if format == Format::Jsonl {
            progress.clear();
            print(&json_line(&verdict).map_err(anyhow::Error::from)?)?;
        }
        statuses.insert(id, verdict.status);
        if format != Format::Jsonl {
            verdicts.insert(id, verdict);
        }
    }
    progress.clear();
    if statuses.len() < total {
        let done = statuses.len();
        return Err(Failure::Failed(anyhow::anyhow!("probing stopped early: {done} of {total} targets were seen")));
    }
    // What is wrong on our side shows in many targets at once, and takes the blame off them; so does what they share.
    let (ours, changed) = looking.our_side();
    if format == Format::Jsonl {
        // They were printed without that.
        for verdict in changed.values() {
            print(&json_line(verdict).map_err(anyhow::Error::from)?)?;
        }
    }
    statuses.extend(changed.iter().map(|(id, verdict)| (*id, verdict.status)));
    verdicts.extend(changed);
    let verdicts: Vec<Verdict> = verdicts.into_values().collect();
    match format {
        Format::Json => {
            let report = Report::new(&verdicts, &ours, started, clock.now().since(started));
            print(&report.document().map_err(anyhow::Error::from)?)?;
        }
        Format::Markdown => print(&ticket(&verdicts, &ours, quiet))?,
        Format::Nagios => print(&nagios_line(&verdicts))?,
        Format::Text => print(&text(&verdicts, &ours, style, quiet))?,
        Format::Jsonl if ours.is_in_order() => {}
        Format::Jsonl => print(&json_line(&ours).map_err(anyhow::Error::from)?)?,
    }
    Ok(statuses.into_values().max().unwrap_or_default())
}

fn text(verdicts: &[Verdict], ours: &OurSide, style: TextStyle, quiet: bool) -> String {
    let mut out: String = worst_first(verdicts, quiet).into_iter().map(|verdict| style.verdict(verdict)).collect();
    out.push_str(&style.our_side(ours));
    if verdicts.len() > 1 && !quiet {
        let statuses: Vec<Status> = verdicts.iter().map(|verdict| verdict.status).collect();
        out.push_str(&style.total(&statuses));
    }
    out
}

fn ticket(verdicts: &[Verdict], ours: &OurSide, quiet: bool) -> String {
    let sections = worst_first(verdicts, quiet).into_iter().map(markdown);
    let ours = (!ours.is_in_order()).then(|| our_side_in_markdown(ours));
    sections.chain(ours).collect::<Vec<_>>().join("\n")
}

/// Worst first, then in the order asked for; without the healthy for those who asked for quiet.
fn worst_first(verdicts: &[Verdict], quiet: bool) -> Vec<&Verdict> {
    let mut order: Vec<&Verdict> = verdicts.iter().filter(|verdict| !quiet || verdict.status != Status::Ok).collect();
    order.sort_by_key(|verdict| std::cmp::Reverse(verdict.status));
    order
}

/// By the convention of monitoring plugins.
pub(super) const fn exit_status(worst: Status) -> u8 {
    match worst {
        Status::Ok => 0,
        Status::Warning => 1,
        Status::Critical => 2,
        Status::Unknown => 3,
    }
}
