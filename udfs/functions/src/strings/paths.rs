//! The parts of a file's path.

use datafusion::arrow::datatypes::DataType;

use crate::manual::Manual;
use crate::scalar::{Kind, Scalar, text_list};

const SEPARATORS: [char; 2] = ['/', '\\'];

pub(super) const PARSE_PATH: Scalar = Scalar {
    names: &["parse_path"],
    manual: Manual {
        usage: "parse_path(path)",
        description: "The folders of a path and its file's name, as a list.",
        example: "SELECT parse_path('data/2024/a.csv')",
        result: "[data, 2024, a.csv]",
    },
    takes: &[&[Kind::Text]],
    returns: |_| Ok(DataType::new_list(DataType::Utf8, true)),
    evaluate: |call| {
        let paths = call.text(0)?;
        text_list(call.rows, |row, parts| {
            let path = paths.get(row)?;
            if path.starts_with(SEPARATORS) {
                parts.append_value(&path[..1]);
            }
            path.split(SEPARATORS).filter(|part| !part.is_empty()).for_each(|part| {
                parts.append_value(part);
            });
            Some(Ok(()))
        })
    },
};

pub(super) const PARSE_FILENAME: Scalar = Scalar {
    names: &["parse_filename"],
    manual: Manual {
        usage: "parse_filename(path [, without_extension])",
        description: "The last part of a path, without its extension if the second argument is true.",
        example: "SELECT parse_filename('data/2024/a.csv', true)",
        result: "a",
    },
    takes: &[&[Kind::Text], &[Kind::Text, Kind::Boolean]],
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| {
        let paths = call.text(0)?;
        let trim = (call.len() > 1).then(|| call.boolean(1)).transpose()?;
        call.write_text(|row, out| {
            let path = paths.get(row)?;
            let name = path.rsplit(SEPARATORS).next().unwrap_or(path);
            let trimmed = trim.as_ref().map_or(Some(false), |trim| trim.get(row))?;
            out.push_str(match name.rfind('.') {
                Some(dot) if trimmed => &name[..dot],
                _ => name,
            });
            Some(Ok(()))
        })
    },
};

pub(super) const PARSE_DIRNAME: Scalar = Scalar {
    names: &["parse_dirname"],
    manual: Manual {
        usage: "parse_dirname(path)",
        description: "The first folder of a path.",
        example: "SELECT parse_dirname('data/2024/a.csv')",
        result: "data",
    },
    takes: &[&[Kind::Text]],
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| {
        let paths = call.text(0)?;
        call.write_text(|row, out| {
            let path = paths.get(row)?;
            match path.find(SEPARATORS) {
                Some(0) => out.push_str(&path[..1]),
                Some(end) => out.push_str(&path[..end]),
                None => {}
            }
            Some(Ok(()))
        })
    },
};

pub(super) const PARSE_DIRPATH: Scalar = Scalar {
    names: &["parse_dirpath"],
    manual: Manual {
        usage: "parse_dirpath(path)",
        description: "A path without its last part.",
        example: "SELECT parse_dirpath('data/2024/a.csv')",
        result: "data/2024",
    },
    takes: &[&[Kind::Text]],
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| {
        let paths = call.text(0)?;
        call.write_text(|row, out| {
            let path = paths.get(row)?;
            match path.rfind(SEPARATORS) {
                Some(0) => out.push_str(&path[..1]),
                Some(end) => out.push_str(&path[..end]),
                None => {}
            }
            Some(Ok(()))
        })
    },
};
