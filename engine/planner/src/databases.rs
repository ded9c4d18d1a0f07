//! Names of tables in attached databases, and `system.databases`.
//!
//! DuckDB reads `x.t` as the table `t` of the schema `x`, or else of the database `x`. DataFusion knows
//! the first alone, so the name of the database's own schema is written between them.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::catalog::CatalogProviderList;
use datafusion::execution::SessionState;
use datafusion::sql::parser::{CopyToSource, Statement as DataFusionStatement};
use datafusion::sql::sqlparser::ast::{
    Expr, Ident, ObjectName, ObjectNamePart, ObjectType, SelectItem,
    SelectItemQualifiedWildcardKind, Statement, VisitorMut,
};
use extension::{Databases, SnapshotTable, SystemTable};

use crate::walk::walk;

/// Writes the schema into names of tables that have the database before them and no schema.
pub(crate) fn qualify(statement: &mut DataFusionStatement, state: &SessionState) {
    let Some(databases) = state.config().get_extension::<Databases>() else { return };
    if databases.all().len() < 2 {
        return;
    }
    let current = state.config_options().catalog.default_catalog.clone();
    let mut names = Names { databases, current, tables: BTreeSet::new() };
    defined(statement, &mut names);
    let _ = walk(statement, &mut names);
    if !names.tables.is_empty() {
        let _ = walk(statement, &mut Columns { names });
    }
}

/// Names that DataFusion's visitors pass by.
fn defined(statement: &mut DataFusionStatement, names: &mut Names) {
    match statement {
        DataFusionStatement::Statement(statement) => match statement.as_mut() {
            Statement::CreateView(view) => names.table(&mut view.name),
            Statement::Drop {
                object_type: ObjectType::Table | ObjectType::View,
                names: dropped,
                ..
            } => dropped.iter_mut().for_each(|name| names.table(name)),
            _ => {}
        },
        DataFusionStatement::Explain(explain) => defined(&mut explain.statement, names),
        DataFusionStatement::CreateExternalTable(create) => names.table(&mut create.name),
        DataFusionStatement::CopyTo(copy) => {
            if let CopyToSource::Relation(name) = &mut copy.source {
                names.table(name);
            }
        }
        DataFusionStatement::Reset(_) => {}
    }
}

fn normalized(ident: &Ident) -> String {
    match ident.quote_style {
        Some(_) => ident.value.clone(),
        None => ident.value.to_lowercase(),
    }
}

struct Names {
    databases: Arc<Databases>,
    current: String,
    /// Database and table of the names that got a schema.
    tables: BTreeSet<(String, String)>,
}

impl Names {
    /// The schema that a name lacks.
    fn schema(&self, database: &Ident) -> Option<Ident> {
        let name = normalized(database);
        let current = self.databases.catalog(&self.current)?;
        if current.schema(&name).is_some() {
            return None;
        }
        let schema = self.databases.get(&name)?.default_schema;
        Some(Ident::with_quote('"', schema))
    }

    fn table(&mut self, name: &mut ObjectName) {
        let [ObjectNamePart::Identifier(database), ObjectNamePart::Identifier(table)] =
            name.0.as_slice()
        else {
            return;
        };
        if let Some(schema) = self.schema(database) {
            self.tables.insert((normalized(database), normalized(table)));
            name.0.insert(1, ObjectNamePart::Identifier(schema));
        }
    }

    /// The schema that stands in the full name of a table of the statement.
    fn of_column(&self, database: &Ident, table: &Ident) -> Option<Ident> {
        let known = self.tables.contains(&(normalized(database), normalized(table)));
        known.then(|| self.schema(database)).flatten()
    }
}

impl VisitorMut for Names {
    type Break = ();

    fn pre_visit_relation(&mut self, relation: &mut ObjectName) -> ControlFlow<()> {
        self.table(relation);
        ControlFlow::Continue(())
    }
}

/// Columns with the database and the table before them.
struct Columns {
    names: Names,
}

impl VisitorMut for Columns {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::CompoundIdentifier(parts) = expr
            && let [database, table, _, ..] = parts.as_slice()
            && let Some(schema) = self.names.of_column(database, table)
        {
            parts.insert(1, schema);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(
        &mut self,
        select: &mut datafusion::sql::sqlparser::ast::Select,
    ) -> ControlFlow<()> {
        for item in &mut select.projection {
            if let SelectItem::QualifiedWildcard(
                SelectItemQualifiedWildcardKind::ObjectName(name),
                _,
            ) = item
                && let [ObjectNamePart::Identifier(database), ObjectNamePart::Identifier(table)] =
                    name.0.as_slice()
                && let Some(schema) = self.names.of_column(database, table)
            {
                name.0.insert(1, ObjectNamePart::Identifier(schema));
            }
        }
        ControlFlow::Continue(())
    }
}

/// `system.databases`.
pub(crate) fn table() -> SystemTable {
    let text = |name| Field::new(name, DataType::Utf8, true);
    let schema = Arc::new(Schema::new(vec![
        text("name"),
        text("type"),
        text("target"),
        Field::new("read_only", DataType::Boolean, true),
        text("default_schema"),
    ]));
    let columns = Arc::clone(&schema);
    let rows = move |session: &dyn datafusion::catalog::Session| {
        let databases = session.config().get_extension::<Databases>();
        let all = databases.map(|databases| databases.all()).unwrap_or_default();
        let values: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from_iter_values(all.iter().map(|found| &found.name))),
            Arc::new(StringArray::from_iter_values(all.iter().map(|found| found.kind))),
            Arc::new(StringArray::from_iter(all.iter().map(|found| found.target.as_ref()))),
            Arc::new(BooleanArray::from_iter(all.iter().map(|found| Some(found.read_only)))),
            Arc::new(StringArray::from_iter_values(all.iter().map(|found| &found.default_schema))),
        ];
        Ok(RecordBatch::try_new(Arc::clone(&columns), values)?)
    };
    SystemTable {
        name: "databases",
        description: "the session's own database and the attached ones",
        provider: Arc::new(SnapshotTable::new(schema, rows)),
    }
}
