//! Faults of our own side, ruled out before anyone else is blamed.

use std::net::IpAddr;

use super::reading::Reading;
use super::rules;
use crate::model::{Failure, FailureKind};

/// `EMFILE` and `ENFILE`, as the operating systems word them.
const NO_DESCRIPTORS: [&str; 3] = ["Too many open files", "os error 24)", "os error 23)"];

/// `ENETUNREACH` on Linux, macOS and Windows. It comes at once from our own routing table;
/// a host that is away is `EHOSTUNREACH`.
const NO_ROUTE: [&str; 4] = ["etwork is unreachable", "os error 101)", "os error 51)", "os error 10051)"];

/// `EADDRNOTAVAIL` and `EAFNOSUPPORT`: how IPv6 fails where it is turned off.
const NO_FAMILY: [&str; 4] = ["os error 99)", "os error 97)", "os error 49)", "os error 47)"];

pub(super) fn read(failure: &Failure, ip: Option<IpAddr>) -> Option<Reading> {
    let says = |words: &[&str]| words.iter().any(|word| failure.detail.as_str().contains(word));
    let v6 = ip.is_some_and(|ip| ip.is_ipv6());
    match failure.kind {
        FailureKind::Local | FailureKind::Unreachable if v6 && says(&NO_ROUTE) => {
            Some(Reading::likely(&rules::LOCAL_NO_IPV6))
        }
        FailureKind::Local | FailureKind::Unreachable if says(&NO_ROUTE) => {
            Some(Reading::likely(&rules::LOCAL_NO_ROUTE))
        }
        FailureKind::Local if v6 && says(&NO_FAMILY) => Some(Reading::likely(&rules::LOCAL_NO_IPV6)),
        FailureKind::Local if says(&NO_DESCRIPTORS) => Some(Reading::certain(&rules::LOCAL_FD_LIMIT)),
        FailureKind::Local => Some(Reading::certain(&rules::LOCAL_FAULT)),
        _ => None,
    }
}
