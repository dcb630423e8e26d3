//! The nearest templates, in SQL: 16-bit vectors give candidates, the templates themselves give scores and order.
//!
//! Exactly: a template's 16-bit form is off by at most 2⁻¹¹ of its length, so a score computed from two of them is off by
//! less than [`ROUNDING`]. Candidates are fetched until none of the others can be among the best.

use deadpool_postgres::GenericClient;
use facegate_domain::{AppId, ModelId, SubjectId, Template, cosine};
use facegate_gallery::Neighbour;

use crate::error::Outcome;
use crate::hnsw::{self, How};
use crate::subjects::{subject_id, template};
use crate::{Shared, vectors};

/// More than a score from 16-bit vectors can be off: both are rounded to 11 bits (2·2⁻¹¹ ≈ 9.8·10⁻⁴ for unit vectors, and
/// 2⁻²⁵ for each value near 0), and the sum is taken in 32 bits.
const ROUNDING: f32 = 1.2e-3;

/// Candidates beyond the wanted number that the first attempt fetches.
const SPARE: usize = 40;

/// Subjects whose templates are the same, and the score that all of them have.
struct Group {
    score: f32,
    subjects: Vec<SubjectId>,
}

/// What a query for candidates gave.
struct Candidates {
    groups: Vec<Group>,
    /// How many subjects, before groups were cut to what is wanted.
    found: usize,
    /// The lowest of their approximate scores.
    lowest: f32,
}

impl Shared {
    /// See [`VectorSearch::nearest`](facegate_gallery::VectorSearch::nearest); within a transaction if `client` is one.
    pub(crate) async fn nearest_in(
        &self,
        client: &impl GenericClient,
        app: &AppId,
        probe: &Template,
        limit: usize,
        min_score: f32,
    ) -> Outcome<Vec<Neighbour>> {
        let Some(model) = self.models.find(client, probe.model()).await? else { return Ok(Vec::new()) };
        if limit == 0 || !vectors::searchable(probe) {
            return Ok(Vec::new());
        }
        let query = Query { app, probe, model, limit, min_score };
        match self.how(client, app, model, probe.values().len()).await? {
            How::Index => {
                let wanted = (self.options.candidates.clamp(10, 1000) as usize).max(limit);
                Ok(best(query.run(client, wanted, How::Index).await?.groups, limit, min_score))
            }
            How::Scan => query.exactly(client).await,
        }
    }
}

struct Query<'a> {
    app: &'a AppId,
    probe: &'a Template,
    model: i32,
    limit: usize,
    min_score: f32,
}

impl Query<'_> {
    async fn exactly(&self, client: &impl GenericClient) -> Outcome<Vec<Neighbour>> {
        let mut wanted = self.limit.saturating_add(SPARE);
        loop {
            let Candidates { groups, found, lowest } = self.run(client, wanted, How::Scan).await?;
            let best = best(groups, self.limit, self.min_score);
            let to_beat = match best.last() {
                Some(last) if best.len() == self.limit => last.score,
                _ => self.min_score,
            };
            // What was not fetched scores at most this.
            if found < wanted || lowest + ROUNDING < to_beat {
                return Ok(best);
            }
            wanted = wanted.saturating_mul(8);
        }
    }

    async fn run(&self, client: &impl GenericClient, wanted: usize, how: How) -> Outcome<Candidates> {
        // The server would compute a conversion of a parameter for every row if the plan were a general one; these are
        // planned each time, with the values at hand.
        let distance = match how {
            How::Scan => "embedding <#> $2::real[]::halfvec".to_owned(),
            How::Index => hnsw::distance(self.probe.values().len(), "$2"),
        };
        // Literals, since an index of one app is of use only to a query that is known to be about it.
        let (app, model) = (hnsw::literal(self.app), self.model);
        let sql = format!(
            "SELECT template, (array_agg(subject_id ORDER BY subject_id))[1:$5::integer], count(*), min(score)
             FROM (SELECT subject_number, -({distance}) AS score FROM vectors
                   WHERE app_id = {app} AND model_key = {model} AND {distance} <= $3::float8
                   ORDER BY {distance} LIMIT $4::bigint) AS candidates
                  JOIN subjects USING (subject_number)
             WHERE subjects.app_id = {app} AND EXISTS (SELECT FROM apps WHERE apps.app_id = $1::text AND NOT deleted)
             GROUP BY template"
        );
        let sql = match how {
            How::Scan => sql,
            // The index gives an order, no bound.
            How::Index => sql.replace(&format!("AND {distance} <= $3::float8"), "AND $3::float8 IS NOT NULL"),
        };
        let most = f64::from(ROUNDING - self.min_score);
        let (wanted, limit) = (count(wanted), i32::try_from(self.limit).unwrap_or(i32::MAX));
        let (id, values) = (self.app.as_str(), self.probe.values());
        let mut candidates = Candidates { groups: Vec::new(), found: 0, lowest: f32::INFINITY };
        for row in client.query(&sql, &[&id, &values, &most, &wanted, &limit]).await? {
            let model = ModelId::clone(self.probe.model());
            let stored = template(model, row.try_get(0)?)?;
            let ids: Vec<&str> = row.try_get(1)?;
            let subjects = ids.into_iter().map(subject_id).collect::<Outcome<_>>()?;
            candidates.groups.push(Group { score: cosine(values, stored.values()), subjects });
            candidates.found += usize::try_from(row.try_get::<_, i64>(2)?).unwrap_or(0);
            candidates.lowest = candidates.lowest.min(row.try_get::<_, f64>(3)? as f32);
        }
        Ok(candidates)
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The best, in order; ties by subject id.
fn best(groups: Vec<Group>, limit: usize, min_score: f32) -> Vec<Neighbour> {
    let mut found: Vec<Neighbour> = groups
        .into_iter()
        .filter(|group| group.score >= min_score)
        .flat_map(|Group { score, subjects }| {
            subjects.into_iter().map(move |subject_id| Neighbour { subject_id, score })
        })
        .collect();
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.subject_id.cmp(&b.subject_id)));
    found.truncate(limit);
    found
}
