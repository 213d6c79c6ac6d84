//! Defaults, file, environment and flags, folded into one checked, immutable value.
