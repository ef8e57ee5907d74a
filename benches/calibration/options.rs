//! Words of the command line into what is simulated.

use super::{
    recording::Capture,
    world::{WORLDS, World},
};

/// What is simulated.
pub(crate) struct Options {
    pub(crate) table: String,
    pub(crate) worlds: Vec<World>,
    pub(crate) pairs: usize,
    pub(crate) runs: Vec<usize>,
    pub(crate) captures: Vec<Capture>,
    /// Write files and ask the program, instead of the library.
    pub(crate) files: bool,
}

impl Options {
    /// Without any word a short table of false fails, so that the bench runs among others.
    pub(crate) fn parse(words: &[String]) -> Result<Options, String> {
        let mut options = Options {
            table: "false".to_owned(),
            worlds: vec![WORLDS[0]],
            pairs: 100,
            runs: vec![1, 3, 5, 10],
            captures: Capture::ALL.to_vec(),
            files: false,
        };
        let (mut functions, mut events) = (None, None);
        for word in words {
            let Some((key, value)) = word.split_once('=') else {
                options.table.clone_from(word);
                continue;
            };
            let number = |text: &str| text.parse::<usize>().map_err(|_| format!("{word} is not a number"));
            match key {
                "world" if value == "all" => options.worlds = WORLDS.to_vec(),
                "world" => {
                    let found = WORLDS.iter().find(|world| world.name == value);
                    options.worlds = vec![*found.ok_or(format!("no world is called {value}"))?];
                }
                "pairs" => options.pairs = number(value)?,
                "from" => options.files = value == "files",
                "functions" => functions = Some(number(value)?),
                "events" => events = Some(number(value)?),
                "runs" => options.runs = value.split(',').map(number).collect::<Result<_, _>>()?,
                "capture" => {
                    let wanted: Vec<String> = value.split(',').map(str::to_lowercase).collect();
                    let name = |capture: &Capture| format!("{capture:?}").to_lowercase();
                    options.captures.retain(|capture| wanted.contains(&name(capture)));
                }
                _ => return Err(format!("{key} is not a key")),
            }
        }
        for world in &mut options.worlds {
            world.functions = functions.unwrap_or(world.functions).max(64);
            world.events = events.map_or(world.events, super::real);
        }
        Ok(options)
    }
}
