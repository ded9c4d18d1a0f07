//! The options of COPY GRAPH.

use extension::option_list::{OptionEntry, unknown_option};
use extension::{Error, Result};

use crate::info::FileType;

/// The options, in the order in which help lists them.
pub(super) const OPTIONS: [&str; 6] =
    ["format", "name", "chunk_size", "edge_chunk_size", "file_type", "overwrite"];

/// How a graph is written.
#[derive(Debug, Clone)]
pub(super) struct WriteOptions {
    /// The name of the graph; that of the folder if there is none.
    pub(super) name: Option<String>,
    /// Vertices per chunk.
    pub(super) chunk_size: u64,
    /// Edges per chunk.
    pub(super) edge_chunk_size: u64,
    pub(super) file_type: FileType,
    /// Whether what is at the target goes.
    pub(super) overwrite: bool,
}

impl WriteOptions {
    /// Checks the options as written.
    pub(super) fn new(entries: &[OptionEntry]) -> Result<Self> {
        let mut options = Self {
            name: None,
            // What the format recommends.
            chunk_size: 1 << 18,
            edge_chunk_size: 1 << 22,
            file_type: FileType::Parquet,
            overwrite: false,
        };
        let mut format = false;
        for entry in entries {
            match entry.name.as_str() {
                "format" if entry.text()?.eq_ignore_ascii_case("graphar") => format = true,
                "format" => return Err(entry.invalid("graphar")),
                "name" => options.name = Some(entry.text()?.to_string()),
                "chunk_size" => options.chunk_size = size(entry)?,
                "edge_chunk_size" => options.edge_chunk_size = size(entry)?,
                "file_type" => {
                    options.file_type = match FileType::of(entry.text()?) {
                        Ok(FileType::Orc) => {
                            return Err(Error::unsupported("ORC is read and not written")
                                .with_hint("file types: parquet, csv, json")
                                .at(entry.position));
                        }
                        Ok(file_type) => file_type,
                        Err(_) => return Err(entry.invalid("parquet, csv or json")),
                    }
                }
                "overwrite" => options.overwrite = entry.boolean()?,
                _ => return Err(unknown_option(entry, "COPY GRAPH", OPTIONS.into_iter())),
            }
        }
        match format {
            true => Ok(options),
            false => Err(Error::invalid_input("COPY GRAPH needs a FORMAT")
                .with_hint("formats: graphar, as in (FORMAT graphar)")),
        }
    }
}

fn size(entry: &OptionEntry) -> Result<u64> {
    // Offsets of a part are kept in memory while it is written.
    const MOST: u64 = 1 << 26;
    match entry.integer()? {
        size if (1..=MOST).contains(&size) => Ok(size),
        _ => Err(entry.invalid("a whole number from 1 to 67108864")),
    }
}
