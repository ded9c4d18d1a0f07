//! `DESCRIBE` with SQL type names, and `EXPLAIN` of statements that parts spell their own way.

use std::str::FromStr;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray, new_null_array};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::common::DFSchemaRef;
use datafusion::common::format::{ExplainFormat, ExplainStatementOptions};
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::sql::parser::{
    DFParser, DFParserBuilder, ExplainStatement, Statement as DataFusionStatement,
};
use datafusion::sql::sqlparser::ast::{DescribeAlias, Statement as SqlStatement};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::Token;
use extension::{Error, FriendlyDialect, ParsedStatement, Result, sql_type_name};

/// The query whose columns a `DESCRIBE` asks for.
pub(crate) fn described(statement: &DataFusionStatement) -> Option<DataFusionStatement> {
    let DataFusionStatement::Statement(statement) = statement else {
        return None;
    };
    match statement.as_ref() {
        SqlStatement::ExplainTable {
            describe_alias: DescribeAlias::Describe | DescribeAlias::Desc,
            hive_format: None,
            table_name,
            ..
        } => DFParserBuilder::new(format!("SELECT * FROM {table_name}").as_str())
            .with_dialect(&FriendlyDialect)
            .build()
            .and_then(|mut parser| parser.parse_statement())
            .ok(),
        SqlStatement::Explain {
            describe_alias: DescribeAlias::Describe | DescribeAlias::Desc,
            statement,
            ..
        } => match statement.as_ref() {
            SqlStatement::Query(_) => Some(DataFusionStatement::Statement(statement.clone())),
            _ => None,
        },
        _ => None,
    }
}

/// One row a column: the columns of DuckDB's `DESCRIBE`.
pub(crate) fn describe(schema: &DFSchemaRef) -> Result<LogicalPlan> {
    let fields = schema.fields();
    let text = |name, nullable| Field::new(name, DataType::Utf8, nullable);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(fields.iter().map(|field| field.name()))),
        Arc::new(StringArray::from_iter_values(
            fields.iter().map(|field| sql_type_name(field.data_type())),
        )),
        Arc::new(StringArray::from_iter_values(
            fields.iter().map(|field| if field.is_nullable() { "YES" } else { "NO" }),
        )),
        new_null_array(&DataType::Utf8, fields.len()),
        new_null_array(&DataType::Utf8, fields.len()),
        new_null_array(&DataType::Utf8, fields.len()),
    ];
    let description = Arc::new(Schema::new(vec![
        text("column_name", false),
        text("column_type", false),
        text("null", false),
        text("key", true),
        text("default", true),
        text("extra", true),
    ]));
    let batch = RecordBatch::try_new(Arc::clone(&description), columns)?;
    let table = MemTable::try_new(description, vec![vec![batch]])?;
    Ok(LogicalPlanBuilder::scan("describe", provider_as_source(Arc::new(table)), None)?.build()?)
}

/// Reads `EXPLAIN` in front of a statement that DataFusion's parser would not know.
///
/// DataFusion's own `EXPLAIN` calls its own parser for what follows, so the options are read here and
/// the statement behind them by `parse_statement`, which asks the parts first.
pub(crate) fn parse_explain(
    parser: &mut DFParser<'_>,
    parse_statement: impl FnOnce(&mut DFParser<'_>) -> Result<ParsedStatement>,
) -> Result<Option<DataFusionStatement>> {
    if !parser.parser.parse_keyword(Keyword::EXPLAIN) {
        return Ok(None);
    }
    let starts_query = |token: &Token| match token {
        Token::LParen => true,
        Token::Word(word) => matches!(
            word.keyword,
            Keyword::SELECT | Keyword::WITH | Keyword::VALUES | Keyword::FROM | Keyword::TABLE
        ),
        _ => false,
    };
    let with_list = parser.parser.peek_token().token == Token::LParen
        && !starts_query(&parser.parser.peek_nth_token(1).token);
    let options = match with_list {
        true => {
            let raw = parser
                .parser
                .parse_utility_options()
                .map_err(datafusion::common::DataFusionError::from)?;
            ExplainStatementOptions::from_utility_options(&raw)?
        }
        false => ExplainStatementOptions {
            analyze: parser.parser.parse_keyword(Keyword::ANALYZE),
            verbose: parser.parser.parse_keyword(Keyword::VERBOSE),
            format: parser
                .parse_explain_format()?
                .map(|name| ExplainFormat::from_str(&name))
                .transpose()?,
            ..Default::default()
        },
    };
    match parse_statement(parser)? {
        ParsedStatement::DataFusion(statement) => {
            Ok(Some(DataFusionStatement::Explain(ExplainStatement { options, statement })))
        }
        ParsedStatement::Command(_) => {
            Err(Error::unsupported("EXPLAIN takes a query, INSERT, UPDATE, DELETE or COPY"))
        }
    }
}
