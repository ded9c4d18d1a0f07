//! Walking the syntax tree of a statement, whichever of DataFusion's kinds it is.

use std::ops::ControlFlow;

use datafusion::sql::parser::{CopyToSource, Statement as DataFusionStatement};
use datafusion::sql::sqlparser::ast::{VisitMut, VisitorMut};

/// Visits everything in a statement that the user wrote as an expression or a query.
pub(crate) fn walk<V: VisitorMut>(
    statement: &mut DataFusionStatement,
    visitor: &mut V,
) -> ControlFlow<V::Break> {
    match statement {
        DataFusionStatement::Statement(statement) => statement.visit(visitor),
        DataFusionStatement::Explain(explain) => walk(&mut explain.statement, visitor),
        DataFusionStatement::CopyTo(copy) => match &mut copy.source {
            CopyToSource::Query(query) => query.visit(visitor),
            CopyToSource::Relation(_) => ControlFlow::Continue(()),
        },
        DataFusionStatement::CreateExternalTable(_) | DataFusionStatement::Reset(_) => {
            ControlFlow::Continue(())
        }
    }
}
