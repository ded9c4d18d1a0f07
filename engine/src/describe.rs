//! What a session knows, as lists for help, completion, Python and `system.*`.

use datafusion::catalog::Session as DataFusionSession;
use datafusion::logical_expr::Documentation;
use extension::Signature;

/// A function that SQL may call.
#[derive(Debug, Clone)]
pub struct FunctionInfo {
    /// The name.
    pub name: String,
    /// `scalar`, `aggregate`, `window` or `table`.
    pub kind: &'static str,
    /// The reference page it stands on, such as `text` or `dates`.
    pub family: String,
    /// What it returns.
    pub description: String,
    /// How it is called.
    pub usage: String,
    /// A query that runs.
    pub example: Option<String>,
}

/// A table, view or system table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TableInfo {
    /// The catalog.
    pub catalog: String,
    /// The schema.
    pub schema: String,
    /// The name.
    pub name: String,
    /// `table`, `view` or `system`.
    pub kind: &'static str,
}

/// All functions, by kind and name.
pub(crate) fn functions(
    session: &dyn DataFusionSession,
    table_functions: &[(&'static str, Signature)],
) -> Vec<FunctionInfo> {
    let mut functions: Vec<FunctionInfo> = vec![];
    for (name, function) in session.scalar_functions() {
        functions.push(documented(name, function.name(), "scalar", function.documentation()));
    }
    for (name, function) in session.higher_order_functions() {
        functions.push(documented(name, function.name(), "scalar", function.documentation()));
    }
    for (name, function) in session.aggregate_functions() {
        functions.push(documented(name, function.name(), "aggregate", function.documentation()));
    }
    for (name, function) in session.window_functions() {
        functions.push(documented(name, function.name(), "window", function.documentation()));
    }
    for (family, signature) in table_functions {
        for name in std::iter::once(&signature.name).chain(signature.aliases) {
            functions.push(FunctionInfo {
                name: name.to_string(),
                kind: "table",
                family: family.to_string(),
                description: signature.description.to_string(),
                usage: signature.usage(),
                example: Some(signature.example.to_string()),
            });
        }
    }
    for built_in in planner::MACROS {
        functions.push(FunctionInfo {
            name: built_in.name.to_string(),
            kind: if built_in.sql.contains(" AS TABLE ") { "table" } else { "scalar" },
            family: built_in.family.to_string(),
            description: built_in.description.to_string(),
            usage: built_in.usage.to_string(),
            example: Some(format!("{}; -- {}", built_in.example, built_in.result)),
        });
    }
    functions.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
    functions
}

/// The manual of a function by one of its names; that of an alias says the name it is called by.
fn documented(
    name: &str,
    original: &str,
    kind: &'static str,
    documentation: Option<&Documentation>,
) -> FunctionInfo {
    let usage = match documentation {
        Some(manual) => match manual.syntax_example.strip_prefix(original) {
            Some(arguments) => format!("{name}{arguments}"),
            None => manual.syntax_example.clone(),
        },
        None => format!("{name}(…)"),
    };
    FunctionInfo {
        name: name.to_string(),
        kind,
        family: documentation.map(|d| d.doc_section.label.to_string()).unwrap_or_default(),
        description: documentation.map(|d| d.description.trim().to_string()).unwrap_or_default(),
        usage,
        example: documentation.and_then(|d| d.sql_example.clone()),
    }
}
