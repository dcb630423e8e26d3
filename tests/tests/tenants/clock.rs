//! Whether times tell two kinds of requests apart.

/// What is less (in ms) is not looked into: caches and the allocator do as much.
const LEAST: f64 = 0.1;
/// Standard deviations of a fair coin's tosses beyond which their sum is no accident.
const SIGMAS: f64 = 4.0;

/// By how much (in ms) one kind takes longer: the median of the differences of pairs, and between what bounds it surely is.
///
/// The bounds are those of the sign test. They hold whatever the differences are distributed like, so that a busy machine makes
/// them wide and not wrong.
#[derive(Clone, Copy, Debug)]
pub struct Shift {
    pub median: f64,
    pub from: f64,
    pub to: f64,
}

impl Shift {
    /// Of these differences; 24 pairs are the fewest of which that many on one side are no accident.
    pub fn of(mut differences: Vec<f64>) -> Self {
        let count = differences.len();
        assert!(count >= 24, "{count} pairs are too few");
        differences.sort_by(f64::total_cmp);
        let off = (SIGMAS * (count as f64).sqrt() / 2.0).ceil() as usize;
        let (from, to) = (count / 2 - off, count.div_ceil(2) + off - 1);
        Self { median: differences[count / 2], from: differences[from], to: differences[to] }
    }

    /// The shift, if there surely is one.
    pub fn told(&self) -> Option<f64> {
        let surely = self.from > 0.0 || self.to < 0.0;
        (surely && self.median.abs() > LEAST).then_some(self.median)
    }

    /// What could have been told: a shift beyond this.
    pub fn bound(&self) -> f64 {
        (self.median - self.from).max(self.to - self.median).max(LEAST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Differences that scatter by up to `scatter` around `shift`, one in ten of them by ten times as much.
    fn noisy(count: u64, shift: f64, scatter: f64) -> Shift {
        let step = |at: u64| ((at * 7919) % 1000) as f64 / 500.0 - 1.0;
        let outlier = |at: u64| if at.is_multiple_of(10) { 10.0 } else { 1.0 };
        Shift::of((0..count).map(|at| shift + scatter * step(at) * outlier(at)).collect())
    }

    #[test]
    fn a_shift_is_seen_as_far_as_the_noise_allows_and_noise_is_none() {
        for (shift, scatter) in [(0.15, 0.2), (0.5, 1.0), (5.0, 5.0)] {
            let told = noisy(600, shift, scatter).told();
            assert!(told.is_some_and(|told| (told - shift).abs() < shift / 2.0), "{shift} {scatter}: {told:?}");
            assert!(noisy(600, -shift, scatter).told().is_some_and(|told| told < 0.0), "{shift} {scatter}");
            assert_eq!(noisy(600, 0.0, scatter).told(), None, "{scatter}");
            assert!(noisy(600, 0.0, scatter).bound() < shift, "{scatter}");
        }
        assert!(noisy(24, 5.0, 1.0).told().is_some());
        // Of a machine that does much else no verdict is better than a wrong one.
        assert_eq!(noisy(120, 1.0, 60.0).told(), None);
        assert_eq!(noisy(600, LEAST / 2.0, 0.01).told(), None);
    }
}
