//! Exact nearest templates in memory, per app, in step with the gallery.
//!
//! Exact means: the answer is what a scan over every template with [`Template::cosine`] would give, in that order, ties
//! broken by subject id. The scan itself uses a SIMD kernel whose rounding differs in the last bits, so everything
//! within its error of the last place is scored again with the exact function (see `shelf.rs`).
//!
//! [`Template::cosine`]: facegate_domain::Template::cosine

mod index;
mod shelf;
mod sync;

pub use index::{Index, Match};
