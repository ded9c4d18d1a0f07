//! Clauses of a function call.

use datafusion::sql::sqlparser::ast::{Expr, FunctionArgumentClause, FunctionArguments, Interval};

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
