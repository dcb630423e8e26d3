//! What a caller sees of an answer, byte by byte, without what is different each time.

use std::time::Instant;

use facegate_tests::App;

/// Fields with a moment.
const TIMES: [&str; 4] = ["timestamp", "created_at", "updated_at", "expires_at"];

/// A request, and the name in it that stands for one or the other.
#[derive(Clone)]
pub struct Ask {
    pub app: App,
    pub method: &'static str,
    pub path: String,
    pub key: Option<&'static str>,
    pub body: String,
    /// Taken out of the answer wherever it repeats it.
    pub name: String,
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    pub status: u16,
    pub headers: Vec<String>,
    pub body: String,
}

impl Ask {
    /// Sends it.
    pub async fn send(&self) -> Seen {
        let (status, headers, body) = self.exchange().await;
        let session = headers.iter().find(|(name, _)| name == "x-request-id").map(|(_, value)| value.clone());
        let mut text = body.replace(&session.expect("an id"), "ID");
        if !self.name.is_empty() {
            text = text.replace(&self.name, "NAME");
        }
        let timed = text.clone();
        for field in TIMES {
            text = without(&text, field);
        }
        // The digits of a moment are more or less.
        let told =
            |name: &str| !["date", "x-request-id"].contains(&name) && (name != "content-length" || timed == text);
        let mut headers: Vec<_> =
            headers.iter().filter(|(name, _)| told(name)).map(|(n, v)| format!("{n}: {v}")).collect();
        headers.sort();
        Seen { status, headers, body: text }
    }

    /// Seconds until the whole answer, with this status, was there.
    pub async fn time(&self, status: u16) -> f64 {
        let begun = Instant::now();
        let (answered, _, body) = self.exchange().await;
        let took = begun.elapsed().as_secs_f64();
        assert_eq!(answered, status, "{} {}: {body}", self.method, self.path);
        took
    }

    async fn exchange(&self) -> (u16, Vec<(String, String)>, String) {
        let mut request = self.app.request(self.method, &self.path).header("Content-Type", "application/json");
        if let Some(key) = self.key {
            request = request.header("Idempotency-Key", key);
        }
        let response = request.body(self.body.clone()).send().await.expect("an answer");
        let status = response.status().as_u16();
        let text = |value: &reqwest::header::HeaderValue| value.to_str().unwrap().to_owned();
        let headers = response.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
        (status, headers, response.text().await.expect("a whole answer"))
    }
}

/// The text with `T` for the values of a field.
fn without(text: &str, field: &str) -> String {
    let mark = format!("\"{field}\":");
    let mut parts = text.split(&mark);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find([',', '}']).expect("an end of the value");
        out.push_str(&format!("{mark}T{}", &part[end..]));
    }
    out
}
