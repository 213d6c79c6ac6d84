//! One file per format over a verdict or a snapshot.
