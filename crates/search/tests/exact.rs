//! The index against a plain scan, while templates come, change and go.

// Helpers are test code too, but the lint only knows functions marked #[test].
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use facegate_domain::{AppId, ModelId, SubjectId, Template};
use facegate_search::{Index, Match};
use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};

const DIMENSION: usize = 128;

fn model() -> ModelId {
    ModelId::new("test", "00")
}

fn random(rng: &mut StdRng) -> Template {
    let values = (0..DIMENSION).map(|_| rng.random::<f32>() - 0.5).collect();
    Template::new(model(), values).unwrap()
}

fn near(template: &Template, rng: &mut StdRng) -> Template {
    let values = template.values().iter().map(|v| v + (rng.random::<f32>() - 0.5) * 1e-4).collect();
    Template::new(model(), values).unwrap()
}

fn subject(number: usize) -> SubjectId {
    SubjectId::parse(&format!("subject-{number:07}")).unwrap()
}

/// What a scan over everything with the plain function gives.
fn scan(all: &[(SubjectId, Template)], probe: &Template, limit: usize, min: f32) -> Vec<Match> {
    let mut found: Vec<Match> = all
        .iter()
        .map(|(id, template)| Match { subject_id: id.clone(), score: probe.cosine(template).unwrap() })
        .filter(|m| m.score >= min)
        .collect();
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.subject_id.cmp(&b.subject_id)));
    found.truncate(limit);
    found
}

#[test]
fn the_best_matches_are_the_true_best_while_templates_come_change_and_go() {
    let mut rng = StdRng::seed_from_u64(7);
    let (index, app) = (Index::new(model()), AppId::generate());
    let mut all: Vec<(SubjectId, Template)> = Vec::new();
    for step in 0..6000 {
        match rng.next_u32() % 10 {
            0..=6 => {
                // One in seven is nearly the same face as an earlier one: ties within the kernel's rounding.
                let like = all.get(step / 2).map(|(_, t)| t.clone()).filter(|_| step % 7 == 0);
                let template = match like {
                    Some(earlier) => near(&earlier, &mut rng),
                    None => random(&mut rng),
                };
                index.put(&app, &subject(step), &template).unwrap();
                all.push((subject(step), template));
            }
            7 if !all.is_empty() => {
                let at = rng.next_u32() as usize % all.len();
                all[at].1 = random(&mut rng);
                index.put(&app, &all[at].0.clone(), &all[at].1.clone()).unwrap();
            }
            8 if !all.is_empty() => {
                let at = rng.next_u32() as usize % all.len();
                let (gone, _) = all.swap_remove(at);
                assert!(index.remove(&app, &gone));
                assert!(!index.remove(&app, &gone));
            }
            _ => {}
        }
        if step % 50 == 0 && !all.is_empty() {
            let known = all[rng.next_u32() as usize % all.len()].1.clone();
            for probe in [random(&mut rng), near(&known, &mut rng), known] {
                for (limit, min) in [(1, -1.0), (10, -1.0), (10, 0.2), (5000, -1.0)] {
                    let found = index.search(&app, &probe, limit, min).unwrap();
                    assert_eq!(found, scan(&all, &probe, limit, min), "step {step}");
                }
            }
        }
    }
    assert_eq!(index.count(&app), all.len());
}

#[test]
fn equal_scores_come_in_the_order_of_their_ids() {
    let mut rng = StdRng::seed_from_u64(1);
    let (index, app, same) = (Index::new(model()), AppId::generate(), random(&mut rng));
    for number in [5, 3, 9, 1] {
        index.put(&app, &subject(number), &same).unwrap();
    }
    let ids: Vec<SubjectId> = index.search(&app, &same, 3, -1.0).unwrap().into_iter().map(|m| m.subject_id).collect();
    assert_eq!(ids, [subject(1), subject(3), subject(5)]);
}

#[test]
fn apps_and_models_are_never_mixed() {
    let mut rng = StdRng::seed_from_u64(2);
    let (index, mine, other) = (Index::new(model()), AppId::generate(), AppId::generate());
    let template = random(&mut rng);
    index.put(&mine, &subject(1), &template).unwrap();
    assert!(index.search(&other, &template, 10, -1.0).unwrap().is_empty());
    let foreign = Template::new(ModelId::new("another", "00"), template.values().to_vec()).unwrap();
    assert!(index.put(&mine, &subject(2), &foreign).is_err());
    assert!(index.search(&mine, &foreign, 1, -1.0).is_err());
    index.remove_app(&mine);
    assert_eq!((index.count(&mine), index.total()), (0, 0));
}
