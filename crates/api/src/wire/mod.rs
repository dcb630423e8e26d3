//! What goes over the wire, exactly as the contract names and shapes it.

mod blocks;
mod capture;
mod components;
mod detect;
mod enroll;
mod erasure;
mod matching;
mod outcome;
mod subjects;

pub(crate) use blocks::{FaceBlock, FaceBlocks, round};
pub(crate) use capture::{CaptureAnswer, CaptureStateAnswer};
pub(crate) use detect::{DetectedAnswer, ObservedAnswer};
pub(crate) use enroll::{DeletedAnswer, EnrolledAnswer};
pub(crate) use erasure::ErasureAnswer;
pub(crate) use matching::{ComparedAnswer, SearchedAnswer, VerifiedAnswer};
pub(crate) use outcome::{Outcome, Seen, with_outcome};
pub(crate) use subjects::{SubjectAnswer, SubjectsAnswer};
