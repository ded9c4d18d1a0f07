//! `sql`, `filter`, `sample` and `check`: which rows.

use super::{Effect, Input, Inputs, StepType, one};
use crate::keys::{Key, Shape};
use crate::pandas;
use crate::problem::Problem;
use crate::workflow::Step;

pub(crate) static SQL: StepType = StepType {
    name: "sql",
    aliases: &[("datafusion.sql", &[]), ("query.sql", &[]), ("model", &[])],
    inputs: Inputs::Named,
    effect: Effect::Rows,
    keys: &[Key::new(
        "sql",
        Shape::Text,
        "One SELECT. The names of datasets and steps are tables in it; paths of files are relative to \
         the folder in which pframe was started.",
    )
    .or(&["query", "statement"])
    .required()],
    description: "A query over other steps, files and tables.",
    example: "- name: totals\n  type: sql\n  sql: SELECT region, sum(amount) AS total FROM sales GROUP BY region\n",
    sql: |step, _| {
        let text = step.text("sql").unwrap_or_default();
        Ok(text.trim().trim_end_matches(';').trim_end().to_string())
    },
};

pub(crate) static FILTER: StepType = StepType {
    name: "filter",
    aliases: &[("query", &[])],
    inputs: Inputs::One,
    effect: Effect::Rows,
    keys: &[
        Key::new(
            "query",
            Shape::Text,
            "A condition as pandas' query() takes it, with pandas' meaning of missing values; text that \
             pandas could not read is taken as SQL.",
        )
        .or(&["condition", "expr", "expression"]),
        Key::new("where", Shape::Text, "A condition in SQL."),
    ],
    description: "The rows for which a condition holds.",
    example: "- name: adults\n  type: filter\n  input: people\n  query: age >= 18 and city in ['Rome', 'Oslo']\n",
    sql: filter,
};

pub(crate) static SAMPLE: StepType = StepType {
    name: "sample",
    aliases: &[],
    inputs: Inputs::One,
    effect: Effect::Rows,
    keys: &[
        Key::new("n", Shape::Count, "How many rows.").or(&["rows"]),
        Key::new("fraction", Shape::Number, "Which share of the rows, from 0 to 1.").or(&["frac"]),
        Key::new("seed", Shape::Count, "The same seed draws the same rows of the same input.")
            .or(&["random_state"]),
    ],
    description: "Rows drawn at random, without putting any back.",
    example: "- name: some\n  type: sample\n  input: sales\n  n: 100\n  seed: 7\n",
    sql: sample,
};

pub(crate) static CHECK: StepType = StepType {
    name: "check",
    aliases: &[("test", &[]), ("expect", &[])],
    inputs: Inputs::One,
    effect: Effect::Check,
    keys: &[],
    description: "Expectations about a dataset, listed under `checks`. A failed one of severity error \
                  keeps the steps from running that read the dataset.",
    example: "- name: sound\n  type: check\n  input: sales\n  checks:\n    - not_null: [id, amount]\n    - unique: id\n    - range: {column: amount, min: 0}\n      severity: warn\n",
    sql: |step, inputs| Ok(format!("SELECT * FROM {}", one(step, inputs)?.relation)),
};

fn filter(step: &Step, inputs: &[Input]) -> Result<String, Problem> {
    let input = one(step, inputs)?;
    let condition = match (step.text("query"), step.text("where")) {
        (Some(query), None) => match pandas::to_sql(&query, &input.columns) {
            Ok(condition) => condition,
            // SQL has words and signs that Python does not; what is neither fails as SQL, and says so.
            Err(error) if error.unknown_column => return Err(step.problem_at("query", error)),
            Err(_) => format!("({query})"),
        },
        (None, Some(condition)) => format!("({condition})"),
        _ => return Err(step.problem("it needs either 'query' or 'where'")),
    };
    Ok(format!("SELECT * FROM {} WHERE {condition}", input.relation))
}

fn sample(step: &Step, inputs: &[Input]) -> Result<String, Problem> {
    let relation = &one(step, inputs)?.relation;
    let seed = step.text("seed");
    let repeatable = seed.map(|seed| format!(" REPEATABLE ({seed})")).unwrap_or_default();
    let fraction = step.text("fraction").and_then(|text| text.parse::<f64>().ok());
    match (step.text("n"), fraction) {
        (Some(rows), None) => Ok(format!(
            "SELECT * FROM {relation} AS drawn TABLESAMPLE reservoir({rows} ROWS){repeatable}"
        )),
        (None, Some(fraction)) if (0.0..=1.0).contains(&fraction) => Ok(format!(
            "SELECT * FROM {relation} AS drawn TABLESAMPLE bernoulli({}%){repeatable}",
            fraction * 100.0
        )),
        (None, Some(_)) => Err(step.problem_at("fraction", "a fraction lies between 0 and 1")),
        _ => Err(step.problem("it needs either 'n' or 'fraction'")),
    }
}
