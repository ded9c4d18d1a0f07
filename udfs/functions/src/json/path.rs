//! Paths into JSON: `$.a[0].*`, `/a/0`, or a key.

use extension::{Error, Result};
use serde_json::Value;

/// A step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    /// A position; those below zero count from the end.
    Index(i64),
    AnyKey,
    AnyIndex,
    /// This value and all below it.
    Deep,
}

/// A parsed path.
#[derive(Debug, Clone)]
pub(crate) struct Path(Vec<Step>);

impl Path {
    /// Text that begins with `$` is a JSONPath, with `/` a JSON pointer, and a key otherwise.
    pub(crate) fn new(text: &str) -> Result<Self> {
        match text.chars().next() {
            Some('$') => parse(text),
            Some('/') => Ok(Self(
                text[1..]
                    .split('/')
                    .map(|part| {
                        // A pointer does not say whether it means a key or a position.
                        Step::Key(part.replace("~1", "/").replace("~0", "~"))
                    })
                    .collect(),
            )),
            _ => Ok(Self(vec![Step::Key(text.to_string())])),
        }
    }

    /// The path to one position of an array.
    pub(crate) fn of_index(index: i64) -> Self {
        Self(vec![Step::Index(index)])
    }

    /// Whether the path may stand for several values.
    pub(crate) fn is_many(&self) -> bool {
        self.0.iter().any(|step| matches!(step, Step::AnyKey | Step::AnyIndex | Step::Deep))
    }

    /// The value there.
    pub(crate) fn find<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(value, |value, step| step.one(value))
    }

    /// The value there, to be changed.
    pub(super) fn find_mut<'a>(&self, value: &'a mut Value) -> Option<&'a mut Value> {
        self.0.iter().try_fold(value, |value, step| step.one_mut(value))
    }

    /// The path without its last step, and that step.
    pub(super) fn split_last(&self) -> Option<(Path, &Step)> {
        let (last, before) = self.0.split_last()?;
        Some((Path(before.to_vec()), last))
    }

    /// All values there, in reading order.
    pub(crate) fn find_all<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        self.0.iter().fold(vec![value], |values, step| {
            values.into_iter().flat_map(|value| step.all(value)).collect()
        })
    }
}

impl Step {
    /// The key that the step names.
    pub(super) fn key(&self) -> Option<&str> {
        match self {
            Step::Key(key) => Some(key),
            _ => None,
        }
    }

    /// Whether the step goes right behind the last of so many elements.
    pub(super) fn is_end_of(&self, length: usize) -> bool {
        match self {
            Step::Index(index) => *index == i64::MAX || usize::try_from(*index) == Ok(length),
            Step::Key(key) => key.parse() == Ok(length),
            _ => false,
        }
    }

    /// Takes the value there out of its parent.
    pub(super) fn remove(&self, parent: &mut Value) {
        match (self, parent) {
            (Step::Key(key), Value::Object(members)) => {
                members.shift_remove(key);
            }
            (step, Value::Array(elements)) => {
                if let Some(index) = step.index(elements.len()) {
                    elements.remove(index);
                }
            }
            _ => {}
        }
    }

    /// The position that the step means in an array of so many elements.
    fn index(&self, length: usize) -> Option<usize> {
        let index = match self {
            Step::Key(key) => key.parse().ok()?,
            Step::Index(index) => match usize::try_from(*index) {
                Ok(index) => index,
                Err(_) => length.checked_sub(usize::try_from(index.unsigned_abs()).ok()?)?,
            },
            _ => return None,
        };
        (index < length).then_some(index)
    }

    fn one_mut<'a>(&self, value: &'a mut Value) -> Option<&'a mut Value> {
        match value {
            Value::Object(members) => members.get_mut(self.key()?),
            Value::Array(elements) => {
                let index = self.index(elements.len())?;
                elements.get_mut(index)
            }
            _ => None,
        }
    }

    fn one<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        match (self, value) {
            (Step::Key(key), Value::Object(members)) => members.get(key),
            (Step::Key(key), Value::Array(elements)) => elements.get(key.parse::<usize>().ok()?),
            (Step::Index(index), Value::Array(elements)) => match usize::try_from(*index) {
                Ok(index) => elements.get(index),
                Err(_) => {
                    let back = usize::try_from(index.unsigned_abs()).ok()?;
                    elements.get(elements.len().checked_sub(back)?)
                }
            },
            _ => None,
        }
    }

    fn all<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        match (self, value) {
            (Step::AnyKey, Value::Object(members)) => members.values().collect(),
            (Step::AnyIndex, Value::Array(elements)) => elements.iter().collect(),
            (Step::AnyKey | Step::AnyIndex, _) => vec![],
            (Step::Deep, _) => {
                let mut found = vec![];
                descend(value, &mut found);
                found
            }
            _ => self.one(value).into_iter().collect(),
        }
    }
}

fn descend<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    found.push(value);
    match value {
        Value::Object(members) => members.values().for_each(|value| descend(value, found)),
        Value::Array(elements) => elements.iter().for_each(|value| descend(value, found)),
        _ => {}
    }
}

fn parse(text: &str) -> Result<Path> {
    let wrong = |why: &str| Error::invalid_input(format!("'{text}' is no JSON path: {why}"));
    let mut steps = vec![];
    let mut rest = &text[1..];
    while let Some(first) = rest.chars().next() {
        match first {
            '.' => {
                rest = &rest[1..];
                if let Some(after) = rest.strip_prefix('.') {
                    steps.push(Step::Deep);
                    rest = after;
                    if rest.starts_with('[') {
                        continue;
                    }
                }
                if let Some(after) = rest.strip_prefix('*') {
                    steps.push(Step::AnyKey);
                    rest = after;
                } else if let Some(after) = rest.strip_prefix('"') {
                    let end = after.find('"').ok_or_else(|| wrong("a quote has no end"))?;
                    steps.push(Step::Key(after[..end].to_string()));
                    rest = &after[end + 1..];
                } else {
                    let end = rest.find(['.', '[']).unwrap_or(rest.len());
                    if end == 0 {
                        return Err(wrong("a key is missing"));
                    }
                    steps.push(Step::Key(rest[..end].to_string()));
                    rest = &rest[end..];
                }
            }
            '[' => {
                let end = rest.find(']').ok_or_else(|| wrong("a [ has no ]"))?;
                let inside = rest[1..end].trim();
                let number =
                    |text: &str| text.parse::<i64>().map_err(|_| wrong("a position is no number"));
                steps.push(match inside {
                    "*" => Step::AnyIndex,
                    quoted if quoted.len() > 1 && quoted.starts_with(['"', '\'']) => {
                        Step::Key(quoted[1..quoted.len() - 1].to_string())
                    }
                    from_end if from_end.starts_with('#') => match &from_end[1..] {
                        "" => Step::Index(i64::MAX),
                        back => Step::Index(number(back)?),
                    },
                    index => Step::Index(number(index)?),
                });
                rest = &rest[end + 1..];
            }
            _ => return Err(wrong("a step begins with . or [")),
        }
    }
    Ok(Path(steps))
}
