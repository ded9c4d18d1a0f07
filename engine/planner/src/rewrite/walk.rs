//! The walk over the queries of a statement, from the inside out.

use std::ops::ControlFlow;

use datafusion::sql::parser::{CopyToSource, Statement as DataFusionStatement};
use datafusion::sql::sqlparser::ast::{
    Cte, Join, JoinConstraint, JoinOperator, OrderBy, Query, Select, SetExpr, Statement,
    TableFactor, VisitMut, VisitorMut,
};
use extension::{Error, Result};

use super::columns::Column;
use super::{Answers, FROM, QUERY, Rewritten, SELECT, build, gapfill, limit};
use crate::context::StatementContext;

/// The named queries that a query sees, inner ones last.
#[derive(Clone, Default)]
pub(crate) struct Scope {
    pub(super) ctes: Vec<Cte>,
    /// Whether some of them may read themselves.
    pub(super) recursive: bool,
}

/// What becomes of a query's rows, and so of the names of its columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// They leave the engine, where names may repeat.
    Result,
    /// They are read by another query or kept, where they may not.
    Relation,
}

/// Rewrites the queries of one statement.
pub(crate) struct Rewriter<'a> {
    pub(super) context: &'a StatementContext<'a>,
    pub(super) answers: &'a Answers,
    /// What a rewrite must know to go on.
    pub(super) asks: Option<(String, Box<Query>)>,
    /// The names of the result's columns, where they repeat.
    pub(super) result_names: Option<Vec<String>>,
}

/// One select list and what is around it.
pub(super) struct SelectScope<'s> {
    pub(super) select: &'s mut Select,
    pub(super) order_by: Option<&'s mut OrderBy>,
    pub(super) scope: &'s Scope,
    pub(super) purpose: Use,
    /// The columns of FROM, once a rewrite asked for them.
    pub(super) columns: Option<Vec<Column>>,
    /// Whether items of the select list became more than the user wrote.
    pub(super) is_expanded: bool,
}

impl<'a> Rewriter<'a> {
    pub(crate) fn new(context: &'a StatementContext<'a>, answers: &'a Answers) -> Self {
        Self { context, answers, asks: None, result_names: None }
    }

    /// Rewrites all queries of a statement.
    pub(crate) fn rewrite(mut self, statement: &mut DataFusionStatement) -> Result<Rewritten> {
        let done = self.statement(statement);
        match self.asks.take() {
            Some((key, query)) => Ok(Rewritten::Asks(key, query)),
            None => done.map(|()| Rewritten::Done(self.result_names)),
        }
    }

    fn statement(&mut self, statement: &mut DataFusionStatement) -> Result<()> {
        match statement {
            DataFusionStatement::Statement(statement) => match statement.as_mut() {
                Statement::Query(query) => self.query(query, &Scope::default(), Use::Result),
                other => self.queries_in(other, &Scope::default()),
            },
            DataFusionStatement::Explain(explain) => self.statement(&mut explain.statement),
            DataFusionStatement::CopyTo(copy) => match &mut copy.source {
                CopyToSource::Query(query) => self.query(query, &Scope::default(), Use::Relation),
                CopyToSource::Relation(_) => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// Rewrites the queries in a node, and what is in them.
    pub(super) fn queries_in<T: VisitMut>(&mut self, node: &mut T, scope: &Scope) -> Result<()> {
        let mut visitor = Queries { rewriter: self, scope, depth: 0 };
        match node.visit(&mut visitor) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(error) => Err(*error),
        }
    }

    pub(super) fn query(&mut self, query: &mut Query, outer: &Scope, purpose: Use) -> Result<()> {
        let mut scope = outer.clone();
        if let Some(with) = &mut query.with {
            scope.recursive |= with.recursive;
            for cte in &mut with.cte_tables {
                match with.recursive {
                    true => self.recursive(cte, &scope)?,
                    false => self.query(&mut cte.query, &scope, Use::Relation)?,
                }
                scope.ctes.push(cte.clone());
            }
        }
        limit::with_ties(query)?;
        self.body(&mut query.body, query.order_by.as_mut(), &scope, purpose)?;
        if let Some(order_by) = &mut query.order_by {
            self.queries_in(order_by, &scope)?;
        }
        QUERY.iter().try_for_each(|rewrite| rewrite(self, query, &scope))
    }

    /// A query that may read itself: its first part tells the columns of the table that its second
    /// part reads.
    fn recursive(&mut self, cte: &mut Cte, scope: &Scope) -> Result<()> {
        let mut first = cte.clone();
        let SetExpr::SetOperation { left, right, .. } = cte.query.body.as_mut() else {
            return self.query(&mut cte.query, scope, Use::Relation);
        };
        if first.query.with.is_some() {
            return Ok(());
        }
        self.body(left, None, scope, Use::Relation)?;
        let mut inner = scope.clone();
        first.query = Box::new(build::query(left.as_ref().clone()));
        inner.ctes.push(first);
        self.body(right, None, &inner, Use::Relation)
    }

    fn body(
        &mut self,
        body: &mut SetExpr,
        order_by: Option<&mut OrderBy>,
        scope: &Scope,
        purpose: Use,
    ) -> Result<()> {
        match body {
            SetExpr::Select(select) => self.select(select, order_by, scope, purpose),
            SetExpr::Query(query) => self.query(query, scope, purpose),
            SetExpr::SetOperation { left, right, .. } => {
                self.body(left, None, scope, Use::Relation)?;
                self.body(right, None, scope, Use::Relation)
            }
            other => self.queries_in(other, scope),
        }
    }

    fn select(
        &mut self,
        select: &mut Select,
        mut order_by: Option<&mut OrderBy>,
        scope: &Scope,
        purpose: Use,
    ) -> Result<()> {
        gapfill::rewrite(self, select, order_by.as_deref_mut())?;
        for table in &mut select.from {
            self.table(&mut table.relation, scope)?;
            for join in &mut table.joins {
                self.join(join, scope)?;
            }
        }
        FROM.iter().try_for_each(|rewrite| rewrite(self, select, scope))?;
        // The sub-queries of the other clauses; those of FROM were rewritten above.
        let from = std::mem::take(&mut select.from);
        let done = self.queries_in(select, scope);
        select.from = from;
        done?;
        let mut select =
            SelectScope { select, order_by, scope, purpose, columns: None, is_expanded: false };
        SELECT.iter().try_for_each(|rewrite| rewrite(self, &mut select))
    }

    fn table(&mut self, table: &mut TableFactor, scope: &Scope) -> Result<()> {
        match table {
            TableFactor::Derived { subquery, .. } => self.query(subquery, scope, Use::Relation),
            TableFactor::NestedJoin { table_with_joins, .. } => {
                self.table(&mut table_with_joins.relation, scope)?;
                table_with_joins.joins.iter_mut().try_for_each(|join| self.join(join, scope))
            }
            TableFactor::Pivot { table, .. } | TableFactor::Unpivot { table, .. } => {
                self.table(table, scope)
            }
            // The sub-queries of a statement's pivot are read by the rewrite of pivots.
            TableFactor::Table { name, args: Some(_), .. } if super::pivot::is_statement(name) => {
                Ok(())
            }
            other => self.queries_in(other, scope),
        }
    }

    fn join(&mut self, join: &mut Join, scope: &Scope) -> Result<()> {
        self.table(&mut join.relation, scope)?;
        match &mut join.join_operator {
            JoinOperator::Join(JoinConstraint::On(on))
            | JoinOperator::Inner(JoinConstraint::On(on))
            | JoinOperator::Left(JoinConstraint::On(on))
            | JoinOperator::LeftOuter(JoinConstraint::On(on))
            | JoinOperator::Right(JoinConstraint::On(on))
            | JoinOperator::RightOuter(JoinConstraint::On(on))
            | JoinOperator::FullOuter(JoinConstraint::On(on)) => self.queries_in(on, scope),
            _ => Ok(()),
        }
    }
}

/// Hands the outermost queries of a node to the rewriter.
struct Queries<'v, 'a> {
    rewriter: &'v mut Rewriter<'a>,
    scope: &'v Scope,
    depth: usize,
}

impl VisitorMut for Queries<'_, '_> {
    type Break = Box<Error>;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Box<Error>> {
        if self.depth == 0
            && let Err(error) = self.rewriter.query(query, self.scope, Use::Relation)
        {
            return ControlFlow::Break(Box::new(error));
        }
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _query: &mut Query) -> ControlFlow<Box<Error>> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }
}
