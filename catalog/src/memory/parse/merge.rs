//! MERGE, of which the parser knows the standard's clauses alone.
//!
//! The syntax tree has no place for what DuckDB adds. Such an action is an UPDATE of one column whose
//! name no user can write, and `USING (a, b)` is a list that begins with such a name.

use datafusion::sql::parser::{DFParser, Statement as DataFusionStatement};
use datafusion::sql::sqlparser::ast::{
    Assignment, AssignmentTarget, Expr, Ident, Merge, MergeAction, MergeClause, MergeClauseKind,
    MergeInsertExpr, MergeInsertKind, MergeUpdateExpr, ObjectName, OutputClause, Statement, Value,
    helpers::attached_token::AttachedToken,
};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{IsOptional, Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::Token;
use extension::{ParsedStatement, Result, StatementParser, StatementSyntax};

use crate::option_list::{expected, peek_word, take_word};

const MERGE: StatementSyntax = StatementSyntax {
    name: "MERGE INTO",
    syntax: "MERGE INTO table [AS alias] USING source ON condition | USING (column, …) WHEN [NOT] MATCHED [BY SOURCE | BY TARGET] [AND condition] THEN action … [RETURNING expression, …]\naction: UPDATE [SET column = value, … | BY NAME | BY POSITION] | DELETE | INSERT [(column, …)] [VALUES (value, …) | BY NAME | BY POSITION | DEFAULT VALUES] | DO NOTHING | ERROR [text]",
    description: "Compares a table with a source of rows and changes, adds or removes rows of the table: each row is for the first clause that fits it. RETURNING may show merge_action beside the columns.",
    example: "CREATE OR REPLACE TABLE numbers (i INTEGER); MERGE INTO numbers USING (SELECT 2 AS i) s USING (i) WHEN NOT MATCHED THEN INSERT",
};

const NOTHING: &str = "<nothing>";
const ERROR: &str = "<error>";
const ERROR_WITH_TEXT: &str = "<error with text>";
const UPDATE_BY_NAME: &str = "<update by name>";
const UPDATE_BY_POSITION: &str = "<update by position>";
const INSERT_BY_NAME: &str = "<insert by name>";
const INSERT_BY_POSITION: &str = "<insert by position>";
const INSERT_DEFAULTS: &str = "<insert defaults>";
const USING: &str = "<using>";

/// An action that the syntax tree does not have.
pub(crate) enum Extra {
    Nothing,
    Error(Option<Box<Expr>>),
    UpdateAll { by_name: bool },
    InsertAll { by_name: bool },
    InsertDefaults,
}

/// The action of a clause, if it is one of those.
pub(crate) fn extra(clause: &MergeClause) -> Option<Extra> {
    let MergeAction::Update(update) = &clause.action else { return None };
    let [Assignment { target: AssignmentTarget::ColumnName(name), value }] =
        update.assignments.as_slice()
    else {
        return None;
    };
    let [part] = name.0.as_slice() else { return None };
    let ident = part.as_ident().filter(|ident| ident.quote_style.is_none())?;
    Some(match ident.value.as_str() {
        NOTHING => Extra::Nothing,
        ERROR => Extra::Error(None),
        ERROR_WITH_TEXT => Extra::Error(Some(Box::new(value.clone()))),
        UPDATE_BY_NAME => Extra::UpdateAll { by_name: true },
        UPDATE_BY_POSITION => Extra::UpdateAll { by_name: false },
        INSERT_BY_NAME => Extra::InsertAll { by_name: true },
        INSERT_BY_POSITION => Extra::InsertAll { by_name: false },
        INSERT_DEFAULTS => Extra::InsertDefaults,
        _ => return None,
    })
}

/// The columns of `USING (…)`, if that is what joins.
pub(crate) fn using(on: &Expr) -> Option<Vec<ObjectName>> {
    let Expr::Tuple(items) = on else { return None };
    match items.split_first() {
        Some((Expr::Identifier(marker), columns))
            if marker.value == USING && marker.quote_style.is_none() =>
        {
            let names = columns.iter().filter_map(|column| match column {
                Expr::Identifier(name) => Some(ObjectName::from(vec![name.clone()])),
                _ => None,
            });
            Some(names.collect())
        }
        _ => None,
    }
}

fn marked(name: &str, value: Option<Expr>) -> MergeAction {
    let value = value.unwrap_or_else(|| Expr::Value(Value::Null.into()));
    let target = AssignmentTarget::ColumnName(ObjectName::from(vec![Ident::new(name)]));
    MergeAction::Update(MergeUpdateExpr {
        update_token: AttachedToken::empty(),
        assignments: vec![Assignment { target, value }],
        update_predicate: None,
        delete_predicate: None,
    })
}

/// Reads MERGE.
#[derive(Debug)]
pub(super) struct MergeParser;

impl StatementParser for MergeParser {
    fn syntax(&self) -> &StatementSyntax {
        &MERGE
    }

    fn parse(&self, parser: &mut DFParser<'_>) -> Result<Option<ParsedStatement>> {
        let parser = &mut parser.parser;
        if !(peek_word(parser, 0, "merge") && peek_word(parser, 1, "into")) {
            return Ok(None);
        }
        let merge = statement(parser)?;
        let statement = DataFusionStatement::Statement(Box::new(Statement::Merge(merge)));
        Ok(Some(ParsedStatement::DataFusion(Box::new(statement))))
    }
}

fn syntax(error: ParserError) -> extension::Error {
    datafusion::common::DataFusionError::SQL(Box::new(error), None).into()
}

fn statement(parser: &mut Parser<'_>) -> Result<Merge> {
    let merge_token = AttachedToken(parser.next_token());
    parser.next_token();
    let table = parser.parse_table_factor().map_err(syntax)?;
    parser.expect_keyword_is(Keyword::USING).map_err(syntax)?;
    let source = parser.parse_table_factor().map_err(syntax)?;
    let on = if take_word(parser, "using") {
        let columns =
            parser.parse_parenthesized_column_list(IsOptional::Mandatory, false).map_err(syntax)?;
        let marker = std::iter::once(Ident::new(USING));
        Expr::Tuple(marker.chain(columns).map(Expr::Identifier).collect())
    } else {
        parser.expect_keyword_is(Keyword::ON).map_err(syntax)?;
        parser.parse_expr().map_err(syntax)?
    };
    let mut clauses = vec![];
    while peek_word(parser, 0, "when") {
        clauses.push(clause(parser)?);
    }
    if clauses.is_empty() {
        return Err(expected("WHEN", &parser.peek_token()));
    }
    let output = match take_word(parser, "returning") {
        true => Some(OutputClause::Returning {
            returning_token: AttachedToken::empty(),
            select_items: parser
                .parse_comma_separated(Parser::parse_select_item)
                .map_err(syntax)?,
        }),
        false => None,
    };
    Ok(Merge {
        merge_token,
        optimizer_hints: vec![],
        into: true,
        table,
        source,
        on: Box::new(on),
        clauses,
        output,
    })
}

fn clause(parser: &mut Parser<'_>) -> Result<MergeClause> {
    let when_token = AttachedToken(parser.next_token());
    let not = take_word(parser, "not");
    if !take_word(parser, "matched") {
        return Err(expected("MATCHED", &parser.peek_token()));
    }
    let by = not && take_word(parser, "by");
    let clause_kind = match (not, by) {
        (false, _) => MergeClauseKind::Matched,
        (true, false) => MergeClauseKind::NotMatched,
        (true, true) if take_word(parser, "source") => MergeClauseKind::NotMatchedBySource,
        (true, true) if take_word(parser, "target") => MergeClauseKind::NotMatchedByTarget,
        (true, true) => return Err(expected("SOURCE or TARGET", &parser.peek_token())),
    };
    let predicate = match take_word(parser, "and") {
        true => Some(parser.parse_expr().map_err(syntax)?),
        false => None,
    };
    if !take_word(parser, "then") {
        return Err(expected("THEN", &parser.peek_token()));
    }
    let start = parser.peek_token();
    let action = action(parser)?;
    let inserts = match &action {
        MergeAction::Insert(_) => Some(true),
        MergeAction::Delete { .. } => Some(false),
        MergeAction::Update(_) => None,
    };
    let made = MergeClause { when_token, clause_kind, predicate, action };
    let inserts = match extra(&made) {
        Some(Extra::InsertAll { .. } | Extra::InsertDefaults) => Some(true),
        Some(Extra::UpdateAll { .. }) => Some(false),
        Some(Extra::Nothing | Extra::Error(_)) => return Ok(made),
        None => inserts.or(Some(false)),
    };
    let new =
        matches!(clause_kind, MergeClauseKind::NotMatched | MergeClauseKind::NotMatchedByTarget);
    match inserts == Some(new) {
        true => Ok(made),
        false if new => {
            Err(expected("INSERT, DO NOTHING or ERROR for a row that is not there", &start))
        }
        false => {
            Err(expected("UPDATE, DELETE, DO NOTHING or ERROR for a row that is there", &start))
        }
    }
}

/// `BY NAME` or `BY POSITION`; by position if nothing is said.
fn by_name(parser: &mut Parser<'_>) -> Result<bool> {
    if !take_word(parser, "by") {
        return Ok(false);
    }
    match (take_word(parser, "name"), take_word(parser, "position")) {
        (true, _) => Ok(true),
        (false, true) => Ok(false),
        _ => Err(expected("NAME or POSITION", &parser.peek_token())),
    }
}

fn action(parser: &mut Parser<'_>) -> Result<MergeAction> {
    if take_word(parser, "delete") {
        return Ok(MergeAction::Delete { delete_token: AttachedToken::empty() });
    }
    if take_word(parser, "do") {
        return match take_word(parser, "nothing") {
            true => Ok(marked(NOTHING, None)),
            false => Err(expected("NOTHING", &parser.peek_token())),
        };
    }
    if take_word(parser, "error") {
        let ends = ["when", "returning"].iter().any(|word| peek_word(parser, 0, word))
            || matches!(parser.peek_token().token, Token::EOF | Token::SemiColon);
        return match ends {
            true => Ok(marked(ERROR, None)),
            false => Ok(marked(ERROR_WITH_TEXT, Some(parser.parse_expr().map_err(syntax)?))),
        };
    }
    if take_word(parser, "update") {
        let set = take_word(parser, "set");
        if set && parser.peek_token().token != Token::Mul {
            let assignments =
                parser.parse_comma_separated(Parser::parse_assignment).map_err(syntax)?;
            return Ok(MergeAction::Update(MergeUpdateExpr {
                update_token: AttachedToken::empty(),
                assignments,
                update_predicate: None,
                delete_predicate: None,
            }));
        }
        if set {
            parser.next_token();
        }
        return Ok(match by_name(parser)? {
            true => marked(UPDATE_BY_NAME, None),
            false => marked(UPDATE_BY_POSITION, None),
        });
    }
    if take_word(parser, "insert") {
        return insert(parser);
    }
    Err(expected("UPDATE, DELETE, INSERT, DO NOTHING or ERROR", &parser.peek_token()))
}

fn insert(parser: &mut Parser<'_>) -> Result<MergeAction> {
    if take_word(parser, "default") {
        return match take_word(parser, "values") {
            true => Ok(marked(INSERT_DEFAULTS, None)),
            false => Err(expected("VALUES", &parser.peek_token())),
        };
    }
    if parser.peek_token().token == Token::Mul {
        parser.next_token();
        return Ok(marked(INSERT_BY_POSITION, None));
    }
    let columns = parser
        .parse_parenthesized_qualified_column_list(IsOptional::Optional, false)
        .map_err(syntax)?;
    if !take_word(parser, "values") {
        if !columns.is_empty() {
            return Err(expected("VALUES", &parser.peek_token()));
        }
        return Ok(match by_name(parser)? {
            true => marked(INSERT_BY_NAME, None),
            false => marked(INSERT_BY_POSITION, None),
        });
    }
    let values = parser.parse_values(false, false).map_err(syntax)?;
    Ok(MergeAction::Insert(MergeInsertExpr {
        insert_token: AttachedToken::empty(),
        columns,
        kind_token: AttachedToken::empty(),
        kind: MergeInsertKind::Values(values),
        insert_predicate: None,
    }))
}
