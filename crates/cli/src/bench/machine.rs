//! The machine that was measured: a figure without it says nothing.

use std::collections::BTreeSet;
use std::fs;

use serde::Serialize;

/// Instruction sets that decide how fast networks run.
const TELLING: &[&str] = &[
    "avx2",
    "avx512f",
    "avx512_vnni",
    "avx_vnni",
    "avx512_bf16",
    "amx_tile",
    "amx_int8",
    "amx_bf16",
    "asimd",
    "i8mm",
    "bf16",
    "sve",
];

/// What the system tells of it; unknown parts are empty.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    pub processor: String,
    pub cores: usize,
    pub features: Vec<&'static str>,
    pub memory_bytes: u64,
    pub system: String,
}

impl Machine {
    pub fn here() -> Self {
        let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let flags: BTreeSet<&str> =
            value(&cpu, "flags").or_else(|| value(&cpu, "Features")).unwrap_or_default().split(' ').collect();
        let total = value(&memory, "MemTotal").and_then(|text| text.trim_end_matches(" kB").parse::<u64>().ok());
        Self {
            processor: value(&cpu, "model name").unwrap_or(std::env::consts::ARCH).to_owned(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            features: TELLING.iter().copied().filter(|name| flags.contains(name)).collect(),
            memory_bytes: total.unwrap_or_default() * 1024,
            system: format!("{} {}", std::env::consts::OS, kernel.trim()).trim().to_owned(),
        }
    }

    /// One line.
    pub fn text(&self) -> String {
        let (cores, gib) = (self.cores, (self.memory_bytes as f64 / f64::from(1 << 30)).round());
        format!("{}, {cores} cores ({}), {gib} GiB, {}", self.processor, self.features.join(" "), self.system)
    }
}

/// The first value of a name in a file of `name : value`.
fn value<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        (found.trim() == name).then_some(value.trim())
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #[test]
    fn this_machine_is_described() {
        let machine = super::Machine::here();
        assert!(machine.cores > 0 && machine.memory_bytes > 1 << 28 && !machine.processor.is_empty());
        assert!(machine.text().contains("linux"), "{}", machine.text());
    }
}
