//! How results are printed: one file per format, one list that names them all.
//!
//! A [`Printer`] is made when a result's columns are known, gets its batches as they arrive, and is
//! told when there are no more. Only the formats that line up columns hold rows back.

mod arrow_stream;
mod collected;
mod csv;
mod explain;
mod html;
mod insert;
mod json;
mod layout;
mod markdown;
mod parquet_file;
mod table;
mod trash;
mod vertical;

use std::io::Write;

use engine::arrow::datatypes::SchemaRef;
use engine::arrow::record_batch::RecordBatch;
use engine::{Error, Result, closest};

pub(crate) use insert::write_literal;

/// Prints one result.
pub(crate) trait Printer {
    /// Prints or keeps the next rows.
    fn batch(&mut self, batch: &RecordBatch, out: &mut dyn Write) -> Result<()>;

    /// Prints what was kept and what comes after the rows.
    fn finish(&mut self, out: &mut dyn Write) -> Result<()>;
}

/// What a user can set about the looks of a result.
#[derive(Debug, Clone)]
pub(crate) struct Style {
    /// Whether column names are printed by formats that can leave them out.
    pub(crate) headers: bool,
    /// How NULL looks; `None` for the format's own way.
    pub(crate) null: Option<String>,
    /// What stands between columns; `None` for the format's own.
    pub(crate) column_separator: Option<String>,
    /// What ends a row; `None` for the format's own.
    pub(crate) row_separator: Option<String>,
    /// How many rows a box shows; 0 for all.
    pub(crate) max_rows: usize,
    /// How many columns of characters a box may take; `None` for any number.
    pub(crate) width: Option<usize>,
    /// The table that INSERT statements name.
    pub(crate) insert_table: String,
    /// Whether plans are printed as text and not as a table.
    pub(crate) explain: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            headers: true,
            null: None,
            column_separator: None,
            row_separator: None,
            max_rows: 40,
            width: None,
            insert_table: "\"table\"".to_string(),
            explain: true,
        }
    }
}

impl Style {
    fn null_or<'a>(&'a self, own: &'a str) -> &'a str {
        self.null.as_deref().unwrap_or(own)
    }
}

/// A way to print results.
pub(crate) struct Format {
    /// The name in `--format` and `.mode`.
    pub(crate) name: &'static str,
    /// Other names, from DuckDB's shell.
    pub(crate) aliases: &'static [&'static str],
    /// What it looks like.
    pub(crate) description: &'static str,
    /// Whether it is bytes that a terminal cannot show.
    pub(crate) binary: bool,
    /// Whether it is for people, so that plans may be shown as they are.
    plain: bool,
    make: fn(&SchemaRef, &Style) -> Result<Box<dyn Printer>>,
}

impl Format {
    /// A printer for a result with the columns of `schema`.
    pub(crate) fn printer(&self, schema: &SchemaRef, style: &Style) -> Result<Box<dyn Printer>> {
        match !self.binary && self.plain && style.explain && explain::is_plan(schema) {
            true => Ok(Box::new(explain::ExplainPrinter)),
            false => (self.make)(schema, style),
        }
    }
}

impl Format {
    /// Whether it prints nothing before all rows are there.
    pub(crate) fn waits(&self) -> bool {
        matches!(self.name, "box" | "table" | "trash")
    }
}

impl std::fmt::Debug for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// The format called `name`.
///
/// # Errors
/// Suggests the nearest name and lists them all.
pub(crate) fn find(name: &str) -> Result<&'static Format> {
    let names = || {
        FORMATS
            .iter()
            .flat_map(|format| std::iter::once(&format.name).chain(format.aliases))
            .copied()
    };
    FORMATS
        .iter()
        .find(|format| {
            std::iter::once(&format.name)
                .chain(format.aliases)
                .any(|known| known.eq_ignore_ascii_case(name))
        })
        .ok_or_else(|| {
            let list: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
            let near = closest(name, names())
                .map(|near| format!("did you mean '{near}'? "))
                .unwrap_or_default();
            Error::invalid_input(format!("unknown output format '{name}'"))
                .with_hint(format!("{near}formats: {}", list.join(", ")))
        })
}

/// Every format, those for people first.
pub(crate) static FORMATS: &[Format] = &[
    Format {
        name: "box",
        aliases: &["duckbox"],
        description: "a table in a box with a row of types, which fits the terminal and leaves out rows in the middle",
        binary: false,
        plain: true,
        make: |schema, style| Ok(Box::new(table::TablePrinter::boxed(schema, style))),
    },
    Format {
        name: "table",
        aliases: &["ascii"],
        description: "a table with all rows, in plain ASCII",
        binary: false,
        plain: true,
        make: |schema, style| Ok(Box::new(table::TablePrinter::ascii(schema, style))),
    },
    Format {
        name: "markdown",
        aliases: &["md"],
        description: "a Markdown table",
        binary: false,
        plain: false,
        make: |schema, style| Ok(Box::new(markdown::MarkdownPrinter::new(schema, style))),
    },
    Format {
        name: "vertical",
        aliases: &["line"],
        description: "one value a line",
        binary: false,
        plain: true,
        make: |schema, style| Ok(Box::new(vertical::VerticalPrinter::new(schema, style))),
    },
    Format {
        name: "csv",
        aliases: &[],
        description: "comma-separated values with a header",
        binary: false,
        plain: false,
        make: |schema, style| Ok(Box::new(csv::CsvPrinter::new(schema, style, ",", true))),
    },
    Format {
        name: "tsv",
        aliases: &["tabs"],
        description: "tab-separated values with a header",
        binary: false,
        plain: false,
        make: |schema, style| Ok(Box::new(csv::CsvPrinter::new(schema, style, "\t", true))),
    },
    Format {
        name: "list",
        aliases: &[],
        description: "values with '|' between them and without quotes",
        binary: false,
        plain: false,
        make: |schema, style| Ok(Box::new(csv::CsvPrinter::new(schema, style, "|", false))),
    },
    Format {
        name: "json",
        aliases: &[],
        description: "one array of objects per result",
        binary: false,
        plain: false,
        make: |schema, _| Ok(Box::new(json::JsonPrinter::array(schema))),
    },
    Format {
        name: "ndjson",
        aliases: &["jsonlines"],
        description: "one JSON object a line",
        binary: false,
        plain: false,
        make: |schema, _| Ok(Box::new(json::JsonPrinter::lines(schema))),
    },
    Format {
        name: "insert",
        aliases: &[],
        description: "INSERT statements; `.mode insert TABLE` names the table",
        binary: false,
        plain: false,
        make: |schema, style| Ok(Box::new(insert::InsertPrinter::new(schema, style))),
    },
    Format {
        name: "html",
        aliases: &[],
        description: "an HTML table",
        binary: false,
        plain: false,
        make: |schema, style| Ok(Box::new(html::HtmlPrinter::new(schema, style))),
    },
    Format {
        name: "arrow",
        aliases: &[],
        description: "an Arrow IPC stream per result",
        binary: true,
        plain: false,
        make: |schema, _| Ok(Box::new(arrow_stream::ArrowPrinter::new(schema)?)),
    },
    Format {
        name: "parquet",
        aliases: &[],
        description: "the bytes of a Parquet file",
        binary: true,
        plain: false,
        make: |schema, _| Ok(Box::new(parquet_file::ParquetPrinter::new(schema)?)),
    },
    Format {
        name: "trash",
        aliases: &[],
        description: "nothing: the query runs and its rows are dropped",
        binary: false,
        plain: false,
        make: |_, _| Ok(Box::new(trash::TrashPrinter)),
    },
];
