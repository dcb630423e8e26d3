//! Payload rules: from the bytes of a JSON body to a parsed request, with the contract's codes in the contract's order.

mod capture;
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

pub(crate) use capture::{CaptureBody, capture};
pub(crate) use checks::{EnrollFlagsBody, Flags, FlagsBody};
pub(crate) use compare::{CompareBody, compare};
pub(crate) use enroll::{EnrollBody, enroll};
pub(crate) use image::ImageRules;
pub(crate) use object::Payload;
pub(crate) use observe::{ObserveBody, observe};
pub(crate) use page::{DEFAULT_LIMIT, MAX_LIMIT, Page, cursor};
pub(crate) use search::{SearchBody, search};
pub(crate) use subject::{DeleteBody, delete_subject, subject_id};
pub(crate) use threshold::{Matching, MatchingBody};
pub(crate) use verify::{VerifyBody, verify};
