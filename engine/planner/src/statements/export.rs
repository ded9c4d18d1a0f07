//! `EXPORT DATABASE` and `IMPORT DATABASE`: a folder with the statements that make everything again, and
//! a file for each table.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::common::utils::quote_identifier;
use datafusion::datasource::listing::ListingTableUrl;
use datafusion::object_store::{ObjectStoreExt, PutPayload};
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::DFParser;
use datafusion::sql::sqlparser::ast::visit_relations;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};
use extension::{
    Command, Error, FriendlyDialect, ParsedStatement, PlanStatement, Result, StatementPlanner,
    StatementSyntax, sql_field_type_name,
};

use super::{BuiltIn, Reader, command, current, quoted, syntax_error, take_words};
use crate::introspection::{Relation, Snapshot};
use crate::objects::UserType;
use crate::statements::variable::objects_of;

/// The file with the statements that make tables and the rest.
const SCHEMA: &str = "schema.sql";
/// The file with the statements that fill the tables.
const LOAD: &str = "load.sql";

/// `EXPORT DATABASE`.
#[derive(Debug)]
pub(crate) struct Export;

#[derive(Debug)]
struct ExportTo {
    folder: String,
    format: String,
    /// The other options, as they were written.
    options: Vec<(String, String)>,
}

impl BuiltIn for Export {
    fn syntax(&self) -> &'static StatementSyntax {
        &StatementSyntax {
            name: "EXPORT DATABASE",
            syntax: "EXPORT DATABASE [database TO] 'folder' [(FORMAT parquet | csv | json, option value, …)]",
            description: "Writes schema.sql, load.sql and a file for each table into a folder, from which IMPORT DATABASE \
                makes them again: schemas, types, sequences, macros, tables and views, but nothing temporary. \
                The format is Parquet unless another is given, since CSV does not keep types; options are those of COPY.",
            example: "CREATE OR REPLACE TABLE numbers AS SELECT 1 AS i; \
                EXPORT DATABASE '/tmp/parquetframe_export' (FORMAT parquet)",
        }
    }

    fn parse(
        &self,
        parser: &mut DFParser<'_>,
        reader: &Reader<'_>,
    ) -> Result<Option<ParsedStatement>> {
        let sql = &mut parser.parser;
        if !take_words(sql, &["EXPORT", "DATABASE"]) {
            return Ok(None);
        }
        if !matches!(sql.peek_token_ref().token, Token::SingleQuotedString(_)) {
            let database = sql.parse_identifier().map_err(syntax_error)?.value;
            let (catalog, _) = current(reader.state);
            if !database.eq_ignore_ascii_case(&catalog) {
                return Err(Error::unsupported(format!(
                    "EXPORT DATABASE writes the current database, {catalog}, and not '{database}'"
                ))
                .with_hint(format!("USE {database} makes it the current one")));
            }
            if !take_words(sql, &["TO"]) {
                return Err(Error::syntax("expected TO and a folder in EXPORT DATABASE"));
            }
        }
        let folder = sql.parse_literal_string().map_err(syntax_error)?;
        let (format, options) = options(sql)?;
        command(ExportTo { folder, format, options })
    }
}

/// FORMAT and the other options.
fn options(sql: &mut Parser<'_>) -> Result<(String, Vec<(String, String)>)> {
    let (mut format, mut options) = ("parquet".to_string(), vec![]);
    if !sql.consume_token(&Token::LParen) {
        return Ok((format, options));
    }
    loop {
        let name = sql.parse_identifier().map_err(syntax_error)?.value;
        let mut value = String::new();
        while !matches!(sql.peek_token_ref().token, Token::Comma | Token::RParen | Token::EOF) {
            value.push_str(&sql.next_token().token.to_string());
        }
        match name.eq_ignore_ascii_case("format") {
            true => format = value.trim_matches('\'').to_lowercase(),
            false => options.push((name, value)),
        }
        if !sql.consume_token(&Token::Comma) {
            break;
        }
    }
    sql.expect_token(&Token::RParen).map_err(syntax_error)?;
    match format.as_str() {
        "csv" | "parquet" | "json" => Ok((format, options)),
        other => Err(Error::unsupported(format!("EXPORT DATABASE does not write '{other}'"))
            .with_hint("formats are parquet, csv and json")),
    }
}

/// Options of COPY … TO that say the same in COPY … FROM.
const READ_TOO: [&str; 9] =
    ["header", "delimiter", "delim", "sep", "quote", "escape", "null", "nullstr", "dateformat"];

impl ExportTo {
    /// The list in parentheses after COPY.
    fn copy_options(&self, reading: bool) -> String {
        let mut text = format!("(FORMAT {}", self.format);
        let csv = self.format == "csv";
        let given = |names: &[&str]| {
            self.options.iter().any(|(name, _)| names.contains(&name.to_lowercase().as_str()))
        };
        if csv && !given(&["header"]) {
            text.push_str(", HEADER true");
        }
        // An empty text is another value than NULL.
        if csv && !given(&["null", "nullstr"]) {
            text.push_str(", NULL '\\N'");
        }
        for (name, value) in &self.options {
            if !reading || csv && READ_TOO.contains(&name.to_lowercase().as_str()) {
                let _ = write!(text, ", {name} {value}");
            }
        }
        text + ")"
    }
}

#[async_trait]
impl Command for ExportTo {
    fn writes(&self) -> bool {
        false
    }

    async fn run(&self, context: &SessionContext) -> Result<Option<RecordBatch>> {
        let state = context.state();
        let objects = objects_of(context)?;
        let session = Snapshot::take(&state, Arc::clone(&objects)).await?;
        let mut schema = String::new();
        let mut load = String::new();
        for entry in &session.schemas {
            let wanted = entry.database == session.default_catalog && !entry.internal;
            if wanted && !matches!(entry.name.as_str(), "main" | "temp") {
                let name = quote_identifier(&entry.name);
                let _ = writeln!(schema, "CREATE SCHEMA IF NOT EXISTS {name};");
            }
        }
        for (name, made) in objects.types.read().iter() {
            let name = quote_identifier(name);
            let _ = match made {
                UserType::Alias(meant) => writeln!(schema, "CREATE TYPE {name} AS {meant};"),
                UserType::Enum(values) => {
                    let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
                    writeln!(schema, "CREATE TYPE {name} AS ENUM ({});", values.join(", "))
                }
            };
        }
        for sequence in objects.sequences.list() {
            if !sequence.temporary {
                let _ = writeln!(schema, "{};", sequence.to_sql());
            }
        }
        for found in objects.macros.read().values() {
            let _ = writeln!(schema, "{};", found.to_sql());
        }
        let exported = |relation: &&Relation| {
            relation.database == session.default_catalog
                && !relation.temporary
                && !relation.internal
        };
        let planner = StatementPlanner::of(context)?;
        let mut copies = vec![];
        for table in session.tables().filter(exported) {
            let definition = definition(table);
            let _ = writeln!(schema, "{definition};");
            if definition.starts_with("CREATE EXTERNAL TABLE") {
                continue;
            }
            let written: Vec<String> = written(table);
            let file = match table.schema == "main" {
                true => format!("{}.{}", file_name(&table.name), self.format),
                false => format!(
                    "{}_{}.{}",
                    file_name(&table.schema),
                    file_name(&table.name),
                    self.format
                ),
            };
            let path = quoted(&joined(&self.folder, &file));
            let (name, columns) = (name(table), written.join(", "));
            copies.push(format!(
                "COPY (SELECT {columns} FROM {name}) TO {path} {}",
                match self.options.iter().any(|(name, _)| name.eq_ignore_ascii_case("overwrite")) {
                    true => self.copy_options(false),
                    false => self.copy_options(false).replacen(')', ", OVERWRITE true)", 1),
                }
            ));
            let reading = self.copy_options(true);
            let _ = writeln!(load, "COPY {name} ({columns}) FROM {path} {reading};");
        }
        let views: Vec<&Relation> = session.views().filter(exported).collect();
        for view in ordered(views) {
            if let Some(definition) = view.table.get_table_definition() {
                let _ = writeln!(schema, "{};", definition.trim_end_matches(';'));
            }
        }
        for relation in session.relations.iter().filter(exported) {
            let kind = if relation.is_view { "VIEW" } else { "TABLE" };
            if let Some(comment) = &relation.comment {
                let comment = quoted(comment);
                let _ = writeln!(schema, "COMMENT ON {kind} {} IS {comment};", name(relation));
            }
            for (field, comment) in
                relation.table.schema().fields().iter().zip(&relation.column_comments)
            {
                if let Some(comment) = comment {
                    let (column, comment) = (quote_identifier(field.name()), quoted(comment));
                    let name = name(relation);
                    let _ = writeln!(schema, "COMMENT ON COLUMN {name}.{column} IS {comment};");
                }
            }
        }
        if !is_url(&self.folder) {
            std::fs::create_dir_all(&self.folder).map_err(|error| {
                Error::from(error).context(format_args!("folder '{}'", self.folder))
            })?;
        }
        planner.run_script(&copies.join(";\n"), context).await?;
        write(context, &self.folder, SCHEMA, schema).await?;
        write(context, &self.folder, LOAD, load).await?;
        Ok(None)
    }
}

/// The statement that makes a table.
fn definition(table: &Relation) -> String {
    match table.table.get_table_definition() {
        Some(definition) => definition.trim_end_matches(';').to_string(),
        None => {
            let columns: Vec<String> = table
                .table
                .schema()
                .fields()
                .iter()
                .map(|field| {
                    let rule = if field.is_nullable() { "" } else { " NOT NULL" };
                    let name = quote_identifier(field.name());
                    format!("{name} {}{rule}", sql_field_type_name(field))
                })
                .collect();
            format!("CREATE TABLE {} ({})", name(table), columns.join(", "))
        }
    }
}

/// The columns that are not made of others.
fn written(table: &Relation) -> Vec<String> {
    let schema = table.table.schema();
    let generated = |index: usize| {
        table.facts.columns.get(index).is_some_and(|facts| facts.generated.is_some())
    };
    let fields = schema.fields().iter().enumerate().filter(|(index, _)| !generated(*index));
    fields.map(|(_, field)| quote_identifier(field.name()).into_owned()).collect()
}

/// The name of a table or view, with the schema where it needs one.
fn name(relation: &Relation) -> String {
    let name = quote_identifier(&relation.name);
    match relation.schema == "main" {
        true => name.into_owned(),
        false => format!("{}.{name}", quote_identifier(&relation.schema)),
    }
}

/// The name as that of a file.
fn file_name(name: &str) -> String {
    let fits = |character: char| character.is_alphanumeric() || character == '_';
    name.chars().map(|character| if fits(character) { character } else { '_' }).collect()
}

/// Views after those that they read.
fn ordered(mut views: Vec<&Relation>) -> Vec<&Relation> {
    let mut ordered = vec![];
    while !views.is_empty() {
        let waiting: BTreeSet<&str> = views.iter().map(|view| view.name.as_str()).collect();
        let reads = |view: &&Relation| {
            let text = view.table.get_table_definition().unwrap_or_default();
            let Ok(statements) = Parser::parse_sql(&FriendlyDialect, text) else { return false };
            visit_relations(&statements, |relation| {
                let last = relation.0.last().and_then(|part| part.as_ident());
                match last.is_some_and(|name| {
                    name.value != view.name && waiting.contains(name.value.as_str())
                }) {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                }
            })
            .is_break()
        };
        let (later, ready): (Vec<&Relation>, Vec<&Relation>) =
            views.iter().copied().partition(reads);
        // Those that read each other stay as they are.
        match ready.is_empty() {
            true => {
                ordered.extend(later);
                break;
            }
            false => ordered.extend(ready),
        }
        views = later;
    }
    ordered
}

fn is_url(path: &str) -> bool {
    path.contains("://")
}

fn joined(folder: &str, file: &str) -> String {
    format!("{}/{file}", folder.trim_end_matches('/'))
}

async fn write(context: &SessionContext, folder: &str, file: &str, text: String) -> Result<()> {
    let path = joined(folder, file);
    match is_url(folder) {
        true => {
            let url = ListingTableUrl::parse(&path)?;
            let store = context.runtime_env().object_store(&url)?;
            let put = store.put(url.prefix(), PutPayload::from(text)).await;
            put.map_err(datafusion::error::DataFusionError::from)?;
        }
        false => {
            // A reader sees the whole file or none of it.
            let part = format!("{path}.part");
            std::fs::write(&part, text)
                .and_then(|()| std::fs::rename(&part, &path))
                .map_err(|error| Error::from(error).context(format_args!("file '{path}'")))?;
        }
    }
    Ok(())
}

async fn read(context: &SessionContext, folder: &str, file: &str) -> Result<String> {
    let path = joined(folder, file);
    let failed = |error: Error| {
        error
            .context(format_args!("file '{path}'"))
            .with_hint("IMPORT DATABASE reads a folder that EXPORT DATABASE wrote")
    };
    let bytes = match is_url(folder) {
        true => {
            let url = ListingTableUrl::parse(&path)?;
            let store = context.runtime_env().object_store(&url)?;
            let found = store.get(url.prefix()).await;
            let found = found
                .map_err(|error| failed(datafusion::error::DataFusionError::from(error).into()))?;
            let bytes = found.bytes().await;
            bytes.map_err(datafusion::error::DataFusionError::from)?.to_vec()
        }
        false => std::fs::read(Path::new(&path)).map_err(|error| failed(error.into()))?,
    };
    String::from_utf8(bytes)
        .map_err(|_| Error::invalid_data(format!("file '{path}' is not a text in UTF-8")))
}

/// `IMPORT DATABASE`.
#[derive(Debug)]
pub(crate) struct Import;

#[derive(Debug)]
struct ImportFrom {
    folder: String,
}

impl BuiltIn for Import {
    fn syntax(&self) -> &'static StatementSyntax {
        &StatementSyntax {
            name: "IMPORT DATABASE",
            syntax: "IMPORT DATABASE 'folder'",
            description: "Makes everything again that EXPORT DATABASE wrote into a folder, here or in DuckDB. If a statement \
                fails, what the others made is taken away again.",
            example: "CREATE OR REPLACE TABLE numbers AS SELECT 1 AS i; \
                EXPORT DATABASE '/tmp/parquetframe_import'; DROP TABLE numbers; \
                IMPORT DATABASE '/tmp/parquetframe_import'",
        }
    }

    fn parse(
        &self,
        parser: &mut DFParser<'_>,
        _reader: &Reader<'_>,
    ) -> Result<Option<ParsedStatement>> {
        let sql = &mut parser.parser;
        if !take_words(sql, &["IMPORT", "DATABASE"]) {
            return Ok(None);
        }
        let folder = sql.parse_literal_string().map_err(syntax_error)?;
        command(ImportFrom { folder })
    }
}

#[async_trait]
impl Command for ImportFrom {
    fn writes(&self) -> bool {
        true
    }

    async fn run(&self, context: &SessionContext) -> Result<Option<RecordBatch>> {
        let planner: Arc<dyn PlanStatement> = StatementPlanner::of(context)?;
        let schema = read(context, &self.folder, SCHEMA).await?;
        let load = moved(&read(context, &self.folder, LOAD).await?, &self.folder)?;
        let before = Before::of(context)?;
        for (file, script) in [(SCHEMA, schema), (LOAD, load)] {
            if let Err(error) = planner.run_script(&script, context).await {
                before.restore(context)?;
                let path = joined(&self.folder, file);
                return Err(error.without_position().context(format_args!("file '{path}'")));
            }
        }
        Ok(None)
    }
}

/// The statements with the folder in which their files stand now.
fn moved(load: &str, folder: &str) -> Result<String> {
    let tokens = Tokenizer::new(&FriendlyDialect, load)
        .tokenize()
        .map_err(|error| Error::syntax(format!("{}: {error}", joined(folder, LOAD))))?;
    let mut text = String::new();
    let mut after_from = false;
    for token in tokens {
        match &token {
            Token::SingleQuotedString(path) if after_from => {
                let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
                text.push_str(&quoted(&joined(folder, file)));
                after_from = false;
            }
            Token::Whitespace(_) => text.push_str(&token.to_string()),
            Token::Word(word) => {
                after_from = word.quote_style.is_none() && word.value.eq_ignore_ascii_case("from");
                text.push_str(&token.to_string());
            }
            _ => {
                after_from = false;
                text.push_str(&token.to_string());
            }
        }
    }
    Ok(text)
}

/// What there was before, by name.
struct Before {
    relations: BTreeSet<(String, String)>,
    types: std::collections::BTreeMap<String, UserType>,
    macros: std::collections::BTreeMap<String, crate::macros::Macro>,
    sequences: BTreeSet<String>,
}

impl Before {
    fn of(context: &SessionContext) -> Result<Self> {
        let objects = objects_of(context)?;
        Ok(Self {
            relations: relations(context).into_iter().collect(),
            types: objects.types.read().clone(),
            macros: objects.macros.read().clone(),
            sequences: objects.sequences.list().iter().map(|found| found.key()).collect(),
        })
    }

    /// Takes away what was not there.
    fn restore(self, context: &SessionContext) -> Result<()> {
        let objects = objects_of(context)?;
        *objects.types.write() = self.types;
        *objects.macros.write() = self.macros;
        for sequence in objects.sequences.list() {
            if !self.sequences.contains(&sequence.key()) {
                objects.sequences.drop(&sequence.schema, &sequence.name, true)?;
            }
        }
        let (catalog, _) = current(&context.state());
        for (schema, table) in relations(context) {
            let known = self.relations.contains(&(schema.clone(), table.clone()));
            let provider = context.catalog(&catalog).and_then(|catalog| catalog.schema(&schema));
            if let (false, Some(provider)) = (known, provider) {
                provider.deregister_table(&table)?;
            }
        }
        Ok(())
    }
}

/// The tables and views of the current database.
fn relations(context: &SessionContext) -> Vec<(String, String)> {
    let (catalog, _) = current(&context.state());
    let Some(catalog) = context.catalog(&catalog) else { return vec![] };
    let mut found = vec![];
    for schema in catalog.schema_names() {
        if schema == "information_schema" {
            continue;
        }
        let names = catalog.schema(&schema).map(|schema| schema.table_names());
        found.extend(names.unwrap_or_default().into_iter().map(|table| (schema.clone(), table)));
    }
    found
}
