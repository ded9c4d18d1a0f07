//! The planner's own statements: each is a file, and [`STATEMENTS`] is the one list of them.
//!
//! They are tried before the statements of the parts and before DataFusion's. Most are another
//! spelling of a query, which is then planned like any other; the rest act on what the session keeps
//! ([`SessionObjects`](crate::SessionObjects)).

mod attach;
mod call;
mod comment;
mod create_type;
mod describe;
mod explain;
mod export;
mod load;
mod macros;
mod maintenance;
mod pragma;
mod prepare;
mod sequence;
mod show;
mod summarize;
mod transaction;
mod variable;

use std::fmt::Debug;
use std::sync::Arc;

use datafusion::common::{DataFusionError, TableReference};
use datafusion::execution::SessionState;
use datafusion::logical_expr::planner::RelationPlannerContext;
use datafusion::sql::parser::{DFParser, DFParserBuilder, Statement as DataFusionStatement};
use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, Query, SelectItem, SetExpr, Statement as SqlStatement,
    TableFactor,
};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::Token;
use extension::{
    Command, Error, FriendlyDialect, ParsedStatement, Result, StatementSyntax, TableDescribers,
    TableFacts,
};

use crate::Planner;

pub(crate) use macros::variants as macro_variants;
pub(crate) use prepare::put_in;
pub(crate) use show::TABLES_HERE;

/// The list, in the order in which statements are tried.
pub(crate) const STATEMENTS: &[&dyn BuiltIn] = &[
    &summarize::Summarize,
    &describe::Describe,
    &show::Show,
    &prepare::Prepare,
    &prepare::Execute,
    &prepare::Deallocate,
    &macros::CreateMacro,
    &macros::DropMacro,
    &variable::SetVariable,
    &variable::ResetVariable,
    &create_type::CreateType,
    &create_type::DropType,
    &attach::Attach,
    &attach::Detach,
    &sequence::CreateSequence,
    &sequence::DropSequence,
    &comment::CommentOn,
    &export::Export,
    &export::Import,
    &call::Call,
    &pragma::Pragma,
    &transaction::Transaction,
    &load::Load,
    &maintenance::Maintenance,
    &explain::Explain,
];

/// The relations that stand for statements within FROM: `summarize((SELECT …))`.
pub(crate) const RELATIONS: &[&dyn StatementRelation] =
    &[&summarize::Summarize, &describe::Describe, &pragma::TableInfo];

/// One statement of the planner's own.
pub(crate) trait BuiltIn: Debug + Send + Sync {
    /// The manual.
    fn syntax(&self) -> &'static StatementSyntax;

    /// Reads the statement, or returns `None` with the parser where it was.
    fn parse(
        &self,
        parser: &mut DFParser<'_>,
        reader: &Reader<'_>,
    ) -> Result<Option<ParsedStatement>>;
}

/// A statement that answers about a query: in FROM it is a call with that query as its argument.
pub(crate) trait StatementRelation: Debug + Send + Sync {
    /// The name of the call.
    fn name(&self) -> &'static str;

    /// The answer, given the plan of the query.
    fn plan(
        &self,
        input: datafusion::logical_expr::LogicalPlan,
        describers: &TableDescribers,
    ) -> Result<datafusion::logical_expr::LogicalPlan>;
}

/// What is known of the table that a plan reads as it is, all of its columns.
pub(crate) fn facts_of(
    input: &datafusion::logical_expr::LogicalPlan,
    describers: &TableDescribers,
) -> Option<TableFacts> {
    use datafusion::logical_expr::{Expr as LogicalExpr, LogicalPlan};
    match input {
        LogicalPlan::SubqueryAlias(alias) => facts_of(&alias.input, describers),
        LogicalPlan::Projection(projection)
            if projection.expr.iter().all(|expr| matches!(expr, LogicalExpr::Column(_))) =>
        {
            let facts = facts_of(&projection.input, describers)?;
            (facts.columns.len() == projection.expr.len()).then_some(facts)
        }
        LogicalPlan::TableScan(scan) if scan.projection.is_none() && scan.filters.is_empty() => {
            let table = datafusion::datasource::source_as_provider(&scan.source).ok()?;
            Some(describers.facts(table.as_ref()))
        }
        _ => None,
    }
}

/// What a statement may look at while it is read.
pub(crate) struct Reader<'a> {
    pub(crate) planner: &'a Planner,
    pub(crate) state: &'a SessionState,
}

/// Whether the parser stands at these words, in any case and not quoted.
pub(crate) fn at_words(parser: &Parser<'_>, words: &[&str]) -> bool {
    words.iter().enumerate().all(|(index, word)| is_word(parser, index, word))
}

/// Whether a token to come is this word.
pub(crate) fn is_word(parser: &Parser<'_>, index: usize, word: &str) -> bool {
    matches!(
        &parser.peek_nth_token_ref(index).token,
        Token::Word(found) if found.quote_style.is_none() && found.value.eq_ignore_ascii_case(word)
    )
}

/// Moves over the words if the parser stands at them.
pub(crate) fn take_words(parser: &mut Parser<'_>, words: &[&str]) -> bool {
    let found = at_words(parser, words);
    if found {
        words.iter().for_each(|_| parser.advance_token());
    }
    found
}

/// The parser's error as one of ours.
pub(crate) fn syntax_error(error: ParserError) -> Error {
    DataFusionError::from(error).into()
}

/// A command as the result of reading.
pub(crate) fn command(command: impl Command + 'static) -> Result<Option<ParsedStatement>> {
    Ok(Some(ParsedStatement::Command(Arc::new(command))))
}

/// A query as the result of reading.
pub(crate) fn query(query: Box<Query>) -> Result<Option<ParsedStatement>> {
    let statement = DataFusionStatement::Statement(Box::new(SqlStatement::Query(query)));
    Ok(Some(ParsedStatement::DataFusion(Box::new(statement))))
}

/// The query that `text` spells.
pub(crate) fn query_of(text: &str) -> Result<Box<Query>> {
    let mut parser = DFParserBuilder::new(text).with_dialect(&FriendlyDialect).build()?;
    parser.parser.parse_query().map_err(syntax_error)
}

/// Whether a query starts here, rather than the name of a table.
fn at_query(parser: &Parser<'_>) -> bool {
    match &parser.peek_token_ref().token {
        Token::LParen => true,
        Token::Word(word) if word.quote_style.is_none() => matches!(
            word.keyword,
            Keyword::SELECT | Keyword::WITH | Keyword::VALUES | Keyword::FROM | Keyword::TABLE
        ),
        _ => false,
    }
}

/// Reads a query, or a table, file or table function, of which it takes all.
pub(crate) fn query_or_table(parser: &mut Parser<'_>) -> Result<Box<Query>> {
    if at_query(parser) {
        return parser.parse_query().map_err(syntax_error);
    }
    let factor = parser.parse_table_factor().map_err(syntax_error)?;
    all_of(factor)
}

/// `SELECT * FROM factor`.
pub(crate) fn all_of(factor: TableFactor) -> Result<Box<Query>> {
    let mut query = query_of("SELECT * FROM t")?;
    if let SetExpr::Select(select) = query.body.as_mut()
        && let Some(from) = select.from.first_mut()
    {
        from.relation = factor;
    }
    Ok(query)
}

/// `SELECT * FROM name((query))`.
pub(crate) fn call_on(
    relation: &dyn StatementRelation,
    argument: Box<Query>,
) -> Result<Box<Query>> {
    let mut query = query_of(&format!("SELECT * FROM {}((SELECT 1))", relation.name()))?;
    if let SetExpr::Select(select) = query.body.as_mut()
        && let Some(from) = select.from.first_mut()
        && let TableFactor::Table { args: Some(arguments), .. } = &mut from.relation
    {
        arguments.args =
            vec![FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Subquery(argument)))];
    }
    Ok(query)
}

/// The relation of [`RELATIONS`] that a table factor calls, and its query.
pub(crate) fn relation_call(
    factor: &TableFactor,
) -> Option<(&'static dyn StatementRelation, &Query)> {
    let TableFactor::Table { name, args: Some(call), .. } = factor else { return None };
    let [part] = name.0.as_slice() else { return None };
    let name = &part.as_ident()?.value;
    let relation = RELATIONS.iter().find(|relation| relation.name().eq_ignore_ascii_case(name))?;
    let [FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))] = call.args.as_slice() else {
        return None;
    };
    let mut argument = argument;
    while let Expr::Nested(inner) = argument {
        argument = inner;
    }
    match argument {
        Expr::Subquery(query) => Some((*relation, query)),
        _ => None,
    }
}

/// Plans a call of a relation of [`RELATIONS`].
pub(crate) fn plan_relation(
    relation: &dyn StatementRelation,
    argument: &Query,
    context: &mut dyn RelationPlannerContext,
    describers: &TableDescribers,
) -> Result<datafusion::logical_expr::LogicalPlan> {
    let input = context.plan(TableFactor::Derived {
        lateral: false,
        subquery: Box::new(argument.clone()),
        alias: None,
        sample: None,
    })?;
    relation.plan(input, describers)
}

/// The one expression that a query `SELECT expr` computes.
pub(crate) fn select_of(expr: Expr) -> Result<Box<Query>> {
    let mut query = query_of("SELECT 1")?;
    if let SetExpr::Select(select) = query.body.as_mut() {
        select.projection = vec![SelectItem::UnnamedExpr(expr)];
    }
    Ok(query)
}

/// The catalog and schema that a name without them belongs to.
pub(crate) fn current(state: &SessionState) -> (String, String) {
    let catalog = &state.config_options().catalog;
    (catalog.default_catalog.clone(), catalog.default_schema.clone())
}

/// Whether there is a table of the name.
pub(crate) fn table_exists(state: &SessionState, name: &str) -> bool {
    let reference = TableReference::parse_str(name);
    let exists = |reference: &TableReference| {
        state
            .schema_for_ref(reference.clone())
            .is_ok_and(|schema| schema.table_exist(reference.table()))
    };
    exists(&reference)
}

/// A text as SQL writes it.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
