//! ARCHITECTURE.md is true: its crates exist, they depend downwards only, and no page links to what is not there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use facegate_tests::repository;
use serde_json::Value;

/// From top to bottom. A crate may depend on crates of lower rows only; those of one row do not know each other.
const LAYERS: &[&[&str]] = &[
    &["cli"],
    &["console"],
    &["api", "evaluation"],
    &["service"],
    &["fetch", "gallery-postgres", "gallery-sqlite", "search", "transfer", "vision"],
    &["gallery", "image", "inference", "models"],
    &["vault"],
    &["domain", "heap", "metrics"],
];

/// Crates that may know less than their layer would allow.
const NARROW: &[(&str, &[&str])] = &[
    ("api", &["service", "vision", "domain"]),
    ("console", &["api", "service", "gallery", "vision", "domain"]),
    ("evaluation", &["service", "vision", "image", "domain"]),
    ("service", &["fetch", "gallery", "search", "vision", "image", "inference", "models", "metrics", "domain"]),
    ("fetch", &[]),
    ("gallery-postgres", &["gallery", "vault", "domain"]),
    ("gallery-sqlite", &["gallery", "vault", "domain"]),
    ("search", &["domain"]),
    ("transfer", &["gallery", "vault", "domain"]),
    ("gallery", &["vault", "domain"]),
    ("vision", &["image", "inference", "models", "domain"]),
    ("image", &[]),
    ("inference", &[]),
    ("models", &["domain"]),
    ("vault", &["domain"]),
    ("domain", &[]),
    ("heap", &[]),
    ("metrics", &[]),
];

/// Libraries that a crate must not know: pixels and weights above vision, SQL outside the store, HTTP below the api.
const FOREIGN: &[(&str, &[&str])] = &[
    ("api", &["rusqlite", "tokio-postgres", "ort", "png", "jpeg-decoder", "zune-jpeg"]),
    ("console", &["rusqlite", "tokio-postgres", "ort", "png", "jpeg-decoder", "zune-jpeg"]),
    ("service", &["rusqlite", "tokio-postgres", "axum", "hyper", "http", "serde_json", "reqwest"]),
    ("evaluation", &["rusqlite", "tokio-postgres", "axum", "hyper", "reqwest", "ort", "clap"]),
    ("gallery", &["rusqlite", "tokio-postgres"]),
    ("gallery-postgres", &["axum", "hyper", "reqwest", "ort", "png", "rusqlite"]),
    ("gallery-sqlite", &["axum", "hyper", "reqwest", "ort", "png"]),
    ("transfer", &["rusqlite", "tokio-postgres", "axum", "hyper", "http", "png"]),
    ("vault", &["rusqlite", "tokio-postgres", "axum", "hyper", "http", "png"]),
    ("metrics", &["axum", "hyper", "tokio", "rusqlite", "tokio-postgres"]),
    ("vision", &["axum", "hyper", "reqwest", "rusqlite", "tokio-postgres"]),
    ("domain", &["tokio", "rusqlite", "tokio-postgres", "axum", "hyper", "reqwest"]),
];

/// What each crate of `crates/` depends on, tests aside.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    dependencies_in("crates")
}

/// Every crate of the workspace, as cargo tells it.
fn packages() -> Vec<Value> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let arguments = ["metadata", "--no-deps", "--offline", "--format-version", "1"];
    let output = Command::new(cargo).args(arguments).current_dir(repository()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// What each crate of a folder depends on, tests aside.
fn dependencies_in(parent: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    for package in packages() {
        let manifest = Path::new(package["manifest_path"].as_str().unwrap());
        let Some(folder) = manifest.strip_prefix(repository().join(parent)).ok().and_then(Path::parent) else {
            continue;
        };
        let normal = package["dependencies"].as_array().unwrap().iter().filter(|d| d["kind"].is_null());
        let names = normal.map(|d| d["name"].as_str().unwrap().to_owned()).collect();
        found.insert(folder.to_str().unwrap().to_owned(), names);
    }
    assert!(!found.is_empty());
    found
}

/// The client lives beside the crates; the command line asks servers with it.
const CLIENT: &str = "facegate-client";

/// The crates among the dependencies, by folder.
fn own(names: &BTreeSet<String>) -> Vec<&str> {
    names.iter().filter(|name| *name != CLIENT).filter_map(|name| name.strip_prefix("facegate-")).collect()
}

fn layer(name: &str) -> usize {
    LAYERS.iter().position(|row| row.contains(&name)).unwrap_or_else(|| panic!("crates/{name} has no place in LAYERS"))
}

#[test]
fn the_table_of_crates_is_complete() {
    let page = std::fs::read_to_string(repository().join("ARCHITECTURE.md")).unwrap();
    let rows: BTreeSet<_> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| [`crates/")?.split_once('`'))
        .map(|(name, _)| name.to_owned())
        .collect();
    let built: BTreeSet<_> = dependencies().into_keys().collect();
    assert_eq!(rows, built, "left: the table in ARCHITECTURE.md, right: crates/");
    let placed: BTreeSet<_> = LAYERS.iter().flat_map(|row| row.iter()).map(|name| (*name).to_owned()).collect();
    assert_eq!(placed, built, "left: LAYERS in this test, right: crates/");
}

#[test]
fn crates_depend_downwards_only() {
    for (name, dependencies) in dependencies() {
        for other in own(&dependencies) {
            assert!(layer(&name) < layer(other), "crates/{name} depends on crates/{other}, which is not below it");
        }
    }
}

#[test]
fn crates_know_no_more_than_they_need() {
    let all = dependencies();
    let users: Vec<_> = all.iter().filter(|(_, names)| names.contains(CLIENT)).map(|(name, _)| name.as_str()).collect();
    assert_eq!(users, ["cli"], "only the command line may know the client");
    for (name, allowed) in NARROW {
        for other in own(&all[*name]) {
            assert!(allowed.contains(&other), "crates/{name} must not depend on crates/{other}");
        }
    }
    for (name, forbidden) in FOREIGN {
        for library in *forbidden {
            assert!(!all[*name].contains(*library), "crates/{name} must not use {library}");
        }
    }
}

#[test]
fn clients_know_no_crate_of_the_server() {
    for (name, libraries) in dependencies_in("clients") {
        assert!(own(&libraries).is_empty(), "clients/{name} must not depend on {:?}", own(&libraries));
    }
}

#[test]
fn one_crate_may_have_unsafe_code() {
    let forbids = |text: &str| text.contains("unsafe_code = \"forbid\"");
    let workspace = std::fs::read_to_string(repository().join("Cargo.toml")).unwrap();
    let (_, lints) = workspace.split_once("[workspace.lints.rust]").unwrap();
    assert!(forbids(lints), "the workspace's lints must forbid unsafe code");
    let may: Vec<_> = packages()
        .iter()
        .filter(|package| {
            let manifest = std::fs::read_to_string(package["manifest_path"].as_str().unwrap()).unwrap();
            !forbids(&manifest) && !manifest.contains("[lints]\nworkspace = true")
        })
        .map(|package| package["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(may, ["facegate-heap"]);
}

#[test]
fn tests_that_show_a_guarantee_exist() {
    let page = std::fs::read_to_string(repository().join("docs/SECURITY.md")).unwrap();
    let rows = page.split_once("## Guarantees").unwrap().1.split_once("\n## ").unwrap().0;
    let tests: Vec<_> = rows
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|quoted| {
            ["crates/", "tests/", "fuzz/", "release/", "setup/"].iter().any(|folder| quoted.starts_with(folder))
        })
        .collect();
    assert!(tests.len() > 15, "only {} tests were found", tests.len());
    for test in tests {
        assert!(repository().join(test).exists(), "docs/SECURITY.md speaks of {test}, which is not there");
    }
}

#[test]
fn links_between_pages_lead_somewhere() {
    let mut pages = Vec::new();
    for folder in ["", "docs"] {
        for entry in std::fs::read_dir(repository().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    let mut links = 0;
    for page in pages {
        let text = std::fs::read_to_string(&page).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap_or_default();
            if file.is_empty() || file.contains("://") || file.starts_with("mailto:") {
                continue;
            }
            links += 1;
            assert!(
                page.parent().unwrap().join(file).exists(),
                "{} links to {target}, which is not there",
                page.display()
            );
        }
    }
    assert!(links > 5, "only {links} links were found");
}

#[test]
fn paths_that_the_map_names_exist() {
    let page = std::fs::read_to_string(repository().join("ARCHITECTURE.md")).unwrap();
    let mut paths = 0;
    for quoted in page.split('`').skip(1).step_by(2) {
        let folder = quoted.split('/').next().unwrap_or_default();
        if quoted.contains('/')
            && ["clients", "crates", "tests", "models", "docs", "fuzz", "release", "setup", "training"]
                .contains(&folder)
        {
            paths += 1;
            assert!(repository().join(quoted).exists(), "ARCHITECTURE.md speaks of {quoted}, which is not there");
        }
    }
    assert!(paths > 5, "only {paths} paths were found");
}

#[test]
fn nothing_that_was_built_is_kept() {
    if !repository().join(".git").exists() {
        return println!("skipped: no history here");
    }
    let listed = match Command::new("git").args(["ls-files", "-z"]).current_dir(repository()).output() {
        Ok(listed) => listed,
        Err(error) => return println!("skipped: no git ({error})"),
    };
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let files = String::from_utf8(listed.stdout).unwrap();
    let built: Vec<_> = files.split('\0').filter(|path| path.split('/').any(|part| part == "target")).collect();
    assert!(files.len() > 1000 && built.is_empty(), "below a folder named target: {built:?}");
}
