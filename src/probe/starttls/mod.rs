//! The conversations that lead to TLS, one file per protocol.
//!
//! Each takes what the peer says as it comes, within the limits of [`Talk`], notes what is worth knowing, and ends with
//! the peer's agreement or with the reason why there is none. None reads a byte that belongs to TLS.

mod ftp;
mod imap;
mod ldap;
mod listing;
mod mysql;
mod notes;
mod packets;
mod postgres;
mod rdp;
mod sieve;
mod smtp;
mod tds;
mod xmpp;

use std::net::IpAddr;

pub(super) use self::notes::Notes;
pub(super) use self::packets::Packets;
use super::talk::{Stop, Stream, Talk};
use crate::model::Protocol;

/// Who speaks to whom.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parties<'a> {
    /// The name the peer is asked for.
    pub(super) name: &'a str,
    /// Our address, as far as we know it.
    pub(super) us: Option<IpAddr>,
}

/// Holds the conversation of `protocol` up to the peer's agreement: the next byte either side sends is TLS.
pub(super) async fn upgrade<S: Stream>(
    protocol: Protocol,
    talk: &mut Talk<S>,
    notes: &mut Notes,
    parties: Parties<'_>,
) -> Result<(), Stop> {
    match protocol {
        Protocol::Tls | Protocol::H3 => return Ok(()),
        Protocol::Smtp | Protocol::Submission => smtp::upgrade(smtp::Hello::Ehlo, talk, notes, parties.us).await?,
        Protocol::Lmtp => smtp::upgrade(smtp::Hello::Lhlo, talk, notes, parties.us).await?,
        Protocol::Imap => imap::upgrade(talk, notes).await?,
        Protocol::Pop3 => listing::upgrade(listing::Dialect::Pop3, talk, notes).await?,
        Protocol::Ftp => ftp::upgrade(talk, notes).await?,
        Protocol::Ldap => ldap::upgrade(talk, notes).await?,
        Protocol::Xmpp => xmpp::upgrade(xmpp::Side::Client, talk, notes, parties.name).await?,
        Protocol::XmppServer => xmpp::upgrade(xmpp::Side::Server, talk, notes, parties.name).await?,
        Protocol::Sieve => sieve::upgrade(talk, notes).await?,
        Protocol::Nntp => listing::upgrade(listing::Dialect::Nntp, talk, notes).await?,
        Protocol::Postgres => postgres::upgrade(talk, notes).await?,
        Protocol::Mysql => mysql::upgrade(talk, notes).await?,
        Protocol::Tds => tds::upgrade(talk, notes).await?,
        Protocol::Rdp => rdp::upgrade(talk, notes).await?,
    }
    notes.accept(talk.ahead());
    Ok(())
}

#[cfg(test)]
mod tests;
