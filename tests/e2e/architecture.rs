//! The invariants of `docs/src/contributing/architecture.md`, read off the manifests and the sources.
//!
//! Most are about something that is absent, and each assertion names what broke it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::workspace::{cargo_metadata, repository};

const CONTRACT: &str = "extension";
const ROOT: &str = "engine";
/// What people run, and what each may depend on beside the engine.
const FACES: [(&str, &[&str]); 4] = [
    ("repl", &["server", "cluster", "sql"]),
    ("server", &[]),
    // The wheel has the command `pframe`.
    ("python", &["repl"]),
    ("tests", &["server", "sql"]),
];
/// Crates that are neither contract, part, root nor face: (name, what it may depend on).
const OTHERS: [(&str, &[&str]); 3] =
    [("sql", &[]), ("benches", &["engine"]), ("cluster", &["engine"])];

/// The only files past the length at which one wants to be two ideas, and why each is one.
const LONG_FILES: [(&str, &str); 0] = [];
const LONG: usize = 600;

/// Crates that only one of ours may know.
const OWNERS: [(&str, &[&str]); 3] = [
    ("python", &["pyo3", "pyo3-arrow"]),
    ("server", &["tonic", "axum", "arrow-flight", "datafusion-postgres"]),
    ("databases", &["rusqlite", "postgres", "tokio-postgres", "mysql_async", "duckdb", "sqlx"]),
];

/// Folders and files of pure cores: no DataFusion, so that their tests run in milliseconds. Those
/// that are not built yet are skipped until they are there.
const PURE: [&str; 7] = [
    "engine/extension/src/suggest.rs",
    "engine/planner/src/script.rs",
    "catalog/src/formats/csv/sniff.rs",
    "udfs/graph/algorithms/src",
    "udfs/permissions/src/evaluator",
    "udfs/intervals/src/structures",
    "engine/workflows/definition/src",
];

/// Files whose structs are a format of the outside world, and so may derive serde's traits.
const BORDERS: [&str; 1] = ["catalog/graphar/src/yaml.rs"];

/// One of our crates.
struct Member {
    /// Its short name, as dependants write it.
    name: String,
    folder: PathBuf,
    /// Dependencies by package name, ours by their short names; not those of tests.
    dependencies: BTreeSet<String>,
}

fn short(package: &str) -> String {
    package.strip_prefix("parquetframe-").unwrap_or(package).to_string()
}

fn members() -> Vec<Member> {
    let metadata = cargo_metadata().unwrap();
    let ids: BTreeSet<&str> = metadata["workspace_members"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let members: Vec<Member> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|package| ids.contains(package["id"].as_str().unwrap()))
        .map(|package| Member {
            name: short(package["name"].as_str().unwrap()),
            folder: Path::new(package["manifest_path"].as_str().unwrap())
                .parent()
                .unwrap()
                .to_path_buf(),
            dependencies: package["dependencies"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|dependency| dependency["kind"] != "dev")
                .map(|dependency| short(dependency["name"].as_str().unwrap()))
                .collect(),
        })
        .collect();
    assert!(members.len() >= 10, "cargo metadata lists only {} members", members.len());
    members
}

fn is_part(name: &str) -> bool {
    name != CONTRACT
        && name != ROOT
        && !FACES.iter().chain(&OTHERS).any(|(other, _)| *other == name)
}

/// The Rust files of a crate, without those of crates in folders below it, and their texts.
fn sources(member: &Member, members: &[Member]) -> Vec<(PathBuf, String)> {
    let inner: Vec<&PathBuf> = members
        .iter()
        .map(|other| &other.folder)
        .filter(|folder| **folder != member.folder && folder.starts_with(&member.folder))
        .collect();
    let mut found = Vec::new();
    collect(&member.folder, &mut |path| {
        if path.is_dir() {
            return !inner.iter().any(|folder| path == folder.as_path());
        }
        if path.extension().is_some_and(|extension| extension == "rs") {
            found.push((path.to_path_buf(), fs::read_to_string(path).unwrap()));
        }
        true
    });
    assert!(!found.is_empty(), "{} has no sources", member.name);
    found
}

fn collect(folder: &Path, visit: &mut impl FnMut(&Path) -> bool) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if visit(&path) && path.is_dir() && name != "target" && !name.starts_with('.') {
            collect(&path, visit);
        }
    }
}

/// Lines of code: comments and documentation are taken out.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.split(" // ").next().unwrap_or(line)))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

fn is_test(path: &Path) -> bool {
    path.to_string_lossy().ends_with("tests.rs")
        || path.components().any(|part| part.as_os_str() == "tests")
}

fn shown(path: &Path) -> String {
    path.strip_prefix(repository()).unwrap_or(path).display().to_string()
}

/// Fails with all that was found.
#[track_caller]
fn none(found: &[String], rule: &str) {
    assert!(found.is_empty(), "{rule}:\n  {}", found.join("\n  "));
}

/// Invariant 1: contract, parts, engine, faces; parts never import each other.
#[test]
fn arrows_point_down() {
    let members = members();
    let names: BTreeSet<&str> = members.iter().map(|member| member.name.as_str()).collect();
    let mut found = Vec::new();
    for member in &members {
        let table: BTreeMap<&str, &[&str]> = FACES.into_iter().chain(OTHERS).collect();
        for dependency in member.dependencies.iter().filter(|name| names.contains(name.as_str())) {
            let dependency = dependency.as_str();
            let below = |other: &str| {
                // A part may be split into crates in folders of its own.
                let folder =
                    |name: &str| members.iter().find(|m| m.name == name).unwrap().folder.clone();
                is_part(other) && folder(other).starts_with(folder(&member.name))
            };
            let allowed = match member.name.as_str() {
                CONTRACT => false,
                ROOT => dependency == CONTRACT || is_part(dependency) || dependency == "sql",
                name => match table.get(name) {
                    Some(more) if FACES.iter().any(|(face, _)| *face == name) => {
                        dependency == ROOT || more.contains(&dependency)
                    }
                    Some(all) => all.contains(&dependency),
                    None => dependency == CONTRACT || below(dependency),
                },
            };
            if !allowed {
                found.push(format!("{} -> {dependency}", member.name));
            }
        }
    }
    none(&found, "a crate depends on one that is not below it");
}

/// Invariant 2: the engine alone names all parts.
#[test]
fn the_engine_is_the_only_one_that_names_all_parts() {
    let members = members();
    let engine = members.iter().find(|member| member.name == ROOT).unwrap();
    let parts: Vec<&str> =
        members.iter().map(|member| member.name.as_str()).filter(|name| is_part(name)).collect();
    assert!(parts.contains(&"planner") && parts.contains(&"catalog"), "parts are {parts:?}");
    let top: Vec<&&str> = parts
        .iter()
        .filter(|part| !members.iter().any(|m| is_part(&m.name) && m.dependencies.contains(**part)))
        .collect();
    let missing: Vec<String> = top
        .iter()
        .filter(|part| !engine.dependencies.contains(***part))
        .map(ToString::to_string)
        .collect();
    none(&missing, "parts that the engine does not depend on");
    let list = fs::read_to_string(engine.folder.join("src/extensions.rs")).unwrap();
    let unlisted: Vec<String> = top
        .iter()
        // The planner is what the parts are planned with; it adds nothing to the registry.
        .filter(|part| ***part != "planner" && !list.contains(&format!("{part}::")))
        .map(ToString::to_string)
        .collect();
    none(&unlisted, "parts that engine/src/extensions.rs does not list");
}

/// Invariants 3 and 5: a face speaks the session's language; what goes round the statement layer,
/// the guard and the registry of queries is for tests.
#[test]
fn faces_go_through_the_session() {
    let members = members();
    let mut found = Vec::new();
    for member in
        members.iter().filter(|member| ["repl", "server", "python"].contains(&&*member.name))
    {
        for (path, text) in sources(member, &members) {
            for (line, code) in code(&text) {
                let round = [
                    ".context()",
                    "SessionContext",
                    "parquetframe_catalog",
                    "parquetframe_planner",
                ];
                if let Some(word) = round.iter().find(|word| code.contains(**word)) {
                    found.push(format!("{}:{line}: {word}", shown(&path)));
                }
            }
        }
    }
    none(&found, "a face goes round the session");
}

/// Invariant 4.
#[test]
fn cores_are_pure() {
    let mut found = Vec::new();
    let mut seen = 0;
    for core in PURE {
        let path = repository().join(core);
        let mut files = Vec::new();
        if path.is_dir() {
            collect(&path, &mut |path| {
                files.extend(
                    path.extension().is_some_and(|e| e == "rs").then(|| path.to_path_buf()),
                );
                true
            });
        } else if path.exists() {
            files.push(path);
        }
        for file in files {
            seen += 1;
            let text = fs::read_to_string(&file).unwrap();
            found.extend(
                code(&text)
                    .filter(|(_, line)| {
                        line.contains("datafusion::") && !line.contains("sqlparser")
                    })
                    .map(|(line, _)| format!("{}:{line}", shown(&file))),
            );
        }
    }
    assert!(seen > 0, "no file of a pure core was found");
    none(&found, "a pure core imports DataFusion");
}

/// Invariant 6, first half.
#[test]
fn drivers_and_protocols_have_one_owner() {
    let mut found = Vec::new();
    for member in members() {
        for (owner, crates) in OWNERS {
            let known = crates.iter().filter(|name| member.dependencies.contains(**name));
            if member.name != owner {
                found.extend(
                    known.map(|name| format!("{} -> {name}, which is {owner}'s", member.name)),
                );
            }
        }
    }
    none(&found, "a crate knows what another owns");
}

/// Invariant 6, second half.
#[test]
fn only_the_shell_prints() {
    let members = members();
    let mut found = Vec::new();
    for member in &members {
        if ["repl", "tests", "benches"].contains(&&*member.name) {
            continue;
        }
        for (path, text) in sources(member, &members) {
            for (line, code) in code(&text) {
                let macros = ["println!", "print!", "eprintln!", "eprint!", "dbg!"];
                if macros.iter().any(|name| code.contains(name)) {
                    found.push(format!("{}:{line}", shown(&path)));
                }
            }
        }
    }
    none(&found, "a library prints");
}

/// Invariant 8.
#[test]
fn internal_types_derive_no_serde() {
    let members = members();
    let mut found = Vec::new();
    for member in members.iter().filter(|member| member.name != "tests" && member.name != "benches")
    {
        for (path, text) in sources(member, &members) {
            if BORDERS.contains(&&*shown(&path)) {
                continue;
            }
            // A derive may be spread over lines.
            for (at, _) in text.match_indices("derive(") {
                let end = text[at..].find(')').map_or(text.len(), |end| at + end);
                if ["Serialize", "Deserialize"].iter().any(|name| text[at..end].contains(name)) {
                    let line = text[..at].lines().count();
                    found.push(format!("{}:{line}", shown(&path)));
                }
            }
        }
    }
    none(&found, "a type derives serde's traits outside of a border");
}

/// One idea, one file.
#[test]
fn files_can_be_read_in_one_sitting() {
    let members = members();
    let mut found = Vec::new();
    for member in &members {
        for (path, text) in sources(member, &members) {
            let (name, lines) = (shown(&path), text.lines().count());
            let long = LONG_FILES.iter().any(|(file, _)| *file == name);
            if lines > LONG && !long {
                found.push(format!("{name}: {lines} lines"));
            } else if lines <= LONG && long {
                found.push(format!("{name}: {lines} lines, which is no longer long"));
            }
        }
    }
    none(&found, "a file past 600 lines wants to be two ideas");
}

/// Each module begins by saying what it is for.
#[test]
fn every_module_says_what_it_is_for() {
    let members = members();
    let mut found = Vec::new();
    for member in &members {
        for (path, text) in sources(member, &members) {
            if !is_test(&path) && !text.starts_with("//!") {
                found.push(shown(&path));
            }
        }
    }
    none(&found, "a file without a sentence on top");
}
