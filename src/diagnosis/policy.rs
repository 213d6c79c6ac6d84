//! Thresholds: when a fact becomes a warning, critical, a page.

use std::time::Duration;

/// What the user's thresholds make of facts. Factors are of R, the time left at the expected renewal point.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// `cert.expiring` warns below this share of R.
    pub expiring_warning: f64,
    /// … is critical below this one.
    pub expiring_critical: f64,
    /// … pages below this one.
    pub expiring_page: f64,
    /// TLS phase above which `tls.slow` speaks.
    pub max_latency: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self { expiring_warning: 0.6, expiring_critical: 0.3, expiring_page: 0.1, max_latency: Duration::from_secs(1) }
    }
}
