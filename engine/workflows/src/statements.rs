//! `RUN WORKFLOW 'file' WITH (name = value)` and `CANCEL WORKFLOW 'id'`.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};
use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::DFParser;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::Token;
use extension::{Command, Error, ParsedStatement, Result, StatementParser, StatementSyntax};
use parking_lot::Mutex;
use workflow_definition::history::RunRecord;

use crate::compile::{compile, joined, problem_error};
use crate::events::{Cancellation, Event};
use crate::history::History;
use crate::open::open;
use crate::run::{RunOptions, run};

/// The runs of a session that go on.
#[derive(Debug, Default)]
pub(crate) struct Runs(Mutex<HashMap<String, Cancellation>>);

/// Takes its run out of the list when the statement is over, however that came.
struct Listed {
    runs: Arc<Runs>,
    id: Arc<Mutex<Option<String>>>,
}

impl Drop for Listed {
    fn drop(&mut self) {
        if let Some(id) = self.id.lock().take() {
            self.runs.0.lock().remove(&id);
        }
    }
}

fn is_word(parser: &Parser<'_>, ahead: usize, word: &str) -> bool {
    matches!(&parser.peek_nth_token_ref(ahead).token, Token::Word(found) if found.quote_style.is_none() && found.value.eq_ignore_ascii_case(word))
}

fn text(parser: &mut Parser<'_>, what: &str) -> Result<String> {
    match parser.next_token().token {
        Token::SingleQuotedString(text) => Ok(text),
        other => Err(Error::syntax(format!("expected {what} in quotes, found '{other}'"))),
    }
}

/// Reads `RUN WORKFLOW`.
#[derive(Debug)]
pub(crate) struct RunParser;

#[derive(Debug)]
struct Run {
    path: PathBuf,
    given: Vec<(String, String)>,
}

impl StatementParser for RunParser {
    fn syntax(&self) -> &StatementSyntax {
        &StatementSyntax {
            name: "RUN WORKFLOW",
            syntax: "RUN WORKFLOW 'file.yml' [WITH (variable = value, …)]",
            description: "Runs a workflow file and answers with what became of its steps. Fails if a step failed.",
            example: "RUN WORKFLOW 'tests/data/workflow.yml' WITH (least = 2)",
        }
    }

    fn parse(&self, parser: &mut DFParser<'_>) -> Result<Option<ParsedStatement>> {
        let parser = &mut parser.parser;
        if !is_word(parser, 0, "run") || !is_word(parser, 1, "workflow") {
            return Ok(None);
        }
        parser.next_token();
        parser.next_token();
        let path = PathBuf::from(text(parser, "the path of a workflow")?);
        let mut given = vec![];
        if is_word(parser, 0, "with") {
            parser.next_token();
            let expect = |parser: &mut Parser<'_>, token: Token| match parser.consume_token(&token)
            {
                true => Ok(()),
                false => {
                    Err(Error::syntax(format!("expected '{token}' in WITH (name = value, …)")))
                }
            };
            expect(parser, Token::LParen)?;
            loop {
                let name = match parser.next_token().token {
                    Token::Word(word) => word.value,
                    other => {
                        return Err(Error::syntax(format!(
                            "expected the name of a variable, found '{other}'"
                        )));
                    }
                };
                expect(parser, Token::Eq)?;
                let negative = parser.consume_token(&Token::Minus);
                let value = match parser.next_token().token {
                    Token::SingleQuotedString(text) => text,
                    Token::Number(number, _) => number,
                    Token::Word(word) => word.value.to_lowercase(),
                    other => {
                        return Err(Error::syntax(format!("expected a value, found '{other}'")));
                    }
                };
                given.push((name, if negative { format!("-{value}") } else { value }));
                if !parser.consume_token(&Token::Comma) {
                    break;
                }
            }
            expect(parser, Token::RParen)?;
        }
        Ok(Some(ParsedStatement::Command(Arc::new(Run { path, given }))))
    }
}

#[async_trait]
impl Command for Run {
    fn writes(&self) -> bool {
        true
    }

    async fn run(&self, context: &SessionContext) -> Result<Option<RecordBatch>> {
        let opened = open(&self.path, self.given.clone(), None)?;
        let workflow = opened.workflow.map_err(|problems| {
            joined(&opened.path, &problems.iter().map(problem_error).collect::<Vec<_>>())
        })?;
        let compiled =
            compile(context, workflow).await.map_err(|errors| joined(&opened.path, &errors))?;
        let runs = context.state_ref().read().config().get_extension::<Runs>();
        let runs = runs.ok_or_else(|| Error::internal("the session runs no workflows"))?;
        let cancellation = Cancellation::default();
        let listed = Listed { runs: Arc::clone(&runs), id: Arc::default() };
        let (id, stop) = (Arc::clone(&listed.id), cancellation.clone());
        let options = RunOptions {
            steps: (0..compiled.workflow.steps.len()).collect(),
            file: opened.canonical,
            max_parallel: None,
            skip_unchanged: false,
            resume: false,
            history: Some(History::default()),
            listener: Arc::new(move |event| {
                if let Event::RunStarted { run, .. } = event {
                    runs.0.lock().insert(run.clone(), stop.clone());
                    *id.lock() = Some(run);
                }
            }),
            cancellation,
        };
        let record = run(context, Arc::new(compiled), options).await?;
        drop(listed);
        match record.status.as_str() {
            "completed" => table(&record).map(Some),
            "cancelled" => Err(Error::cancelled("the workflow was cancelled")),
            _ => Err(failure(&record)),
        }
    }
}

/// The error of a run that failed: its first failed step, and what did not run because of that.
pub(crate) fn failure(record: &RunRecord) -> Error {
    let with = |word: &str| -> Vec<&str> {
        record
            .steps
            .iter()
            .filter(|step| step.status == word)
            .map(|step| step.name.as_str())
            .collect()
    };
    let message = record
        .steps
        .iter()
        .find(|step| step.status == "failed")
        .and_then(|step| step.error_message.clone())
        .unwrap_or_else(|| "a step failed".to_string());
    let error = Error::invalid_data(format!("workflow '{}': {message}", record.workflow_name));
    match with("skipped") {
        skipped if skipped.is_empty() => error,
        skipped => error.with_hint(format!("skipped: {}", skipped.join(", "))),
    }
}

/// What became of the steps.
fn table(record: &RunRecord) -> Result<RecordBatch> {
    let texts = |values: Vec<Option<String>>| Arc::new(StringArray::from(values)) as ArrayRef;
    let steps = &record.steps;
    Ok(RecordBatch::try_from_iter([
        ("step", texts(steps.iter().map(|step| Some(step.name.clone())).collect())),
        ("type", texts(steps.iter().map(|step| Some(step.step_type.clone())).collect())),
        ("status", texts(steps.iter().map(|step| Some(step.status.clone())).collect())),
        (
            "rows",
            Arc::new(Int64Array::from_iter(
                steps.iter().map(|step| step.rows.map(|rows| rows as i64)),
            )) as ArrayRef,
        ),
        (
            "seconds",
            Arc::new(Float64Array::from_iter(steps.iter().map(|step| step.duration_seconds)))
                as ArrayRef,
        ),
        ("message", texts(steps.iter().map(|step| step.error_message.clone()).collect())),
    ])?)
}

/// Reads `CANCEL WORKFLOW`.
#[derive(Debug)]
pub(crate) struct CancelParser;

#[derive(Debug)]
struct Cancel {
    id: String,
}

impl StatementParser for CancelParser {
    fn syntax(&self) -> &StatementSyntax {
        &StatementSyntax {
            name: "CANCEL WORKFLOW",
            syntax: "CANCEL WORKFLOW 'id'",
            description: "Lets the running steps of a workflow end and begins no others; a second time it stops them. SELECT run_id FROM system.workflow_runs lists the ids.",
            example: "SELECT run_id FROM system.workflow_runs WHERE status = 'running'",
        }
    }

    fn parse(&self, parser: &mut DFParser<'_>) -> Result<Option<ParsedStatement>> {
        let parser = &mut parser.parser;
        if !is_word(parser, 0, "cancel") || !is_word(parser, 1, "workflow") {
            return Ok(None);
        }
        parser.next_token();
        parser.next_token();
        let id = text(parser, "the id of a run")?;
        Ok(Some(ParsedStatement::Command(Arc::new(Cancel { id }))))
    }
}

#[async_trait]
impl Command for Cancel {
    fn writes(&self) -> bool {
        false
    }

    async fn run(&self, context: &SessionContext) -> Result<Option<RecordBatch>> {
        let runs = context.state_ref().read().config().get_extension::<Runs>();
        let found = runs.and_then(|runs| runs.0.lock().get(&self.id).cloned());
        match found {
            Some(cancellation) => {
                cancellation.cancel();
                Ok(None)
            }
            None => Err(Error::not_found(format!(
                "no workflow of this session runs under the id '{}'",
                self.id
            ))
            .with_hint(
                "SELECT run_id FROM system.workflow_runs WHERE status = 'running' lists them",
            )),
        }
    }
}
