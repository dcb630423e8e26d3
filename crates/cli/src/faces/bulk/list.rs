//! Which files are to be enrolled, and as whom.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use walkdir::WalkDir;

use crate::faces::args::{EnrollArgs, IdFrom};
use crate::photos::is_photo;

/// One photo of one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// As the report names it: relative to the source.
    pub file: String,
    /// Where it is.
    pub path: PathBuf,
    /// The subject id.
    pub subject: String,
}

/// What the flags name, sorted.
pub fn items(args: &EnrollArgs) -> Result<Vec<Item>> {
    let source = &args.source;
    let found = std::fs::metadata(source).with_context(|| source.display().to_string())?;
    let items = if found.is_dir() { of_folder(source, args.id)? } else { of_table(args)? };
    ensure!(!items.is_empty(), "{}: there is no photo (.jpg, .jpeg, .png)", source.display());
    one_photo_each(&items)?;
    Ok(items)
}

/// The folder of the source's files, where the report goes too.
pub fn folder(source: &Path) -> &Path {
    if source.is_dir() {
        source
    } else {
        source.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }
}

fn of_folder(source: &Path, id: IdFrom) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    let hidden = |name: &OsStr| name.to_string_lossy().starts_with('.');
    let entries = WalkDir::new(source).follow_links(true).sort_by_file_name().into_iter();
    for entry in entries.filter_entry(|entry| entry.depth() == 0 || !hidden(entry.file_name())) {
        let entry = entry?;
        let path = entry.into_path();
        if !path.is_file() || !is_photo(&path) {
            continue;
        }
        let below = path.strip_prefix(source).unwrap_or(&path).to_owned();
        let stem = below.with_extension("");
        let subject = match id {
            IdFrom::Name => stem.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            IdFrom::Path => stem.iter().map(OsStr::to_string_lossy).collect::<Vec<_>>().join("-"),
        };
        items.push(Item { file: below.to_string_lossy().into_owned(), path, subject });
    }
    Ok(items)
}

fn of_table(args: &EnrollArgs) -> Result<Vec<Item>> {
    let name = args.source.display();
    let mut table = csv::Reader::from_path(&args.source).with_context(|| name.to_string())?;
    let headers = table.headers().with_context(|| name.to_string())?.clone();
    let column = |wanted: &str, flag: &str| {
        let known = headers.iter().collect::<Vec<_>>().join(", ");
        let found = headers.iter().position(|header| header.trim() == wanted);
        found.with_context(|| format!("{name}: no column {wanted:?}, only {known}; choose one with {flag}"))
    };
    let file = column(&args.file_column, "--file-column")?;
    let subject = column(&args.subject_column, "--subject-column")?;
    let mut items = Vec::new();
    for row in table.records() {
        let row = row.with_context(|| name.to_string())?;
        let field = |column: usize| row.get(column).unwrap_or_default().trim().to_owned();
        let item = Item { path: folder(&args.source).join(field(file)), file: field(file), subject: field(subject) };
        let line = row.position().map_or(0, csv::Position::line);
        ensure!(!item.file.is_empty() && !item.subject.is_empty(), "{name}, line {line}: a field is empty");
        items.push(item);
    }
    Ok(items)
}

/// Two photos of one subject would replace each other, in no certain order.
fn one_photo_each(items: &[Item]) -> Result<()> {
    let mut files: HashMap<&str, &str> = HashMap::new();
    for item in items {
        if let Some(other) = files.insert(&item.subject, &item.file) {
            bail!(
                "{other} and {} would both be the subject {:?}; --id path makes ids of folders too, a CSV file names them",
                item.file,
                item.subject
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: EnrollArgs,
    }

    fn listed(line: &[&str]) -> Result<Vec<(String, String)>> {
        let args = Line::parse_from([&["x"], line].concat()).args;
        Ok(items(&args)?.into_iter().map(|item| (item.file, item.subject)).collect())
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn a_folder_gives_its_photos() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("a/.hidden")).unwrap();
        for file in ["z.JPG", "a/b.png", "a/notes.txt", "a/.hidden/c.jpg", ".d.jpg"] {
            std::fs::write(dir.path().join(file), "").unwrap();
        }
        let source = dir.path().to_str().unwrap();
        assert_eq!(listed(&[source]).unwrap(), pairs(&[("a/b.png", "b"), ("z.JPG", "z")]));
        assert_eq!(listed(&[source, "--id", "path"]).unwrap(), pairs(&[("a/b.png", "a-b"), ("z.JPG", "z")]));
        std::fs::write(dir.path().join("b.jpeg"), "").unwrap();
        let error = listed(&[source]).unwrap_err().to_string();
        assert!(error.contains("a/b.png") && error.contains("b.jpeg") && error.contains("--id path"), "{error}");
        assert_eq!(listed(&[source, "--id", "path"]).unwrap().len(), 3);
    }

    #[test]
    fn a_table_names_files_and_subjects() {
        let dir = tempfile::tempdir().unwrap();
        let table = dir.path().join("people.csv");
        std::fs::write(&table, "customer,photo,age\n17,p/17.jpg,4\n\"18, b\",18.jpg,5\n").unwrap();
        let table = table.to_str().unwrap();
        let columns = ["--file-column", "photo", "--subject-column", "customer"];
        let found = listed(&[&[table], &columns[..]].concat()).unwrap();
        assert_eq!(found, pairs(&[("p/17.jpg", "17"), ("18.jpg", "18, b")]));
        let error = listed(&[table]).unwrap_err().to_string();
        assert!(error.contains("customer, photo, age") && error.contains("--file-column"), "{error}");
    }
}
