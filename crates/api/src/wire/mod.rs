//! What goes over the wire, exactly as the contract names and shapes it.

mod blocks;
mod enroll;
mod outcome;

pub(crate) use blocks::FaceBlocks;
pub(crate) use enroll::{DeletedAnswer, EnrolledAnswer};
pub(crate) use outcome::{Outcome, with_outcome};
