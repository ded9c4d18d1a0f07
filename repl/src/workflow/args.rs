//! The command line of `pframe workflow` and `pframe workflow-history`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// What `pframe workflow` does.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, arg_required_else_help = true)]
pub(crate) struct Workflow {
    #[command(subcommand)]
    pub(crate) action: Option<Action>,
    #[command(flatten)]
    pub(crate) upstream: Upstream,
}

/// `pframe workflow FILE …`, as upstream spells it.
#[derive(Debug, Args)]
pub(crate) struct Upstream {
    /// The workflow's file
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Only say what is wrong with the file
    #[arg(short = 'v', long)]
    pub(crate) validate: bool,
    #[command(flatten)]
    pub(crate) values: Values,
    /// Only list the steps
    #[arg(long)]
    pub(crate) list_steps: bool,
    /// Write an example of a workflow
    #[arg(long, value_name = "PATH")]
    pub(crate) create_example: Option<PathBuf>,
    /// Draw the steps: graphviz, networkx or mermaid
    #[arg(long, value_name = "KIND", value_parser = ["graphviz", "networkx", "mermaid"])]
    pub(crate) visualize: Option<String>,
    /// Where the picture goes
    #[arg(long, value_name = "PATH", requires = "visualize")]
    pub(crate) viz_output: Option<PathBuf>,
    /// The form of the picture: svg or dot
    #[arg(long, value_name = "FORMAT", value_parser = ["svg", "png", "pdf", "dot"], requires = "visualize")]
    pub(crate) viz_format: Option<String>,
}

/// Values of variables.
#[derive(Debug, Args, Clone, Default)]
pub(crate) struct Values {
    /// The value of a variable; may be repeated, and upstream's k=v,k=v is read, too
    #[arg(short = 'V', long = "var", visible_alias = "variables", value_name = "NAME=VALUE")]
    pub(crate) variables: Vec<String>,
    /// A YAML file of values
    #[arg(long, value_name = "FILE")]
    pub(crate) vars_file: Option<PathBuf>,
}

/// Which steps.
#[derive(Debug, Args, Clone, Default)]
pub(crate) struct Selection {
    /// The steps, in dbt's grammar: +a, b+, tag:x, state:modified+, …
    #[arg(short, long, value_name = "EXPR", num_args = 1..)]
    pub(crate) select: Vec<String>,
    /// The steps to leave out
    #[arg(long, value_name = "EXPR", num_args = 1..)]
    pub(crate) exclude: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// The workflow's file
    #[arg(value_name = "FILE.yml")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) values: Values,
    #[command(flatten)]
    pub(crate) selection: Selection,
    /// Leave what the last run completed, if it has not changed
    #[arg(long)]
    pub(crate) resume: bool,
    /// Leave files whose plan and inputs have not changed since they were written
    #[arg(long)]
    pub(crate) skip_unchanged: bool,
    /// Say what would run, and run nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// How many steps run at once
    #[arg(long, value_name = "N")]
    pub(crate) max_parallel: Option<usize>,
    /// How progress is told: bar, json (one object a line on standard output), plain or none
    #[arg(long, value_name = "HOW", value_parser = ["bar", "json", "plain", "none"])]
    pub(crate) progress: Option<String>,
    /// Write the lineage of the run as OpenLineage events
    #[arg(long, value_name = "PATH")]
    pub(crate) lineage: Option<PathBuf>,
    /// Note the run nowhere
    #[arg(long)]
    pub(crate) no_history: bool,
}

/// A file and what it is looked at with.
#[derive(Debug, Args)]
pub(crate) struct FileArgs {
    /// The workflow's file
    #[arg(value_name = "FILE.yml")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) values: Values,
    #[command(flatten)]
    pub(crate) selection: Selection,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Run a workflow
    Run(Box<RunArgs>),
    /// Say what would run and why, with the SQL of each step
    Plan(FileArgs),
    /// Say all that is wrong with a file
    Check(FileArgs),
    /// Show the optimised plan of a step
    Explain {
        #[command(flatten)]
        file: FileArgs,
        /// The step
        #[arg(value_name = "STEP")]
        step: String,
    },
    /// Draw the steps
    Graph {
        #[command(flatten)]
        file: FileArgs,
        /// mermaid, dot, svg, html or json
        #[arg(long, short = 't', value_name = "FORM", default_value = "mermaid")]
        form: String,
        /// Where the picture goes
        #[arg(long, short, value_name = "PATH")]
        output: Option<PathBuf>,
        /// Colour the steps by what became of them in the last run
        #[arg(long)]
        last_run: bool,
    },
    /// List the steps
    List(FileArgs),
    /// Write the lineage of the columns as OpenLineage events
    Lineage(FileArgs),
    /// Show the runs of the past
    History(HistoryArgs),
}

/// `pframe workflow history`, and upstream's `pframe workflow-history`.
#[derive(Debug, Args)]
pub(crate) struct HistoryArgs {
    /// Only runs of this workflow
    #[arg(short = 'w', long, value_name = "NAME")]
    pub(crate) workflow_name: Option<String>,
    /// Only runs of this outcome
    #[arg(short = 's', long, value_parser = ["completed", "failed", "running", "cancelled"])]
    pub(crate) status: Option<String>,
    /// How many runs
    #[arg(short = 'l', long, default_value_t = 10)]
    pub(crate) limit: usize,
    /// Show the steps, too
    #[arg(short = 'd', long)]
    pub(crate) details: bool,
    /// Show how many runs there were and how long they took
    #[arg(long)]
    pub(crate) stats: bool,
    /// Delete records that are older
    #[arg(long, value_name = "DAYS")]
    pub(crate) cleanup: Option<u64>,
}
