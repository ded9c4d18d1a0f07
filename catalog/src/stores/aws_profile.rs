//! The profiles of the AWS tools: `~/.aws/credentials` and `~/.aws/config`.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;

use extension::{Error, Result, is_secret_key};

use super::credentials::variable;

/// The settings of one profile from both files; those of `credentials` win.
pub(crate) struct Profile {
    name: String,
    settings: HashMap<String, String>,
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Profile");
        debug.field("name", &self.name);
        for (key, value) in &self.settings {
            debug.field(key, if is_secret_key(key) { &"***" } else { value });
        }
        debug.finish()
    }
}

impl Profile {
    /// The value of a setting.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.settings.get(key).map(String::as_str)
    }

    /// Whether it holds an access key.
    pub(crate) fn has_keys(&self) -> bool {
        self.get("aws_access_key_id").is_some() && self.get("aws_secret_access_key").is_some()
    }
}

/// Reads a profile, if either file has it.
///
/// # Errors
/// The profile has no keys of its own but asks for a way to get them that is not supported.
pub(crate) fn load(name: &str) -> Result<Option<Profile>> {
    let read = |path: Option<PathBuf>| path.and_then(|path| std::fs::read_to_string(path).ok());
    let config = read(path_of("AWS_CONFIG_FILE", "config"));
    let credentials = read(path_of("AWS_SHARED_CREDENTIALS_FILE", "credentials"));
    let profile = merge(name, config.as_deref(), credentials.as_deref());
    if let Some(profile) = &profile
        && !profile.has_keys()
        && let Some(way) = ["role_arn", "sso_session", "sso_start_url", "credential_process"]
            .iter()
            .find(|key| profile.get(key).is_some())
    {
        return Err(Error::unsupported(format!(
            "AWS profile '{name}' gets its keys by {way}, which is not supported"
        ))
        .with_hint(
            "export keys with: aws configure export-credentials --profile NAME --format env",
        ));
    }
    Ok(profile)
}

/// The error for a profile that was asked for but is not there.
pub(crate) fn missing(name: &str) -> Error {
    let shown =
        |path: Option<PathBuf>| path.map_or("~/.aws".into(), |path| path.display().to_string());
    Error::not_found(format!(
        "AWS profile '{name}' is neither in '{}' nor in '{}'",
        shown(path_of("AWS_SHARED_CREDENTIALS_FILE", "credentials")),
        shown(path_of("AWS_CONFIG_FILE", "config"))
    ))
}

fn path_of(override_name: &str, file: &str) -> Option<PathBuf> {
    variable(override_name).map(PathBuf::from).or_else(|| {
        variable("HOME")
            .or_else(|| variable("USERPROFILE"))
            .map(|home| PathBuf::from(home).join(".aws").join(file))
    })
}

pub(crate) fn merge(
    name: &str,
    config: Option<&str>,
    credentials: Option<&str>,
) -> Option<Profile> {
    let sections = [
        (config, format!("profile {name}")),
        (config, name.to_string()),
        (credentials, name.to_string()),
    ];
    let mut settings = HashMap::new();
    let mut found = false;
    for (text, section) in sections {
        if let Some(entries) = text.and_then(|text| read_section(text, &section)) {
            found = true;
            settings.extend(entries);
        }
    }
    found.then(|| Profile { name: name.to_string(), settings })
}

/// The `key = value` lines below `[name]`. Indented lines belong to nested settings and are left out.
fn read_section(text: &str, name: &str) -> Option<Vec<(String, String)>> {
    let mut entries = None;
    let mut inside = false;
    for line in text.lines() {
        let indented = line.starts_with([' ', '\t']);
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(header) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            inside = header.split_whitespace().collect::<Vec<_>>().join(" ") == name;
            if inside && entries.is_none() {
                entries = Some(vec![]);
            }
        } else if let (true, false, Some((key, value)), Some(entries)) =
            (inside, indented, line.split_once('='), entries.as_mut())
        {
            entries.push((key.trim().to_lowercase(), value.trim().to_string()));
        }
    }
    entries
}
