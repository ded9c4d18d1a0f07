//! `USE [catalog.]schema`: where names without a catalog or schema belong from now on.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::common::DataFusionError;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::DFParser;
use datafusion::sql::sqlparser::keywords::Keyword;
use extension::{
    Command, Databases, Error, ParsedStatement, Result, StatementParser, StatementSyntax, closest,
};

use crate::session::Shared;

/// The statement.
#[derive(Debug)]
pub(crate) struct UseParser;

#[derive(Debug)]
struct Use {
    names: Vec<String>,
}

impl StatementParser for UseParser {
    fn syntax(&self) -> &StatementSyntax {
        &StatementSyntax {
            name: "USE",
            syntax: "USE catalog | schema | catalog.schema",
            description: "Makes a catalog or schema the one of names without one.",
            example: "CREATE SCHEMA sales; USE sales",
        }
    }

    fn parse(&self, parser: &mut DFParser<'_>) -> Result<Option<ParsedStatement>> {
        if !parser.parser.parse_keyword(Keyword::USE) {
            return Ok(None);
        }
        let name = parser.parser.parse_object_name(false).map_err(DataFusionError::from)?;
        let names = name
            .0
            .iter()
            .filter_map(|part| part.as_ident())
            .map(|ident| match ident.quote_style {
                Some(_) => ident.value.clone(),
                None => ident.value.to_lowercase(),
            })
            .collect();
        Ok(Some(ParsedStatement::Command(Arc::new(Use { names }))))
    }
}

#[async_trait]
impl Command for Use {
    fn writes(&self) -> bool {
        false
    }

    async fn run(&self, context: &SessionContext) -> Result<Option<RecordBatch>> {
        let shared = Shared::of(context)?;
        let (catalog, schema) = find(context, &shared, &self.names)?;
        shared.configure(context, |config| {
            config.default_catalog = catalog;
            config.default_schema = schema;
            Ok(())
        })?;
        Ok(None)
    }
}

/// The catalog and schema that are meant: a schema of the current catalog before a catalog.
fn find(context: &SessionContext, shared: &Shared, names: &[String]) -> Result<(String, String)> {
    let current = shared.config.read().default_catalog.clone();
    let has = |catalog: &str, schema: &str| {
        context.catalog(catalog).is_some_and(|found| found.schema(schema).is_some())
    };
    let databases = context.state_ref().read().config().get_extension::<Databases>();
    let database = |name: &str| databases.as_ref().and_then(|databases| databases.get(name));
    match names {
        [name] if has(&current, name) => Ok((current, name.clone())),
        [name] if database(name).is_some() => {
            let database = database(name).map(|found| (found.name, found.default_schema));
            database.filter(|(name, schema)| has(name, schema)).ok_or_else(|| {
                Error::invalid_input(format!("database '{name}' has no schema to use"))
            })
        }
        [catalog, schema] if has(catalog, schema) => {
            // A database is found in any case, and known by its own spelling from here on.
            let catalog = database(catalog).map_or_else(|| catalog.clone(), |found| found.name);
            Ok((catalog, schema.clone()))
        }
        _ => {
            let name = names.join(".");
            let error = Error::not_found(format!("no catalog or schema is named '{name}'"));
            let schemas = context.catalog(&current).map(|found| found.schema_names());
            let mut known = context.catalog_names();
            known.extend(schemas.unwrap_or_default());
            Err(match closest(&name, known.iter().map(String::as_str)) {
                Some(near) => error.with_hint(format!("did you mean '{near}'?")),
                None => error.with_hint("SHOW SCHEMAS lists them"),
            })
        }
    }
}
