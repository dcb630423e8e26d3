//! What is sent: every photo's request, made before the clock runs.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use bytes::{Buf, Bytes};
use serde_json::{Map, Value};

use super::args::{BenchArgs, Endpoint};
use crate::photos::is_photo;

/// A body: a short beginning that may be the request's own, and the part that all requests with this photo share.
pub type Payload = bytes::buf::Chain<Bytes, Bytes>;

/// Requests, one after the other over all photos.
pub struct Requests {
    /// Path on the server, with its slash.
    pub path: String,
    tails: Vec<Bytes>,
    naming: Naming,
}

/// How requests name their subjects.
enum Naming {
    /// Not at all: the server makes a new one, or the body is of another kind.
    None,
    /// So many, over and over.
    Cycle(u64),
    /// The photo's own.
    OfPhoto,
}

impl Requests {
    /// Reads the photos and makes their requests.
    pub fn new(args: &BenchArgs) -> Result<Self> {
        let mut tails = Vec::new();
        for path in find(&args.photos)? {
            let bytes = std::fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
            tails.push(tail(args, &base64_simd::STANDARD.encode_to_string(bytes))?);
        }
        let naming = match (args.endpoint, args.subjects) {
            _ if args.path.is_some() => Naming::None,
            (Endpoint::Verify, _) => Naming::OfPhoto,
            (Endpoint::Enroll, Some(count)) => Naming::Cycle(count),
            _ => Naming::None,
        };
        let path = args.path.clone().unwrap_or_else(|| format!("/v1/face/{}", name(args.endpoint)));
        Ok(Self { path, tails, naming })
    }

    /// How many photos there are.
    pub fn photos(&self) -> usize {
        self.tails.len()
    }

    /// The body of request number `number`.
    pub fn body(&self, number: u64) -> Payload {
        let photo = (number % self.tails.len() as u64) as usize;
        let head = match self.naming {
            Naming::None => Bytes::new(),
            Naming::Cycle(count) => subject(number % count),
            Naming::OfPhoto => subject(photo as u64),
        };
        head.chain(self.tails[photo].clone())
    }

    /// The enrolments that must be there before the load: of every photo, if the endpoint compares with what is stored.
    pub fn enrolments(args: &BenchArgs) -> Result<Option<Self>> {
        if args.path.is_some() || !matches!(args.endpoint, Endpoint::Verify | Endpoint::Search) {
            return Ok(None);
        }
        let plain = BenchArgs { endpoint: Endpoint::Enroll, fields: Vec::new(), subjects: None, ..args.clone() };
        Ok(Some(Self { naming: Naming::OfPhoto, ..Self::new(&plain)? }))
    }
}

fn subject(number: u64) -> Bytes {
    Bytes::from(format!(r#"{{"subject_id":"bench-{number}","#))
}

fn name(endpoint: Endpoint) -> &'static str {
    match endpoint {
        Endpoint::Enroll => "enroll",
        Endpoint::Verify => "verify",
        Endpoint::Compare => "compare",
        Endpoint::Search => "search",
        Endpoint::Liveness => "liveness",
        Endpoint::Detect => "detect",
    }
}

/// The body without what names the subject; begins with a brace if nothing does.
fn tail(args: &BenchArgs, image: &str) -> Result<Bytes> {
    if let Some(template) = &args.body {
        ensure!(template.contains("{image}"), "--body has no {{image}}");
        return Ok(template.replace("{image}", image).into());
    }
    let mut object: Map<String, Value> = args.fields.iter().cloned().collect();
    let images: &[&str] = if args.endpoint == Endpoint::Compare { &["image_1", "image_2"] } else { &["image"] };
    object.extend(images.iter().map(|name| ((*name).to_owned(), Value::from(image))));
    let text = Value::Object(object).to_string();
    let named = args.endpoint == Endpoint::Verify || (args.endpoint == Endpoint::Enroll && args.subjects.is_some());
    Ok(if named { Bytes::from(text).slice(1..) } else { text.into() })
}

fn find(given: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in given {
        if !path.is_dir() {
            found.push(path.clone());
            continue;
        }
        let entries = std::fs::read_dir(path).with_context(|| format!("{} cannot be read", path.display()))?;
        let paths: Vec<PathBuf> = entries.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
        found.extend(paths.into_iter().filter(|path| is_photo(path)));
    }
    ensure!(!found.is_empty(), "there are no photos: give .jpg, .jpeg or .png files, or folders with them");
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: BenchArgs,
    }

    fn bodies(line: &str, count: u64) -> Vec<String> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a.jpg"), b"abc").unwrap();
        std::fs::write(dir.path().join("b.JPEG"), b"xyz").unwrap();
        std::fs::write(dir.path().join("c.txt"), b"no").unwrap();
        let words = ["bench", dir.path().to_str().unwrap()].into_iter().chain(line.split_whitespace());
        let requests = Requests::new(&Line::parse_from(words).args).unwrap();
        assert_eq!(requests.photos(), 2);
        let text = |n| {
            let mut body = requests.body(n);
            String::from_utf8(body.copy_to_bytes(body.remaining()).to_vec()).unwrap()
        };
        (0..count).map(text).collect()
    }

    #[test]
    fn photos_come_in_turn_and_subjects_as_asked() {
        assert_eq!(bodies("", 3), [r#"{"image":"YWJj"}"#, r#"{"image":"eHl6"}"#, r#"{"image":"YWJj"}"#]);
        let cycled = bodies("--subjects 3 --field is_liveness=true", 4);
        assert_eq!(cycled[2], r#"{"subject_id":"bench-2","image":"YWJj","is_liveness":true}"#);
        assert_eq!(cycled[3], r#"{"subject_id":"bench-0","image":"eHl6","is_liveness":true}"#);
        assert_eq!(bodies("--endpoint verify", 2)[1], r#"{"subject_id":"bench-1","image":"eHl6"}"#);
        let compared: Value = serde_json::from_str(&bodies("--endpoint compare", 1)[0]).unwrap();
        assert_eq!((&compared["image_1"], &compared["image_2"]), (&"YWJj".into(), &"YWJj".into()));
    }

    #[test]
    fn other_servers_get_their_own_kind_of_body() {
        let line = r#"--url http://x --path /p --body {"img":"data:image/jpeg;base64,{image}"}"#;
        assert_eq!(bodies(line, 1), [r#"{"img":"data:image/jpeg;base64,YWJj"}"#]);
    }
}
