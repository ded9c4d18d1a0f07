//! Runs SQL as tests: our sqllogictests, the example scripts, the SQL blocks of the documentation,
//! and DataFusion's own sqllogictests.
//!
//! ```text
//! cargo test --release -p parquetframe-tests --test slt                      everything of ours
//! cargo test --release -p parquetframe-tests --test slt -- files/csv         files whose path contains the words
//! cargo test --release -p parquetframe-tests --test slt -- files/csv --update   accept what was answered
//! cargo test --release -p parquetframe-tests --test slt -- --datafusion      DataFusion's suite through our session
//! cargo test --release -p parquetframe-tests --test slt -- --datafusion --update   write what differs to known.txt
//! ```
#![allow(clippy::print_stdout, missing_docs)]

mod runner;
mod workspace;

use std::process::ExitCode;

use runner::{Options, datafusion_suite, ours};

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(message) => {
            println!("error: {message}");
            return ExitCode::from(2);
        }
    };
    if options.list {
        return ExitCode::SUCCESS;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a tokio runtime starts");
    let total = match options.datafusion {
        true => runtime.block_on(datafusion_suite::run(&options)),
        false => runtime.block_on(ours::run(&options)),
    };
    match total {
        Ok(total) => {
            println!("{} passed, {} failed", total.passed, total.failed);
            ExitCode::from(u8::from(total.failed > 0))
        }
        Err(message) => {
            println!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
