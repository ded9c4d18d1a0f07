//! `first_value(greatest(a, b) IGNORE NULLS)`: the parser gives the words to the function that stands before
//! them, which knows nothing of them. They are meant for the one around it.

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments,
};
use extension::Result;

pub(super) fn rewrite(expr: &mut Expr) -> Result<()> {
    let Expr::Function(call) = expr else { return Ok(()) };
    if call.null_treatment.is_some() {
        return Ok(());
    }
    let FunctionArguments::List(list) = &mut call.args else { return Ok(()) };
    let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(last))) = list.args.last_mut() else {
        return Ok(());
    };
    if let Some(inner) = rightmost(last)
        && inner.over.is_none()
    {
        call.null_treatment = inner.null_treatment.take();
    }
    Ok(())
}

/// The call that an expression ends with.
fn rightmost(expr: &mut Expr) -> Option<&mut Function> {
    match expr {
        Expr::Function(call) => Some(call),
        Expr::BinaryOp { right, .. } => rightmost(right),
        Expr::UnaryOp { expr, .. } => rightmost(expr),
        _ => None,
    }
}
