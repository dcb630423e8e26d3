//! Getting a master key from where the configuration says it is. What is read is never shown.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use facegate_vault::MasterKey;
use tokio::io::AsyncReadExt;
use tokio::process::Command;
use zeroize::Zeroizing;

use crate::config::KeySource;

/// More than any form of a key, with white space.
const MOST_BYTES: u64 = 4096;
/// How long a program may take to give the key.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// Reads the key.
pub async fn read(source: &KeySource) -> Result<MasterKey> {
    let text = match source {
        KeySource::File(path) => file(path)?,
        KeySource::Env(name) => {
            let value = std::env::var(name).ok().filter(|value| !value.is_empty());
            Zeroizing::new(value.with_context(|| format!("the master key: the variable {name} is not set"))?)
        }
        KeySource::Command(words) => {
            command(words, TIME_LIMIT).await.with_context(|| format!("the master key: {source}"))?
        }
    };
    MasterKey::parse(&text).with_context(|| format!("the master key: {source} holds none"))
}

fn file(path: &Path) -> Result<Zeroizing<String>> {
    let shown = path.display();
    let mut file = File::open(path).with_context(|| format!("the master key {shown} cannot be read"))?;
    refuse_open_to_others(&file, path)?;
    let mut text = Zeroizing::new(String::new());
    file.by_ref()
        .take(MOST_BYTES)
        .read_to_string(&mut text)
        .with_context(|| format!("the master key {shown} cannot be read"))?;
    Ok(text)
}

/// As ssh does: an own file must be for its owner only, and nobody's may be for everybody.
#[cfg(unix)]
fn refuse_open_to_others(file: &File, path: &Path) -> Result<()> {
    use std::os::unix::fs::MetadataExt;
    let metadata = file.metadata().with_context(|| format!("the master key {} cannot be read", path.display()))?;
    ensure!(metadata.is_file(), "the master key {} is not a file", path.display());
    let own = metadata.uid() == rustix::process::getuid().as_raw();
    // A secret that a container gets belongs to root and is for the server's group.
    let refused = if own { 0o077 } else { 0o007 };
    if metadata.mode() & refused != 0 {
        bail!("others may read the master key {path}; run `chmod 600 {path}`", path = path.display());
    }
    Ok(())
}

#[cfg(not(unix))]
fn refuse_open_to_others(_: &File, _: &Path) -> Result<()> {
    Ok(())
}

/// The standard output of a program. Of a failure its messages are shown, never its output.
async fn command(words: &[String], limit: Duration) -> Result<Zeroizing<String>> {
    let (program, arguments) = words.split_first().context("no program")?;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("it cannot be started")?;
    let (out, err) = (child.stdout.take().context("no output")?, child.stderr.take().context("no messages")?);
    let (mut text, mut messages) = (Zeroizing::new(String::new()), Vec::new());
    let finished = tokio::time::timeout(limit, async {
        // Each is closed when enough was read: who goes on writing is stopped by that.
        let read = async { out.take(MOST_BYTES).read_to_string(&mut text).await };
        let explain = async { err.take(MOST_BYTES).read_to_end(&mut messages).await };
        let (read, _) = tokio::join!(read, explain);
        (read, child.wait().await)
    });
    let Ok((read, status)) = finished.await else {
        bail!("it did not end within {limit:?}");
    };
    let status = status.context("it cannot be waited for")?;
    if !status.success() {
        let messages = String::from_utf8_lossy(&messages);
        let messages: String = messages.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        bail!("it ended with {status}: {messages}");
    }
    ensure!(read.is_ok(), "its output is not text");
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn key() -> MasterKey {
        MasterKey::parse(&"07".repeat(32)).unwrap()
    }

    async fn refused(source: &KeySource) -> String {
        let text = format!("{:#}", read(source).await.unwrap_err());
        assert!(!text.contains("0707"), "{text}");
        text
    }

    fn sh(script: &str) -> (tempfile::TempDir, KeySource) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kms.sh");
        std::fs::write(&path, script).unwrap();
        let words = vec!["sh".to_owned(), path.to_str().unwrap().to_owned()];
        (folder, KeySource::Command(words))
    }

    #[tokio::test]
    async fn a_key_file_is_read_if_only_its_owner_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let source = KeySource::File(path.clone());
        assert!(refused(&source).await.contains("cannot be read"));
        std::fs::write(&path, format!("{}\n", *key().reveal())).unwrap();
        for (mode, good) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false), (0o644, false)] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            match good {
                true => assert_eq!(read(&source).await.unwrap().id(), key().id()),
                false => assert!(refused(&source).await.contains("chmod 600")),
            }
        }
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        std::fs::write(&path, "07".repeat(31)).unwrap();
        assert!(refused(&source).await.contains("64 hexadecimal digits"));
        assert!(refused(&KeySource::File(folder.path().to_owned())).await.contains("not a file"));
    }

    #[tokio::test]
    async fn a_program_gives_the_key_or_says_why_not() {
        let (_folder, source) = sh(&format!("echo for the operator >&2; echo {}", *key().reveal()));
        assert_eq!(read(&source).await.unwrap().id(), key().id());
        let (_folder, source) = sh(&format!("echo {}; echo no access to the key >&2; exit 3", *key().reveal()));
        let text = refused(&source).await;
        assert!(text.contains("no access to the key") && text.contains('3'), "{text}");
        let (_folder, source) = sh(&format!("echo key={}", *key().reveal()));
        assert!(refused(&source).await.contains("holds none"));
        let (_folder, source) = sh("yes 07");
        assert!(refused(&source).await.contains("ended with"), "a flood ends");
        let words = ["sh", "-c", "sleep 600"].map(str::to_owned);
        let late = command(&words, Duration::from_millis(50)).await.unwrap_err().to_string();
        assert!(late.contains("did not end"), "{late}");
        assert!(refused(&KeySource::Command(vec!["/does/not/exist".to_owned()])).await.contains("cannot be started"));
        assert!(refused(&KeySource::Env("NOT_SET_ANYWHERE".to_owned())).await.contains("NOT_SET_ANYWHERE"));
    }
}
