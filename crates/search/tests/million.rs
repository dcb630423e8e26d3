//! The index at the size of a country's bank, against a brute-force scan, while enrolments and deletions go on.
//!
//! 1,000,000 templates take minutes in an optimised build, so they run when asked for:
//! `FACEGATE_FULL=1 cargo test --release -p facegate-search --test million -- --nocapture`. Otherwise 100,000 do.

// Helpers are test code too, but the lint only knows functions marked #[test].
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use facegate_domain::{AppId, ModelId, SubjectId, Template};
use facegate_search::{Index, Match};
use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};

const DIMENSION: usize = 128;
const LIMIT: usize = 10;

/// Subjects that come and go while the probes run; their names sort among the others'.
const GUESTS: usize = 500;

struct Size {
    templates: usize,
    probes: usize,
}

fn size() -> Size {
    match std::env::var_os("FACEGATE_FULL") {
        Some(_) => Size { templates: 1_000_000, probes: 1_000 },
        None => Size { templates: 100_000, probes: 200 },
    }
}

fn model() -> ModelId {
    ModelId::new("test", "00")
}

fn unit(rng: &mut StdRng) -> Template {
    // The sum of four uniform numbers is round enough for directions without a preferred axis.
    let normal = |rng: &mut StdRng| (0..4).map(|_| rng.random::<f32>() - 0.5).sum();
    Template::new(model(), (0..DIMENSION).map(|_| normal(rng)).collect()).unwrap()
}

/// Another photo of the same face, so to speak: a cosine of about 0.97.
fn near(values: &[f32], rng: &mut StdRng) -> Template {
    let noise = |v: &f32| v + (rng.random::<f32>() - 0.5) * 0.075;
    Template::new(model(), values.iter().map(noise).collect()).unwrap()
}

fn resident(number: usize) -> SubjectId {
    SubjectId::parse(&format!("subject-{number:07}")).unwrap()
}

fn guest(number: usize) -> SubjectId {
    SubjectId::parse(&format!("subject-{number:07}-guest")).unwrap()
}

/// Single-precision dot products in the plain order, eight sums at a time so that a compiler can do them at once.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; 8];
    for (a, b) in a.chunks_exact(8).zip(b.chunks_exact(8)) {
        for lane in 0..8 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum()
}

/// The best residents of every probe by a scan over all of them: numbers and scores, best first, ties by number.
fn brute_force(residents: &[Template], probes: &[Template]) -> Vec<Vec<(usize, f32)>> {
    let mut best: Vec<Vec<(usize, f32)>> = vec![Vec::new(); probes.len()];
    for (block, templates) in residents.chunks(512).enumerate() {
        for (probe, best) in probes.iter().zip(&mut best) {
            for (offset, template) in templates.iter().enumerate() {
                let score = dot(probe.values(), template.values());
                // Twice as many as needed: the last places are then put in order by the exact score.
                if best.len() < 2 * LIMIT || best.last().is_some_and(|last| score > last.1) {
                    let at = best.partition_point(|kept| kept.1 >= score);
                    best.insert(at, (block * 512 + offset, score));
                    best.truncate(2 * LIMIT);
                }
            }
        }
    }
    for (probe, best) in probes.iter().zip(&mut best) {
        for (number, score) in best.iter_mut() {
            *score = probe.cosine(&residents[*number]).unwrap();
        }
        best.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    }
    best
}

/// Guests that come and go. A guest's count is odd while it is being changed; even and unchanged means that what it says
/// was true all the while.
struct Guests {
    templates: Vec<Template>,
    counts: Vec<AtomicU64>,
}

impl Guests {
    /// Count → present: 0, 4, 8 … absent, 2, 6, 10 … present.
    fn present(count: u64) -> bool {
        count % 4 == 2
    }

    fn snapshot(&self) -> Vec<u64> {
        self.counts.iter().map(|count| count.load(Ordering::SeqCst)).collect()
    }

    fn come_and_go(&self, index: &Index, app: &AppId, stop: &AtomicBool) -> u64 {
        let (mut rng, mut changes) = (StdRng::seed_from_u64(99), 0);
        while !stop.load(Ordering::SeqCst) {
            let number = rng.next_u32() as usize % GUESTS;
            let count = self.counts[number].fetch_add(1, Ordering::SeqCst);
            match Self::present(count) {
                true => assert!(index.remove(app, &guest(number))),
                false => index.put(app, &guest(number), &self.templates[number]).unwrap(),
            }
            self.counts[number].fetch_add(1, Ordering::SeqCst);
            changes += 1;
            thread::yield_now();
        }
        changes
    }
}

#[test]
fn a_large_gallery_is_searched_exactly_while_it_changes() {
    let Size { templates, probes } = size();
    let mut rng = StdRng::seed_from_u64(2026);
    let residents: Vec<Template> = (0..templates).map(|_| unit(&mut rng)).collect();
    let mut asked: Vec<Template> = (0..probes).map(|_| unit(&mut rng)).collect();
    for _ in 0..probes {
        let like = rng.next_u32() as usize % templates;
        asked.push(near(residents[like].values(), &mut rng));
    }
    // Guests look like the probes, so that they are among the best whenever they are there.
    let faces = (0..GUESTS).map(|number| near(asked[number % asked.len()].values(), &mut rng)).collect();
    let guests = Guests { templates: faces, counts: (0..GUESTS).map(|_| AtomicU64::new(0)).collect() };

    let (index, app) = (Index::new(model()), AppId::generate());
    for (number, template) in residents.iter().enumerate() {
        index.put(&app, &resident(number), template).unwrap();
    }
    let truth = brute_force(&residents, &asked);

    let stop = AtomicBool::new(false);
    let (mut guests_seen, mut guests_missing_rightly) = (0, 0);
    let changes = thread::scope(|scope| {
        let writer = scope.spawn(|| guests.come_and_go(&index, &app, &stop));
        for (probe, truth) in asked.iter().zip(&truth) {
            let before = guests.snapshot();
            let found = index.search(&app, probe, LIMIT, -1.0).unwrap();
            let after = guests.snapshot();
            let seen = check(&found, probe, truth, &guests, &before, &after);
            guests_seen += seen.0;
            guests_missing_rightly += seen.1;
        }
        stop.store(true, Ordering::SeqCst);
        writer.join().unwrap()
    });
    println!(
        "{templates} templates, {} probes, {changes} changes meanwhile; guests found {guests_seen}, rightly absent {guests_missing_rightly}",
        asked.len()
    );
    assert!(changes > 0 && guests_seen > 0 && guests_missing_rightly > 0, "nothing changed while the probes ran");
}

/// The answer is the true one for the residents, and right about every guest that did not change meanwhile. Gives how
/// many guests were found and how many were known to be away.
fn check(
    found: &[Match],
    probe: &Template,
    truth: &[(usize, f32)],
    guests: &Guests,
    before: &[u64],
    after: &[u64],
) -> (usize, usize) {
    assert_eq!(found.len(), LIMIT);
    assert!(found.is_sorted_by(|a, b| a.score > b.score || (a.score == b.score && a.subject_id < b.subject_id)));
    let by_name: BTreeMap<SubjectId, usize> = (0..GUESTS).map(|number| (guest(number), number)).collect();
    let (visiting, staying): (Vec<&Match>, Vec<&Match>) =
        found.iter().partition(|hit| by_name.contains_key(&hit.subject_id));
    for (hit, (number, score)) in staying.iter().zip(truth) {
        assert_eq!((&hit.subject_id, hit.score), (&resident(*number), *score));
    }
    let last = found[LIMIT - 1].score;
    let mut away = 0;
    for number in 0..GUESTS {
        let hit = visiting.iter().find(|hit| hit.subject_id == guest(number));
        let score = probe.cosine(&guests.templates[number]).unwrap();
        assert!(hit.is_none_or(|hit| hit.score == score));
        let settled = before[number] == after[number] && before[number].is_multiple_of(2);
        if settled && score > last {
            assert_eq!(hit.is_some(), Guests::present(before[number]), "guest {number}");
            away += usize::from(hit.is_none());
        }
    }
    (visiting.len(), away)
}

#[test]
fn the_index_needs_at_most_1_3_times_the_bytes_of_its_vectors() {
    let templates = size().templates;
    let mut rng = StdRng::seed_from_u64(3);
    let face = unit(&mut rng);
    // UUIDs are what the server makes up and the longest names in common use.
    let names: Vec<SubjectId> = (0..templates)
        .map(|number| SubjectId::parse(&format!("e48c24d3-8366-4dc7-9d8e-{number:012}")).unwrap())
        .collect();
    let (index, app) = (Index::new(model()), AppId::generate());
    let used = allocation_counter::measure(|| {
        for name in &names {
            index.put(&app, name, &face).unwrap();
        }
    });
    let vectors = (templates * DIMENSION * size_of::<f32>()) as f64;
    let (kept, peak) = (used.bytes_current as f64 / vectors, used.bytes_max as f64 / vectors);
    println!("{templates} templates: {kept:.3} times the bytes of the vectors, {peak:.3} at most while it grew");
    assert!(kept >= 1.0, "the vectors alone need that much");
    assert!(kept <= 1.3 && peak <= 1.3, "{kept} and {peak} times the bytes of the vectors");
}
