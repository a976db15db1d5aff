//! The command line after `cargo bench --bench http --`.

use crate::setting::{Fault, Route};

/// What is asked for.
pub(crate) struct Options {
    /// How often each route is loaded.
    pub rounds: usize,
    /// How long each time, seconds.
    pub seconds: u64,
    only: Option<String>,
}

impl Options {
    /// Reads `--rounds N`, `--seconds N` and `--only TEXT`; cargo's own `--bench` is passed over.
    pub(crate) fn parse(arguments: impl Iterator<Item = String>) -> Result<Self, Fault> {
        let mut options = Self { rounds: 5, seconds: 2, only: None };
        let mut arguments = arguments.filter(|argument| argument != "--bench");
        while let Some(name) = arguments.next() {
            let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
            match name.as_str() {
                "--rounds" => options.rounds = value.parse::<usize>()?.clamp(1, 100),
                "--seconds" => options.seconds = value.parse::<u64>()?.clamp(1, 60),
                "--only" => options.only = Some(value),
                _ => return Err(format!("{name}: there are --rounds, --seconds and --only").into()),
            }
        }
        Ok(options)
    }

    /// Whether this route is to be loaded; those that others are compared with always are.
    pub(crate) fn wants(&self, route: Route) -> bool {
        route == route.beside() || self.only.as_ref().is_none_or(|text| route.name().contains(text.as_str()))
    }

    /// For the first line.
    pub(crate) fn rounds_in_words(&self) -> String {
        format!("{} rounds of {} s a route", self.rounds, self.seconds)
    }
}
