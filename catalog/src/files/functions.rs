//! The table functions over files.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use datafusion::catalog::TableProvider;
use datafusion::execution::SessionState;
use extension::{Arguments, Error, Parameter, Result, ScanFunction, Signature};
use futures::TryStreamExt;
use parking_lot::Mutex;

use super::listing::ListedFile;
use super::options::{self, FileOptions};
use super::table::{ChooseReader, FilesTable};
use crate::formats::{self, FORMATS, Format, Reader, bytes};

/// A function over files.
struct FileFunction {
    name: &'static str,
    aliases: &'static [&'static str],
    /// The format it reads; `None` to find out.
    format: Option<&'static str>,
    description: &'static str,
    example: &'static str,
}

/// The functions, in the order in which help lists them.
const FUNCTIONS: &[FileFunction] = &[
    FileFunction {
        name: "read_files",
        aliases: &[],
        format: None,
        description: "The rows of files, each of the format that its ending or its first bytes say.",
        example: "SELECT * FROM read_files('tests/data/people.*', union_by_name => true, filename => true)",
    },
    FileFunction {
        name: "read_parquet",
        aliases: &["parquet_scan"],
        format: Some("parquet"),
        description: "The rows of Parquet files.",
        example: "SELECT * FROM read_parquet('tests/data/people.parquet')",
    },
    FileFunction {
        name: "read_csv",
        aliases: &["read_csv_auto"],
        format: Some("csv"),
        description: "The rows of CSV files. Delimiter, quotes, header and types are found out unless they are given.",
        example: "SELECT * FROM read_csv('tests/data/people.csv', types => {'id': 'INTEGER'})",
    },
    FileFunction {
        name: "read_tsv",
        aliases: &[],
        format: Some("tsv"),
        description: "The rows of files with values between tabs.",
        example: "SELECT * FROM read_tsv('tests/data/people.tsv')",
    },
    FileFunction {
        name: "read_json",
        aliases: &["read_json_auto", "read_json_objects"],
        format: Some("json"),
        description: "The rows of JSON files: an array of objects, an object per line, or objects one after the other.",
        example: "SELECT * FROM read_json('tests/data/people.json')",
    },
    FileFunction {
        name: "read_ndjson",
        aliases: &["read_ndjson_auto"],
        format: Some("ndjson"),
        description: "The rows of JSON files with an object per line.",
        example: "SELECT * FROM read_ndjson('tests/data/people.ndjson')",
    },
    FileFunction {
        name: "read_avro",
        aliases: &[],
        format: Some("avro"),
        description: "The rows of Avro files.",
        example: "SELECT * FROM read_avro('tests/data/people.avro')",
    },
    FileFunction {
        name: "read_orc",
        aliases: &[],
        format: Some("orc"),
        description: "The rows of ORC files.",
        example: "SELECT * FROM read_orc('tests/data/people.orc')",
    },
    FileFunction {
        name: "read_arrow",
        aliases: &["arrow_scan"],
        format: Some("arrow"),
        description: "The rows of Arrow files and streams, also known as Feather.",
        example: "SELECT * FROM read_arrow('tests/data/people.arrow')",
    },
    FileFunction {
        name: "read_graphml",
        aliases: &[],
        format: Some("graphml"),
        description: "The edges, or the nodes, of graphs in GraphML.",
        example: "SELECT * FROM read_graphml('tests/data/graphs/towns.graphml', element => 'node')",
    },
    FileFunction {
        name: "read_matrix_market",
        aliases: &["read_mtx"],
        format: Some("matrix_market"),
        description: "The entries of sparse matrices in Matrix Market files, as edges from their rows to their columns. Those of symmetric matrices come both ways.",
        example: "SELECT * FROM read_matrix_market('tests/data/graphs/towns.mtx')",
    },
];

/// The functions, ready to call.
pub(crate) fn all() -> Vec<Arc<dyn ScanFunction>> {
    SIGNATURES
        .iter()
        .zip(FUNCTIONS)
        .map(|(signature, function)| {
            Arc::new(ReadFiles { signature, format: function.format }) as Arc<dyn ScanFunction>
        })
        .collect()
}

/// Signatures are made once, of the path, the format's options and those of all formats.
static SIGNATURES: LazyLock<Vec<Signature>> = LazyLock::new(|| {
    FUNCTIONS
        .iter()
        .map(|function| {
            let mut parameters = vec![options::PATH];
            let reads =
                |known: &&&dyn Format| function.format.is_none_or(|format| known.name() == format);
            for known in FORMATS.iter().filter(reads) {
                add(&mut parameters, known.parameters());
            }
            add(&mut parameters, options::PARAMETERS);
            Signature {
                name: function.name,
                aliases: function.aliases,
                description: function.description,
                parameters: Vec::leak(parameters),
                positional: 1,
                example: function.example,
            }
        })
        .collect()
});

fn add(parameters: &mut Vec<Parameter>, more: &[Parameter]) {
    for parameter in more {
        if !parameters.iter().any(|known| known.name == parameter.name) {
            parameters.push(*parameter);
        }
    }
}

/// The signature of the function that reads a format.
pub(crate) fn signature_of(format: &str) -> Option<&'static Signature> {
    let index = FUNCTIONS.iter().position(|function| function.format == Some(format))?;
    SIGNATURES.get(index)
}

#[derive(Debug)]
struct ReadFiles {
    signature: &'static Signature,
    format: Option<&'static str>,
}

#[async_trait]
impl ScanFunction for ReadFiles {
    fn signature(&self) -> &Signature {
        self.signature
    }

    async fn scan(
        &self,
        arguments: &Arguments,
        state: &SessionState,
    ) -> Result<Arc<dyn TableProvider>> {
        let paths = arguments.strings("path")?;
        let table = table(paths, arguments, self.format, state).await?;
        Ok(Arc::new(table))
    }
}

/// The table over `paths`, of one format or of those that are found.
pub(crate) async fn table(
    paths: Vec<String>,
    arguments: &Arguments,
    format: Option<&str>,
    state: &SessionState,
) -> Result<FilesTable> {
    let choose: Arc<dyn ChooseReader> = match format {
        Some(name) => {
            let format = formats::by_name(name)?;
            Arc::new(OneFormat { format, reader: format.reader(arguments)? })
        }
        None => Arc::new(ByFile::new(arguments)),
    };
    let options = FileOptions::from_arguments(arguments)?;
    FilesTable::resolve(paths, options, choose, state).await
}

/// All files are of the format that was asked for.
#[derive(Debug)]
struct OneFormat {
    format: &'static dyn Format,
    reader: Arc<dyn Reader>,
}

#[async_trait]
impl ChooseReader for OneFormat {
    async fn reader(&self, _file: &ListedFile) -> Result<Arc<dyn Reader>> {
        Ok(Arc::clone(&self.reader))
    }

    fn select(&self, files: Vec<ListedFile>) -> Vec<ListedFile> {
        // A folder may hold other things beside the data, but files without an ending may be data too.
        let fits = |file: &ListedFile| {
            formats::by_path(&file.handle.name)
                .is_none_or(|format| format.name() == self.format.name())
        };
        let has_ending = |file: &ListedFile| {
            formats::by_path(&file.handle.name)
                .is_some_and(|format| format.name() == self.format.name())
        };
        match files.iter().any(|file| file.found && has_ending(file)) {
            true => files.into_iter().filter(|file| !file.found || has_ending(file)).collect(),
            false => match files.iter().any(|file| file.found && fits(file)) {
                true => files.into_iter().filter(|file| !file.found || fits(file)).collect(),
                false => files,
            },
        }
    }
}

/// Each file says its format.
#[derive(Debug)]
pub(super) struct ByFile {
    arguments: Arguments,
    readers: Mutex<HashMap<&'static str, Arc<dyn Reader>>>,
}

impl ByFile {
    /// Options are those of `arguments`.
    pub(super) fn new(arguments: &Arguments) -> Self {
        Self { arguments: arguments.clone(), readers: Mutex::default() }
    }
}

/// As many bytes as the longest mark of a format, and some space before a JSON value.
const HEAD: u64 = 64;

#[async_trait]
impl ChooseReader for ByFile {
    async fn reader(&self, file: &ListedFile) -> Result<Arc<dyn Reader>> {
        let handle = &file.handle;
        let format = match formats::by_path(&handle.name) {
            Some(format) => format,
            None => {
                let end = handle.meta.size.min(HEAD);
                let head: Vec<_> = bytes::stored(&handle.store, &handle.meta.location, 0..end)
                    .await?
                    .try_collect()
                    .await?;
                formats::by_content(&head.concat()).ok_or_else(|| {
                    Error::invalid_input(format!("the format of '{}' is unknown", handle.name))
                        .with_hint(format!(
                            "say it with a function, such as read_csv('{}')",
                            handle.name
                        ))
                })?
            }
        };
        if let Some(reader) = self.readers.lock().get(format.name()) {
            return Ok(Arc::clone(reader));
        }
        // Options of other formats would be ignored.
        for other in FORMATS {
            for parameter in other.parameters() {
                let own = format.parameters().iter().any(|own| own.name == parameter.name);
                if !own && self.arguments.value(parameter.name).is_some() {
                    return Err(Error::invalid_input(format!(
                        "'{}' is a {} file, for which there is no option '{}'",
                        handle.name,
                        format.name(),
                        parameter.name
                    )));
                }
            }
        }
        let reader = format.reader(&self.arguments)?;
        Ok(Arc::clone(self.readers.lock().entry(format.name()).or_insert(reader)))
    }

    fn select(&self, files: Vec<ListedFile>) -> Vec<ListedFile> {
        // Beside files of a known format, others in a folder are something else.
        match files.iter().any(|file| file.found && formats::by_path(&file.handle.name).is_some()) {
            true => files
                .into_iter()
                .filter(|file| !file.found || formats::by_path(&file.handle.name).is_some())
                .collect(),
            false => files,
        }
    }
}
