//! Every job on every core, in order, with progress on standard error.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::Result;

/// Jobs between two lines of progress.
const REPORT_EVERY: usize = 500;

/// Runs `work` on every job with `threads` engines; the results come in the order of the jobs.
pub fn run<J: Sync, E, T: Send>(
    jobs: &[J],
    threads: usize,
    engine: impl Fn() -> Result<E> + Sync,
    work: impl Fn(&mut E, &J) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    let (next, started) = (AtomicUsize::new(0), Instant::now());
    let share = || -> Result<Vec<(usize, T)>> {
        let (mut engine, mut done) = (engine()?, Vec::new());
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = jobs.get(index) else { return Ok(done) };
            done.push((index, work(&mut engine, job)?));
            report(index + 1, jobs.len(), started);
        }
    };
    let shares: Vec<Result<Vec<(usize, T)>>> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(share)).collect();
        let failed = |_| Err(anyhow::anyhow!("a thread failed"));
        running.into_iter().map(|thread| thread.join().unwrap_or_else(failed)).collect()
    });
    let mut done: Vec<(usize, T)> = shares.into_iter().collect::<Result<Vec<_>>>()?.into_iter().flatten().collect();
    done.sort_by_key(|(index, _)| *index);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

fn report(done: usize, all: usize, started: Instant) {
    if done.is_multiple_of(REPORT_EVERY) || done == all {
        let seconds = started.elapsed().as_secs_f64();
        let left = seconds / done as f64 * (all - done) as f64;
        eprintln!("features: {done} of {all}, {seconds:.0} s, about {left:.0} s left");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_order_and_reports_the_first_failure() {
        let jobs: Vec<u32> = (0..50).collect();
        assert_eq!(
            run(&jobs, 4, || Ok(()), |(), job| Ok(job * 2)).unwrap(),
            (0..50).map(|i| i * 2).collect::<Vec<_>>()
        );
        let odd = |(): &mut (), job: &u32| if *job == 7 { anyhow::bail!("seven") } else { Ok(*job) };
        assert_eq!(run(&jobs, 4, || Ok(()), odd).unwrap_err().to_string(), "seven");
    }
}
