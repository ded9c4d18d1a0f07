//! The SQL text of this folder as data, so that it is at hand wherever the engine is installed.

/// Every SQL file of this folder: its path and its text.
pub const FILES: &[(&str, &str)] =
    &[("examples/quickstart.sql", include_str!("examples/quickstart.sql"))];

/// The text of a file.
///
/// ```
/// assert!(parquetframe_sql::file("examples/quickstart.sql").is_some());
/// assert!(parquetframe_sql::file("no-such.sql").is_none());
/// ```
pub fn file(path: &str) -> Option<&'static str> {
    FILES.iter().find(|(name, _)| *name == path).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::path::Path;

    use super::FILES;

    /// Paths below `folder`, from the crate's folder.
    fn sql_files(root: &Path, folder: &Path) -> Vec<String> {
        let mut found = vec![];
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                found.extend(sql_files(root, &path));
            } else if path.extension().is_some_and(|extension| extension == "sql") {
                found.push(path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/"));
            }
        }
        found
    }

    #[test]
    fn every_file_is_listed() {
        let root = std::env::var("CARGO_MANIFEST_DIR").unwrap();
        let root = Path::new(&root);
        let mut found = sql_files(root, root);
        found.sort();
        let listed: Vec<&str> = FILES.iter().map(|(path, _)| *path).collect();
        assert_eq!(listed, found, "list the files in lib.rs, by path");
    }
}
