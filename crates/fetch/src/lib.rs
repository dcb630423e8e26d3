//! An image from a URL, and never from inside the network.
//!
//! The URL comes from a caller who may want the server to talk to its own neighbours (SSRF). So every URL, the first
//! and each redirect's, passes the rules of `target.rs`, and every address passes [`is_public`] at the moment of the
//! connection, inside the resolver: the address that was checked is the address that is connected to.
//!
//! This crate does not look at what it fetched: the bytes decide later whether they are an image.

mod address;
mod body;
mod error;
mod fetcher;
mod policy;
mod resolver;
mod target;
mod tls;

pub use address::is_public;
pub use error::FetchError;
pub use fetcher::Fetcher;
pub use policy::FetchPolicy;
pub use resolver::{Lookup, SystemLookup};
pub use target::{check_redirect, check_url, is_url};
