//! Keys of steps: their names, what values they take, and what they are for.

use crate::node::{Node, Value};
use crate::problem::Problem;

/// What value a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A text or another scalar.
    Text,
    /// A whole number from 0 on.
    Count,
    /// A number.
    Number,
    /// `true` or `false`.
    Bool,
    /// A text, or a list of texts.
    Texts,
    /// A mapping of names to scalars.
    Scalars,
    /// A mapping of names to anything.
    Map,
    /// Whatever the step says.
    Any,
}

impl Shape {
    /// In words.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Count => "a whole number",
            Self::Number => "a number",
            Self::Bool => "true or false",
            Self::Texts => "text or a list of texts",
            Self::Scalars => "a mapping of names to values",
            Self::Map => "a mapping",
            Self::Any => "text, a list or a mapping",
        }
    }

    fn fits(self, node: &Node) -> bool {
        let scalar = |node: &Node| node.scalar().is_some();
        match self {
            Self::Text => scalar(node),
            Self::Count => matches!(node.value, Value::Int(0..)),
            Self::Number => matches!(node.value, Value::Int(_) | Value::Float(_)),
            Self::Bool => matches!(node.value, Value::Bool(_)),
            Self::Texts => {
                !matches!(node.value, Value::Map(_) | Value::Null)
                    && node.items().iter().all(scalar)
            }
            Self::Scalars => {
                matches!(node.value, Value::Map(_))
                    && node
                        .entries()
                        .iter()
                        .all(|(_, value)| scalar(value) || value.value == Value::Null)
            }
            Self::Map => matches!(node.value, Value::Map(_)),
            Self::Any => node.value != Value::Null,
        }
    }
}

/// A key of a step.
#[derive(Debug)]
pub struct Key {
    /// The name.
    pub name: &'static str,
    /// Other spellings.
    pub aliases: &'static [&'static str],
    /// What value it takes.
    pub shape: Shape,
    /// Whether a step must have it.
    pub required: bool,
    /// What it is for.
    pub description: &'static str,
    /// Why it does nothing, for keys of the upstream project that have no meaning here.
    pub without_effect: Option<&'static str>,
}

impl Key {
    /// A key that may be left out.
    pub const fn new(name: &'static str, shape: Shape, description: &'static str) -> Self {
        Self { name, aliases: &[], shape, required: false, description, without_effect: None }
    }

    /// Other spellings.
    pub const fn or(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// The key must be there.
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// The key is read and does nothing, of which the author is told.
    pub const fn without_effect(mut self, why: &'static str) -> Self {
        self.without_effect = Some(why);
        self
    }

    /// Whether the key is spelled so.
    pub fn is(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }

    /// Whether the value is one that the key takes.
    pub(crate) fn check(&self, node: &Node) -> Result<(), Problem> {
        match self.shape.fits(node) {
            true => Ok(()),
            false => Err(Problem::new(
                node.position,
                format!("'{}' takes {}, not {}", self.name, self.shape.describe(), node.kind()),
            )),
        }
    }
}
