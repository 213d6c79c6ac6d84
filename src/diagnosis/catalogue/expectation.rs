//! What a target's owner expects of it, and no other code says.

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
}
