//! Upright image to faces, measurements and templates; knows no HTTP and no store.

mod align;
mod analyzer;
mod attributes;
mod blur;
mod components;
mod crop;
mod embedding;
mod error;
mod find;
mod geometry;
mod liveness;
mod luma;
mod planar;
mod pose;
mod quality;
mod report;
mod resample;
mod room;
mod runtime;
#[cfg(feature = "stages")]
pub mod stages;
mod straighten;
mod sync;
mod template;
mod turns;
mod weights;
mod yunet;

pub use align::ALIGNED_EYES;
pub use analyzer::Analyzer;
pub use attributes::feature_count;
pub use error::VisionError;
pub use liveness::Platt;
pub use report::{
    Analysis, Attributes, BoundingBox, Component, Components, Concerns, FaceReport, Landmarks, Liveness, Point,
    Quality, Times, Wants,
};
pub use runtime::load_runtime;
pub use turns::Turns;
