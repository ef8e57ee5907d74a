//! The `pprof` command on the process's own arguments.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use profgate::pprof::{Env, run};

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args_os().skip(1).collect();
    let Some((_, args)) = args.split_first().filter(|(command, _)| *command == "pprof") else {
        return ExitCode::from(2);
    };
    let directory = std::env::current_dir().unwrap_or_default();
    let env = Env::new(directory, std::env::vars_os().collect(), io::stdout().is_terminal());
    match run(args, &mut io::stdout().lock(), &mut io::stderr().lock(), &env) {
        Ok(code) => code.into(),
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            error.exit_code().into()
        }
    }
}
