//! One step of a file.

use super::settings;
use crate::check::Check;
use crate::keys::Key;
use crate::node::{Node, Value};
use crate::problem::Problem;
use crate::steps::{self, Effect, Inputs, StepType};
use crate::variables::{References, Variables};
use crate::workflow::{Condition, Dialect, Name, Step};

/// Keys of every step, for messages and the manual.
pub static COMMON: [(&str, &str); 15] = [
    ("name", "The step's name, unique in the file."),
    ("type", "What it does; `operation` in a pipeline."),
    ("input", "The dataset that it reads."),
    ("inputs", "The datasets that it reads."),
    ("output", "The name of its rows; the step's name if left out."),
    ("depends_on", "Steps that must run before it."),
    (
        "when",
        "A condition on variables; if it does not hold, the step and what needs it are skipped.",
    ),
    (
        "retry",
        "How often it is tried: a number, or {max_attempts, backoff_ms}; also `retry_policy`.",
    ),
    ("timeout", "How long it may take, such as 30s; also `timeout_ms`."),
    ("resource_hint", "cpu_bound, io_bound, network_bound or memory_bound; also `pool`."),
    ("tags", "Words for `--select tag:word`."),
    ("description", "What it is for."),
    ("checks", "What must hold for its rows; also `tests`."),
    ("on_failure", "skip (what needs it), stop (everything), or ignore."),
    ("cache", "Whether its rows are computed once and kept for the steps that read them."),
];

/// Other spellings of these.
const SPELLINGS: [(&str, &str); 8] = [
    ("operation", "type"),
    ("outputs", "output"),
    ("retry_policy", "retry"),
    ("timeout_ms", "timeout"),
    ("pool", "resource_hint"),
    ("tests", "checks"),
    ("materialize", "cache"),
    ("tag", "tags"),
];

pub(super) struct Reader<'a> {
    pub(super) dialect: Dialect,
    pub(super) folder: &'a str,
    pub(super) variables: &'a Variables,
    pub(super) defaults: &'a settings::Read,
    pub(super) problems: &'a mut Vec<Problem>,
    pub(super) warnings: &'a mut Vec<Problem>,
}

impl Reader<'_> {
    pub(super) fn read(mut self, raw: &Node, index: usize) -> Option<Step> {
        if !matches!(raw.value, Value::Map(_)) {
            self.problems.push(Problem::new(
                raw.position,
                format!("a step is a mapping, not {}", raw.kind()),
            ));
            return None;
        }
        let when = raw.get("when").cloned();
        let mut references = References::default();
        let without_when = Node {
            value: Value::Map(
                raw.entries().iter().filter(|(key, _)| key.name != "when").cloned().collect(),
            ),
            position: raw.position,
        };
        let mut entries = vec![];
        for (key, node) in without_when.entries() {
            match self.variables.render(node, &mut references) {
                Ok(node) => entries.push((key.clone(), node)),
                Err(problem) => self.problems.push(problem),
            }
        }
        let text = |names: &[&str]| {
            entries
                .iter()
                .find(|(key, _)| names.contains(&key.name.as_str()))
                .and_then(|(_, node)| node.scalar())
        };
        let name = text(&["name"]).unwrap_or_else(|| format!("step_{}", index + 1));
        let Some(spelled) = text(&["type", "operation"]) else {
            self.problems.push(Problem::new(raw.position, format!("step '{name}' has no type")));
            return None;
        };
        let type_position = ["type", "operation"]
            .iter()
            .find_map(|key| raw.get(key))
            .map_or(raw.position, |node| node.position);
        let Some((step_type, implied)) = steps::find(&spelled) else {
            self.problems.push(match spelled.split_once('.') {
                Some(("tetnus", _)) => Problem::new(
                    type_position,
                    format!("step '{name}': machine learning ('{spelled}') is not supported"),
                ),
                _ => Problem::unknown(
                    type_position,
                    format!("step '{name}': '{spelled}' is not a type of step"),
                    &spelled,
                    &steps::spellings(),
                ),
            });
            return None;
        };
        let mut step = Step {
            position: raw.position,
            step_type,
            spelled,
            output: String::new(),
            inputs: vec![],
            depends_on: references
                .0
                .iter()
                .map(|name| Name { text: name.clone(), position: raw.position })
                .collect(),
            parameters: vec![],
            when: None,
            retry: self.defaults.settings.retry.clone(),
            timeout: None,
            pool: self.defaults.pool,
            tags: vec![],
            description: None,
            checks: vec![],
            on_failure: self.defaults.settings.on_failure,
            boundary: false,
            cache: None,
            name,
        };
        let mut output = None;
        for (key, node) in &entries {
            match key.name.as_str() {
                nested @ ("config" | "params") => {
                    if !matches!(node.value, Value::Map(_) | Value::Null) {
                        self.problems.push(Problem::new(
                            node.position,
                            format!("'{nested}' takes a mapping"),
                        ));
                    }
                    for (key, node) in node.entries() {
                        self.key(&mut step, &mut output, key, node);
                    }
                }
                _ => self.key(&mut step, &mut output, key, node),
            }
        }
        for (key, value) in implied {
            if step.parameter(key).is_none() {
                let node =
                    Node { value: Value::Text((*value).to_string()), position: step.position };
                step.parameters.push((key, node));
            }
        }
        for key in step_type.keys.iter().filter(|key| key.required) {
            // Of a key with a wrong value was told already.
            let nested = raw.entries().iter().flat_map(|(_, node)| node.entries());
            let given = raw.entries().iter().chain(nested).any(|(name, _)| key.is(&name.name));
            if step.parameter(key.name).is_none() && !given {
                self.problems.push(step.problem(format!("'{}' is missing", key.name)));
            }
        }
        if step_type.effect == Effect::Check && step.checks.is_empty() {
            self.problems.push(step.problem("a check needs 'checks'"));
        }
        if step_type.effect == Effect::Sink && (!step.checks.is_empty() || step.cache.is_some()) {
            self.problems
                .push(step.problem("'checks' and 'cache' belong to the step whose rows it writes"));
        }
        if step.cache == Some(false) && (step.boundary || !step.checks.is_empty()) {
            self.problems.push(step.problem(
                "a step with checks, retries, a time limit or 'on_failure' runs by itself, so it cannot have 'cache: false'",
            ));
        }
        if let Some(node) = when {
            self.when(&mut step, &node);
        }
        self.inputs(&mut step);
        step.output = self.output(&step, output);
        Some(step)
    }

    fn key(&mut self, step: &mut Step, output: &mut Option<String>, key: &crate::Key, node: &Node) {
        if let Some(own) = step.step_type.keys.iter().find(|own| own.is(&key.name)) {
            return self.own_key(step, own, key, node);
        }
        let name = key.name.as_str();
        let common =
            SPELLINGS.iter().find(|(other, _)| *other == name).map_or(name, |(_, name)| name);
        step.boundary |= matches!(common, "retry" | "timeout" | "on_failure");
        let result = match common {
            "name" | "type" | "when" => Ok(()),
            "input" | "inputs" => self.names(node).map(|names| step.inputs.extend(names)),
            "output" => match node.items() {
                [only] => {
                    *output = only.scalar();
                    Ok(())
                }
                _ => Err(Problem::new(node.position, "a step has one output")),
            },
            "depends_on" => self.names(node).map(|names| step.depends_on.extend(names)),
            "retry" => settings::retry(node).map(|retry| step.retry = retry),
            "timeout" => {
                settings::duration(node, name == "timeout_ms").map(|time| step.timeout = Some(time))
            }
            "resource_hint" => settings::pool(node).map(|pool| step.pool = pool),
            "tags" => self
                .names(node)
                .map(|names| step.tags.extend(names.into_iter().map(|name| name.text))),
            "description" => {
                step.description = node.scalar();
                Ok(())
            }
            "checks" => {
                for item in node.items() {
                    match Check::read(item) {
                        Ok(checks) => step.checks.extend(checks),
                        Err(problem) => self.problems.push(problem),
                    }
                }
                Ok(())
            }
            "on_failure" => settings::on_failure(node).map(|value| step.on_failure = value),
            "cache" => match node.value {
                Value::Bool(value) => {
                    step.cache = Some(value);
                    Ok(())
                }
                _ => Err(Problem::new(node.position, "'cache' is true or false")),
            },
            _ => {
                let known: Vec<&str> = own_names(step.step_type)
                    .into_iter()
                    .chain(COMMON.iter().map(|(name, _)| *name))
                    .collect();
                let message = format!(
                    "step '{}': a step of type '{}' has no key '{name}'",
                    step.name, step.step_type.name
                );
                let mut problem = Problem::unknown(key.position, message, name, &known);
                if problem.hint.is_none() {
                    let own = own_names(step.step_type);
                    if !own.is_empty() {
                        problem.hint = Some(format!("its own keys: {}", own.join(", ")));
                    }
                }
                Err(problem)
            }
        };
        self.problems.extend(result.err());
    }

    fn own_key(&mut self, step: &mut Step, own: &'static Key, key: &crate::Key, node: &Node) {
        if let Some(why) = own.without_effect {
            let message = format!("step '{}': '{}' has no effect: {why}", step.name, key.name);
            self.warnings.push(Problem::new(key.position, message));
            return;
        }
        if step.parameter(own.name).is_some() {
            let message = format!("step '{}': '{}' is given twice", step.name, own.name);
            self.problems.push(Problem::new(key.position, message));
            return;
        }
        if let Err(mut problem) = own.check(node) {
            problem.message = format!("step '{}': {}", step.name, problem.message);
            self.problems.push(problem);
            return;
        }
        let node = match own.name {
            "path" => self.beside_the_file(node),
            _ => node.clone(),
        };
        step.parameters.push((own.name, node));
    }

    /// Relative paths begin at the folder of the workflow's file.
    fn beside_the_file(&self, node: &Node) -> Node {
        let value = match &node.value {
            Value::List(items) => {
                Value::List(items.iter().map(|item| self.beside_the_file(item)).collect())
            }
            Value::Text(path) => {
                let absolute =
                    path.starts_with(['/', '~']) || path.contains("://") || path.contains(":\\");
                match absolute || self.folder.is_empty() || self.folder == "." {
                    true => Value::Text(path.clone()),
                    false => Value::Text(format!("{}/{path}", self.folder.trim_end_matches('/'))),
                }
            }
            other => other.clone(),
        };
        Node { value, position: node.position }
    }

    fn names(&self, node: &Node) -> Result<Vec<Name>, Problem> {
        let name = |item: &Node| {
            let text = item.scalar().ok_or_else(|| {
                Problem::new(item.position, format!("expected a name, not {}", item.kind()))
            })?;
            Ok(Name { text: text.trim().to_string(), position: item.position })
        };
        node.items().iter().map(name).collect()
    }

    fn when(&mut self, step: &mut Step, node: &Node) {
        let text = match &node.value {
            Value::Bool(value) => value.to_string(),
            _ => match node.scalar() {
                Some(text) => text,
                None => {
                    self.problems.push(Problem::new(node.position, "'when' takes a condition"));
                    return;
                }
            },
        };
        match self.variables.condition(&text, node.position) {
            Ok(holds) => step.when = Some(Condition { text, holds }),
            Err(problem) => self.problems.push(problem),
        }
    }

    /// The inputs that a step of its dialect has without naming them.
    fn inputs(&mut self, step: &mut Step) {
        for side in ["left", "right"] {
            if step.step_type.name != "join" {
                break;
            }
            if let Some(node) = step.parameter(side) {
                let (text, position) = (node.scalar().unwrap_or_default(), node.position);
                step.inputs.push(Name { text, position });
            }
        }
        let (least, most) = match step.step_type.inputs {
            Inputs::None => (0, 0),
            Inputs::One => (1, 1),
            Inputs::Two => (2, 2),
            Inputs::Many => (2, usize::MAX),
            Inputs::Named => (0, usize::MAX),
            Inputs::Optional => (0, usize::MAX),
        };
        if step.inputs.is_empty() && least > 0 {
            match self.dialect {
                Dialect::Steps if least == 1 => {
                    step.inputs.push(Name { text: "data".to_string(), position: step.position });
                }
                Dialect::Steps => {}
                // What a step waits for is what it reads, if nothing else is said.
                _ if step.depends_on.len() >= least && step.depends_on.len() <= most => {
                    step.inputs.clone_from(&step.depends_on);
                }
                _ => {}
            }
        }
        if step.inputs.len() < least || step.inputs.len() > most {
            let needed = match step.step_type.inputs {
                Inputs::None => "no dataset",
                Inputs::One => "one dataset",
                Inputs::Two => "two datasets",
                _ => "two datasets or more",
            };
            self.problems
                .push(step.problem(format!("it reads {needed}, named by 'input' or 'inputs'")));
        }
    }

    fn output(&self, step: &Step, given: Option<String>) -> String {
        if let Some(output) = given {
            return output;
        }
        match (self.dialect, step.step_type.name) {
            (Dialect::Steps, "read") => "data".to_string(),
            // The dataset goes on under its name.
            (Dialect::Steps, "filter" | "select" | "groupby" | "transform") => {
                step.inputs.first().map_or_else(|| step.name.clone(), |name| name.text.clone())
            }
            _ => step.name.clone(),
        }
    }
}

fn own_names(step_type: &StepType) -> Vec<&'static str> {
    step_type.keys.iter().filter(|key| key.without_effect.is_none()).map(|key| key.name).collect()
}
