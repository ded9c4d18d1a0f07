//! Variables: their values and the texts that name them.
//!
//! A value comes from the command line, else from the environment (`PARQUETFRAME_VAR_<NAME>`), else
//! from a file of values, else from the default in the workflow. `${name}` and `{{ name }}` are the
//! same; a text that is `${name}` and nothing else takes the type of the value.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use minijinja::{Environment, ErrorKind, UndefinedBehavior, Value as Rendered};

use crate::node::{Node, Value};
use crate::problem::{Position, Problem, closest};
use crate::quote::identifier;

/// Where values of variables come from, besides the workflow itself.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// `-V name=value`, or `WITH (name = value)`.
    pub given: Vec<(String, String)>,
    /// The environment.
    pub environment: BTreeMap<String, String>,
    /// A file of values, as YAML.
    pub file: Option<String>,
}

/// The prefix of variables in the environment.
pub const ENVIRONMENT_PREFIX: &str = "PARQUETFRAME_VAR_";

/// The values of a workflow's variables.
#[derive(Debug)]
pub(crate) struct Variables {
    values: Vec<(String, Node)>,
    declared: Vec<String>,
    hidden: Vec<String>,
    secrets: Arc<Mutex<Vec<String>>>,
    environment: Arc<BTreeMap<String, String>>,
    dollar_names: bool,
}

/// What a text names besides variables.
#[derive(Debug, Default, Clone)]
pub(crate) struct References(pub(crate) Vec<String>);

impl Variables {
    /// Settles the values. `declared` is the mapping in the workflow, `dollar_names` whether `$name`
    /// counts, too.
    pub(crate) fn new(
        declared: Option<&Node>,
        sources: &Sources,
        built_in: &[(&str, String)],
        dollar_names: bool,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let mut variables = Self {
            values: vec![],
            declared: vec![],
            hidden: vec![],
            secrets: Arc::default(),
            environment: Arc::new(sources.environment.clone()),
            dollar_names,
        };
        for (name, value) in built_in {
            variables.set(
                name,
                Node { value: Value::Text(value.clone()), position: Position::default() },
            );
        }
        let file = match sources.file.as_deref().map(Node::parse) {
            None => None,
            Some(Ok(node)) => Some(node),
            Some(Err(problem)) => {
                problems.push(Problem::new(
                    Position::default(),
                    format!("file of variables: {problem}"),
                ));
                None
            }
        };
        let empty = Node { value: Value::Map(vec![]), position: Position::default() };
        for (key, node) in declared.unwrap_or(&empty).entries() {
            let declaration = match Declaration::read(node) {
                Ok(declaration) => declaration,
                Err(problem) => {
                    problems.push(problem);
                    continue;
                }
            };
            variables.declared.push(key.name.clone());
            let given = sources.given.iter().rev().find(|(name, _)| *name == key.name);
            let from_environment = sources
                .environment
                .get(&format!("{ENVIRONMENT_PREFIX}{}", key.name.to_uppercase()));
            let from_file = file.as_ref().and_then(|file| file.get(&key.name));
            let text = given.map(|(_, text)| text).or(from_environment);
            let value = match (text, from_file, &declaration.default) {
                (Some(text), ..) => declaration.parse(text),
                (None, Some(node), _) | (None, None, Some(node)) => {
                    let rendered = variables.render(node, &mut References::default());
                    rendered.and_then(|node| declaration.check(node))
                }
                (None, None, None) => {
                    Err(Problem::new(key.position, format!("variable '{}' has no value", key.name))
                        .with_hint(format!("give it with -V {}=…", key.name)))
                }
            };
            match value {
                Ok(mut value) => {
                    value.position = node.position;
                    if declaration.secret {
                        variables.hidden.push(key.name.clone());
                        variables.keep_secret(&value.scalar().unwrap_or_default());
                    }
                    variables.set(&key.name, value);
                }
                Err(problem) => {
                    let message = format!("variable '{}': {}", key.name, problem.message);
                    let mut named = Problem::new(node.position, message);
                    named.hint = problem.hint;
                    if problem.message.starts_with("variable ") {
                        named.message = problem.message;
                    }
                    problems.push(named);
                    // Later uses say nothing more.
                    variables.set(
                        &key.name,
                        Node { value: Value::Text(String::new()), position: node.position },
                    );
                }
            }
        }
        for (key, node) in file.as_ref().map(Node::entries).unwrap_or_default() {
            if !variables.declared.contains(&key.name) {
                variables.set(&key.name, node.clone());
            }
        }
        for (name, text) in &sources.given {
            if !variables.declared.contains(name) {
                variables.set(name, Node { value: guess(text), position: Position::default() });
            }
        }
        variables
    }

    fn set(&mut self, name: &str, node: Node) {
        self.values.retain(|(known, _)| known != name);
        self.values.push((name.to_string(), node));
    }

    fn keep_secret(&self, text: &str) {
        if let Ok(mut secrets) = self.secrets.lock()
            && !text.is_empty()
        {
            secrets.push(text.to_string());
        }
    }

    /// Texts that must not be shown.
    pub(crate) fn secrets(&self) -> Vec<String> {
        self.secrets.lock().map(|secrets| secrets.clone()).unwrap_or_default()
    }

    /// The values for reports.
    pub(crate) fn shown(&self) -> Vec<(String, String)> {
        let shown = |(name, node): &(String, Node)| {
            let text = match self.hidden.contains(name) {
                true => "***".to_string(),
                false => node.scalar().unwrap_or_else(|| node.to_json().to_string()),
            };
            (name.clone(), text)
        };
        self.values.iter().map(shown).collect()
    }

    /// Whether the workflow declares the variable.
    pub(crate) fn is_declared(&self, name: &str) -> bool {
        self.declared.iter().any(|declared| declared == name)
    }

    /// The names of declared variables.
    pub(crate) fn declared(&self) -> Vec<&str> {
        self.declared.iter().map(String::as_str).collect()
    }

    /// The tree with the variables in all its texts replaced.
    pub(crate) fn render(&self, node: &Node, references: &mut References) -> Result<Node, Problem> {
        let value = match &node.value {
            Value::Text(text) => match self.only_name(text) {
                Some(name) => self.value(&name, node.position)?.value.clone(),
                None => Value::Text(self.render_text(text, node.position, references)?),
            },
            Value::List(items) => Value::List(
                items.iter().map(|item| self.render(item, references)).collect::<Result<_, _>>()?,
            ),
            Value::Map(entries) => Value::Map(
                entries
                    .iter()
                    .map(|(key, node)| Ok((key.clone(), self.render(node, references)?)))
                    .collect::<Result<_, Problem>>()?,
            ),
            other => other.clone(),
        };
        Ok(Node { value, position: node.position })
    }

    /// The name in a text that is `${name}` and nothing else.
    fn only_name(&self, text: &str) -> Option<String> {
        let name = text.strip_prefix("${")?.strip_suffix('}')?;
        (is_name(name)).then(|| name.to_string())
    }

    fn value(&self, name: &str, position: Position) -> Result<&Node, Problem> {
        let found = self.values.iter().find(|(known, _)| known == name);
        found.map(|(_, node)| node).ok_or_else(|| self.unknown(name, position))
    }

    fn unknown(&self, name: &str, position: Position) -> Problem {
        let names = self.values.iter().map(|(name, _)| name.as_str());
        let problem = Problem::new(position, format!("variable '{name}' is not defined"));
        match closest(name, names) {
            Some(near) => problem.with_hint(format!("did you mean '{near}'?")),
            None => problem.with_hint(format!("declare it under 'variables', or give -V {name}=…")),
        }
    }

    /// `${name}` as the template language writes it, so that a text is rendered once.
    fn as_template(&self, text: &str, position: Position) -> Result<String, Problem> {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            if let Some(after) = rest.strip_prefix("$${") {
                out.push_str("{{ '${' }}");
                rest = after;
            } else if let Some(after) = rest.strip_prefix("${") {
                let Some(end) = after.find('}') else {
                    return Err(Problem::new(position, "'${' is not closed"));
                };
                let name = after[..end].trim();
                match name.split_once('.') {
                    Some(("secret", name)) if is_name(name) => {
                        out.push_str(&format!("{{{{ secret('{name}') }}}}"));
                    }
                    Some(("env", name)) if is_name(name) => {
                        out.push_str(&format!("{{{{ env_var('{name}') }}}}"));
                    }
                    None if is_name(name) => {
                        self.value(name, position)?;
                        out.push_str(&format!("{{{{ var('{name}') }}}}"));
                    }
                    _ => {
                        let message = format!("'${{{name}}}' does not name a variable");
                        return Err(Problem::new(position, message));
                    }
                }
                rest = &after[end + 1..];
            } else {
                let name_end = rest[1..]
                    .find(|c: char| !c.is_alphanumeric() && c != '_')
                    .map_or(rest.len(), |end| end + 1);
                let name = &rest[1..name_end];
                if self.dollar_names && self.is_declared(name) {
                    out.push_str(&format!("{{{{ var('{name}') }}}}"));
                    rest = &rest[name_end..];
                } else {
                    out.push('$');
                    rest = &rest[1..];
                }
            }
        }
        out.push_str(rest);
        Ok(out)
    }

    fn render_text(
        &self,
        text: &str,
        position: Position,
        references: &mut References,
    ) -> Result<String, Problem> {
        if !text.contains('$')
            && !text.contains("{{")
            && !text.contains("{%")
            && !text.contains("{#")
        {
            return Ok(text.to_string());
        }
        let template = self.as_template(text, position)?;
        let found = Arc::new(Mutex::new(vec![]));
        let environment = self.template_environment(&found);
        let rendered = environment.render_str(&template, self.template_values());
        if let Ok(found) = found.lock() {
            references.0.extend(found.iter().cloned());
        }
        rendered.map_err(|error| self.template_problem(&error, position))
    }

    /// The value of a condition such as `${x} >= 30 and env == 'prod'`.
    pub(crate) fn condition(&self, text: &str, position: Position) -> Result<bool, Problem> {
        let trimmed = text.trim();
        let bare = trimmed.strip_prefix("{{").and_then(|text| text.strip_suffix("}}"));
        let mut expression = String::new();
        let mut rest = bare.unwrap_or(trimmed);
        while let Some(at) = rest.find("${") {
            expression.push_str(&rest[..at]);
            let after = &rest[at + 2..];
            let Some(end) = after.find('}') else {
                return Err(Problem::new(position, "'${' is not closed"));
            };
            let name = after[..end].trim();
            self.value(name, position)?;
            expression.push_str(name);
            rest = &after[end + 1..];
        }
        expression.push_str(rest);
        // Quotes around a variable, as text needs in upstream's files, are around its name here.
        for (name, _) in &self.values {
            for quote in ['\'', '"'] {
                let quoted = format!("{quote}${{{name}}}{quote}");
                if text.contains(&quoted) {
                    expression = expression.replace(&format!("{quote}{name}{quote}"), name);
                }
            }
        }
        let environment = self.template_environment(&Arc::default());
        let compiled = environment
            .compile_expression(&expression)
            .map_err(|error| self.template_problem(&error, position))?;
        let value = compiled
            .eval(self.template_values())
            .map_err(|error| self.template_problem(&error, position))?;
        match value.is_undefined() {
            true => Err(self.unknown(expression.trim(), position)),
            false => Ok(value.is_true()),
        }
    }

    fn template_values(&self) -> Rendered {
        Rendered::from_pairs(self.values.iter().map(|(name, node)| (name.clone(), rendered(node))))
    }

    fn template_environment(&self, references: &Arc<Mutex<Vec<String>>>) -> Environment<'static> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let values: BTreeMap<String, Rendered> =
            self.values.iter().map(|(name, node)| (name.clone(), rendered(node))).collect();
        environment.add_function("var", move |name: String, default: Option<Rendered>| {
            match (values.get(&name), default) {
                (Some(value), _) => Ok(value.clone()),
                (None, Some(default)) => Ok(default),
                (None, None) => Err(missing(format!("variable '{name}' is not defined"))),
            }
        });
        let variables = Arc::clone(&self.environment);
        environment.add_function("env_var", move |name: String, default: Option<String>| {
            variables
                .get(&name)
                .cloned()
                .or(default)
                .ok_or_else(|| missing(format!("the environment has no variable '{name}'")))
        });
        let (variables, secrets) = (Arc::clone(&self.environment), Arc::clone(&self.secrets));
        environment.add_function("secret", move |name: String| {
            let value = variables
                .get(&name)
                .cloned()
                .ok_or_else(|| missing(format!("the environment has no secret '{name}'")))?;
            if let Ok(mut secrets) = secrets.lock()
                && !value.is_empty()
            {
                secrets.push(value.clone());
            }
            Ok(value)
        });
        let references = Arc::clone(references);
        environment.add_function("ref", move |name: String| {
            let quoted = identifier(&name);
            if let Ok(mut references) = references.lock() {
                references.push(name);
            }
            quoted
        });
        environment
    }

    fn template_problem(&self, error: &minijinja::Error, position: Position) -> Problem {
        let detail = error.detail().map(str::to_string);
        match (error.kind(), detail) {
            (ErrorKind::UndefinedError, detail) => {
                let names = detail.unwrap_or_else(|| "a name is not defined".to_string());
                Problem::new(position, format!("template: {names}")).with_hint(format!(
                    "variables: {}",
                    self.values
                        .iter()
                        .map(|(name, _)| name.as_str())
                        .collect::<Vec<_>>()
                        .join(", ")
                ))
            }
            (ErrorKind::InvalidOperation, Some(detail)) => Problem::new(position, detail),
            (kind, Some(detail)) => Problem::new(position, format!("template: {kind}: {detail}")),
            (kind, None) => Problem::new(position, format!("template: {kind}")),
        }
    }
}

/// A value as templates see it.
fn rendered(node: &Node) -> Rendered {
    match &node.value {
        Value::Null => Rendered::from(()),
        Value::Bool(value) => Rendered::from(*value),
        Value::Int(value) => Rendered::from(*value),
        Value::Float(value) => Rendered::from(*value),
        Value::Text(text) => Rendered::from(text.clone()),
        Value::List(items) => Rendered::from(items.iter().map(rendered).collect::<Vec<_>>()),
        Value::Map(entries) => Rendered::from_pairs(
            entries.iter().map(|(key, node)| (key.name.clone(), rendered(node))),
        ),
    }
}

fn missing(message: String) -> minijinja::Error {
    minijinja::Error::new(ErrorKind::InvalidOperation, message)
}

/// Whether the text is a name.
pub(crate) fn is_name(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && characters.all(|c| c.is_alphanumeric() || c == '_')
}

/// The value that a text of unknown type stands for.
fn guess(text: &str) -> Value {
    if let Ok(number) = text.parse::<i64>() {
        return Value::Int(number);
    }
    match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Value::Float(number),
            _ => Value::Text(text.to_string()),
        },
    }
}

/// `name: default`, or `name: {type, default, description, secret}`.
struct Declaration {
    kind: Option<String>,
    default: Option<Node>,
    secret: bool,
    position: Position,
}

const TYPES: [&str; 6] = ["string", "int", "float", "bool", "date", "list"];

impl Declaration {
    fn read(node: &Node) -> Result<Self, Problem> {
        const KEYS: [&str; 5] = ["type", "default", "description", "secret", "required"];
        let typed = matches!(node.value, Value::Map(_))
            && (node.get("type").is_some()
                || node.get("default").is_some()
                || node.get("secret").is_some()
                || node.get("required").is_some());
        if !typed {
            let default = (node.value != Value::Null).then(|| node.clone());
            return Ok(Self { kind: None, default, secret: false, position: node.position });
        }
        if let Some((key, _)) =
            node.entries().iter().find(|(key, _)| !KEYS.contains(&key.name.as_str()))
        {
            let message = format!("a variable has no key '{}'", key.name);
            return Err(Problem::unknown(key.position, message, &key.name, &KEYS));
        }
        let kind = node.get("type").and_then(Node::scalar);
        if let Some(kind) = &kind
            && !TYPES.contains(&kind.as_str())
        {
            let message = format!("'{kind}' is not a type of variables");
            return Err(Problem::unknown(node.position, message, kind, &TYPES));
        }
        let secret = matches!(node.get("secret").map(|node| &node.value), Some(Value::Bool(true)));
        Ok(Self { kind, default: node.get("default").cloned(), secret, position: node.position })
    }

    /// A value from the command line or the environment.
    fn parse(&self, text: &str) -> Result<Node, Problem> {
        let value = match self.kind.as_deref() {
            Some("string" | "date") => Value::Text(text.to_string()),
            Some("list") => Value::List(
                text.split(',')
                    .map(|item| Node { value: guess(item.trim()), position: self.position })
                    .collect(),
            ),
            Some(_) => guess(text),
            // A text by default stays a text: '007' is no number then.
            None => match self.default.as_ref().map(|node| &node.value) {
                Some(Value::Text(_)) => Value::Text(text.to_string()),
                _ => guess(text),
            },
        };
        self.check(Node { value, position: self.position })
    }

    fn check(&self, node: Node) -> Result<Node, Problem> {
        let fits = match (self.kind.as_deref(), &node.value) {
            (None, _) | (Some("string"), Value::Text(_)) => true,
            (Some("int"), Value::Int(_)) | (Some("bool"), Value::Bool(_)) => true,
            (Some("float"), Value::Float(_) | Value::Int(_)) => true,
            (Some("list"), Value::List(_)) => true,
            (Some("date"), Value::Text(text)) => is_date(text),
            (Some("string"), Value::Int(_) | Value::Float(_) | Value::Bool(_)) => {
                let text = node.scalar().unwrap_or_default();
                return Ok(Node { value: Value::Text(text), position: node.position });
            }
            _ => false,
        };
        match fits {
            true => Ok(node),
            false => Err(Problem::new(
                self.position,
                format!(
                    "'{}' is not of type {}",
                    node.scalar().unwrap_or_else(|| node.kind().to_string()),
                    self.kind.as_deref().unwrap_or_default()
                ),
            )),
        }
    }
}

/// `2025-01-31`.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let number = |text: &str| text.parse::<u32>().ok();
    match parts.as_slice() {
        [year, month, day] if year.len() == 4 && month.len() == 2 && day.len() == 2 => {
            number(year).is_some()
                && number(month).is_some_and(|month| (1..=12).contains(&month))
                && number(day).is_some_and(|day| (1..=31).contains(&day))
        }
        _ => false,
    }
}
