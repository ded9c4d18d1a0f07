//! `COMMENT ON`: words for people about tables, columns and what else the session keeps.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::catalog::TableProvider;
use datafusion::common::TableReference;
use datafusion::execution::SessionState;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::DFParser;
use datafusion::sql::sqlparser::ast::{Ident, ObjectName, ObjectNamePart};
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::Token;
use extension::{Command, Comments, Error, ParsedStatement, Result, StatementSyntax, closest};

use super::{BuiltIn, Reader, command, syntax_error, take_words};
use crate::objects::missing;
use crate::statements::sequence::place;
use crate::statements::variable::objects_of;
use extension::TEMPORARY_SCHEMA as TEMPORARY;

/// The statement.
#[derive(Debug)]
pub(crate) struct CommentOn;

/// What a comment is about.
#[derive(Debug)]
enum About {
    Table(Vec<Ident>),
    Column(Vec<Ident>, Ident),
    Sequence(String, String),
    Macro(String),
    Type(String),
}

#[derive(Debug)]
struct Comment {
    about: About,
    text: Option<String>,
}

impl BuiltIn for CommentOn {
    fn syntax(&self) -> &'static StatementSyntax {
        &StatementSyntax {
            name: "COMMENT ON",
            syntax: "COMMENT ON TABLE | VIEW | COLUMN | SEQUENCE | MACRO | TYPE name IS 'text' | NULL",
            description: "Keeps words about a table, a view, a column or something else that the session has, as long as it \
                has it. duckdb_tables() and its kin show them; NULL takes them away.",
            example: "CREATE OR REPLACE TABLE cities (name VARCHAR); COMMENT ON TABLE cities IS 'where people live'; \
                SELECT comment FROM duckdb_tables() WHERE table_name = 'cities'",
        }
    }

    fn parse(
        &self,
        parser: &mut DFParser<'_>,
        reader: &Reader<'_>,
    ) -> Result<Option<ParsedStatement>> {
        let sql = &mut parser.parser;
        if !take_words(sql, &["COMMENT", "ON"]) {
            return Ok(None);
        }
        let about = about(sql, reader)?;
        if !take_words(sql, &["IS"]) {
            return Err(Error::syntax("expected IS and a text, or NULL, in COMMENT ON"));
        }
        let text = match take_words(sql, &["NULL"]) {
            true => None,
            false => match &sql.peek_token_ref().token {
                Token::SingleQuotedString(_) => {
                    Some(sql.parse_literal_string().map_err(syntax_error)?)
                }
                other => {
                    return Err(Error::syntax(format!(
                        "expected a text in single quotes, or NULL, after IS, found '{other}'"
                    )));
                }
            },
        };
        command(Comment { about, text })
    }
}

fn about(sql: &mut Parser<'_>, reader: &Reader<'_>) -> Result<About> {
    let kind = sql.parse_identifier().map_err(syntax_error)?.value.to_uppercase();
    if kind == "MACRO" || kind == "FUNCTION" {
        let _ = take_words(sql, &["TABLE"]);
    }
    let name = sql.parse_object_name(false).map_err(syntax_error)?;
    let mut parts = idents(&name);
    let last = |parts: &[Ident]| parts.last().map(|part| part.value.clone()).unwrap_or_default();
    Ok(match kind.as_str() {
        "TABLE" | "VIEW" => About::Table(parts),
        "COLUMN" => match parts.pop() {
            Some(column) if !parts.is_empty() => About::Column(parts, column),
            _ => {
                return Err(Error::syntax(
                    "COMMENT ON COLUMN takes a table and its column, as in t.c",
                ));
            }
        },
        "SEQUENCE" => {
            let (schema, name) = place(&name, reader)?;
            About::Sequence(schema, name)
        }
        "MACRO" | "FUNCTION" => About::Macro(last(&parts)),
        "TYPE" => About::Type(last(&parts)),
        "SCHEMA" | "DATABASE" | "INDEX" => {
            return Err(Error::unsupported(format!(
                "a comment on a {} is not kept",
                kind.to_lowercase()
            )));
        }
        other => {
            return Err(Error::syntax(format!("there are no comments on a '{other}'"))
                .with_hint("comments are on a TABLE, VIEW, COLUMN, SEQUENCE, MACRO or TYPE"));
        }
    })
}

fn idents(name: &ObjectName) -> Vec<Ident> {
    name.0.iter().filter_map(ObjectNamePart::as_ident).cloned().collect()
}

fn normalized(ident: &Ident) -> String {
    match ident.quote_style {
        Some(_) => ident.value.clone(),
        None => ident.value.to_lowercase(),
    }
}

/// The table of a name; a temporary one comes first.
async fn table(parts: &[Ident], state: &SessionState) -> Result<Arc<dyn TableProvider>> {
    let names: Vec<String> = parts.iter().map(normalized).collect();
    let references = match names.as_slice() {
        [table] => vec![
            TableReference::partial(TEMPORARY, table.as_str()),
            TableReference::bare(table.as_str()),
        ],
        [schema, table] => vec![TableReference::partial(schema.as_str(), table.as_str())],
        [catalog, schema, table] => {
            vec![TableReference::full(catalog.as_str(), schema.as_str(), table.as_str())]
        }
        _ => vec![],
    };
    let mut known = vec![];
    for reference in references {
        let Ok(schema) = state.schema_for_ref(reference.clone()) else { continue };
        if let Some(table) = schema.table(reference.table()).await? {
            return Ok(table);
        }
        known.extend(schema.table_names());
    }
    let name = names.join(".");
    let error = Error::not_found(format!("table '{name}' does not exist"));
    Err(match closest(&name, known.iter().map(String::as_str)) {
        Some(near) => error.with_hint(format!("did you mean '{near}'?")),
        None => error,
    })
}

#[async_trait]
impl Command for Comment {
    fn writes(&self) -> bool {
        true
    }

    async fn run(&self, context: &SessionContext) -> Result<Option<RecordBatch>> {
        let state = context.state();
        let text = self.text.as_deref();
        let comments = Comments::of(state.config())
            .ok_or_else(|| Error::internal("the session keeps no comments"))?;
        let objects = objects_of(context)?;
        match &self.about {
            About::Table(name) => comments.set(&table(name, &state).await?, None, text),
            About::Column(name, column) => {
                let table = table(name, &state).await?;
                let schema = table.schema();
                let wanted = normalized(column);
                let found = schema.fields().iter().find(|field| {
                    field.name() == &wanted
                        || field.name().eq_ignore_ascii_case(&wanted)
                            && column.quote_style.is_none()
                });
                let Some(field) = found else {
                    let table = name.iter().map(|part| part.value.as_str()).collect::<Vec<_>>();
                    let error = Error::not_found(format!(
                        "table \"{}\" does not have a column with name \"{wanted}\"",
                        table.join(".")
                    ));
                    let names = schema.fields().iter().map(|field| field.name().as_str());
                    return Err(match closest(&wanted, names) {
                        Some(near) => error.with_hint(format!("did you mean '{near}'?")),
                        None => error,
                    });
                };
                comments.set(&table, Some(field.name()), text);
            }
            About::Sequence(schema, name) => {
                let key = objects.sequences.find(schema, name)?;
                objects.set_comment("sequence", &key, text);
            }
            About::Macro(name) => {
                if !objects.macros.read().contains_key(&name.to_lowercase()) {
                    return Err(missing(&objects.macros, "macro", name));
                }
                objects.set_comment("macro", name, text);
            }
            About::Type(name) => {
                if !objects.types.read().contains_key(&name.to_lowercase()) {
                    return Err(missing(&objects.types, "type", name));
                }
                objects.set_comment("type", name, text);
            }
        }
        Ok(None)
    }
}
