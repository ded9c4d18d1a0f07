//! `window`: columns computed over the neighbours of a row.

use super::{Effect, Input, Inputs, StepType, names, one, order, pairs};
use crate::keys::{Key, Shape};
use crate::problem::Problem;
use crate::quote::{identifier, identifiers};
use crate::workflow::Step;

pub(crate) static WINDOW: StepType = StepType {
    name: "window",
    aliases: &[("over", &[])],
    inputs: Inputs::One,
    effect: Effect::Rows,
    keys: &[
        Key::new(
            "columns",
            Shape::Scalars,
            "New columns: a mapping of names to calls in SQL, without OVER.",
        )
        .or(&["functions", "expressions"])
        .required(),
        Key::new("partition_by", Shape::Texts, "The columns of a partition.").or(&["by"]),
        Key::new("order_by", Shape::Any, "The order within a partition."),
        Key::new(
            "frame",
            Shape::Text,
            "A frame in SQL, such as ROWS BETWEEN 6 PRECEDING AND CURRENT ROW.",
        ),
    ],
    description: "All columns and, for each row, functions of the rows around it.",
    example: "- name: running\n  type: window\n  input: sales\n  partition_by: region\n  order_by: sold\n  columns: {so_far: sum(amount), number: row_number()}\n",
    sql: window,
};

fn window(step: &Step, inputs: &[Input]) -> Result<String, Problem> {
    let input = one(step, inputs)?;
    let partition = names(step, "partition_by");
    for name in &partition {
        input.need(step, "partition_by", name)?;
    }
    let mut over = vec![];
    if !partition.is_empty() {
        over.push(format!("PARTITION BY {}", identifiers(&partition)));
    }
    let order = order::order_by(step, input, "order_by", "LAST")?;
    if !order.is_empty() {
        over.push(order.trim().to_string());
    }
    over.extend(step.text("frame"));
    let over = over.join(" ");
    let items: Vec<String> = pairs(step, "columns")
        .iter()
        .map(|(name, call)| format!("{call} OVER ({over}) AS {}", identifier(name)))
        .collect();
    Ok(format!("SELECT *, {} FROM {}", items.join(", "), input.relation))
}
