//! Indexes by name, and making one.

use std::time::Instant;

use deadpool_postgres::{Client, GenericClient};
use facegate_domain::AppId;

use super::Wanted;
use crate::error::Outcome;

/// Links of each point and candidates while building: pgvector's default links, twice its candidates, for recall.
const LINKS: u32 = 16;
const BUILD_CANDIDATES: u32 = 128;

/// Makes it, unless it is there or another server is making it.
pub(super) async fn make(client: &Client, wanted: &Wanted) -> Outcome<()> {
    client.batch_execute("SET statement_timeout = 0; SET lock_timeout = 0").await?;
    // One server makes it; the others find it when it is there.
    let app = wanted.app.as_str();
    if !client.query_one("SELECT pg_try_advisory_lock(hashtextextended($1, 5))", &[&app]).await?.try_get(0)? {
        return Ok(());
    }
    make_alone(client, wanted).await?;
    // The connection's end would do it too, but later: whoever wants the app's next index by then would get none.
    client.query_one("SELECT pg_advisory_unlock(hashtextextended($1, 5))", &[&app]).await?;
    Ok(())
}

async fn make_alone(client: &Client, Wanted { app, model, values }: &Wanted) -> Outcome<()> {
    let name = name(app, *model);
    let find = "SELECT indisvalid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
                WHERE relnamespace = 'facegate'::regnamespace AND relname = $1";
    match client.query_opt(find, &[&name]).await?.map(|row| row.get(0)) {
        Some(true) => return Ok(()),
        // Left by a server that ended while it was being made.
        Some(false) => client.batch_execute(&format!("DROP INDEX facegate.{name}")).await?,
        None => {}
    }
    let find = "SELECT tableoid::regclass::text FROM vectors WHERE app_id = $1 LIMIT 1";
    let Some(row) = client.query_opt(find, &[&app.as_str()]).await? else { return Ok(()) };
    let partition: String = row.try_get(0)?;
    let started = Instant::now();
    tracing::info!(index = name, "making an index for an app that has grown large");
    client
        .batch_execute(&format!(
            "CREATE INDEX CONCURRENTLY {name} ON {partition} USING hnsw ({} halfvec_ip_ops)
                 WITH (m = {LINKS}, ef_construction = {BUILD_CANDIDATES})
                 WHERE app_id = {} AND model_key = {model}",
            indexed(*values),
            literal(app)
        ))
        .await?;
    tracing::info!(index = name, seconds = started.elapsed().as_secs(), "the index is made");
    Ok(())
}

/// Names of the app's indexes, of whatever model.
pub(crate) async fn names(client: &Client, app: &AppId) -> Outcome<Vec<String>> {
    let statement = client
        .prepare_cached(
            "SELECT relname::text FROM pg_class
             WHERE relnamespace = 'facegate'::regnamespace AND relkind = 'i' AND relname LIKE 'hnsw\\_%\\_' || $1",
        )
        .await?;
    let rows = client.query(&statement, &[&fingerprint(app)]).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// The name of the app's index of a model.
pub(crate) fn name(app: &AppId, model: i32) -> String {
    format!("hnsw_{model}_{}", fingerprint(app))
}

/// Names of indexes are shorter than ids of apps may be. FNV-1a of 64 bits: should two apps ever share one, only the
/// first gets an index.
fn fingerprint(app: &AppId) -> String {
    let hash = app
        .as_str()
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}

/// The app's id as a literal of SQL. Its alphabet has nothing to escape.
pub(crate) fn literal(app: &AppId) -> String {
    format!("'{app}'")
}

fn indexed(values: usize) -> String {
    format!("(embedding::halfvec({values}))")
}

/// The distance as an index knows it.
pub(crate) fn distance(values: usize, probe: &str) -> String {
    format!("{} <#> {probe}::real[]::halfvec({values})", indexed(values))
}
