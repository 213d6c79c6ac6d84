//! A whole survey of a healthy local nginx, beside `sslscan` and `sslyze` where they are installed.
//!
//! Whole processes against whole processes, wall time, in turn, so that a busy machine weighs on all alike; and the
//! survey alone, as the dashboard makes it. Run with `cargo bench --bench survey`. Without nginx there is nothing to
//! measure, and it says so.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256,
};
use tlscope::inventory::{Recipe, parse};
use tlscope::model::{Survey, SurveyReason, SystemClock, Target, TargetId};
use tlscope::probe::{Prober, Settings, StoreChoice, TrustStores};

const NAME: &str = "shop.example";
/// Surveys alone.
const SURVEYS: usize = 20;
/// Whole processes of each kind, in turn.
const PROCESSES: usize = 5;
/// Who takes longer hangs.
const LONGEST: Duration = Duration::from_mins(1);
/// Between two looks at whether a process is over; what it adds to a time is small beside the shortest.
const TICK: Duration = Duration::from_micros(500);

type Error = Box<dyn std::error::Error>;

fn main() -> Result<(), Error> {
    let directory = tempfile::tempdir()?;
    let Some(nginx) = Nginx::start(directory.path())? else {
        println!("skipped: nginx is not installed");
        return Ok(());
    };
    alone(&nginx, directory.path())?;
    processes(&nginx, directory.path())
}

/// The survey as the dashboard makes it, after the ordinary handshake.
fn alone(nginx: &Nginx, directory: &Path) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let (stores, _) = TrustStores::load(&[StoreChoice::File(directory.join("root.pem"))])?;
    // So many surveys within a minute are no one's habit: the limit on connections would be measured instead.
    let settings = Settings { connections_per_minute: usize::MAX, ..Settings::default() };
    let prober = Prober::new(&settings, stores, Arc::new(SystemClock))?;
    let target = target(nginx.address)?;
    let seen = runtime.block_on(prober.probe(&target, nginx.address));
    let one = || -> Survey { runtime.block_on(prober.survey(&target, &seen, &[], SurveyReason::Asked)) };
    one();
    let surveys: Vec<Survey> = std::iter::repeat_with(one).take(SURVEYS).collect();
    if let Some(survey) = surveys.first() {
        let left = survey.unasked.iter().map(|left| format!("{}: {}", left.question, left.reason));
        println!("not asked: {}", left.collect::<Vec<_>>().join("; "));
    }
    if let Some(why) = surveys.iter().find_map(|survey| survey.throttled.as_ref()) {
        return Err(format!("nginx had enough of us: {why}").into());
    }
    let (least, median, most) = spread(surveys.iter().map(|survey| survey.took).collect());
    let connections = surveys.iter().map(|survey| survey.connections).max().unwrap_or(0);
    println!("survey alone: {median:?} ({least:?} to {most:?}), {connections} connections (goal: well under 150 ms)");
    Ok(())
}

fn target(address: SocketAddr) -> Result<Arc<Target>, Error> {
    let spec = parse(&format!("{NAME}@{address}")).map_err(|error| error.message.clone())?;
    Ok(Arc::new(Recipe::default().target(TargetId(0), &spec)))
}

/// Whole processes: start, ask everything, print.
fn processes(nginx: &Nginx, directory: &Path) -> Result<(), Error> {
    let address = nginx.address.to_string();
    let ca_file = directory.join("root.pem").display().to_string();
    let target = format!("{NAME}@{address}");
    let sni = format!("--sni-name={NAME}");
    let tlscope = env!("CARGO_BIN_EXE_tlscope");
    let commands: [(&str, Vec<&str>); 3] = [
        ("tlscope check", vec![tlscope, "check", "--trust", "none", "--ca-file", &ca_file, &target]),
        ("sslscan", vec!["sslscan", "--no-colour", &sni, &address]),
        ("sslyze", vec!["sslyze", "--sni", NAME, &address]),
    ];
    let mut times: Vec<(&str, &[&str], Vec<Duration>)> = Vec::new();
    for (name, command) in &commands {
        match wall(command)? {
            // Not counted: the first one warms the disk's cache.
            Some(took) => {
                println!("{name}: once in {took:?}");
                times.push((name, command, Vec::new()));
            }
            None => println!("{name}: skipped: not installed"),
        }
    }
    for _ in 0..PROCESSES {
        for (_, command, times) in &mut times {
            times.extend(wall(command)?);
        }
    }
    let ours = times.first().map(|(.., times)| spread(times.clone()).1).unwrap_or_default();
    for (name, _, times) in times {
        let (least, median, most) = spread(times);
        let ratio = median.as_secs_f64() / ours.as_secs_f64();
        println!("{name}, whole process: {median:?} ({least:?} to {most:?}), {ratio:.2} times ours");
    }
    Ok(())
}

/// How long the command takes; `None` where it is not installed.
fn wall(command: &[&str]) -> Result<Option<Duration>, Error> {
    #[expect(clippy::disallowed_methods, reason = "a bench measures")]
    let begun = Instant::now();
    let nothing = || Stdio::null();
    let spawned =
        Command::new(command[0]).args(&command[1..]).stdin(nothing()).stdout(nothing()).stderr(nothing()).spawn();
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    while child.try_wait()?.is_none() {
        if begun.elapsed() > LONGEST {
            child.kill()?;
            child.wait()?;
            return Err(format!("{} is not over after {LONGEST:?}", command[0]).into());
        }
        std::thread::sleep(TICK);
    }
    Ok(Some(begun.elapsed()))
}

fn spread(mut times: Vec<Duration>) -> (Duration, Duration, Duration) {
    times.sort_unstable();
    let at = |index: usize| times.get(index).copied().unwrap_or_default();
    (at(0), at(times.len() / 2), at(times.len().saturating_sub(1)))
}

/// A running nginx with an RSA and an ECDSA certificate; ended when dropped.
struct Nginx {
    child: Child,
    address: SocketAddr,
}

impl Nginx {
    fn start(directory: &Path) -> Result<Option<Self>, Error> {
        let Some(program) = program() else { return Ok(None) };
        papers(directory)?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        fs::write(directory.join("nginx.conf"), configuration(directory, address))?;
        let child = Command::new(program)
            .arg("-p")
            .arg(directory)
            .args(["-c", "nginx.conf", "-e", "error.log"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let nginx = Self { child, address };
        #[expect(clippy::disallowed_methods, reason = "a bench measures")]
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            if begun.elapsed() > Duration::from_secs(10) {
                return Err(fs::read_to_string(directory.join("error.log"))?.into());
            }
            std::thread::yield_now();
        }
        Ok(Some(nginx))
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program() -> Option<PathBuf> {
    let paths = std::env::var_os("PATH")?;
    std::env::split_paths(&paths).chain(["/usr/sbin".into()]).map(|path| path.join("nginx")).find(|path| path.exists())
}

fn configuration(directory: &Path, address: SocketAddr) -> String {
    let place = directory.display();
    format!(
        "daemon off; master_process off; worker_processes 1; pid {place}/nginx.pid;\n\
         events {{ worker_connections 256; }}\n\
         http {{ access_log off; client_body_temp_path {place}/body; proxy_temp_path {place}/proxy;\n\
         fastcgi_temp_path {place}/fastcgi; uwsgi_temp_path {place}/uwsgi; scgi_temp_path {place}/scgi;\n\
         server {{ listen {address} ssl http2; server_name {NAME};\n\
         ssl_certificate {place}/ecdsa.pem; ssl_certificate_key {place}/ecdsa.key;\n\
         ssl_certificate {place}/rsa.pem; ssl_certificate_key {place}/rsa.key;\n\
         ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache shared:SSL:1m;\n\
         location / {{ return 200 'ok'; }} }} }}\n"
    )
}

/// A root, and a leaf of each kind of key, as files.
fn papers(directory: &Path) -> Result<(), Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Root beside nginx");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate()?;
    fs::write(directory.join("root.pem"), params.self_signed(&key)?.pem())?;
    let issuer = Issuer::new(params, key);
    for (name, algorithm) in [("ecdsa", &PKCS_ECDSA_P256_SHA256), ("rsa", &PKCS_RSA_SHA256)] {
        let key = KeyPair::generate_for(algorithm)?;
        let leaf = CertificateParams::new(vec![NAME.to_owned()])?.signed_by(&key, &issuer)?;
        fs::write(directory.join(format!("{name}.pem")), leaf.pem())?;
        fs::write(directory.join(format!("{name}.key")), key.serialize_pem())?;
    }
    Ok(())
}
