//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use clap_complete::Shell as CompletionShell;

use crate::format::FORMATS;

/// SQL over any file, from the shell, scripts and standard input.
#[derive(Debug, Parser)]
#[command(
    name = "pframe",
    version,
    subcommand_precedence_over_arg = true,
    disable_help_subcommand = true,
    after_help = "Without -c and -f: the shell when standard input is a terminal, else SQL from standard input.\n\
                  Exit status: 0 if every statement succeeded, 1 if one failed, 2 for a wrong command line."
)]
pub(crate) struct CommandLine {
    /// A folder or lake URL that persists; none for tables in memory
    pub(crate) database: Option<String>,

    /// Run SQL and leave; may be repeated
    #[arg(short = 'c', long = "command", value_name = "SQL", allow_hyphen_values = true)]
    commands: Vec<String>,

    /// Run a script ('-' for standard input) and leave; may be repeated; runs in order with -c
    #[arg(short = 'f', long = "file", value_name = "FILE.sql")]
    files: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) options: Options,

    #[command(subcommand)]
    pub(crate) subcommand: Option<Sub>,

    /// What -c and -f asked for, in the order of the command line.
    #[arg(skip)]
    pub(crate) work: Vec<Work>,
}

/// What to run.
#[derive(Debug)]
pub(crate) enum Work {
    /// SQL or a command of the shell.
    Command(String),
    /// A script.
    File(PathBuf),
}

/// Options of every subcommand, too.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// How results are printed [default: box]
    #[arg(long, global = true, value_name = "FORMAT",
          value_parser = PossibleValuesParser::new(FORMATS.iter().map(|format| format.name)))]
    pub(crate) format: Option<String>,

    /// Set a setting; may be repeated
    #[arg(long = "set", global = true, value_name = "KEY=VALUE", value_parser = key_value)]
    pub(crate) settings: Vec<(String, String)>,

    /// Refuse statements that change tables or files
    #[arg(long, global = true)]
    pub(crate) read_only: bool,

    /// How much memory queries may take, such as 4GB
    #[arg(long, global = true, value_name = "SIZE")]
    pub(crate) memory_limit: Option<String>,

    /// How many threads work on a query
    #[arg(long, global = true, value_name = "N")]
    pub(crate) threads: Option<String>,

    /// Print nothing but results and errors
    #[arg(long, short = 'q', global = true)]
    pub(crate) quiet: bool,

    /// Show no progress bar
    #[arg(long, global = true)]
    pub(crate) no_progress: bool,

    /// Read the configuration from this file
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// What the binary does besides running SQL.
#[derive(Debug, Subcommand)]
pub(crate) enum Sub {
    /// Show what files hold: schema, rows, row groups, statistics, codecs
    Info {
        /// Files of any readable format
        #[arg(required = true, value_name = "FILE")]
        files: Vec<String>,
    },
    /// Write a file in another format
    Convert(Convert),
    /// Run a graph function on a file of edges, or draw it
    Graph(Graph),
    /// Run, check and draw workflows of YAML files
    Workflow(Box<crate::workflow::args::Workflow>),
    /// Show the runs of workflows in the past
    #[command(hide = true)]
    WorkflowHistory(crate::workflow::args::HistoryArgs),
    /// Print a script that completes command lines
    Completions {
        /// The shell it is for
        shell: CompletionShell,
    },
}

/// What to do with a graph.
#[derive(Debug, Args)]
pub(crate) struct Graph {
    #[command(subcommand)]
    pub(crate) action: GraphAction,
}

/// What `pframe graph` does.
#[derive(Debug, Subcommand)]
pub(crate) enum GraphAction {
    /// Run a graph function, as in: pframe graph run pagerank edges.csv damping=0.9
    Run {
        /// The function, such as pagerank or wcc
        function: String,
        /// The edges: any readable file, pattern or URL
        edges: String,
        /// Parameters of the function
        #[arg(value_name = "NAME=VALUE")]
        arguments: Vec<String>,
        /// Write the result to this file instead of printing it
        #[arg(long, value_name = "FILE")]
        to: Option<String>,
    },
    /// Show figures about a graph: nodes, edges, density, components, degrees
    Info {
        /// The edges: any readable file, pattern or URL
        edges: String,
        /// Parameters of graph_stats, such as directed=false
        #[arg(value_name = "NAME=VALUE")]
        arguments: Vec<String>,
    },
    /// Write a graph in another format, as in: pframe graph convert social.graphml social/
    Convert(GraphConversion),
    /// Print a small graph as text that draws it, or as SVG
    Draw {
        /// The edges: any readable file
        edges: String,
        /// The language of the picture
        #[arg(long = "as", value_name = "LANGUAGE", default_value = "mermaid")]
        picture: Picture,
        /// Draw lines instead of arrows
        #[arg(long)]
        undirected: bool,
    },
}

/// Languages of pictures.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum Picture {
    /// Mermaid, which Markdown renderers draw
    Mermaid,
    /// Graphviz
    Dot,
    /// A picture that browsers show
    Svg,
}

/// What to convert, and how.
#[derive(Debug, Args)]
pub(crate) struct GraphConversion {
    /// The graph: a GraphAr folder, GraphML, Matrix Market (.mtx), or any readable file of edges
    pub(crate) from: String,
    /// What to write: a folder for GraphAr, or a file ending in .graphml, .mtx, .csv, .parquet, …
    pub(crate) to: String,
    /// The edge type to read from a GraphAr graph that has several; else the one to write
    #[arg(long, value_name = "TYPE")]
    pub(crate) edge: Option<String>,
    /// The column of values in Matrix Market [default: weight, if there is such a column]
    #[arg(long, value_name = "COLUMN")]
    pub(crate) weight: Option<String>,
    /// Write the nodes to this file too: their data, and for Matrix Market their numbers
    #[arg(long, value_name = "FILE")]
    pub(crate) nodes: Option<String>,
    /// Say in GraphML and GraphAr that edges lead both ways
    #[arg(long)]
    pub(crate) undirected: bool,
    /// Replace what is there
    #[arg(long)]
    pub(crate) overwrite: bool,
}

/// What to convert and how.
#[derive(Debug, Args)]
pub(crate) struct Convert {
    /// Any readable file, pattern or URL
    #[arg(value_name = "IN")]
    pub(crate) input: String,
    /// The file to write; its extension says the format
    #[arg(value_name = "OUT")]
    pub(crate) output: String,
    /// How the output is compressed: zstd, snappy, gzip, …
    #[arg(long, value_name = "CODEC")]
    pub(crate) compression: Option<String>,
    /// The format of the output, if its extension does not say it
    #[arg(long, value_name = "FORMAT")]
    pub(crate) to: Option<String>,
    /// Replace the output if it exists
    #[arg(long)]
    pub(crate) overwrite: bool,
}

impl CommandLine {
    /// Reads a command line; a wrong one, `--help` and `--version` end it.
    pub(crate) fn read(arguments: impl IntoIterator<Item = OsString>) -> Self {
        let matches = Self::command().get_matches_from(arguments);
        let mut line = Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        let indices = |name: &str| {
            matches.indices_of(name).map(Iterator::collect::<Vec<_>>).unwrap_or_default()
        };
        let commands =
            indices("commands").into_iter().zip(line.commands.drain(..).map(Work::Command));
        let mut work: Vec<(usize, Work)> = commands.collect();
        work.extend(indices("files").into_iter().zip(line.files.drain(..).map(Work::File)));
        work.sort_by_key(|(index, _)| *index);
        line.work = work.into_iter().map(|(_, work)| work).collect();
        if line.subcommand.is_some() && !line.work.is_empty() {
            usage_error("-c and -f cannot be combined with a subcommand");
        }
        line
    }
}

/// Ends the process as clap does for a wrong command line.
pub(crate) fn usage_error(message: impl std::fmt::Display) -> ! {
    CommandLine::command().error(clap::error::ErrorKind::ValueValidation, message).exit()
}

fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => {
            Ok((key.trim().to_string(), value.trim().to_string()))
        }
        _ => Err("expected KEY=VALUE".to_string()),
    }
}
