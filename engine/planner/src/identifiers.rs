//! Unquoted names match in any case, as in DuckDB: `Name` finds the column `"Name"` of a file.
//!
//! DataFusion reads an unquoted name in lower case and finds nothing else. So where a table of the
//! statement, or a name that the statement quotes, has capital letters, unquoted names that can only
//! mean it are given its spelling.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::TableReference;
use datafusion::execution::SessionState;
use datafusion::sql::parser::Statement as DataFusionStatement;
use datafusion::sql::sqlparser::ast::{
    Expr, Ident, ObjectName, ObjectNamePart, SelectItem, TableAlias, TableFactor, VisitorMut,
};

use crate::walk::walk;

/// Gives the names of a statement the spelling that their tables and columns have. `files` are the
/// schemas of relations that are no tables of the catalog.
pub(crate) async fn respell(
    statement: &mut DataFusionStatement,
    files: impl Iterator<Item = SchemaRef>,
    state: &SessionState,
) {
    if !state.config_options().sql_parser.enable_ident_normalization {
        return;
    }
    let mut found = Found::default();
    let _ = walk(statement, &mut found);
    let mut tables = BTreeMap::new();
    for name in &std::mem::take(&mut found.relations) {
        if let Some((spelled, schema)) = table(name, state).await {
            found.add_schema(&schema);
            if let Some(spelled) = spelled {
                // Columns are qualified by the table's own name too.
                if name.0.len() > 1 {
                    tables.entry(spelled.to_lowercase()).or_insert_with(|| spelled.clone());
                }
                tables.insert(name.to_string().to_lowercase(), spelled);
            }
        }
    }
    files.for_each(|schema| found.add_schema(&schema));
    let columns: BTreeMap<String, String> = found
        .spellings
        .into_iter()
        .filter(|(name, spellings)| spellings.len() == 1 && !found.defined.contains(name))
        .filter_map(|(name, spellings)| Some((name, spellings.into_iter().next()?)))
        .filter(|(name, spelling)| name != spelling)
        .collect();
    if !tables.is_empty() || !columns.is_empty() {
        let _ = walk(statement, &mut Respelling { tables, columns });
    }
}

/// The table that an unquoted name means: its spelling, if that is another, and its columns.
async fn table(name: &ObjectName, state: &SessionState) -> Option<(Option<String>, SchemaRef)> {
    let parts: Vec<&Ident> = name.0.iter().filter_map(ObjectNamePart::as_ident).collect();
    let read = |ident: &Ident| match ident.quote_style {
        Some(_) => ident.value.clone(),
        None => ident.value.to_lowercase(),
    };
    let last = parts.last()?;
    let reference = match parts.as_slice() {
        [table] => TableReference::bare(read(table)),
        [schema, table] => TableReference::partial(read(schema), read(table)),
        [catalog, schema, table] => TableReference::full(read(catalog), read(schema), read(table)),
        _ => return None,
    };
    let schema = state.schema_for_ref(reference.clone()).ok()?;
    if schema.table_exist(reference.table()) {
        return Some((None, schema.table(reference.table()).await.ok()??.schema()));
    }
    if last.quote_style.is_some() {
        return None;
    }
    let mut spellings =
        schema.table_names().into_iter().filter(|found| found.eq_ignore_ascii_case(&last.value));
    match (spellings.next(), spellings.next()) {
        (Some(spelled), None) => {
            let columns = schema.table(&spelled).await.ok()??.schema();
            Some((Some(spelled), columns))
        }
        _ => None,
    }
}

/// What names there are.
#[derive(Default)]
struct Found {
    relations: Vec<ObjectName>,
    /// By name in lower case, the spellings of it.
    spellings: BTreeMap<String, BTreeSet<String>>,
    /// Names that the statement itself gives, in lower case, to which they may refer too.
    defined: BTreeSet<String>,
}

impl Found {
    fn add_schema(&mut self, schema: &SchemaRef) {
        for field in schema.fields() {
            self.add(field.name());
        }
    }

    fn add(&mut self, name: &str) {
        self.spellings.entry(name.to_lowercase()).or_default().insert(name.to_string());
    }

    fn define(&mut self, name: &Ident) {
        match name.quote_style {
            Some('"') => self.add(&name.value),
            _ => {
                self.defined.insert(name.value.to_lowercase());
            }
        }
    }

    fn alias(&mut self, alias: &Option<TableAlias>) {
        for column in alias.iter().flat_map(|alias| &alias.columns) {
            self.define(&column.name);
        }
    }
}

impl VisitorMut for Found {
    type Break = ();

    fn pre_visit_relation(&mut self, relation: &mut ObjectName) -> ControlFlow<()> {
        self.relations.push(relation.clone());
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        if let TableFactor::Table { alias, .. } | TableFactor::Derived { alias, .. } = factor {
            self.alias(alias);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_query(
        &mut self,
        query: &mut datafusion::sql::sqlparser::ast::Query,
    ) -> ControlFlow<()> {
        for table in query.with.iter().flat_map(|with| &with.cte_tables) {
            table.alias.columns.iter().for_each(|column| self.define(&column.name));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(
        &mut self,
        select: &mut datafusion::sql::sqlparser::ast::Select,
    ) -> ControlFlow<()> {
        for item in &select.projection {
            if let SelectItem::ExprWithAlias { alias, .. } = item {
                self.define(alias);
            }
        }
        ControlFlow::Continue(())
    }
}

struct Respelling {
    tables: BTreeMap<String, String>,
    columns: BTreeMap<String, String>,
}

impl Respelling {
    fn column(&self, ident: &mut Ident) {
        if ident.quote_style.is_none()
            && let Some(spelling) = self.columns.get(&ident.value.to_lowercase())
        {
            ident.value.clone_from(spelling);
            ident.quote_style = Some('"');
        }
    }

    fn table(&self, ident: &mut Ident) {
        if ident.quote_style.is_none()
            && let Some(spelling) = self.tables.get(&ident.value.to_lowercase())
        {
            ident.value.clone_from(spelling);
            ident.quote_style = Some('"');
        }
    }
}

impl VisitorMut for Respelling {
    type Break = ();

    fn pre_visit_relation(&mut self, relation: &mut ObjectName) -> ControlFlow<()> {
        if let Some(spelling) = self.tables.get(&relation.to_string().to_lowercase())
            && let Some(ObjectNamePart::Identifier(last)) = relation.0.last_mut()
        {
            last.value.clone_from(spelling);
            last.quote_style = Some('"');
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        match expr {
            Expr::Identifier(ident) => self.column(ident),
            Expr::CompoundIdentifier(parts) => {
                if let Some((last, qualifiers)) = parts.split_last_mut() {
                    self.column(last);
                    qualifiers.iter_mut().for_each(|qualifier| self.table(qualifier));
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}
