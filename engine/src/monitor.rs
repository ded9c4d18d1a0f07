//! The engine about itself: `system.queries`, `system.settings`, `system.functions`, `KILL QUERY`, and
//! `SET`, `RESET` and `SHOW` for the settings of the session.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use async_trait::async_trait;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::DFParser;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, Word};
use extension::{
    Command, Error, Extension, ParsedStatement, Registry, Result, SnapshotTable, StatementParser,
    StatementSyntax, SystemTable,
};

use crate::session::Shared;
use crate::use_schema::UseParser;
use crate::{describe, settings};

/// The engine's own part.
#[derive(Debug)]
pub(crate) struct Monitor {
    pub(crate) shared: Arc<Shared>,
}

impl Extension for Monitor {
    fn name(&self) -> &'static str {
        "monitor"
    }

    fn register(&self, registry: &mut Registry) -> Result<()> {
        registry.add_service(Arc::clone(&self.shared));
        registry.system_tables.push(queries_table(Arc::clone(&self.shared)));
        registry.system_tables.push(settings_table(Arc::clone(&self.shared)));
        registry.system_tables.push(functions_table(Arc::clone(&self.shared)));
        registry.system_tables.push(parameters_table(Arc::clone(&self.shared)));
        registry.system_tables.push(statements_table(Arc::clone(&self.shared)));
        registry.statements.push(Arc::new(KillParser));
        registry.statements.push(Arc::new(SettingParser));
        registry.statements.push(Arc::new(UseParser));
        Ok(())
    }
}

fn field(name: &str, data_type: DataType) -> Field {
    Field::new(name, data_type, true)
}

fn texts<T: AsRef<str>>(values: impl IntoIterator<Item = Option<T>>) -> ArrayRef {
    Arc::new(StringArray::from_iter(values))
}

fn table(
    name: &'static str,
    description: &'static str,
    fields: Vec<Field>,
    columns: impl Fn(&dyn datafusion::catalog::Session) -> Vec<ArrayRef> + Send + Sync + 'static,
) -> SystemTable {
    let schema: SchemaRef = Arc::new(Schema::new(fields));
    let rows = Arc::clone(&schema);
    let snapshot = move |session: &dyn datafusion::catalog::Session| {
        Ok(RecordBatch::try_new(Arc::clone(&rows), columns(session))?)
    };
    SystemTable { name, description, provider: Arc::new(SnapshotTable::new(schema, snapshot)) }
}

fn queries_table(shared: Arc<Shared>) -> SystemTable {
    let timestamp = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let fields = vec![
        field("id", DataType::Utf8),
        field("text", DataType::Utf8),
        field("state", DataType::Utf8),
        field("started", timestamp),
        field("seconds", DataType::Float64),
        field("rows", DataType::Int64),
        field("memory_bytes", DataType::Int64),
        field("peak_memory_bytes", DataType::Int64),
        field("error", DataType::Utf8),
    ];
    table("queries", "queries that run and the last ones that ran", fields, move |_| {
        let queries = shared.queries.list();
        let numbers = |values: Vec<i64>| Arc::new(Int64Array::from(values)) as ArrayRef;
        vec![
            texts(queries.iter().map(|query| Some(&query.id))),
            texts(queries.iter().map(|query| Some(&query.text))),
            texts(queries.iter().map(|query| Some(query.state.as_str()))),
            Arc::new(
                TimestampMicrosecondArray::from_iter_values(
                    queries.iter().map(|query| query.started.timestamp_micros()),
                )
                .with_timezone("UTC"),
            ),
            Arc::new(Float64Array::from_iter_values(
                queries.iter().map(|query| query.duration.as_secs_f64()),
            )),
            numbers(queries.iter().map(|query| query.rows as i64).collect()),
            numbers(queries.iter().map(|query| query.memory as i64).collect()),
            numbers(queries.iter().map(|query| query.peak_memory as i64).collect()),
            texts(queries.iter().map(|query| query.error.as_deref())),
        ]
    })
}

fn settings_table(shared: Arc<Shared>) -> SystemTable {
    let fields =
        ["name", "value", "default", "type", "description"].map(|name| field(name, DataType::Utf8));
    table("settings", "settings of the session", fields.to_vec(), move |session| {
        let settings = settings::all(&shared.config.read(), session.config_options());
        vec![
            texts(settings.iter().map(|setting| Some(&setting.name))),
            texts(settings.iter().map(|setting| setting.value.as_deref())),
            texts(settings.iter().map(|setting| setting.default.as_deref())),
            texts(settings.iter().map(|setting| Some(&setting.type_name))),
            texts(settings.iter().map(|setting| Some(&setting.description))),
        ]
    })
}

fn functions_table(shared: Arc<Shared>) -> SystemTable {
    let fields = ["name", "kind", "family", "description", "usage", "example"]
        .map(|name| field(name, DataType::Utf8));
    table("functions", "functions that SQL may call", fields.to_vec(), move |session| {
        let functions = describe::functions(session, &shared.table_functions());
        vec![
            texts(functions.iter().map(|function| Some(&function.name))),
            texts(functions.iter().map(|function| Some(function.kind))),
            texts(functions.iter().map(|function| Some(&function.family))),
            texts(functions.iter().map(|function| Some(&function.description))),
            texts(functions.iter().map(|function| Some(&function.usage))),
            texts(functions.iter().map(|function| function.example.as_deref())),
        ]
    })
}

fn parameters_table(shared: Arc<Shared>) -> SystemTable {
    let mut fields = ["function", "name", "type", "default", "description"]
        .map(|name| field(name, DataType::Utf8))
        .to_vec();
    fields.insert(1, field("position", DataType::Int64));
    table("function_parameters", "parameters of table functions", fields, move |_| {
        let functions = shared.table_functions();
        let parameters: Vec<_> = functions
            .iter()
            .flat_map(|(_, function)| {
                let numbered = function.parameters.iter().zip(1_i64..);
                numbered.map(move |(parameter, position)| {
                    // What cannot be given by position has none.
                    let position = (position <= function.positional as i64).then_some(position);
                    (function.name, position, parameter)
                })
            })
            .collect();
        vec![
            texts(parameters.iter().map(|(function, ..)| Some(function))),
            Arc::new(Int64Array::from_iter(parameters.iter().map(|(_, position, _)| *position))),
            texts(parameters.iter().map(|(.., parameter)| Some(parameter.name))),
            texts(parameters.iter().map(|(.., parameter)| Some(parameter.type_name))),
            texts(parameters.iter().map(|(.., parameter)| parameter.default)),
            texts(parameters.iter().map(|(.., parameter)| Some(parameter.description))),
        ]
    })
}

fn statements_table(shared: Arc<Shared>) -> SystemTable {
    let fields =
        ["name", "syntax", "description", "example"].map(|name| field(name, DataType::Utf8));
    table("statements", "statements beyond standard SQL", fields.to_vec(), move |_| {
        let statements = shared.statements();
        vec![
            texts(statements.iter().map(|statement| Some(statement.name))),
            texts(statements.iter().map(|statement| Some(statement.syntax))),
            texts(statements.iter().map(|statement| Some(statement.description))),
            texts(statements.iter().map(|statement| Some(statement.example))),
        ]
    })
}

/// `KILL [QUERY] 'id'`.
#[derive(Debug)]
struct KillParser;

#[derive(Debug)]
struct Kill {
    id: String,
}

impl StatementParser for KillParser {
    fn syntax(&self) -> &StatementSyntax {
        &StatementSyntax {
            name: "KILL QUERY",
            syntax: "KILL [QUERY] 'id'",
            description: "Stops a running query. SELECT id, text FROM system.queries lists the ids.",
            example: "SELECT id, text FROM system.queries WHERE state = 'running'",
        }
    }

    fn parse(&self, parser: &mut DFParser<'_>) -> Result<Option<ParsedStatement>> {
        if !parser.parser.parse_keyword(Keyword::KILL) {
            return Ok(None);
        }
        let _ = parser.parser.parse_keyword(Keyword::QUERY);
        let id = parser
            .parser
            .parse_literal_string()
            .map_err(datafusion::error::DataFusionError::from)?;
        Ok(Some(ParsedStatement::Command(Arc::new(Kill { id }))))
    }
}

#[async_trait]
impl Command for Kill {
    fn writes(&self) -> bool {
        false
    }

    async fn run(&self, context: &SessionContext) -> Result<Option<RecordBatch>> {
        match Shared::of(context)?.queries.cancel(&self.id) {
            true => Ok(None),
            false => Err(Error::not_found(format!("no running query has the id '{}'", self.id))
                .with_hint(
                    "SELECT id, text FROM system.queries WHERE state = 'running' lists them",
                )),
        }
    }
}

/// `SET name = value`, `RESET name` and `SHOW name` for our settings; DataFusion's are left to it.
#[derive(Debug)]
struct SettingParser;

#[derive(Debug)]
enum SettingCommand {
    Set { name: String, value: String },
    Reset { name: String },
    Show { name: String },
}

impl StatementParser for SettingParser {
    fn syntax(&self) -> &StatementSyntax {
        &StatementSyntax {
            name: "SET",
            syntax: "SET name = value | RESET name | SHOW name",
            description: "Changes or shows a setting. SELECT * FROM system.settings lists them.",
            example: "SET threads = 2",
        }
    }

    fn parse(&self, parser: &mut DFParser<'_>) -> Result<Option<ParsedStatement>> {
        let word = |token: Token| match token {
            Token::Word(word) => Some(word),
            _ => None,
        };
        let sql = &mut parser.parser;
        let Some(verb) = word(sql.peek_token().token) else {
            return Ok(None);
        };
        let scope = |token: Token| {
            word(token).is_some_and(|word| {
                matches!(word.keyword, Keyword::GLOBAL | Keyword::SESSION | Keyword::LOCAL)
            })
        };
        let skip = match verb.keyword {
            Keyword::SET | Keyword::RESET if scope(sql.peek_nth_token(1).token) => 2,
            Keyword::SET | Keyword::RESET | Keyword::SHOW => 1,
            _ => return Ok(None),
        };
        let Some(Word { value: name, keyword, .. }) = word(sql.peek_nth_token(skip).token) else {
            return Ok(None);
        };
        let dotted = sql.peek_nth_token(skip + 1).token == Token::Period;
        if dotted || !settings::is_ours(&name) {
            // A name that nobody knows; DataFusion's own names are dotted but for this one.
            let after = sql.peek_nth_token(skip + 1).token;
            let names_setting = match verb.keyword {
                Keyword::SET => after == Token::Eq,
                Keyword::RESET => after == Token::EOF,
                // SHOW TABLES and the like are other statements.
                _ => after == Token::EOF && keyword == Keyword::NoKeyword,
            };
            return match names_setting && !dotted && !name.eq_ignore_ascii_case("timezone") {
                true => Err(settings::unknown(&name)),
                false => Ok(None),
            };
        }
        (0..=skip).for_each(|_| {
            sql.next_token();
        });
        let command = match verb.keyword {
            Keyword::RESET => SettingCommand::Reset { name },
            Keyword::SHOW => SettingCommand::Show { name },
            _ => {
                if !sql.consume_token(&Token::Eq) && !sql.parse_keyword(Keyword::TO) {
                    return Err(Error::syntax(format!("expected '=' after SET {name}")));
                }
                let negative = sql.consume_token(&Token::Minus);
                let value = match sql.next_token().token {
                    Token::SingleQuotedString(text) | Token::DoubleQuotedString(text) => text,
                    Token::Number(text, _) => text,
                    Token::Word(word) => word.value,
                    other => {
                        return Err(Error::syntax(format!("SET {name}: '{other}' is not a value")));
                    }
                };
                SettingCommand::Set {
                    name,
                    value: if negative { format!("-{value}") } else { value },
                }
            }
        };
        Ok(Some(ParsedStatement::Command(Arc::new(command))))
    }
}

#[async_trait]
impl Command for SettingCommand {
    fn writes(&self) -> bool {
        false
    }

    async fn run(&self, context: &SessionContext) -> Result<Option<RecordBatch>> {
        let shared = Shared::of(context)?;
        match self {
            Self::Set { name, value } => {
                shared.configure(context, |config| config.set(name, value)).map(|()| None)
            }
            Self::Reset { name } => {
                shared.configure(context, |config| settings::reset(config, name)).map(|()| None)
            }
            Self::Show { name } => {
                let value = settings::get(&shared.config.read(), name);
                let schema = Schema::new(vec![
                    field("name", DataType::Utf8),
                    field("value", DataType::Utf8),
                ]);
                let columns = vec![texts([Some(name)]), texts([value])];
                Ok(Some(RecordBatch::try_new(Arc::new(schema), columns)?))
            }
        }
    }
}
