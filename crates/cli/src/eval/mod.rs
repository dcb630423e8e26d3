//! `facegate eval` and `facegate calibrate`: the server's own pipeline on labelled photos.

pub mod args;
mod calibrate;
mod origin;
mod progress;
mod run;

pub use calibrate::calibrate;
pub use run::eval;
