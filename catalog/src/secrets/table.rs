//! `system.secrets`.

use std::sync::Arc;

use arrow::array::{ListBuilder, RecordBatch, StringArray, StringBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result;
use datafusion::datasource::{MemTable, TableType};
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;

use super::Secrets;

/// The table, whose rows are made at each scan.
#[derive(Debug)]
pub(crate) struct SecretsTable {
    secrets: Arc<Secrets>,
    schema: SchemaRef,
}

impl SecretsTable {
    pub(crate) fn new(secrets: Arc<Secrets>) -> Self {
        let text = |name| Field::new(name, DataType::Utf8, false);
        let scope = DataType::new_list(DataType::Utf8, true);
        let schema = Arc::new(Schema::new(vec![
            text("name"),
            text("type"),
            text("provider"),
            Field::new("scope", scope, false),
            text("secret_string"),
        ]));
        Self { secrets, schema }
    }

    fn rows(&self) -> Result<RecordBatch> {
        let secrets = self.secrets.all();
        let texts = |value: fn(&super::Secret) -> String| {
            Arc::new(StringArray::from_iter_values(secrets.iter().map(|secret| value(secret))))
        };
        let mut scopes = ListBuilder::new(StringBuilder::new());
        for secret in &secrets {
            scopes.append_value(secret.scope().iter().map(Some));
        }
        Ok(RecordBatch::try_new(
            Arc::clone(&self.schema),
            vec![
                texts(|secret| secret.name().to_string()),
                texts(|secret| secret.type_name().to_string()),
                texts(|secret| secret.provider().to_string()),
                Arc::new(scopes.finish()),
                texts(super::Secret::redacted),
            ],
        )?)
    }
}

#[async_trait]
impl TableProvider for SecretsTable {
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
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let table = MemTable::try_new(Arc::clone(&self.schema), vec![vec![self.rows()?]])?;
        table.scan(state, projection, filters, limit).await
    }
}
