//! The `pframe` binary as people and scripts run it: arguments, standard streams, files, exit status.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)]

mod commands;
mod errors;
mod files;
mod formats;
mod graph;
mod interactive;
mod process;
mod scripts;
mod workflows;
