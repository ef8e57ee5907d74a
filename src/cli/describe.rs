//! Commands that describe: the configuration, its template, explanations, completions, the manual page.

use std::fs;

use super::args::{ConfigArgs, InitArgs};
use super::output::{Earlier, Output};
use super::plan;
use crate::config::{TEMPLATE, check_writable};
use crate::error::{Error, ErrorKind, Result};
use crate::verdict;

/// Writes the commented configuration, and returns what to tell the user: for `-`, the configuration alone.
///
/// # Errors
/// When the file exists and may not be overwritten, or cannot be written.
pub(super) fn init(args: &InitArgs) -> Result<String> {
    let path = &args.path;
    if path.as_os_str() == "-" {
        return Ok(TEMPLATE.to_owned());
    }
    check_writable(path, args.force)?;
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        fs::create_dir_all(parent).map_err(|error| {
            Error::new(ErrorKind::Output, format!("cannot be created ({error})"))
                .at(parent.display().to_string())
        })?;
    }
    Output::open(&path.to_string_lossy(), Earlier::Kept)?.write(TEMPLATE)?;
    Ok(format!("wrote {}; `profgate config` shows what holds\n", path.display()))
}

/// The effective configuration.
///
/// # Errors
/// When the configuration is wrong.
pub(super) fn config(args: &ConfigArgs) -> Result<String> {
    let directory = std::env::current_dir().map_err(|error| {
        Error::new(ErrorKind::Unreadable, format!("the current directory is gone ({error})"))
    })?;
    Ok(plan::effective(&args.settings, &directory)?.to_toml())
}

/// What `name` means, or everything that can be explained.
///
/// # Errors
/// When `name` is unknown.
pub(super) fn explain(name: Option<&str>) -> Result<String> {
    match name {
        Some(name) => verdict::explain(name),
        None => Ok(verdict::list()),
    }
}

/// The completion script of a shell.
pub(super) fn completions(shell: clap_complete::Shell, mut command: clap::Command) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "profgate", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// The manual page, with one section for each command.
///
/// # Errors
/// When it cannot be rendered.
pub(super) fn man(command: &clap::Command) -> Result<String> {
    let failed = |error: std::io::Error| {
        Error::new(ErrorKind::Output, format!("the page cannot be rendered ({error})"))
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page).map_err(failed)?;
    for subcommand in command.get_subcommands() {
        let name: &'static str = format!("profgate-{}", subcommand.get_name()).leak();
        clap_mangen::Man::new(subcommand.clone().name(name)).render(&mut page).map_err(failed)?;
    }
    Ok(String::from_utf8_lossy(&page).into_owned())
}
