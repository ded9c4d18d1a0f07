//! Names that stand for expressions.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Ident, LambdaFunction, OneOrManyWithParens, Query, VisitMut, VisitorMut,
};
use extension::{Error, Result};

use super::build::nested;

/// Replaces names, outside of sub-queries and where no lambda has a variable of the name.
pub(super) fn names<T: VisitMut>(
    node: &mut T,
    replacement: &mut dyn FnMut(&Ident) -> Option<Expr>,
) {
    let mut visitor = Names { replacement, hidden: vec![], depth: 0 };
    let _ = node.visit(&mut visitor);
}

/// The body of a lambda of one variable with a value in its place.
pub(super) fn parameter(lambda: &LambdaFunction, value: &Expr) -> Result<Expr> {
    let parameters = parameters(lambda);
    let [parameter] = parameters.as_slice() else {
        return Err(Error::invalid_input("this lambda takes one variable"));
    };
    let mut body = lambda.body.as_ref().clone();
    names(&mut body, &mut |ident| (ident.value == parameter.value).then(|| value.clone()));
    Ok(body)
}

fn parameters(lambda: &LambdaFunction) -> Vec<&Ident> {
    match &lambda.params {
        OneOrManyWithParens::One(one) => vec![&one.name],
        OneOrManyWithParens::Many(all) => all.iter().map(|parameter| &parameter.name).collect(),
    }
}

struct Names<'n> {
    replacement: &'n mut dyn FnMut(&Ident) -> Option<Expr>,
    /// The variables of the lambdas around the node.
    hidden: Vec<Vec<String>>,
    depth: usize,
}

impl VisitorMut for Names<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, _query: &mut Query) -> ControlFlow<()> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _query: &mut Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::Lambda(lambda) = expr {
            let names = parameters(lambda).iter().map(|ident| ident.value.to_lowercase()).collect();
            self.hidden.push(names);
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        match expr {
            Expr::Lambda(_) => {
                self.hidden.pop();
            }
            Expr::Identifier(ident) if self.depth == 0 => {
                let name = ident.value.to_lowercase();
                if !self.hidden.iter().flatten().any(|hidden| *hidden == name)
                    && let Some(found) = (self.replacement)(ident)
                {
                    *expr = nested(found);
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}
