//! The configuration: where settings come from, and every fault that is refused at start.

mod certificates;
mod files;
mod loading;
mod refusals;
mod schemas;
