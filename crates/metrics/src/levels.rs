//! What stands at a moment, asked for when somebody looks.

/// How full things are now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    /// Photos that wait for a worker.
    pub waiting: usize,
    /// Workers.
    pub workers: usize,
    /// Workers at work.
    pub busy: usize,
    /// Templates that searches look at, where the server holds them itself; a database has figures of its own.
    pub templates: Option<usize>,
}
