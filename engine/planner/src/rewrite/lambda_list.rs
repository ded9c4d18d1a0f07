//! Lists inside lambdas: DataFusion plans a list in brackets without the variables around it, but not
//! the call that makes the same list.

use datafusion::sql::sqlparser::ast::Expr;
use extension::Result;

use super::build::call;
use super::change;

pub(super) fn rewrite(expr: &mut Expr) -> Result<()> {
    let Expr::Lambda(lambda) = expr else { return Ok(()) };
    change(lambda.body.as_mut(), &mut |expr| {
        if let Expr::Array(list) = expr {
            *expr = call("make_array", std::mem::take(&mut list.elem));
        }
        Ok(())
    })
}
