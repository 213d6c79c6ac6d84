//! Files on disk.

use super::rule::{Rule, Step, catalogue};
use crate::model::{Code, Impact};

catalogue! {
    FILE_BROKEN_REFERENCE "file.broken_reference" Pending "file that is named is not there"
        means "A certificate file that the configuration names is not there, or has no certificate that can be read: the next reload fails, or goes on with the old one."
        needs "The path is named as the certificate file of a target or in a server's configuration, and reading it failed for the reason given."
        misread "What is served now is not touched by it: servers keep the certificate in memory until they are reloaded. tlscope may lack the right to read what the server can."
        next "Put the file in its place, or mend the path, before anything is reloaded."
        steps [
            "Look at the path with all its links, and at who may read it."
                => "namei -l FILE",
            "If the file was removed by a clean-up or a failed renewal, put it back.",
            "Test the configuration before the next reload."
                => "nginx -t",
        ]
}
