//! `sort`, `limit` and `distinct`: rows in order.

use super::{Effect, Input, Inputs, StepType, names, one};
use crate::keys::{Key, Shape};
use crate::node::{Node, Value};
use crate::problem::Problem;
use crate::quote::{identifier, identifiers};
use crate::workflow::Step;

pub(crate) static SORT: StepType = StepType {
    name: "sort",
    aliases: &[("sort_values", &[]), ("order_by", &[])],
    inputs: Inputs::One,
    effect: Effect::Rows,
    keys: &[
        Key::new("by", Shape::Any, "Columns; 'name desc' or {name: desc} sorts the other way.")
            .or(&["columns", "order_by"])
            .required(),
        Key::new("ascending", Shape::Any, "true, false, or one of them for each column."),
        Key::new("nulls", Shape::Text, "'last', the default, or 'first'."),
    ],
    description: "The rows in an order. A later step keeps it only where it says so, as limit and save do.",
    example: "- name: ranked\n  type: sort\n  input: totals\n  by: [total desc, region]\n",
    sql: sort,
};

pub(crate) static LIMIT: StepType = StepType {
    name: "limit",
    aliases: &[("head", &[])],
    inputs: Inputs::One,
    effect: Effect::Rows,
    keys: &[
        Key::new("n", Shape::Count, "How many rows.").or(&["rows", "limit"]).required(),
        Key::new("offset", Shape::Count, "How many rows to pass over first."),
    ],
    description: "The first rows: of a sort those that it put first, else any.",
    example: "- name: best\n  type: limit\n  input: ranked\n  n: 10\n",
    sql: |step, inputs| {
        let offset = step.text("offset").map(|rows| format!(" OFFSET {rows}")).unwrap_or_default();
        let rows = step.text("n").unwrap_or_default();
        Ok(format!("SELECT * FROM {} LIMIT {rows}{offset}", one(step, inputs)?.relation))
    },
};

pub(crate) static DISTINCT: StepType = StepType {
    name: "distinct",
    aliases: &[("drop_duplicates", &[]), ("deduplicate", &[])],
    inputs: Inputs::One,
    effect: Effect::Rows,
    keys: &[
        Key::new("subset", Shape::Texts, "Columns by which rows are the same; all if left out.")
            .or(&["columns", "by"]),
        Key::new(
            "order_by",
            Shape::Any,
            "Which of the rows with the same subset stays: the first.",
        ),
    ],
    description: "Each row once. With a subset, `order_by` says which row of several stays.",
    example: "- name: latest\n  type: distinct\n  input: events\n  subset: user\n  order_by: at desc\n",
    sql: distinct,
};

/// The terms of ORDER BY: `name`, `name desc`, or `{name: desc}`.
pub(super) fn terms(step: &Step, key: &str) -> Result<Vec<(String, bool)>, Problem> {
    let Some(node) = step.parameter(key) else { return Ok(vec![]) };
    let direction = |node: &Node, word: &str| match word.to_lowercase().as_str() {
        "asc" | "ascending" => Ok(false),
        "desc" | "descending" => Ok(true),
        _ => Err(Problem::new(
            node.position,
            format!("step '{}': '{word}' is neither asc nor desc", step.name),
        )),
    };
    let mut terms = vec![];
    let items = match &node.value {
        Value::Map(_) => std::slice::from_ref(node),
        _ => node.items(),
    };
    for item in items {
        if let Value::Map(entries) = &item.value {
            for (name, word) in entries {
                let word_text = word.scalar().unwrap_or_default();
                terms.push((name.name.clone(), direction(word, &word_text)?));
            }
            continue;
        }
        let text = item.scalar().unwrap_or_default();
        for term in text.split(',').map(str::trim).filter(|term| !term.is_empty()) {
            match term.rsplit_once(' ') {
                Some((name, word)) if direction(item, word).is_ok() => {
                    terms.push((name.trim().to_string(), direction(item, word)?));
                }
                _ => terms.push((term.to_string(), false)),
            }
        }
    }
    Ok(terms)
}

/// ORDER BY of a key, or nothing without it. Missing values come last, as in pandas.
pub(super) fn order_by(
    step: &Step,
    input: &Input,
    key: &str,
    nulls: &str,
) -> Result<String, Problem> {
    let mut items = vec![];
    for (name, descending) in terms(step, key)? {
        input.need(step, key, &name)?;
        let direction = if descending { "DESC" } else { "ASC" };
        items.push(format!("{} {direction} NULLS {nulls}", identifier(&name)));
    }
    Ok(match items.is_empty() {
        true => String::new(),
        false => format!(" ORDER BY {}", items.join(", ")),
    })
}

fn sort(step: &Step, inputs: &[Input]) -> Result<String, Problem> {
    let input = one(step, inputs)?;
    let nulls = match step.text("nulls").map(|text| text.to_lowercase()).as_deref() {
        None | Some("last") => "LAST",
        Some("first") => "FIRST",
        Some(_) => return Err(step.problem_at("nulls", "'nulls' is 'first' or 'last'")),
    };
    let order = match step.parameter("ascending") {
        None => order_by(step, input, "by", nulls)?,
        Some(node) => {
            let columns = terms(step, "by")?;
            let flags: Option<Vec<bool>> = node
                .items()
                .iter()
                .map(|item| match item.value {
                    Value::Bool(flag) => Some(flag),
                    _ => None,
                })
                .collect();
            let flags = flags.filter(|flags| flags.len() == 1 || flags.len() == columns.len());
            let Some(flags) = flags else {
                return Err(step.problem_at(
                    "ascending",
                    "'ascending' is true, false, or one of them for each column",
                ));
            };
            let mut items = vec![];
            for (index, (name, _)) in columns.iter().enumerate() {
                input.need(step, "by", name)?;
                let flag = flags.get(index).or(flags.first()).copied().unwrap_or(true);
                let direction = if flag { "ASC" } else { "DESC" };
                items.push(format!("{} {direction} NULLS {nulls}", identifier(name)));
            }
            format!(" ORDER BY {}", items.join(", "))
        }
    };
    Ok(format!("SELECT * FROM {}{order}", input.relation))
}

fn distinct(step: &Step, inputs: &[Input]) -> Result<String, Problem> {
    let input = one(step, inputs)?;
    let subset = names(step, "subset");
    let order = order_by(step, input, "order_by", "LAST")?;
    match (subset.is_empty(), order.is_empty()) {
        (true, true) => Ok(format!("SELECT DISTINCT * FROM {}", input.relation)),
        (true, false) => Err(step.problem_at("order_by", "'order_by' needs 'subset'")),
        (false, true) => Err(step.problem("'subset' needs 'order_by', which says which row stays")),
        (false, false) => {
            for name in &subset {
                input.need(step, "subset", name)?;
            }
            let partition = identifiers(&subset);
            let columns = identifiers(input.columns.iter().map(|column| &column.name));
            Ok(format!(
                "SELECT {columns} FROM (SELECT *, row_number() OVER (PARTITION BY {partition}{order}) \
                 AS \"__row_of_subset\" FROM {}) AS numbered WHERE \"__row_of_subset\" = 1",
                input.relation
            ))
        }
    }
}
