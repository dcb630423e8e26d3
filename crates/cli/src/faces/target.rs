//! Here or at a server: the commands cannot tell.

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

use super::args::{Gate, Where};
use super::local::Local;
use super::remote::Remote;
use super::reply::Reply;
use crate::config::Config;

/// Tries of a request that might go better later.
const TRIES: u32 = 6;

/// What a command needs of the place where it works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// The models only.
    Models,
    /// An app's subjects.
    Subjects,
    /// To write subjects.
    Writing,
}

/// Who answers.
pub enum Target {
    /// This process.
    Local(Box<Local>),
    /// A server.
    Remote(Remote),
}

impl Target {
    /// As the flags say. Loads the models if the work is to be done here.
    pub async fn open(config: &Config, place: &Where, needs: Needs) -> Result<Self> {
        if let Some(url) = &place.url {
            return Ok(Self::Remote(Remote::new(url, place)?));
        }
        let app = place.app.as_deref();
        Ok(Self::Local(Box::new(match needs {
            Needs::Models => Local::alone(config).await?,
            Needs::Subjects | Needs::Writing => Local::open(config, app, needs == Needs::Writing).await?,
        })))
    }

    /// Requests that are worth having on their way at once.
    pub fn parallel(&self, config: &Config) -> usize {
        match self {
            Self::Local(_) => 2 * config.workers(),
            Self::Remote(_) => 8,
        }
    }

    /// Sends a request; tries again what might go better later. `once` makes a repetition harmless.
    pub async fn ask(&self, endpoint: &str, payload: &Value, once: Option<&str>) -> Result<Reply> {
        let mut tries = 1;
        loop {
            let reply = match self {
                Self::Local(local) => local.ask(endpoint, payload, once).await?,
                Self::Remote(remote) => remote.ask(endpoint, payload, once).await?,
            };
            let Some(wait) = reply.retry.filter(|_| tries < TRIES) else { return Ok(reply) };
            tokio::time::sleep(wait * tries).await;
            tries += 1;
        }
    }

    /// The same for one request of a person: anything but an answer about the photo is an error.
    pub async fn answer(&self, endpoint: &str, payload: &Value) -> Result<Reply> {
        let reply = self.ask(endpoint, payload, None).await?;
        self.finish().await;
        if !reply.answered() {
            bail!("{}: {}", reply.code, reply.message);
        }
        Ok(reply)
    }

    /// To be called at the end.
    pub async fn finish(&self) {
        if let Self::Local(local) = self {
            local.finish().await;
        }
    }
}

/// The flags that ask for these gates and for everything that they need.
pub fn flags(gates: &[Gate]) -> Map<String, Value> {
    let mut flags = Map::new();
    for gate in gates {
        let name = match gate {
            Gate::Quality => "quality",
            Gate::Attribute => "attribute",
            Gate::Liveness => "liveness",
            Gate::Nface => "nface",
        };
        if *gate != Gate::Nface {
            flags.insert(format!("is_{name}"), json!(true));
        }
        flags.insert(format!("validate_{name}"), json!(true));
    }
    flags
}

/// A photo as the API takes it.
pub fn image(path: &std::path::Path) -> Result<Value> {
    let file = std::fs::read(path).with_context(|| path.display().to_string())?;
    Ok(base64_simd::STANDARD.encode_to_string(file).into())
}
