//! `pframe convert`: a file in another format, by COPY.

use std::path::Path;
use std::time::Instant;

use engine::arrow::array::{Array, AsArray};
use engine::arrow::datatypes::{DataType, UInt64Type};
use engine::{Error, Result};

use crate::args::Convert;
use crate::progress::short;
use crate::quote::literal;
use crate::shell::Shell;

/// Writes the output and says how much it was.
pub(crate) fn run(shell: &mut Shell, convert: &Convert) -> Result<()> {
    let output = Path::new(&convert.output);
    let remote = convert.output.contains("://");
    if !remote && !convert.overwrite && (output.is_file() || output.is_dir()) {
        return Err(Error::already_exists(format!("'{}' exists", convert.output))
            .with_hint("--overwrite replaces it"));
    }
    let started = Instant::now();
    let batches = shell.query(&statement(convert))?;
    let rows: u64 = batches
        .iter()
        .filter(|batch| batch.num_columns() > 0 && *batch.column(0).data_type() == DataType::UInt64)
        .flat_map(|batch| batch.column(0).as_primitive::<UInt64Type>().iter().flatten())
        .sum();
    if !shell.settings.quiet {
        let seconds = started.elapsed().as_secs_f64();
        let rate = short(rows as f64 / seconds.max(1e-6));
        shell.note(&format!(
            "{rows} rows to '{}' in {seconds:.2} s ({rate} rows/s)\n",
            convert.output
        ));
    }
    Ok(())
}

fn statement(convert: &Convert) -> String {
    let mut options = vec![];
    if let Some(format) = &convert.to {
        options.push(format!("FORMAT {}", literal(format)));
    }
    if let Some(codec) = &convert.compression {
        options.push(format!("COMPRESSION {}", literal(codec)));
    }
    let options = match options.is_empty() {
        true => String::new(),
        false => format!(" ({})", options.join(", ")),
    };
    format!(
        "COPY (SELECT * FROM {}) TO {}{options}",
        literal(&convert.input),
        literal(&convert.output)
    )
}

#[cfg(test)]
mod tests {
    use super::{Convert, statement};

    #[test]
    fn names_are_quoted() {
        let convert = Convert {
            input: "it's.csv".to_string(),
            output: "out.parquet".to_string(),
            compression: Some("zstd".to_string()),
            to: None,
            overwrite: false,
        };
        assert_eq!(
            statement(&convert),
            "COPY (SELECT * FROM 'it''s.csv') TO 'out.parquet' (COMPRESSION 'zstd')"
        );
    }
}
