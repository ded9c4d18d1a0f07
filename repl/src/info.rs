//! `pframe info`: what files hold, from the table functions `file_info` and `file_columns`.

use engine::arrow::record_batch::RecordBatch;
use engine::{Error, Result};

use crate::format;
use crate::json::{write_json, write_string};
use crate::quote::literal;
use crate::shell::Shell;

/// Prints a summary and the columns of each file; other formats than the box for programs.
pub(crate) fn run(shell: &mut Shell, files: &[String], format: Option<&str>) -> Result<()> {
    let mut objects = vec![];
    for (index, file) in files.iter().enumerate() {
        let summary = shell.query(&format!("SELECT * FROM file_info({})", literal(file)))?;
        let columns = shell.query(&format!("SELECT * FROM file_columns({})", literal(file)))?;
        match format {
            Some("json" | "ndjson") => {
                for batch in &summary {
                    for row in 0..batch.num_rows() {
                        objects.push(object(batch, row, &columns)?);
                    }
                }
            }
            Some(_) => shell.print(&columns)?,
            None => {
                if index > 0 {
                    shell.print_text("\n")?;
                }
                for batch in &summary {
                    print_summary(shell, batch)?;
                }
                let columns: Vec<RecordBatch> =
                    columns.iter().map(|batch| without(batch, "file")).collect::<Result<_>>()?;
                shell.print(&columns)?;
            }
        }
    }
    match format {
        Some("json") => shell.print_text(&format!("[{}]\n", objects.join(",\n"))),
        Some("ndjson") => {
            shell.print_text(&objects.iter().flat_map(|o| [o.as_str(), "\n"]).collect::<String>())
        }
        _ => Ok(()),
    }
}

fn print_summary(shell: &mut Shell, batch: &RecordBatch) -> Result<()> {
    let format = format::find("vertical")?;
    let mut printer = format.printer(&batch.schema(), &shell.style())?;
    printer.batch(batch, &mut shell.output)?;
    printer.finish(&mut shell.output)
}

fn without(batch: &RecordBatch, column: &str) -> Result<RecordBatch> {
    let kept: Vec<usize> = (0..batch.num_columns())
        .filter(|index| batch.schema().field(*index).name() != column)
        .collect();
    Ok(batch.project(&kept)?)
}

/// The summary as an object, in which `columns` is the list of those of the same file.
fn object(summary: &RecordBatch, row: usize, columns: &[RecordBatch]) -> Result<String> {
    let text_of = |batch: &RecordBatch, name: &str, row: usize| -> Result<String> {
        let column = batch
            .column_by_name(name)
            .ok_or_else(|| Error::internal(format!("file_columns has no column '{name}'")))?;
        let mut text = String::new();
        write_json(&mut text, column.as_ref(), row);
        Ok(text)
    };
    let file = text_of(summary, "file", row)?;
    let mut fields = vec![];
    for field in summary.schema().fields().iter().filter(|field| field.name() != "columns") {
        let mut name = String::new();
        write_string(&mut name, field.name());
        fields.push(format!("{name}:{}", text_of(summary, field.name(), row)?));
    }
    let mut list = vec![];
    for batch in columns {
        for row in 0..batch.num_rows() {
            if text_of(batch, "file", row)? == file {
                let batch = without(batch, "file")?;
                let mut text = String::new();
                crate::json::write_row(&mut text, &batch.schema(), &batch, row);
                list.push(text);
            }
        }
    }
    fields.push(format!("\"columns\":[{}]", list.join(",")));
    Ok(format!("{{{}}}", fields.join(",")))
}
