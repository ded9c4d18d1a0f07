//! `struct_pack(a := 1)`, `struct_insert(s, a := 1)` and `struct_update`: the names go where functions can
//! read them, as texts before the values.

use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, ObjectNamePart,
};
use extension::{Error, Result};

use super::build::text;

pub(super) fn rewrite(expr: &mut Expr) -> Result<()> {
    let Expr::Function(call) = expr else { return Ok(()) };
    let [ObjectNamePart::Identifier(name)] = call.name.0.as_mut_slice() else { return Ok(()) };
    if name.quote_style.is_some() {
        return Ok(());
    }
    let kept = match name.value.to_lowercase().as_str() {
        "struct_pack" => 0,
        "struct_insert" | "struct_update" => 1,
        _ => return Ok(()),
    };
    let FunctionArguments::List(list) = &mut call.args else { return Ok(()) };
    let already = |argument: &FunctionArg| matches!(argument, FunctionArg::Unnamed(_));
    if kept == 1 && list.args.iter().all(already) {
        return Ok(());
    }
    let mut args = vec![];
    for (index, argument) in list.args.drain(..).enumerate() {
        let (field, value) = match argument {
            argument @ FunctionArg::Unnamed(_) if index < kept => {
                args.push(argument);
                continue;
            }
            FunctionArg::Named { name, arg, .. }
            | FunctionArg::ExprNamed { name: Expr::Identifier(name), arg, .. } => (name, arg),
            FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => match named(&value) {
                Some(name) => (name, FunctionArgExpr::Expr(value)),
                None => {
                    return Err(Error::invalid_input(format!(
                        "{} needs a name for the field {value}",
                        name.value
                    ))
                    .with_hint(format!("write {}(name := {value})", name.value)));
                }
            },
            other => {
                return Err(Error::syntax(format!("'{other}' is no field of a struct")));
            }
        };
        args.push(FunctionArg::Unnamed(FunctionArgExpr::Expr(text(field.value))));
        args.push(FunctionArg::Unnamed(value));
    }
    list.args = args;
    if kept == 0 {
        name.value = "named_struct".to_string();
    }
    Ok(())
}

/// The name that a column gives its field.
fn named(value: &Expr) -> Option<Ident> {
    match value {
        Expr::Identifier(name) => Some(name.clone()),
        Expr::CompoundIdentifier(parts) => parts.last().cloned(),
        _ => None,
    }
}
