//! `call`: any table function, with datasets as its tables.

use super::{Effect, Input, Inputs, StepType};
use crate::keys::{Key, Shape};
use crate::node::Value;
use crate::problem::Problem;
use crate::quote::argument;
use crate::workflow::Step;

pub(crate) static CALL: StepType = StepType {
    name: "call",
    aliases: &[("function", &[]), ("table_function", &[])],
    inputs: Inputs::Optional,
    effect: Effect::Rows,
    keys: &[
        Key::new("function", Shape::Text, "The function, such as range or pagerank.").required(),
        Key::new(
            "arguments",
            Shape::Any,
            "A list of values, or a mapping of parameters to values.",
        )
        .or(&["args", "with"]),
    ],
    description: "The rows of a table function. Its inputs come first, as tables.",
    example: "- name: numbers\n  type: call\n  function: range\n  arguments: [10]\n",
    sql: call,
};

fn call(step: &Step, inputs: &[Input]) -> Result<String, Problem> {
    let function = step.text("function").unwrap_or_default();
    let plain = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    if function.is_empty() || !function.chars().all(plain) {
        return Err(
            step.problem_at("function", format!("'{function}' is not the name of a function"))
        );
    }
    let mut arguments: Vec<String> =
        inputs.iter().map(|input| format!("(SELECT * FROM {})", input.relation)).collect();
    match step.parameter("arguments").map(|node| (&node.value, node)) {
        Some((Value::Map(entries), _)) => {
            arguments.extend(
                entries.iter().map(|(key, node)| format!("{} => {}", key.name, argument(node))),
            );
        }
        Some((_, node)) => arguments.extend(node.items().iter().map(argument)),
        None => {}
    }
    Ok(format!("SELECT * FROM {function}({})", arguments.join(", ")))
}
