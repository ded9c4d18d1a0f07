//! The columns of a FROM clause, which is planned by itself.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::TableReference;
use datafusion::logical_expr::{Expr as PlannedExpr, LogicalPlan};
use datafusion::sql::parser::Statement as DataFusionStatement;
use datafusion::sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion::sql::sqlparser::ast::{
    Cte, Expr, ObjectName, SelectItem, SetExpr, Statement, TableWithJoins, Visit, Visitor, With,
};
use datafusion::sql::sqlparser::tokenizer::Span;
use extension::{Error, ErrorKind, Result, closest};

use super::build::{self, is_name, name_of, quoted};
use super::walk::{Rewriter, Scope, SelectScope};
use crate::script::AtSpan;

/// A column of FROM.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) relation: Option<TableReference>,
    pub(super) name: String,
    pub(super) data_type: DataType,
}

impl Column {
    /// The column as an expression at the place of `span`.
    pub(super) fn expr(&self, span: Span) -> Expr {
        let name = quoted(self.name.clone(), span);
        match &self.relation {
            None => Expr::Identifier(name),
            Some(relation) => {
                let mut parts: Vec<_> =
                    relation.to_vec().into_iter().map(|part| quoted(part, span)).collect();
                parts.push(name);
                Expr::CompoundIdentifier(parts)
            }
        }
    }

    /// Whether the column is one of the relation of this name, perhaps with a schema before it.
    pub(super) fn is_of(&self, relation: &ObjectName) -> bool {
        let Some(own) = &self.relation else { return false };
        let own = own.to_vec();
        let asked = &relation.0;
        asked.len() <= own.len()
            && asked
                .iter()
                .rev()
                .zip(own.iter().rev())
                .all(|(asked, own)| asked.as_ident().is_some_and(|ident| is_name(ident, own)))
    }
}

/// The error for a name that is no column.
pub(super) fn unknown(
    what: &str,
    ident: &datafusion::sql::sqlparser::ast::Ident,
    columns: &[Column],
) -> Error {
    let message = format!("column '{}' in {what} not found in FROM", ident.value);
    let error = Error::new(ErrorKind::NotFound, message).at_span(ident.span);
    match closest(&ident.value, columns.iter().map(|column| column.name.as_str())) {
        Some(near) => error.with_hint(format!("did you mean '{near}'?")),
        None => error.with_hint(format!("columns: {}", listed(columns))),
    }
}

/// The names of the columns, for an error.
pub(super) fn listed(columns: &[Column]) -> String {
    const SHOWN: usize = 20;
    let mut names: Vec<&str> =
        columns.iter().take(SHOWN).map(|column| column.name.as_str()).collect();
    if columns.len() > SHOWN {
        names.push("…");
    }
    names.join(", ")
}

impl SelectScope<'_> {
    /// The columns of FROM, in the order of `*`.
    pub(super) fn columns(&mut self, rewriter: &Rewriter<'_>) -> Result<&[Column]> {
        if self.columns.is_none() {
            self.columns = Some(rewriter.columns(&self.select.from, self.scope)?);
        }
        Ok(self.columns.as_deref().unwrap_or_default())
    }
}

impl Rewriter<'_> {
    /// The columns of a FROM clause.
    pub(super) fn columns(&self, from: &[TableWithJoins], scope: &Scope) -> Result<Vec<Column>> {
        if from.is_empty() {
            return Ok(vec![]);
        }
        self.planned_columns(vec![build::star()], from, scope)
    }

    /// The type of an expression over a FROM clause.
    pub(super) fn type_of(
        &self,
        expr: &Expr,
        from: &[TableWithJoins],
        scope: &Scope,
    ) -> Result<DataType> {
        let item = SelectItem::UnnamedExpr(expr.clone());
        let columns = self.planned_columns(vec![item], from, scope)?;
        columns
            .into_iter()
            .next()
            .map(|column| column.data_type)
            .ok_or_else(|| Error::internal("an expression has no type"))
    }

    fn planned_columns(
        &self,
        projection: Vec<SelectItem>,
        from: &[TableWithJoins],
        scope: &Scope,
    ) -> Result<Vec<Column>> {
        let select = build::select(projection, from.to_vec());
        let mut query = build::query(SetExpr::Select(Box::new(select)));
        query.with = with(needed(from, &scope.ctes), scope.recursive);
        let statement = Statement::Query(Box::new(query));
        let plan = self.context.plan(DataFusionStatement::Statement(Box::new(statement)))?;
        let exprs = match &plan {
            LogicalPlan::Projection(projection) => projection.expr.as_slice(),
            _ => &[],
        };
        let schema = plan.schema();
        Ok(schema
            .iter()
            .enumerate()
            .map(|(index, (relation, field))| {
                let relation = match exprs.get(index) {
                    Some(PlannedExpr::Column(column)) => column.relation.clone(),
                    _ => relation.cloned(),
                };
                Column {
                    relation,
                    name: field.name().clone(),
                    data_type: field.data_type().clone(),
                }
            })
            .collect())
    }
}

fn with(cte_tables: Vec<Cte>, recursive: bool) -> Option<With> {
    (!cte_tables.is_empty()).then(|| With {
        with_token: AttachedToken::empty(),
        recursive,
        cte_tables,
    })
}

/// The named queries that a FROM clause reads, and those that they read.
fn needed(from: &[TableWithJoins], ctes: &[Cte]) -> Vec<Cte> {
    struct Names(BTreeSet<String>);
    impl Visitor for Names {
        type Break = ();
        fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
            if let [part] = relation.0.as_slice()
                && let Some(ident) = part.as_ident()
            {
                self.0.insert(name_of(ident));
            }
            ControlFlow::Continue(())
        }
    }
    if ctes.is_empty() {
        return vec![];
    }
    let mut names = Names(BTreeSet::new());
    let _ = from.to_vec().visit(&mut names);
    let mut found: Vec<Cte> = vec![];
    // An inner name hides an outer one, and a query reads only what stands before it.
    for cte in ctes.iter().rev() {
        let name = name_of(&cte.alias.name);
        if names.0.remove(&name) {
            let _ = cte.query.visit(&mut names);
            found.push(cte.clone());
        }
    }
    found.reverse();
    found
}
