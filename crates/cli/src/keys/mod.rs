//! `facegate keys …`, and where master keys come from.

mod beside;
mod source;
mod vault;

use anyhow::{Result, bail};
use facegate_gallery::{KeyAdmin, MasterKeyUse};
use facegate_vault::MasterKey;
use serde_json::json;

use crate::args::KeysCommand;
use crate::config::Config;
use crate::output::say;
use crate::wiring::{self, For};

pub use source::read;
pub use vault::{BESIDE, current, is_beside, open};

/// Times that apps are looked for which servers go on sealing with another key.
const ROUNDS: u32 = 5;

/// Runs a command that needs the store.
pub async fn run(config: &Config, command: KeysCommand) -> Result<()> {
    match command {
        KeysCommand::Generate => {
            say(&MasterKey::generate()?.reveal());
            Ok(())
        }
        KeysCommand::Status { json } => status(&*wiring::open_store(config, For::Reading).await?.keys, json).await,
        KeysCommand::Rewrap => rewrap(&*wiring::open_store(config, For::Reading).await?.keys).await,
    }
}

async fn status(store: &dyn KeyAdmin, as_json: bool) -> Result<()> {
    let uses = store.master_keys().await?;
    if as_json {
        let one = |key: &MasterKeyUse| {
            let (id, apps) = (&key.master_key_id, key.apps);
            json!({"master_key_id": id, "apps": apps, "current": key.current, "needed": needed(key)})
        };
        say(&json!(uses.iter().map(one).collect::<Vec<_>>()).to_string());
        return Ok(());
    }
    for key in &uses {
        let kind = if key.current { "current" } else { "previous" };
        let need = if needed(key) { "" } else { ", not needed" };
        say(&format!("{} ({kind}): seals {}{need}", key.master_key_id, apps(key.apps)));
    }
    if uses.iter().any(|key| !key.current && needed(key)) {
        say("`facegate keys rewrap` seals everything with the current master key.");
    }
    Ok(())
}

/// Whether the store does not open without it.
fn needed(key: &MasterKeyUse) -> bool {
    key.apps > 0 || key.checked
}

fn apps(count: u64) -> String {
    if count == 1 { "1 app".to_owned() } else { format!("{count} apps") }
}

async fn rewrap(store: &dyn KeyAdmin) -> Result<()> {
    let mut done = 0;
    for _ in 0..ROUNDS {
        let waiting = store.apps_to_rewrap().await?;
        for (number, app) in waiting.iter().enumerate() {
            done += u64::from(store.rewrap(app).await?);
            if (number + 1) % 100 == 0 {
                say(&format!("{} of {} apps", number + 1, waiting.len()));
            }
        }
        if store.finish_rewrap().await? {
            say(&format!("sealed {} anew; the previous master keys are not needed any more", apps(done)));
            return Ok(());
        }
    }
    bail!(
        "sealed {} anew, but others appear: a server still makes apps with a previous master key; restart it with the \
         current one and run this again",
        apps(done)
    );
}
