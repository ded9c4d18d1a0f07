//! `join` and `union`: rows of several datasets.

use super::{Effect, Input, Inputs, StepType, names};
use crate::keys::{Key, Shape};
use crate::problem::Problem;
use crate::quote::identifier;
use crate::workflow::Step;

pub(crate) static JOIN: StepType = StepType {
    name: "join",
    aliases: &[("merge", &[])],
    inputs: Inputs::Two,
    effect: Effect::Rows,
    keys: &[
        Key::new("left", Shape::Text, "The first dataset, in the place of `inputs`."),
        Key::new("right", Shape::Text, "The second dataset."),
        Key::new("on", Shape::Texts, "Columns that both have."),
        Key::new("left_on", Shape::Texts, "Columns of the first."),
        Key::new("right_on", Shape::Texts, "Columns of the second."),
        Key::new(
            "how",
            Shape::Text,
            "inner, the default, left, right, outer, semi, anti or cross.",
        ),
        Key::new(
            "suffixes",
            Shape::Texts,
            "What is put behind names that both have; ['_x', '_y'].",
        ),
    ],
    description: "Pairs of rows with the same values. A column of `on` comes once; NULLs match nothing.",
    example: "- name: enriched\n  type: join\n  inputs: [sales, customers]\n  on: customer_id\n  how: left\n",
    sql: join,
};

pub(crate) static UNION: StepType = StepType {
    name: "union",
    aliases: &[("concat", &[])],
    inputs: Inputs::Many,
    effect: Effect::Rows,
    keys: &[
        Key::new(
            "by_name",
            Shape::Bool,
            "Whether columns go by name, the default, or by position.",
        ),
        Key::new("distinct", Shape::Bool, "Whether equal rows come once; false if left out."),
    ],
    description: "The rows of all inputs, one after the other. A column that an input lacks is NULL there.",
    example: "- name: all_sales\n  type: union\n  inputs: [sales_2024, sales_2025]\n",
    sql: |step, inputs| {
        if inputs.len() < 2 {
            return Err(step.problem("it reads two datasets or more"));
        }
        let is = |key: &str, default: bool| step.text(key).map_or(default, |text| text == "true");
        let all = if is("distinct", false) { "" } else { " ALL" };
        let by_name = if is("by_name", true) { " BY NAME" } else { "" };
        let parts: Vec<String> =
            inputs.iter().map(|input| format!("SELECT * FROM {}", input.relation)).collect();
        Ok(parts.join(&format!(" UNION{all}{by_name} ")))
    },
};

fn join(step: &Step, inputs: &[Input]) -> Result<String, Problem> {
    let [left, right] = inputs else {
        return Err(step.problem("it reads two datasets"));
    };
    let how = step.text("how").unwrap_or_else(|| "inner".to_string()).to_lowercase();
    let (on, left_on, right_on) =
        (names(step, "on"), names(step, "left_on"), names(step, "right_on"));
    let cross = how == "cross";
    let keys: Vec<(String, String)> = match (on.is_empty(), left_on.len() == right_on.len()) {
        (false, _) if left_on.is_empty() && right_on.is_empty() => {
            on.iter().map(|name| (name.clone(), name.clone())).collect()
        }
        (true, true) if !left_on.is_empty() || cross => left_on.into_iter().zip(right_on).collect(),
        (true, false) => {
            return Err(step.problem("'left_on' and 'right_on' have the same number of columns"));
        }
        _ => return Err(step.problem("it needs either 'on' or 'left_on' and 'right_on'")),
    };
    if cross != keys.is_empty() {
        return Err(step.problem("a cross join has no columns to join on"));
    }
    let mut conditions = vec![];
    for (first, second) in &keys {
        let key = if on.is_empty() { "left_on" } else { "on" };
        left.need(step, key, first)?;
        right.need(step, if on.is_empty() { "right_on" } else { "on" }, second)?;
        conditions.push(format!("l.{} = r.{}", identifier(first), identifier(second)));
    }
    let verb = match how.as_str() {
        "inner" => "JOIN",
        "left" => "LEFT JOIN",
        "right" => "RIGHT JOIN",
        "outer" | "full" => "FULL JOIN",
        "cross" => "CROSS JOIN",
        "semi" => "SEMI JOIN",
        "anti" => "ANTI JOIN",
        _ => {
            let known = ["inner", "left", "right", "outer", "semi", "anti", "cross"];
            let message = format!("step '{}': '{how}' is not a way to join", step.name);
            let position = step.parameter("how").map_or(step.position, |node| node.position);
            return Err(Problem::unknown(position, message, &how, &known));
        }
    };
    let condition = match conditions.is_empty() {
        true => String::new(),
        false => format!(" ON {}", conditions.join(" AND ")),
    };
    let columns = match how.as_str() {
        "semi" | "anti" => "l.*".to_string(),
        _ => output(step, left, right, &on, &how)?,
    };
    Ok(format!(
        "SELECT {columns} FROM {} AS l {verb} {} AS r{condition}",
        left.relation, right.relation
    ))
}

/// The columns of both: those of `on` once, other names of both with a suffix.
fn output(
    step: &Step,
    left: &Input,
    right: &Input,
    on: &[String],
    how: &str,
) -> Result<String, Problem> {
    let suffixes = step.texts("suffixes");
    let (first, second) = match suffixes.as_slice() {
        [] => ("_x".to_string(), "_y".to_string()),
        [first, second] => (first.clone(), second.clone()),
        _ => return Err(step.problem_at("suffixes", "there are two suffixes")),
    };
    let joined = |name: &str| on.iter().any(|joined| joined.eq_ignore_ascii_case(name));
    let mut items = vec![];
    for column in &left.columns {
        let name = identifier(&column.name);
        items.push(match (joined(&column.name), right.column(&column.name)) {
            (true, Some(other)) => {
                let other = identifier(&other.name);
                match how {
                    "right" => format!("r.{other} AS {name}"),
                    "outer" | "full" => format!("coalesce(l.{name}, r.{other}) AS {name}"),
                    _ => format!("l.{name} AS {name}"),
                }
            }
            (false, Some(_)) => {
                format!("l.{name} AS {}", identifier(&format!("{}{first}", column.name)))
            }
            _ => format!("l.{name} AS {name}"),
        });
    }
    for column in right.columns.iter().filter(|column| !joined(&column.name)) {
        let suffix = if left.column(&column.name).is_some() { second.as_str() } else { "" };
        items.push(format!(
            "r.{} AS {}",
            identifier(&column.name),
            identifier(&format!("{}{suffix}", column.name))
        ));
    }
    Ok(items.join(", "))
}
