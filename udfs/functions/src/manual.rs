//! The manual of a function, from which `system.functions`, help and the reference pages are made.

use datafusion::logical_expr::{DocSection, Documentation};

/// What a function is for, how it is called, and an example with its result.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manual {
    /// How it is called: `lpad(string, count [, filler])`.
    pub(crate) usage: &'static str,
    /// What it returns, in a sentence or two.
    pub(crate) description: &'static str,
    /// A query of one row and one column, or a script whose last statement is one.
    pub(crate) example: &'static str,
    /// What the example answers; a test runs it.
    pub(crate) result: &'static str,
}

impl Manual {
    /// The words as DataFusion keeps them. Each argument is described by what may stand there.
    pub(crate) fn documentation(&self, family: &'static str, kinds: &[&str]) -> Documentation {
        let section = DocSection { include: true, label: family, description: None };
        let mut builder = Documentation::builder(section, self.description, self.usage)
            .with_sql_example(format!("{}; -- {}", self.example, self.result));
        for (name, kind) in argument_names(self.usage).into_iter().zip(kinds) {
            builder = builder.with_argument(name, *kind);
        }
        builder.build()
    }
}

/// The names between the parentheses of a usage, without brackets and dots.
fn argument_names(usage: &str) -> Vec<&str> {
    let Some((_, rest)) = usage.split_once('(') else { return vec![] };
    let rest = rest.split(')').next().unwrap_or(rest);
    rest.split([',', '[', ']', ' '])
        .map(|name| name.trim_matches('.'))
        .filter(|name| !name.is_empty() && *name != "…")
        .collect()
}

/// The name and its aliases.
pub(crate) fn split_names(names: &'static [&'static str]) -> (&'static str, Vec<String>) {
    match names {
        [name, aliases @ ..] => (name, aliases.iter().map(ToString::to_string).collect()),
        [] => ("", vec![]),
    }
}
