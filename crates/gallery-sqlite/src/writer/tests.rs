//! Group commit: what shares a transaction, and what a failure takes with it.

use tokio::join;

use facegate_gallery::StoreError;
use facegate_vault::{MasterKey, Vault};
use rusqlite::Connection;

use super::*;
use crate::open;

struct Bench {
    folder: tempfile::TempDir,
    writer: Writer,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (path, options) = (folder.path().join("facegate.db"), Options::default());
        let vault = Vault::new(&MasterKey::generate().unwrap(), &[]).unwrap();
        let (connection, _) = open::writer(&path, &vault, &options).unwrap();
        connection.execute_batch("CREATE TABLE notes (note TEXT PRIMARY KEY)").unwrap();
        Self { writer: Writer::start(connection, &path, &options).unwrap(), folder }
    }

    /// Another process, so to speak, holds the write lock: what is sent now ends up in few batches.
    fn blocked(&self) -> Connection {
        let other = self.look();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        other
    }

    fn look(&self) -> Connection {
        Connection::open(self.folder.path().join("facegate.db")).unwrap()
    }

    fn notes(&self) -> Vec<String> {
        let connection = self.look();
        let mut statement = connection.prepare("SELECT note FROM notes ORDER BY note").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    async fn note(&self, text: &'static str) -> Result<(), StoreError> {
        self.writer.run(0, move |connection| write(connection, text)).await
    }
}

fn write(connection: &Connection, text: &str) -> Outcome<()> {
    connection.execute("INSERT INTO notes VALUES (?1)", [text])?;
    Ok(())
}

/// Gives the lock back when all jobs have been sent.
async fn release(other: Connection) {
    tokio::time::sleep(Duration::from_millis(100)).await;
    other.execute_batch("ROLLBACK").unwrap();
}

#[tokio::test]
async fn a_job_that_fails_undoes_its_own_writes_only() {
    let bench = Bench::new();
    let other = bench.blocked();
    let fails = bench.writer.run(0, |connection| {
        write(connection, "half done")?;
        Err::<(), _>(StoreError::UnknownApp.into())
    });
    let (zero, one, two, three, ()) = join!(bench.note("0"), bench.note("1"), fails, bench.note("3"), release(other));
    assert_eq!((zero, one, two, three), (Ok(()), Ok(()), Err(StoreError::UnknownApp), Ok(())));
    assert_eq!(bench.notes(), ["0", "1", "3"]);
}

#[tokio::test]
async fn a_commit_that_fails_fails_every_job_of_the_batch() {
    let bench = Bench::new();
    let other = bench.blocked();
    // A row without its owner, the check of which is put off until the commit.
    let orphan = bench.writer.run(0, |connection| {
        connection.execute_batch("PRAGMA defer_foreign_keys = ON")?;
        connection.execute("INSERT INTO photos VALUES (77, x'00')", [])?;
        Ok(())
    });
    // The first is a batch of its own: it occupies the writer while the others queue up behind it.
    let behind = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        join!(bench.note("1"), orphan, bench.note("3"), release(other))
    };
    let (first, (one, two, three, ())) = join!(bench.note("first"), behind);
    assert_eq!(first, Ok(()));
    for outcome in [one, two, three] {
        assert!(matches!(outcome, Err(StoreError::Unavailable(_))), "{outcome:?}");
    }
    assert_eq!(bench.notes(), ["first"]);
    bench.note("afterwards").await.unwrap();
    assert_eq!(bench.notes(), ["afterwards", "first"]);
}

#[tokio::test]
async fn dropping_the_writer_finishes_what_has_started() {
    let bench = Bench::new();
    bench.note("kept").await.unwrap();
    let Bench { folder, writer } = bench;
    drop(writer);
    assert!(!folder.path().join("facegate.db-wal").exists(), "the log was not moved into the file");
    let connection = Connection::open(folder.path().join("facegate.db")).unwrap();
    assert_eq!(connection.query_row("SELECT count(*) FROM notes", [], |row| row.get::<_, i64>(0)), Ok(1));
}
