//! What browsers get from a server: the operator's console at `/console` and the capture page at `/capture`. The pages are
//! files that the binary holds; what they show comes as JSON from `/console/api`, to who is signed in, and from
//! `/capture/api`, to who has a token.
//!
//! The console knows the use cases and words answers of the API by the API's own crate; it has no way around either.

mod auth;
mod capture;
mod fault;
mod forms;
mod headers;
mod pages;
mod patience;
mod routes;
#[cfg(feature = "stages")]
pub mod stages;
mod state;
mod views;

pub use auth::{MIN_PASSWORD, PasswordError, offer_setup, set_password};
pub use capture::{CapturePage, capture_router};
pub use routes::router;
pub use state::{Console, ConsoleOptions, Stores, Thresholds};
