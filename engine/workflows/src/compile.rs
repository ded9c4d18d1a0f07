//! A workflow's steps as plans: everything is bound and type-checked before anything runs.
//!
//! A step that makes rows is an unoptimised plan in which the plans of its inputs stand where their names
//! do. A step that keeps rows is one plan over all of that, so filters and projections go through the
//! whole chain to the files. Rows that several steps need and that are dear to compute, that must be the same for
//! all because a function is volatile, that are checked or that the file asks to keep, are computed
//! once into a [`Spool`], which the others read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::TableReference;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::datasource::provider_as_source;
use datafusion::execution::SessionState;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::Statement as DataFusionStatement;
use extension::{
    Error, ErrorKind, GivenTables, ParsedStatement, PlanStatement, Position, Result,
    StatementPlanner, redact,
};
use workflow_definition::{
    Column, ColumnKind, Effect, Graph, Input, Inputs, Problem, Severity, Step, Workflow, identifier,
};

use crate::names;
use crate::spool::Spool;

/// What a job does with the rows of its plan.
#[derive(Debug)]
pub(crate) enum Action {
    /// Keeps them for other steps.
    Spool(Arc<Spool>),
    /// They say how much was written.
    Sink,
    /// Each is one that breaks the check: its name and how bad that is.
    Check(Vec<(String, Severity, LogicalPlan)>),
}

/// Something that runs: a sink, a spool, or the checks of a step.
#[derive(Debug)]
pub struct Job {
    /// The step.
    pub step: usize,
    /// What is done.
    pub(crate) action: Action,
    /// What is run; of checks, what is checked.
    pub(crate) plan: LogicalPlan,
    /// The jobs that must be done before.
    pub needs: BTreeSet<usize>,
    /// The spools that it reads, as jobs.
    pub(crate) reads: BTreeSet<usize>,
}

impl Job {
    /// What it is, in a word.
    pub fn kind(&self) -> &'static str {
        match self.action {
            Action::Spool(_) => "keep",
            Action::Sink => "write",
            Action::Check(_) => "check",
        }
    }
}

/// A workflow that can run.
#[derive(Debug)]
pub struct Compiled {
    /// The workflow.
    pub workflow: Workflow,
    /// What needs what.
    pub graph: Graph,
    /// The SQL of each step.
    pub sql: Vec<String>,
    /// The plan of each step, not yet optimised.
    pub plans: Vec<Option<LogicalPlan>>,
    /// What runs.
    pub jobs: Vec<Job>,
}

impl Compiled {
    /// A digest of what a step computes from its inputs: its SQL, in which neither the form of the file
    /// nor blanks count.
    pub fn definition(&self, step: usize) -> String {
        let words: Vec<&str> = self.sql[step].split_whitespace().collect();
        blake3::hash(words.join(" ").as_bytes()).to_hex()[..16].to_string()
    }
}

/// Where a step is, for errors.
fn place(step: &Step) -> Position {
    Position { line: step.position.line, column: step.position.column }
}

/// A problem of the file as an error.
pub(crate) fn problem_error(problem: &Problem) -> Error {
    let Problem { position, message, hint } = problem;
    let mut error = Error::invalid_input(message.clone());
    if position.line > 0 {
        error = error.at(Position { line: position.line, column: position.column });
    }
    match hint {
        Some(hint) => error.with_hint(hint.clone()),
        None => error,
    }
}

/// An error of the engine as one of a step.
pub(crate) fn step_error(workflow: &Workflow, step: &Step, error: &Error) -> Error {
    let within = match error.position() {
        Some(Position { line, column }) => format!(" (line {line}, column {column} of its SQL)"),
        None => String::new(),
    };
    let message = format!("step '{}': {}{within}", step.name, error.message());
    let named = Error::new(error.kind(), hide(workflow, &message)).at(place(step));
    match error.hint() {
        Some(hint) => named.with_hint(hide(workflow, hint)),
        None => named,
    }
}

/// A text without the workflow's secrets.
pub(crate) fn hide(workflow: &Workflow, text: &str) -> String {
    let mut text = redact(text).into_owned();
    for secret in &workflow.secrets {
        text = text.replace(secret, "***");
    }
    text
}

/// What several steps of compilation need.
struct Compiler<'a> {
    planner: Arc<dyn PlanStatement>,
    state: &'a SessionState,
}

impl Compiler<'_> {
    fn parse(&self, text: &str) -> Result<DataFusionStatement> {
        match self.planner.read_statement(text, self.state)? {
            ParsedStatement::DataFusion(statement) => Ok(*statement),
            ParsedStatement::Command(_) => {
                Err(Error::unsupported("a step is a query; this statement acts by itself"))
            }
        }
    }

    async fn query(
        &self,
        statement: DataFusionStatement,
        given: GivenTables,
    ) -> Result<LogicalPlan> {
        if !names::is_query(&statement) {
            return Err(Error::invalid_input("a step of type 'sql' is one SELECT")
                .with_hint("a step of type 'save' writes files and tables"));
        }
        self.planner.plan_query(statement, &given.within(self.state.clone())).await
    }
}

/// Plans every step of a workflow.
///
/// # Errors
/// All that is wrong with the steps, each with its place in the file.
pub async fn compile(context: &SessionContext, workflow: Workflow) -> Result<Compiled, Vec<Error>> {
    let state = context.state();
    let planner = StatementPlanner::of(context).map_err(|error| vec![error])?;
    let compiler = Compiler { planner, state: &state };
    let mut errors = vec![];
    let mut statements: Vec<Option<DataFusionStatement>> = vec![];
    let mut named: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for step in &workflow.steps {
        let mut statement = None;
        if step.step_type.inputs == Inputs::Named {
            match (step.step_type.sql)(step, &[])
                .map_err(|problem| problem_error(&problem))
                .and_then(|text| {
                    compiler.parse(&text).map_err(|error| step_error(&workflow, step, &error))
                }) {
                Ok(parsed) => {
                    named.insert(step.name.clone(), names::tables(&parsed, &state));
                    statement = Some(parsed);
                }
                Err(error) => errors.push(error),
            }
        }
        statements.push(statement);
    }
    let graph =
        Graph::new(&workflow, &mut |step| named.get(&step.name).cloned().unwrap_or_default());
    let graph = match graph {
        Ok(graph) => graph,
        Err(problems) => {
            errors.extend(problems.iter().map(problem_error));
            return Err(errors);
        }
    };

    let mut build = Build::new(&workflow, &graph);
    for index in graph.order.clone() {
        let step = &workflow.steps[index];
        if statements[index].is_none() && step.step_type.inputs == Inputs::Named {
            continue;
        }
        let statement = statements[index].take();
        match build.step(&compiler, index, statement).await {
            Ok(()) => {}
            Err(None) => {}
            Err(Some(error)) => errors.push(error),
        }
    }
    if !errors.is_empty() {
        errors.sort_by_key(|error| error.position().map_or((0, 0), |at| (at.line, at.column)));
        return Err(errors);
    }
    let Build { sql, plans, mut jobs, job_of, .. } = build;
    // A check comes before the other readers of what it checks.
    for (check, step) in workflow.steps.iter().enumerate() {
        if step.step_type.effect != Effect::Check {
            continue;
        }
        let Some(check_job) = job_of[check].last().copied() else { continue };
        let behind = graph.ancestors(check);
        for (_, checked) in &graph.reads[check] {
            for (reader, reads) in graph.reads.iter().enumerate() {
                let reads_it = reads.iter().any(|(_, producer)| producer == checked);
                if !reads_it || reader == check || behind.contains(&reader) {
                    continue;
                }
                let gated: BTreeSet<usize> = std::iter::once(reader)
                    .chain(graph.descendants(reader))
                    .filter(|step| !behind.contains(step) && *step != check)
                    .collect();
                let check_needs = transitive(&jobs, check_job);
                for (index, job) in jobs.iter_mut().enumerate() {
                    if gated.contains(&job.step)
                        && index != check_job
                        && !check_needs.contains(&index)
                    {
                        job.needs.insert(check_job);
                    }
                }
            }
        }
    }
    Ok(Compiled { workflow, graph, sql, plans, jobs })
}

fn transitive(jobs: &[Job], of: usize) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut front = vec![of];
    while let Some(job) = front.pop() {
        for needed in &jobs[job].needs {
            if found.insert(*needed) {
                front.push(*needed);
            }
        }
    }
    found
}

struct Build<'a> {
    workflow: &'a Workflow,
    graph: &'a Graph,
    sql: Vec<String>,
    plans: Vec<Option<LogicalPlan>>,
    /// What steps that read a step find: its plan, or its spool.
    outputs: Vec<Option<LogicalPlan>>,
    jobs: Vec<Job>,
    /// The jobs of each step.
    job_of: Vec<Vec<usize>>,
    /// The jobs that must be done before what follows a step.
    gates: Vec<BTreeSet<usize>>,
    /// The spools within what a step hands on.
    spools: Vec<BTreeSet<usize>>,
    checked: BTreeSet<usize>,
}

impl<'a> Build<'a> {
    fn new(workflow: &'a Workflow, graph: &'a Graph) -> Self {
        let count = workflow.steps.len();
        let checked = workflow
            .steps
            .iter()
            .enumerate()
            .filter(|(_, step)| step.step_type.effect == Effect::Check)
            .flat_map(|(index, _)| graph.reads[index].iter().map(|(_, producer)| *producer))
            .collect();
        Self {
            workflow,
            graph,
            sql: vec![String::new(); count],
            plans: vec![None; count],
            outputs: vec![None; count],
            jobs: vec![],
            job_of: vec![vec![]; count],
            gates: vec![BTreeSet::new(); count],
            spools: vec![BTreeSet::new(); count],
            checked,
        }
    }

    fn add(
        &mut self,
        step: usize,
        action: Action,
        plan: LogicalPlan,
        needs: BTreeSet<usize>,
        reads: BTreeSet<usize>,
    ) -> usize {
        self.jobs.push(Job { step, action, plan, needs, reads });
        self.job_of[step].push(self.jobs.len() - 1);
        self.jobs.len() - 1
    }

    /// Plans a step. `Err(None)` means that an input failed, of which was told already.
    async fn step(
        &mut self,
        compiler: &Compiler<'_>,
        index: usize,
        statement: Option<DataFusionStatement>,
    ) -> Result<(), Option<Error>> {
        let workflow = self.workflow;
        let step = &workflow.steps[index];
        let of_step = |error: &Error| Some(step_error(workflow, step, error));
        let mut given = GivenTables::default();
        let mut needs = BTreeSet::new();
        let mut reads = BTreeSet::new();
        for (name, producer) in &self.graph.reads[index] {
            let Some(plan) = &self.outputs[*producer] else { return Err(None) };
            given.add_plan(name, plan.clone());
            reads.extend(&self.spools[*producer]);
        }
        for before in &self.graph.before[index] {
            needs.extend(&self.gates[*before]);
        }
        let inputs = step
            .inputs
            .iter()
            .map(|name| {
                let producer = self.graph.reads[index].iter().find(|(read, _)| *read == name.text);
                let plan = producer.and_then(|(_, producer)| self.outputs[*producer].as_ref());
                let columns = plan.map(columns).unwrap_or_default();
                Input { relation: identifier(&name.text), columns }
            })
            .collect::<Vec<_>>();
        let text =
            (step.step_type.sql)(step, &inputs).map_err(|problem| Some(problem_error(&problem)))?;
        self.sql[index] = hide(workflow, &text);
        let statement = match statement {
            Some(statement) => statement,
            None => compiler.parse(&text).map_err(|error| of_step(&error))?,
        };
        if step.step_type.effect == Effect::Sink {
            let state = given.within(compiler.state.clone());
            let plan = compiler.planner.plan_statement(statement, &state).await;
            let plan = plan.map_err(|error| of_step(&error))?;
            self.plans[index] = Some(plan.clone());
            let job = self.add(index, Action::Sink, plan, needs, reads);
            self.gates[index] = [job].into();
            return Ok(());
        }
        let plan = compiler.query(statement, given).await.map_err(|error| of_step(&error))?;
        self.plans[index] = Some(plan.clone());
        if step.step_type.effect == Effect::Check {
            let job = self.checks(compiler, index, &plan, needs, reads).await?;
            self.gates[index] = [job].into();
            return Ok(());
        }
        let readers =
            self.graph.reads.iter().flatten().filter(|(_, producer)| *producer == index).count();
        let shared = readers > 1 && (is_dear(&plan) || is_volatile(&plan));
        let asked = step.boundary || !step.checks.is_empty() || self.checked.contains(&index);
        if !(asked || step.cache.unwrap_or(shared)) {
            self.gates[index] = needs;
            self.spools[index] = reads;
            self.outputs[index] = Some(plan);
            return Ok(());
        }
        let spool = Arc::new(Spool::new(Arc::clone(plan.schema().inner()), is_ordered(&plan)));
        let source =
            provider_as_source(Arc::clone(&spool) as Arc<dyn datafusion::catalog::TableProvider>);
        let scan =
            LogicalPlanBuilder::scan(TableReference::bare(step.output.as_str()), source, None)
                .and_then(LogicalPlanBuilder::build);
        let scan = scan.map_err(|error| of_step(&error.into()))?;
        let job = self.add(index, Action::Spool(spool), plan, needs, reads);
        self.spools[index] = [job].into();
        self.gates[index] = [job].into();
        if !step.checks.is_empty() {
            let check = self.checks(compiler, index, &scan, [job].into(), [job].into()).await?;
            self.gates[index].insert(check);
        }
        self.outputs[index] = Some(scan);
        Ok(())
    }

    /// The job of a step's checks of `rows`.
    async fn checks(
        &mut self,
        compiler: &Compiler<'_>,
        index: usize,
        rows: &LogicalPlan,
        mut needs: BTreeSet<usize>,
        mut reads: BTreeSet<usize>,
    ) -> Result<usize, Option<Error>> {
        const ROWS: &str = "checked rows";
        let step = &self.workflow.steps[index];
        let mut plans = vec![];
        for check in &step.checks {
            let mut given = GivenTables::default();
            given.add_plan(ROWS, rows.clone());
            for name in &check.reads {
                let producer = self.graph.reads[index].iter().find(|(read, _)| read == name);
                let Some((_, producer)) = producer else { continue };
                let Some(plan) = &self.outputs[*producer] else { return Err(None) };
                given.add_plan(name, plan.clone());
                needs.extend(&self.gates[*producer]);
                reads.extend(&self.spools[*producer]);
            }
            let text = check.query.replace("{rows}", &identifier(ROWS));
            let plan = async { compiler.query(compiler.parse(&text)?, given).await };
            let plan = plan.await.map_err(|error| {
                let named = Error::new(
                    error.kind(),
                    format!("check '{}': {}", check.name, error.message()),
                );
                let named = match error.hint() {
                    Some(hint) => named.with_hint(hint),
                    None => named,
                };
                Some(step_error(self.workflow, step, &named))
            })?;
            plans.push((check.name.clone(), check.severity, plan));
        }
        Ok(self.add(index, Action::Check(plans), rows.clone(), needs, reads))
    }
}

/// The columns of a plan, as steps see them.
fn columns(plan: &LogicalPlan) -> Vec<Column> {
    let kind = |data_type: &DataType| match data_type {
        DataType::Float16 | DataType::Float32 | DataType::Float64 => ColumnKind::Float,
        data_type if data_type.is_integer() => ColumnKind::Integer,
        data_type if data_type.is_numeric() => ColumnKind::Number,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => ColumnKind::Text,
        DataType::Dictionary(_, value)
            if matches!(
                value.as_ref(),
                DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
            ) =>
        {
            ColumnKind::Text
        }
        DataType::Boolean => ColumnKind::Bool,
        data_type if data_type.is_temporal() => ColumnKind::Time,
        _ => ColumnKind::Other,
    };
    plan.schema()
        .fields()
        .iter()
        .map(|field| Column { name: field.name().clone(), kind: kind(field.data_type()) })
        .collect()
}

/// Whether rows are worth keeping for several readers: anything but reading, filtering and projecting
/// a file, which each reader does better for itself.
fn is_dear(plan: &LogicalPlan) -> bool {
    plan.exists(|node| {
        Ok(!matches!(
            node,
            LogicalPlan::TableScan(_)
                | LogicalPlan::Projection(_)
                | LogicalPlan::Filter(_)
                | LogicalPlan::SubqueryAlias(_)
                | LogicalPlan::Limit(_)
                | LogicalPlan::Values(_)
                | LogicalPlan::EmptyRelation(_)
                | LogicalPlan::Union(_)
        ))
    })
    .unwrap_or(true)
}

/// Whether two runs of the plan may differ.
pub(crate) fn is_volatile(plan: &LogicalPlan) -> bool {
    let mut volatile = false;
    let _ = plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expr| {
            volatile |= expr.is_volatile();
            Ok(TreeNodeRecursion::Continue)
        })?;
        // A sample draws anew each time, and an operator that is not ours to know may, too.
        if let LogicalPlan::Extension(extension) = node {
            volatile |= extension.node.name().to_lowercase().contains("sample");
        }
        Ok(if volatile { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    volatile
}

/// Whether a sort gave the rows their order.
fn is_ordered(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Sort(_) => true,
        LogicalPlan::Projection(_)
        | LogicalPlan::Filter(_)
        | LogicalPlan::SubqueryAlias(_)
        | LogicalPlan::Limit(_) => plan.inputs().first().is_some_and(|input| is_ordered(input)),
        _ => false,
    }
}

/// One error for several, for callers that take only one.
pub(crate) fn joined(file: &str, errors: &[Error]) -> Error {
    let line = |error: &Error| match error.position() {
        Some(at) => format!("{file}:{}:{}: {}", at.line, at.column, error.message()),
        None => format!("{file}: {}", error.message()),
    };
    let kind = errors.first().map_or(ErrorKind::Internal, Error::kind);
    let text: Vec<String> = errors.iter().map(line).collect();
    let error = Error::new(kind, text.join("\n"));
    match errors.iter().find_map(Error::hint) {
        Some(hint) => error.with_hint(hint),
        None => error,
    }
}
