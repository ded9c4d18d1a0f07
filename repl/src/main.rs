//! The command `pframe`; what it does is in the library, which the Python package has, too.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    ExitCode::from(parquetframe_repl::run(std::env::args_os()))
}
