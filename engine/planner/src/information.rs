//! `information_schema.columns` with SQL's names of types and places counted from 1.
//!
//! DataFusion's says `Int64` and counts from 0, which programs that read it do not understand. The
//! columns are the same.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray, UInt64Array, new_null_array};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::SessionState;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::sql::sqlparser::ast::ObjectName;
use extension::{Error, sql_field_type_name};

/// Whether a name in FROM is that of the table.
pub(crate) fn is_columns(name: &ObjectName) -> bool {
    let parts: Vec<String> = name
        .0
        .iter()
        .filter_map(|part| part.as_ident())
        .map(|ident| ident.value.to_lowercase())
        .collect();
    matches!(parts.as_slice(), [.., schema, table] if schema == "information_schema" && table == "columns")
}

/// The table; its rows are those of the moment of the scan.
pub(crate) struct Columns {
    schema: SchemaRef,
}

impl Columns {
    pub(crate) fn new() -> Self {
        let text = |name| Field::new(name, DataType::Utf8, true);
        let number = |name| Field::new(name, DataType::UInt64, true);
        let schema = Schema::new(vec![
            text("table_catalog"),
            text("table_schema"),
            text("table_name"),
            text("column_name"),
            number("ordinal_position"),
            text("column_default"),
            text("is_nullable"),
            text("data_type"),
            number("character_maximum_length"),
            number("character_octet_length"),
            number("numeric_precision"),
            number("numeric_precision_radix"),
            number("numeric_scale"),
            number("datetime_precision"),
            text("interval_type"),
        ]);
        Self { schema: Arc::new(schema) }
    }

    async fn rows(&self, state: &SessionState) -> DataFusionResult<RecordBatch> {
        let mut rows: Vec<(String, String, String, usize, Arc<Field>)> = vec![];
        let catalogs = state.catalog_list();
        for catalog in catalogs.catalog_names() {
            let Some(provider) = catalogs.catalog(&catalog) else { continue };
            for schema in provider.schema_names() {
                let Some(tables) = provider.schema(&schema) else { continue };
                for name in tables.table_names() {
                    let Some(table) = tables.table(&name).await? else { continue };
                    for (index, field) in table.schema().fields().iter().enumerate() {
                        let place = (catalog.clone(), schema.clone(), name.clone());
                        rows.push((place.0, place.1, place.2, index + 1, Arc::clone(field)));
                    }
                }
            }
        }
        let none = |data_type| new_null_array(data_type, rows.len());
        let numeric = |of: fn(&DataType) -> Option<(u64, u64, u64)>, pick: usize| -> ArrayRef {
            let values = rows.iter().map(|row| {
                of(row.4.data_type())
                    .map(|(precision, radix, scale)| [precision, radix, scale][pick])
            });
            Arc::new(UInt64Array::from_iter(values))
        };
        let text = |values: Vec<&str>| -> ArrayRef { Arc::new(StringArray::from(values)) };
        let types: Vec<String> = rows.iter().map(|row| sql_field_type_name(&row.4)).collect();
        let columns = vec![
            text(rows.iter().map(|row| row.0.as_str()).collect()),
            text(rows.iter().map(|row| row.1.as_str()).collect()),
            text(rows.iter().map(|row| row.2.as_str()).collect()),
            text(rows.iter().map(|row| row.4.name().as_str()).collect()),
            Arc::new(UInt64Array::from_iter_values(rows.iter().map(|row| row.3 as u64))),
            none(&DataType::Utf8),
            text(rows.iter().map(|row| if row.4.is_nullable() { "YES" } else { "NO" }).collect()),
            text(types.iter().map(String::as_str).collect()),
            none(&DataType::UInt64),
            none(&DataType::UInt64),
            numeric(precision, 0),
            numeric(precision, 1),
            numeric(precision, 2),
            none(&DataType::UInt64),
            none(&DataType::Utf8),
        ];
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }
}

/// Digits, their base, and how many stand behind the point.
pub(crate) fn precision(data_type: &DataType) -> Option<(u64, u64, u64)> {
    Some(match data_type {
        DataType::Int8 | DataType::UInt8 => (8, 2, 0),
        DataType::Int16 | DataType::UInt16 => (16, 2, 0),
        DataType::Int32 | DataType::UInt32 => (32, 2, 0),
        DataType::Int64 | DataType::UInt64 => (64, 2, 0),
        DataType::Float32 => (24, 2, 0),
        DataType::Float64 => (53, 2, 0),
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => {
            (u64::from(*precision), 10, u64::try_from(*scale).unwrap_or(0))
        }
        _ => return None,
    })
}

impl fmt::Debug for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("information_schema.columns")
    }
}

#[async_trait]
impl TableProvider for Columns {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let state = state
            .as_any()
            .downcast_ref::<SessionState>()
            .ok_or_else(|| Error::internal("the session has no catalogs"))?;
        let batch = self.rows(state).await?;
        Ok(MemorySourceConfig::try_new_exec(&[vec![batch]], self.schema(), projection.cloned())?)
    }
}
