//! The types of steps: each is a value in a file, and [`STEP_TYPES`] is the one list of them.
//!
//! A step that makes rows is a query over its inputs; one that keeps them, such as `save`, is a
//! statement. Both are SQL text, so a step means exactly what the SQL means that `workflow plan` shows.

mod aggregate;
mod call;
mod columns;
mod join;
mod order;
mod read;
mod rows;
mod save;
mod transform;
mod window;

use crate::keys::Key;
use crate::problem::Problem;
use crate::workflow::Step;

/// How many datasets a step reads by `input`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inputs {
    /// None: it reads files.
    None,
    /// One.
    One,
    /// Two.
    Two,
    /// Two or more.
    Many,
    /// Those that its SQL names; more may be listed.
    Named,
    /// None or one.
    Optional,
}

/// What a step leaves behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Rows for other steps.
    Rows,
    /// Files or a table.
    Sink,
    /// The word of its checks.
    Check,
}

/// The values that an alias implies.
pub(crate) type Implied = &'static [(&'static str, &'static str)];

/// A type of step.
#[derive(Debug)]
pub struct StepType {
    /// The name.
    pub name: &'static str,
    /// Other spellings and the keys that they set.
    pub aliases: &'static [(&'static str, &'static [(&'static str, &'static str)])],
    /// What it reads.
    pub inputs: Inputs,
    /// What it leaves.
    pub effect: Effect,
    /// Its own keys, beside those of every step.
    pub keys: &'static [Key],
    /// What it does.
    pub description: &'static str,
    /// A step of it in YAML.
    pub example: &'static str,
    /// Its SQL.
    pub sql: fn(&Step, &[Input]) -> Result<String, Problem>,
}

impl PartialEq for StepType {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// A dataset as a step sees it.
#[derive(Debug, Clone)]
pub struct Input {
    /// The relation, quoted.
    pub relation: String,
    /// Its columns.
    pub columns: Vec<Column>,
}

impl Input {
    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        let exact = self.columns.iter().find(|column| column.name == name);
        exact.or_else(|| self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name)))
    }

    /// The column of that name, or a problem that says which there are.
    pub(crate) fn need(&self, step: &Step, key: &str, name: &str) -> Result<&Column, Problem> {
        self.column(name).ok_or_else(|| {
            let names: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
            let position = step.parameter(key).map_or(step.position, |node| node.position);
            let message = format!("step '{}': column '{name}' does not exist", step.name);
            Problem::unknown(position, message, name, &names)
        })
    }
}

/// A column of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What values it holds.
    pub kind: ColumnKind,
}

/// What values a column holds, as far as steps care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Floating point, where pandas' NaN may stand.
    Float,
    /// Whole numbers.
    Integer,
    /// Other numbers.
    Number,
    /// Text.
    Text,
    /// True and false.
    Bool,
    /// Dates and times.
    Time,
    /// Anything else.
    Other,
}

/// The list, in the order of the manual.
pub static STEP_TYPES: [&StepType; 22] = [
    &read::READ,
    &read::HTTP_GET,
    &rows::SQL,
    &rows::FILTER,
    &columns::SELECT,
    &columns::RENAME,
    &columns::DROP,
    &columns::CAST,
    &transform::TRANSFORM,
    &aggregate::GROUPBY,
    &aggregate::DESCRIBE,
    &join::JOIN,
    &join::UNION,
    &order::SORT,
    &order::LIMIT,
    &order::DISTINCT,
    &window::WINDOW,
    &aggregate::PIVOT,
    &rows::SAMPLE,
    &call::CALL,
    &save::SAVE,
    &rows::CHECK,
];

/// The type that a file spells so, and what the spelling implies.
pub(crate) fn find(spelled: &str) -> Option<(&'static StepType, Implied)> {
    let spelled = spelled.to_lowercase();
    STEP_TYPES.iter().find_map(|step_type| {
        if step_type.name == spelled {
            return Some((*step_type, [].as_slice()));
        }
        let alias = step_type.aliases.iter().find(|(alias, _)| *alias == spelled)?;
        Some((*step_type, alias.1))
    })
}

/// Every spelling of every type.
pub(crate) fn spellings() -> Vec<&'static str> {
    let all = |step_type: &&'static StepType| {
        std::iter::once(step_type.name).chain(step_type.aliases.iter().map(|(alias, _)| *alias))
    };
    STEP_TYPES.iter().flat_map(all).collect()
}

/// The only input.
pub(crate) fn one<'a>(step: &Step, inputs: &'a [Input]) -> Result<&'a Input, Problem> {
    match inputs {
        [input] => Ok(input),
        _ => Err(step.problem("it reads exactly one dataset")),
    }
}

/// Names separated by commas within a text, or a list of names.
pub(crate) fn names(step: &Step, key: &str) -> Vec<String> {
    step.texts(key)
        .iter()
        .flat_map(|text| text.split(','))
        .map(|name| name.trim().to_string())
        .filter(|name| !name.is_empty())
        .collect()
}

/// A mapping of names to texts.
pub(crate) fn pairs(step: &Step, key: &str) -> Vec<(String, String)> {
    let entries = step.parameter(key).map(|node| node.entries()).unwrap_or_default();
    entries.iter().filter_map(|(name, node)| Some((name.name.clone(), node.scalar()?))).collect()
}
