//! Failures to connect.

use super::reading::Reading;
use super::rules;
use crate::model::{Failure, FailureKind};

pub(super) fn read(failure: &Failure) -> Reading {
    match failure.kind {
        FailureKind::Refused => Reading::certain(&rules::TCP_REFUSED),
        FailureKind::TimedOut => Reading::certain(&rules::TCP_TIMEOUT),
        FailureKind::Reset | FailureKind::Closed => Reading::certain(&rules::TCP_RESET),
        FailureKind::Unreachable => Reading::certain(&rules::TCP_UNREACHABLE),
        _ => Reading::likely(&rules::TCP_UNREACHABLE),
    }
}

pub(super) fn phrase(failure: &Failure) -> String {
    match failure.kind {
        FailureKind::Refused => "refused the connection".to_owned(),
        FailureKind::TimedOut => "did not answer the connection attempt in time".to_owned(),
        FailureKind::Reset | FailureKind::Closed => "reset the connection before TLS began".to_owned(),
        _ => format!("could not be reached: {}", failure.detail),
    }
}
