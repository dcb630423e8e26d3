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

/// A part of [`Vitals`]: its name, how to read it, and by how much it may grow in a short life (that or a tenth) and in a long one.
type Part = (&'static str, fn(&Vitals) -> u64, u64, u64);

/// Samples of a long life: its medians are of many requests, and a server has settled by its first quarter.
const LONG: usize = 100;
/// Files and threads come and go with the requests under way; memory with what an allocator keeps.
const PARTS: [Part; 4] = [
    ("memory (kB)", |vitals| vitals.memory, 48_000, 8_000),
    ("files", |vitals| vitals.files, 24, 4),
    ("threads", |vitals| vitals.threads, 8, 2),
    ("connections", |vitals| vitals.connections, 4, 1),
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
    let found = PARTS.iter().filter_map(|(name, read, short, long)| {
        let (first, last) = ends(samples, *read)?;
        let most = first + if samples.len() < LONG { (*short).max(first / 10) } else { *long };
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
        // Slow ones show in a long life only.
        let slow = life(|at| steady(at) + at * 200, |at| 40 + at / 10);
        assert_eq!(grown(&slow[..99]), [] as [String; 0]);
        assert_eq!(grown(&slow), ["memory (kB) grew from 309400 to 320800", "files grew from 43 to 49"]);
    }
}
