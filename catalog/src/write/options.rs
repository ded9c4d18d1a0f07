//! The formats of COPY, their options, and what they mean to the writers.

use std::fmt::Display;

use extension::{Error, Result, closest};

use super::settings::Existing;
use crate::option_list::{OptionEntry, unknown_option};

/// A format that can be written.
#[derive(Debug)]
pub(crate) struct WriteFormat {
    /// The name after FORMAT.
    pub(crate) name: &'static str,
    /// Other names, which are also extensions of files.
    pub(crate) aliases: &'static [&'static str],
    /// DataFusion's name of the format.
    stored_as: &'static str,
    /// The extension of files in a folder.
    extension: &'static str,
    /// The options beside [`COMMON`].
    options: &'static [&'static str],
    /// Values of COMPRESSION; the first is the default.
    codecs: &'static [&'static str],
    /// Whether the whole file is compressed, which its extension then tells.
    compressed_as_a_whole: bool,
}

const TEXT_CODECS: &[&str] = &["uncompressed", "gzip", "zstd", "bzip2", "xz"];
const CSV_OPTIONS: &[&str] = &[
    "header",
    "delimiter",
    "delim",
    "sep",
    "quote",
    "escape",
    "null",
    "nullstr",
    "dateformat",
    "timestampformat",
    "force_quote",
];

/// All formats, in the order of the manual.
pub(crate) const FORMATS: &[WriteFormat] = &[
    WriteFormat {
        name: "parquet",
        aliases: &["parq"],
        stored_as: "PARQUET",
        extension: "parquet",
        options: &["row_group_size", "row_group_size_bytes", "parquet_version", "bloom_filter"],
        codecs: &["snappy", "uncompressed", "gzip", "zstd", "brotli", "lz4", "lz4_raw"],
        compressed_as_a_whole: false,
    },
    WriteFormat {
        name: "csv",
        aliases: &["txt"],
        stored_as: "CSV",
        extension: "csv",
        options: CSV_OPTIONS,
        codecs: TEXT_CODECS,
        compressed_as_a_whole: true,
    },
    WriteFormat {
        name: "tsv",
        aliases: &["tab"],
        stored_as: "CSV",
        extension: "tsv",
        options: CSV_OPTIONS,
        codecs: TEXT_CODECS,
        compressed_as_a_whole: true,
    },
    WriteFormat {
        name: "json",
        aliases: &[],
        stored_as: "JSON",
        extension: "json",
        options: &["array", "dateformat", "timestampformat"],
        codecs: TEXT_CODECS,
        compressed_as_a_whole: true,
    },
    WriteFormat {
        name: "ndjson",
        aliases: &["jsonl", "geojsonl"],
        stored_as: "JSON",
        extension: "ndjson",
        options: &["dateformat", "timestampformat"],
        codecs: TEXT_CODECS,
        compressed_as_a_whole: true,
    },
    WriteFormat {
        name: "arrow",
        aliases: &["ipc", "feather"],
        stored_as: "ARROW",
        extension: "arrow",
        options: &[],
        codecs: &["lz4", "uncompressed", "zstd"],
        compressed_as_a_whole: false,
    },
    WriteFormat {
        name: "avro",
        aliases: &[],
        stored_as: "AVRO",
        extension: "avro",
        options: &[],
        codecs: &["snappy", "uncompressed", "deflate", "zstd", "bzip2", "xz"],
        compressed_as_a_whole: false,
    },
    WriteFormat {
        name: "graphml",
        aliases: &[],
        stored_as: "GRAPHML",
        extension: "graphml",
        options: &["directed"],
        codecs: TEXT_CODECS,
        compressed_as_a_whole: true,
    },
    WriteFormat {
        name: "matrix_market",
        aliases: &["mtx"],
        stored_as: "MATRIX_MARKET",
        extension: "mtx",
        options: &[],
        codecs: TEXT_CODECS,
        compressed_as_a_whole: true,
    },
];

/// Options of every format.
pub(crate) const COMMON: &[&str] = &[
    "format",
    "compression",
    "compression_level",
    "partition_by",
    "overwrite",
    "overwrite_or_ignore",
    "append",
    "per_thread_output",
    "filename_pattern",
    "file_extension",
    "write_partition_columns",
    "use_tmp_file",
];

/// Extensions that tell how a whole file is compressed.
const COMPRESSED_EXTENSIONS: &[(&str, &str)] = &[
    ("gz", "gzip"),
    ("gzip", "gzip"),
    ("zst", "zstd"),
    ("zstd", "zstd"),
    ("bz2", "bzip2"),
    ("xz", "xz"),
];

/// The format with that name.
pub(crate) fn find(name: &str) -> Option<&'static WriteFormat> {
    FORMATS.iter().find(|format| {
        format.name.eq_ignore_ascii_case(name)
            || format.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
    })
}

/// The format and compression that a path's extensions tell.
pub(crate) fn by_extension(path: &str) -> (Option<&'static WriteFormat>, Option<&'static str>) {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let mut parts = name.rsplit('.');
    let Some(last) = parts.next() else { return (None, None) };
    let compression = COMPRESSED_EXTENSIONS
        .iter()
        .find(|(extension, _)| extension.eq_ignore_ascii_case(last))
        .map(|(_, codec)| *codec);
    let extension = match compression {
        Some(_) => parts.next().unwrap_or_default(),
        None => last,
    };
    (find(extension).filter(|_| name.contains('.')), compression)
}

/// The error for a format that is not known.
pub(crate) fn unknown_format(name: &str, what: &str) -> Error {
    let names = || FORMATS.iter().map(|format| format.name);
    let near = match closest(name, names()) {
        Some(near) => format!("did you mean {near}? "),
        None => String::new(),
    };
    Error::invalid_input(format!("'{name}' is not a format that can be {what}"))
        .with_hint(format!("{near}formats: {}", names().collect::<Vec<_>>().join(", ")))
}

/// A COPY as DataFusion's statement says it.
#[derive(Debug)]
pub(crate) struct Translated {
    pub(crate) stored_as: String,
    pub(crate) partition_by: Vec<String>,
    pub(crate) options: Vec<(String, String)>,
}

/// Translates the options of `COPY … TO 'target' (…)`.
///
/// # Errors
/// An option that the format does not have, a value that does not fit, or options that exclude each
/// other. The lists of options here are complete: nothing that was written is passed over.
pub(crate) fn translate(target: &str, entries: &[OptionEntry]) -> Result<Translated> {
    let entry = |name: &str| entries.iter().find(|entry| entry.name == name);
    let (guessed, guessed_compression) = by_extension(target);
    let format = match entry("format") {
        Some(entry) => {
            let name = entry.text()?;
            find(name).ok_or_else(|| unknown_format(name, "written").at(entry.position))?
        }
        None => guessed.ok_or_else(|| {
            let names = FORMATS.iter().map(|format| format.name).collect::<Vec<_>>().join(", ");
            Error::invalid_input(format!("the format of '{target}' is not known"))
                .with_hint(format!("add (FORMAT …), one of {names}"))
        })?,
    };
    for entry in entries {
        if !COMMON.contains(&entry.name.as_str()) && !format.options.contains(&entry.name.as_str())
        {
            let known = COMMON.iter().chain(format.options).copied();
            return Err(unknown_option(entry, &format!("COPY to {}", format.name), known));
        }
    }
    let mut options: Vec<(String, String)> = vec![];
    let mut add =
        |name: &str, value: &dyn Display| options.push((name.to_string(), value.to_string()));

    let partition_by = match entry("partition_by") {
        Some(entry) => entry.list()?,
        None => vec![],
    };
    let flag = |name: &str| entry(name).map_or(Ok(false), OptionEntry::boolean);
    let per_thread = flag("per_thread_output")?;
    let folder = !partition_by.is_empty() || per_thread || target.ends_with('/');
    let existing = match (flag("overwrite")?, flag("overwrite_or_ignore")?, flag("append")?) {
        (false, false, false) => Existing::Fail,
        (true, false, false) => Existing::Replace,
        (false, true, false) => Existing::Ignore,
        (false, false, true) => Existing::Append,
        _ => {
            return Err(Error::invalid_input(
                "OVERWRITE, OVERWRITE_OR_IGNORE and APPEND exclude each other",
            ));
        }
    };
    if !folder {
        for name in ["append", "filename_pattern", "file_extension", "write_partition_columns"] {
            if let Some(entry) = entry(name) {
                return Err(Error::invalid_input(format!(
                    "option {} is for writing a folder, but '{target}' is one file",
                    name.to_uppercase()
                ))
                .with_hint("add PARTITION_BY or PER_THREAD_OUTPUT, or end the path with '/'")
                .at(entry.position));
            }
        }
    }
    if let Some(entry) = entry("use_tmp_file")
        && !entry.boolean()?
    {
        return Err(
            Error::unsupported("files are always written aside and renamed").at(entry.position)
        );
    }
    add("copy.single_file", &!folder);
    add("copy.existing", &existing.name());
    if folder {
        let pattern = match entry("filename_pattern") {
            Some(entry) => checked_pattern(entry, existing)?,
            None if existing == Existing::Append => "data_{uuidv4}".to_string(),
            None => "data_{i}".to_string(),
        };
        add("copy.filename_pattern", &pattern);
        if flag("write_partition_columns")? {
            add("copy.keep_partition_columns", &true);
        }
    }

    let codec = codec_of(
        format,
        entry("compression"),
        guessed_compression.filter(|_| format.compressed_as_a_whole),
    )?;
    let level = match entry("compression_level") {
        Some(entry) => Some(level_of(entry, codec)?),
        None => None,
    };
    if folder {
        let suffix = COMPRESSED_EXTENSIONS
            .iter()
            .find(|(_, name)| format.compressed_as_a_whole && *name == codec)
            .map(|(suffix, _)| format!(".{suffix}"))
            .unwrap_or_default();
        let extension = match entry("file_extension") {
            Some(entry) => entry.text()?.trim_start_matches('.').to_string(),
            None => format!("{}{suffix}", format.extension),
        };
        add("copy.file_extension", &extension);
    }
    if format.name == "parquet" {
        let text = match (codec, level) {
            ("gzip" | "zstd" | "brotli", Some(level)) => format!("{codec}({level})"),
            ("gzip", None) => "gzip(6)".to_string(),
            ("zstd", None) => "zstd(3)".to_string(),
            ("brotli", None) => "brotli(3)".to_string(),
            _ => codec.to_string(),
        };
        add("format.compression", &text);
    } else {
        add("copy.compression", &codec);
        if let Some(level) = level {
            add("copy.compression_level", &level);
        }
    }

    match format.name {
        "parquet" => {
            let rows = entry("row_group_size").map_or(Ok(122_880), OptionEntry::integer)?;
            if rows == 0 {
                return Err(Error::invalid_input("option ROW_GROUP_SIZE must be at least 1"));
            }
            add("format.max_row_group_size", &rows);
            if let Some(entry) = entry("row_group_size_bytes") {
                add("format.max_row_group_bytes", &entry.integer()?);
            }
            if let Some(entry) = entry("parquet_version") {
                let version = match entry.text()?.to_lowercase().as_str() {
                    "v1" | "1" | "1.0" => "1.0",
                    "v2" | "2" | "2.0" => "2.0",
                    _ => return Err(entry.invalid("V1 or V2")),
                };
                add("format.writer_version", &version);
            }
            if flag("bloom_filter")? {
                add("format.bloom_filter_on_write", &true);
            }
        }
        "csv" | "tsv" => {
            if let Some(entry) = entry("header") {
                add("copy.header", &entry.boolean()?);
            }
            let delimiter = one_of(entries, &["delimiter", "delim", "sep"])?;
            match delimiter {
                Some(entry) => match entry.character()? {
                    Some(character) if !"\"\n\r".contains(character) => {
                        add("copy.delimiter", &character)
                    }
                    _ => {
                        return Err(entry.invalid("one character that is no quote and no line end"));
                    }
                },
                None if format.name == "tsv" => add("copy.delimiter", &'\t'),
                None => {}
            }
            for name in ["quote", "escape"] {
                if let Some(entry) = entry(name) {
                    let character = entry.character()?.map(String::from).unwrap_or_default();
                    add(&format!("copy.{name}"), &character);
                }
            }
            if let Some(entry) = one_of(entries, &["null", "nullstr"])? {
                add("copy.null", &entry.text()?);
            }
            if let Some(entry) = entry("force_quote") {
                add("copy.force_quote", &entry.list()?.join("\u{1f}"));
            }
        }
        "json" if flag("array")? => add("copy.array", &true),
        "graphml" => {
            let directed = entry("directed").map_or(Ok(true), OptionEntry::boolean)?;
            add("copy.directed", &directed);
        }
        _ => {}
    }
    for name in ["dateformat", "timestampformat"] {
        if let Some(entry) = entry(name) {
            add(&format!("copy.{name}"), &time_format(entry)?);
        }
    }
    Ok(Translated { stored_as: format.stored_as.to_string(), partition_by, options })
}

/// The entry of an option that has several names, which may be given once.
fn one_of<'a>(entries: &'a [OptionEntry], names: &[&str]) -> Result<Option<&'a OptionEntry>> {
    let mut given = entries.iter().filter(|entry| names.contains(&entry.name.as_str()));
    match (given.next(), given.next()) {
        (Some(_), Some(second)) => Err(Error::invalid_input(format!(
            "{} mean the same, so only one can be given",
            names.join(", ").to_uppercase()
        ))
        .at(second.position)),
        (first, _) => Ok(first),
    }
}

fn checked_pattern(entry: &OptionEntry, existing: Existing) -> Result<String> {
    let pattern = entry.text()?;
    let unique = ["{uuid}", "{uuidv4}", "{uuidv7}"].iter().any(|label| pattern.contains(label));
    if pattern.contains(['/', '\\']) || pattern.trim().is_empty() {
        return Err(entry.invalid("the name of a file, without folder"));
    }
    if existing == Existing::Append && !unique {
        return Err(entry.invalid("a name with {uuid}, because APPEND may not write over files"));
    }
    match unique || pattern.contains("{i}") {
        true => Ok(pattern.replace("{uuid}", "{uuidv4}")),
        // Several files would else have the same name.
        false => Ok(format!("{pattern}{{i}}")),
    }
}

fn codec_of(
    format: &WriteFormat,
    entry: Option<&OptionEntry>,
    guessed: Option<&'static str>,
) -> Result<&'static str> {
    let default = guessed.unwrap_or(format.codecs[0]);
    let Some(entry) = entry else { return Ok(default) };
    let name = match entry.text()?.to_lowercase() {
        name if name == "auto" || name == "auto_detect" => return Ok(default),
        name if name == "none" || name == "null" => "uncompressed".to_string(),
        name if name == "zstandard" || name == "zst" => "zstd".to_string(),
        name if name == "gz" => "gzip".to_string(),
        name if name == "bz2" => "bzip2".to_string(),
        name if name == "lz4_frame" => "lz4".to_string(),
        name => name,
    };
    format.codecs.iter().find(|codec| **codec == name).copied().ok_or_else(|| {
        entry.invalid(&format!("one of {} for {}", format.codecs.join(", "), format.name))
    })
}

fn level_of(entry: &OptionEntry, codec: &str) -> Result<u64> {
    let range = match codec {
        "zstd" => 1..=22,
        "gzip" | "bzip2" | "xz" => 0..=9,
        "brotli" => 0..=11,
        _ => {
            return Err(Error::invalid_input(format!("{codec} has no compression levels"))
                .at(entry.position));
        }
    };
    let level = entry.integer()?;
    match range.contains(&level) {
        true => Ok(level),
        false => {
            Err(entry.invalid(&format!("from {} to {} for {codec}", range.start(), range.end())))
        }
    }
}

/// A format of `strftime` in the words of chrono, which differ in the fractions of a second.
fn time_format(entry: &OptionEntry) -> Result<String> {
    let format = entry.text()?.replace("%f", "%6f").replace("%g", "%3f").replace("%n", "%9f");
    let unknown = chrono::format::StrftimeItems::new(&format)
        .any(|item| matches!(item, chrono::format::Item::Error));
    match unknown || format.is_empty() {
        true => Err(entry.invalid("a format such as '%Y-%m-%d'")),
        false => Ok(format),
    }
}
