//! A client for facegate and the face API that it speaks. It knows the wire, and no crate of the server.
//!
//! ```no_run
//! use facegate_client::{Client, Enroll, Error, Flags, Image};
//! use futures_util::TryStreamExt;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::new("http://127.0.0.1:8080", "app-id", "api-key")?;
//!
//! let enroll = Enroll {
//!     subject_id: Some("budi".into()),
//!     flags: Flags { validate_quality: Some(true), validate_nface: Some(true), ..Flags::default() },
//!     ..Enroll::new(Image::bytes(std::fs::read("budi.jpg")?))
//! };
//! match client.enroll(&enroll).await {
//!     Ok(answer) if answer.outcome.passed() => println!("enrolled, face at {:?}", answer.blocks.bounding_box),
//!     Ok(answer) => println!("not enrolled, failed: {:?}", answer.outcome.failed_gates()),
//!     Err(Error::Refused(refusal)) if refusal.code == "FACE_NOT_DETECTED" => println!("no face in the photo"),
//!     Err(error) => return Err(error.into()),
//! }
//!
//! let mut subjects = client.subjects(100);
//! while let Some(subject) = subjects.try_next().await? {
//!     println!("{} since {}", subject.subject_id, subject.created_at);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A photo that fails a gate is an answer, not an error: look at [`Outcome::passed`]. Everything that the server refuses
//! is [`Error::Refused`] with the server's code.
//!
//! Nothing is sent twice. [`Error::is_retryable`] and [`Refusal::retry_after`] say when a repetition makes sense; give
//! an enrolment an `idempotency_key` first, so that repeating it is harmless.
//!
//! `Debug` and error texts never show a key, a subject id or a photo.

mod answer;
mod blocks;
mod capture;
mod client;
mod error;
mod outcome;
mod personal;
mod request;
mod send;
mod tls;

pub use answer::{
    Compared, Deleted, Detected, DetectedFace, Enrolled, Erasure, Match, Observed, Resemblance, Searched, Subject,
    SubjectsPage, Thresholds, Verified,
};
pub use blocks::{Attributes, BoundingBox, Component, FaceBlocks, FaceLandmark, FaceMeasures, ImageQuality, Liveness};
pub use capture::{Capture, CaptureOrdered, CaptureStatus, OrderCapture, Purpose};
pub use client::Client;
pub use error::{Error, Refusal};
pub use outcome::{Gates, Outcome};
pub use personal::{Image, Photo, SubjectId};
pub use request::{Compare, Enroll, Flags, Observe, Search, Verify};
