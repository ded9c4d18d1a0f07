//! What would run and why, without running it: `plan`, `explain STEP` and lineage.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{SecondsFormat, Utc};
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use extension::{Result, sql_type_name};
use serde_json::{Value, json};
use workflow_definition::Effect;
use workflow_definition::history::RunRecord;

use crate::compile::{Action, Compiled, hide};

/// One line of `workflow plan`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The step.
    pub step: String,
    /// Its type.
    pub step_type: String,
    /// `write`, `check`, `keep` (computed once), `inline` (part of the steps that read it) or `skip`.
    pub action: &'static str,
    /// Why.
    pub why: String,
    /// Its columns and their types.
    pub columns: Vec<(String, String)>,
    /// Its SQL.
    pub sql: String,
}

/// What would run, in order.
pub fn plan(compiled: &Compiled, steps: &BTreeSet<usize>) -> Vec<Planned> {
    let workflow = &compiled.workflow;
    let mut off = BTreeSet::new();
    compiled
        .graph
        .order
        .iter()
        .map(|index| {
            let step = &workflow.steps[*index];
            let condition = step.when.as_ref().filter(|condition| !condition.holds);
            let needs_off =
                compiled.graph.before[*index].iter().find(|before| off.contains(*before));
            let readers = compiled
                .graph
                .reads
                .iter()
                .flatten()
                .filter(|(_, producer)| producer == index)
                .count();
            let job = compiled.jobs.iter().find(|job| job.step == *index);
            let (action, why) =
                match (condition, needs_off, steps.contains(index), job.map(|job| &job.action)) {
                    (Some(condition), ..) => {
                        off.insert(*index);
                        (
                            "skip",
                            format!(
                                "its condition does not hold: {}",
                                hide(workflow, &condition.text)
                            ),
                        )
                    }
                    (None, Some(needed), ..) => {
                        off.insert(*index);
                        ("skip", format!("'{}' is skipped", workflow.steps[*needed].name))
                    }
                    (None, None, false, _) => ("skip", "it is not selected".to_string()),
                    (None, None, true, Some(Action::Sink)) => ("write", "it writes".to_string()),
                    (None, None, true, Some(Action::Check(_))) => {
                        ("check", format!("{} checks", step.checks.len()))
                    }
                    (None, None, true, Some(Action::Spool(_))) => (
                        "keep",
                        match (step.cache, step.checks.is_empty()) {
                            (Some(true), _) => "the file says so".to_string(),
                            (_, false) => "its rows are checked".to_string(),
                            _ if step.boundary => {
                                "it is tried, timed or fails by itself".to_string()
                            }
                            _ => format!("{readers} steps read it"),
                        },
                    ),
                    (None, None, true, None) => (
                        "inline",
                        match readers {
                            0 => "no step reads it".to_string(),
                            1 => "one step reads it".to_string(),
                            _ => format!("{readers} steps read it, each what it needs"),
                        },
                    ),
                };
            let columns = match (&compiled.plans[*index], step.step_type.effect) {
                (Some(plan), Effect::Rows) => plan
                    .schema()
                    .fields()
                    .iter()
                    .map(|field| (field.name().clone(), sql_type_name(field.data_type())))
                    .collect(),
                _ => vec![],
            };
            Planned {
                step: step.name.clone(),
                step_type: step.step_type.name.to_string(),
                action,
                why,
                columns,
                sql: compiled.sql[*index].clone(),
            }
        })
        .collect()
}

/// The optimised plan of a step, down to the files.
///
/// # Errors
/// A step whose plan cannot be optimised.
pub fn explain(context: &SessionContext, compiled: &Compiled, step: usize) -> Result<String> {
    let Some(plan) = &compiled.plans[step] else { return Ok(String::new()) };
    let optimised = context.state().optimize(plan)?;
    Ok(hide(&compiled.workflow, &optimised.display_indent().to_string()))
}

/// The tables that a plan scans.
fn scans(plan: &LogicalPlan, found: &mut BTreeSet<String>) {
    if let LogicalPlan::TableScan(scan) = plan {
        found.insert(scan.table_name.to_string());
    }
    plan.inputs().into_iter().for_each(|input| scans(input, found));
}

/// Where the columns of each step come from: `(step, column)` by `(step, column)`.
///
/// A step's column comes from the columns of the same name that its plan computes it from; what is
/// computed names all columns of its expression.
fn columns(compiled: &Compiled, index: usize) -> BTreeMap<String, BTreeSet<(String, String)>> {
    let mut all = BTreeMap::new();
    let Some(plan) = &compiled.plans[index] else { return all };
    for (qualifier, field) in plan.schema().iter() {
        let column = datafusion::common::Column::new(qualifier.cloned(), field.name());
        let mut sources = BTreeSet::new();
        trace(plan, &column, &mut sources, 0);
        all.insert(field.name().clone(), sources);
    }
    all
}

/// Follows a column down to the relations that it comes from.
fn trace(
    plan: &LogicalPlan,
    column: &datafusion::common::Column,
    found: &mut BTreeSet<(String, String)>,
    depth: usize,
) {
    const DEEPEST: usize = 500;
    if depth > DEEPEST {
        return;
    }
    let follow = |expr: &datafusion::logical_expr::Expr,
                  inputs: Vec<&LogicalPlan>,
                  found: &mut BTreeSet<_>| {
        for column in expr.column_refs() {
            if let Some(input) = inputs.iter().find(|input| input.schema().has_column(column)) {
                trace(input, column, found, depth + 1);
            }
        }
    };
    let position = plan.schema().maybe_index_of_column(column);
    match (plan, position) {
        (LogicalPlan::TableScan(scan), Some(_)) => {
            found.insert((scan.table_name.to_string(), column.name.clone()));
        }
        (LogicalPlan::SubqueryAlias(alias), Some(index)) => {
            let inner = alias.input.schema().columns();
            if let Some(inner) = inner.get(index) {
                trace(&alias.input, inner, found, depth + 1);
            }
        }
        (LogicalPlan::Projection(projection), Some(index)) => {
            if let Some(expr) = projection.expr.get(index) {
                follow(expr, vec![projection.input.as_ref()], found);
            }
        }
        (LogicalPlan::Aggregate(aggregate), Some(index)) => {
            let mut exprs = aggregate.group_expr.iter().chain(&aggregate.aggr_expr);
            if let Some(expr) = exprs.nth(index) {
                follow(expr, vec![aggregate.input.as_ref()], found);
            }
        }
        (LogicalPlan::Window(window), Some(index)) => {
            let before = window.input.schema().fields().len();
            match index.checked_sub(before).and_then(|index| window.window_expr.get(index)) {
                Some(expr) => follow(expr, vec![window.input.as_ref()], found),
                None => trace(&window.input, column, found, depth + 1),
            }
        }
        (LogicalPlan::Union(union), Some(index)) => {
            for input in &union.inputs {
                if let Some(inner) = input.schema().columns().get(index) {
                    trace(input, inner, found, depth + 1);
                }
            }
        }
        (other, Some(_)) => {
            for input in other.inputs() {
                if input.schema().has_column(column) {
                    trace(input, column, found, depth + 1);
                }
            }
        }
        _ => {}
    }
}

/// The lineage of a run as OpenLineage events, one for each step.
pub fn lineage(compiled: &Compiled, record: Option<&RunRecord>) -> Value {
    const PRODUCER: &str = "https://github.com/parquetframe/parquetframe";
    const SCHEMA: &str = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";
    let workflow = &compiled.workflow;
    let run = record
        .map_or_else(|| uuid::Uuid::now_v7().to_string(), |record| record.execution_id.clone());
    let time = record
        .and_then(|record| record.end_time.clone())
        .unwrap_or_else(|| Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true));
    let dataset = |name: &str| json!({"namespace": "parquetframe", "name": name});
    let events = compiled.graph.order.iter().map(|index| {
        let step = &workflow.steps[*index];
        let mut inputs: BTreeSet<String> = compiled.graph.reads[*index]
            .iter()
            .map(|(_, producer)| workflow.steps[*producer].name.clone())
            .collect();
        if inputs.is_empty() && let Some(plan) = &compiled.plans[*index] {
            scans(plan, &mut inputs);
            let paths = step.texts("path");
            if !paths.is_empty() && step.step_type.effect == Effect::Rows {
                inputs = paths.into_iter().collect();
            }
        }
        let output = match step.step_type.effect {
            Effect::Sink => step.text("path").or(step.text("table")).unwrap_or_default(),
            _ => step.name.clone(),
        };
        let mut made = dataset(&hide(workflow, &output));
        if step.step_type.effect == Effect::Rows {
            let fields: serde_json::Map<String, Value> = columns(compiled, *index)
                .into_iter()
                .map(|(name, sources)| {
                    let sources: Vec<Value> = sources
                        .into_iter()
                        .map(|(table, field)| json!({"namespace": "parquetframe", "name": table, "field": field}))
                        .collect();
                    (name, json!({"inputFields": sources}))
                })
                .collect();
            made["facets"] = json!({"columnLineage": {
                "_producer": PRODUCER,
                "_schemaURL": "https://openlineage.io/spec/facets/1-2-0/ColumnLineageDatasetFacet.json",
                "fields": fields,
            }});
        }
        let word = match record.and_then(|record| record.step(&step.name)).map(|step| step.status.as_str()) {
            Some("failed") => "FAIL",
            Some("cancelled") => "ABORT",
            _ => "COMPLETE",
        };
        json!({
            "eventType": word,
            "eventTime": time,
            "producer": PRODUCER,
            "schemaURL": SCHEMA,
            "run": {"runId": run},
            "job": {"namespace": workflow.name, "name": step.name},
            "inputs": inputs.iter().map(|name| dataset(&hide(workflow, name))).collect::<Vec<_>>(),
            "outputs": [made],
        })
    });
    Value::Array(events.collect())
}
