//! What a process holds, and whether that grows.

use crate::{TestServer, database};

/// What a server holds at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Vitals {
    /// Resident memory, kB.
    pub memory: u64,
    /// Open file descriptors, connections among them.
    pub files: u64,
    /// Threads.
    pub threads: u64,
    /// Connections to the database; 0 where there is none.
    pub connections: u64,
}

/// A part of [`Vitals`]: its name, how to read it, and by how much it may grow: that or a tenth.
type Part = (&'static str, fn(&Vitals) -> u64, u64);

/// Files and threads come and go with the requests under way; memory with what an allocator keeps.
const PARTS: [Part; 4] = [
    ("memory (kB)", |vitals| vitals.memory, 48_000),
    ("files", |vitals| vitals.files, 24),
    ("threads", |vitals| vitals.threads, 8),
    ("connections", |vitals| vitals.connections, 4),
];

impl Vitals {
    /// Of a running server.
    pub(crate) fn of(server: &TestServer) -> Self {
        let (memory, threads, files) = server.holds();
        Self { memory, files, threads, connections: database::connections().unwrap_or_default() }
    }
}

/// What has grown in the time of these samples, in words; nothing if there are too few to tell.
pub(crate) fn grown(samples: &[Vitals]) -> Vec<String> {
    let found = PARTS.iter().filter_map(|(name, read, allowed)| {
        let (first, last) = ends(samples, *read)?;
        let most = first + (*allowed).max(first / 10);
        (last > most).then(|| format!("{name} grew from {first} to {last}"))
    });
    found.collect()
}

/// The medians of the first and the last fifth of what comes after the first quarter, which is warming up.
pub(crate) fn ends(samples: &[Vitals], read: fn(&Vitals) -> u64) -> Option<(u64, u64)> {
    let warm = &samples[samples.len() / 4..];
    let fifth = warm.len() / 5;
    if fifth < 2 {
        return None;
    }
    let median = |some: &[Vitals]| {
        let mut values: Vec<u64> = some.iter().map(read).collect();
        values.sort_unstable();
        values[values.len() / 2]
    };
    Some((median(&warm[..fifth]), median(&warm[warm.len() - fifth..])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn life(memory: impl Fn(u64) -> u64, files: impl Fn(u64) -> u64) -> Vec<Vitals> {
        (0..100).map(|at| Vitals { memory: memory(at), files: files(at), threads: 20, connections: 0 }).collect()
    }

    #[test]
    fn a_leak_is_found_and_warming_up_is_none() {
        let steady = |at: u64| 300_000 + at % 7 * 1000;
        assert_eq!(grown(&life(steady, |_| 40)), [] as [String; 0]);
        assert_eq!(grown(&life(|at| steady(at) + at.min(20) * 20_000, |_| 40)), [] as [String; 0]);
        assert_eq!(grown(&life(|at| steady(at) + at * 1500, |_| 40)).len(), 1);
        assert_eq!(grown(&life(steady, |at| 40 + at)), ["files grew from 72 to 132"]);
        assert_eq!(grown(&life(steady, |at| 40 + at)[..8]), [] as [String; 0], "too few");
    }
}
