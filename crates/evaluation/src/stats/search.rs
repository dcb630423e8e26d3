//! One against many: the score of the right person and the best of the wrong ones, for every photo.

use rayon::prelude::*;

/// The best wrong people that are kept of each search: with a random half of the gallery gone, one of them is left.
const KEPT: usize = 64;

/// A photo searched for among the first photos of all people.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    /// Its person.
    pub person: u32,
    /// Cosine to the person's own enrolled photo; `None` for the enrolled photo itself.
    pub own: Option<f32>,
    /// (cosine, person) of the most alike enrolled photos of others, best first.
    pub others: Vec<(f32, u32)>,
}

/// Every photo searched for in the gallery of first photos.
#[derive(Clone, Debug)]
pub struct SearchScores {
    /// One for each photo, in order.
    pub probes: Vec<Probe>,
    /// How many people there are.
    pub people: usize,
}

/// Error rates of an open search.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchSweep {
    /// Share of the mated probes whose own person is the best match, whatever the score.
    pub rank1: f64,
    /// Least score that no more than the wanted share of strangers reach, by rate.
    pub thresholds: Vec<f32>,
    /// Share of the mated probes that are not found at rank 1 with that score, by rate.
    pub fnir: Vec<f64>,
}

impl SearchScores {
    /// `person[i]` is a number below the count of people; each person's first photo is enrolled.
    pub fn new(person: &[u32], score: impl Fn(usize, usize) -> f32 + Sync) -> Self {
        let people = person.iter().max().map_or(0, |most| *most as usize + 1);
        let mut enrolled: Vec<Option<usize>> = vec![None; people];
        for (photo, person) in person.iter().enumerate() {
            if let Some(slot) = enrolled.get_mut(*person as usize) {
                slot.get_or_insert(photo);
            }
        }
        let search = |(photo, person): (usize, &u32)| {
            let mut own = None;
            let mut others = Vec::with_capacity(people);
            for (other, enrolled) in enrolled.iter().enumerate() {
                match enrolled {
                    Some(first) if other as u32 != *person => others.push((score(photo, *first), other as u32)),
                    Some(first) if *first != photo => own = Some(score(photo, *first)),
                    _ => {}
                }
            }
            others.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            others.truncate(KEPT);
            Probe { person: *person, own, others: others.into_boxed_slice().into_vec() }
        };
        Self { probes: person.par_iter().enumerate().map(search).collect(), people }
    }

    /// Everybody is enrolled; the strangers are the enrolled photos themselves, each searched for among the others.
    /// `people` weighs the probes of each person.
    pub fn whole_gallery(&self, people: &[f64], rates: &[f64]) -> SearchSweep {
        let weight = |probe: &Probe| people.get(probe.person as usize).copied().unwrap_or_default();
        let best = |probe: &Probe| probe.others.first().map_or(-1.0, |other| other.0);
        let strangers = self.probes.iter().filter(|p| p.own.is_none()).map(|p| (best(p), weight(p))).collect();
        let mated = self.probes.iter().filter_map(|p| Some((p.own?, best(p), weight(p)))).collect();
        sweep(strangers, mated, rates)
    }

    /// A part of the people is enrolled; all photos of the rest are strangers.
    pub fn part_enrolled(&self, enrolled: &[bool], rates: &[f64]) -> SearchSweep {
        let is_in = |person: u32| enrolled.get(person as usize).copied().unwrap_or_default();
        let best = |probe: &Probe| probe.others.iter().find(|o| is_in(o.1)).map_or(-1.0, |other| other.0);
        let strangers = self.probes.iter().filter(|p| !is_in(p.person)).map(|p| (best(p), 1.0)).collect();
        let members = self.probes.iter().filter(|p| is_in(p.person));
        sweep(strangers, members.filter_map(|p| Some((p.own?, best(p), 1.0))).collect(), rates)
    }

    /// (mated probes, strangers) of [`SearchScores::whole_gallery`].
    pub fn counts(&self) -> (usize, usize) {
        let mated = self.probes.iter().filter(|p| p.own.is_some()).count();
        (mated, self.probes.len() - mated)
    }
}

/// `strangers`: (best score, weight). `mated`: (own score, best other score, weight).
fn sweep(mut strangers: Vec<(f32, f64)>, mated: Vec<(f32, f32, f64)>, rates: &[f64]) -> SearchSweep {
    strangers.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let total: f64 = strangers.iter().map(|s| s.1).sum();
    let threshold = |rate: &f64| {
        let (allowed, mut above) = (rate * total * (1.0 + 1e-12), 0.0);
        let mut best = strangers.first().map_or(-1.0, |top| top.0.next_up());
        for group in strangers.chunk_by(|a, b| a.0 == b.0) {
            above += group.iter().map(|s| s.1).sum::<f64>();
            if above > allowed {
                break;
            }
            best = group.first().map_or(best, |s| s.0);
        }
        best
    };
    let thresholds: Vec<f32> = rates.iter().map(threshold).collect();
    let all: f64 = mated.iter().map(|m| m.2).sum();
    let missed = |t: f32| mated.iter().filter(|m| m.0 < t || m.0 <= m.1).map(|m| m.2).sum::<f64>() / all;
    let fnir = thresholds.iter().map(|t| missed(*t)).collect();
    SearchSweep { rank1: 1.0 - missed(f32::NEG_INFINITY), thresholds, fnir }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three people with two photos each and one with one; similarities by hand.
    fn scores() -> SearchScores {
        let person = [0, 0, 1, 1, 2, 2, 3];
        let table = |i: usize, j: usize| match (i.min(j), i.max(j)) {
            (0, 1) => 0.9,
            (2, 3) => 0.5,
            (4, 5) => 0.3,
            (0, 5) => 0.4,
            (2, 6) => 0.45,
            (0, 2) => 0.2,
            _ => 0.0,
        };
        SearchScores::new(&person, table)
    }

    #[test]
    fn the_whole_gallery_by_hand() {
        let s = scores();
        assert_eq!((s.counts(), s.people), ((3, 4), 4));
        let sweep = s.whole_gallery(&[1.0; 4], &[0.5, 0.25]);
        // Photo 5 is more like person 0 (0.4) than like its own (0.3).
        assert!((sweep.rank1 - 2.0 / 3.0).abs() < 1e-12);
        // Strangers: 0 → 0.2, 2 → 0.45, 4 → 0.0, 6 → 0.45.
        assert_eq!(sweep.thresholds, [0.45, 0.45f32.next_up()]);
        assert!((sweep.fnir[0] - 1.0 / 3.0).abs() < 1e-12);
        let strict = s.whole_gallery(&[1.0, 0.0, 1.0, 1.0], &[0.0]);
        assert!(strict.thresholds[0] > 0.45 && (strict.fnir[0] - 0.5).abs() < 1e-12);
    }

    #[test]
    fn strangers_are_searched_for_among_the_enrolled_only() {
        let sweep = scores().part_enrolled(&[true, false, true, false], &[0.0]);
        // Of photos 2, 3, 6 the best enrolled score is 0.2 (photo 2 to person 0).
        assert_eq!(sweep.thresholds, [0.2f32.next_up()]);
        assert_eq!((sweep.rank1, sweep.fnir[0]), (0.5, 0.5));
    }
}
