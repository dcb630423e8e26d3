//! Energy of the processor packages, where the machine tells (RAPL).

use std::fs;
use std::path::PathBuf;

/// Counters of all packages.
#[derive(Debug)]
pub struct Energy {
    packages: Vec<Package>,
}

#[derive(Debug)]
struct Package {
    folder: PathBuf,
    start: u64,
}

impl Energy {
    /// Starts counting. `None` where there are no counters or only the administrator may read them.
    pub fn start() -> Option<Self> {
        let mut packages = Vec::new();
        for entry in fs::read_dir("/sys/class/powercap").ok()?.flatten() {
            let folder = entry.path();
            // A package has one colon in its name; its parts, which it includes, have two.
            let package = entry.file_name().to_str().is_some_and(|name| name.matches(':').count() == 1);
            if let Some(start) = read(&folder, "energy_uj").filter(|_| package) {
                packages.push(Package { folder, start });
            }
        }
        (!packages.is_empty()).then_some(Self { packages })
    }

    /// Joules since the start, of the whole machine.
    pub fn joules(&self) -> Option<f64> {
        let mut sum = 0;
        for package in &self.packages {
            let now = read(&package.folder, "energy_uj")?;
            let range = read(&package.folder, "max_energy_range_uj").unwrap_or(u64::MAX);
            sum += since(package.start, now, range);
        }
        Some(sum as f64 / 1e6)
    }
}

/// The counter begins anew at its range.
fn since(start: u64, now: u64, range: u64) -> u64 {
    if now >= start { now - start } else { range.saturating_sub(start) + now }
}

fn read(folder: &std::path::Path, name: &str) -> Option<u64> {
    fs::read_to_string(folder.join(name)).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_counter_that_began_anew_is_understood() {
        assert_eq!((super::since(10, 25, 100), super::since(90, 5, 100)), (15, 15));
    }
}
