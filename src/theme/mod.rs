//! Roles, theme files, colours and glyphs. Views name roles; only this room names colours.
