//! The repository and its packages, as `cargo metadata` describes them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

/// The root of the repository.
pub(crate) fn repository() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().expect("the package stands in the repository").to_path_buf()
}

/// What cargo knows of all packages of this build, asked once and without the network.
pub(crate) fn cargo_metadata() -> Result<&'static Value, String> {
    static METADATA: OnceLock<Result<Value, String>> = OnceLock::new();
    METADATA
        .get_or_init(|| {
            // Packages of other platforms need not be there.
            let text = cargo(&[
                "metadata",
                "--format-version",
                "1",
                "--offline",
                "--filter-platform",
                &host()?,
            ])?;
            serde_json::from_str(&text).map_err(|error| format!("cargo metadata: {error}"))
        })
        .as_ref()
        .map_err(Clone::clone)
}

/// Runs cargo in the repository: what it prints.
pub(crate) fn cargo(arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(repository())
        .output()
        .map_err(|error| format!("cannot run cargo: {error}"))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(format!(
            "cargo {}: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr)
        )),
    }
}

/// The platform that is built for.
fn host() -> Result<String, String> {
    let output = Command::new("rustc")
        .arg("-vV")
        .output()
        .map_err(|error| format!("cannot run rustc: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines()
        .find_map(|line| line.strip_prefix("host: "))
        .map(str::to_string)
        .ok_or_else(|| "rustc -vV names no host".to_string())
}

/// The folder of a package of this build.
#[allow(dead_code, reason = "one of the two test binaries asks")]
pub(crate) fn package_folder(name: &str) -> Result<PathBuf, String> {
    let packages =
        cargo_metadata()?["packages"].as_array().ok_or("cargo metadata lists no packages")?;
    let manifest = packages
        .iter()
        .find(|package| package["name"] == name)
        .and_then(|package| package["manifest_path"].as_str())
        .ok_or_else(|| format!("no package '{name}' in this build"))?;
    Ok(Path::new(manifest).parent().expect("a manifest stands in a folder").to_path_buf())
}
