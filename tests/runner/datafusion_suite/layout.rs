//! Puts the suite's files where their relative paths work.
//!
//! The records name files relative to `datafusion/sqllogictest` of DataFusion's repository. A folder
//! under the build's own gets the same shape: the test files copied, since they write beside
//! themselves, the data of sibling crates linked, and the TPC-H tables generated. Data that no crate
//! carries is missing.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::runner::sources::files;
use crate::workspace::package_folder;

/// Where the suite stands.
pub(crate) struct Layout {
    /// What the files call `WORKSPACE_ROOT`.
    pub root: PathBuf,
    /// Where they are run.
    pub working_directory: PathBuf,
}

/// Makes the folder afresh.
pub(crate) fn prepare() -> Result<Layout, String> {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("datafusion_suite");
    let working_directory = root.join("datafusion/sqllogictest");
    let failed = |error: std::io::Error| format!("cannot prepare '{}': {error}", root.display());
    if working_directory.exists() {
        fs::remove_dir_all(&working_directory).map_err(failed)?;
    }
    fs::create_dir_all(&working_directory).map_err(failed)?;
    let suite = package_folder("datafusion-sqllogictest")?;
    for folder in ["test_files", "data"] {
        copy(&suite.join(folder), &working_directory.join(folder)).map_err(failed)?;
    }
    let arrow = package_folder("datafusion-datasource-arrow")?;
    copy(&arrow.join("tests/data"), &root.join("datafusion/datasource-arrow/tests/data"))
        .map_err(failed)?;
    write_tpch(&working_directory.join("test_files/tpch/data")).map_err(failed)?;
    Ok(Layout { root, working_directory })
}

/// The suite's files, relative to `test_files`, the longest running first.
pub(crate) fn test_files() -> Result<Vec<PathBuf>, String> {
    let mut found: Vec<_> = files(Path::new("test_files"), "slt")?
        .into_iter()
        .map(|path| datafusion_sqllogictest::TestFile::new(path, &["test_files/"]))
        // It needs a feature of DataFusion that we do not build with.
        .filter(|file| !file.relative_path_starts_with("encrypted_parquet.slt"))
        .collect();
    found.sort_unstable();
    Ok(found.into_iter().map(|file| file.relative_path).collect())
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy(&entry.path(), &target)?,
            false => fs::write(&target, fs::read(entry.path())?)?,
        }
    }
    Ok(())
}

/// Writes the tables as the suite's TPC-H files read them: scale factor 0.1, a bar behind each value.
fn write_tpch(folder: &Path) -> std::io::Result<()> {
    use tpchgen::generators as tables;
    const SCALE: f64 = 0.1;
    fs::create_dir_all(folder)?;
    fn write<Row: std::fmt::Display>(
        folder: &Path,
        table: &str,
        rows: impl Iterator<Item = Row>,
    ) -> std::io::Result<()> {
        let file = fs::File::create(folder.join(format!("{table}.tbl")))?;
        let mut writer = BufWriter::with_capacity(1 << 20, file);
        for row in rows {
            writeln!(writer, "{row}")?;
        }
        writer.flush()
    }
    write(folder, "nation", tables::NationGenerator::new(SCALE, 1, 1).iter())?;
    write(folder, "region", tables::RegionGenerator::new(SCALE, 1, 1).iter())?;
    write(folder, "part", tables::PartGenerator::new(SCALE, 1, 1).iter())?;
    write(folder, "supplier", tables::SupplierGenerator::new(SCALE, 1, 1).iter())?;
    write(folder, "partsupp", tables::PartSuppGenerator::new(SCALE, 1, 1).iter())?;
    write(folder, "customer", tables::CustomerGenerator::new(SCALE, 1, 1).iter())?;
    write(folder, "orders", tables::OrderGenerator::new(SCALE, 1, 1).iter())?;
    write(folder, "lineitem", tables::LineItemGenerator::new(SCALE, 1, 1).iter())
}
