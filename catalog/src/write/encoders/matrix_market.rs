//! Matrix Market coordinate files. Their size stands in front of the entries, so these wait for the last.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type, SchemaRef};
use datafusion::common::{DataFusionError, Result};
use extension::{Error, sql_type_name};

use super::{Encoding, FileEncoder};

/// The encoding.
pub(crate) fn encoding() -> Encoding {
    Encoding::Files(Arc::new(|schema| {
        Ok(Box::new(MatrixEncoder::new(schema)?) as Box<dyn FileEncoder>)
    }))
}

struct MatrixEncoder {
    /// What the banner calls the values.
    values: &'static str,
    entries: Vec<u8>,
    count: usize,
    /// The greatest node.
    size: i64,
}

impl MatrixEncoder {
    fn new(schema: &SchemaRef) -> Result<Self> {
        let fields = schema.fields();
        let wrong = |message: String| {
            let hint = "columns are a source, a target, and perhaps a number; nodes are whole numbers from 1 on, as \
                dense_rank() OVER (ORDER BY node) makes them";
            DataFusionError::from(Error::invalid_input(message).with_hint(hint))
        };
        if !(2..=3).contains(&fields.len()) {
            return Err(wrong(format!("Matrix Market has 2 or 3 columns, not {}", fields.len())));
        }
        if let Some(end) = fields.iter().take(2).find(|end| !end.data_type().is_integer()) {
            let kind = sql_type_name(end.data_type());
            return Err(wrong(format!("'{}' is {kind}, and not a whole number", end.name())));
        }
        let values = match fields.get(2) {
            None => "pattern",
            Some(value) if value.data_type().is_integer() => "integer",
            Some(value) if value.data_type().is_numeric() => "real",
            Some(value) => {
                let kind = sql_type_name(value.data_type());
                return Err(wrong(format!("'{}' is {kind}, and not a number", value.name())));
            }
        };
        Ok(Self { values, entries: vec![], count: 0, size: 0 })
    }
}

/// A column whose values are all there.
fn complete(batch: &RecordBatch, index: usize, to: &DataType) -> Result<ArrayRef> {
    let column = batch.column(index);
    if column.logical_null_count() > 0 {
        let name = batch.schema_ref().field(index).name().clone();
        let error = Error::invalid_data(format!("'{name}' is NULL, which Matrix Market has not"));
        return Err(error.into());
    }
    Ok(cast(column, to)?)
}

impl FileEncoder for MatrixEncoder {
    fn encode(&mut self, batch: &RecordBatch, _out: &mut Vec<u8>) -> Result<()> {
        let sources = complete(batch, 0, &DataType::Int64)?;
        let targets = complete(batch, 1, &DataType::Int64)?;
        let kind = if self.values == "real" { DataType::Float64 } else { DataType::Int64 };
        let values = match self.values {
            "pattern" => None,
            _ => Some(complete(batch, 2, &kind)?),
        };
        let sources = sources.as_primitive::<Int64Type>().values();
        let targets = targets.as_primitive::<Int64Type>().values();
        for (row, (source, target)) in sources.iter().zip(targets).enumerate() {
            if let Some(node) = [source, target].into_iter().find(|node| **node < 1) {
                let message = format!("node {node} cannot be written: rows are numbered from 1 on");
                return Err(Error::invalid_data(message).into());
            }
            self.size = self.size.max(*source).max(*target);
            write!(self.entries, "{source} {target}")?;
            if let Some(values) = &values {
                match values.as_primitive_opt::<Float64Type>() {
                    Some(reals) => write!(self.entries, " {:?}", reals.value(row))?,
                    None => {
                        write!(self.entries, " {}", values.as_primitive::<Int64Type>().value(row))?;
                    }
                }
            }
            self.entries.push(b'\n');
        }
        self.count += sources.len();
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<()> {
        writeln!(out, "%%MatrixMarket matrix coordinate {} general", self.values)?;
        writeln!(out, "{} {} {}", self.size, self.size, self.count)?;
        out.append(&mut self.entries);
        Ok(())
    }
}
