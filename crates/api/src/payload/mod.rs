//! Payload rules: from the bytes of a JSON body to a parsed request, with the contract's codes in the contract's order.

mod checks;
mod compare;
mod enroll;
mod image;
mod object;
mod observe;
mod page;
mod search;
mod subject;
mod threshold;
mod verify;

pub(crate) use checks::Flags;
pub(crate) use compare::compare;
pub(crate) use enroll::enroll;
pub(crate) use image::ImageRules;
pub(crate) use object::Payload;
pub(crate) use observe::observe;
pub(crate) use page::{Page, cursor};
pub(crate) use search::search;
pub(crate) use subject::{delete_subject, subject_id};
pub(crate) use threshold::Matching;
pub(crate) use verify::verify;
