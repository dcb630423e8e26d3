//! The store, in a file or in a database.

use std::sync::Arc;

use facegate_gallery_postgres::{DatabaseUrl, PostgresStore};
use facegate_gallery_sqlite::{Options, SqliteStore};
use facegate_vault::Vault;

use super::Report;
use crate::config::Config;
use crate::keys;
use crate::wiring::{self, For};

/// Whether the file can be read and is sound.
pub async fn file(config: &Config, report: &mut Report) {
    let path = config.store_path();
    if !path.exists() {
        return report.ok("store", format!("none yet at {}; the first start makes one", path.display()));
    }
    let Some(vault) = vault(config, report).await else { return };
    let facts = match SqliteStore::open(&path, vault, Options::default()) {
        Ok(store) => store.integrity().await,
        Err(error) => Err(error),
    };
    match facts {
        Err(error) => report.fail("store", error.to_string()),
        Ok(facts) => {
            let (apps, subjects, photos) = (facts.apps, facts.subjects, facts.photos);
            let mib = facts.file_bytes.saturating_add(facts.log_bytes) >> 20;
            report.ok("store", format!("sound: {apps} apps, {subjects} subjects, {photos} photos, {mib} MiB"));
            no_app(apps, report);
            if !facts.private {
                let path = path.display();
                report.warn(
                    "store",
                    format!("others may read {path}, which holds biometric data; run `chmod 600 {path}`"),
                );
            }
        }
    }
}

/// Whether the database can be used, and whether it is set up with care.
pub async fn database(config: &Config, url: &DatabaseUrl, report: &mut Report) {
    let options = wiring::postgres_options(config, For::Reading);
    let Some(vault) = vault(config, report).await else { return };
    let facts = match PostgresStore::open(url, vault, options).await {
        Ok(store) => store.facts().await,
        Err(error) => Err(error),
    };
    let facts = match facts {
        Ok(facts) => facts,
        Err(error) => return report.fail("store", format!("{url}: {error}")),
    };
    let (server, vector, mib) = (&facts.server_version, &facts.vector_version, facts.bytes >> 20);
    report.ok("database", format!("{url}: PostgreSQL {server} with pgvector {vector}"));
    let (apps, subjects, photos) = (facts.apps, facts.subjects, facts.photos);
    report.ok("store", format!("{apps} apps, {subjects} subjects, {photos} photos, {mib} MiB"));
    no_app(apps, report);
    if !facts.durable {
        let text =
            "fsync or full_page_writes is off: a loss of power loses enrolments that were answered; switch both on";
        report.warn("database", text);
    }
    if !facts.encrypted && !url.is_local() {
        report.warn("database", "the connection is not encrypted: add ?sslmode=require to the URL");
    }
    let wanted = config.postgres.connections as u64;
    if wanted + 5 > facts.max_connections {
        let most = facts.max_connections;
        report.warn("database", format!("a server may want {wanted} connections, and max_connections is {most}"));
    }
}

/// The master keys, if they can be had.
async fn vault(config: &Config, report: &mut Report) -> Option<Arc<Vault>> {
    let opened = async {
        let source = keys::current(config)?;
        anyhow::Ok((keys::open(config).await?, source))
    };
    match opened.await {
        Ok((vault, source)) => {
            report.ok("master key", format!("{} from {source}", vault.current()));
            if keys::is_beside(config, &source) {
                report.warn("master key", keys::BESIDE);
            }
            Some(vault)
        }
        Err(error) => {
            report.fail("master key", format!("{error:#}"));
            None
        }
    }
}

fn no_app(apps: u64, report: &mut Report) {
    if apps == 0 {
        report.warn("store", "there is no app, so nobody can call; run `facegate app create --mode live`");
    }
}
