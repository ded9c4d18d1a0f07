//! ORC: columns by projection, row groups by predicate, stripes by byte range.

use std::collections::HashMap;
use std::sync::Arc;

use ::bytes::Bytes;
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::stats::Precision;
use datafusion::common::{DataFusionError, ScalarValue};
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{
    BinaryExpr, Column, IsNotNullExpr, IsNullExpr, Literal,
};
use datafusion::physical_expr::utils::split_conjunction;
use extension::{Arguments, Error, Parameter, Result};
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryFutureExt, TryStreamExt};
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use orc_rust::ArrowReaderBuilder;
use orc_rust::predicate::{ComparisonOp, Predicate, PredicateValue};
use orc_rust::projection::ProjectionMask;
use orc_rust::reader::AsyncChunkReader;
use orc_rust::reader::metadata::read_metadata_async;

use super::{Batches, Description, FileHandle, Format, OpenRequest, Reader, ScannedFile, adapt};

/// The format.
#[derive(Debug)]
pub(crate) struct Orc;

impl Format for Orc {
    fn name(&self) -> &'static str {
        "orc"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["orc"]
    }

    fn recognises(&self, head: &[u8]) -> bool {
        head.starts_with(b"ORC")
    }

    fn parameters(&self) -> &'static [Parameter] {
        &[]
    }

    fn reader(&self, _arguments: &Arguments) -> Result<Arc<dyn Reader>> {
        Ok(Arc::new(OrcReader))
    }
}

#[derive(Debug)]
struct OrcReader;

struct StoredFile {
    store: Arc<dyn ObjectStore>,
    meta: ObjectMeta,
}

impl AsyncChunkReader for StoredFile {
    fn len(&mut self) -> BoxFuture<'_, std::io::Result<u64>> {
        futures::future::ready(Ok(self.meta.size)).boxed()
    }

    fn get_bytes(&mut self, start: u64, length: u64) -> BoxFuture<'_, std::io::Result<Bytes>> {
        self.store
            .get_range(&self.meta.location, start..start + length)
            .map_err(std::io::Error::from)
            .boxed()
    }
}

#[async_trait]
impl Reader for OrcReader {
    fn name(&self) -> &'static str {
        "orc"
    }

    async fn describe(&self, file: &FileHandle, _state: &dyn Session) -> Result<Description> {
        if file.meta.size < 4 {
            return Err(Error::invalid_data("too short for an ORC file"));
        }
        let mut reader = StoredFile { store: Arc::clone(&file.store), meta: file.meta.clone() };
        let metadata = read_metadata_async(&mut reader).await.map_err(invalid)?;
        let schema = Arc::new(metadata.root_data_type().create_arrow_schema(&HashMap::default()));
        let mut description = Description::new(schema, file.meta.size);
        let mut statistics = description.statistics.as_ref().clone();
        statistics.num_rows =
            Precision::Exact(usize::try_from(metadata.number_of_rows()).unwrap_or(usize::MAX));
        description.statistics = Arc::new(statistics);
        Ok(description)
    }

    fn splits(&self, _file: &ScannedFile) -> bool {
        true
    }

    fn uses_predicate(&self) -> bool {
        true
    }

    async fn open(&self, request: OpenRequest) -> Result<Batches, DataFusionError> {
        let reader = StoredFile {
            store: Arc::clone(&request.store),
            meta: request.file.object_meta.clone(),
        };
        let mut builder = ArrowReaderBuilder::try_new_async(reader).await.map_err(invalid)?;
        let root = builder.file_metadata().root_data_type();
        let mut wanted: Vec<usize> = root
            .children()
            .iter()
            .filter(|column| request.schema.index_of(column.name()).is_ok())
            .map(|column| column.data_type().column_index())
            .collect();
        // Rows can only be counted on some column.
        if wanted.is_empty() {
            wanted.extend(root.children().first().map(|column| column.data_type().column_index()));
        }
        let mask = ProjectionMask::roots(root, wanted);
        let predicates: Vec<Predicate> = request
            .predicate
            .iter()
            .flat_map(split_conjunction)
            .filter_map(|expression| to_orc(expression, &request.scanned))
            .collect();
        if let Some(range) = &request.file.range {
            let bound = |offset: i64| usize::try_from(offset).unwrap_or(usize::MAX);
            builder = builder.with_file_byte_range(bound(range.start)..bound(range.end));
        }
        if !predicates.is_empty() {
            builder = builder.with_predicate(Predicate::And(predicates));
        }
        let batches =
            builder.with_batch_size(request.batch_size).with_projection(mask).build_async();
        let schema = batches.schema();
        adapt(batches.map_err(DataFusionError::from).boxed(), &schema, &request.schema)
    }
}

fn invalid(error: orc_rust::error::OrcError) -> Error {
    Error::invalid_data(format!("not a readable ORC file: {error}"))
}

/// What the row groups' statistics can decide of a condition. Floats stay out, because the statistics
/// know nothing of NaN, and so do times, because their statistics are coarser than their values.
fn to_orc(expression: &Arc<dyn PhysicalExpr>, file: &ScannedFile) -> Option<Predicate> {
    let column_name = |expression: &Arc<dyn PhysicalExpr>| {
        let name = expression.downcast_ref::<Column>()?.name().to_string();
        file.description.schema.index_of(&name).ok().map(|_| name)
    };
    if let Some(test) = expression.downcast_ref::<IsNullExpr>() {
        return Some(Predicate::is_null(&column_name(test.arg())?));
    }
    if let Some(test) = expression.downcast_ref::<IsNotNullExpr>() {
        return Some(Predicate::is_not_null(&column_name(test.arg())?));
    }
    let binary = expression.downcast_ref::<BinaryExpr>()?;
    match binary.op() {
        Operator::And => {
            Some(Predicate::And(vec![to_orc(binary.left(), file)?, to_orc(binary.right(), file)?]))
        }
        Operator::Or => {
            Some(Predicate::Or(vec![to_orc(binary.left(), file)?, to_orc(binary.right(), file)?]))
        }
        operator => {
            let (column, value, operator) = match binary.right().downcast_ref::<Literal>() {
                Some(literal) => (binary.left(), literal, *operator),
                None => {
                    (binary.right(), binary.left().downcast_ref::<Literal>()?, operator.swap()?)
                }
            };
            let comparison = match operator {
                Operator::Eq => ComparisonOp::Equal,
                Operator::NotEq => ComparisonOp::NotEqual,
                Operator::Lt => ComparisonOp::LessThan,
                Operator::LtEq => ComparisonOp::LessThanOrEqual,
                Operator::Gt => ComparisonOp::GreaterThan,
                Operator::GtEq => ComparisonOp::GreaterThanOrEqual,
                _ => return None,
            };
            let value = match value.value() {
                ScalarValue::Int8(Some(number)) => PredicateValue::Int8(Some(*number)),
                ScalarValue::Int16(Some(number)) => PredicateValue::Int16(Some(*number)),
                ScalarValue::Int32(Some(number)) => PredicateValue::Int32(Some(*number)),
                ScalarValue::Int64(Some(number)) => PredicateValue::Int64(Some(*number)),
                ScalarValue::Date32(Some(days)) => PredicateValue::Int32(Some(*days)),
                ScalarValue::Boolean(Some(truth)) => PredicateValue::Boolean(Some(*truth)),
                other => PredicateValue::Utf8(Some(other.try_as_str()??.to_string())),
            };
            let name = column_name(column)?;
            let stored = file.description.schema.field_with_name(&name).ok()?.data_type();
            let comparable = match &value {
                PredicateValue::Utf8(_) => stored.is_string(),
                PredicateValue::Boolean(_) => *stored == arrow::datatypes::DataType::Boolean,
                _ => stored.is_signed_integer() || *stored == arrow::datatypes::DataType::Date32,
            };
            comparable.then(|| Predicate::comparison(&name, comparison, value))
        }
    }
}
