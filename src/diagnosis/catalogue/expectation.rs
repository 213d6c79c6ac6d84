//! What its owner expects of a target and no other code says, and of a service.

use super::rule::{Rule, Step, catalogue};
use crate::model::{Code, Impact};

catalogue! {
    EXPECT_VERSION "expect.version" Advice "version below the expected one"
        means "The server accepts versions older than the oldest that this target is expected to accept (min_version)."
        needs "The handshake agreed on an older version than min_version, or the survey found one to be accepted."
        misread "Clients that can do better are not hurt: each gets the newest version that both know. What is accepted counts, whether somebody uses it or not."
        next "Turn the older versions off, after a look at which clients still use them; or lower min_version."
        steps [
            "Find out who still uses them: the negotiated version belongs into the access log.",
            "Turn them off, on every server and load balancer of the name (ssl_protocols, SSLProtocol, ssl-min-ver).",
            "Look again."
                => "tlscope check HOST:PORT",
        ]

    SLO_BURN "slo.burn" Partial "error budget spent too fast"
        means "More handshakes fail than the objective allows, in a long window and still now: at this rate the error budget does not last."
        needs "The failure rate is at least 14.4 times the allowed one in 1 h and 5 m, 6 times in 6 h and 30 m, or 1 time in 3 d and 6 h, and three handshakes or more failed in the shorter window. Probes that failed through our own side are not counted."
        misread "What is counted are probes of this program, not clients: a fault that only some clients meet does not show, and one that only this place meets does."
        next "See which of its targets fail and why, mend the widest cause first, and hold back changes while the budget recovers."
        steps [
            "See what fails now: the incidents below it name the cause.",
            "Look at one failing target with everything that is known."
                => "tlscope check HOST:PORT -v",
            "Undo the last change (certificate, configuration, roll-out) if the failures began with it.",
        ]
}
