//! What a newcomer sees at the first start: an app, its key, and a request that works when pasted.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

use anyhow::Result;
use facegate_domain::{App, AppMode, Quota};
use facegate_gallery::AppAdmin;

use crate::output::say;

/// Creates the first app if there is none, and shows how to enrol a photo.
pub async fn show(store: &dyn AppAdmin, address: SocketAddr, photo: &Path) -> Result<()> {
    let apps = store.apps().await?;
    let base = format!("http://{}", reachable(address));
    say("");
    say(&format!("facegate serves on {base}"));
    let (id, key) = match apps.first() {
        None => {
            let (app, key) = App::create(AppMode::Live, "first", Quota::default(), Quota::default());
            store.create_app(&app).await?;
            say("A first app was created. Its key is shown this once; keep it:");
            say(&format!("  App-ID:  {}", app.id));
            say(&format!("  API-Key: {}", key.reveal()));
            (app.id, key.reveal().to_owned())
        }
        Some(first) => {
            say("Apps:");
            apps.iter().for_each(|app| say(&describe(app)));
            say("Their keys were shown when they were made; `facegate app rotate-key APP_ID` makes a new one.");
            (first.id.clone(), "$API_KEY".to_owned())
        }
    };
    say("Enrol a photo:");
    say("");
    say(&curl(&base, id.as_str(), &key, photo));
    say("");
    Ok(())
}

fn describe(app: &App) -> String {
    let name = if app.name.is_empty() { String::new() } else { format!(" {}", app.name) };
    format!("  App-ID:  {} ({}{name})", app.id, app.mode)
}

/// A line for a POSIX shell. The photo goes through a pipe, since a command line has no room for it.
fn curl(base: &str, app_id: &str, key: &str, photo: &Path) -> String {
    let photo = quote(&photo.to_string_lossy());
    format!(
        r#"(printf '{{"subject_id":"first","image":"'; base64 < {photo} | tr -d '\n'; printf '"}}') | curl -sS {base}/v1/face/enroll -H "App-ID: {app_id}" -H "API-Key: {key}" -H "Content-Type: application/json" --data-binary @-"#
    )
}

/// As one word of a POSIX shell.
fn quote(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    if !text.is_empty() && text.chars().all(plain) && !text.starts_with('-') {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// An address that a client on this machine can use: nobody can connect to 0.0.0.0 everywhere.
pub fn reachable(address: SocketAddr) -> SocketAddr {
    let host = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(host, address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_survives_odd_paths() {
        assert_eq!(quote("a/b-1.jpg"), "a/b-1.jpg");
        assert_eq!(quote("my photo's.jpg"), r"'my photo'\''s.jpg'");
        assert_eq!(quote("-x"), "'-x'");
    }

    #[test]
    fn the_address_shown_can_be_connected_to() {
        assert_eq!(reachable("0.0.0.0:80".parse().unwrap()).to_string(), "127.0.0.1:80");
        assert_eq!(reachable("[::]:80".parse().unwrap()).to_string(), "[::1]:80");
        assert_eq!(reachable("10.0.0.1:80".parse().unwrap()).to_string(), "10.0.0.1:80");
    }

    #[test]
    fn the_line_makes_valid_json() {
        let dir = tempfile::tempdir().unwrap();
        let photo = dir.path().join("my photo.jpg");
        std::fs::write(&photo, [0xff; 100]).unwrap();
        let line = curl("http://x", "id", "key", &photo);
        let (produce, _) = line.split_once(" | curl").unwrap();
        let made = std::process::Command::new("sh").arg("-c").arg(produce).output().unwrap().stdout;
        let json: serde_json::Value = serde_json::from_slice(&made).unwrap();
        assert_eq!(json["subject_id"], "first");
        assert_eq!(json["image"].as_str().unwrap().len(), 136);
    }
}
