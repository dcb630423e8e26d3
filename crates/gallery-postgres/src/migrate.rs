//! The schema's history: numbered files, applied forward only, each in one transaction. Several servers may start at
//! once: a lock of the database's lets one of them at a time look and write.

use facegate_gallery::StoreError;
use facegate_vault::Vault;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::error::{Failure, Outcome};
use crate::{keys, sealing};

/// Migration `n` leads from version `n` to `n + 1`. Published files are never changed; new ones are added.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_initial.sql"),
    include_str!("../migrations/0002_sealed.sql"),
    include_str!("../migrations/0003_audit.sql"),
    include_str!("../migrations/0004_terms.sql"),
    include_str!("../migrations/0005_models.sql"),
    include_str!("../migrations/0006_operators.sql"),
];

/// From this version on there is a master key.
const SEALED: u32 = 2;

/// From this version on there is an audit log.
const AUDITED: u32 = 3;

/// The schema that this code reads and writes.
pub(crate) const LATEST: u32 = MIGRATIONS.len() as u32;

/// Partitions of each table. Enough that a large app does not share its tables with most others, and few enough that
/// planning stays quick. Part of the schema: changing it later means moving rows.
pub(crate) const PARTITIONS: u32 = 16;
const PARTITIONED: [&str; 4] = ["subjects", "vectors", "answers", "receipts"];
/// Those that the version with sealed values made anew.
const REMADE: [&str; 3] = ["subjects", "vectors", "answers"];

/// The log of what was done, which version 3 brought.
const AUDIT: &str = "audit";

/// Any number that nobody else's software takes: "facegate" as ASCII.
pub(crate) const LOCK: i64 = 0x6661_6365_6761_7465;

/// The oldest pgvector with 16-bit vectors and searches that go on where rows were deleted.
const PGVECTOR: (u32, u32) = (0, 8);

/// Makes or updates the schema; without `create` a missing one is refused. So is a vault without the store's master keys,
/// before anything is written. What was in clear before the schema's version 2 is sealed.
pub(crate) async fn to_latest(client: &mut Client, vault: &Vault, create: bool) -> Outcome<()> {
    check_encoding(client).await?;
    let transaction = client.transaction().await?;
    transaction.batch_execute("SET LOCAL lock_timeout = '60s'; SET LOCAL statement_timeout = '10min'").await?;
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await?;
    let found = version(&transaction).await?;
    if found > LATEST {
        return Err(StoreError::NewerSchema { found, known: LATEST }.into());
    }
    if found == 0 && !create {
        let text = "there is no facegate store in this database; `facegate serve` or `facegate app create` makes one";
        return Err(StoreError::Unavailable(text.to_owned()).into());
    }
    if found >= SEALED {
        keys::admit(&transaction, vault).await?;
    }
    let schema = vector_schema(&transaction).await?;
    if found < LATEST {
        transaction
            .batch_execute("CREATE SCHEMA IF NOT EXISTS facegate; REVOKE ALL ON SCHEMA facegate FROM PUBLIC")
            .await?;
    }
    transaction.execute("SELECT set_config('search_path', 'facegate, ' || quote_ident($1), false)", &[&schema]).await?;
    for (from, sql) in (0..).zip(MIGRATIONS).skip(found as usize) {
        if from + 1 == SEALED {
            sealing::set_aside(&transaction).await?;
        }
        transaction.batch_execute(sql).await?;
        if from + 1 == SEALED {
            transaction.batch_execute(&partitions(&REMADE)).await?;
            sealing::give_keys(&transaction, vault).await?;
        }
        if from + 1 == AUDITED {
            transaction.batch_execute(&partitions(&[AUDIT])).await?;
        }
        if from == 0 {
            transaction.batch_execute(&partitions(&PARTITIONED)).await?;
            transaction.batch_execute("INSERT INTO facegate.store (version) VALUES (0)").await?;
        }
        transaction.batch_execute(&format!("UPDATE facegate.store SET version = {}", from + 1)).await?;
    }
    keys::settle(&transaction, vault).await?;
    transaction.commit().await?;
    sealing::finish(client, vault).await
}

fn partitions(tables: &[&str]) -> String {
    let make = |table: &str, number| {
        let values = format!("WITH (MODULUS {PARTITIONS}, REMAINDER {number})");
        format!("CREATE TABLE {table}_{number:02} PARTITION OF {table} FOR VALUES {values};\n")
    };
    tables.iter().flat_map(|table| (0..PARTITIONS).map(move |number| make(table, number))).collect()
}

/// Ids are any Unicode text and are listed in the order of their bytes.
async fn check_encoding(client: &Client) -> Outcome<()> {
    let encoding: String = client.query_one("SELECT current_setting('server_encoding')", &[]).await?.get(0);
    match encoding.as_str() {
        "UTF8" => Ok(()),
        _ => {
            Err(StoreError::Unavailable("the database must have the encoding UTF8: create another one".to_owned())
                .into())
        }
    }
}

/// The store's version; 0 if there is none.
pub(crate) async fn version(client: &impl tokio_postgres::GenericClient) -> Outcome<u32> {
    let there = client
        .query_one("SELECT to_regclass('facegate.store') IS NOT NULL, to_regnamespace('facegate') IS NOT NULL", &[])
        .await?;
    match (there.get(0), there.get(1)) {
        (true, _) => {
            let row = client.query_opt("SELECT version FROM facegate.store", &[]).await?;
            let version = row.and_then(|row| u32::try_from(row.get::<_, i32>(0)).ok());
            version.ok_or_else(|| Failure::unreadable("schema version"))
        }
        (false, false) => Ok(0),
        (false, true) => {
            let tables = "SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace('facegate')";
            match client.query_one(tables, &[]).await?.get::<_, i64>(0) {
                0 => Ok(0),
                _ => Err(StoreError::Corrupt(
                    "the database's schema \"facegate\" is not a facegate store: choose another database".to_owned(),
                )
                .into()),
            }
        }
    }
}

/// The schema in which pgvector is; installs it where this user may.
async fn vector_schema(transaction: &tokio_postgres::Transaction<'_>) -> Outcome<String> {
    let find = "SELECT nspname, extversion FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace
                WHERE extname = 'vector'";
    let row = match transaction.query_opt(find, &[]).await? {
        Some(row) => row,
        None => {
            transaction.batch_execute("CREATE EXTENSION vector WITH SCHEMA public").await.map_err(no_extension)?;
            transaction.query_one(find, &[]).await?
        }
    };
    let installed: String = row.get(1);
    let mut numbers = installed.split('.').map(|number| number.parse::<u32>().unwrap_or(0));
    if (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) < PGVECTOR {
        let text =
            format!("pgvector {installed} is too old: install 0.8 or later and run ALTER EXTENSION vector UPDATE");
        return Err(StoreError::Unavailable(text).into());
    }
    Ok(row.get(0))
}

fn no_extension(error: tokio_postgres::Error) -> Failure {
    let advice = match error.code() {
        Some(code) if *code == SqlState::INSUFFICIENT_PRIVILEGE => {
            "this database lacks pgvector: let a superuser run CREATE EXTENSION vector in it"
        }
        Some(_) => {
            "pgvector is not installed beside this PostgreSQL: install it, for example the package postgresql-18-pgvector"
        }
        None => return error.into(),
    };
    StoreError::Unavailable(advice.to_owned()).into()
}
