//! Failures before a server's TLS is heard over QUIC.

use super::reading::Reading;
use super::{rules, tcp};
use crate::model::{Failure, FailureKind};

pub(super) fn read(failure: &Failure) -> Reading {
    match failure.kind {
        FailureKind::TimedOut => Reading::certain(&rules::QUIC_NO_ANSWER),
        FailureKind::Refused | FailureKind::Rejected { .. } => Reading::certain(&rules::QUIC_REFUSED),
        FailureKind::Incompatible => Reading::certain(&rules::QUIC_VERSION),
        _ => tcp::read(failure),
    }
}

pub(super) fn phrase(failure: &Failure) -> String {
    match &failure.kind {
        FailureKind::TimedOut => "did not answer over QUIC in time".to_owned(),
        FailureKind::Refused => "has nobody listening for QUIC: the port is closed for UDP".to_owned(),
        FailureKind::Rejected { reply } => format!("refused the QUIC connection: {reply}"),
        FailureKind::Incompatible => "speaks no version of QUIC that we do (version 1)".to_owned(),
        _ => tcp::phrase(failure),
    }
}
