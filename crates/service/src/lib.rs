//! Use cases: enrol and delete; gates, quotas, the order of the checks. Knows neither SQL nor JSON nor HTTP.

mod assess;
mod checks;
mod engine;
mod enroll;
mod error;
mod facegate;
mod fetched;
mod input;
mod pool;
pub mod sandbox;

pub use assess::Assessed;
pub use checks::Checks;
pub use engine::{EngineError, FaceEngine};
pub use enroll::{EnrollAnswer, EnrollRequest};
pub use error::{ImageFault, ServiceError};
pub use facegate::{Facegate, Options};
pub use fetched::{FetchFault, ImageSource};
pub use input::ImageInput;
pub use pool::VisionPool;
