//! The embedded fleet: a certificate authority and real TLS servers on loopback, healthy and faulty.
