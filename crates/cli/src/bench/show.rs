//! The numbers of a bench for people: tables and plots; and the JSON where it is wanted.

use std::path::Path;

use anyhow::{Context, Result};
use facegate_evaluation::report::{Axis, Plot, Table, number, percent, tables};

use super::args::BenchArgs;
use super::report::{Outcome, Run};
use crate::output::say;

/// Prints and writes what the arguments ask for.
pub fn give(outcome: &Outcome, args: &BenchArgs) -> Result<()> {
    if let Some(folder) = &args.plots {
        std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        for (name, plot) in plots(outcome) {
            write(&folder.join(name), plot.svg()?)?;
        }
    }
    let json = serde_json::to_string_pretty(outcome)?;
    if args.json.as_deref() == Some(Path::new("-")) {
        say(&json);
        return Ok(());
    }
    if let Some(path) = &args.json {
        write(path, json + "\n")?;
    }
    say(&format!("{}\n\n{}", head(outcome), tables(&all(outcome))));
    Ok(())
}

fn write(path: &Path, text: String) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
}

fn head(outcome: &Outcome) -> String {
    let Outcome { date, version, command, photos, path, .. } = outcome;
    let start = outcome.start.as_ref().map_or_else(String::new, |start| {
        let idle = mb(start.idle_resident);
        let (ready, disk) = (number(start.ready_seconds, 2), start.file_system);
        format!("\nstart: ready after {ready} s, {idle} MB before the first request; store on {disk}")
    });
    format!("facegate {version}, {date}: {command}\n{}\nPOST {path}, {photos} photos{start}", outcome.machine.text())
}

fn all(outcome: &Outcome) -> Vec<Table> {
    let mut found = vec![loads(&outcome.runs)];
    if let Some(over) = &outcome.overload {
        let mut table = Table::new("Overload", &["what", "found"]);
        table.row(["served a second / the most it serves".to_owned(), percent(over.goodput_ratio)]);
        table.row(["p99 of the served / p99 of one at a time".to_owned(), number(over.p99_ratio, 2)]);
        table.row(["refused within 50 ms".to_owned(), percent(over.refused_promptly)]);
        table.row(["time to a refusal, p99 and worst, ms".to_owned(), two(over.refused_p99_ms, over.refused_max_ms)]);
        found.push(table);
    }
    found
}

/// A column for each load.
fn loads(runs: &[Run]) -> Table {
    let names: Vec<&str> = std::iter::once("load").chain(runs.iter().map(|run| run.name.as_str())).collect();
    let mut table = Table::new("Loads", &names)
        .noted("MB are 10^6 bytes; times are of served requests unless a row says otherwise");
    let mut row = |name: &str, value: &dyn Fn(&Run) -> String| {
        table.row(std::iter::once(name.to_owned()).chain(runs.iter().map(value)));
    };
    row("requests under way", &|r| r.concurrency.map_or("–".into(), |count| count.to_string()));
    row("sent a second", &|r| r.rate.map_or("–".into(), |rate| number(rate, 1)));
    row("served a second", &|r| number(r.served_per_second, 1));
    row("served", &|r| r.counted.served.count.to_string());
    row("p50, ms", &|r| number(r.counted.served.p50, 1));
    row("p95, ms", &|r| number(r.counted.served.p95, 1));
    row("p99, ms", &|r| number(r.counted.served.p99, 1));
    row("worst, ms", &|r| number(r.counted.served.max, 1));
    row("refused (429, 503)", &|r| r.counted.refused.count.to_string());
    if runs.iter().any(|run| run.counted.refused.count > 0) {
        row("refused: p50 and p99, ms", &|r| two(r.counted.refused.p50, r.counted.refused.p99));
        row("refused within 50 ms", &|r| percent(r.counted.refused_promptly));
    }
    row("failed", &|r| failed(r));
    row("server CPU a served request, ms", &|r| r.cpu_ms_per_request.map_or("unknown".into(), |ms| number(ms, 2)));
    row("this program's CPU, ms", &|r| r.client_cpu_ms_per_request.map_or("unknown".into(), |ms| number(ms, 2)));
    row("server memory at the end, MB", &|r| mb(r.cost.resident));
    row("server memory at its peak, MB", &|r| mb(r.cost.peak_resident));
    row("energy a served request, J", &|r| {
        r.joules_per_request.map_or("the machine does not tell".into(), |joules| number(joules, 2))
    });
    table
}

fn failed(run: &Run) -> String {
    let counted = &run.counted;
    let fails = |status: &&String| !status.starts_with('2') && !matches!(status.as_str(), "429" | "503");
    let kinds: Vec<_> =
        counted.statuses.keys().filter(fails).map(|s| format!("{s}: {}", counted.statuses[s])).collect();
    if kinds.is_empty() { "0".to_owned() } else { kinds.join(", ") }
}

fn two(a: f64, b: f64) -> String {
    format!("{}, {}", number(a, 1), number(b, 1))
}

fn mb(bytes: Option<u64>) -> String {
    bytes.map_or("unknown".into(), |bytes| number(bytes as f64 / 1e6, 0))
}

/// Latency and memory; what has no points is not drawn.
fn plots(outcome: &Outcome) -> Vec<(&'static str, Plot)> {
    let named = |points: &dyn Fn(&Run) -> Vec<(f64, f64)>| -> Vec<(String, Vec<(f64, f64)>)> {
        outcome.runs.iter().map(|run| (run.name.clone(), points(run))).filter(|(_, p)| p.len() > 1).collect()
    };
    let latency = named(&|run| run.counted.served.curve.clone());
    let memory = named(&|run| run.cost.resident_curve.iter().map(|(at, bytes)| (*at, *bytes as f64 / 1e6)).collect());
    let extent = |lines: &[(String, Vec<(f64, f64)>)], pick: fn(&(f64, f64)) -> f64| {
        let values = || lines.iter().flat_map(|(_, points)| points.iter().map(pick));
        (values().fold(f64::MAX, f64::min), values().fold(f64::MIN, f64::max))
    };
    let mut found = Vec::new();
    if !latency.is_empty() {
        let (rarest, times) = (extent(&latency, |p| p.0).0, extent(&latency, |p| p.1));
        let x = Axis::log("share of requests that took longer", rarest, 1.0);
        let y = Axis::log("time, ms", times.0.max(0.01) * 0.9, times.1.max(0.02) * 1.1);
        found.push(("latency.svg", Plot { title: "Time of served requests".into(), x, y, lines: latency }));
    }
    if !memory.is_empty() {
        let (end, most) = (extent(&memory, |p| p.0).1, extent(&memory, |p| p.1).1);
        let x = Axis::linear("seconds", 0.0, end.max(1.0));
        let y = Axis::linear("resident, MB", 0.0, most * 1.1);
        found.push(("memory.svg", Plot { title: "Memory of the server".into(), x, y, lines: memory }));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::load::Pace;
    use super::super::meter::Cost;
    use super::super::tally::Tally;
    use super::*;
    use std::time::Duration;

    fn run() -> Run {
        let mut tally = Tally::new().unwrap();
        (1..50).for_each(|ms| tally.record(Some(200), Duration::from_millis(ms)));
        tally.record(Some(400), Duration::from_millis(1));
        let resident_curve = vec![(0.0, 90_000_000), (1.0, 100_000_000)];
        let cost = Cost { seconds: 1.0, cpu_seconds: Some(0.49), resident_curve, ..Cost::default() };
        Run::new("closed loop", Pace::Closed(2), 49, tally.counted(), cost)
    }

    #[test]
    fn a_table_says_what_was_found_and_what_is_not_known() {
        let text = tables(&[loads(&[run()])]);
        for expected in ["49.0", "400: 1", "10.00", "unknown", "does not tell"] {
            assert!(text.contains(expected), "{expected}\n{text}");
        }
    }

    #[test]
    fn plots_are_drawn() {
        let outcome = Outcome {
            command: String::new(),
            date: String::new(),
            version: "1",
            machine: super::super::machine::Machine::here(),
            path: "/".into(),
            photos: 1,
            start: None,
            runs: vec![run()],
            overload: None,
        };
        let drawn = plots(&outcome);
        assert_eq!(drawn.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["latency.svg", "memory.svg"]);
        assert!(drawn.iter().all(|(_, plot)| plot.svg().unwrap().contains("<polyline")));
    }
}
