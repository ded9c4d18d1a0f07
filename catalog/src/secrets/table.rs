//! `system.secrets`.

use std::sync::Arc;

use arrow::array::{ListBuilder, RecordBatch, StringArray, StringBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use extension::{Result, SnapshotTable};

use super::{Secret, Secrets};

/// The table, whose rows are made at each scan.
pub(crate) fn table(secrets: Arc<Secrets>) -> SnapshotTable {
    let text = |name| Field::new(name, DataType::Utf8, false);
    let scope = DataType::new_list(DataType::Utf8, true);
    let schema: SchemaRef = Arc::new(Schema::new(vec![
        text("name"),
        text("type"),
        text("provider"),
        Field::new("scope", scope, false),
        text("secret_string"),
    ]));
    let columns = Arc::clone(&schema);
    SnapshotTable::new(schema, move |_| rows(&secrets.all(), &columns))
}

fn rows(secrets: &[Arc<Secret>], schema: &SchemaRef) -> Result<RecordBatch> {
    let texts = |value: fn(&Secret) -> String| {
        Arc::new(StringArray::from_iter_values(secrets.iter().map(|secret| value(secret))))
    };
    let mut scopes = ListBuilder::new(StringBuilder::new());
    for secret in secrets {
        scopes.append_value(secret.scope().iter().map(Some));
    }
    Ok(RecordBatch::try_new(
        Arc::clone(schema),
        vec![
            texts(|secret| secret.name().to_string()),
            texts(|secret| secret.type_name().to_string()),
            texts(|secret| secret.provider().to_string()),
            Arc::new(scopes.finish()),
            texts(Secret::redacted),
        ],
    )?)
}
