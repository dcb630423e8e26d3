//! `facegate app …`: the operator's work on apps. Works beside a running server, which sees every change at once.

mod keys;
mod show;

use std::io::{BufRead, IsTerminal, Write};

use anyhow::{Result, bail, ensure};
use facegate_domain::{ApiKey, App, AppId, AppMode, KeyRecord, Quota};
use facegate_gallery::{AppAdmin, QuotaChange, StoreError};

use crate::args::{AppCommand, Limit};
use crate::config::Config;
use crate::output::say;
use crate::wiring::{self, For};

/// Units that a testing app gets if nothing else is said.
const TESTING_QUOTA: Limit = Limit(Some(100));

/// Runs one command.
pub async fn run(config: &Config, command: AppCommand) -> Result<()> {
    let purpose = if matches!(command, AppCommand::Create { .. }) { For::Creating } else { For::Reading };
    let stores = wiring::open_store(config, purpose).await?;
    let store: &dyn AppAdmin = &*stores.apps;
    match command {
        AppCommand::Create { mode, name, enroll_quota, liveness_quota, retention_days, json } => {
            let (enroll, liveness) = quotas(mode, enroll_quota, liveness_quota)?;
            let (app, key) = App::create(mode, &name, enroll, liveness);
            let app = App { retention_days: retention_days.and_then(|days| days.0), ..app };
            store.create_app(&app).await?;
            show_key(&app.id, &key, json);
        }
        AppCommand::List { json } => show::list(&store.apps().await?, json)?,
        AppCommand::Show { id, json } => show::one(&find(store, &id).await?, json)?,
        AppCommand::SetQuota { id, enroll_quota, liveness_quota } => {
            let app = find(store, &id).await?;
            ensure!(app.is_metered(), "{id} is a live app: quotas do not apply to it");
            let change = QuotaChange { enroll: enroll_quota.map(|l| l.0), liveness: liveness_quota.map(|l| l.0) };
            store.set_quotas(&app.id, change).await?;
            show::one(&find(store, &id).await?, false)?;
        }
        AppCommand::Set { id, retention_days } => {
            let app = find(store, &id).await?;
            store.set_retention(&app.id, retention_days.0).await?;
            show::one(&find(store, &id).await?, false)?;
        }
        AppCommand::RotateKey { id, json } => {
            let app = find(store, &id).await?;
            let (key, record) = KeyRecord::generate();
            store.add_key(&app.id, &record).await?;
            show_key(&app.id, &key, json);
        }
        AppCommand::RevokeKey { id, fingerprint, all_but_newest: _ } => {
            keys::revoke(store, &find(store, &id).await?, fingerprint.as_deref()).await?;
        }
        AppCommand::Delete { id, yes } => {
            let app = find(store, &id).await?;
            confirm(&app, yes)?;
            store.delete_app(&app.id).await?;
            say(&format!("deleted {}", app.id));
        }
    }
    Ok(())
}

fn quotas(mode: AppMode, enroll: Option<Limit>, liveness: Option<Limit>) -> Result<(Quota, Quota)> {
    let given = enroll.is_some() || liveness.is_some();
    ensure!(mode != AppMode::Live || !given, "quotas do not apply to live apps; use --mode testing");
    let default = if mode == AppMode::Testing { TESTING_QUOTA } else { Limit(None) };
    let quota = |limit: Option<Limit>| Quota { limit: limit.unwrap_or(default).0, used: 0 };
    Ok((quota(enroll), quota(liveness)))
}

fn show_key(id: &AppId, key: &ApiKey, as_json: bool) {
    if as_json {
        // Neither holds a character that JSON escapes; a JSON map would put them in the order of the alphabet.
        return say(&format!(r#"{{"app_id": "{id}", "api_key": "{}"}}"#, key.reveal()));
    }
    say(&format!("App-ID:  {id}\nAPI-Key: {}\n\nThe key is shown this once; only its hash is stored.", key.reveal()));
}

pub async fn find(store: &dyn AppAdmin, id: &str) -> Result<App> {
    let unknown = || anyhow::anyhow!("there is no app {id}; `facegate app list` shows all");
    let Ok(id) = AppId::parse(id) else { return Err(unknown()) };
    match store.app(&id).await {
        Ok(Some(app)) => Ok(app),
        Ok(None) | Err(StoreError::UnknownApp) => Err(unknown()),
        Err(error) => Err(error.into()),
    }
}

fn confirm(app: &App, yes: bool) -> Result<()> {
    if yes {
        return Ok(());
    }
    let input = std::io::stdin();
    if !input.is_terminal() {
        bail!("deleting {} removes its subjects and photos for good; say --yes to do it without being asked", app.id);
    }
    let mut prompt = std::io::stderr().lock();
    let _ = write!(prompt, "Delete app {} {:?} with all its subjects and photos for good? [y/N] ", app.id, app.name);
    let _ = prompt.flush();
    let mut answer = String::new();
    input.lock().read_line(&mut answer)?;
    ensure!(matches!(answer.trim(), "y" | "Y" | "yes"), "nothing was deleted");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_depend_on_the_mode() {
        let limits = |mode, enroll, liveness| {
            quotas(mode, enroll, liveness).map(|(e, l)| (e.limit, l.limit)).map_err(|error| error.to_string())
        };
        assert_eq!(limits(AppMode::Testing, None, None), Ok((Some(100), Some(100))));
        assert_eq!(limits(AppMode::Testing, Some(Limit(Some(7))), Some(Limit(None))), Ok((Some(7), None)));
        assert_eq!(limits(AppMode::Sandbox, None, Some(Limit(Some(1)))), Ok((None, Some(1))));
        assert_eq!(limits(AppMode::Live, None, None), Ok((None, None)));
        assert!(limits(AppMode::Live, Some(Limit(None)), None).is_err());
    }
}
