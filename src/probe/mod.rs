//! The only I/O to targets: resolve, connect, handshake, trust. Returns evidence, judges nothing.
