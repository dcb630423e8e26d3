//! What the console's pages are sent.

mod app;
mod audit;
mod requests;
mod seen;
mod subject;

pub(crate) use app::AppView;
pub(crate) use audit::AuditView;
pub(crate) use requests::RequestView;
pub(crate) use seen::SeenView;
pub(crate) use subject::SubjectView;
