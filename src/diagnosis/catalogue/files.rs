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

    FILE_UNPARSEABLE "file.unparseable" Partial "unreadable part of a file"
        means "A part of a file that should be a certificate or a key cannot be read; the rest of the file is."
        needs "A block or entry that says what it is and is not: number, byte and the parser's reason are in the evidence."
        misread "Texts that only explain certificates have such blocks as examples: leave them out with --exclude or a .tlscopeignore file."
        next "Replace that part of the file, or the file from where it was issued."
        steps [
            "Look at the place: a lost line, a copy that was cut off, two blocks without a line break between them."
                => "tail -c +BYTE FILE | head -5",
            "Put back the file as it was issued, or issue it anew; then reload what reads it.",
        ]

    FILE_KEY_MISMATCH "file.key_mismatch" Outage "key of another certificate"
        means "The private key beside a certificate is another one's: a server that loads both does not start."
        needs "The public part of the key, by SHA-256, is in no certificate of the same file; or, as likely, of the file that is named like it in the same directory."
        misread "A renewal under way shows it for a moment, between one file and the next. A running server goes on with what it has loaded: it shows at the next reload or start."
        next "Put the key that the certificate was requested with beside it, or issue a certificate for this key."
        steps [
            "Do not reload the server before this is mended.",
            "Compare the two public keys."
                => "openssl pkey -in KEY -pubout | sha256sum; openssl x509 -in FILE -noout -pubkey | sha256sum",
            "Find the right key in a backup, else request a certificate with this key."
                => "openssl req -new -key KEY -out NEW.csr",
        ]

    FILE_BROKEN_LINK "file.broken_link" Partial "link leads nowhere"
        means "A symbolic link points to a file that is not there, or in a circle: whoever opens it gets nothing."
        needs "The link exists and the system finds no file behind it."
        misread "It may have been left behind on purpose by a package that is gone: links that neither are called as certificates are nor stand beside some are told as advice. In a container the target may exist for others only."
        next "Point the link to the file that is meant, or remove it."
        steps [
            "See where it points, and what is there."
                => "namei -l FILE",
            "After certbot: let it mend its own links."
                => "certbot update_symlinks",
        ]

    FILE_NEEDS_PASSWORD "file.needs_password" Inconclusive "password needed"
        means "The whole file is encrypted, and none of the passwords fits: what is in it could not be looked at."
        needs "The empty password and all given ones were tried."
        misread "The certificates in it may be expired: nothing is said about them."
        next "Give its password: in the first line of a file with --password-file, or in TLSCOPE_PASSWORD."
        steps [
            "Write the password into a file that only you can read, and name it."
                => "tlscope inventory --password-file FILE PATH",
            "If nobody knows it, replace the file while its content is still served somewhere.",
        ]

    FILE_NOT_REVIEWED "file.not_reviewed" Inconclusive "not looked at"
        means "A file or directory could not be looked at, or is beyond a limit: what is in it is not known."
        needs "The system's refusal, or the limit and the option that moves it, is in the evidence."
        misread "It says nothing bad about the file. Directories of keys are closed to others on purpose."
        next "Look again with the rights of the owner, or with a higher limit."
        steps [
            "See who may read it."
                => "namei -l FILE",
            "Review again as somebody who may."
                => "sudo tlscope inventory PATH",
        ]

    FILE_KEY_READABLE "file.key_readable" Advice "private key readable by others"
        means "The permissions of a file with a private key let others than its owner read it."
        needs "The file's mode gives read permission to its group or to everyone. Directories above it, and access lists, are not considered."
        misread "A group made for it, as ssl-cert, is a common and good way; with a closed directory above, nobody else gets there. A key that is encrypted is less urgent."
        next "Take the permission away, unless the group is meant to read it; if everyone could, replace the key."
        steps [
            "See who could read it."
                => "namei -l FILE",
            "Close it."
                => "chmod o-rwx FILE",
            "If untrusted users could read it, issue a certificate with a new key and revoke this one.",
        ]

    FILE_KEY_MISSING "file.key_missing" Advice "no key for a certificate"
        means "A certificate lies where others have their keys with them, and its own key is not there."
        needs "No private key among the files that were looked at has its public key, while other keys in that directory have their certificates."
        misread "The key may be elsewhere, in a security module, or on another machine."
        next "Look for its key, or remove the certificate if it is not used any more."
        steps [
            "See whether the certificate is still in use."
                => "openssl x509 -in FILE -noout -subject -dates",
            "Review the directory with the key as well."
                => "tlscope inventory PATH KEYDIRECTORY",
        ]

    FILE_KEY_ENCRYPTED "file.key_encrypted" Advice "encrypted key not compared"
        means "The private key is protected with a password that was not given, so whether it belongs to the certificate is not known."
        needs "A key that says it is encrypted, and that no given password opens; some ways are not opened at all: OpenSSL's own from before PKCS#8 (Proc-Type), those of a JCEKS, and ciphers other than AES and 3DES."
        misread "It is no fault: encrypted keys are safer. A server needs the password at every start, though."
        next "Give the password with --password-file if you want the key compared, or compare the two public keys by hand."
        steps [
            "Review with the password."
                => "tlscope inventory --password-file FILE PATH",
            "Or compare by hand."
                => "openssl pkey -in KEY -pubout | sha256sum; openssl x509 -in FILE -noout -pubkey | sha256sum",
        ]

    FILE_DUPLICATE "file.duplicate" Advice "kept in several places"
        means "The same certificate or private key is kept in several directories: a renewal has to reach all of them."
        needs "Equal certificates by SHA-256 in files of different directories; or keys with the same public part. Links to one file do not count."
        misread "Copies are how many deployments work; it matters when one of them was forgotten."
        next "Let renewals replace all copies, or replace the copies by links to one file."
        steps [
            "See that all are of one generation."
                => "tlscope inventory --format csv PATH",
            "Name all places in the hook that runs after a renewal.",
        ]
}
