//! `percentile_cont(f) WITHIN GROUP (ORDER BY x)`, `percentile_disc` and `mode`: the names that the
//! standard has for quantiles. DataFusion's own are of floating-point numbers alone.

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArgumentList,
    FunctionArguments, Ident, ObjectName, ObjectNamePart,
};
use extension::{Error, Result};

pub(super) fn rewrite(expr: &mut Expr) -> Result<()> {
    let Expr::Function(call) = expr else { return Ok(()) };
    if call.within_group.is_empty() {
        return Ok(());
    }
    let name = match call.name.to_string().to_lowercase().as_str() {
        "percentile_cont" => "quantile_cont",
        "percentile_disc" => "quantile_disc",
        "mode" => "mode",
        _ => return Ok(()),
    };
    let written = call.name.to_string();
    let order = match call.within_group.as_slice() {
        [order] => order.clone(),
        _ => return Err(Error::unsupported(format!("{written} has one value to order by"))),
    };
    let fraction = match arguments(call) {
        Some([]) if name == "mode" => None,
        Some([FunctionArg::Unnamed(fraction)]) if name != "mode" => Some(fraction.clone()),
        _ => {
            let takes = if name == "mode" { "no argument" } else { "one fraction" };
            return Err(Error::invalid_input(format!(
                "{written} takes {takes} before WITHIN GROUP (ORDER BY …)"
            )));
        }
    };
    let value = FunctionArg::Unnamed(FunctionArgExpr::Expr(order.expr.clone()));
    let mut args = vec![value];
    let mut clauses = vec![];
    if let Some(fraction) = fraction {
        args.push(FunctionArg::Unnamed(fraction));
        clauses.push(FunctionArgumentClause::OrderBy(vec![order]));
    }
    let mut ident = Ident::new(name);
    if let Some(part) = call.name.0.last().and_then(ObjectNamePart::as_ident) {
        ident.span = part.span;
    }
    call.name = ObjectName(vec![ObjectNamePart::Identifier(ident)]);
    call.args =
        FunctionArguments::List(FunctionArgumentList { duplicate_treatment: None, args, clauses });
    call.within_group.clear();
    Ok(())
}

/// The arguments of a call, if it has them alone.
fn arguments(call: &Function) -> Option<&[FunctionArg]> {
    match &call.args {
        FunctionArguments::None => Some(&[]),
        FunctionArguments::List(list)
            if list.duplicate_treatment.is_none() && list.clauses.is_empty() =>
        {
            Some(&list.args)
        }
        _ => None,
    }
}
