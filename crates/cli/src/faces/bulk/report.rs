//! The report of a run, which is also its memory: a file that it answers for is not sent again.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use facegate_domain::SessionId;

use super::list::Item;
use crate::faces::reply::Reply;

const COLUMNS: [&str; 5] = ["file", "subject_id", "code", "session_id", "message"];

/// A report that is being written.
pub struct Report {
    path: PathBuf,
    file: File,
    /// Names the run, so that a photo that was enrolled just before an interruption is not enrolled twice.
    run: String,
    done: HashSet<(String, String)>,
    codes: BTreeMap<String, u64>,
}

impl Report {
    /// Begins a report, or goes on with one that an interrupted run has left.
    pub fn open(path: &Path) -> Result<Self> {
        Self::read(path).with_context(|| path.display().to_string())
    }

    fn read(path: &Path) -> Result<Self> {
        let mut file = File::options().create(true).truncate(false).read(true).write(true).open(path)?;
        let (mut done, mut codes) = (HashSet::new(), BTreeMap::new());
        let whole = whole_lines(&file)?;
        // A run that was killed may have left half a line.
        file.set_len(whole)?;
        file.seek(SeekFrom::Start(0))?;
        for row in csv::Reader::from_reader(&file).into_records() {
            let row = row?;
            ensure!(row.len() == COLUMNS.len(), "is no report of this command; name another one with --report");
            let field = |column: usize| row.get(column).unwrap_or_default().to_owned();
            *codes.entry(field(2)).or_default() += 1;
            done.insert((field(0), field(1)));
        }
        file.seek(SeekFrom::End(0))?;
        let run = run_of(&marker(path), whole > 0)?;
        let mut report = Self { path: path.to_owned(), file, run, done, codes };
        if whole == 0 {
            report.line(&COLUMNS)?;
        }
        Ok(report)
    }

    /// Whether the report answers for this photo already.
    pub fn has(&self, item: &Item) -> bool {
        self.done.contains(&(item.file.clone(), item.subject.clone()))
    }

    /// Files that an earlier run has answered for.
    pub fn len(&self) -> usize {
        self.done.len()
    }

    /// The run's name.
    pub fn run(&self) -> &str {
        &self.run
    }

    /// Writes down what came of a photo.
    pub fn add(&mut self, item: &Item, reply: &Reply) -> Result<()> {
        *self.codes.entry(reply.code.clone()).or_default() += 1;
        self.line(&[&item.file, &item.subject, &reply.code, &reply.session, &reply.message])
    }

    /// One line in one write: a kill leaves it whole or half, never mixed with another.
    fn line(&mut self, fields: &[&str; 5]) -> Result<()> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(fields)?;
        let line = writer.into_inner().map_err(|error| error.into_error())?;
        self.file.write_all(&line).with_context(|| self.path.display().to_string())
    }

    /// How often each code came, this run and those before.
    pub fn codes(&self) -> &BTreeMap<String, u64> {
        &self.codes
    }

    /// Every file is answered for.
    pub fn finish(&self) -> Result<()> {
        self.file.sync_all()?;
        Ok(fs::remove_file(marker(&self.path))?)
    }
}

/// Beside the report as long as the run is not finished.
fn marker(report: &Path) -> PathBuf {
    let mut name = report.as_os_str().to_owned();
    name.push(".run");
    name.into()
}

/// The name of the run that goes on, or of a new one.
fn run_of(marker: &Path, goes_on: bool) -> Result<String> {
    if goes_on && let Ok(run) = fs::read_to_string(marker) {
        return Ok(run.trim().to_owned());
    }
    let run = SessionId::generate().to_string();
    fs::write(marker, &run)?;
    Ok(run)
}

/// Bytes up to the end of the last whole line.
fn whole_lines(file: &File) -> Result<u64> {
    let (mut reader, mut whole, mut line) = (BufReader::new(file), 0, Vec::new());
    loop {
        line.clear();
        let read = reader.read_until(b'\n', &mut line)?;
        if !line.ends_with(b"\n") {
            return Ok(whole);
        }
        whole += read as u64;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn item(name: &str) -> Item {
        Item { file: format!("{name}.jpg"), path: PathBuf::new(), subject: name.to_owned() }
    }

    #[test]
    fn a_run_that_was_killed_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("r.csv");
        let reply = Reply::new(200, json!({"message": "one, \"two\""}));
        let mut report = Report::open(&path).unwrap();
        report.add(&item("a"), &reply).unwrap();
        report.add(&item("b"), &Reply::new(400, json!({"error_code": "FACE_NOT_DETECTED"}))).unwrap();
        let run = report.run().to_owned();
        drop(report);
        let text = fs::read_to_string(&path).unwrap();
        for cut in 0..text.len() {
            fs::write(&path, &text.as_bytes()[..cut]).unwrap();
            let mut again = Report::open(&path).unwrap();
            let lines = text[..cut].matches('\n').count();
            assert_eq!((again.has(&item("a")), again.has(&item("b"))), (lines > 1, lines > 2), "{cut}");
            assert_eq!(again.run() == run, lines > 0, "{cut}");
            again.add(&item("c"), &reply).unwrap();
            assert!(Report::open(&path).unwrap().has(&item("c")), "{cut}");
            fs::write(dir.path().join("r.csv.run"), &run).unwrap();
        }
    }

    #[test]
    fn a_finished_run_is_not_taken_up_and_another_file_is_not_touched() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("r.csv");
        let report = Report::open(&path).unwrap();
        report.finish().unwrap();
        assert_ne!(Report::open(&path).unwrap().run(), report.run());
        let other = dir.path().join("people.csv");
        fs::write(&other, "name,photo\na,b.jpg\n").unwrap();
        assert!(Report::open(&other).is_err());
        assert_eq!(fs::read_to_string(&other).unwrap(), "name,photo\na,b.jpg\n");
    }
}
