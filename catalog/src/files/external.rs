//! `CREATE EXTERNAL TABLE … STORED AS` for the formats that DataFusion does not bring.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider, TableProviderFactory};
use datafusion::common::{DataFusionError, ScalarValue};
use datafusion::execution::SessionState;
use datafusion::logical_expr::CreateExternalTable;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::Statement;
use extension::{Arguments, Error, Result, StatementOverride, closest};

use super::functions;

/// The formats; the others keep DataFusion's factory, which can also write.
pub(crate) const FORMATS: &[&str] = &["ORC", "TSV"];

/// Says which formats there are where a statement names another.
#[derive(Debug)]
pub(crate) struct KnownFormats;

#[async_trait]
impl StatementOverride for KnownFormats {
    async fn plan(
        &self,
        statement: &Statement,
        state: &SessionState,
    ) -> Result<Option<LogicalPlan>> {
        let Statement::CreateExternalTable(create) = statement else { return Ok(None) };
        let format = create.file_type.to_uppercase();
        let factories = state.table_factories();
        if factories.contains_key(&format) {
            return Ok(None);
        }
        let mut known: Vec<&str> = factories.keys().map(String::as_str).collect();
        known.sort_unstable();
        let near = match closest(&format, known.iter().copied()) {
            Some(near) => format!("did you mean {near}? "),
            None => String::new(),
        };
        Err(Error::unsupported(format!("'{}' is not a format", create.file_type))
            .with_hint(format!("{near}formats: {}", known.join(", "))))
    }
}

/// Makes a table over files.
#[derive(Debug)]
pub(crate) struct FilesTableFactory;

#[async_trait]
impl TableProviderFactory for FilesTableFactory {
    async fn create(
        &self,
        state: &dyn Session,
        command: &CreateExternalTable,
    ) -> Result<Arc<dyn TableProvider>, DataFusionError> {
        let format = command.file_type.to_ascii_lowercase();
        let unsupported = |clause: &str| {
            Err(Error::unsupported(format!(
                "{clause} is not known for STORED AS {}",
                command.file_type
            ))
            .into())
        };
        if !command.schema.fields().is_empty() {
            return unsupported("a list of columns");
        }
        if !command.order_exprs.is_empty() {
            return unsupported("WITH ORDER");
        }
        if command.unbounded {
            return unsupported("UNBOUNDED");
        }
        let Some(state) = state.as_any().downcast_ref::<SessionState>() else {
            return Err(Error::internal("the session is not one of ours").into());
        };
        let signature = functions::signature_of(&format)
            .ok_or_else(|| Error::internal(format!("no function reads {format}")))?;
        let mut named: Vec<(String, ScalarValue)> = command
            .options
            .iter()
            .map(|(name, value)| {
                (name.strip_prefix("format.").unwrap_or(name).to_string(), constant(value))
            })
            .collect();
        if !command.table_partition_cols.is_empty() {
            named.push(("hive_partitioning".into(), ScalarValue::Boolean(Some(true))));
        }
        let paths = command.locations.clone();
        // The path is a required argument, but may be several here.
        let path = ScalarValue::from(paths.join(", "));
        let arguments = Arguments::new(signature, vec![path], named)?;
        let table = functions::table(paths, &arguments, Some(&format), state).await?;
        for column in &command.table_partition_cols {
            if table.schema().index_of(column).is_err() {
                return Err(
                    Error::invalid_data(format!("the files have no folders '{column}=…'")).into()
                );
            }
        }
        Ok(Arc::new(table))
    }
}

/// An option's text as the constant it looks like.
fn constant(text: &str) -> ScalarValue {
    match (text.parse::<i64>(), text.to_ascii_lowercase().as_str()) {
        (Ok(number), _) => ScalarValue::Int64(Some(number)),
        (_, "true") => ScalarValue::Boolean(Some(true)),
        (_, "false") => ScalarValue::Boolean(Some(false)),
        _ => ScalarValue::from(text),
    }
}
