//! `'a'.upper()` and `x.f(1).g()`: the value before the dot is the first argument of the call.

use datafusion::sql::sqlparser::ast::{
    AccessExpr, Expr, Function, FunctionArguments, Ident, ObjectName, Value,
};
use extension::Result;

use super::build::{argument, nested};

/// Names that qualify a function rather than being the value before it.
const SCHEMAS: [&str; 5] = ["main", "pg_catalog", "public", "system", "information_schema"];

pub(super) fn rewrite(expr: &mut Expr) -> Result<()> {
    match expr {
        // Without parentheses it is a column with the name of a function, such as `t.current_time`.
        Expr::Function(call)
            if call.name.0.len() > 1 && matches!(call.args, FunctionArguments::List(_)) =>
        {
            qualified_call(call);
        }
        Expr::CompoundFieldAccess { root, access_chain } => {
            let root = std::mem::replace(root.as_mut(), Expr::Value(Value::Null.into()));
            *expr = chained(root, std::mem::take(access_chain));
        }
        _ => {}
    }
    Ok(())
}

/// `a.b.f(…)`, which the parser reads as a function with a qualified name.
fn qualified_call(call: &mut Function) {
    let idents: Option<Vec<Ident>> =
        call.name.0.iter().map(|part| part.as_ident().cloned()).collect();
    let Some(mut idents) = idents else { return };
    let Some(name) = idents.pop() else { return };
    let is_schema = match idents.as_slice() {
        [schema] => SCHEMAS.iter().any(|known| schema.value.eq_ignore_ascii_case(known)),
        _ => false,
    };
    call.name = ObjectName::from(vec![name]);
    if is_schema {
        return;
    }
    let value = match idents.as_slice() {
        [column] => Expr::Identifier(column.clone()),
        _ => Expr::CompoundIdentifier(idents),
    };
    prepend(call, value);
}

fn prepend(call: &mut Function, value: Expr) {
    match &mut call.args {
        FunctionArguments::List(list) => list.args.insert(0, argument(value)),
        FunctionArguments::None | FunctionArguments::Subquery(_) => {}
    }
}

fn chained(root: Expr, chain: Vec<AccessExpr>) -> Expr {
    let mut value = root;
    let mut pending: Vec<AccessExpr> = vec![];
    for access in chain {
        match access {
            AccessExpr::Dot(Expr::Function(mut call)) => {
                let receiver = accessed(value, std::mem::take(&mut pending));
                prepend(&mut call, receiver);
                value = Expr::Function(call);
            }
            // Only behind a name can a name be more than the field of a struct.
            AccessExpr::Dot(Expr::Identifier(field))
                if !pending.is_empty() || !matches!(value, Expr::Identifier(_)) =>
            {
                let field = Value::SingleQuotedString(field.value).with_span(field.span);
                pending.push(AccessExpr::Dot(Expr::Value(field)));
            }
            other => pending.push(other),
        }
    }
    accessed(value, pending)
}

fn accessed(root: Expr, access_chain: Vec<AccessExpr>) -> Expr {
    match access_chain.is_empty() {
        true => root,
        false => Expr::CompoundFieldAccess { root: Box::new(nested(root)), access_chain },
    }
}
