use std::collections::HashMap;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::task::JoinHandle;
use tokio::time::{Instant, advance};

use super::super::fixtures::{address, answer, no_answer, secs, target};
use super::*;
use crate::model::{Depth, SurveyReason};

/// Tokio's paused clock, plus time the machine slept.
#[derive(Debug)]
struct TestClock {
    start: Instant,
    slept: Mutex<Duration>,
}

impl Clock for TestClock {
    fn now(&self) -> Time {
        Time::default() + self.elapsed()
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed() + *self.slept.lock().unwrap()
    }
}

/// What an address does when probed.
#[derive(Clone, Copy, PartialEq)]
enum Manner {
    Answers(Duration),
    Crashes,
    Fails,
    Hangs,
}

/// Answers from tables, and counts.
#[derive(Default)]
struct Fake {
    manners: Mutex<HashMap<SocketAddr, Manner>>,
    /// What an address does when surveyed; by default it answers.
    surveyed: Mutex<HashMap<SocketAddr, Manner>>,
    /// Who was surveyed, with which siblings.
    surveys: Mutex<Vec<(AddressKey, Vec<SocketAddr>)>>,
    answers: Mutex<HashMap<TargetId, Resolution>>,
    running: AtomicUsize,
    most: AtomicUsize,
}

/// Counts a probe as running until it ends or is aborted.
struct Running<'a>(&'a Fake);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Fake {
    fn with(self, number: u32, manner: Manner) -> Self {
        self.manners.lock().unwrap().insert(address(number), manner);
        self
    }

    fn answers(&self, resolution: Resolution) {
        self.answers.lock().unwrap().insert(resolution.target, resolution);
    }
}

impl Prober for Fake {
    fn resolve(&self, target: &Arc<Target>) -> impl Future<Output = Resolution> + Send {
        let known = self.answers.lock().unwrap().get(&target.id).cloned();
        let id = target.id.0;
        async move { known.unwrap_or_else(|| answer(id, &[address(id)])) }
    }

    async fn probe(&self, target: &Arc<Target>, address: SocketAddr) -> Observation {
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        let _running = Running(self);
        self.most.fetch_max(running, Ordering::SeqCst);
        let manner = self.manners.lock().unwrap().get(&address).copied();
        let outcome = match manner.unwrap_or(Manner::Answers(Duration::from_millis(20))) {
            Manner::Answers(after) => {
                tokio::time::sleep(after).await;
                Outcome::Handshake
            }
            Manner::Crashes => panic!("a probe that crashes"),
            Manner::Fails => Outcome::Failed(Box::new(Failure {
                phase: Phase::Tcp,
                kind: FailureKind::Refused,
                detail: Untrusted::new("refused"),
                received: 0,
                sent: 0,
            })),
            Manner::Hangs => std::future::pending().await,
        };
        let key = AddressKey { target: target.id, address };
        Observation {
            key,
            at: Time::default(),
            outcome,
            timings: Timings::default(),
            proxy: None,
            upgrade: None,
            handshake: None,
        }
    }

    async fn survey(
        &self,
        target: &Arc<Target>,
        seen: Arc<Observation>,
        siblings: &[SocketAddr],
        reason: SurveyReason,
    ) -> Survey {
        assert_eq!(target.id, seen.key.target);
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        let _running = Running(self);
        self.most.fetch_max(running, Ordering::SeqCst);
        self.surveys.lock().unwrap().push((seen.key, siblings.to_vec()));
        let manner = self.surveyed.lock().unwrap().get(&seen.key.address).copied();
        match manner.unwrap_or(Manner::Answers(Duration::from_millis(300))) {
            Manner::Answers(after) => tokio::time::sleep(after).await,
            Manner::Crashes => panic!("a survey that crashes"),
            Manner::Hangs => std::future::pending().await,
            Manner::Fails => {}
        }
        let throttled = (manner == Some(Manner::Fails)).then(|| Untrusted::new("too much"));
        Survey { throttled, ..Survey::new(seen.key, Time::default(), reason) }
    }
}

struct Rig {
    fake: Arc<Fake>,
    clock: Arc<TestClock>,
    commands: mpsc::Sender<Command>,
    events: mpsc::Receiver<Event>,
    cancel: CancellationToken,
    driver: JoinHandle<()>,
}

impl Rig {
    fn new(limits: Limits, fake: Fake) -> Self {
        Self::with_room(limits, fake, 100_000)
    }

    fn with_room(limits: Limits, fake: Fake, room: usize) -> Self {
        let fake = Arc::new(fake);
        let clock = Arc::new(TestClock { start: Instant::now(), slept: Mutex::default() });
        let (commands, receiver) = mpsc::channel(64);
        let (sender, events) = mpsc::channel(room);
        let cancel = CancellationToken::new();
        let driver =
            tokio::spawn(run(Arc::clone(&fake), limits, Arc::clone(&clock) as _, receiver, sender, cancel.clone()));
        Self { fake, clock, commands, events, cancel, driver }
    }

    async fn add_full(&self, ids: impl IntoIterator<Item = u32>) {
        for id in ids {
            self.tell(Command::Add(Arc::new(Target { depth: Depth::Full, ..target(id) }))).await;
        }
    }

    async fn add(&self, ids: impl IntoIterator<Item = u32>) {
        for id in ids {
            self.tell(Command::Add(Arc::new(target(id)))).await;
        }
    }

    async fn tell(&self, command: Command) {
        self.commands.send(command).await.unwrap();
    }

    /// Everything that happens within `time`, each with the clock's reading.
    async fn within(&mut self, time: Duration) -> Vec<(Duration, Event)> {
        let end = Instant::now() + time;
        let mut seen = Vec::new();
        while let Ok(Some(event)) = tokio::time::timeout_at(end, self.events.recv()).await {
            seen.push((self.clock.elapsed(), event));
        }
        seen
    }

    /// The next observation.
    async fn observation(&mut self) -> Arc<Observation> {
        loop {
            if let Event::Observed(observation) = self.events.recv().await.unwrap() {
                return observation;
            }
        }
    }
}

/// When probes of `number` began.
fn starts(events: &[(Duration, Event)], number: u32) -> Vec<Duration> {
    let of = |event: &Event| matches!(event, Event::ProbeStarted { key, .. } if key.address == address(number));
    events.iter().filter(|(_, event)| of(event)).map(|(at, _)| *at).collect()
}

fn starts_in_all(events: &[(Duration, Event)]) -> Vec<Duration> {
    let started = events.iter().filter(|(_, event)| matches!(event, Event::ProbeStarted { .. }));
    started.map(|(at, _)| *at).collect()
}

fn steady() -> Limits {
    Limits { jitter: 0.0, ..Limits::default() }
}

#[tokio::test(start_paused = true)]
async fn tells_the_story_of_a_target_in_order() {
    let mut rig = Rig::new(steady(), Fake::default());
    rig.add_full([0]).await;
    let mut story = Vec::new();
    for (_, event) in rig.within(secs(1)).await {
        story.push(match event {
            Event::AddressesChanged { added, removed, .. } => {
                assert_eq!((added, removed), (vec![address(0)], vec![]));
                "changed"
            }
            Event::Observed(observation) => {
                assert!(observation.is_handshake());
                "observed"
            }
            Event::ProbeStarted { .. } => "started",
            Event::Resolved(_) => "resolved",
            Event::Scheduler(_) => continue,
            Event::TargetAdded { .. } => "added",
            Event::SurveyStarted { reason: SurveyReason::FirstSight, .. } => "survey",
            Event::Surveyed(_) => "surveyed",
            Event::Acknowledged { .. }
            | Event::FileRead { .. }
            | Event::SurveyStarted { .. }
            | Event::TargetRemoved { .. }
            | Event::Tick { .. }
            | Event::SourcesRead { .. }
            | Event::Unacknowledged { .. } => "unexpected",
        });
    }
    assert_eq!(story, ["added", "resolved", "changed", "started", "observed", "survey", "surveyed"]);
    rig.tell(Command::Remove(TargetId(0))).await;
    let rest = rig.within(secs(300)).await;
    assert!(matches!(rest[0].1, Event::TargetRemoved { target: TargetId(0), .. }));
    assert!(starts_in_all(&rest).is_empty());
}

#[tokio::test(start_paused = true)]
async fn hung_addresses_delay_nobody() {
    let hung = (100..150).fold(Fake::default(), |fake, number| fake.with(number, Manner::Hangs));
    hung.answers(answer(0, &(100..150).map(address).collect::<Vec<_>>()));
    let mut rig = Rig::new(Limits { concurrency: 8, ..steady() }, hung);
    rig.add(0..4).await;
    let events = rig.within(secs(300)).await;
    for number in 1..4 {
        let starts = starts(&events, number);
        assert!(starts[0] < secs(1), "{number} waited: {starts:?}");
        assert!(
            starts[1..].windows(2).all(|pair| pair[1].abs_diff(pair[0]) <= secs(31)),
            "{number} waited: {starts:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn keeps_within_its_limits() {
    let slow = (0..40).fold(Fake::default(), |fake, number| fake.with(number, Manner::Answers(secs(1))));
    let mut rig = Rig::new(Limits { concurrency: 6, ..steady() }, slow);
    rig.add(0..40).await;
    rig.within(secs(60)).await;
    assert_eq!(rig.fake.most.load(Ordering::SeqCst), 6);

    let mut rig = Rig::new(Limits { rate_per_second: Some(5.0), ..steady() }, Fake::default());
    rig.add(0..40).await;
    let starts = starts_in_all(&rig.within(secs(8)).await);
    assert_eq!(starts.len(), 40);
    assert!(starts.windows(2).all(|pair| pair[1].abs_diff(pair[0]) >= Duration::from_millis(199)), "{starts:?}");
}

#[tokio::test(start_paused = true)]
async fn confirms_and_backs_off() {
    let mut rig = Rig::new(steady(), Fake::default().with(0, Manner::Fails));
    rig.add([0]).await;
    let events = rig.within(secs(400)).await;
    let starts = starts(&events, 0);
    let gaps: Vec<_> = starts.windows(2).map(|pair| pair[1].abs_diff(pair[0]).as_secs()).collect();
    assert_eq!(gaps, [1, 2, 5, 10, 30, 60, 120]);
}

#[tokio::test(start_paused = true)]
async fn pauses_and_resumes_without_a_burst() {
    let mut rig = Rig::new(steady(), Fake::default());
    rig.add(0..300).await;
    rig.within(secs(100)).await;
    rig.tell(Command::Pause).await;
    let events = rig.within(secs(500)).await;
    let told = events.iter().find_map(|(_, event)| match event {
        Event::Scheduler(state) => Some(state.paused),
        _ => None,
    });
    assert_eq!(told, Some(true));
    assert!(starts_in_all(&events).is_empty());

    rig.tell(Command::Resume).await;
    let started = starts_in_all(&rig.within(secs(30)).await);
    let soon = started.iter().filter(|at| **at < secs(601)).count();
    assert!(soon <= 25, "a burst of {soon}");
    assert!((280..=330).contains(&started.len()), "{}", started.len());
}

#[tokio::test(start_paused = true)]
async fn a_sleep_of_the_machine_is_no_reason_for_a_burst() {
    let mut rig = Rig::new(steady(), Fake::default());
    rig.add(0..300).await;
    rig.within(secs(100)).await;
    *rig.clock.slept.lock().unwrap() += secs(3600);
    let started = starts_in_all(&rig.within(secs(36)).await);
    let within_a_second = |from: Duration| started.iter().filter(|at| **at >= from && **at < from + secs(1)).count();
    let most_in_a_second = started.iter().map(|from| within_a_second(*from)).max();
    assert!(most_in_a_second <= Some(30), "{most_in_a_second:?} in a second");
    assert!(started.len() >= 280, "{}", started.len());
}

#[tokio::test(start_paused = true)]
async fn probes_now_when_asked() {
    let mut rig = Rig::new(steady(), Fake::default());
    rig.add(0..3).await;
    rig.within(secs(5)).await;
    rig.tell(Command::ProbeNow(vec![TargetId(1)])).await;
    let events = rig.within(Duration::from_millis(500)).await;
    assert_eq!((starts_in_all(&events).len(), starts(&events, 1).len()), (1, 1));
    assert!(events.iter().any(|(_, event)| matches!(event, Event::Resolved(found) if found.target == TargetId(1))));
    rig.tell(Command::ProbeNow(Vec::new())).await;
    assert_eq!(starts_in_all(&rig.within(Duration::from_millis(500)).await).len(), 3);
}

#[tokio::test(start_paused = true)]
async fn only_the_first_probe_after_a_look_up_counts_it() {
    let fake = Fake::default();
    fake.answers(Resolution { took: secs(1), ttl: secs(70), ..answer(0, &[address(0)]) });
    let mut rig = Rig::new(steady(), fake);
    rig.add([0]).await;
    let mut counted = Vec::new();
    for _ in 0..5 {
        counted.push(rig.observation().await.timings.dns.is_some());
    }
    // Probes about every 30 s after a first shorter wait; the answer is asked for anew after 70 s.
    assert_eq!(counted, [true, false, false, true, false]);
}

#[tokio::test(start_paused = true)]
async fn follows_the_name_service() {
    let fake = Fake::default();
    fake.answers(answer(0, &[address(1), address(2)]));
    let mut rig = Rig::new(steady(), fake);
    rig.add([0]).await;
    rig.within(secs(10)).await;

    rig.fake.answers(no_answer(0));
    let events = rig.within(secs(60)).await;
    assert!(events.iter().any(|(_, event)| matches!(event, Event::Resolved(found) if found.failure.is_some())));
    assert!(!events.iter().any(|(_, event)| matches!(event, Event::AddressesChanged { .. })));

    rig.fake.answers(answer(0, &[address(2), address(3)]));
    let events = rig.within(secs(60)).await;
    let at = events.iter().position(|(_, event)| matches!(event, Event::AddressesChanged { .. })).unwrap();
    assert!(matches!(events[at - 1].1, Event::Resolved(_)));
    let Event::AddressesChanged { added, removed, .. } = &events[at].1 else { unreachable!() };
    assert_eq!((added, removed), (&vec![address(3)], &vec![address(1)]));
    let after = rig.within(secs(100)).await;
    assert!(starts(&after, 1).is_empty());
    assert!(!starts(&after, 2).is_empty() && !starts(&after, 3).is_empty());
}

#[tokio::test(start_paused = true)]
async fn ends_a_probe_that_hangs() {
    let mut rig = Rig::new(steady(), Fake::default().with(0, Manner::Hangs));
    rig.add([0]).await;
    let observation = rig.observation().await;
    assert!(matches!(observation.failure().unwrap().kind, FailureKind::TimedOut));
    assert_eq!(rig.clock.elapsed(), target(0).timeout * 2 + GRACE);
    assert_eq!(rig.fake.running.load(Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn survives_a_probe_that_crashes() {
    let mut rig = Rig::new(steady(), Fake::default().with(0, Manner::Crashes));
    rig.add([0, 1]).await;
    let events = rig.within(secs(65)).await;
    let skipped = events
        .iter()
        .filter(|(_, event)| matches!(event, Event::Observed(seen) if matches!(seen.outcome, Outcome::Skipped { .. })));
    assert!((2..=4).contains(&skipped.count()));
    assert!(starts(&events, 1).len() >= 2);
}

#[tokio::test(start_paused = true)]
async fn loses_only_what_may_be_lost() {
    let mut rig = Rig::with_room(steady(), Fake::default(), 1);
    rig.add(0..20).await;
    // Nobody reads for a while: the driver waits.
    advance(secs(10)).await;
    let events = rig.within(secs(20)).await;
    let count = |wanted: fn(&Event) -> bool| events.iter().filter(|(_, event)| wanted(event)).count();
    assert_eq!(count(|event| matches!(event, Event::TargetAdded { .. })), 20);
    assert_eq!(count(|event| matches!(event, Event::AddressesChanged { .. })), 20);
    assert!(count(|event| matches!(event, Event::Observed(_))) >= 20);
    let started = count(|event| matches!(event, Event::ProbeStarted { .. }));
    let dropped = events.iter().rev().find_map(|(_, event)| match event {
        Event::Scheduler(state) => Some(state.dropped),
        _ => None,
    });
    let observed = count(|event| matches!(event, Event::Observed(_)));
    assert!(observed > started, "nothing was dropped at all");
    assert_eq!(dropped, Some(u64::try_from(observed - started).unwrap()));
}

#[tokio::test(start_paused = true)]
async fn tells_its_state_a_few_times_a_second_at_most() {
    let mut rig = Rig::new(Limits { rate_per_second: Some(50.0), ..steady() }, Fake::default());
    rig.add(0..300).await;
    let events = rig.within(secs(10)).await;
    let states: Vec<_> =
        events.iter().filter_map(|(at, event)| matches!(event, Event::Scheduler(_)).then_some(*at)).collect();
    assert!((4..=40).contains(&states.len()), "{}", states.len());
    let last = events.iter().rev().find_map(|(_, event)| match event {
        Event::Scheduler(state) => Some(*state),
        _ => None,
    });
    assert_eq!(last, Some(SchedulerState::default()), "the last state told is the one at rest");
}

#[tokio::test(start_paused = true)]
async fn stops_when_cancelled_or_unheard() {
    let rig = Rig::new(steady(), Fake::default().with(0, Manner::Hangs).with(1, Manner::Hangs));
    rig.add([0, 1]).await;
    while rig.fake.running.load(Ordering::SeqCst) < 2 {
        tokio::task::yield_now().await;
    }
    rig.cancel.cancel();
    rig.driver.await.unwrap();
    assert_eq!(rig.fake.running.load(Ordering::SeqCst), 0, "a probe was left behind");

    let rig = Rig::new(steady(), Fake::default());
    rig.add([0]).await;
    drop(rig.events);
    rig.driver.await.unwrap();

    let rig = Rig::with_room(steady(), Fake::default(), 1);
    rig.add(0..5).await;
    advance(secs(1)).await;
    rig.cancel.cancel();
    rig.driver.await.unwrap();
}

/// The surveys that ended.
fn surveyed(events: &[(Duration, Event)]) -> Vec<Arc<Survey>> {
    let ended = events.iter().filter_map(|(_, event)| match event {
        Event::Surveyed(survey) => Some(Arc::clone(survey)),
        _ => None,
    });
    ended.collect()
}

#[tokio::test(start_paused = true)]
async fn surveys_on_demand_after_a_fresh_probe() {
    let fake = Fake::default();
    fake.answers(answer(0, &[address(1), address(2)]));
    let mut rig = Rig::new(steady(), fake);
    rig.add_full([0]).await;
    assert_eq!(surveyed(&rig.within(secs(20)).await).len(), 2);
    let expected = [1, 2].map(|number| {
        let key = AddressKey { target: TargetId(0), address: address(number) };
        (key, vec![address(3 - number)])
    });
    assert_eq!(*rig.fake.surveys.lock().unwrap(), expected);
    rig.tell(Command::Survey(vec![TargetId(0)])).await;
    let events = rig.within(secs(2)).await;
    assert_eq!((starts_in_all(&events).len(), surveyed(&events).len()), (2, 2));
    assert!(surveyed(&events).iter().all(|survey| survey.reason == SurveyReason::Asked));
    rig.tell(Command::ProbeNow(vec![TargetId(0)])).await;
    let events = rig.within(secs(2)).await;
    assert_eq!((starts_in_all(&events).len(), surveyed(&events).len()), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn a_survey_that_hangs_or_crashes_ends_and_says_so() {
    let fake = Fake::default();
    fake.surveyed.lock().unwrap().extend([(address(0), Manner::Hangs), (address(1), Manner::Crashes)]);
    let mut rig = Rig::new(steady(), fake);
    rig.add_full([0, 1]).await;
    let surveys = surveyed(&rig.within(LONGEST_SURVEY + secs(1)).await);
    let reasons: Vec<&str> = surveys.iter().map(|survey| survey.unasked[0].reason.as_str()).collect();
    assert_eq!(reasons, [CRASHED, HUNG]);
    assert_eq!(rig.fake.running.load(Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn hung_surveys_delay_no_probe() {
    let fake = Fake::default();
    fake.surveyed.lock().unwrap().extend((0..100).map(|number| (address(number), Manner::Hangs)));
    let mut rig = Rig::new(Limits { concurrency: 8, ..steady() }, fake);
    rig.add_full(0..100).await;
    let events = rig.within(secs(300)).await;
    assert!(rig.fake.most.load(Ordering::SeqCst) <= 8 + Limits::default().surveys);
    for number in 0..100 {
        let starts = starts(&events, number);
        let gaps = starts.windows(2).map(|pair| pair[1].abs_diff(pair[0]));
        assert!(gaps.max() <= Some(secs(31)), "{number} waited: {starts:?}");
    }
    let told = events.iter().filter_map(|(_, event)| match event {
        Event::Scheduler(state) => Some(state.surveying),
        _ => None,
    });
    assert_eq!(told.max(), Some(6), "places are kept for what somebody waits for");
}

#[tokio::test(start_paused = true)]
async fn a_survey_of_what_is_gone_is_not_told() {
    let mut rig = Rig::new(steady(), Fake::default());
    rig.add_full([0]).await;
    while rig.fake.surveys.lock().unwrap().is_empty() {
        rig.events.recv().await.unwrap();
    }
    rig.tell(Command::Remove(TargetId(0))).await;
    assert!(surveyed(&rig.within(secs(10)).await).is_empty());
}
