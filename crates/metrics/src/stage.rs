//! Where the time of a request goes.

/// A part of the work on a photo, as the label `stage` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The download, for images given as a URL.
    Fetch,
    /// Waiting for a free worker.
    Wait,
    /// File to pixels.
    Decode,
    /// Pixels to faces.
    Detect,
    /// The aligned face to its template; attributes look at the same network's inside.
    Embed,
    /// Quality, attributes, liveness.
    Measure,
    /// The commit, up to the disk.
    Store,
}

impl Stage {
    /// All of them, in the order of the work.
    pub const ALL: [Self; 7] =
        [Self::Fetch, Self::Wait, Self::Decode, Self::Detect, Self::Embed, Self::Measure, Self::Store];

    /// The label's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fetch => "fetch",
            Self::Wait => "wait",
            Self::Decode => "decode",
            Self::Detect => "detect",
            Self::Embed => "embed",
            Self::Measure => "measure",
            Self::Store => "store",
        }
    }
}
