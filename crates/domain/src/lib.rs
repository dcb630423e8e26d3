//! Values that are parsed once and valid for ever. Everything above speaks in these types; nothing here does I/O.

mod app;
mod calibration;
mod gates;
mod ids;
mod key;
mod template;
mod time;

pub use app::{App, AppMode, KeyRecord, Quota, QuotaKind, UnknownMode};
pub use calibration::{Calibration, CalibrationError, DEFAULT_THRESHOLD};
pub use gates::Gates;
pub use ids::{AppId, InvalidAppId, InvalidSubjectId, SessionId, SubjectId};
pub use key::{ApiKey, KeyDigest};
pub use template::{ModelId, ModelMismatch, Template, TemplateError, cosine};
pub use time::Timestamp;
