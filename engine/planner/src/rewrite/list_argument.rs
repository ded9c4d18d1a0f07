//! Calls that answer with a struct because an argument is a list of names: `date_part(['year', 'month'], d)`
//! and `regexp_extract(s, '(\d+)-(\d+)', ['y', 'm'])`; and `unnest(l, max_depth := 2)`, which flattens first.

use datafusion::sql::sqlparser::ast::{
    Array, DateTimeField, Expr, ExtractSyntax, Function, FunctionArg, FunctionArgExpr,
    FunctionArguments, Ident, Value, ValueWithSpan,
};
use extension::Result;

use super::build::{argument, arguments_of, call, number, text};
use super::operator::constant_text;

pub(super) fn rewrite(expr: &mut Expr) -> Result<()> {
    let Expr::Function(function) = expr else { return Ok(()) };
    if function.over.is_some() {
        return Ok(());
    }
    let rewritten = match function.name.to_string().to_lowercase().as_str() {
        "date_part" | "datepart" => parts_of_a_date(function),
        "regexp_extract" => groups_of_a_match(function),
        "unnest" => {
            flatten(function);
            None
        }
        _ => None,
    };
    if let Some(rewritten) = rewritten {
        *expr = rewritten;
    }
    Ok(())
}

/// Parts of dates that DataFusion's `date_part` does not know.
const OTHER_PARTS: [&str; 10] = [
    "decade",
    "decades",
    "century",
    "centuries",
    "millennium",
    "millennia",
    "era",
    "julian",
    "yearweek",
    "timezone",
];

fn parts_of_a_date(function: &Function) -> Option<Expr> {
    let arguments = arguments_of(function)?;
    let [parts, date] = arguments.as_slice() else { return None };
    if let Some(part) = constant_text(parts) {
        // The planner asks us about these where EXTRACT names them, and DataFusion's function has not all.
        let part = part.to_lowercase();
        return OTHER_PARTS.contains(&part.as_str()).then(|| Expr::Extract {
            field: DateTimeField::Custom(Ident::new(part)),
            syntax: ExtractSyntax::From,
            expr: Box::new((*date).clone()),
        });
    }
    let fields = names(parts)?.into_iter().flat_map(|part| {
        let value = call("date_part", vec![text(part), (*date).clone()]);
        [text(part), value]
    });
    Some(call("named_struct", fields.collect()))
}

fn groups_of_a_match(function: &Function) -> Option<Expr> {
    let arguments = arguments_of(function)?;
    let (value, pattern, groups, options) = match arguments.as_slice() {
        [value, pattern, groups] => (value, pattern, groups, None),
        [value, pattern, groups, options] => (value, pattern, groups, Some(*options)),
        _ => return None,
    };
    let fields = names(groups)?.into_iter().enumerate().flat_map(|(index, name)| {
        let mut given = vec![(*value).clone(), (*pattern).clone(), number(index + 1)];
        given.extend(options.cloned());
        [text(name), call("regexp_extract", given)]
    });
    Some(call("named_struct", fields.collect()))
}

/// The texts of a list of constants.
fn names(expr: &Expr) -> Option<Vec<&str>> {
    let Expr::Array(Array { elem, .. }) = expr else { return None };
    match elem.is_empty() {
        true => None,
        false => elem.iter().map(constant_text).collect(),
    }
}

/// Takes `max_depth` out of the arguments, and a level out of the list for each one after the first.
fn flatten(function: &mut Function) {
    let FunctionArguments::List(list) = &mut function.args else { return };
    let [FunctionArg::Unnamed(FunctionArgExpr::Expr(value)), depth] = list.args.as_slice() else {
        return;
    };
    let (FunctionArg::Named { name, arg, .. }
    | FunctionArg::ExprNamed { name: Expr::Identifier(name), arg, .. }) = depth
    else {
        return;
    };
    let FunctionArgExpr::Expr(Expr::Value(ValueWithSpan {
        value: Value::Number(depth, _), ..
    })) = arg
    else {
        return;
    };
    let Ok(depth @ 1..=16) = depth.parse::<usize>() else { return };
    if !name.value.eq_ignore_ascii_case("max_depth") {
        return;
    }
    let flat = (1..depth).fold(value.clone(), |list, _| call("flatten", vec![list]));
    list.args = vec![argument(flat)];
}
