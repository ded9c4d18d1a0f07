//! What the build is made of: licences, sources, versions, and one feature set for every member.
//!
//! These are the checks of `cargo deny` and `cargo machete` that need neither the tools nor the
//! network.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::workspace::{cargo, cargo_metadata, repository};

/// Crates whose types meet in our signatures: a second version of one would not fit the first.
const ONE_VERSION: [&str; 9] = [
    "datafusion",
    "arrow",
    "arrow-array",
    "arrow-schema",
    "parquet",
    "object_store",
    "sqlparser",
    "pyo3",
    "tokio",
];

fn packages() -> impl Iterator<Item = &'static Value> {
    cargo_metadata().unwrap()["packages"].as_array().unwrap().iter()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The licences that `deny.toml` allows.
fn allowed_licences() -> BTreeSet<String> {
    let deny = fs::read_to_string(repository().join("deny.toml")).unwrap();
    let (_, list) = deny.split_once("\nallow = [").unwrap();
    let (list, _) = list.split_once(']').unwrap();
    let licences: BTreeSet<String> = list
        .lines()
        .map(|line| line.trim().trim_matches([',', '"']).to_string())
        .filter(|l| !l.is_empty())
        .collect();
    assert!(licences.contains("Apache-2.0"), "deny.toml lists {licences:?}");
    licences
}

/// Whether a licence expression can be met by allowed licences.
fn is_met(expression: &str, allowed: &BTreeSet<String>) -> bool {
    fn any(tokens: &[String], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
        let mut met = all(tokens, at, allowed);
        while tokens.get(*at).is_some_and(|token| token == "OR") {
            *at += 1;
            met |= all(tokens, at, allowed);
        }
        met
    }
    fn all(tokens: &[String], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
        let mut met = one(tokens, at, allowed);
        while tokens.get(*at).is_some_and(|token| token == "AND") {
            *at += 1;
            met &= one(tokens, at, allowed);
        }
        met
    }
    fn one(tokens: &[String], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
        let Some(token) = tokens.get(*at) else { return false };
        *at += 1;
        if token == "(" {
            let met = any(tokens, at, allowed);
            *at += 1;
            return met;
        }
        let mut licence = token.clone();
        if tokens.get(*at).is_some_and(|token| token == "WITH") {
            licence = format!("{licence} WITH {}", tokens.get(*at + 1).map_or("", String::as_str));
            *at += 2;
        }
        allowed.contains(&licence)
    }
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let tokens: Vec<String> = spaced.split_whitespace().map(str::to_string).collect();
    any(&tokens, &mut 0, allowed)
}

#[test]
fn licence_expressions_are_read_as_written() {
    let allowed =
        ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"].map(str::to_string).into();
    for (expression, met) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("MIT OR GPL-3.0", true),
        ("MIT AND GPL-3.0", false),
        ("MIT/Apache-2.0", true),
        ("(GPL-3.0 OR MIT) AND Apache-2.0", true),
        ("(GPL-3.0 OR MIT) AND ISC", false),
        ("GPL-3.0 OR Apache-2.0 WITH LLVM-exception", true),
        ("", false),
    ] {
        assert_eq!(is_met(expression, &allowed), met, "{expression}");
    }
}

#[test]
fn licences_are_allowed() {
    let allowed = allowed_licences();
    let found: Vec<String> = packages()
        .filter(|package| !is_met(text(&package["license"]), &allowed))
        .map(|package| {
            format!(
                "{} {}: {}",
                text(&package["name"]),
                text(&package["version"]),
                package["license"]
            )
        })
        .collect();
    assert!(found.is_empty(), "licences that deny.toml does not allow:\n  {}", found.join("\n  "));
}

#[test]
fn sources_are_the_registry_and_this_repository() {
    let found: Vec<&str> = packages()
        .filter(|package| {
            let source = text(&package["source"]);
            !source.is_empty() && source != "registry+https://github.com/rust-lang/crates.io-index"
        })
        .map(|package| text(&package["id"]))
        .collect();
    assert!(found.is_empty(), "packages from elsewhere: {found:?}");
}

#[test]
fn versions_that_must_not_drift_are_one() {
    for name in ONE_VERSION {
        let versions: Vec<&str> = packages()
            .filter(|package| package["name"] == name)
            .map(|package| text(&package["version"]))
            .collect();
        assert_eq!(versions.len(), 1, "versions of {name}: {versions:?}");
    }
}

/// Each version and feature list stands once, in the workspace, and is used.
#[test]
fn dependencies_are_declared_once_and_used() {
    let root = fs::read_to_string(repository().join("Cargo.toml")).unwrap();
    let (_, table) = root.split_once("[workspace.dependencies]").unwrap();
    let declared: BTreeSet<&str> = table
        .lines()
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, _)| name)
        .filter(|name| !name.starts_with('#'))
        .collect();
    assert!(declared.contains("datafusion"), "{declared:?}");

    let members: BTreeSet<&str> = cargo_metadata().unwrap()["workspace_members"]
        .as_array()
        .unwrap()
        .iter()
        .map(text)
        .collect();
    let mut found = Vec::new();
    let mut used = BTreeSet::new();
    for package in packages().filter(|package| members.contains(text(&package["id"]))) {
        let manifest = Path::new(text(&package["manifest_path"]));
        let folder = manifest.parent().unwrap();
        let manifest = fs::read_to_string(manifest).unwrap();
        // Tests may stand beside the crate.
        let beside = manifest.lines().filter_map(|line| line.strip_prefix("path = \"../"));
        let folders: Vec<PathBuf> = std::iter::once(folder.to_path_buf())
            .chain(beside.filter_map(|path| {
                let file = folder.join("..").join(path.trim_end_matches('"'));
                file.parent().map(Path::to_path_buf)
            }))
            .collect();
        let mut for_features = false;
        for line in manifest.lines() {
            // A comment opens a block of crates that are named for their features, to the next table of
            // the manifest that is not for one platform alone.
            if line.starts_with('#') {
                for_features |= line.contains("features alone") || line.contains("used or not");
            } else if line.starts_with('[') {
                for_features &= line.starts_with("[target");
            }
            let Some(name) = line.strip_suffix(".workspace = true") else {
                if line.contains(" = \"") && line.starts_with(|c: char| c.is_ascii_digit()) {
                    found.push(format!(
                        "{}: {line} stands outside of the workspace's list",
                        folder.display()
                    ));
                }
                continue;
            };
            if !declared.contains(name) {
                // A key of the package or of its lints.
                continue;
            }
            used.insert(name.to_string());
            let name_in_code = name.replace('-', "_");
            if !for_features && !folders.iter().any(|folder| mentions(folder, &name_in_code)) {
                found.push(format!("{}: {name} is not used", text(&package["name"])));
            }
        }
    }
    found.extend(
        declared
            .iter()
            .filter(|name| !used.contains(**name))
            .map(|name| format!("Cargo.toml: nobody depends on {name}")),
    );
    assert!(found.is_empty(), "dependencies:\n  {}", found.join("\n  "));
}

/// Whether a source in the folder, but not of a crate below it, names the crate.
fn mentions(folder: &Path, name: &str) -> bool {
    fs::read_dir(folder).unwrap().filter_map(Result::ok).any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return !path.join("Cargo.toml").exists() && mentions(&path, name);
        }
        if path.extension().is_none_or(|extension| extension != "rs") {
            return false;
        }
        let text = fs::read_to_string(&path).unwrap();
        let word = |c: char| c.is_alphanumeric() || c == '_';
        text.match_indices(name).any(|(at, _)| {
            !text[..at].ends_with(word) && !text[at + name.len()..].starts_with(word)
        })
    })
}

/// `-p` anything builds what the workspace builds. Otherwise DataFusion is compiled twice.
#[test]
fn every_build_has_the_same_features() {
    let whole = features(&["--workspace"]);
    // What everything slow stands on.
    assert!(
        whole.keys().any(|package| package.starts_with("datafusion v")),
        "{:?}",
        whole.keys().next()
    );
    let members = cargo_metadata().unwrap()["workspace_members"].as_array().unwrap();
    let names: Vec<&str> = packages()
        .filter(|package| members.contains(&package["id"]))
        .map(|package| text(&package["name"]))
        .collect();
    let mut found = BTreeSet::new();
    for name in names {
        let built = features(&["--package", name]);
        // What does not build DataFusion cannot build another one.
        if !built.keys().any(|package| package.starts_with("datafusion v")) {
            continue;
        }
        for (package, own) in built {
            let all = &whole[&package];
            if own != *all {
                let missing: Vec<&String> = all.difference(&own).collect();
                found.insert(format!("-p {name} builds {package} without {missing:?}"));
            }
        }
    }
    let found: Vec<String> = found.into_iter().collect();
    assert!(
        found.is_empty(),
        "name these features in the workspace's list, and the crates in engine/extension/Cargo.toml:\n  {}",
        found.join("\n  ")
    );
}

/// The features with which each package is built, tests included.
fn features(selection: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
    let fixed = [
        "tree",
        "--offline",
        "--edges",
        "normal,build,dev",
        "--prefix",
        "none",
        "--format",
        "{p} [{f}]",
    ];
    let tree = cargo(&[&fixed[..], selection].concat()).unwrap();
    let mut features: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in tree.lines() {
        let Some((package, rest)) = line.split_once(" [") else { continue };
        let Some((list, _)) = rest.split_once(']') else { continue };
        let package = package.split(" (").next().unwrap_or(package).to_string();
        features.entry(package).or_default().extend(list.split(',').map(str::to_string));
    }
    features
}
