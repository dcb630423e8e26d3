//! Subjects of one app. Their ids travel in bodies: addresses end up in the logs of proxies.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use facegate_api::ErrorCode;
use facegate_domain::SubjectId;
use facegate_service::Tenant;
use http::header::CONTENT_TYPE;
use serde_json::json;

use super::tenant::Chosen;
use crate::Console;
use crate::auth::Operator;
use crate::fault::{Answer, of_service};
use crate::forms::{Body, Find, Named, read};
use crate::views::SubjectView;

/// Subjects in a page.
const PAGE: usize = 50;

/// A page of subjects in the order of their ids.
pub(crate) async fn find(
    State(console): State<Console>,
    _: Operator,
    Chosen(app): Chosen,
    body: Body<Find>,
) -> Answer<Response> {
    let (whole, after) = read(body)?.read()?;
    let facegate = console.facegate();
    let mut found = Vec::new();
    // Who has just this id comes before those that begin with it, and is no part of what comes after it.
    if let (Some(id), None) = (&whole, &after) {
        match facegate.subject(&app, id).await {
            Ok(record) => found.push(SubjectView::of_record(&record)),
            Err(facegate_service::ServiceError::SubjectNotFound) => {}
            Err(error) => return Err(of_service(error)),
        }
    }
    let prefix = whole.as_ref().map_or("", SubjectId::as_str);
    let start = after.as_ref().or(whole.as_ref());
    let (page, more) = facegate.subjects(&app, start, PAGE).await.map_err(of_service)?;
    let matching: Vec<_> = page.iter().take_while(|s| s.subject_id.as_str().starts_with(prefix)).collect();
    let next = matching.last().filter(|_| more && matching.len() == page.len()).map(|last| last.subject_id.as_str());
    found.extend(matching.iter().map(|summary| SubjectView::of_summary(summary)));
    Ok(Json(json!({"subjects": found, "next": next})).into_response())
}

/// One subject's record.
pub(crate) async fn show(
    State(console): State<Console>,
    _: Operator,
    Chosen(app): Chosen,
    body: Body<Named>,
) -> Answer<Response> {
    let id = named(body)?;
    let record = console.facegate().subject(&app, &id).await.map_err(of_service)?;
    Ok(Json(json!({"subject": SubjectView::of_record(&record)})).into_response())
}

/// One subject's photo. The audit log says who was shown it before it is sent.
pub(crate) async fn photo(
    State(console): State<Console>,
    operator: Operator,
    Chosen(app): Chosen,
    body: Body<Named>,
) -> Answer<Response> {
    let id = named(body)?;
    let photo = console.facegate().show_photo(&app, operator.request, &id).await.map_err(of_service)?;
    let photo = photo.ok_or(ErrorCode::SubjectNotFound)?;
    let kind = if photo.starts_with(b"\x89PNG") { "image/png" } else { "image/jpeg" };
    Ok(([(CONTENT_TYPE, kind)], photo).into_response())
}

/// Deletes one subject.
pub(crate) async fn delete(
    State(console): State<Console>,
    operator: Operator,
    Chosen(app): Chosen,
    body: Body<Named>,
) -> Answer<Response> {
    let id = named(body)?;
    remove(&console, &app, &operator, &id).await?;
    Ok(Json(json!({"erasure": operator.request.to_string()})).into_response())
}

async fn remove(console: &Console, app: &Tenant, operator: &Operator, id: &SubjectId) -> Answer<()> {
    console.facegate().delete_subject(app, operator.request, id).await.map_err(of_service)
}

fn named(body: Body<Named>) -> Answer<SubjectId> {
    read(body)?.subject()
}
