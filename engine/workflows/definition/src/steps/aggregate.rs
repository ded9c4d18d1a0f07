//! `groupby`, `pivot` and `describe`: rows put together.

use super::{Column, ColumnKind, Effect, Input, Inputs, StepType, names, one, order};
use crate::keys::{Key, Shape};
use crate::node::{Node, Value};
use crate::problem::Problem;
use crate::quote::{identifier, identifiers, value};
use crate::workflow::Step;

const ORDER: Key = Key::new(
    "order_by",
    Shape::Any,
    "The order that says which value is the first or last; needed for these two.",
);

pub(crate) static GROUPBY: StepType = StepType {
    name: "groupby",
    aliases: &[("group_by", &[]), ("groupby_agg", &[]), ("aggregate", &[])],
    inputs: Inputs::One,
    effect: Effect::Rows,
    keys: &[
        Key::new("by", Shape::Texts, "The columns of a group.")
            .or(&["groupby", "group_by"])
            .required(),
        Key::new(
            "agg",
            Shape::Any,
            "A function for all other columns, {column: function}, {column: [functions]}, or \
             {name: '(column, function)'}; count if left out. Several functions of a column make \
             `column_function`.",
        )
        .or(&["aggregations", "aggs"]),
        ORDER,
        Key::new("dropna", Shape::Bool, "Whether groups with a missing key are left out; true."),
        Key::new("sort", Shape::Bool, "Whether the groups come in the order of their keys; true."),
    ],
    description: "One row a group, with pandas' meaning: missing values are passed over, `count` counts \
                  the others, `std` and `var` are those of a sample, the sum of nothing is 0.",
    example: "- name: totals\n  type: groupby\n  input: sales\n  by: [region]\n  agg:\n    amount: [sum, mean]\n    orders: '(id, count)'\n",
    sql: groupby,
};

pub(crate) static PIVOT: StepType = StepType {
    name: "pivot",
    aliases: &[("pivot_table", &[])],
    inputs: Inputs::One,
    effect: Effect::Rows,
    keys: &[
        Key::new("index", Shape::Texts, "The columns of a row.").or(&["by"]).required(),
        Key::new("columns", Shape::Text, "The column whose values become columns.")
            .or(&["on"])
            .required(),
        Key::new(
            "in",
            Shape::Any,
            "These values, as a list: the columns are known before the run.",
        )
        .or(&["categories"])
        .required(),
        Key::new("values", Shape::Text, "The column that fills them.").required(),
        Key::new("agg", Shape::Text, "The function of several values; mean, as in pandas.")
            .or(&["aggfunc"]),
        ORDER,
    ],
    description: "Values of a column as columns.",
    example: "- name: wide\n  type: pivot\n  input: sales\n  index: region\n  columns: year\n  in: [2024, 2025]\n  values: amount\n  agg: sum\n",
    sql: pivot,
};

pub(crate) static DESCRIBE: StepType = StepType {
    name: "describe",
    aliases: &[("summarize", &[])],
    inputs: Inputs::One,
    effect: Effect::Rows,
    keys: &[],
    description: "One row a column: type, extremes, distinct values, mean, quartiles, NULLs.",
    example: "- name: profile\n  type: describe\n  input: sales\n",
    sql: |step, inputs| {
        Ok(format!("SELECT * FROM summarize((SELECT * FROM {}))", one(step, inputs)?.relation))
    },
};

/// Functions of a group, for messages.
const FUNCTIONS: [&str; 15] = [
    "count", "size", "sum", "mean", "median", "min", "max", "std", "var", "first", "last",
    "nunique", "any", "all", "mode",
];

/// A function of a column's values in a group, under a condition if there is one.
fn call(
    step: &Step,
    node: &Node,
    function: &str,
    column: &Column,
    condition: Option<&str>,
    order: &str,
) -> Result<String, Problem> {
    let problem =
        |message: String| Problem::new(node.position, format!("step '{}': {message}", step.name));
    let name = identifier(&column.name);
    let numeric =
        matches!(column.kind, ColumnKind::Float | ColumnKind::Integer | ColumnKind::Number);
    let function = function.trim().to_lowercase();
    if matches!(
        function.as_str(),
        "sum" | "mean" | "avg" | "average" | "median" | "std" | "stddev" | "var" | "variance"
    ) && !numeric
        && !(column.kind == ColumnKind::Bool && matches!(function.as_str(), "sum" | "mean"))
    {
        return Err(problem(format!(
            "'{function}' needs numbers, and column '{}' holds none",
            column.name
        )));
    }
    if matches!(function.as_str(), "any" | "all") && column.kind != ColumnKind::Bool {
        return Err(problem(format!(
            "'{function}' needs true and false, and column '{}' holds neither",
            column.name
        )));
    }
    let operand = match column.kind {
        ColumnKind::Bool if matches!(function.as_str(), "sum" | "mean") => {
            format!("CAST({name} AS BIGINT)")
        }
        _ => name.clone(),
    };
    let mut conditions: Vec<String> = condition.map(str::to_string).into_iter().collect();
    if column.kind == ColumnKind::Float && function != "size" {
        conditions.push(format!("NOT isnan({name})"));
    }
    let ordered = matches!(function.as_str(), "first" | "last");
    if ordered {
        conditions.push(format!("{name} IS NOT NULL"));
    }
    let filter = match conditions.is_empty() {
        true => String::new(),
        false => format!(" FILTER (WHERE {})", conditions.join(" AND ")),
    };
    if ordered && order.is_empty() {
        return Err(problem(format!(
            "'{function}' needs 'order_by', because rows have no order of their own"
        )));
    }
    Ok(match function.as_str() {
        "count" => format!("count({name}){filter}"),
        "size" => format!("count(*){filter}"),
        "sum" => {
            let zero = format!("coalesce(sum({operand}){filter}, 0)");
            match column.kind {
                ColumnKind::Integer | ColumnKind::Bool => format!("CAST({zero} AS BIGINT)"),
                _ => zero,
            }
        }
        "mean" | "avg" | "average" => format!("avg({operand}){filter}"),
        "median" => format!("median({name}){filter}"),
        "min" => format!("min({name}){filter}"),
        "max" => format!("max({name}){filter}"),
        "std" | "stddev" => format!("stddev_samp({name}){filter}"),
        "var" | "variance" => format!("var_samp({name}){filter}"),
        "first" => format!("first_value({name}{order}){filter}"),
        "last" => format!("last_value({name}{order}){filter}"),
        "nunique" | "count_distinct" => format!("count(DISTINCT {name}){filter}"),
        "any" => format!("coalesce(bool_or({name}){filter}, false)"),
        "all" => format!("coalesce(bool_and({name}){filter}, true)"),
        "mode" => format!("mode({name}){filter}"),
        _ => {
            return Err(Problem::unknown(
                node.position,
                format!("step '{}': '{function}' is not a function of a group", step.name),
                &function,
                &FUNCTIONS,
            ));
        }
    })
}

/// The texts of a function, or of a list of them.
fn functions(step: &Step, node: &Node) -> Result<Vec<String>, Problem> {
    let texts: Option<Vec<String>> = node.items().iter().map(Node::scalar).collect();
    texts.filter(|texts| !texts.is_empty()).ok_or_else(|| {
        Problem::new(
            node.position,
            format!("step '{}': expected a function or a list of them", step.name),
        )
    })
}

/// `(column, function)`, as named aggregations are written.
fn named(text: &str) -> Option<(String, String)> {
    let inner = text.trim().strip_prefix('(')?.strip_suffix(')')?;
    let (column, function) = inner.split_once(',')?;
    let bare = |text: &str| text.trim().trim_matches(['\'', '"']).to_string();
    Some((bare(column), bare(function)))
}

fn groupby(step: &Step, inputs: &[Input]) -> Result<String, Problem> {
    let input = one(step, inputs)?;
    let by = names(step, "by");
    let mut conditions = vec![];
    for key in &by {
        let column = input.need(step, "by", key)?;
        conditions.push(format!("{} IS NOT NULL", identifier(key)));
        if column.kind == ColumnKind::Float {
            conditions.push(format!("NOT isnan({})", identifier(key)));
        }
    }
    let order = order::order_by(step, input, "order_by", "LAST")?;
    let is_key = |column: &&Column| by.iter().any(|key| key.eq_ignore_ascii_case(&column.name));
    let mut items: Vec<String> = by.iter().map(|key| identifier(key)).collect();
    let count = Node { value: Value::Text("count".into()), position: step.position };
    let agg = step.parameter("agg").unwrap_or(&count);
    match &agg.value {
        Value::Map(entries) => {
            for (key, node) in entries {
                let functions = functions(step, node)?;
                if let Some((column, function)) = functions.first().and_then(|text| named(text)) {
                    let column = input.need(step, "agg", &column)?;
                    let call = call(step, node, &function, column, None, &order)?;
                    items.push(format!("{call} AS {}", identifier(&key.name)));
                    continue;
                }
                let column = input.column(&key.name).ok_or_else(|| {
                    let names: Vec<&str> =
                        input.columns.iter().map(|column| column.name.as_str()).collect();
                    let message =
                        format!("step '{}': column '{}' does not exist", step.name, key.name);
                    Problem::unknown(key.position, message, &key.name, &names)
                })?;
                let several = matches!(node.value, Value::List(_));
                for function in functions {
                    let call = call(step, node, &function, column, None, &order)?;
                    let name = match several {
                        true => format!("{}_{}", key.name, function.trim()),
                        false => key.name.clone(),
                    };
                    items.push(format!("{call} AS {}", identifier(&name)));
                }
            }
        }
        _ => {
            let functions = functions(step, agg)?;
            let several = matches!(agg.value, Value::List(_));
            for column in input.columns.iter().filter(|column| !is_key(column)) {
                for function in &functions {
                    let call = call(step, agg, function, column, None, &order)?;
                    let name = match several {
                        true => format!("{}_{}", column.name, function.trim()),
                        false => column.name.clone(),
                    };
                    items.push(format!("{call} AS {}", identifier(&name)));
                }
            }
        }
    }
    let filter = match step.text("dropna").as_deref() {
        Some("false") => String::new(),
        _ => format!(" WHERE {}", conditions.join(" AND ")),
    };
    let keys = identifiers(&by);
    let sort = match step.text("sort").as_deref() {
        Some("false") => String::new(),
        _ => format!(
            " ORDER BY {}",
            by.iter()
                .map(|key| format!("{} NULLS LAST", identifier(key)))
                .collect::<Vec<_>>()
                .join(", ")
        ),
    };
    Ok(format!("SELECT {} FROM {}{filter} GROUP BY {keys}{sort}", items.join(", "), input.relation))
}

fn pivot(step: &Step, inputs: &[Input]) -> Result<String, Problem> {
    let input = one(step, inputs)?;
    let index = names(step, "index");
    for name in &index {
        input.need(step, "index", name)?;
    }
    let over = step.text("columns").unwrap_or_default();
    input.need(step, "columns", &over)?;
    let filled = input.need(step, "values", &step.text("values").unwrap_or_default())?;
    let function = step.text("agg").unwrap_or_else(|| "mean".to_string());
    let order = order::order_by(step, input, "order_by", "LAST")?;
    let Some(list) = step.parameter("in") else { return Err(step.problem("it needs 'in'")) };
    let mut items: Vec<String> = index.iter().map(|name| identifier(name)).collect();
    for node in list.items() {
        let (Some(name), Some(value)) = (node.scalar(), value(node)) else {
            return Err(Problem::new(node.position, "'in' takes a list of values"));
        };
        let condition = format!("{} = {value}", identifier(&over));
        let call = call(
            step,
            step.parameter("agg").unwrap_or(node),
            &function,
            filled,
            Some(&condition),
            &order,
        )?;
        // A group without such rows is empty in pandas, even where the sum of nothing is 0.
        items.push(format!(
            "CASE WHEN count(*) FILTER (WHERE {condition}) > 0 THEN {call} END AS {}",
            identifier(&name)
        ));
    }
    let keys = identifiers(&index);
    Ok(format!(
        "SELECT {} FROM {} GROUP BY {keys} ORDER BY {keys}",
        items.join(", "),
        input.relation
    ))
}
