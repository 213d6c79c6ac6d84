//! The wiring: the only room that knows all others. Event loop, terminal, signals, effects.
