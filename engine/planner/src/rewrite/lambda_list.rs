//! Lists inside lambdas: DataFusion plans a list in brackets without the variables around it, but not
//! the call that makes the same list.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Expr, VisitMut, VisitorMut};
use extension::Result;

use super::build::call;

pub(super) fn rewrite(expr: &mut Expr) -> Result<()> {
    struct Lists;
    impl VisitorMut for Lists {
        type Break = ();
        fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
            if let Expr::Array(list) = expr {
                *expr = call("make_array", std::mem::take(&mut list.elem));
            }
            ControlFlow::Continue(())
        }
    }
    if let Expr::Lambda(lambda) = expr {
        let _ = lambda.body.visit(&mut Lists);
    }
    Ok(())
}
