//! `BEGIN`, `COMMIT` and `ROLLBACK`.
//!
//! Every statement commits by itself. Drivers open and close transactions around what they send, and
//! lose nothing by it, so that much is accepted; to take back what was done is not, and is refused.

use datafusion::sql::parser::DFParser;
use extension::{Error, ParsedStatement, Result, StatementSyntax};

use super::{BuiltIn, Reader, command, take_words};
use crate::SessionObjects;
use crate::statements::variable::Change;

/// The statements.
#[derive(Debug)]
pub(crate) struct Transaction;

impl BuiltIn for Transaction {
    fn syntax(&self) -> &'static StatementSyntax {
        &StatementSyntax {
            name: "BEGIN",
            syntax: "BEGIN [TRANSACTION] | START TRANSACTION\nCOMMIT | END [TRANSACTION]",
            description: "Accepted from programs that send them: every statement commits by itself all the same. \
                ROLLBACK is refused, since nothing is taken back.",
            example: "BEGIN TRANSACTION; SELECT 1; COMMIT",
        }
    }

    fn parse(
        &self,
        parser: &mut DFParser<'_>,
        _reader: &Reader<'_>,
    ) -> Result<Option<ParsedStatement>> {
        let sql = &mut parser.parser;
        let begins = take_words(sql, &["START", "TRANSACTION"]) || take_words(sql, &["BEGIN"]);
        let ends = !begins && (take_words(sql, &["COMMIT"]) || take_words(sql, &["END"]));
        let gives_up =
            !begins && !ends && (take_words(sql, &["ROLLBACK"]) || take_words(sql, &["ABORT"]));
        if !begins && !ends && !gives_up {
            return Ok(None);
        }
        let _ = take_words(sql, &["TRANSACTION"]) || take_words(sql, &["WORK"]);
        if gives_up {
            return Err(Error::unsupported("ROLLBACK cannot take back what was done")
                .with_hint("every statement commits by itself"));
        }
        if begins && (take_words(sql, &["READ", "ONLY"]) || take_words(sql, &["READ", "WRITE"])) {
            return Err(Error::unsupported("a transaction has no access mode")
                .with_hint("SET read_only = true refuses statements that write"));
        }
        command(Change::new(
            if begins { "BEGIN" } else { "COMMIT" },
            move |objects: &SessionObjects| match (begins, objects.swap_transaction(begins)) {
                (true, true) => {
                    Err(Error::invalid_input("cannot start a transaction within a transaction"))
                }
                (false, false) => {
                    Err(Error::invalid_input("cannot commit - no transaction is active"))
                }
                _ => Ok(()),
            },
        ))
    }
}
