//! What a file was found to hold. Nothing in here is secret: of a private key only its public part is kept.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Certificate, ClusterObject, Fingerprint, Time, Untrusted};

/// A file that holds certificates or keys, or that could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundFile {
    /// The path by which it was reached first; of what stands in a manifest, `secret/NAMESPACE/NAME[KEY]`.
    pub path: PathBuf,
    /// Further paths that lead to the same file: links, symbolic and hard, and the manifest that it stands in.
    pub also: Vec<PathBuf>,
    /// Permission bits; none where there is no file behind, as for standard input.
    pub mode: Option<u32>,
    /// What is in it.
    pub content: FileContent,
}

/// What is in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileContent {
    /// It was read.
    Parts {
        /// How it is written.
        format: FileFormat,
        /// Its parts, in the order of the file.
        parts: Vec<FilePart>,
    },
    /// Nothing in it can be read without a password that was not given.
    Locked {
        /// How it is written.
        format: FileFormat,
        /// Passwords tried, the empty one included.
        tried: usize,
    },
    /// It was not looked at.
    Unread(Unread),
    /// It is an object of a cluster that leads to certificates.
    Object(Box<ClusterObject>),
}

impl FoundFile {
    /// Its path as it may be shown.
    #[must_use]
    pub fn name(&self) -> Untrusted {
        visible_path(&self.path)
    }

    /// How it is written, where that is known.
    #[must_use]
    pub const fn format(&self) -> Option<FileFormat> {
        match &self.content {
            FileContent::Parts { format, .. } | FileContent::Locked { format, .. } => Some(*format),
            FileContent::Object(_) => Some(FileFormat::Kubernetes),
            FileContent::Unread(_) => None,
        }
    }

    /// Its parts; none of what could not be read.
    #[must_use]
    pub fn parts(&self) -> &[FilePart] {
        match &self.content {
            FileContent::Parts { parts, .. } => parts,
            FileContent::Locked { .. } | FileContent::Object(_) | FileContent::Unread(_) => &[],
        }
    }

    /// The object of a cluster that it is.
    #[must_use]
    pub const fn object(&self) -> Option<&ClusterObject> {
        match &self.content {
            FileContent::Object(object) => Some(object),
            _ => None,
        }
    }

    /// Its certificates, in the order of the file.
    pub fn certificates(&self) -> impl Iterator<Item = &Arc<Certificate>> {
        self.parts().iter().filter_map(|part| match &part.held {
            Held::Certificate(certificate) => Some(certificate),
            _ => None,
        })
    }

    /// Its private keys, in the order of the file.
    pub fn keys(&self) -> impl Iterator<Item = &HeldKey> {
        self.parts().iter().filter_map(|part| match &part.held {
            Held::Key(key) => Some(key),
            _ => None,
        })
    }
}

/// A path as it may be shown.
#[must_use]
pub fn visible_path(path: &Path) -> Untrusted {
    Untrusted::from_bytes(path.as_os_str().as_encoded_bytes())
}

/// How certificates and keys are written into a file; told by content, never by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileFormat {
    /// Blocks of base64 between dashes (RFC 7468).
    Pem,
    /// The bare encoding.
    Der,
    /// PKCS#7, `SignedData` without signers (RFC 2315, RFC 5652).
    Pkcs7,
    /// PKCS#12 (RFC 7292).
    Pkcs12,
    /// Java's own keystore.
    Jks,
    /// The keystore of Java's cryptography extension.
    Jceks,
    /// A configuration of `kubectl`.
    Kubeconfig,
    /// What `kubectl get … -o json|yaml` prints.
    Kubernetes,
    /// Traefik's `acme.json`.
    Traefik,
}

impl FileFormat {
    /// Its name in output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pem => "pem",
            Self::Der => "der",
            Self::Pkcs7 => "pkcs7",
            Self::Pkcs12 => "pkcs12",
            Self::Jks => "jks",
            Self::Jceks => "jceks",
            Self::Kubeconfig => "kubeconfig",
            Self::Kubernetes => "kubernetes",
            Self::Traefik => "traefik",
        }
    }
}

/// One part of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePart {
    /// Its number among the file's blocks or entries, from 1.
    pub number: usize,
    /// Where it begins, in bytes from the file's start; none inside of what was decrypted.
    pub offset: Option<usize>,
    /// What the file calls it: a keystore's alias, a user of `kubectl`.
    pub alias: Option<Untrusted>,
    /// What it is.
    pub held: Held,
}

/// What a part of a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// A certificate.
    Certificate(Arc<Certificate>),
    /// A private key's public side.
    Key(HeldKey),
    /// A request for a certificate (RFC 2986).
    Request {
        /// For whom.
        subject: Untrusted,
        /// SHA-256 of its public key.
        spki: Fingerprint,
    },
    /// A list of revoked certificates (RFC 5280 section 5).
    RevocationList {
        /// Who says so.
        issuer: Untrusted,
        /// When a newer one is due.
        next_update: Option<Time>,
    },
    /// It could not be read.
    Unreadable {
        /// What it says it is.
        what: Untrusted,
        /// Why not.
        reason: Untrusted,
    },
}

/// A private key as far as it may be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldKey {
    /// Whether the file protects it with a password.
    pub encrypted: bool,
    /// SHA-256 of its `SubjectPublicKeyInfo`; none when it could not be opened, or is of a kind that cannot be told.
    pub spki: Option<Fingerprint>,
}

/// Why a path was not looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// A link that leads nowhere, or in a circle.
    BrokenLink {
        /// Where it points.
        target: PathBuf,
    },
    /// The system refused.
    Refused {
        /// In its words.
        reason: String,
    },
    /// It is beyond a limit of ours.
    Limit {
        /// What is limited, with the number.
        limit: String,
        /// The option that moves it.
        option: &'static str,
    },
    /// The rest of it is beyond a limit that no option moves; what comes before was looked at.
    Rest {
        /// What is limited, with the number.
        limit: String,
    },
}
