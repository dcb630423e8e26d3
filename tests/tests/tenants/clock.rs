//! Whether times tell two kinds of requests apart.

/// Less than this (in ms) nobody can use over a network, and a scheduler does at any time.
const LEAST: f64 = 2.5;
/// Standard errors of the median beyond which a difference is no accident.
const ERRORS: f64 = 4.0;

/// The shift in milliseconds that paired differences show, if they show one: by their median, which single delays do not
/// move, and by how much they scatter.
pub fn tells(differences: &[f64]) -> Option<f64> {
    let shift = median(differences.to_vec());
    let off = median(differences.iter().map(|difference| (difference - shift).abs()).collect());
    // Of a normal distribution the deviation is 1.4826 of that, and the median's error 1.2533 of the mean's.
    let error = 1.4826 * 1.2533 * off / (differences.len() as f64).sqrt();
    (shift.abs() > LEAST && shift.abs() > ERRORS * error).then_some(shift)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Differences that scatter by up to `scatter` around `shift`, one in ten of them by ten times as much.
    fn noisy(shift: f64, scatter: f64) -> Vec<f64> {
        let step = |at: u64| ((at * 7919) % 1000) as f64 / 500.0 - 1.0;
        let outlier = |at: u64| if at.is_multiple_of(10) { 10.0 } else { 1.0 };
        (0..120).map(|at| shift + scatter * step(at) * outlier(at)).collect()
    }

    #[test]
    fn a_sleep_of_5_ms_is_seen_and_noise_is_not() {
        for scatter in [0.3, 2.0, 5.0] {
            assert!(tells(&noisy(5.0, scatter)).is_some_and(|shift| (shift - 5.0).abs() < 2.0), "{scatter}");
            assert!(tells(&noisy(-5.0, scatter)).is_some_and(|shift| shift < 0.0), "{scatter}");
            assert_eq!(tells(&noisy(0.0, scatter)), None, "{scatter}");
        }
        // Of a machine that does much else no verdict is better than a wrong one.
        assert_eq!(tells(&noisy(1.0, 60.0)), None);
    }
}
