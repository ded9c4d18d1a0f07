//! A file's text to a [`Workflow`], with all its problems.

mod settings;
mod step;

pub use step::COMMON;

use crate::graph::Graph;
use crate::node::{Node, Value};
use crate::problem::{Position, Problem};
use crate::variables::{References, Sources, Variables};
use crate::workflow::{Dialect, Workflow};

/// A file and what its reading depends on.
#[derive(Debug, Clone, Default)]
pub struct File<'a> {
    /// The text.
    pub text: &'a str,
    /// The name that the workflow has if the file gives none.
    pub name: &'a str,
    /// The folder that relative paths begin at; empty for the current one.
    pub folder: &'a str,
    /// Values of variables.
    pub variables: Sources,
}

/// Reads a workflow file.
///
/// # Errors
/// All problems that can be found without an engine: YAML, keys, values, variables, names of steps.
pub fn read(file: &File<'_>) -> Result<Workflow, Vec<Problem>> {
    let root = Node::parse(file.text).map_err(|problem| vec![problem])?;
    let mut problems = vec![];
    let Some(dialect) = dialect(&root, &mut problems) else { return Err(problems) };
    check_top(&root, dialect, &mut problems);

    let declared = ["variables", "vars"].iter().find_map(|key| root.get(key));
    let inner = root.get("settings").and_then(|settings| settings.get("variables"));
    if let (Some(_), Some(inner)) = (declared, inner) {
        problems.push(Problem::new(inner.position, "variables are declared twice"));
    }
    let declared = declared.or(inner).filter(|node| node.value != Value::Null);
    if let Some(node) = declared.filter(|node| !matches!(node.value, Value::Map(_))) {
        problems.push(Problem::new(node.position, "'variables' takes a mapping"));
    }
    let folder = if file.folder.is_empty() { "." } else { file.folder };
    let built_in = [("workflow_dir", folder.to_string())];
    let variables = Variables::new(
        declared,
        &file.variables,
        &built_in,
        dialect == Dialect::Steps,
        &mut problems,
    );
    for (name, _) in &file.variables.given {
        let used = |text: &str| file.text.contains(text);
        if !variables.is_declared(name) && !used(name) {
            let message = format!("the workflow has no variable '{name}'");
            problems.push(Problem::unknown(
                Position::default(),
                message,
                name,
                &variables.declared(),
            ));
        }
    }

    let mut render = |node: &Node| match variables.render(node, &mut References::default()) {
        Ok(node) => Some(node),
        Err(problem) => {
            problems.push(problem);
            None
        }
    };
    let text = |node: Option<Node>| node.and_then(|node| node.scalar());
    let name = text(root.get("name").and_then(&mut render));
    let description = text(root.get("description").and_then(&mut render));
    let settings_node = match dialect {
        Dialect::Versioned => root.get("config").or(root.get("settings")),
        _ => root.get("settings"),
    };
    let mut warnings = vec![];
    let mut settings = settings::Read::default();
    if let Some(node) = settings_node.and_then(&mut render) {
        settings = settings::read(&node, &mut problems, &mut warnings);
    }

    let steps_key = if dialect == Dialect::Pipeline { "pipeline" } else { "steps" };
    let list = root
        .get(steps_key)
        .cloned()
        .unwrap_or(Node { value: Value::Null, position: root.position });
    if !matches!(list.value, Value::List(_)) {
        problems.push(Problem::new(list.position, format!("'{steps_key}' takes a list of steps")));
        return Err(problems);
    }
    if list.items().is_empty() {
        problems.push(Problem::new(list.position, "the workflow has no steps"));
    }
    let mut steps = vec![];
    for (index, node) in list.items().iter().enumerate() {
        let reader = step::Reader {
            dialect,
            folder: file.folder,
            variables: &variables,
            defaults: &settings,
            problems: &mut problems,
            warnings: &mut warnings,
        };
        steps.extend(reader.read(node, index));
    }
    for (index, step) in steps.iter().enumerate() {
        if let Some(first) = steps[..index].iter().find(|other| other.name == step.name) {
            problems.push(Problem::new(
                step.position,
                format!(
                    "there are two steps '{}'; the first is in line {}",
                    step.name, first.position.line
                ),
            ));
        }
    }
    let workflow = Workflow {
        name: name.unwrap_or_else(|| file.name.to_string()),
        description,
        dialect,
        settings: settings.settings,
        variables: variables.shown(),
        secrets: variables.secrets(),
        steps,
        warnings,
    };
    // Names are looked at even if something else is wrong, so that all is told at once.
    if problems.is_empty() {
        problems.extend(Graph::problems(&workflow));
    }
    problems.sort_by_key(|problem| problem.position);
    problems.dedup();
    match problems.is_empty() {
        true => Ok(workflow),
        false => Err(problems),
    }
}

fn dialect(root: &Node, problems: &mut Vec<Problem>) -> Option<Dialect> {
    let Value::Map(_) = root.value else {
        problems.push(Problem::new(
            root.position,
            "a workflow is a mapping with 'steps' or 'pipeline'",
        ));
        return None;
    };
    let version = root.get("version");
    match version.and_then(Node::scalar).as_deref() {
        Some("pf/v1" | "1.0" | "1") => return Some(Dialect::Versioned),
        Some("giza/v1") => {
            let position = version.map(|node| node.position).unwrap_or_default();
            problems.push(Problem::new(position, "dashboards (giza/v1) are not supported yet"));
            return None;
        }
        Some(other) => {
            let position = version.map(|node| node.position).unwrap_or_default();
            let message = format!("version '{other}' is not known");
            problems.push(Problem::new(position, message).with_hint("versions: pf/v1, 1.0"));
            return None;
        }
        None => {}
    }
    match (root.get("steps"), root.get("pipeline")) {
        (Some(_), Some(pipeline)) => {
            problems.push(Problem::new(
                pipeline.position,
                "a workflow has either 'steps' or 'pipeline'",
            ));
            None
        }
        (Some(_), None) => Some(Dialect::Steps),
        (None, Some(_)) => Some(Dialect::Pipeline),
        (None, None) => {
            problems.push(Problem::new(
                root.position,
                "the workflow has neither 'steps' nor 'pipeline'",
            ));
            None
        }
    }
}

fn check_top(root: &Node, dialect: Dialect, problems: &mut Vec<Problem>) {
    let mut known = vec!["name", "description", "variables", "vars", "settings"];
    match dialect {
        Dialect::Steps => known.push("steps"),
        Dialect::Pipeline => known.push("pipeline"),
        Dialect::Versioned => known.extend(["version", "config", "steps"]),
    }
    for (key, _) in root.entries() {
        if !known.contains(&key.name.as_str()) {
            let message = format!("a workflow has no key '{}'", key.name);
            problems.push(Problem::unknown(key.position, message, &key.name, &known));
        }
    }
}
