//! For tests: a name server on loopback, over UDP and TCP, that vouches for its answers or not.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use hickory_resolver::proto::op::{Message, MessageType, OpCode, ResponseCode};
use hickory_resolver::proto::rr::rdata::SOA;
use hickory_resolver::proto::rr::{Name, RData, Record};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

/// What it knows.
#[derive(Clone, Debug, Default)]
pub(super) struct Zone {
    pub(super) records: Vec<Record>,
    pub(super) failing: Vec<(Name, ResponseCode)>,
    /// It validates, and finds everything in order.
    pub(super) authenticated: bool,
    /// No answer fits into a packet.
    pub(super) large: bool,
    /// Answers are cut off in the middle of a record.
    pub(super) garbled: bool,
    pub(super) asked: Arc<Mutex<Vec<String>>>,
}

impl Zone {
    pub(super) fn with(mut self, name: &str, ttl: u32, data: RData) -> Self {
        self.records.push(Record::from_rdata(fqdn(name), ttl, data));
        self
    }

    pub(super) fn failing(mut self, name: &str, code: ResponseCode) -> Self {
        self.failing.push((fqdn(name), code));
        self
    }

    /// What it was asked, `example. CAA`, sorted.
    pub(super) fn asked(&self) -> Vec<String> {
        let mut asked = self.asked.lock().unwrap().clone();
        asked.sort();
        asked
    }

    /// Serves until the runtime ends.
    pub(super) async fn serve(&self) -> SocketAddr {
        let (udp, tcp) = loop {
            let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()).await {
                break (udp, tcp);
            }
        };
        let address = udp.local_addr().unwrap();
        let (zone, other) = (self.clone(), self.clone());
        tokio::spawn(async move {
            let mut packet = [0; 1500];
            while let Ok((length, from)) = udp.recv_from(&mut packet).await {
                let _ = udp.send_to(&zone.answer(&packet[..length], zone.large), from).await;
            }
        });
        tokio::spawn(async move {
            while let Ok((stream, _)) = tcp.accept().await {
                let _ = other.answer_over(stream).await;
            }
        });
        address
    }

    async fn answer_over(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut query = vec![0; stream.read_u16().await?.into()];
        stream.read_exact(&mut query).await?;
        let answer = self.answer(&query, false);
        stream.write_u16(u16::try_from(answer.len()).unwrap()).await?;
        stream.write_all(&answer).await
    }

    fn answer(&self, query: &[u8], truncated: bool) -> Vec<u8> {
        let query = Message::from_vec(query).unwrap();
        let question = query.queries[0].clone();
        self.asked.lock().unwrap().push(format!("{} {}", question.name(), question.query_type()));
        let mut answer = Message::new(query.metadata.id, MessageType::Response, OpCode::Query);
        answer.add_query(question.clone());
        answer.metadata.recursion_available = true;
        answer.metadata.authentic_data = self.authenticated && query.metadata.authentic_data;
        answer.metadata.truncation = truncated;
        if let Some((_, code)) = self.failing.iter().find(|(name, _)| name == question.name()) {
            answer.metadata.response_code = *code;
            return answer.to_vec().unwrap();
        }
        let fits = |record: &&Record| record.name == *question.name() && record.record_type() == question.query_type();
        let found: Vec<Record> = self.records.iter().filter(fits).cloned().collect();
        if found.is_empty() {
            let zone = fqdn("example");
            let soa = SOA::new(zone.clone(), zone.clone(), 1, 2, 3, 4, 17);
            answer.add_authority(Record::from_rdata(zone, 17, RData::SOA(soa)));
        } else if !truncated {
            answer.add_answers(found);
        }
        let mut bytes = answer.to_vec().unwrap();
        if self.garbled {
            bytes.truncate(bytes.len() - 3);
        }
        bytes
    }
}

fn fqdn(name: &str) -> Name {
    let mut name = Name::from_str_relaxed(name).unwrap();
    name.set_fqdn(true);
    name
}
