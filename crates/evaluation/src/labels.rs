//! The CSV file that says what is true of each photo.
//!
//! Columns are found by name. Several names are understood for each (`image` for `file`, `identity` for `person`), and
//! any other can be named on the command line. What a job does not know is free for breakdowns.

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;

use crate::EvaluationError;

/// Other names of the columns that jobs know.
const ALIASES: &[(&str, &[&str])] = &[
    ("file", &["image", "path", "filename"]),
    ("person", &["identity", "subject", "person_id"]),
    ("file_a", &["img_a", "image_a", "file_x", "file_1"]),
    ("file_b", &["img_b", "image_b", "file_y", "file_2"]),
    ("same", &["decision", "match"]),
    ("attack", &["attack_type", "species"]),
];

/// `wanted=present,…`: which column of the file is meant by a name that a job knows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Renames(BTreeMap<String, String>);

impl FromStr for Renames {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let one = |part: &str| match part.split_once('=') {
            Some((wanted, present)) if !wanted.is_empty() && !present.is_empty() => {
                Ok((wanted.trim().to_owned(), present.trim().to_owned()))
            }
            _ => Err(format!("{part:?} is not like file=image")),
        };
        text.split(',').map(one).collect::<Result<_, _>>().map(Self)
    }
}

/// A table of labels.
#[derive(Clone, Debug)]
pub struct Labels {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
    /// Line in the file of each row.
    lines: Vec<u64>,
    reading: Reading,
}

/// How a file of labels is to be understood.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// Columns that have other names.
    pub renames: Renames,
    /// Words that mean "not known", as a blank does.
    pub unknown: Vec<String>,
    /// At most this many rows.
    pub limit: Option<usize>,
}

impl Labels {
    /// Reads a CSV file with a header.
    pub fn read(path: &Path, reading: Reading) -> Result<Self, EvaluationError> {
        let bytes = std::fs::read(path).map_err(|error| EvaluationError::file(path, error))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let good = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
            let line = 1 + good.iter().filter(|b| **b == b'\n').count();
            EvaluationError::file(path, format!("line {line} is not UTF-8; save the labels as CSV in UTF-8"))
        })?;
        Self::parse(&text, reading)
    }

    /// The same from a text.
    pub fn parse(text: &str, reading: Reading) -> Result<Self, EvaluationError> {
        let bad = |line: u64, reason: String| EvaluationError::Label { line, reason };
        let text = text.trim_start_matches('\u{feff}');
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
        let header = reader.headers().map_err(|error| bad(1, error.to_string()))?;
        let columns: Vec<String> = header.iter().map(str::to_owned).collect();
        let (mut rows, mut lines) = (Vec::new(), Vec::new());
        for record in reader.records().take(reading.limit.unwrap_or(usize::MAX)) {
            let record = record.map_err(|error| {
                let line = error.position().map_or(1, csv::Position::line);
                bad(line, error.to_string())
            })?;
            lines.push(record.position().map_or(0, csv::Position::line));
            rows.push(record.iter().map(str::to_owned).collect());
        }
        if rows.is_empty() {
            return Err(EvaluationError::TooLittle("the labels have no rows".into()));
        }
        let labels = Self { columns, rows, lines, reading };
        // A mistyped name must not silently fall back to another column.
        labels.reading.renames.0.values().try_for_each(|present| labels.exactly(present).map(drop))?;
        Ok(labels)
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Never: labels without rows are refused.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether there is a column for this.
    pub fn has(&self, wanted: &str) -> bool {
        self.find(wanted).is_some()
    }

    /// The texts of a column.
    pub fn texts(&self, wanted: &str) -> Result<Vec<&str>, EvaluationError> {
        let index = self.find(wanted).ok_or_else(|| self.missing(wanted))?;
        Ok(self.rows.iter().map(|row| row.get(index).map_or("", String::as_str)).collect())
    }

    /// The texts of a column in which nothing may be blank.
    pub fn filled(&self, wanted: &str) -> Result<Vec<&str>, EvaluationError> {
        let texts = self.texts(wanted)?;
        match texts.iter().position(|text| text.is_empty()) {
            Some(row) => Err(self.wrong(row, format!("{wanted} is blank"))),
            None => Ok(texts),
        }
    }

    /// The texts of exactly this column, for a breakdown.
    pub fn group(&self, column: &str) -> Result<Vec<&str>, EvaluationError> {
        let index = self.exactly(column)?;
        Ok(self.rows.iter().map(|row| row.get(index).map_or("", String::as_str)).collect())
    }

    /// Yes (1, true, yes) or no (0, false, no) in each row; `None` where it is blank.
    pub fn flags(&self, wanted: &str) -> Result<Vec<Option<bool>>, EvaluationError> {
        let flag = |(row, text): (usize, &str)| match text.to_ascii_lowercase().as_str() {
            "" => Ok(None),
            "1" | "true" | "yes" | "y" => Ok(Some(true)),
            "0" | "false" | "no" | "n" => Ok(Some(false)),
            _ if self.reading.unknown.iter().any(|word| word == text) => Ok(None),
            _ => Err(self.wrong(
                row,
                format!(
                    "{wanted} is {0:?}; 1 or 0, yes or no is meant (--unknown {0} takes it as not known)",
                    shortened(text)
                ),
            )),
        };
        self.texts(wanted)?.into_iter().enumerate().map(flag).collect()
    }

    /// Something is wrong with a row.
    pub(crate) fn wrong(&self, row: usize, reason: String) -> EvaluationError {
        EvaluationError::Label { line: self.lines.get(row).copied().unwrap_or_default(), reason }
    }

    /// Looks whether every file is there, before much time is spent: an error, or with `skip` the count of the rows that
    /// were left out because theirs is not.
    pub fn check_files(&mut self, folder: &Path, skip: bool) -> Result<usize, EvaluationError> {
        let columns: Vec<usize> = ["file", "file_a", "file_b"].iter().filter_map(|name| self.find(name)).collect();
        let there =
            |row: &Vec<String>| columns.iter().filter_map(|c| row.get(*c)).all(|file| folder.join(file).is_file());
        let kept: Vec<bool> = self.rows.iter().map(there).collect();
        let gone = kept.iter().filter(|there| !**there).count();
        if gone > 0 && (!skip || gone == kept.len()) {
            let row = kept.iter().position(|there| !*there).unwrap_or_default();
            let reason = format!(
                "its file is not in {} (and {} more); --skip-missing leaves such rows out",
                folder.display(),
                gone - 1
            );
            return Err(self.wrong(row, reason));
        }
        let mut keep = kept.iter();
        self.rows.retain(|_| keep.next().is_some_and(|there| *there));
        let mut keep = kept.iter();
        self.lines.retain(|_| keep.next().is_some_and(|there| *there));
        Ok(gone)
    }

    fn find(&self, wanted: &str) -> Option<usize> {
        let at = |name: &str| self.columns.iter().position(|column| column.eq_ignore_ascii_case(name));
        if let Some(present) = self.reading.renames.0.get(wanted) {
            return at(present);
        }
        let aliases = ALIASES.iter().find(|(name, _)| *name == wanted).map_or(&[][..], |(_, aliases)| aliases);
        at(wanted).or_else(|| aliases.iter().find_map(|alias| at(alias)))
    }

    fn exactly(&self, column: &str) -> Result<usize, EvaluationError> {
        self.columns.iter().position(|c| c.eq_ignore_ascii_case(column)).ok_or_else(|| self.missing(column))
    }

    fn missing(&self, wanted: &str) -> EvaluationError {
        EvaluationError::Column { wanted: shortened(wanted), present: shortened(&self.columns.join(", ")) }
    }
}

/// A text of the labels for a sentence: a line can be a megabyte long.
pub(crate) fn shortened(text: &str) -> String {
    const MOST: usize = 200;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Numbers for texts, in the order of their first appearance.
pub(crate) fn numbered<'a>(texts: impl IntoIterator<Item = &'a str>) -> (Vec<u32>, Vec<&'a str>) {
    let (mut numbers, mut names) = (BTreeMap::new(), Vec::new());
    let number = |text: &'a str| {
        *numbers.entry(text).or_insert_with(|| {
            names.push(text);
            names.len() as u32 - 1
        })
    };
    let all = texts.into_iter().map(number).collect();
    (all, names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(text: &str, renames: &str) -> Result<Labels, EvaluationError> {
        let renames = if renames.is_empty() { Renames::default() } else { renames.parse().unwrap() };
        Labels::parse(text, Reading { renames, unknown: vec!["tinted".into()], limit: None })
    }

    #[test]
    fn columns_are_found_by_name_alias_or_renaming() {
        let text = "\u{feff}Image, identity ,hat,sex\na.jpg,x,1,f\nb.jpg,y,,m\n";
        let l = labels(text, "").unwrap();
        assert_eq!(l.filled("file").unwrap(), ["a.jpg", "b.jpg"]);
        assert_eq!(l.texts("person").unwrap(), ["x", "y"]);
        assert_eq!(l.flags("hat").unwrap(), [Some(true), None]);
        assert_eq!(l.group("sex").unwrap(), ["f", "m"]);
        assert_eq!(labels(text, "person=sex").unwrap().texts("person").unwrap(), ["f", "m"]);
        let error = l.texts("mask").unwrap_err().to_string();
        assert!(error.contains("mask") && error.contains("identity") && error.contains("--columns"), "{error}");
    }

    #[test]
    fn mistakes_name_the_line() {
        let line = |result: Result<Vec<Option<bool>>, _>| match result {
            Err(EvaluationError::Label { line, .. }) => line,
            other => panic!("{other:?}"),
        };
        assert_eq!(line(labels("file,live\na,1\nb,perhaps\n", "").unwrap().flags("live")), 3);
        assert!(labels("file,live\na\n", "").is_err());
        assert!(labels("file,live\n", "").is_err());
        assert!(labels("file\na\n", "file=photo").is_err());
        assert!(labels("file\n\"\"\n", "").unwrap().filled("file").is_err());
        assert!("file".parse::<Renames>().is_err() && "=a".parse::<Renames>().is_err());
    }

    #[test]
    fn what_is_no_text_is_told_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.csv");
        std::fs::write(&path, b"file,person\na,x\nb,\xff\n").unwrap();
        let error = Labels::read(&path, Reading::default()).unwrap_err().to_string();
        assert!(error.contains("line 3 is not UTF-8"), "{error}");
    }

    #[test]
    fn a_long_text_is_not_repeated() {
        let long = "é".repeat(500_000);
        let error = labels(&format!("file,live\na,{long}\n"), "").unwrap().flags("live").unwrap_err().to_string();
        assert!(error.len() < 1500 && error.contains("live is \"éé"), "{}", error.len());
        let error = labels(&format!("{long},b\na,b\n"), "").unwrap().texts("file").unwrap_err().to_string();
        assert!(error.len() < 1500, "{}", error.len());
    }

    #[test]
    fn what_is_not_known_is_said() {
        let l = labels("file,sunglasses\na,tinted\nb,1\n", "").unwrap();
        assert_eq!(l.flags("sunglasses").unwrap(), [None, Some(true)]);
    }

    #[test]
    fn files_must_be_there() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a"), "").unwrap();
        let mut l = labels("file,live\nb,1\na,0\nc,1\n", "").unwrap();
        let error = l.check_files(folder.path(), false).unwrap_err().to_string();
        assert!(error.starts_with("line 2") && error.contains("1 more"), "{error}");
        assert_eq!(l.check_files(folder.path(), true).unwrap(), 2);
        assert_eq!((l.texts("file").unwrap(), l.lines[0]), (vec!["a"], 3));
        let mut none = labels("file\nx\n", "").unwrap();
        assert!(none.check_files(folder.path(), true).is_err(), "nothing is left");
    }

    #[test]
    fn numbers_follow_the_first_appearance() {
        assert_eq!(numbered(["b", "a", "b", "c"]), (vec![0, 1, 0, 2], vec!["b", "a", "c"]));
    }
}
