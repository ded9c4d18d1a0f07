//! Workflows: read from a file or a text, planned as a whole, shown and run.

use std::collections::{BTreeMap, BTreeSet};
use std::future::poll_fn;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use engine::workflow::definition::{File, Picture, Problem, Sources, Workflow as Definition, read};
use engine::workflow::{Cancellation, Compiled, Event, History, Listener, RunOptions, lineage};
use engine::{Error, ErrorKind, Position};
use pyo3::prelude::*;

use crate::error::to_python;
use crate::wait::{runtime, wait};

/// How long a run that Ctrl-C ended may take to clean up.
const PATIENCE: Duration = Duration::from_secs(2);

/// Stops a run of a workflow.
#[pyclass(module = "parquetframe._rustic", frozen)]
pub(crate) struct CancellationToken(Cancellation);

#[pymethods]
impl CancellationToken {
    #[new]
    fn new() -> Self {
        Self(Cancellation::default())
    }

    /// Lets running steps end and begins no others; a second call stops these, too.
    fn cancel(&self) {
        self.0.cancel();
    }

    /// Stops everything.
    fn cancel_now(&self) {
        self.0.cancel_now();
    }

    /// Whether the run was asked to stop.
    fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }

    /// The same token once more: what cancels one cancels both.
    fn clone_token(&self) -> Self {
        Self(self.0.clone())
    }
}

/// A planned workflow.
#[pyclass(module = "parquetframe._rustic", frozen)]
pub(crate) struct Workflow {
    session: engine::Session,
    compiled: Arc<Compiled>,
    /// As the history names it.
    file: String,
}

/// A step's name, type, output, SQL, and the names of the steps that come before it.
type Step = (String, String, String, String, Vec<String>);

impl Workflow {
    /// Reads and plans the workflow in a file, or in a text, which is of no file.
    pub(crate) fn new(
        py: Python<'_>,
        session: &engine::Session,
        path: Option<&str>,
        text: Option<&str>,
        variables: Vec<(String, String)>,
    ) -> PyResult<Self> {
        let (workflow, file) = match (path, text) {
            (Some(path), _) => {
                let opened = engine::workflow::open(Path::new(path), variables, None)
                    .map_err(|error| to_python(py, &error, None))?;
                (opened.workflow, Some(opened.canonical))
            }
            (None, text) => {
                let environment = std::env::vars_os();
                let environment: BTreeMap<String, String> = environment
                    .filter_map(|(name, value)| {
                        Some((name.into_string().ok()?, value.into_string().ok()?))
                    })
                    .collect();
                let text = text.unwrap_or_default();
                let variables = Sources { given: variables, environment, file: None };
                let file = File { text, name: "workflow", folder: "", variables };
                (read(&file), None)
            }
        };
        let source = path.and_then(|path| std::fs::read_to_string(path).ok());
        let source = source.as_deref().or(text).unwrap_or_default();
        let workflow: Definition = workflow.map_err(|problems| {
            to_python(py, &together(problems.iter().map(as_error).collect()), Some(source))
        })?;
        // The history tells workflows of no file apart by their names.
        let file = file.unwrap_or_else(|| format!("<python>/{}", workflow.name));
        let compiled =
            wait(py, async { session.compile_workflow(workflow).await.map_err(together) })?
                .map_err(|error| to_python(py, &error, Some(source)))?;
        Ok(Self { session: session.clone(), compiled: Arc::new(compiled), file })
    }

    fn index(&self, py: Python<'_>, name: &str) -> PyResult<usize> {
        let steps = &self.compiled.workflow.steps;
        steps.iter().position(|step| step.name == name).ok_or_else(|| {
            let error = Error::not_found(format!("the workflow has no step '{name}'"));
            let error = match engine::closest(name, steps.iter().map(|step| step.name.as_str())) {
                Some(near) => error.with_hint(format!("did you mean '{near}'?")),
                None => error,
            };
            to_python(py, &error, None)
        })
    }
}

#[pymethods]
impl Workflow {
    /// Its name.
    fn name(&self) -> &str {
        &self.compiled.workflow.name
    }

    /// The steps, each after those that it needs.
    fn steps(&self) -> Vec<Step> {
        let Compiled { workflow, graph, sql, .. } = &*self.compiled;
        let name = |index: &usize| workflow.steps[*index].name.clone();
        let step = |index: &usize| {
            let step = &workflow.steps[*index];
            let before = graph.before[*index].iter().map(name).collect();
            let kind = step.step_type.name.to_string();
            (step.name.clone(), kind, step.output.clone(), sql[*index].clone(), before)
        };
        graph.order.iter().map(step).collect()
    }

    /// The names of steps that could run at the same time, level by level.
    fn levels(&self) -> Vec<Vec<String>> {
        let steps = &self.compiled.workflow.steps;
        let names = |level: Vec<usize>| level.iter().map(|at| steps[*at].name.clone()).collect();
        self.compiled.graph.levels().into_iter().map(names).collect()
    }

    /// What the author should know although nothing is wrong.
    fn warnings(&self) -> Vec<String> {
        self.compiled.workflow.warnings.iter().map(ToString::to_string).collect()
    }

    /// A picture of the graph; `None` for a format that there is not.
    fn draw(&self, format: &str) -> Option<String> {
        let Compiled { workflow, graph, .. } = &*self.compiled;
        Picture { workflow, graph, states: BTreeMap::new() }.draw(format)
    }

    /// Where columns come from, as JSON.
    fn lineage(&self) -> String {
        lineage(&self.compiled, None).to_string()
    }

    /// The optimised plan of a step, down to the files.
    fn explain(&self, py: Python<'_>, step: &str) -> PyResult<String> {
        let index = self.index(py, step)?;
        py.detach(|| {
            let _threads = runtime()?.enter();
            self.session.explain_workflow(&self.compiled, index)
        })
        .map_err(|error| to_python(py, &error, None))
    }

    /// Runs it, and gives the record of the run as JSON. `listener` is called with events as JSON;
    /// what it raises ends the run.
    #[pyo3(signature = (max_parallel, skip_unchanged, resume, history, listener, cancellation))]
    #[expect(clippy::too_many_arguments, reason = "they are the options of the Python side")]
    fn run(
        &self,
        py: Python<'_>,
        max_parallel: Option<usize>,
        skip_unchanged: bool,
        resume: bool,
        history: bool,
        listener: Option<Py<PyAny>>,
        cancellation: &CancellationToken,
    ) -> PyResult<String> {
        let cancellation = cancellation.0.clone();
        let raised = Arc::<Mutex<Option<PyErr>>>::default();
        let options = RunOptions {
            steps: (0..self.compiled.workflow.steps.len()).collect::<BTreeSet<_>>(),
            file: self.file.clone(),
            max_parallel,
            skip_unchanged,
            resume,
            history: history.then(History::default),
            listener: told(listener, Arc::clone(&raised), cancellation.clone()),
            cancellation: cancellation.clone(),
        };
        // The run is driven by this thread, which no query keeps busy, so that it hears of cancellation
        // at any time.
        let mut run = Box::pin(self.session.run_workflow(Arc::clone(&self.compiled), options));
        let mut outcome = wait(py, run.as_mut());
        if outcome.is_err() {
            // Ctrl-C stops the steps, and what they have written so far goes away, before it is raised.
            cancellation.cancel_now();
            let deadline = Instant::now() + PATIENCE;
            let ended = poll_fn(|context| match run.as_mut().poll(context) {
                Poll::Pending if Instant::now() < deadline => Poll::Pending,
                _ => Poll::Ready(Ok(())),
            });
            if let Err(again) = wait(py, ended) {
                outcome = Err(again);
            }
        }
        let record = outcome?.map_err(|error| to_python(py, &error, None))?.to_json();
        match raised.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(error) => Err(error),
            None => Ok(record),
        }
    }
}

/// A function of Python as what is told of events.
fn told(
    listener: Option<Py<PyAny>>,
    raised: Arc<Mutex<Option<PyErr>>>,
    cancellation: Cancellation,
) -> Listener {
    Arc::new(move |event: Event| {
        let Some(listener) = &listener else { return };
        let told = Python::try_attach(|py| {
            listener.bind(py).call1((event.to_json().to_string(),)).map(drop)
        });
        if let Some(Err(error)) = told {
            raised.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
            cancellation.cancel_now();
        }
    })
}

/// A problem of the file as an error.
fn as_error(problem: &Problem) -> Error {
    let error = Error::invalid_input(problem.message.clone());
    let error = match problem.position.line {
        0 => error,
        line => error.at(Position { line, column: problem.position.column }),
    };
    match &problem.hint {
        Some(hint) => error.with_hint(hint.clone()),
        None => error,
    }
}

/// Several errors as one that tells of all.
fn together(mut errors: Vec<Error>) -> Error {
    match errors.len() {
        0 => Error::internal("there is no error to report"),
        1 => errors.remove(0),
        count => {
            let line = |error: &Error| match error.position() {
                Some(Position { line, column }) => {
                    format!("\n  line {line}, column {column}: {}", error.message())
                }
                None => format!("\n  {}", error.message()),
            };
            let lines: String = errors.iter().map(line).collect();
            let kind = errors.first().map_or(ErrorKind::InvalidInput, Error::kind);
            Error::new(kind, format!("the workflow has {count} problems:{lines}"))
        }
    }
}
