//! `ATTACH 'target' AS name (TYPE kind, …)` and `DETACH name`.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::DFParser;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::Token;
use extension::option_list::{self, OptionEntry, expect_end, expected, unknown_option};
use extension::{
    Attach as Target, Command, Database, DatabaseKind, Databases, Error, ParsedStatement, Position,
    Result, StatementSyntax, closest, stem_of,
};

use super::{BuiltIn, Reader, command, current, take_words};

/// `ATTACH`.
#[derive(Debug)]
pub(crate) struct Attach;

impl BuiltIn for Attach {
    fn syntax(&self) -> &'static StatementSyntax {
        &StatementSyntax {
            name: "ATTACH",
            syntax: "ATTACH [OR REPLACE] [DATABASE] [IF NOT EXISTS] 'target' [AS name] [(TYPE kind, READ_ONLY, option value, …)]",
            description: "Makes the tables of a database, or of a folder that is one, known as name.table until the session ends. Without AS, the target's name without its ending is the name; without TYPE, the target tells its kind.",
            example: "ATTACH ':memory:' AS scratch; CREATE TABLE scratch.numbers AS SELECT 1 AS i",
        }
    }

    fn parse(
        &self,
        parser: &mut DFParser<'_>,
        reader: &Reader<'_>,
    ) -> Result<Option<ParsedStatement>> {
        let sql = &mut parser.parser;
        if !take_words(sql, &["ATTACH"]) {
            return Ok(None);
        }
        let or_replace = take_words(sql, &["OR", "REPLACE"]);
        take_words(sql, &["DATABASE"]);
        let if_not_exists = take_words(sql, &["IF", "NOT", "EXISTS"]);
        if or_replace && if_not_exists {
            return Err(Error::syntax("OR REPLACE and IF NOT EXISTS exclude each other"));
        }
        let token = sql.next_token();
        let position = option_list::position(&token);
        let target = match token.token {
            Token::SingleQuotedString(target) => target,
            _ => {
                let what = "the target in quotes, as in ATTACH ':memory:' AS name";
                return Err(expected(what, &token));
            }
        };
        let name = match take_words(sql, &["AS"]) {
            true => Some(name(sql)?),
            false => stem_of(&target).map(|stem| stem.to_lowercase()),
        };
        let Some(name) = name else {
            return Err(Error::invalid_input(format!("'{target}' gives the database no name"))
                .at(position)
                .with_hint("name it, as in ATTACH '…' AS name"));
        };
        let entries = match sql.peek_token_ref().token {
            Token::LParen => option_list::parse(sql)?,
            _ => vec![],
        };
        expect_end(sql)?;
        let kinds = reader.planner.database_kinds();
        let mut kind = None;
        let mut read_only = false;
        let mut options = vec![];
        for entry in entries {
            match entry.name.as_str() {
                "type" => kind = Some(kind_of(&entry, kinds)?),
                "read_only" | "readonly" => read_only = entry.boolean()?,
                "read_write" => read_only = !entry.boolean()?,
                _ => options.push(entry),
            }
        }
        let target = Target { target, name, read_only, options };
        match &kind {
            Some(kind) => target.check_options(kind.manual())?,
            None => check_some_kind_has(&target.options, kinds)?,
        }
        command(Attaching {
            target,
            position,
            kind,
            kinds: kinds.to_vec(),
            or_replace,
            if_not_exists,
        })
    }
}

fn name(parser: &mut Parser<'_>) -> Result<String> {
    let token = parser.next_token();
    match token.token {
        Token::Word(word) => Ok(match word.quote_style {
            Some(_) => word.value,
            None => word.value.to_lowercase(),
        }),
        _ => Err(expected("the name of the database", &token)),
    }
}

/// The names of all kinds, for hints.
fn known(kinds: &[Arc<dyn DatabaseKind>]) -> String {
    kinds.iter().map(|kind| kind.manual().name).collect::<Vec<_>>().join(", ")
}

fn kind_of(entry: &OptionEntry, kinds: &[Arc<dyn DatabaseKind>]) -> Result<Arc<dyn DatabaseKind>> {
    let text = entry.text()?;
    let names = |kind: &Arc<dyn DatabaseKind>| {
        let manual = *kind.manual();
        std::iter::once(manual.name).chain(manual.aliases.iter().copied())
    };
    let is_called =
        |kind: &&Arc<dyn DatabaseKind>| names(kind).any(|name| name.eq_ignore_ascii_case(text));
    kinds.iter().find(is_called).cloned().ok_or_else(|| {
        let near = match closest(text, kinds.iter().flat_map(names)) {
            Some(near) => format!("did you mean {near}? "),
            None => String::new(),
        };
        Error::invalid_input(format!("'{text}' is no type of database that can be attached"))
            .with_hint(format!("{near}types: {}", known(kinds)))
            .at(entry.position)
    })
}

/// An option that no kind has is wrong, whatever the target turns out to be.
fn check_some_kind_has(options: &[OptionEntry], kinds: &[Arc<dyn DatabaseKind>]) -> Result<()> {
    let names = || kinds.iter().flat_map(|kind| kind.manual().options).map(|option| option.name);
    match options.iter().find(|entry| names().all(|name| name != entry.name)) {
        Some(entry) => {
            let all = ["type", "read_only"].into_iter().chain(names());
            Err(unknown_option(entry, "ATTACH", all))
        }
        None => Ok(()),
    }
}

#[derive(Debug)]
struct Attaching {
    target: Target,
    position: Position,
    kind: Option<Arc<dyn DatabaseKind>>,
    kinds: Vec<Arc<dyn DatabaseKind>>,
    or_replace: bool,
    if_not_exists: bool,
}

impl Attaching {
    async fn kind(&self, context: &SessionContext) -> Result<Arc<dyn DatabaseKind>> {
        if let Some(kind) = &self.kind {
            return Ok(Arc::clone(kind));
        }
        let state = context.state();
        for kind in &self.kinds {
            if kind.recognises(&self.target.target, &state).await {
                self.target.check_options(kind.manual())?;
                return Ok(Arc::clone(kind));
            }
        }
        let target = extension::redact(&self.target.target);
        Err(Error::invalid_input(format!("'{target}' is no database of a kind that is known here"))
            .with_hint(format!("say what it is by TYPE; types: {}", known(&self.kinds)))
            .at(self.position))
    }
}

#[async_trait]
impl Command for Attaching {
    // What it makes known ends with the session.
    fn writes(&self) -> bool {
        false
    }

    async fn run(&self, context: &SessionContext) -> Result<Option<RecordBatch>> {
        let databases = databases(context)?;
        let existing = databases.get(&self.target.name);
        if self.if_not_exists && existing.is_some() {
            return Ok(None);
        }
        let kind = self.kind(context).await?;
        let manual = *kind.manual();
        if self.target.read_only && manual.holds_data {
            return Err(Error::invalid_input(format!(
                "a database of TYPE {} begins empty, so READ_ONLY would leave it so",
                manual.name
            )));
        }
        let catalog = kind.attach(&self.target, &context.state()).await?;
        let read_only = self.target.read_only || !manual.writable;
        let database = Database::new(&self.target, &manual, read_only, catalog);
        let keeps = |existing: Database| manual.holds_data && existing.is_same(&database);
        // As in DuckDB, a database does not replace itself.
        if self.or_replace && existing.is_some_and(keeps) {
            return Ok(None);
        }
        databases.attach(database, self.or_replace)?;
        Ok(None)
    }
}

fn databases(context: &SessionContext) -> Result<Arc<Databases>> {
    let state = context.state_ref();
    let databases = state.read().config().get_extension::<Databases>();
    databases.ok_or_else(|| Error::internal("the session has no list of databases"))
}

/// `DETACH`.
#[derive(Debug)]
pub(crate) struct Detach;

impl BuiltIn for Detach {
    fn syntax(&self) -> &'static StatementSyntax {
        &StatementSyntax {
            name: "DETACH",
            syntax: "DETACH [DATABASE] [IF EXISTS] name",
            description: "Forgets an attached database. Queries that read it go on.",
            example: "ATTACH ':memory:' AS scratch; DETACH scratch",
        }
    }

    fn parse(
        &self,
        parser: &mut DFParser<'_>,
        _reader: &Reader<'_>,
    ) -> Result<Option<ParsedStatement>> {
        let sql = &mut parser.parser;
        if !take_words(sql, &["DETACH"]) {
            return Ok(None);
        }
        take_words(sql, &["DATABASE"]);
        let if_exists = take_words(sql, &["IF", "EXISTS"]);
        let name = name(sql)?;
        expect_end(sql)?;
        command(Detaching { name, if_exists })
    }
}

#[derive(Debug)]
struct Detaching {
    name: String,
    if_exists: bool,
}

#[async_trait]
impl Command for Detaching {
    fn writes(&self) -> bool {
        false
    }

    async fn run(&self, context: &SessionContext) -> Result<Option<RecordBatch>> {
        let databases = databases(context)?;
        if self.if_exists && databases.get(&self.name).is_none() {
            return Ok(None);
        }
        let (default, _) = current(&context.state());
        databases.detach(&self.name, &default)?;
        Ok(None)
    }
}
