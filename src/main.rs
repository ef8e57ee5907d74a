//! The command line of profgate.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use profgate::pprof;

fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    match args.as_slice() {
        [_, command, args @ ..] if command == "pprof" => run_pprof(args),
        _ => profgate::cli::run(args).into(),
    }
}

/// Runs `pprof`, whose flags are those of Go and not clap's to read.
fn run_pprof(args: &[OsString]) -> ExitCode {
    let directory = std::env::current_dir().unwrap_or_default();
    let env = pprof::Env::new(directory, std::env::vars_os().collect(), io::stdout().is_terminal());
    match pprof::run(args, &mut io::stdout().lock(), &mut io::stderr().lock(), &env) {
        Ok(code) => code.into(),
        Err(error) => {
            // Nobody is left to tell when stderr is closed.
            let _ = writeln!(io::stderr(), "{error}");
            error.exit_code().into()
        }
    }
}
