//! Visits of expressions. Each kind of visitor compiles the walk over the whole syntax tree once more, so
//! all rewrites share these few.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Expr, Query, Visit, VisitMut, Visitor, VisitorMut};
use extension::{Error, Result};

/// Whether an expression in a node, outside of sub-queries, satisfies `is`.
pub(super) fn contains<T: Visit>(node: &T, is: &dyn Fn(&Expr) -> bool) -> bool {
    node.visit(&mut Search { is, depth: 0 }).is_break()
}

struct Search<'s> {
    is: &'s dyn Fn(&Expr) -> bool,
    depth: usize,
}

impl Visitor for Search<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, _query: &Query) -> ControlFlow<()> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _query: &Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match self.depth == 0 && (self.is)(expr) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }
}

/// Changes the expressions in a node, those of sub-queries too, from the inside out.
pub(super) fn change<T: VisitMut>(
    node: &mut T,
    act: &mut dyn FnMut(&mut Expr) -> Result<()>,
) -> Result<()> {
    match node.visit(&mut Change { act }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(*error),
    }
}

struct Change<'c> {
    act: &'c mut dyn FnMut(&mut Expr) -> Result<()>,
}

impl VisitorMut for Change<'_> {
    type Break = Box<Error>;

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Box<Error>> {
        match (self.act)(expr) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(Box::new(error)),
        }
    }
}
