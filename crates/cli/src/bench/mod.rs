//! `facegate bench`: load on a whole server, and what it costs.

pub mod args;
mod client;
mod energy;
mod load;
mod machine;
mod meter;
mod overload;
mod process;
mod report;
mod request;
mod run;
mod show;
mod tally;
mod target;

pub use run::bench;
