//! From paths, folders and patterns to files, in a fixed order.
//!
//! A pattern is walked folder by folder, so that `*.csv` in a large tree does not list the tree; only
//! `**` does. Names that start with `.` or `_` (`_SUCCESS`, `.crc`) are left out, unless the pattern
//! itself starts so.

use std::path::{Path as LocalPath, PathBuf};
use std::sync::Arc;

use datafusion::catalog::Session;
use datafusion::execution::object_store::ObjectStoreUrl;
use extension::{Error, Result, closest};
use futures::TryStreamExt;
use futures::future::BoxFuture;
use glob::{MatchOptions, Pattern};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};

use crate::formats::FileHandle;

/// A file that was found.
#[derive(Debug, Clone)]
pub(crate) struct ListedFile {
    /// The store it is in.
    pub store_url: ObjectStoreUrl,
    /// The file.
    pub handle: FileHandle,
    /// Whether it was found in a folder, not named itself.
    pub found: bool,
}

/// The files that `paths` stand for: in the order of the paths, and by name within each.
pub(crate) async fn list(paths: &[String], state: &dyn Session) -> Result<Vec<ListedFile>> {
    if paths.is_empty() {
        return Err(Error::invalid_input("the list of files is empty"));
    }
    let mut files = vec![];
    for written in paths {
        let mut found = vec![];
        for path in expand_braces(written) {
            Place::parse(&path)?.list(state, &mut found).await?;
        }
        if found.is_empty() {
            return Err(nothing_found(written));
        }
        files.append(&mut found);
    }
    Ok(files)
}

/// `a.{csv,tsv}` as `a.csv` and `a.tsv`.
fn expand_braces(text: &str) -> Vec<String> {
    let Some(open) = text.find('{') else {
        return vec![text.to_string()];
    };
    let mut depth = 0;
    let mut cuts = vec![open];
    let mut close = None;
    for (index, byte) in text.bytes().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    close = Some(index);
                    break;
                }
            }
            b',' if depth == 1 => cuts.push(index),
            _ => {}
        }
    }
    // A brace that is not closed, or holds no choice, is part of a name.
    let Some(close) = close.filter(|_| cuts.len() > 1) else {
        return vec![text.to_string()];
    };
    cuts.push(close);
    cuts.windows(2)
        .flat_map(|cut| {
            let choice = &text[cut[0] + 1..cut[1]];
            expand_braces(&format!("{}{choice}{}", &text[..open], &text[close + 1..]))
        })
        .collect()
}

/// A path as written, taken apart.
struct Place {
    /// What was written.
    written: String,
    store_url: ObjectStoreUrl,
    /// The path in the store before the first segment with a pattern.
    base: Path,
    /// What a person calls the base, ending in `/` unless it is empty.
    base_name: String,
    /// The segments from the first pattern on.
    pattern: Vec<String>,
    /// Whether it says itself that it is a folder.
    is_folder: bool,
    /// The folder or file on this machine.
    local: Option<PathBuf>,
}

fn is_pattern(segment: &str) -> bool {
    segment.contains(['*', '?', '['])
}

impl Place {
    fn parse(written: &str) -> Result<Self> {
        if written.trim().is_empty() {
            return Err(Error::invalid_input("the path of a file is empty"));
        }
        match written.split_once("://") {
            Some(("file", path)) => {
                Self::local(written, path.strip_prefix("localhost").unwrap_or(path))
            }
            Some((scheme, rest)) => Self::remote(written, scheme, rest),
            None => Self::local(written, written),
        }
    }

    fn local(written: &str, path: &str) -> Result<Self> {
        let home = path
            .strip_prefix("~/")
            .and_then(|rest| Some(format!("{}/{rest}", std::env::var("HOME").ok()?)));
        let path = home.as_deref().unwrap_or(path);
        // A name that looks like a pattern may be the name of a file.
        let exists = is_pattern(path) && LocalPath::new(path).exists();
        let segments: Vec<&str> = path.split('/').collect();
        let first = match exists {
            true => segments.len(),
            false => {
                segments.iter().position(|segment| is_pattern(segment)).unwrap_or(segments.len())
            }
        };
        let base_text = segments[..first].join("/");
        let base_text = match (first < segments.len(), base_text.is_empty()) {
            // `/*.csv` starts at the root, `*.csv` in the working folder.
            (true, true) if path.starts_with('/') => "/".to_string(),
            (true, true) => String::new(),
            _ => base_text,
        };
        let from = if base_text.is_empty() { "." } else { base_text.as_str() };
        let absolute = std::path::absolute(from)?;
        let absolute = without_dots(&absolute);
        let base = Path::from_absolute_path(&absolute)
            .map_err(|error| Error::invalid_input(format!("'{written}' is not a path: {error}")))?;
        let is_pattern = first < segments.len();
        let mut base_name = base_text;
        if is_pattern && !base_name.is_empty() && !base_name.ends_with('/') {
            base_name.push('/');
        }
        Ok(Self {
            written: written.to_string(),
            store_url: ObjectStoreUrl::local_filesystem(),
            base,
            base_name,
            pattern: segments[first..].iter().map(|segment| (*segment).to_string()).collect(),
            is_folder: path.ends_with('/'),
            local: Some(absolute),
        })
    }

    fn remote(written: &str, scheme: &str, rest: &str) -> Result<Self> {
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let store = format!("{scheme}://{authority}");
        let store_url = ObjectStoreUrl::parse(&store).map_err(|error| {
            Error::invalid_input(format!("'{written}' is not a location: {error}"))
        })?;
        let is_web = matches!(scheme, "http" | "https");
        let segments: Vec<&str> = path.split('/').collect();
        let first = match is_web {
            // Web servers cannot list, and `?` belongs to their addresses.
            true => segments.len(),
            false => {
                segments.iter().position(|segment| is_pattern(segment)).unwrap_or(segments.len())
            }
        };
        let base_text = segments[..first].join("/");
        let base = Path::from_url_path(&base_text).map_err(|error| {
            Error::invalid_input(format!("'{written}' is not a location: {error}"))
        })?;
        let is_pattern = first < segments.len();
        let mut base_name = format!("{store}/{base_text}");
        if is_pattern && !base_name.ends_with('/') {
            base_name.push('/');
        }
        Ok(Self {
            written: written.to_string(),
            store_url,
            base,
            base_name,
            pattern: segments[first..].iter().map(|segment| (*segment).to_string()).collect(),
            is_folder: path.ends_with('/') || path.is_empty(),
            local: None,
        })
    }

    async fn list(&self, state: &dyn Session, files: &mut Vec<ListedFile>) -> Result<()> {
        let store = state.runtime_env().object_store(&self.store_url)?;
        let mut found = if !self.pattern.is_empty() {
            let mut found = vec![];
            match walk(&store, self.base.clone(), &self.pattern, &mut found).await {
                Err(Error { .. }) if self.is_missing_folder() => {}
                result => result?,
            }
            found
        } else {
            match self.one_file(&store).await? {
                Some(meta) => {
                    files.push(self.file(&store, meta, self.base_name.clone(), false));
                    return Ok(());
                }
                None => self.folder(&store).await?,
            }
        };
        found.sort_by(|a, b| a.location.cmp(&b.location));
        for meta in found {
            let name = self.name_of(&meta.location);
            files.push(self.file(&store, meta, name, true));
        }
        Ok(())
    }

    fn file(
        &self,
        store: &Arc<dyn ObjectStore>,
        meta: ObjectMeta,
        name: String,
        found: bool,
    ) -> ListedFile {
        let handle = FileHandle { store: Arc::clone(store), meta, name };
        ListedFile { store_url: self.store_url.clone(), handle, found }
    }

    /// The file itself, unless this is a folder.
    async fn one_file(&self, store: &Arc<dyn ObjectStore>) -> Result<Option<ObjectMeta>> {
        if self.is_folder || self.local.as_ref().is_some_and(|local| local.is_dir()) {
            return Ok(None);
        }
        match store.head(&self.base).await {
            Ok(meta) => Ok(Some(meta)),
            Err(object_store::Error::NotFound { .. }) if self.local.is_some() => {
                Err(nothing_found(&self.written))
            }
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(Error::from(error).context(format_args!("'{}'", self.written))),
        }
    }

    /// The files in this folder and below it.
    async fn folder(&self, store: &Arc<dyn ObjectStore>) -> Result<Vec<ObjectMeta>> {
        if let Some(local) = &self.local
            && !local.is_dir()
        {
            return Err(nothing_found(&self.written));
        }
        let depth = self.base.parts().count();
        let listed: Vec<ObjectMeta> = store
            .list(Some(&self.base))
            .try_collect()
            .await
            .map_err(|error| Error::from(error).context(format_args!("'{}'", self.written)))?;
        Ok(listed
            .into_iter()
            .filter(|meta| {
                // Some stores mark a folder by an empty object of its name.
                let mut parts = meta.location.parts().skip(depth).peekable();
                parts.peek().is_some() && parts.all(|part| !is_hidden(part.as_ref()))
            })
            .collect())
    }

    /// What a person calls a file that was found.
    fn name_of(&self, location: &Path) -> String {
        let rest: Vec<String> = location
            .parts()
            .skip(self.base.parts().count())
            .map(|part| part.as_ref().to_string())
            .collect();
        let separator =
            if self.base_name.is_empty() || self.base_name.ends_with('/') { "" } else { "/" };
        format!("{}{separator}{}", self.base_name, rest.join("/"))
    }

    fn is_missing_folder(&self) -> bool {
        self.local.as_ref().is_some_and(|local| !local.is_dir())
    }
}

/// Resolves `.` and `..` by name.
fn without_dots(path: &LocalPath) -> PathBuf {
    use std::path::Component;
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

fn is_hidden(name: &str) -> bool {
    // `_year=2024` is a partition.
    name.starts_with('.') || (name.starts_with('_') && !name.contains('='))
}

const MATCHING: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

/// Finds the files below `folder` that match the segments.
fn walk<'a>(
    store: &'a Arc<dyn ObjectStore>,
    folder: Path,
    segments: &'a [String],
    found: &'a mut Vec<ObjectMeta>,
) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        let Some((segment, rest)) = segments.split_first() else {
            return Ok(());
        };
        if segment == "**" {
            return everything(store, &folder, rest, found).await;
        }
        if !is_pattern(segment) && !rest.is_empty() {
            return walk(store, folder.join(segment.as_str()), rest, found).await;
        }
        let pattern = pattern(segment)?;
        let matches = |name: &str| {
            pattern.matches_with(name, MATCHING)
                && (!is_hidden(name) || segment.starts_with(['.', '_']))
        };
        let listed = store.list_with_delimiter(Some(&folder)).await?;
        if rest.is_empty() || rest.iter().all(String::is_empty) {
            // A pattern that ends in a slash matches folders.
            if rest.is_empty() {
                found.extend(
                    listed
                        .objects
                        .into_iter()
                        .filter(|meta| meta.location.filename().is_some_and(matches)),
                );
            }
            if !rest.is_empty() {
                for folder in listed.common_prefixes {
                    if folder.filename().is_some_and(matches) {
                        everything(store, &folder, &[], found).await?;
                    }
                }
            }
            return Ok(());
        }
        for folder in listed.common_prefixes {
            if folder.filename().is_some_and(matches) {
                walk(store, folder, rest, found).await?;
            }
        }
        Ok(())
    })
}

/// Finds the files at any depth below `folder` whose last segments match.
async fn everything(
    store: &Arc<dyn ObjectStore>,
    folder: &Path,
    rest: &[String],
    found: &mut Vec<ObjectMeta>,
) -> Result<()> {
    let tail = match rest.iter().all(String::is_empty) {
        true => "*".to_string(),
        false => rest.join("/"),
    };
    let pattern = pattern(&format!("**/{tail}"))?;
    let depth = folder.parts().count();
    let named_hidden = tail.starts_with(['.', '_']);
    let listed: Vec<ObjectMeta> = store.list(Some(folder)).try_collect().await?;
    found.extend(listed.into_iter().filter(|meta| {
        let parts: Vec<String> =
            meta.location.parts().skip(depth).map(|part| part.as_ref().to_string()).collect();
        !parts.is_empty()
            && (named_hidden || !parts.iter().any(|part| is_hidden(part)))
            && pattern.matches_with(&parts.join("/"), MATCHING)
    }));
    Ok(())
}

fn pattern(text: &str) -> Result<Pattern> {
    Pattern::new(text).map_err(|error| {
        Error::invalid_input(format!("'{text}' is not a pattern: {}", error.msg))
            .with_hint("* and ? match within a name, ** any folders, [a-z] one character")
    })
}

/// The error for a path that stands for no file, with a near name if there is one.
fn nothing_found(written: &str) -> Error {
    if is_pattern(written) {
        return Error::not_found(format!("no file matches '{written}'"));
    }
    let error = Error::not_found(format!("file '{written}' does not exist"));
    if written.contains("://") {
        return error;
    }
    let path = LocalPath::new(written);
    if path.is_dir() {
        return Error::not_found(format!("folder '{written}' holds no files to read"));
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let folder = parent.unwrap_or(LocalPath::new("."));
    let Ok(entries) = std::fs::read_dir(folder) else {
        return error.with_hint(format!("folder '{}' does not exist", folder.display()));
    };
    let names: Vec<String> =
        entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    let wanted = path.file_name().and_then(|name| name.to_str()).unwrap_or(written);
    match closest(wanted, names.iter().map(String::as_str)) {
        Some(near) => {
            let near = parent.map_or(PathBuf::from(near), |parent| parent.join(near));
            error.with_hint(format!("did you mean '{}'?", near.display()))
        }
        None => error,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use datafusion::prelude::SessionContext;

    #[test]
    fn braces() {
        for (text, expected) in [
            ("a.csv", vec!["a.csv"]),
            ("{a,b}.csv", vec!["a.csv", "b.csv"]),
            ("{a,b{1,2}}/{x,y}", vec!["a/x", "a/y", "b1/x", "b1/y", "b2/x", "b2/y"]),
            ("a{b}c", vec!["a{b}c"]),
            ("a{b", vec!["a{b"]),
        ] {
            assert_eq!(expand_braces(text), expected, "{text}");
        }
    }

    async fn names(root: &LocalPath, pattern: &str) -> Vec<String> {
        let context = SessionContext::new();
        let path = format!("{}/{pattern}", root.display());
        let files = list(&[path], &context.state()).await.unwrap_or_default();
        let prefix = format!("{}/", root.display());
        files.into_iter().map(|file| file.handle.name.replacen(&prefix, "", 1)).collect()
    }

    #[tokio::test]
    async fn patterns() {
        let root = tempfile::tempdir().unwrap();
        for name in [
            "a.csv",
            "b.csv",
            "c.txt",
            ".hidden.csv",
            "_SUCCESS",
            "x/d.csv",
            "x/y/e.csv",
            "x/_tmp/f.csv",
            "k=1/g.csv",
            "k=2/g.csv",
            "with space/h é.csv",
        ] {
            let path = root.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "a\n1\n").unwrap();
        }
        for (pattern, expected) in [
            ("a.csv", vec!["a.csv"]),
            ("*.csv", vec!["a.csv", "b.csv"]),
            ("?.csv", vec!["a.csv", "b.csv"]),
            ("[b-z].*", vec!["b.csv", "c.txt"]),
            ("_*", vec!["_SUCCESS"]),
            ("*/*.csv", vec!["k=1/g.csv", "k=2/g.csv", "with space/h é.csv", "x/d.csv"]),
            ("k=*/g.csv", vec!["k=1/g.csv", "k=2/g.csv"]),
            ("x/**", vec!["x/d.csv", "x/y/e.csv"]),
            ("x/**/*.csv", vec!["x/d.csv", "x/y/e.csv"]),
            ("**/e.csv", vec!["x/y/e.csv"]),
            ("x", vec!["x/d.csv", "x/y/e.csv"]),
            ("x/", vec!["x/d.csv", "x/y/e.csv"]),
            ("{b,a}.csv", vec!["b.csv", "a.csv"]),
            ("with space/*", vec!["with space/h é.csv"]),
            ("nothing/*.csv", vec![]),
        ] {
            assert_eq!(names(root.path(), pattern).await, expected, "{pattern}");
        }
    }
}
