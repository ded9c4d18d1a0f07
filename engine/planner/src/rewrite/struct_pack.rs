//! `struct_pack(a := 1, b := 'x')`: the struct of these fields.

use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArguments, ObjectNamePart,
};
use extension::{Error, Result};

use super::build::{call, name_of, text};

pub(super) fn rewrite(expr: &mut Expr) -> Result<()> {
    let Expr::Function(function) = expr else { return Ok(()) };
    let [ObjectNamePart::Identifier(name)] = function.name.0.as_slice() else { return Ok(()) };
    if !name.value.eq_ignore_ascii_case("struct_pack") {
        return Ok(());
    }
    let FunctionArguments::List(list) = &function.args else { return Ok(()) };
    let mut fields = Vec::with_capacity(2 * list.args.len());
    for argument in &list.args {
        let FunctionArg::Named { name, arg: FunctionArgExpr::Expr(value), .. } = argument else {
            return Err(Error::invalid_input("struct_pack takes fields with names")
                .with_hint("struct_pack(a := 1, b := 'x'), or {'a': 1, 'b': 'x'}"));
        };
        fields.push(text(name_of(name)));
        fields.push(value.clone());
    }
    *expr = call("named_struct", fields);
    Ok(())
}
