//! `transform`: new columns, and the functions that upstream documents.

use super::{Column, ColumnKind, Effect, Input, Inputs, StepType, names, one, order, pairs};
use crate::keys::{Key, Shape};
use crate::node::Node;
use crate::problem::Problem;
use crate::quote::{identifier, value};
use crate::workflow::Step;

pub(crate) static TRANSFORM: StepType = StepType {
    name: "transform",
    aliases: &[("with_columns", &[]), ("assign", &[]), ("mutate", &[])],
    inputs: Inputs::One,
    effect: Effect::Rows,
    keys: &[
        Key::new(
            "expressions",
            Shape::Scalars,
            "Columns to add or replace: a mapping of names to SQL.",
        )
        .or(&["with", "assign"]),
        Key::new("transforms", Shape::Any, "A list of {column, operation: rename | drop, to}."),
        Key::new(
            "function",
            Shape::Text,
            "add_row_numbers, normalize_columns, encode_categoricals or fill_missing.",
        ),
        Key::new("columns", Shape::Texts, "The columns of the function; all that fit if left out."),
        Key::new("column", Shape::Text, "The name of the column of add_row_numbers; row_number."),
        Key::new("start", Shape::Count, "The first number of add_row_numbers; 1."),
        Key::new(
            "order_by",
            Shape::Any,
            "The order of add_row_numbers and of filling forward or backward.",
        ),
        Key::new(
            "method",
            Shape::Text,
            "min_max or z_score; label; mean, median, mode, forward, backward or value.",
        ),
        Key::new("value", Shape::Text, "What fill_missing with method value puts in."),
    ],
    description: "All columns with some added, replaced, renamed or dropped.",
    example: "- name: priced\n  type: transform\n  input: sales\n  expressions: {net: amount / 1.2, region: upper(region)}\n",
    sql: transform,
};

const FUNCTIONS: [&str; 4] =
    ["add_row_numbers", "normalize_columns", "encode_categoricals", "fill_missing"];

fn transform(step: &Step, inputs: &[Input]) -> Result<String, Problem> {
    let input = one(step, inputs)?;
    let ways = ["expressions", "transforms", "function"];
    let given: Vec<&str> = ways.into_iter().filter(|key| step.parameter(key).is_some()).collect();
    let of_functions = ["columns", "column", "start", "order_by", "method", "value"];
    let used: &[&str] = match (given.as_slice(), step.text("function").as_deref()) {
        (["function"], Some("add_row_numbers")) => &["column", "start", "order_by"],
        (["function"], Some("fill_missing")) => &["columns", "method", "value", "order_by"],
        (["function"], Some(_)) => &["columns", "method"],
        ([_], _) => &[],
        _ => return Err(step.problem("it needs one of 'expressions', 'transforms' and 'function'")),
    };
    if let Some(key) =
        of_functions.iter().find(|key| step.parameter(key).is_some() && !used.contains(*key))
    {
        return Err(step.problem_at(key, format!("'{key}' has no meaning here")));
    }
    match given[0] {
        "expressions" => Ok(with_columns(input, &pairs(step, "expressions"))),
        "transforms" => transforms(step, input),
        _ => function(step, input),
    }
}

/// All columns, those of a given name replaced where they stand, the others added at the end.
fn with_columns(input: &Input, expressions: &[(String, String)]) -> String {
    let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
    let mut items = vec![];
    for column in &input.columns {
        let name = identifier(&column.name);
        items.push(match expressions.iter().find(|(new, _)| same(new, &column.name)) {
            Some((_, expression)) => format!("({expression}) AS {name}"),
            None => name,
        });
    }
    for (name, expression) in expressions {
        if input.column(name).is_none() {
            items.push(format!("({expression}) AS {}", identifier(name)));
        }
    }
    format!("SELECT {} FROM {}", items.join(", "), input.relation)
}

/// Upstream's list, in order: a later entry sees the names that earlier ones gave.
fn transforms(step: &Step, input: &Input) -> Result<String, Problem> {
    let mut current: Vec<(String, String)> =
        input.columns.iter().map(|column| (column.name.clone(), column.name.clone())).collect();
    let entries = step.parameter("transforms").map(Node::items).unwrap_or_default();
    for entry in entries {
        let known = ["column", "operation", "to"];
        if let Some((key, _)) =
            entry.entries().iter().find(|(key, _)| !known.contains(&key.name.as_str()))
        {
            let message = format!("step '{}': a transform has no key '{}'", step.name, key.name);
            return Err(Problem::unknown(key.position, message, &key.name, &known));
        }
        let text = |key: &str| entry.get(key).and_then(Node::scalar);
        let problem = |message: String| {
            Problem::new(entry.position, format!("step '{}': {message}", step.name))
        };
        let Some(column) = text("column") else {
            return Err(problem("a transform needs 'column'".into()));
        };
        let Some(index) = current.iter().position(|(_, name)| name.eq_ignore_ascii_case(&column))
        else {
            let names: Vec<&str> = current.iter().map(|(_, name)| name.as_str()).collect();
            let message = format!("step '{}': column '{column}' does not exist", step.name);
            return Err(Problem::unknown(entry.position, message, &column, &names));
        };
        match (text("operation").as_deref(), text("to")) {
            (Some("rename"), Some(to)) => current[index].1 = to,
            (Some("rename"), None) => return Err(problem("rename needs 'to'".into())),
            (Some("drop"), None) => {
                current.remove(index);
            }
            (Some("drop"), Some(_)) => return Err(problem("drop takes no 'to'".into())),
            (Some(other), _) => {
                let message = format!("step '{}': '{other}' is not an operation", step.name);
                return Err(Problem::unknown(entry.position, message, other, &["rename", "drop"]));
            }
            (None, _) => return Err(problem("a transform needs 'operation'".into())),
        }
    }
    if current.is_empty() {
        return Err(step.problem_at("transforms", "no column would be left"));
    }
    let items: Vec<String> = current
        .iter()
        .map(|(old, new)| format!("{} AS {}", identifier(old), identifier(new)))
        .collect();
    Ok(format!("SELECT {} FROM {}", items.join(", "), input.relation))
}

fn function(step: &Step, input: &Input) -> Result<String, Problem> {
    let function = step.text("function").unwrap_or_default();
    let method = step.text("method").map(|method| method.to_lowercase());
    let method = method.as_deref();
    let order = order::order_by(step, input, "order_by", "LAST")?;
    let numeric = |column: &Column| {
        matches!(column.kind, ColumnKind::Float | ColumnKind::Integer | ColumnKind::Number)
    };
    let chosen = |fits: &dyn Fn(&Column) -> bool| -> Result<Vec<Column>, Problem> {
        let listed = names(step, "columns");
        match listed.is_empty() {
            true => Ok(input.columns.iter().filter(|column| fits(column)).cloned().collect()),
            false => listed
                .iter()
                .map(|name| {
                    let column = input.need(step, "columns", name)?;
                    match fits(column) {
                        true => Ok(column.clone()),
                        false => Err(step.problem_at(
                            "columns",
                            format!("column '{name}' is not one that '{function}' takes"),
                        )),
                    }
                })
                .collect(),
        }
    };
    let unknown_method = |known: &[&str]| {
        let position = step.parameter("method").map_or(step.position, |node| node.position);
        let method = method.unwrap_or_default();
        let message = format!("step '{}': '{method}' is not a method of '{function}'", step.name);
        Problem::unknown(position, message, method, known)
    };
    let over_all = |columns: Vec<Column>, expression: &dyn Fn(&str, &Column) -> String| {
        let expressions: Vec<(String, String)> = columns
            .iter()
            .map(|column| (column.name.clone(), expression(&identifier(&column.name), column)))
            .collect();
        with_columns(input, &expressions)
    };
    match function.as_str() {
        "add_row_numbers" => {
            if order.is_empty() {
                return Err(step.problem("'add_row_numbers' needs 'order_by', because rows have no order of their own"));
            }
            let name = step.text("column").unwrap_or_else(|| "row_number".to_string());
            if input.column(&name).is_some() {
                return Err(step.problem(format!("there is a column '{name}' already; 'column' gives another name")));
            }
            let start = step.text("start").and_then(|text| text.parse::<i64>().ok()).unwrap_or(1);
            let number = format!("CAST(row_number() OVER ({}) AS BIGINT) + {}", order.trim(), start - 1);
            Ok(columns_and(input, &name, &number))
        }
        "normalize_columns" => {
            let columns = chosen(&numeric)?;
            match method {
                None | Some("min_max" | "minmax") => Ok(over_all(columns, &|name, _| {
                    format!(
                        "(CAST({name} AS DOUBLE) - min({name}) OVER ()) / nullif(CAST(max({name}) OVER () - min({name}) OVER () AS DOUBLE), 0)"
                    )
                })),
                Some("z_score" | "zscore") => Ok(over_all(columns, &|name, _| {
                    format!(
                        "(CAST({name} AS DOUBLE) - avg({name}) OVER ()) / nullif(stddev_samp({name}) OVER (), 0)"
                    )
                })),
                _ => Err(unknown_method(&["min_max", "z_score"])),
            }
        }
        "encode_categoricals" => match method {
            None | Some("label") => {
                let text = |column: &Column| matches!(column.kind, ColumnKind::Text);
                Ok(over_all(chosen(&text)?, &|name, _| {
                    format!(
                        "CASE WHEN {name} IS NULL THEN -1 ELSE CAST(dense_rank() OVER (ORDER BY {name} NULLS LAST) AS BIGINT) - 1 END"
                    )
                }))
            }
            Some("onehot" | "one_hot") => Err(step.problem_at(
                "method",
                "onehot makes columns of values that are not known before the run; pivot with 'in' lists them",
            )),
            _ => Err(unknown_method(&["label"])),
        },
        "fill_missing" => fill_missing(step, input, method, &order, &chosen, &unknown_method),
        _ => {
            let position = step.parameter("function").map_or(step.position, |node| node.position);
            let message = format!("step '{}': '{function}' is not a function of transform", step.name);
            Err(Problem::unknown(position, message, &function, &FUNCTIONS))
        }
    }
}

type Chosen<'a> = dyn Fn(&dyn Fn(&Column) -> bool) -> Result<Vec<Column>, Problem> + 'a;

fn fill_missing(
    step: &Step,
    input: &Input,
    method: Option<&str>,
    order: &str,
    chosen: &Chosen<'_>,
    unknown_method: &dyn Fn(&[&str]) -> Problem,
) -> Result<String, Problem> {
    let numeric = |column: &Column| {
        matches!(column.kind, ColumnKind::Float | ColumnKind::Integer | ColumnKind::Number)
    };
    let any = |_: &Column| true;
    // pandas' NaN is missing, too.
    let present = |column: &Column| {
        let name = identifier(&column.name);
        match column.kind {
            ColumnKind::Float => format!("CASE WHEN isnan({name}) THEN NULL ELSE {name} END"),
            _ => name,
        }
    };
    let filled = |columns: Vec<Column>, other: &dyn Fn(&str) -> String| {
        let expressions: Vec<(String, String)> = columns
            .iter()
            .map(|column| {
                let present = present(column);
                (column.name.clone(), format!("coalesce({present}, {})", other(&present)))
            })
            .collect();
        with_columns(input, &expressions)
    };
    let ordered = || match order.is_empty() {
        true => Err(step.problem(
            "filling forward or backward needs 'order_by', because rows have no order of their own",
        )),
        false => Ok(order.trim()),
    };
    if method != Some("value") && method.is_some() && step.parameter("value").is_some() {
        return Err(step.problem_at("value", "'value' goes with method: value"));
    }
    match method {
        None | Some("mean") if step.parameter("value").is_none() => {
            Ok(filled(chosen(&numeric)?, &|present| format!("avg({present}) OVER ()")))
        }
        Some("median") => {
            let columns = chosen(&numeric)?;
            let expressions: Vec<(String, String)> = columns
                .iter()
                .map(|column| {
                    let present = present(column);
                    let median = format!("(SELECT median({present}) FROM {})", input.relation);
                    (column.name.clone(), format!("coalesce({present}, {median})"))
                })
                .collect();
            Ok(with_columns(input, &expressions))
        }
        Some("mode") => {
            let expressions: Vec<(String, String)> = chosen(&any)?
                .iter()
                .map(|column| {
                    let (present, name) = (present(column), identifier(&column.name));
                    // Of several values that are equally frequent, pandas takes the least.
                    let mode = format!(
                        "(SELECT {name} FROM {} WHERE ({present}) IS NOT NULL GROUP BY {name} ORDER BY count(*) DESC, {name} LIMIT 1)",
                        input.relation
                    );
                    (column.name.clone(), format!("coalesce({present}, {mode})"))
                })
                .collect();
            Ok(with_columns(input, &expressions))
        }
        Some("forward" | "ffill") => {
            let order = ordered()?;
            Ok(filled(chosen(&any)?, &|present| {
                format!(
                    "last_value({present}) IGNORE NULLS OVER ({order} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
                )
            }))
        }
        Some("backward" | "bfill") => {
            let order = ordered()?;
            Ok(filled(chosen(&any)?, &|present| {
                format!(
                    "first_value({present}) IGNORE NULLS OVER ({order} ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)"
                )
            }))
        }
        None | Some("value") => match step.parameter("value").and_then(value) {
            Some(value) => Ok(filled(chosen(&any)?, &|_| value.clone())),
            None => Err(step.problem("method: value needs 'value'")),
        },
        _ => Err(unknown_method(&["mean", "median", "mode", "forward", "backward", "value"])),
    }
}

fn columns_and(input: &Input, name: &str, expression: &str) -> String {
    with_columns(input, &[(name.to_string(), expression.to_string())])
}
