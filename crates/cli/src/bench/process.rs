//! What the system tells of a process and its children: CPU time and memory, from /proc.

use std::collections::HashMap;
use std::fs;

/// A process with its descendants, by the process id.
#[derive(Clone, Copy, Debug)]
pub struct Family(pub u32);

/// What they hold and have used.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// Seconds of all threads, user and system.
    pub cpu: f64,
    /// Resident bytes; what processes share counts for each.
    pub resident: u64,
    /// The most that each has ever had resident.
    pub peak: u64,
}

impl Family {
    /// `None` where there is no /proc, or no such process any more.
    pub fn usage(self) -> Option<Usage> {
        let mut sum = Usage::default();
        for pid in self.members()? {
            // A child may end while it is looked at.
            let Some(one) = usage(pid) else { continue };
            sum.cpu += one.cpu;
            sum.resident += one.resident;
            sum.peak += one.peak;
        }
        (sum.resident > 0).then_some(sum)
    }

    /// CPU seconds of the process itself, its children not counted.
    pub fn cpu(self) -> Option<f64> {
        usage(self.0).map(|usage| usage.cpu)
    }

    /// Resident bytes in which what processes share is divided among them. Takes the kernel milliseconds.
    pub fn proportional(self) -> Option<u64> {
        let rollup = |pid| fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok();
        // A child that has ended meanwhile holds nothing.
        let held = |pid| kib(&rollup(pid)?, "Pss:");
        Some(held(self.0)? + self.members()?.into_iter().filter(|pid| *pid != self.0).filter_map(held).sum::<u64>())
    }

    fn members(self) -> Option<Vec<u32>> {
        let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
        for entry in fs::read_dir("/proc").ok()?.flatten() {
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
            let Some(parent) = stat(pid).and_then(|fields| fields.get(1)?.parse().ok()) else { continue };
            children.entry(parent).or_default().push(pid);
        }
        let (mut members, mut next) = (vec![self.0], 0);
        while let Some(pid) = members.get(next) {
            members.extend(children.remove(pid).unwrap_or_default());
            next += 1;
        }
        Some(members)
    }
}

fn usage(pid: u32) -> Option<Usage> {
    let fields = stat(pid)?;
    let ticks = |index: usize| fields.get(index)?.parse::<f64>().ok();
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    Some(Usage {
        cpu: (ticks(11)? + ticks(12)?) / rustix::param::clock_ticks_per_second() as f64,
        resident: kib(&status, "VmRSS:")?,
        peak: kib(&status, "VmHWM:")?,
    })
}

/// The fields of `stat` from the state on: the name before it may hold anything.
fn stat(pid: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = text.rsplit_once(')')?;
    Some(fields.split_whitespace().map(str::to_owned).collect())
}

/// Bytes behind a name in a file of `Name:  123 kB`.
fn kib(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn work_and_children_are_seen() {
        let me = Family(std::process::id());
        let before = me.usage().unwrap();
        let started = std::time::Instant::now();
        let mut sum = 0u64;
        while started.elapsed().as_millis() < 300 {
            sum = std::hint::black_box(sum.wrapping_mul(31) + 1);
        }
        let after = me.usage().unwrap();
        assert!(after.cpu - before.cpu > 0.02, "{} s", after.cpu - before.cpu);
        assert!(after.resident > 1 << 20 && after.peak >= after.resident / 2);
        assert!(me.proportional().is_some_and(|bytes| bytes > 1 << 20));
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        assert!(me.members().unwrap().contains(&child.id()));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(Family(child.id()).usage().is_none());
    }
}
