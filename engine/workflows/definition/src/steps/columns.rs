//! `select`, `rename`, `drop` and `cast`: which columns, under which names, of which types.

use super::{Effect, Input, Inputs, StepType, names, one, pairs};
use crate::keys::{Key, Shape};
use crate::node::Value;
use crate::problem::Problem;
use crate::quote::{identifier, identifiers};
use crate::workflow::Step;

pub(crate) static SELECT: StepType = StepType {
    name: "select",
    aliases: &[("project", &[])],
    inputs: Inputs::One,
    effect: Effect::Rows,
    keys: &[
        Key::new(
            "columns",
            Shape::Any,
            "A list of names, a text with commas, or a mapping of old names to new ones.",
        ),
        Key::new("expressions", Shape::Scalars, "New columns: a mapping of names to SQL."),
    ],
    description: "The columns to go on with, in this order.",
    example: "- name: slim\n  type: select\n  input: sales\n  columns: {id: sale_id, amount: amount}\n",
    sql: select,
};

pub(crate) static RENAME: StepType = StepType {
    name: "rename",
    aliases: &[],
    inputs: Inputs::One,
    effect: Effect::Rows,
    keys: &[Key::new("columns", Shape::Scalars, "A mapping of old names to new ones.")
        .or(&["mapping", "rename"])
        .required()],
    description: "Other names for some columns; all columns stay.",
    example: "- name: named\n  type: rename\n  input: sales\n  columns: {amt: amount}\n",
    sql: rename,
};

pub(crate) static DROP: StepType = StepType {
    name: "drop",
    aliases: &[("drop_columns", &[])],
    inputs: Inputs::One,
    effect: Effect::Rows,
    keys: &[Key::new("columns", Shape::Texts, "The columns to leave out.").required()],
    description: "All columns but some.",
    example: "- name: public\n  type: drop\n  input: people\n  columns: [email, phone]\n",
    sql: drop,
};

pub(crate) static CAST: StepType = StepType {
    name: "cast",
    aliases: &[("astype", &[])],
    inputs: Inputs::One,
    effect: Effect::Rows,
    keys: &[
        Key::new("columns", Shape::Scalars, "A mapping of columns to types of SQL.")
            .or(&["types"])
            .required(),
        Key::new(
            "errors",
            Shape::Text,
            "'raise', the default, or 'null' for values that do not fit.",
        ),
    ],
    description: "Other types for some columns; all columns stay.",
    example: "- name: typed\n  type: cast\n  input: sales\n  columns: {sold: DATE, amount: 'DECIMAL(10, 2)'}\n",
    sql: cast,
};

fn select(step: &Step, inputs: &[Input]) -> Result<String, Problem> {
    let input = one(step, inputs)?;
    let mut items = vec![];
    match step.parameter("columns") {
        Some(node) if matches!(node.value, Value::Map(_)) => {
            for (old, new) in node.entries() {
                let Some(new) = new.scalar() else {
                    return Err(Problem::new(new.position, "a new name is a text"));
                };
                input.need(step, "columns", &old.name)?;
                items.push(format!("{} AS {}", identifier(&old.name), identifier(&new)));
            }
        }
        Some(_) => {
            for name in names(step, "columns") {
                input.need(step, "columns", &name)?;
                items.push(identifier(&name));
            }
        }
        None => {}
    }
    for (name, expression) in pairs(step, "expressions") {
        items.push(format!("({expression}) AS {}", identifier(&name)));
    }
    match items.is_empty() {
        true => Err(step.problem("it needs 'columns' or 'expressions'")),
        false => Ok(format!("SELECT {} FROM {}", items.join(", "), input.relation)),
    }
}

fn rename(step: &Step, inputs: &[Input]) -> Result<String, Problem> {
    renamed(step, one(step, inputs)?, "columns", &pairs(step, "columns"))
}

/// All columns, some under other names.
fn renamed(
    step: &Step,
    input: &Input,
    key: &str,
    new_names: &[(String, String)],
) -> Result<String, Problem> {
    for (old, _) in new_names {
        input.need(step, key, old)?;
    }
    let item = |column: &super::Column| {
        let new = new_names.iter().find(|(old, _)| old.eq_ignore_ascii_case(&column.name));
        match new {
            Some((_, new)) => format!("{} AS {}", identifier(&column.name), identifier(new)),
            None => identifier(&column.name),
        }
    };
    let items: Vec<String> = input.columns.iter().map(item).collect();
    Ok(format!("SELECT {} FROM {}", items.join(", "), input.relation))
}

fn drop(step: &Step, inputs: &[Input]) -> Result<String, Problem> {
    without(step, one(step, inputs)?, "columns", &names(step, "columns"))
}

/// All columns but these.
fn without(step: &Step, input: &Input, key: &str, dropped: &[String]) -> Result<String, Problem> {
    for name in dropped {
        input.need(step, key, name)?;
    }
    let kept: Vec<&str> = input
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .filter(|name| !dropped.iter().any(|dropped| dropped.eq_ignore_ascii_case(name)))
        .collect();
    match kept.is_empty() {
        true => Err(step.problem_at(key, "no column would be left")),
        false => Ok(format!("SELECT {} FROM {}", identifiers(kept), input.relation)),
    }
}

fn cast(step: &Step, inputs: &[Input]) -> Result<String, Problem> {
    let input = one(step, inputs)?;
    let function = match step.text("errors").as_deref() {
        None | Some("raise") => "CAST",
        Some("null" | "coerce") => "TRY_CAST",
        Some(_) => return Err(step.problem_at("errors", "'errors' is 'raise' or 'null'")),
    };
    let types = pairs(step, "columns");
    for (name, _) in &types {
        input.need(step, "columns", name)?;
    }
    let item = |column: &super::Column| {
        let name = identifier(&column.name);
        match types.iter().find(|(typed, _)| typed.eq_ignore_ascii_case(&column.name)) {
            Some((_, sql_type)) => format!("{function}({name} AS {sql_type}) AS {name}"),
            None => name,
        }
    };
    let items: Vec<String> = input.columns.iter().map(item).collect();
    Ok(format!("SELECT {} FROM {}", items.join(", "), input.relation))
}
