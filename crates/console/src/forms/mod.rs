//! What requests of the console ask for: read and checked, with no store in reach.

mod account;
mod apps;
mod audit;
mod object;
mod subjects;

use axum::Json;
use axum::extract::rejection::JsonRejection;

pub(crate) use account::{Change, SetUp, SignIn};
pub(crate) use apps::{Changes, NewApp};
pub(crate) use audit::{Page, cursor_text};
pub(crate) use subjects::{Find, Named};

use crate::fault::{Answer, of_body};
use object::Object;

/// A body that should be the JSON object `T`.
pub(crate) type Body<T> = Result<Json<Object<T>>, JsonRejection>;

/// It, if it is.
pub(crate) fn read<T>(body: Body<T>) -> Answer<T> {
    body.map(|Json(Object(form))| form).map_err(of_body)
}
