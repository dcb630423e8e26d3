//! Payload rules: from the bytes of a JSON body to a parsed request, with the contract's codes in the contract's order.

mod checks;
mod enroll;
mod image;
mod object;
mod subject;

pub(crate) use checks::Flags;
pub(crate) use enroll::enroll;
pub(crate) use image::ImageRules;
pub(crate) use object::Payload;
pub(crate) use subject::{delete_subject, subject_id};
