//! Revoking keys.

use anyhow::{Result, bail};
use facegate_domain::{App, KeyRecord, Timestamp};
use facegate_gallery::AppAdmin;

use crate::output::say;

/// Revokes the key with this fingerprint, or all but the newest key in force.
pub async fn revoke(store: &dyn AppAdmin, app: &App, fingerprint: Option<&str>) -> Result<()> {
    let in_force: Vec<&KeyRecord> = app.keys.iter().filter(|key| key.revoked_at.is_none()).collect();
    let doomed: Vec<&KeyRecord> = match fingerprint {
        Some(wanted) => in_force.iter().copied().filter(|key| key.digest.fingerprint() == wanted).collect(),
        None => in_force.split_last().map(|(_, older)| older.to_vec()).unwrap_or_default(),
    };
    if let (Some(wanted), []) = (fingerprint, doomed.as_slice()) {
        bail!("{} has no key {wanted} in force; `facegate app show {}` lists them", app.id, app.id);
    }
    for key in &doomed {
        store.revoke_key(&app.id, &key.digest, Timestamp::now()).await?;
        say(&format!("revoked {}", key.digest.fingerprint()));
    }
    match in_force.len() - doomed.len() {
        0 => say("The app has no key in force now; `facegate app rotate-key` makes one."),
        _ if doomed.is_empty() => say("There was no older key to revoke."),
        _ => {}
    }
    Ok(())
}
