//! The nearest templates, in SQL: rotated 16-bit vectors give candidates; their templates, opened here, give scores and
//! order.
//!
//! Exactly: the app's rotation keeps every cosine, and a template's 16-bit form is off by at most 2⁻¹¹ of its length, so a
//! score computed from two of them is off by less than [`ROUNDING`]. Candidates are fetched until none of the others can
//! be among the best.

use deadpool_postgres::GenericClient;
use facegate_domain::{AppId, Template, Timestamp, cosine};
use facegate_gallery::{Neighbour, StoreError};
use facegate_vault::AppKeys;

use crate::error::{Failure, Outcome};
use crate::hnsw::{self, How};
use crate::keys;
use crate::subjects::subject_id;
use crate::{Shared, vectors};

/// More than a score from 16-bit vectors can be off: both are rounded to 11 bits (2·2⁻¹¹ ≈ 9.8·10⁻⁴ for unit vectors, and
/// 2⁻²⁵ for each value near 0), and the sum is taken in 32 bits. Rotating adds less than 10⁻⁶.
const ROUNDING: f32 = 1.2e-3;

/// Candidates beyond the wanted number that the first attempt fetches.
const SPARE: usize = 40;

/// What a query for candidates gave.
struct Candidates {
    /// With their exact scores.
    subjects: Vec<Neighbour>,
    /// How many there are, with those who have expired.
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
        if limit == 0 {
            return Ok(Vec::new());
        }
        let Some(held) = keys::read(client, &self.vault, app).await? else { return Ok(Vec::new()) };
        if held.active.is_some_and(|active| active != model) {
            return Err(StoreError::OtherModel.into());
        }
        let keys = &held.keys;
        let Some(rotated) = vectors::rotated(&self.vault, keys, probe)? else { return Ok(Vec::new()) };
        let now = self.options.clock.now();
        let query = Query { app, keys, probe, rotated, model, limit, min_score, now };
        let found = match self.how(client, app, model, probe.values().len()).await? {
            How::Index => {
                let wanted = (self.options.candidates.clamp(10, 1000) as usize).max(limit);
                query.run(client, wanted, How::Index).await.map(|found| query.best(found.subjects))
            }
            How::Scan => query.exactly(client).await,
        };
        let after = keys::read(client, &self.vault, app).await?;
        let after = after.as_ref();
        match found {
            // It was made anew in this moment.
            Err(Failure::Store(StoreError::Corrupt(_))) if after.is_none_or(|after| after.sealed != held.sealed) => {
                Err(Failure::Again)
            }
            // What was found need not be all: templates of a model that the app has left are removed.
            Ok(_) if after.and_then(|after| after.active).is_some_and(|active| active != model) => {
                Err(StoreError::OtherModel.into())
            }
            found => found,
        }
    }
}

struct Query<'a> {
    app: &'a AppId,
    keys: &'a AppKeys,
    probe: &'a Template,
    rotated: Vec<f32>,
    model: i32,
    limit: usize,
    min_score: f32,
    now: Timestamp,
}

impl Query<'_> {
    async fn exactly(&self, client: &impl GenericClient) -> Outcome<Vec<Neighbour>> {
        let mut wanted = self.limit.saturating_add(SPARE);
        loop {
            let Candidates { subjects, found, lowest } = self.run(client, wanted, How::Scan).await?;
            let best = self.best(subjects);
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
            "SELECT subject_id, CASE WHEN next_model_key = {model} THEN next_template ELSE template END, score, coalesce(expires_at <= $5, false)
             FROM (SELECT subject_number, -({distance}) AS score FROM vectors
                   WHERE app_id = {app} AND model_key = {model} AND {distance} <= $3::float8
                   ORDER BY {distance} LIMIT $4::bigint) AS candidates
                  JOIN subjects USING (subject_number)
             WHERE subjects.app_id = {app} AND EXISTS (SELECT FROM apps WHERE apps.app_id = $1::text AND NOT deleted)"
        );
        let sql = match how {
            How::Scan => sql,
            // The index gives an order, no bound.
            How::Index => sql.replace(&format!("AND {distance} <= $3::float8"), "AND $3::float8 IS NOT NULL"),
        };
        let most = f64::from(ROUNDING - self.min_score);
        let (id, wanted) = (self.app.as_str(), count(wanted));
        let mut candidates = Candidates { subjects: Vec::new(), found: 0, lowest: f32::INFINITY };
        for row in client.query(&sql, &[&id, &self.rotated, &most, &wanted, &self.now.0]).await? {
            candidates.found += 1;
            candidates.lowest = candidates.lowest.min(row.try_get::<_, f64>(2)? as f32);
            if row.try_get(3)? {
                continue;
            }
            let subject_id = subject_id(row.try_get(0)?)?;
            let (template, _) = self.keys.open_template(&subject_id, self.probe.model().clone(), row.try_get(1)?)?;
            let score = cosine(self.probe.values(), template.values());
            candidates.subjects.push(Neighbour { subject_id, score });
        }
        Ok(candidates)
    }

    /// The best, in order; ties by subject id.
    fn best(&self, mut found: Vec<Neighbour>) -> Vec<Neighbour> {
        found.retain(|one| one.score >= self.min_score);
        found.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.subject_id.cmp(&b.subject_id)));
        found.truncate(self.limit);
        found
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
