//! Clauses of CREATE TABLE and CREATE VIEW about storage that other engines have.

use datafusion::sql::sqlparser::ast::Statement;

use super::{Ignored, first_of};

pub(super) fn check(statement: &Statement) -> Option<Ignored> {
    match statement {
        Statement::CreateTable(create) => first_of([
            ("CLONE", create.clone.is_some()),
            ("ON CLUSTER", create.on_cluster.is_some()),
            ("a table's primary key clause of ClickHouse", create.primary_key.is_some()),
            ("ORDER BY in CREATE TABLE", create.order_by.is_some()),
            ("PARTITION BY in CREATE TABLE", create.partition_by.is_some()),
            ("CLUSTER BY in CREATE TABLE", create.cluster_by.is_some()),
            ("INHERITS", create.inherits.is_some()),
            ("ON COMMIT", create.on_commit.is_some()),
            ("CREATE TRANSIENT TABLE", create.transient),
            ("CREATE VOLATILE TABLE", create.volatile),
            ("STRICT", create.strict),
        ]),
        Statement::CreateView(view) => first_of([
            ("CLUSTER BY in CREATE VIEW", !view.cluster_by.is_empty()),
            ("WITH NO SCHEMA BINDING", view.with_no_schema_binding),
            ("CREATE MATERIALIZED VIEW", view.materialized),
        ]),
        _ => None,
    }
}
