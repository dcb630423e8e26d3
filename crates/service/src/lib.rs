//! Use cases: enrol, verify, compare, search, observe, delete; gates, quotas, the order of the checks. Knows neither SQL
//! nor JSON nor HTTP.

mod assess;
mod capture;
mod checks;
mod compare;
mod engine;
mod enroll;
mod error;
mod facegate;
mod fetched;
mod guidance;
mod identify;
mod input;
mod limits;
mod lookup;
mod matcher;
mod models;
mod observe;
mod once;
mod operator;
mod pool;
mod ready;
mod receipt;
mod reembed;
mod refusals;
mod retention;
pub mod sandbox;
mod subjects;
mod tenant;
mod times;
mod tokens;
mod verify;

pub use assess::Assessed;
pub use capture::{CAPTURE_ATTEMPTS, CaptureState, KnownCapture, NewCapture, OpenCapture};
pub use checks::Checks;
pub use compare::{CompareAnswer, CompareRequest};
pub use engine::{Analyzed, EngineError, FaceEngine};
pub use enroll::{EnrollAnswer, EnrollRequest, Enrolled};
pub use error::{ImageFault, ServiceError};
pub use facegate::{Facegate, Options, Parts};
pub use fetched::{FetchFault, ImageSource};
pub use guidance::{Advice, advice};
pub use identify::{Candidate, PhotoRoom, SearchAnswer, SearchRequest};
pub use input::ImageInput;
pub use limits::{AttemptLimits, Full, Meter};
pub use matcher::{Filled, Matcher};
pub use models::{Model, Models};
pub use once::{Once, Word};
pub use pool::VisionPool;
pub use receipt::Receipt;
pub use reembed::{ReembedError, Reembedder};
pub use tenant::Tenant;
pub use tokens::{Shown, TokenKind};
pub use verify::{Resemblance, VerifyAnswer, VerifyRequest};

// Words of the store that callers of the use cases need too.
pub use facegate_gallery::{IdempotencyKey, SubjectRecord, SubjectSummary, Terms};
