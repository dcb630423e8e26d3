//! Upright image to faces, measurements and templates; knows no HTTP and no store.

mod report;

pub use report::{Analysis, Attributes, BoundingBox, FaceReport, Landmarks, Liveness, Point, Quality, Wants};
