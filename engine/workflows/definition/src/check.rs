//! Expectations about the rows of a step: each is a query that finds the rows that break it.

use crate::node::{Node, Value};
use crate::problem::Problem;
use crate::quote::{identifier, literal, value};

/// How bad it is when a check finds rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The steps that read these rows do not run.
    Error,
    /// It is told.
    Warn,
}

/// A check of a step's rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// Its name in reports, such as `not_null_id`.
    pub name: String,
    /// How bad a failure is.
    pub severity: Severity,
    /// The query of failing rows, in which `{rows}` stands for the checked rows.
    pub query: String,
    /// Datasets that the query reads besides.
    pub reads: Vec<String>,
}

/// The kinds of checks, with what follows the word in a file.
pub const CHECKS: [(&str, &str, &str); 8] = [
    ("not_null", "columns", "no value is NULL"),
    ("unique", "columns", "no two rows have the same values; NULLs do not count"),
    ("accepted_values", "{column, values}", "every value is one of the list; NULL passes"),
    ("range", "{column, min, max}", "every value lies between the two, inclusive; NULL passes"),
    ("row_count", "{min, max, equals}", "the number of rows"),
    ("regex", "{column, pattern}", "every value matches the regular expression; NULL passes"),
    (
        "relationships",
        "{column, to, field}",
        "every value occurs in the column `field` of the dataset `to`; NULL passes",
    ),
    ("sql", "condition or {condition, name}", "the condition holds for every row"),
];

impl Check {
    /// Reads one entry of `tests:` or `checks:`; a check of several columns becomes several.
    ///
    /// # Errors
    /// Kinds, keys and values that are not known.
    pub fn read(node: &Node) -> Result<Vec<Self>, Problem> {
        let severity = match node.get("severity") {
            None => Severity::Error,
            Some(node) => match node.scalar().as_deref() {
                Some("error") => Severity::Error,
                Some("warn" | "warning") => Severity::Warn,
                _ => {
                    return Err(Problem::new(node.position, "severity is 'error' or 'warn'"));
                }
            },
        };
        let mut kinds = node.entries().iter().filter(|(key, _)| key.name != "severity");
        let (Some((kind, body)), None) = (kinds.next(), kinds.next()) else {
            return Err(Problem::new(
                node.position,
                "a check is a mapping of one kind to what it checks, such as `not_null: id`",
            ));
        };
        let names = CHECKS.map(|(name, ..)| name);
        if !names.contains(&kind.name.as_str()) {
            let message = format!("'{}' is not a check", kind.name);
            return Err(Problem::unknown(kind.position, message, &kind.name, &names));
        }
        let reader = Reader { kind: &kind.name, body, severity };
        match kind.name.as_str() {
            "not_null" => reader.columns(|column| {
                format!("SELECT * FROM {{rows}} WHERE {} IS NULL", identifier(column))
            }),
            "unique" => reader.unique(),
            "accepted_values" => reader.accepted_values(),
            "range" => reader.range(),
            "row_count" => reader.row_count(),
            "regex" => reader.regex(),
            "relationships" => reader.relationships(),
            _ => reader.condition(),
        }
    }
}

struct Reader<'a> {
    kind: &'a str,
    body: &'a Node,
    severity: Severity,
}

impl Reader<'_> {
    fn check(&self, about: &str, query: String) -> Check {
        let name = match about.is_empty() {
            true => self.kind.to_string(),
            false => format!("{}_{about}", self.kind),
        };
        Check { name, severity: self.severity, query, reads: vec![] }
    }

    fn known(&self, keys: &[&str]) -> Result<(), Problem> {
        if !matches!(self.body.value, Value::Map(_)) {
            return Err(Problem::new(
                self.body.position,
                format!("'{}' takes a mapping of {}", self.kind, keys.join(", ")),
            ));
        }
        match self.body.entries().iter().find(|(key, _)| !keys.contains(&key.name.as_str())) {
            Some((key, _)) => Err(Problem::unknown(
                key.position,
                format!("'{}' has no key '{}'", self.kind, key.name),
                &key.name,
                keys,
            )),
            None => Ok(()),
        }
    }

    fn text(&self, key: &str) -> Result<String, Problem> {
        self.body.get(key).and_then(Node::scalar).ok_or_else(|| {
            Problem::new(self.body.position, format!("'{}' needs '{key}'", self.kind))
        })
    }

    fn columns(&self, query: impl Fn(&str) -> String) -> Result<Vec<Check>, Problem> {
        let columns: Vec<String> = self.body.items().iter().filter_map(Node::scalar).collect();
        match columns.is_empty() || columns.len() != self.body.items().len() {
            true => Err(Problem::new(
                self.body.position,
                format!("'{}' takes the name of a column or a list of names", self.kind),
            )),
            false => Ok(columns.iter().map(|column| self.check(column, query(column))).collect()),
        }
    }

    /// A list is one key of several columns.
    fn unique(&self) -> Result<Vec<Check>, Problem> {
        let columns: Vec<String> = self.body.items().iter().filter_map(Node::scalar).collect();
        self.columns(|_| String::new())?;
        let list: Vec<String> = columns.iter().map(|column| identifier(column)).collect();
        let present: Vec<String> =
            list.iter().map(|column| format!("{column} IS NOT NULL")).collect();
        let list = list.join(", ");
        let query = format!(
            "SELECT {list}, count(*) AS copies FROM {{rows}} WHERE {} GROUP BY {list} HAVING count(*) > 1",
            present.join(" AND ")
        );
        Ok(vec![self.check(&columns.join("_"), query)])
    }

    fn accepted_values(&self) -> Result<Vec<Check>, Problem> {
        self.known(&["column", "values"])?;
        let column = self.text("column")?;
        let values: Option<Vec<String>> = self
            .body
            .get("values")
            .map(|node| node.items())
            .filter(|items| !items.is_empty())
            .and_then(|items| items.iter().map(value).collect());
        let Some(values) = values else {
            return Err(Problem::new(
                self.body.position,
                "'accepted_values' needs a list of values",
            ));
        };
        let query = format!(
            "SELECT * FROM {{rows}} WHERE {} NOT IN ({})",
            identifier(&column),
            values.join(", ")
        );
        Ok(vec![self.check(&column, query)])
    }

    /// The bounds that are given, as conditions that a failing value meets.
    fn bounds(&self, what: &str) -> Result<String, Problem> {
        let bound = |key: &str, operator: &str| match self.body.get(key) {
            None => Ok(None),
            Some(node) => match value(node) {
                Some(value) => Ok(Some(format!("{what} {operator} {value}"))),
                None => Err(Problem::new(node.position, format!("'{key}' takes a value"))),
            },
        };
        let bounds = [bound("min", "<")?, bound("max", ">")?, bound("equals", "<>")?];
        let bounds: Vec<String> = bounds.into_iter().flatten().collect();
        match bounds.is_empty() {
            true => Err(Problem::new(self.body.position, format!("'{}' needs a bound", self.kind))),
            false => Ok(bounds.join(" OR ")),
        }
    }

    fn range(&self) -> Result<Vec<Check>, Problem> {
        self.known(&["column", "min", "max"])?;
        let column = self.text("column")?;
        let bounds = self.bounds(&identifier(&column))?;
        Ok(vec![self.check(&column, format!("SELECT * FROM {{rows}} WHERE {bounds}"))])
    }

    fn row_count(&self) -> Result<Vec<Check>, Problem> {
        self.known(&["min", "max", "equals"])?;
        let bounds = self.bounds("\"rows\"")?;
        let query = format!(
            "SELECT * FROM (SELECT count(*) AS \"rows\" FROM {{rows}}) AS counted WHERE {bounds}"
        );
        Ok(vec![self.check("", query)])
    }

    fn regex(&self) -> Result<Vec<Check>, Problem> {
        self.known(&["column", "pattern"])?;
        let column = self.text("column")?;
        let query = format!(
            "SELECT * FROM {{rows}} WHERE NOT regexp_matches(CAST({} AS VARCHAR), {})",
            identifier(&column),
            literal(&self.text("pattern")?)
        );
        Ok(vec![self.check(&column, query)])
    }

    fn relationships(&self) -> Result<Vec<Check>, Problem> {
        self.known(&["column", "to", "field"])?;
        let (column, to) = (self.text("column")?, self.text("to")?);
        let field = self.body.get("field").and_then(Node::scalar).unwrap_or_else(|| column.clone());
        let query = format!(
            "SELECT child.* FROM {{rows}} AS child WHERE child.{column} IS NOT NULL AND NOT EXISTS \
             (SELECT 1 FROM {to} AS parent WHERE parent.{field} = child.{column})",
            column = identifier(&column),
            to = identifier(&to),
            field = identifier(&field)
        );
        let mut check = self.check(&column, query);
        check.reads.push(to);
        Ok(vec![check])
    }

    fn condition(&self) -> Result<Vec<Check>, Problem> {
        let (condition, name) = match self.body.scalar() {
            Some(condition) => (condition, String::new()),
            None => {
                self.known(&["condition", "name"])?;
                let name = self.body.get("name").and_then(Node::scalar).unwrap_or_default();
                (self.text("condition")?, name)
            }
        };
        let query = format!("SELECT * FROM {{rows}} WHERE ({condition}) IS NOT TRUE");
        Ok(vec![self.check(&name, query)])
    }
}
