//! The embedded store: SQLite in WAL mode with group commit.
