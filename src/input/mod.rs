//! One table of actions, the chords that trigger them, and the user's changes to these.
