//! The HTTP surface: wire types, payload rules, the error table, authentication, the server loop.
//! Knows no pixel and no SQL.

mod admission;
mod body;
mod call;
mod capture;
mod cors;
mod drain;
mod error;
mod once;
mod openapi;
mod payload;
mod peer;
mod photo;
mod rate;
mod request_id;
mod routes;
mod serve;
#[cfg(feature = "stages")]
pub mod stages;
mod state;
mod try_out;
mod wire;

pub use call::{RequestPeer, RequestSession};
pub use capture::{CaptureOrder, Purpose};
pub use error::{ApiError, ErrorCode};
pub use openapi::openapi_json;
pub use photo::{HeldPhoto, read_photo};
pub use request_id::AnswerCode;
pub use request_id::SPANS;
pub use routes::{metrics_router, observed, router};
pub use serve::{ServeOptions, serve};
pub use state::{Api, ApiOptions};
pub use try_out::{Endpoint, Tried, try_out};
