//! Subjects are moved to another model while clients verify, search, enrol and delete: no request fails, no answer is of two
//! models, and an interrupted move is gone on with. On both backends; 60 subjects, or 2,000 with `FACEGATE_FULL=1`.

mod faces;
mod reference;
mod traffic;

use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use facegate_test_postgres::Postgres;
use facegate_tests::{App, Setup, TestServer, done, full};
use serde_json::json;
use tokio::sync::Mutex;

use faces::Faces;
use reference::Reference;
use traffic::{Model, Traffic};

/// One after the other: each has all cores.
static TURN: Mutex<()> = Mutex::const_new(());

fn subjects() -> usize {
    if full() { 2000 } else { 60 }
}

/// The figures that `--dry-run` tells: templates that are there, and that are to be made.
fn told(text: &str) -> (usize, usize) {
    let (_, text) = text.split_once(": ").unwrap_or_else(|| panic!("no figures in {text:?}"));
    let figure = |what: &str| {
        let before = text.split_once(what).unwrap_or_else(|| panic!("no {what:?} in {text:?}")).0;
        before.rsplit(' ').next().unwrap().parse().unwrap()
    };
    (figure(" are there"), figure(" are to be made"))
}

fn plan(server: &TestServer) -> (usize, usize) {
    told(&done(server.run(&["reembed", "--model", "accurate", "--dry-run"])))
}

/// Starts a move and kills it when it has made some templates; how many there are. Guests, who come with both templates and
/// go again, are among them.
async fn interrupted(server: &TestServer, all: usize, guests: usize) -> usize {
    let mut command = server.command(&["reembed", "--model", "accurate"]);
    // One worker: that it is not done before it is killed.
    let mut child =
        command.env("FACEGATE_LIMITS__WORKERS", "1").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(300);
    let enough = if all > 200 { all / 4 } else { 2 * guests + 1 };
    while plan(server).0 < enough {
        let ended = child.try_wait().unwrap();
        assert!(ended.is_none(), "the move ended before it could be killed: {ended:?}");
        assert!(Instant::now() < deadline, "the move does not begin");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    plan(server).0
}

async fn move_under_traffic(setups: Vec<Setup>) {
    let _turn = TURN.lock().await;
    let faces = Arc::new(Faces::new(subjects()));
    let reference = Reference::shared(&faces).await;
    let servers: Vec<TestServer> = setups
        .iter()
        .map(|setup| {
            setup.clone().set("PROFILE", "fast, accurate").set("RATE_LIMIT__MISMATCHES_PER_SUBJECT", "0").start()
        })
        .collect();
    let first = &servers[0];
    let app = first.live();
    let apps: Vec<App> = servers.iter().map(|server| App::new(server.base(), &app.id, &app.key)).collect();
    faces.enrol_all(&apps).await;
    assert_eq!(plan(first), (0, faces.len()));
    let traffic = Traffic::start(&apps, &faces, &reference);
    let begun = Instant::now();
    tokio::time::sleep(Duration::from_secs(1)).await;
    // One at each server.
    let guests = apps.len();
    let ready = interrupted(first, faces.len(), guests).await;
    assert!(ready > guests && ready < faces.len(), "{ready} templates when the move was killed");
    let kept = plan(first).0;
    assert!(kept + guests >= ready, "an interruption loses what was made: {ready} templates became {kept}");
    let moving = Instant::now();
    let said = done(tokio::task::block_in_place(|| first.run(&["reembed", "--model", "accurate"])));
    assert!(said.contains("switched to sface-fr-mirrored-centred@"), "{said}");
    let (resumed, switched) = (moving.elapsed(), Instant::now());
    tokio::time::sleep(Duration::from_secs(2)).await;
    let answers = traffic.stop().await;
    answers.check(switched);
    println!(
        "{} subjects on {} servers: killed after {ready} templates, gone on for {resumed:.1?}; in {:.1?} {}",
        faces.len(),
        servers.len(),
        begun.elapsed(),
        answers.figures()
    );
    let model = first.show(&app)["model"].as_str().unwrap().to_owned();
    assert!(model.starts_with("sface-fr-mirrored-centred@"), "{model}");
    drop(servers);
    afterwards(&setups[0], &app, &faces, &reference).await;
}

/// A server with the new model alone goes on, one with the old alone refuses until it is told of the new.
async fn afterwards(setup: &Setup, app: &App, faces: &Faces, reference: &Reference) {
    let server = setup.clone().set("PROFILE", "accurate").start();
    let app = App::new(server.base(), &app.id, &app.key);
    for number in 0..5 {
        assert_ne!(reference.verified(&app, faces, number).await, Some(Model::Old), "subject {number}");
    }
    drop(server);
    let server = setup.clone().set("PROFILE", "fast").start();
    let app = App::new(server.base(), &app.id, &app.key);
    let refused = app.face_file("verify", &faces.photo(1), json!({"subject_id": faces.name(0)})).await;
    refused.expect(503, "SERVER_BUSY");
    let log = server.log();
    let told = log.lines().filter(|line| line.contains("that this server cannot compute") && line.contains(&app.id));
    assert_eq!(told.count(), 2, "at the start, and at the first request:\n{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn subjects_in_a_folder_are_moved_during_traffic() {
    let data = tempfile::tempdir().unwrap();
    move_under_traffic(vec![Setup::default().data(data.path())]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn subjects_in_a_database_are_moved_under_two_servers() {
    let Some(postgres) = Postgres::shared() else { return };
    let url = postgres.database();
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let setups = folders.iter().map(|folder| Setup::default().data(folder.path()).database(&url));
    move_under_traffic(setups.collect()).await;
}
