//! What every new row must obey, ready to be evaluated: generated columns, NOT NULL and CHECK.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions, new_null_array};
use arrow::datatypes::SchemaRef;
use datafusion::catalog::Session;
use datafusion::common::DFSchema;
use datafusion::common::cast::as_boolean_array;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::physical_plan::PhysicalExpr;
use extension::{Error, Result};

use super::table::MemoryTable;

/// The rules of one table.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    table: String,
    schema: SchemaRef,
    /// In an order in which each is made of columns that are there.
    generated: Vec<(usize, Arc<dyn PhysicalExpr>)>,
    checks: Vec<(String, Arc<dyn PhysicalExpr>)>,
}

impl Rules {
    pub(crate) fn of(table: &MemoryTable, session: &dyn Session) -> Result<Self> {
        let physical = |expr: &datafusion::logical_expr::Expr| {
            physical_expr(session, expr.clone(), table.df_schema())
        };
        Ok(Self {
            table: table.name().table.to_string(),
            schema: table.rows_schema(),
            generated: table
                .generated()
                .iter()
                .map(|(index, expr)| Ok((*index, physical(expr)?)))
                .collect::<Result<_>>()?,
            checks: table
                .checks()
                .iter()
                .map(|(text, expr)| Ok((text.clone(), physical(expr)?)))
                .collect::<Result<_>>()?,
        })
    }

    /// Whether a change must be looked at row by row.
    pub(crate) fn are_plain(&self) -> bool {
        self.generated.is_empty() && self.checks.is_empty()
    }

    pub(crate) fn generated(&self) -> impl Iterator<Item = usize> + '_ {
        self.generated.iter().map(|(index, _)| *index)
    }

    /// Full rows of the columns that are written, which stand at `positions`.
    pub(crate) fn complete(
        &self,
        columns: &[ArrayRef],
        positions: &[usize],
        count: usize,
    ) -> Result<RecordBatch> {
        let mut all: Vec<ArrayRef> =
            self.schema.fields().iter().map(|field| new_null_array(field.data_type(), 0)).collect();
        for (column, position) in columns.iter().zip(positions) {
            all[*position] = Arc::clone(column);
        }
        for (index, _) in &self.generated {
            all[*index] = new_null_array(self.schema.field(*index).data_type(), count);
        }
        self.generate(all, count)
    }

    /// The rows with their generated columns made anew.
    pub(crate) fn generate(&self, mut columns: Vec<ArrayRef>, count: usize) -> Result<RecordBatch> {
        let options = RecordBatchOptions::new().with_row_count(Some(count));
        // Rows are checked for NULL afterwards, with an error that names the column.
        let lenient = nullable(&self.schema);
        // An operator may hand on text in another layout than its plan says.
        for (column, field) in columns.iter_mut().zip(lenient.fields()) {
            if column.data_type() != field.data_type() {
                *column = arrow::compute::cast(column, field.data_type())?;
            }
        }
        for (index, expr) in &self.generated {
            let rows =
                RecordBatch::try_new_with_options(Arc::clone(&lenient), columns.clone(), &options)?;
            columns[*index] = expr.evaluate(&rows)?.into_array(count)?;
        }
        Ok(RecordBatch::try_new_with_options(lenient, columns, &options)?)
    }

    /// Checks the values of a column for NULL.
    pub(crate) fn check_column(&self, position: usize, values: &ArrayRef) -> Result<()> {
        let field = self.schema.field(position);
        match !field.is_nullable() && values.logical_null_count() > 0 {
            true => Err(Error::invalid_data(format!(
                "NOT NULL constraint failed: {}.{}",
                self.table,
                field.name()
            ))),
            false => Ok(()),
        }
    }

    /// Checks rows and gives them the table's schema.
    pub(crate) fn check(&self, rows: RecordBatch) -> Result<RecordBatch> {
        for (position, column) in rows.columns().iter().enumerate() {
            self.check_column(position, column)?;
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows.num_rows()));
        let rows = RecordBatch::try_new_with_options(
            Arc::clone(&self.schema),
            rows.columns().to_vec(),
            &options,
        )?;
        for (text, check) in &self.checks {
            let holds = check.evaluate(&rows)?.into_array(rows.num_rows())?;
            let failed = match holds.data_type() {
                arrow::datatypes::DataType::Null => false,
                // A condition that is NULL is not false.
                _ => as_boolean_array(&holds)?.iter().any(|value| value == Some(false)),
            };
            if failed {
                return Err(Error::invalid_data(format!(
                    "CHECK constraint failed on table \"{}\" with expression CHECK({text})",
                    self.table
                )));
            }
        }
        Ok(rows)
    }
}

/// The schema with every column nullable.
pub(crate) fn nullable(schema: &SchemaRef) -> SchemaRef {
    let fields: arrow::datatypes::Fields = schema
        .fields()
        .iter()
        .map(|field| Arc::new(field.as_ref().clone().with_nullable(true)))
        .collect();
    Arc::new(arrow::datatypes::Schema::new(fields))
}

/// Whether a condition holds for each row; NULL does not hold.
pub(crate) fn holds(condition: &Arc<dyn PhysicalExpr>, rows: &RecordBatch) -> Result<Vec<bool>> {
    let values = condition.evaluate(rows)?.into_array(rows.num_rows())?;
    match values.data_type() {
        arrow::datatypes::DataType::Null => Ok(vec![false; rows.num_rows()]),
        _ => Ok(values.as_boolean().iter().map(|value| value == Some(true)).collect()),
    }
}

/// An expression that is ready to run. Some functions, such as `coalesce`, exist only until expressions
/// are simplified.
pub(crate) fn physical_expr(
    session: &dyn Session,
    expr: Expr,
    schema: &DFSchema,
) -> Result<Arc<dyn PhysicalExpr>> {
    let context = SimplifyContext::builder()
        .with_config_options(Arc::new(session.config_options().clone()))
        .with_query_execution_start_time(session.execution_props().query_execution_start_time)
        .with_schema(Arc::new(schema.clone()))
        .build();
    let simplifier = ExprSimplifier::new(context);
    let expr = simplifier.simplify(simplifier.coerce(expr, schema)?)?;
    Ok(session.create_physical_expr(expr, schema)?)
}
