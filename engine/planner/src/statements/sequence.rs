//! `CREATE SEQUENCE` and `DROP SEQUENCE`.

use datafusion::sql::parser::DFParser;
use datafusion::sql::sqlparser::ast::ObjectName;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::Token;
use extension::{Error, ParsedStatement, Result, StatementSyntax};

use super::{BuiltIn, Reader, command, current, is_word, syntax_error, take_words};
use crate::SessionObjects;
use crate::sequences::Sequence;
use crate::statements::variable::Change;

/// `CREATE SEQUENCE`.
#[derive(Debug)]
pub(crate) struct CreateSequence;

impl BuiltIn for CreateSequence {
    fn syntax(&self) -> &'static StatementSyntax {
        &StatementSyntax {
            name: "CREATE SEQUENCE",
            syntax: "CREATE [OR REPLACE] [TEMP] SEQUENCE [IF NOT EXISTS] name [INCREMENT [BY] n] \
                [MINVALUE n | NO MINVALUE] [MAXVALUE n | NO MAXVALUE] [START [WITH] n] [CYCLE | NO CYCLE]",
            description: "Makes a sequence, which nextval('name') takes numbers from, each once. A column takes its numbers \
                by DEFAULT nextval('name').",
            example: "CREATE SEQUENCE ids START 100; SELECT nextval('ids')",
        }
    }

    fn parse(
        &self,
        parser: &mut DFParser<'_>,
        reader: &Reader<'_>,
    ) -> Result<Option<ParsedStatement>> {
        let sql = &mut parser.parser;
        if !is_word(sql, 0, "CREATE") {
            return Ok(None);
        }
        let mut words = 1;
        let or_replace = is_word(sql, words, "OR") && is_word(sql, words + 1, "REPLACE");
        words += if or_replace { 2 } else { 0 };
        let temporary = is_word(sql, words, "TEMP") || is_word(sql, words, "TEMPORARY");
        words += usize::from(temporary);
        if !is_word(sql, words, "SEQUENCE") {
            return Ok(None);
        }
        (0..=words).for_each(|_| sql.advance_token());
        let if_not_exists = take_words(sql, &["IF", "NOT", "EXISTS"]);
        let name = sql.parse_object_name(false).map_err(syntax_error)?;
        let (schema, name) = place(&name, reader)?;
        let sequence = options(sql, schema, name, temporary)?;
        command(Change::new("CREATE SEQUENCE", move |objects: &SessionObjects| {
            objects.sequences.create(sequence.clone(), or_replace, if_not_exists)?;
            if or_replace {
                objects.set_comment("sequence", &sequence.key(), None);
            }
            Ok(())
        }))
    }
}

/// The schema and the name of a sequence.
pub(super) fn place(name: &ObjectName, reader: &Reader<'_>) -> Result<(String, String)> {
    let parts: Vec<String> =
        name.0.iter().filter_map(|part| part.as_ident().map(|ident| ident.value.clone())).collect();
    let (catalog, schema) = current(reader.state);
    match parts.as_slice() {
        [name] => Ok((schema, name.clone())),
        [schema, name] => Ok((schema.clone(), name.clone())),
        [given, schema, name] if given.eq_ignore_ascii_case(&catalog) => {
            Ok((schema.clone(), name.clone()))
        }
        _ => Err(Error::unsupported(format!("a sequence '{name}' of another database"))),
    }
}

fn options(
    sql: &mut Parser<'_>,
    schema: String,
    name: String,
    temporary: bool,
) -> Result<Sequence> {
    let (mut step, mut least, mut greatest, mut start, mut cycles) = (1, None, None, None, false);
    let mut given: Vec<&str> = vec![];
    loop {
        let option = if take_words(sql, &["INCREMENT"]) {
            let _ = take_words(sql, &["BY"]);
            step = number(sql)?;
            "INCREMENT"
        } else if take_words(sql, &["MINVALUE"]) {
            least = Some(number(sql)?);
            "MINVALUE"
        } else if take_words(sql, &["NO", "MINVALUE"]) {
            "MINVALUE"
        } else if take_words(sql, &["MAXVALUE"]) {
            greatest = Some(number(sql)?);
            "MAXVALUE"
        } else if take_words(sql, &["NO", "MAXVALUE"]) {
            "MAXVALUE"
        } else if take_words(sql, &["START"]) {
            let _ = take_words(sql, &["WITH"]);
            start = Some(number(sql)?);
            "START"
        } else if take_words(sql, &["CYCLE"]) {
            cycles = true;
            "CYCLE"
        } else if take_words(sql, &["NO", "CYCLE"]) {
            "CYCLE"
        } else {
            break;
        };
        if given.contains(&option) {
            return Err(Error::syntax(format!("{option} should be passed at most once")));
        }
        given.push(option);
    }
    if step == 0 {
        return Err(Error::invalid_input("Increment must not be zero"));
    }
    let up = step > 0;
    let least = least.unwrap_or(if up { 1 } else { i64::MIN });
    let greatest = greatest.unwrap_or(if up { i64::MAX } else { -1 });
    let start = start.unwrap_or(if up { least } else { greatest });
    if greatest <= least {
        return Err(Error::invalid_input(format!(
            "MINVALUE ({least}) must be less than MAXVALUE ({greatest})"
        )));
    }
    if start < least {
        return Err(Error::invalid_input(format!(
            "START value ({start}) cannot be less than MINVALUE ({least})"
        )));
    }
    if start > greatest {
        return Err(Error::invalid_input(format!(
            "START value ({start}) cannot be greater than MAXVALUE ({greatest})"
        )));
    }
    Ok(Sequence {
        schema,
        name,
        temporary,
        start,
        step,
        least,
        greatest,
        cycles,
        last: None,
        next: Some(start),
    })
}

fn number(sql: &mut Parser<'_>) -> Result<i64> {
    let negative = sql.consume_token(&Token::Minus);
    match sql.next_token().token {
        Token::Number(digits, _) => {
            let text = if negative { format!("-{digits}") } else { digits };
            text.parse().map_err(|_| {
                Error::invalid_input(format!("'{text}' is not a whole number of 64 bits"))
            })
        }
        other => Err(Error::syntax(format!("expected a whole number, found '{other}'"))),
    }
}

/// `DROP SEQUENCE`.
#[derive(Debug)]
pub(crate) struct DropSequence;

impl BuiltIn for DropSequence {
    fn syntax(&self) -> &'static StatementSyntax {
        &StatementSyntax {
            name: "DROP SEQUENCE",
            syntax: "DROP SEQUENCE [IF EXISTS] name",
            description: "Forgets a sequence. A column that takes its numbers by default then fails to get one.",
            example: "CREATE SEQUENCE ids; DROP SEQUENCE ids",
        }
    }

    fn parse(
        &self,
        parser: &mut DFParser<'_>,
        reader: &Reader<'_>,
    ) -> Result<Option<ParsedStatement>> {
        let sql = &mut parser.parser;
        if !take_words(sql, &["DROP", "SEQUENCE"]) {
            return Ok(None);
        }
        let if_exists = take_words(sql, &["IF", "EXISTS"]);
        let name = sql.parse_object_name(false).map_err(syntax_error)?;
        let (schema, name) = place(&name, reader)?;
        let _ = take_words(sql, &["RESTRICT"]);
        command(Change::new("DROP SEQUENCE", move |objects: &SessionObjects| {
            let key = objects.sequences.drop(&schema, &name, if_exists)?;
            objects.set_comment("sequence", &key, None);
            Ok(())
        }))
    }
}
