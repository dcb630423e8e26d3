//! Asking a running server.

use anyhow::{Context, Result, bail};
use facegate_client::{Client, Error};
use serde_json::Value;

use super::args::Where;
use super::reply::Reply;
use crate::config::API_KEY;

/// A server and an app of it.
pub struct Remote(Client);

impl Remote {
    /// Nothing is sent yet.
    pub fn new(url: &str, place: &Where) -> Result<Self> {
        let app = place.app.as_deref().context("--url needs --app")?;
        let key = match &place.api_key_file {
            Some(file) => std::fs::read_to_string(file).with_context(|| file.display().to_string())?,
            None => std::env::var(API_KEY)
                .ok()
                .context("no API-Key: put it into FACEGATE_API_KEY, or name its file with --api-key-file")?,
        };
        Ok(Self(Client::new(url, app, key.trim())?))
    }

    /// Sends a request. `Err` if no request can be sent at all.
    pub async fn ask(&self, endpoint: &str, payload: &Value, once: Option<&str>) -> Result<Reply> {
        match self.0.post_json(endpoint, payload, once).await {
            Ok(body) => Ok(Reply::new(200, body)),
            Err(Error::Refused(refusal)) => {
                let body = serde_json::json!({
                    "error_code": refusal.code, "message": refusal.message, "session_id": refusal.session_id,
                });
                Ok(Reply::new(refusal.status, body).retry_after(refusal.retry_after))
            }
            Err(error @ Error::Transport(_)) => Ok(Reply::none(format!("{error:#}"))),
            Err(error) => bail!(error),
        }
    }
}
