//! Clauses of a function call.

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArguments,
    Interval,
};

use super::{Ignored, first_of};

pub(super) fn check(expr: &Expr) -> Option<Ignored> {
    match expr {
        Expr::Function(call) => {
            let clauses = match &call.args {
                FunctionArguments::List(list) => list.clauses.as_slice(),
                _ => &[],
            };
            let has = |is: fn(&FunctionArgumentClause) -> bool| clauses.iter().any(is);
            first_of([
                (
                    "parameters before the arguments of a function",
                    !matches!(call.parameters, FunctionArguments::None),
                ),
                (
                    "LIMIT in a function call",
                    has(|c| matches!(c, FunctionArgumentClause::Limit(_))),
                ),
                (
                    "ON OVERFLOW in a function call",
                    has(|c| matches!(c, FunctionArgumentClause::OnOverflow(_))),
                ),
                (
                    "HAVING in a function call",
                    has(|c| matches!(c, FunctionArgumentClause::Having(_))),
                ),
                ("an ORDER BY other than by the quantile's own value", swaps_values(call)),
                (
                    "SEPARATOR in a function call",
                    has(|c| matches!(c, FunctionArgumentClause::Separator(_))),
                ),
                (
                    "a JSON clause in a function call",
                    has(|c| {
                        matches!(
                            c,
                            FunctionArgumentClause::JsonNullClause(_)
                                | FunctionArgumentClause::JsonReturningClause(_)
                        )
                    }),
                ),
            ])
        }
        Expr::Interval(Interval { leading_precision, fractional_seconds_precision, .. }) => {
            first_of([(
                "the precision of an interval",
                leading_precision.is_some() || fractional_seconds_precision.is_some(),
            )])
        }
        Expr::Cast { format: Some(_), .. } => first_of([("FORMAT in a cast", true)]),
        Expr::OuterJoin(_) => first_of([("the join operator (+)", true)]),
        Expr::Prior(_) => first_of([("PRIOR", true)]),
        Expr::Collate { .. } => first_of([("COLLATE", true)]),
        _ => None,
    }
}

/// Whether DataFusion would take a quantile of what it is ordered by and drop the value in front, as it
/// does in `quantile_cont(x, 0.5 ORDER BY y)`.
fn swaps_values(call: &Function) -> bool {
    let name = call.name.to_string().to_lowercase();
    let FunctionArguments::List(list) = &call.args else { return false };
    let ([FunctionArg::Unnamed(FunctionArgExpr::Expr(value)), _, ..], true) =
        (list.args.as_slice(), name.contains("quantile_") || name.contains("percentile_"))
    else {
        return false;
    };
    list.clauses.iter().any(|clause| match clause {
        FunctionArgumentClause::OrderBy(order) => order.iter().any(|key| key.expr != *value),
        _ => false,
    })
}
