//! The command line of profgate.

use std::process::ExitCode;

fn main() -> ExitCode {
    profgate::cli::run(std::env::args_os()).into()
}
