//! `system.workflow_runs` and `system.workflow_steps`: the history as tables.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use extension::{SnapshotTable, SystemTable};
use workflow_definition::history::{RunRecord, StepRecord};

use crate::history::History;

fn texts<T: Into<Option<String>>>(values: impl IntoIterator<Item = T>) -> ArrayRef {
    Arc::new(StringArray::from_iter(values.into_iter().map(Into::into)))
}

fn numbers(values: impl IntoIterator<Item = Option<u64>>) -> ArrayRef {
    Arc::new(Int64Array::from_iter(values.into_iter().map(|value| value.map(|value| value as i64))))
}

fn seconds(values: impl IntoIterator<Item = Option<f64>>) -> ArrayRef {
    Arc::new(Float64Array::from_iter(values))
}

fn times<'a>(values: impl IntoIterator<Item = Option<&'a String>>) -> ArrayRef {
    let micros = |text: &String| {
        chrono::DateTime::parse_from_rfc3339(text).ok().map(|time| time.timestamp_micros())
    };
    let values = values.into_iter().map(|value| value.and_then(micros));
    Arc::new(TimestampMicrosecondArray::from_iter(values).with_timezone("UTC"))
}

fn fields(names: &[(&str, DataType)]) -> SchemaRef {
    let field = |(name, data_type): &(&str, DataType)| Field::new(*name, data_type.clone(), true);
    Arc::new(Schema::new(names.iter().map(field).collect::<Vec<_>>()))
}

fn timestamp() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// One row a run.
pub(crate) fn runs() -> SystemTable {
    let schema = fields(&[
        ("run_id", DataType::Utf8),
        ("workflow", DataType::Utf8),
        ("file", DataType::Utf8),
        ("status", DataType::Utf8),
        ("started", timestamp()),
        ("ended", timestamp()),
        ("seconds", DataType::Float64),
        ("steps", DataType::Int64),
        ("failed_steps", DataType::Int64),
    ]);
    let shape = Arc::clone(&schema);
    let provider = SnapshotTable::new(schema, move |_| {
        let runs = History::default().runs();
        let failed = |run: &RunRecord| {
            run.steps.iter().filter(|step| step.status == "failed").count() as u64
        };
        let columns = vec![
            texts(runs.iter().map(|run| run.execution_id.clone())),
            texts(runs.iter().map(|run| run.workflow_name.clone())),
            texts(runs.iter().map(|run| run.workflow_file.clone())),
            texts(runs.iter().map(|run| run.status.clone())),
            times(runs.iter().map(|run| Some(&run.start_time))),
            times(runs.iter().map(|run| run.end_time.as_ref())),
            seconds(runs.iter().map(|run| Some(run.duration_seconds))),
            numbers(runs.iter().map(|run| Some(run.steps.len() as u64))),
            numbers(runs.iter().map(|run| Some(failed(run)))),
        ];
        Ok(RecordBatch::try_new(Arc::clone(&shape), columns)?)
    });
    SystemTable {
        name: "workflow_runs",
        description: "runs of workflows, the latest first",
        provider: Arc::new(provider),
    }
}

/// One row a step of a run.
pub(crate) fn steps() -> SystemTable {
    let schema = fields(&[
        ("run_id", DataType::Utf8),
        ("workflow", DataType::Utf8),
        ("step", DataType::Utf8),
        ("type", DataType::Utf8),
        ("status", DataType::Utf8),
        ("started", timestamp()),
        ("ended", timestamp()),
        ("seconds", DataType::Float64),
        ("rows", DataType::Int64),
        ("memory_bytes", DataType::Int64),
        ("attempts", DataType::Int64),
        ("message", DataType::Utf8),
    ]);
    let shape = Arc::clone(&schema);
    let provider = SnapshotTable::new(schema, move |_| {
        let runs = History::default().runs();
        let rows: Vec<(&RunRecord, &StepRecord)> =
            runs.iter().flat_map(|run| run.steps.iter().map(move |step| (run, step))).collect();
        let columns = vec![
            texts(rows.iter().map(|(run, _)| run.execution_id.clone())),
            texts(rows.iter().map(|(run, _)| run.workflow_name.clone())),
            texts(rows.iter().map(|(_, step)| step.name.clone())),
            texts(rows.iter().map(|(_, step)| step.step_type.clone())),
            texts(rows.iter().map(|(_, step)| step.status.clone())),
            times(rows.iter().map(|(_, step)| step.start_time.as_ref())),
            times(rows.iter().map(|(_, step)| step.end_time.as_ref())),
            seconds(rows.iter().map(|(_, step)| step.duration_seconds)),
            numbers(rows.iter().map(|(_, step)| step.rows)),
            numbers(rows.iter().map(|(_, step)| step.memory_bytes)),
            numbers(rows.iter().map(|(_, step)| Some(u64::from(step.attempts)))),
            texts(rows.iter().map(|(_, step)| step.error_message.clone())),
        ];
        Ok(RecordBatch::try_new(Arc::clone(&shape), columns)?)
    });
    SystemTable {
        name: "workflow_steps",
        description: "steps of runs of workflows",
        provider: Arc::new(provider),
    }
}
