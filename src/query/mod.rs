//! The filter language of `/` and `--filter`: parsed once, evaluated against anything with named fields.
