//! What ours asks, endpoint by endpoint: once for what is theirs, once for what is nowhere.

use facegate_tests::{App, images, photos, with_image};
use serde_json::{Value, json};

use crate::seen::Ask;
use crate::world::{KEY, KEY_2, SUBJECT, World};

/// A name as long as [`SUBJECT`] that nobody has.
const NOBODY: &str = "subject-of-nobody";
/// As long as [`KEY_2`].
const NO_KEY: &str = "key-2-of-nobody";
/// An id that no request had.
const NO_ID: &str = "00000000-0000-4000-8000-000000000000";
const ENROLL: &str = "POST /v1/face/enroll";
/// Where subjects are enrolled and deleted.
const PATH: &str = "/v1/face/enroll";
/// The case of every endpoint that takes a key.
pub const SWAPPED_KEY: &str = "a key of theirs with the id of ours";

/// Two requests that must be answered alike.
pub struct Case {
    /// `METHOD path` as the API's document has it.
    pub endpoint: &'static str,
    pub what: &'static str,
    pub theirs: Ask,
    pub nowhere: Ask,
    /// The status of both.
    pub status: u16,
    /// Both ask the same server, so that their times can be compared.
    pub same_server: bool,
    /// Subjects that the two enrol.
    pub made: &'static [&'static str],
}

/// Where the second request differs from the first.
enum Control {
    /// By this name instead of the first.
    Name(&'static str),
    /// By nothing, but it is asked where theirs has never been.
    Elsewhere,
}

struct Maker<'a> {
    world: &'a World,
    cases: Vec<Case>,
}

impl Maker<'_> {
    /// A case by a request of ours, with the name in it that is theirs.
    fn add(
        &mut self,
        endpoint: &'static str,
        what: &'static str,
        status: u16,
        request: (String, String),
        name: &str,
        control: Control,
    ) {
        let (path, body) = request;
        let method = endpoint.split(' ').next().unwrap_or_default();
        let theirs = Ask { app: self.world.ours.clone(), method, path, key: None, body, name: name.to_owned() };
        let (nowhere, same_server) = match control {
            Control::Name(other) => {
                let (path, body) = (theirs.path.replace(name, other), theirs.body.replace(name, other));
                assert!((&path, &body) != (&theirs.path, &theirs.body), "{endpoint}: {what}: no name to change");
                (Ask { path, body, name: other.to_owned(), ..theirs.clone() }, true)
            }
            Control::Elsewhere => (Ask { app: self.world.alone.clone(), ..theirs.clone() }, false),
        };
        self.cases.push(Case { endpoint, what, theirs, nowhere, status, same_server, made: &[] });
    }

    /// What the latest case enrols.
    fn makes(&mut self, subjects: &'static [&'static str]) {
        self.cases.last_mut().expect("a case").made = subjects;
    }

    /// The latest case under idempotency keys.
    fn under_keys(&mut self, theirs: &'static str, nowhere: &'static str) {
        let case = self.cases.last_mut().expect("a case");
        (case.theirs.key, case.nowhere.key) = (Some(theirs), Some(nowhere));
    }
}

fn to(path: &str, body: &Value) -> (String, String) {
    (path.to_owned(), body.to_string())
}

fn get(path: &str) -> (String, String) {
    (path.to_owned(), String::new())
}

/// Every case.
pub fn cases(world: &World) -> Vec<Case> {
    let mut make = Maker { world, cases: Vec::new() };
    writes(&mut make);
    comparisons(&mut make);
    reads(&mut make);
    another_body(&mut make);
    swapped(&mut make);
    make.cases
}

fn face() -> Vec<u8> {
    photos::bytes(photos::SMALL)
}

fn writes(make: &mut Maker<'_>) {
    const DELETE: &str = "DELETE /v1/face/enroll";
    let named = make.world.enrolment.clone();
    make.add(ENROLL, "their subject's id", 200, to(PATH, &named), SUBJECT, Control::Name(NOBODY));
    make.makes(&[SUBJECT, NOBODY]);
    // The subjects of before stay in the way of nobody.
    make.add(
        DELETE,
        "what was just enrolled",
        200,
        to(PATH, &json!({"subject_id": SUBJECT})),
        SUBJECT,
        Control::Name(NOBODY),
    );
    make.cases.last_mut().expect("a case").same_server = false;
    let own = with_image(&face(), json!({"subject_id": "aa-of-ours"}));
    make.add(ENROLL, "their idempotency key", 200, to(PATH, &own), "", Control::Elsewhere);
    make.under_keys(KEY, KEY);
    let face =
        with_image(&photos::bytes(photos::IMPOSTOR_1), json!({"subject_id": "ad-of-ours", "check_duplicate": true}));
    make.add(ENROLL, "a face that they have", 200, to(PATH, &face), "", Control::Elsewhere);
    make.add(DELETE, "their subject", 400, to(PATH, &json!({"subject_id": SUBJECT})), SUBJECT, Control::Name(NOBODY));
    make.add(
        DELETE,
        "their subject in the query",
        400,
        get(&format!("{PATH}?subject_id={SUBJECT}")),
        SUBJECT,
        Control::Name(NOBODY),
    );
    let order = json!({"purpose": "verify", "subject_id": SUBJECT});
    let path = "/v1/face/capture_tokens";
    make.add("POST /v1/face/capture_tokens", "their subject", 400, to(path, &order), SUBJECT, Control::Name(NOBODY));
}

fn comparisons(make: &mut Maker<'_>) {
    let probe = |more: Value| with_image(&face(), more);
    let path = "/v1/face/verify";
    make.add(
        "POST /v1/face/verify",
        "their subject",
        400,
        to(path, &probe(json!({"subject_id": SUBJECT}))),
        SUBJECT,
        Control::Name(NOBODY),
    );
    let wide = probe(json!({"threshold": 0, "limit": 10, "return_image": true, "subject_id": SUBJECT}));
    make.add(
        "POST /v1/face/search",
        "a face that they have",
        200,
        to("/v1/face/search", &wide),
        "",
        Control::Elsewhere,
    );
    let image = images::base64(&face());
    let pair = json!({"image_1": image, "image_2": image, "subject_id": SUBJECT});
    make.add(
        "POST /v1/face/compare",
        "a face that they have",
        200,
        to("/v1/face/compare", &pair),
        "",
        Control::Elsewhere,
    );
    for (endpoint, path) in
        [("POST /v1/face/liveness", "/v1/face/liveness"), ("POST /v1/face/detect", "/v1/face/detect")]
    {
        let shown = probe(json!({"subject_id": SUBJECT}));
        make.add(endpoint, "a face that they have", 200, to(path, &shown), "", Control::Elsewhere);
    }
}

fn reads(make: &mut Maker<'_>) {
    const ERASURE: &str = "GET /v1/face/erasures/{session_id}";
    const CAPTURE: &str = "GET /v1/face/capture_tokens/{capture_id}";
    let world = make.world;
    let page = format!("/v1/face/subjects?cursor={}", world.cursor);
    make.add("GET /v1/face/subjects", "their cursor", 200, get(&page), "", Control::Elsewhere);
    let shown = format!("/v1/face/subjects/{SUBJECT}");
    make.add("GET /v1/face/subjects/{subject_id}", "their subject", 404, get(&shown), SUBJECT, Control::Name(NOBODY));
    for (what, id) in
        [("their deletion", &world.erasure), ("their enrolment", &world.session), ("their capture", &world.capture)]
    {
        make.add(ERASURE, what, 404, get(&format!("/v1/face/erasures/{id}")), id, Control::Name(NO_ID));
        make.add(CAPTURE, what, 404, get(&format!("/v1/face/capture_tokens/{id}")), id, Control::Name(NO_ID));
    }
    for (endpoint, path) in [("GET /healthz", "/healthz"), ("GET /readyz", "/readyz")] {
        make.add(endpoint, "nothing of anybody's", 200, get(path), "", Control::Elsewhere);
    }
}

/// Last: where ours is alone it does not have what it enrols here.
fn another_body(make: &mut Maker<'_>) {
    let own = with_image(&photos::bytes(photos::PERSON_B), json!({"subject_id": "ab-of-ours"}));
    make.add(
        ENROLL,
        "their idempotency key, and one of nobody",
        200,
        to(PATH, &own),
        "ab-of-ours",
        Control::Name("ac-of-ours"),
    );
    make.under_keys(KEY_2, NO_KEY);
    make.makes(&["ab-of-ours", "ac-of-ours"]);
}

/// Their key with our id, and a key of nobody, at every endpoint that has a case and takes keys.
fn swapped(make: &mut Maker<'_>) {
    let guessed = format!("fg_{}", "0".repeat(make.world.theirs.key.len() - 3));
    let key = |case: &Case, key: &str, app: &App| Ask { app: app.with_key(key), key: None, ..case.theirs.clone() };
    let mut more: Vec<Case> = Vec::new();
    for case in make.cases.iter().filter(|case| case.endpoint.contains("/v1/")) {
        if more.iter().any(|other| other.endpoint == case.endpoint) {
            continue;
        }
        let theirs = key(case, &make.world.theirs.key, &make.world.ours);
        let nowhere = key(case, &guessed, &make.world.ours);
        more.push(Case { what: SWAPPED_KEY, theirs, nowhere, status: 401, same_server: true, made: &[], ..*case });
    }
    make.cases.extend(more);
}
