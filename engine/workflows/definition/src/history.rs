//! What a run leaves behind: a file of JSON, whose first fields are those of upstream's `.hist` files.

use serde_json::{Map, Value, json};

/// A run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RunRecord {
    /// The workflow's name.
    pub workflow_name: String,
    /// Its file.
    pub workflow_file: String,
    /// The run's id.
    pub execution_id: String,
    /// When it began, as ISO 8601 in UTC.
    pub start_time: String,
    /// When it ended.
    pub end_time: Option<String>,
    /// How long it took.
    pub duration_seconds: f64,
    /// `running`, `completed`, `failed` or `cancelled`.
    pub status: String,
    /// The steps, in the order in which they came.
    pub steps: Vec<StepRecord>,
    /// Values of variables, secrets hidden.
    pub variables: Vec<(String, String)>,
    /// The folder in which it ran.
    pub working_directory: String,
    /// The process, by which a run that was killed is known.
    pub process: u32,
}

/// A step of a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StepRecord {
    /// The step's name.
    pub name: String,
    /// What it does.
    pub step_type: String,
    /// `pending`, `running`, `completed`, `failed`, `skipped`, `unchanged` or `cancelled`.
    pub status: String,
    /// When it began, as ISO 8601 in UTC.
    pub start_time: Option<String>,
    /// When it ended.
    pub end_time: Option<String>,
    /// How long it took, all tries together.
    pub duration_seconds: Option<f64>,
    /// Rows that it made, where they were counted.
    pub rows: Option<u64>,
    /// Most bytes of memory that it held.
    pub memory_bytes: Option<u64>,
    /// Tries in all.
    pub attempts: u32,
    /// Datasets that it read.
    pub input_datasets: Vec<String>,
    /// What it made.
    pub output_datasets: Vec<String>,
    /// Why it failed or did not run.
    pub error_message: Option<String>,
    /// What it computed from: its plan and the identities of its inputs.
    pub fingerprint: Option<String>,
    /// A digest of what the step says, by which `state:modified` compares.
    pub definition: Option<String>,
}

impl RunRecord {
    /// The text of the file.
    pub fn to_json(&self) -> String {
        let count = |word: &str| self.steps.iter().filter(|step| step.status == word).count();
        let value = json!({
            "workflow_name": self.workflow_name,
            "workflow_file": self.workflow_file,
            "execution_id": self.execution_id,
            "start_time": self.start_time,
            "end_time": self.end_time,
            "duration_seconds": self.duration_seconds,
            "status": self.status,
            "steps": self.steps.iter().map(StepRecord::to_json).collect::<Vec<_>>(),
            "variables": self.variables.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect::<Map<_, _>>(),
            "working_directory": self.working_directory,
            "process": self.process,
            "success_count": count("completed"),
            "failure_count": count("failed"),
            "skip_count": count("skipped") + count("unchanged"),
        });
        serde_json::to_string_pretty(&value).unwrap_or_default()
    }

    /// Reads a file; `None` if it is not of this format.
    pub fn from_json(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        let text = |key: &str| value[key].as_str().map(str::to_string);
        let variables = value["variables"].as_object();
        Some(Self {
            workflow_name: text("workflow_name")?,
            workflow_file: text("workflow_file").unwrap_or_default(),
            execution_id: text("execution_id")?,
            start_time: text("start_time")?,
            end_time: text("end_time"),
            duration_seconds: value["duration_seconds"].as_f64().unwrap_or_default(),
            status: text("status")?,
            steps: value["steps"].as_array()?.iter().filter_map(StepRecord::from_json).collect(),
            variables: variables
                .into_iter()
                .flatten()
                .map(|(name, value)| {
                    let shown = value.as_str().map_or_else(|| value.to_string(), str::to_string);
                    (name.clone(), shown)
                })
                .collect(),
            working_directory: text("working_directory").unwrap_or_default(),
            process: value["process"]
                .as_u64()
                .and_then(|id| id.try_into().ok())
                .unwrap_or_default(),
        })
    }

    /// The step of that name.
    pub fn step(&self, name: &str) -> Option<&StepRecord> {
        self.steps.iter().find(|step| step.name == name)
    }
}

impl StepRecord {
    fn to_json(&self) -> Value {
        json!({
            "name": self.name,
            "step_type": self.step_type,
            "status": self.status,
            "start_time": self.start_time,
            "end_time": self.end_time,
            "duration_seconds": self.duration_seconds,
            "rows": self.rows,
            "memory_usage_mb": self.memory_bytes.map(|bytes| bytes as f64 / (1024.0 * 1024.0)),
            "attempts": self.attempts,
            "input_datasets": self.input_datasets,
            "output_datasets": self.output_datasets,
            "error_message": self.error_message,
            "fingerprint": self.fingerprint,
            "definition": self.definition,
        })
    }

    fn from_json(value: &Value) -> Option<Self> {
        let text = |key: &str| value[key].as_str().map(str::to_string);
        let texts = |key: &str| -> Vec<String> {
            let items = value[key].as_array().map(Vec::as_slice).unwrap_or_default();
            items.iter().filter_map(|item| item.as_str().map(str::to_string)).collect()
        };
        Some(Self {
            name: text("name")?,
            step_type: text("step_type").unwrap_or_default(),
            status: text("status").unwrap_or_default(),
            start_time: text("start_time"),
            end_time: text("end_time"),
            duration_seconds: value["duration_seconds"].as_f64(),
            rows: value["rows"].as_u64(),
            memory_bytes: value["memory_usage_mb"].as_f64().map(|mb| (mb * 1024.0 * 1024.0) as u64),
            attempts: value["attempts"].as_u64().unwrap_or(1) as u32,
            input_datasets: texts("input_datasets"),
            output_datasets: texts("output_datasets"),
            error_message: text("error_message"),
            fingerprint: text("fingerprint"),
            definition: text("definition"),
        })
    }
}

/// A name that is safe within the name of a file.
pub fn file_name(workflow: &str) -> String {
    let safe: String = workflow
        .chars()
        .map(|c| if c.is_alphanumeric() || matches!(c, '-' | '_') { c } else { '_' })
        .take(60)
        .collect();
    match safe.is_empty() {
        true => "workflow".to_string(),
        false => safe,
    }
}
