//! Chains by type of key, and the schemes in which their keys are proved.

use super::exchange::{Heard, Wanted, ask};
use super::offers::{SCHEMES, offer};
use crate::model::{
    Authentication, CipherSuite, Served, ServedAnswer, ServedTo, SignatureScheme, TlsVersion, Untrusted,
};
use crate::probe::hello::{CURVES, ClientHello, Exchange, Sent};
use crate::probe::survey::Interview;
use crate::probe::survey::call::Uncalled;

/// More schemes than any server has.
const MOST_SCHEMES: usize = 16;

/// What both kinds of clients are served, and how many timestamps come with it in the TLS extension.
pub(super) async fn chains(
    interview: &Interview<'_>,
    version: TlsVersion,
    suites: &[CipherSuite],
) -> (Vec<Served>, Option<u16>) {
    let kinds = [ServedTo::EcdsaOnly, ServedTo::RsaOnly];
    let (ecdsa, rsa) =
        tokio::join!(serve(interview, version, suites, kinds[0]), serve(interview, version, suites, kinds[1]));
    let timestamps = [&ecdsa, &rsa].into_iter().flatten().find_map(timestamps);
    let served = [ecdsa, rsa].into_iter().zip(kinds).map(|(heard, to)| Served { to, answer: told(interview, heard) });
    (served.collect(), timestamps)
}

/// The schemes the server signs with, in its order.
pub(super) async fn schemes(
    interview: &Interview<'_>,
    version: TlsVersion,
    suites: &[CipherSuite],
) -> Vec<SignatureScheme> {
    let (mut offered, mut used) = (SCHEMES.to_vec(), Vec::new());
    let mut curve = CURVES[0];
    while used.len() < MOST_SCHEMES {
        let mut hello = offer(interview, version, suites);
        hello.schemes.clone_from(&offered);
        let Ok(heard) = proof(interview, version, hello, &mut curve).await else { break };
        let Some(scheme) = heard.scheme().filter(|scheme| offered.contains(scheme)) else { break };
        offered.retain(|other| *other != scheme);
        used.push(SignatureScheme(scheme));
    }
    used
}

async fn serve(
    interview: &Interview<'_>,
    version: TlsVersion,
    suites: &[CipherSuite],
    to: ServedTo,
) -> Result<Heard, Uncalled> {
    let is_ecdsa = to == ServedTo::EcdsaOnly;
    let wanted = if is_ecdsa { Authentication::Ecdsa } else { Authentication::Rsa };
    let fits = |suite: &CipherSuite| {
        suite.parts().is_some_and(|parts| [wanted, Authentication::Extension].contains(&parts.authentication))
    };
    let suites: Vec<CipherSuite> = suites.iter().copied().filter(fits).collect();
    if suites.is_empty() {
        return Err(Uncalled::Refused(Untrusted::new("no suite with such a certificate is accepted")));
    }
    let mut hello = offer(interview, version, &suites);
    hello.schemes.retain(|scheme| is_of(*scheme, is_ecdsa));
    hello.curious = true;
    let mut curve = CURVES[0];
    proof(interview, version, hello, &mut curve).await
}

/// Keys on curves sign with these, RSA keys with those (RFC 9846 section 4.3.3, RFC 5246 section 7.4.1.4.1).
const fn is_of(scheme: u16, ecdsa: bool) -> bool {
    let on_curve = matches!(scheme, 0x0807 | 0x0808 | 0x081A..=0x081C) || (scheme & 0xFF == 3 && scheme >> 8 <= 6);
    let rsa = matches!(scheme, 0x0804..=0x0806 | 0x0809..=0x080B) || (scheme & 0xFF == 1 && scheme >> 8 <= 6);
    if ecdsa { on_curve } else { rsa }
}

/// The server's flight. TLS 1.3 takes a key exchange to read it, on `curve` or on another that the server asks for,
/// which is `curve` from then on.
async fn proof(
    interview: &Interview<'_>,
    version: TlsVersion,
    mut hello: ClientHello,
    curve: &mut u16,
) -> Result<Heard, Uncalled> {
    if version != TlsVersion::TLS13 {
        return ask(interview, &hello, Wanted::Flight, None).await;
    }
    hello.suites.retain(|suite| matches!(suite, 0x1301..=0x1303));
    hello.groups = CURVES.to_vec();
    let first = share(&mut hello, *curve)?;
    let heard = ask(interview, &hello, Wanted::Flight, Some(first)).await?;
    let wanted = heard.hello.group.filter(|group| heard.hello.is_retry && CURVES.contains(group));
    let Some(wanted) = wanted else { return Ok(heard) };
    *curve = wanted;
    hello.groups = vec![wanted];
    let second = share(&mut hello, wanted)?;
    ask(interview, &hello, Wanted::Flight, Some(second)).await
}

fn share(hello: &mut ClientHello, curve: u16) -> Result<Exchange, Uncalled> {
    let exchange = Exchange::new(curve).ok_or_else(|| Uncalled::Unknown(Untrusted::new("no randomness")))?;
    hello.shares = Some(vec![(curve, exchange.share.clone())]);
    Ok(exchange)
}

fn told(interview: &Interview<'_>, heard: Result<Heard, Uncalled>) -> ServedAnswer {
    match heard {
        Ok(heard) => {
            let ders = heard.chain().unwrap_or_default().iter().map(Vec::as_slice);
            let chain = interview.inner.certificates.read_chain(ders).readable;
            if chain.is_empty() {
                return ServedAnswer::Unknown(Untrusted::new("no readable certificate came"));
            }
            ServedAnswer::Chain(chain.into())
        }
        Err(Uncalled::Refused(how)) => ServedAnswer::Refused(how),
        Err(Uncalled::Unknown(why)) => ServedAnswer::Unknown(why),
    }
}

fn timestamps(heard: &Heard) -> Option<u16> {
    let of_leaf = heard.sent.iter().find_map(|sent| match sent {
        Sent::Certificate(_, timestamps) => *timestamps,
        _ => None,
    });
    of_leaf.or(heard.hello.timestamps).or(heard.chain().map(|_| 0))
}
