//! Photos from the command line: enrol many, compare two, search for one, look at one. By the API's own rules, here or at a
//! server.

pub mod args;
mod bulk;
mod draw;
mod local;
mod remote;
mod reply;
mod show;
mod target;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use serde_json::{Value, json};

use self::args::{InspectArgs, SearchArgs, VerifyArgs};
use self::target::{Needs, Target, flags, image};
use crate::config::Config;
use crate::output::say;

pub use bulk::enroll;

/// Something was looked at as asked for, and the answer is no.
pub(crate) const NO: u8 = 2;

fn exit(yes: bool) -> ExitCode {
    if yes { ExitCode::SUCCESS } else { ExitCode::from(NO) }
}

fn print_json(body: &Value) -> Result<()> {
    say(&serde_json::to_string_pretty(body)?);
    Ok(())
}

/// `facegate verify A B`.
pub async fn verify(config: &Config, args: VerifyArgs) -> Result<ExitCode> {
    let mut payload = flags(&args.gates.gates);
    payload.insert("image_1".into(), image(&args.first)?);
    payload.insert("image_2".into(), image(&args.second)?);
    payload.extend(args.threshold.map(|threshold| ("threshold".to_owned(), json!(threshold))));
    let target = Target::open(config, &args.place, Needs::Models).await?;
    let reply = target.answer("compare", &payload.into()).await?;
    if args.json {
        print_json(&reply.body)?
    } else {
        say(&show::comparison(&reply))
    }
    Ok(exit(reply.passed()))
}

/// `facegate search FILE`.
pub async fn search(config: &Config, args: SearchArgs) -> Result<ExitCode> {
    let mut payload = flags(&args.gates.gates);
    payload.insert("image".into(), image(&args.photo)?);
    payload.insert("limit".into(), json!(args.limit));
    payload.extend(args.threshold.map(|threshold| ("threshold".to_owned(), json!(threshold))));
    let target = Target::open(config, &args.place, Needs::Subjects).await?;
    let reply = target.answer("search", &payload.into()).await?;
    if args.json {
        print_json(&reply.body)?
    } else {
        say(&show::matches(&reply))
    }
    let found = reply.body.get("matches").and_then(Value::as_array).is_some_and(|matches| !matches.is_empty());
    Ok(exit(found))
}

/// `facegate inspect FILE`.
pub async fn inspect(config: &Config, args: InspectArgs) -> Result<ExitCode> {
    let mut payload = flags(&args.gates.gates);
    payload.insert("image".into(), image(&args.photo)?);
    payload.extend(["is_quality", "is_attribute", "is_liveness"].map(|flag| (flag.to_owned(), json!(true))));
    let target = Target::open(config, &args.place, Needs::Models).await?;
    let reply = target.answer("detect", &payload.into()).await?;
    if let Some(out) = &args.draw {
        draw_to(config, &args.photo, &reply.body, out)?;
    }
    if args.json {
        print_json(&reply.body)?
    } else {
        say(&show::faces(&reply))
    }
    Ok(exit(reply.passed()))
}

fn draw_to(config: &Config, photo: &Path, answer: &Value, out: &Path) -> Result<()> {
    draw::draw(&std::fs::read(photo)?, config.image_limits(), answer, out)
}
