//! What one authority has issued and revoked, as it tells everybody who asks.

use std::ops::Range;

use rcgen::{
    CertificateRevocationListParams, Issuer, KeyIdMethod, KeyPair, RevocationReason, RevokedCertParams, SerialNumber,
};
use time::OffsetDateTime;

use super::ocsp::{INTERNAL_ERROR, MALFORMED, Signer, Standing, Term, UNAUTHORIZED, asked};
use crate::model::Time;

/// Everything that can be asked about.
pub(super) struct Register {
    /// The authority's name, as DER.
    name: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
    /// Serial numbers that were given out.
    serials: Range<u64>,
    revoked: Vec<(u64, Time)>,
    /// DER of the revocation list.
    list: Vec<u8>,
}

impl Register {
    /// Closes the books: what was issued, and which of it was revoked.
    pub(super) fn new(
        name: Vec<u8>,
        issuer: Issuer<'static, KeyPair>,
        serials: Range<u64>,
        revoked: Vec<(u64, Time)>,
        now: Time,
    ) -> Result<Self, rcgen::Error> {
        let entry = |(serial, at): &(u64, Time)| {
            Ok(RevokedCertParams {
                serial_number: SerialNumber::from(*serial),
                revocation_time: moment(*at)?,
                reason_code: Some(RevocationReason::KeyCompromise),
                invalidity_date: None,
            })
        };
        let term = Term::around(now);
        let params = CertificateRevocationListParams {
            this_update: moment(term.from)?,
            next_update: moment(term.until)?,
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: revoked.iter().map(entry).collect::<Result<_, rcgen::Error>>()?,
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let list = params.signed_by(&issuer)?.der().to_vec();
        Ok(Self { name, issuer, serials, revoked, list })
    }

    /// DER of the revocation list.
    pub(super) fn list(&self) -> &[u8] {
        &self.list
    }

    /// The answer to an OCSP request.
    pub(super) fn answer(&self, request: &[u8], now: Time) -> Vec<u8> {
        let signer = Signer { name: &self.name, key: self.issuer.key() };
        let Ok((id, serial)) = asked(request) else { return MALFORMED.to_vec() };
        let Some(serial) = serial.filter(|serial| signer.id(*serial) == id) else { return UNAUTHORIZED.to_vec() };
        signer.response(serial, self.standing(serial), Term::around(now)).unwrap_or_else(|_| INTERNAL_ERROR.to_vec())
    }

    fn standing(&self, serial: u64) -> Standing {
        let revoked = self.revoked.iter().find(|(revoked, _)| *revoked == serial);
        match revoked {
            Some((_, at)) => Standing::Revoked(*at),
            None if self.serials.contains(&serial) => Standing::Good,
            None => Standing::Unknown,
        }
    }
}

/// A moment as certificates and lists have it.
pub(super) fn moment(at: Time) -> Result<OffsetDateTime, rcgen::Error> {
    OffsetDateTime::from_unix_timestamp(at.secs()).map_err(|_| rcgen::Error::Time)
}
