//! Which steps: dbt's grammar of `--select` and `--exclude`.
//!
//! Words separated by blanks are united, by commas intersected. `+m` adds what m needs, `m+` what needs
//! m, `2+m` only two steps far, and `@m` adds what needs m with all that these need. `tag:`, `type:`,
//! `path:` (of a file that is read or written), `state:modified`, `state:new` and `result:<word>` select by something else than the name.

use std::collections::BTreeSet;

use crate::graph::{Graph, reach};
use crate::problem::{Position, Problem};
use crate::workflow::Workflow;

/// What selection may ask about the last run: the state of a step, such as `modified`, and its result,
/// such as `error`.
pub trait LastRun {
    /// Whether the step has changed since its last success; `None` without a last run.
    fn is_modified(&self, step: &str) -> Option<bool>;
    /// Whether the step was not in the last run.
    fn is_new(&self, step: &str) -> Option<bool>;
    /// The word of the step in the last run.
    fn result(&self, step: &str) -> Option<String>;
}

/// Nothing ran before.
#[derive(Debug)]
pub struct NoLastRun;

impl LastRun for NoLastRun {
    fn is_modified(&self, _step: &str) -> Option<bool> {
        None
    }

    fn is_new(&self, _step: &str) -> Option<bool> {
        None
    }

    fn result(&self, _step: &str) -> Option<String> {
        None
    }
}

/// The steps that `select` names and `exclude` does not; all without `select`.
///
/// # Errors
/// Words that are not of the grammar, and names and methods that match nothing.
pub fn select(
    workflow: &Workflow,
    graph: &Graph,
    last: &dyn LastRun,
    select: Option<&str>,
    exclude: Option<&str>,
) -> Result<BTreeSet<usize>, Problem> {
    let selector = Selector { workflow, graph, last };
    let mut chosen = match select {
        None => (0..workflow.steps.len()).collect(),
        Some(text) => selector.union(text)?,
    };
    if let Some(text) = exclude {
        for index in selector.union(text)? {
            chosen.remove(&index);
        }
    }
    Ok(chosen)
}

struct Selector<'a> {
    workflow: &'a Workflow,
    graph: &'a Graph,
    last: &'a dyn LastRun,
}

fn problem(message: impl Into<String>) -> Problem {
    Problem::new(Position::default(), message)
}

impl Selector<'_> {
    fn union(&self, text: &str) -> Result<BTreeSet<usize>, Problem> {
        let mut words = text.split_whitespace().peekable();
        if words.peek().is_none() {
            return Err(problem("the selection is empty"));
        }
        let mut all = BTreeSet::new();
        for word in words {
            let mut parts = word.split(',').map(|part| self.one(part));
            let mut both = parts.next().unwrap_or_else(|| Ok(BTreeSet::new()))?;
            for part in parts {
                let part = part?;
                both.retain(|index| part.contains(index));
            }
            all.extend(both);
        }
        Ok(all)
    }

    /// `[@][n+]criterion[+n]`.
    fn one(&self, text: &str) -> Result<BTreeSet<usize>, Problem> {
        let (children_of_parents, rest) = match text.strip_prefix('@') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (up, rest) = match rest.split_once('+') {
            Some(("", rest)) => (Some(usize::MAX), rest),
            Some((digits, rest))
                if digits.bytes().all(|byte| byte.is_ascii_digit()) && !rest.is_empty() =>
            {
                (digits.parse().ok(), rest)
            }
            _ => (None, rest),
        };
        let (down, criterion) = match rest.rsplit_once('+') {
            Some((criterion, "")) => (Some(usize::MAX), criterion),
            Some((criterion, digits)) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                (digits.parse().ok(), criterion)
            }
            _ => (None, rest),
        };
        if criterion.is_empty() || (children_of_parents && (up.is_some() || down.is_some())) {
            return Err(problem(format!("'{text}' is not a selection")));
        }
        let mut chosen = self.criterion(criterion)?;
        let seeds: Vec<usize> = chosen.iter().copied().collect();
        for seed in seeds {
            if children_of_parents {
                let mut wanted = self.graph.descendants(seed);
                wanted.insert(seed);
                for index in wanted.clone() {
                    wanted.extend(self.graph.ancestors(index));
                }
                chosen.extend(wanted);
            }
            if let Some(distance) = up {
                chosen.extend(reach(&self.graph.before, seed, distance));
            }
            if let Some(distance) = down {
                chosen.extend(reach(&self.graph.after, seed, distance));
            }
        }
        Ok(chosen)
    }

    fn criterion(&self, text: &str) -> Result<BTreeSet<usize>, Problem> {
        let steps = || self.workflow.steps.iter().enumerate();
        let by = |matches: &dyn Fn(&crate::workflow::Step) -> bool| -> BTreeSet<usize> {
            steps().filter(|(_, step)| matches(step)).map(|(index, _)| index).collect()
        };
        let needs_run = |found: Option<bool>| {
            found.ok_or_else(|| {
                problem(format!("'{text}' compares with the last run, but there is none"))
            })
        };
        let Some((method, value)) = text.split_once(':') else {
            let found = by(&|step| matches(text, &step.name));
            return match found.is_empty() {
                false => Ok(found),
                true => {
                    let names: Vec<&str> =
                        self.workflow.steps.iter().map(|step| step.name.as_str()).collect();
                    let message = format!("no step matches '{text}'");
                    Err(Problem::unknown(Position::default(), message, text, &names))
                }
            };
        };
        match (method, value) {
            ("name" | "fqn", pattern) => Ok(by(&|step| matches(pattern, &step.name))),
            ("tag", pattern) => Ok(by(&|step| step.tags.iter().any(|tag| matches(pattern, tag)))),
            ("type" | "resource_type", pattern) => {
                Ok(by(&|step| matches(pattern, step.step_type.name)))
            }
            ("path", pattern) => {
                Ok(by(&|step| step.texts("path").iter().any(|path| matches(pattern, path))))
            }
            ("state", "modified" | "new") => {
                let mut found = BTreeSet::new();
                for (index, step) in steps() {
                    let holds = match value {
                        "new" => self.last.is_new(&step.name),
                        _ => self.last.is_modified(&step.name),
                    };
                    if needs_run(holds)? {
                        found.insert(index);
                    }
                }
                Ok(found)
            }
            ("result", word) => {
                let word = match word {
                    "error" | "fail" => "failed",
                    "success" | "pass" => "completed",
                    other => other,
                };
                if steps().all(|(_, step)| self.last.result(&step.name).is_none()) {
                    needs_run(None)?;
                }
                Ok(by(&|step| self.last.result(&step.name).is_some_and(|result| result == word)))
            }
            _ => Err(Problem::unknown(
                Position::default(),
                format!("'{method}:{value}' is not a way to select"),
                method,
                &["name", "tag", "type", "path", "state", "result"],
            )),
        }
    }
}

/// Shell patterns: `*`, `?` and `[…]`.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    glob(&pattern, &text)
}

fn glob(pattern: &[char], text: &[char]) -> bool {
    match pattern.first() {
        None => text.is_empty(),
        Some('*') => (0..=text.len()).any(|skipped| glob(&pattern[1..], &text[skipped..])),
        Some('?') => !text.is_empty() && glob(&pattern[1..], &text[1..]),
        Some('[') => {
            let Some(end) = pattern.iter().position(|c| *c == ']').filter(|end| *end > 1) else {
                return text.first() == Some(&'[') && glob(&pattern[1..], &text[1..]);
            };
            let (negated, set) = match pattern[1] {
                '!' => (true, &pattern[2..end]),
                _ => (false, &pattern[1..end]),
            };
            text.first().is_some_and(|c| set.contains(c) != negated)
                && glob(&pattern[end + 1..], &text[1..])
        }
        Some(c) => text.first() == Some(c) && glob(&pattern[1..], &text[1..]),
    }
}
