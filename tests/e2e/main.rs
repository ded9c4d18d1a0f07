//! What needs code to be tested: the shape of the project, its manual, and sessions under pressure.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

#[path = "../workspace.rs"]
mod workspace;

mod architecture;
mod dependencies;
mod graphar;
mod reference;
mod s3;
mod s3_server;
mod session;
mod workflows;
mod writes;
