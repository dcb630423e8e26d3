//! Apps on the screen and as JSON. Keys appear as fingerprints only.

use anyhow::Result;
use facegate_domain::{App, KeyRecord, ModelId, Quota, Timestamp};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::output::say;

/// One line an app.
pub fn list(apps: &[App], as_json: bool) -> Result<()> {
    if as_json {
        say(&serde_json::to_string_pretty(&apps.iter().map(to_json).collect::<Vec<_>>())?);
        return Ok(());
    }
    if apps.is_empty() {
        say("there is no app yet; `facegate app create --mode live` makes one");
        return Ok(());
    }
    say(&format!("{:<38}{:<9}{:<22}{:<22}{}", "APP-ID", "MODE", "ENROLL", "LIVENESS", "NAME"));
    for app in apps {
        let (enroll, liveness) = (quota(app, app.enroll), quota(app, app.liveness));
        say(&format!("{:<38}{:<9}{enroll:<22}{liveness:<22}{}", app.id.as_str(), app.mode.as_str(), app.name));
    }
    Ok(())
}

/// Everything about one app.
pub fn one(app: &App, as_json: bool) -> Result<()> {
    if as_json {
        say(&serde_json::to_string_pretty(&to_json(app))?);
        return Ok(());
    }
    say(&format!("App-ID:   {}", app.id));
    say(&format!("Name:     {}", app.name));
    say(&format!("Mode:     {}", app.mode));
    say(&format!("Created:  {}", time_text(app.created_at)));
    say(&format!("Enroll:   {}", quota(app, app.enroll)));
    say(&format!("Liveness: {}", quota(app, app.liveness)));
    let kept = app.retention_days.map_or("for ever".to_owned(), |days| format!("{days} days after their last use"));
    say(&format!("Subjects: kept {kept}"));
    let moving = app.next_model.as_ref().map_or(String::new(), |next| format!(", being moved to {next}"));
    let model = app.model.as_ref().map_or("that of the first subject", ModelId::as_str);
    say(&format!("Model:    {model}{moving}"));
    for key in &app.keys {
        say(&format!("Key:      {} {}", key.digest.fingerprint(), key_state(key)));
    }
    Ok(())
}

fn key_state(key: &KeyRecord) -> String {
    match key.revoked_at {
        Some(at) => format!("made {}, revoked {}", time_text(key.created_at), time_text(at)),
        None => format!("made {}, in force", time_text(key.created_at)),
    }
}

fn quota(app: &App, quota: Quota) -> String {
    match quota.limit {
        _ if !app.is_metered() => "no quota".to_owned(),
        Some(limit) => format!("{} of {limit} left", quota.left().unwrap_or_default()),
        None => format!("unlimited ({} used)", quota.used),
    }
}

fn to_json(app: &App) -> Value {
    let quota = |q: Quota| json!({"limit": q.limit, "used": q.used, "left": q.left()});
    let key = |k: &KeyRecord| {
        json!({
            "fingerprint": k.digest.fingerprint(),
            "created_at": time_text(k.created_at),
            "revoked_at": k.revoked_at.map(time_text),
        })
    };
    json!({
        "app_id": app.id.as_str(),
        "name": app.name,
        "mode": app.mode.as_str(),
        "created_at": time_text(app.created_at),
        "enroll": quota(app.enroll),
        "liveness": quota(app.liveness),
        "retention_days": app.retention_days,
        "model": app.model.as_ref().map(ModelId::as_str),
        "next_model": app.next_model.as_ref().map(ModelId::as_str),
        "keys": app.keys.iter().map(key).collect::<Vec<_>>(),
    })
}

fn time_text(at: Timestamp) -> String {
    let moment = OffsetDateTime::from_unix_timestamp(at.0.div_euclid(1_000_000)).ok();
    moment.and_then(|moment| moment.format(&Rfc3339).ok()).unwrap_or_else(|| at.0.to_string())
}

#[cfg(test)]
mod tests {
    use facegate_domain::AppMode;

    use super::*;

    #[test]
    fn json_tells_what_is_left_and_hides_keys() {
        let quota = Quota { limit: Some(10), used: 4 };
        let (app, key) = App::create(AppMode::Testing, "shop", quota, Quota::default());
        let value = to_json(&app);
        assert_eq!(value["enroll"], json!({"limit": 10, "used": 4, "left": 6}));
        assert_eq!(value["liveness"]["limit"], Value::Null);
        assert_eq!(value["keys"][0]["fingerprint"], key.digest().fingerprint());
        assert!(!value.to_string().contains(&key.reveal()[3..]));
    }

    #[test]
    fn times_are_readable() {
        assert_eq!(time_text(Timestamp(1_660_180_314_222_929)), "2022-08-11T01:11:54Z");
    }
}
