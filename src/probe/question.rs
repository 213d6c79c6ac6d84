//! One question to one name server, put by hand: the resolver library hands on neither a server's explanation of its
//! failure nor whether it vouches for an answer (DNSSEC, the `AD` bit of RFC 4035 section 3.2.3).

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use hickory_resolver::proto::op::{Edns, Message, Query};
use hickory_resolver::proto::rr::{Name, RecordType};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{Instant, timeout, timeout_at};

/// What passes without fragments everywhere (DNS flag day 2020).
const LARGEST: u16 = 1232;
/// A lost packet is sent again after this long.
const RETRY: Duration = Duration::from_secs(1);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unanswered {
    /// The network's words.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The question cannot be written down, or the answer cannot be read.
    #[error("the answer cannot be read: {0}")]
    Unreadable(String),
    /// Nothing came.
    #[error("no answer in time")]
    TimedOut,
}

/// The server's answer, whatever it says; over TCP when it does not fit into a packet.
pub(super) async fn ask(
    server: SocketAddr,
    name: &Name,
    kind: RecordType,
    deadline: Instant,
) -> Result<Message, Unanswered> {
    let query = query(name, kind);
    let bytes = query.to_vec().map_err(|error| Unanswered::Unreadable(error.to_string()))?;
    let asked = async {
        let answer = over_udp(server, &query, &bytes).await?;
        if answer.metadata.truncation { over_tcp(server, &query, &bytes).await } else { Ok(answer) }
    };
    timeout_at(deadline, asked).await.unwrap_or(Err(Unanswered::TimedOut))
}

/// `AD` in a question asks for `AD` in the answer without the signatures themselves (RFC 6840 section 5.7).
fn query(name: &Name, kind: RecordType) -> Message {
    let mut query = Message::query();
    query.metadata.recursion_desired = true;
    query.metadata.authentic_data = true;
    query.add_query(Query::query(name.clone(), kind));
    let mut edns = Edns::new();
    edns.set_max_payload(LARGEST);
    query.set_edns(edns);
    query
}

async fn over_udp(server: SocketAddr, query: &Message, bytes: &[u8]) -> Result<Message, Unanswered> {
    let local: SocketAddr =
        if server.is_ipv4() { (Ipv4Addr::UNSPECIFIED, 0).into() } else { (Ipv6Addr::UNSPECIFIED, 0).into() };
    let socket = UdpSocket::bind(local).await?;
    // Connected: only this server's packets are seen.
    socket.connect(server).await?;
    let mut packet = [0; LARGEST as usize];
    loop {
        socket.send(bytes).await?;
        let answer = async {
            loop {
                let length = socket.recv(&mut packet).await?;
                if let Some(answer) = read(query, &packet[..length])? {
                    return Ok(answer);
                }
            }
        };
        if let Ok(answer) = timeout(RETRY, answer).await {
            return answer;
        }
    }
}

/// A message over TCP has its length in front (RFC 1035 section 4.2.2).
async fn over_tcp(server: SocketAddr, query: &Message, bytes: &[u8]) -> Result<Message, Unanswered> {
    let mut stream = TcpStream::connect(server).await?;
    let length = u16::try_from(bytes.len()).map_err(|error| Unanswered::Unreadable(error.to_string()))?;
    stream.write_all(&[&length.to_be_bytes(), bytes].concat()).await?;
    let mut answer = vec![0; stream.read_u16().await?.into()];
    stream.read_exact(&mut answer).await?;
    read(query, &answer)?.ok_or_else(|| Unanswered::Unreadable("it answers another question".to_owned()))
}

/// The answer to this question; `None` for a packet that is not.
fn read(query: &Message, bytes: &[u8]) -> Result<Option<Message>, Unanswered> {
    if !bytes.starts_with(&query.metadata.id.to_be_bytes()) {
        return Ok(None);
    }
    let answer = Message::from_vec(bytes).map_err(|error| Unanswered::Unreadable(error.to_string()))?;
    // Some servers leave the question out of a failure.
    let is_answer = answer.queries.is_empty() || answer.queries == query.queries;
    Ok(is_answer.then_some(answer))
}
