//! `CALL function(argument, …)`: the rows of a table function.

use datafusion::sql::parser::DFParser;
use extension::{ParsedStatement, Result, StatementSyntax};

use super::{BuiltIn, Reader, all_of, query, syntax_error, take_words};

/// The statement.
#[derive(Debug)]
pub(crate) struct Call;

impl BuiltIn for Call {
    fn syntax(&self) -> &'static StatementSyntax {
        &StatementSyntax {
            name: "CALL",
            syntax: "CALL function(argument, …)",
            description: "The rows of a table function or table macro, as SELECT * FROM function(…) gives them.",
            example: "CALL generate_series(1, 3)",
        }
    }

    fn parse(
        &self,
        parser: &mut DFParser<'_>,
        _reader: &Reader<'_>,
    ) -> Result<Option<ParsedStatement>> {
        match take_words(&mut parser.parser, &["CALL"]) {
            true => query(all_of(parser.parser.parse_table_factor().map_err(syntax_error)?)?),
            false => Ok(None),
        }
    }
}
