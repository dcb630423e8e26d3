//! Setting up, signing in and out, and a new password.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use facegate_api::{ApiError, ErrorCode, RequestPeer, RequestSession};
use facegate_domain::{SessionId, Timestamp};
use facegate_gallery::{Action, Actor, AttemptSource, AuditEntry, Entrant, Warrant};
use http::{HeaderMap, header};
use serde_json::json;
use zeroize::Zeroizing;

use crate::Console;
use crate::auth::{self, Operator, PasswordError, Token, cleared, code_digest, cookie, is_secure};
use crate::fault::{Answer, of_store};
use crate::forms::{Body, Change, SetUp, SignIn, read};

/// Whether there is a password, and whether this browser is signed in.
pub(crate) async fn state(State(console): State<Console>, peer: RequestPeer, headers: HeaderMap) -> Answer<Response> {
    if !console.has_password().await? {
        return Ok(Json(json!({"state": "setup"})).into_response());
    }
    let Some(token) = Token::of(&headers) else { return Ok(signed_out()) };
    match console.is_session(&token, &peer).await? {
        true => Ok(Json(json!({"state": "signed_in", "csrf": token.csrf()})).into_response()),
        false => Ok(signed_out()),
    }
}

fn signed_out() -> Response {
    Json(json!({"state": "signed_out"})).into_response()
}

/// What is said of a password that is not, or not any more, the operator's.
const WRONG: &str = "the password is wrong";
/// The same of a set-up code.
const NO_CODE: &str = "the set-up code is wrong or was used";

/// One attempt to prove to be the operator: where from, in which request.
struct Attempt<'a> {
    console: &'a Console,
    peer: RequestPeer,
    sources: Vec<AttemptSource>,
    request: SessionId,
}

impl<'a> Attempt<'a> {
    /// Counted before anything is looked at; `TOO_MANY_REQUESTS` if there were too many.
    async fn begin(console: &'a Console, peer: &RequestPeer, request: SessionId) -> Answer<Self> {
        let sources = auth::sources(peer.0);
        let turn = console.attempts.acquire().await.map_err(|_| ErrorCode::Internal)?;
        let now = Timestamp::now();
        let told = console.stores.operators.attempt(&sources, now).await.map_err(of_store)?;
        drop(turn);
        match told {
            None => Ok(Self { console, peer: *peer, sources, request }),
            Some(until) => {
                let seconds = u64::try_from((until.0 - now.0).div_euclid(1_000_000) + 1).unwrap_or(1);
                Err(ApiError::too_many(format!("too many failed attempts: try again in {seconds} seconds"), seconds))
            }
        }
    }

    fn row(&self, actor: &Actor, action: Action) -> AuditEntry {
        let row = AuditEntry::done(Timestamp::now(), actor, action).in_session(Some(self.request));
        let address = self.sources.iter().find_map(|source| match source {
            AttemptSource::Address(address) => Some(address),
            AttemptSource::Account => None,
        });
        address.map_or(row.clone(), |address| row.with("from", address))
    }

    /// It failed: the log says so, the answer says `why`.
    async fn refuse(&self, why: &str) -> ApiError {
        let code = ErrorCode::Unauthorized;
        let row = self.row(&Actor::Stranger, Action::SignInRefused);
        let row = AuditEntry { outcome: code.as_str().to_owned(), ..row };
        match self.console.stores.audit.note(None, &[row]).await {
            Ok(()) => ApiError { message: Some(why.to_owned()), ..code.into() },
            Err(error) => of_store(error),
        }
    }

    /// It succeeded: a new session, unless this is not the password's hash any more.
    async fn accept(&self, headers: &HeaderMap, verified: &str) -> Answer<Response> {
        let token = Token::generate();
        let row = self.row(&Actor::Operator, Action::SignedIn);
        let (digest, operators) = (token.digest(), &self.console.stores.operators);
        let who = Entrant { token: &digest, verified };
        if !operators.sign_in(who, &self.sources, Timestamp::now(), row).await.map_err(of_store)? {
            return Err(self.refuse(WRONG).await);
        }
        self.console.begun(&token, &self.peer);
        let mut response = Json(json!({"state": "signed_in", "csrf": token.csrf()})).into_response();
        let set = cookie(&token, is_secure(headers)).ok_or(ErrorCode::Internal)?;
        response.headers_mut().insert(header::SET_COOKIE, set);
        Ok(response)
    }
}

/// A password for a session.
pub(crate) async fn sign_in(
    State(console): State<Console>,
    RequestSession(request): RequestSession,
    peer: RequestPeer,
    headers: HeaderMap,
    body: Body<SignIn>,
) -> Answer<Response> {
    let SignIn { password } = read(body)?;
    let attempt = Attempt::begin(&console, &peer, request).await?;
    match verified(&console, password).await? {
        Some(hash) => attempt.accept(&headers, &hash).await,
        None => Err(attempt.refuse(WRONG).await),
    }
}

/// The set-up code for a first password and a session.
pub(crate) async fn set_up(
    State(console): State<Console>,
    RequestSession(request): RequestSession,
    peer: RequestPeer,
    headers: HeaderMap,
    body: Body<SetUp>,
) -> Answer<Response> {
    let SetUp { code, password } = read(body)?;
    let attempt = Attempt::begin(&console, &peer, request).await?;
    // Looked at before the hash is made, which takes long; what counts is the look in the transaction.
    let digest = code_digest(&code);
    if console.stores.operators.operator().await.map_err(of_store)?.setup_code != Some(digest) {
        return Err(attempt.refuse(NO_CODE).await);
    }
    let hash = console.passwords.hash(password).await.map_err(of_password)?;
    let row = attempt.row(&Actor::Operator, Action::PasswordSet);
    match console.stores.operators.set_password(&hash, Warrant::Code(&digest), row).await.map_err(of_store)? {
        true => attempt.accept(&headers, &hash).await,
        false => Err(attempt.refuse(NO_CODE).await),
    }
}

/// A new password for the present one; every other session is over.
pub(crate) async fn change_password(
    State(console): State<Console>,
    operator: Operator,
    peer: RequestPeer,
    headers: HeaderMap,
    body: Body<Change>,
) -> Answer<Response> {
    let Change { current, new } = read(body)?;
    let attempt = Attempt::begin(&console, &peer, operator.request).await?;
    let wrong = "the present password is wrong";
    let Some(present) = verified(&console, current).await? else { return Err(attempt.refuse(wrong).await) };
    let hash = console.passwords.hash(new).await.map_err(of_password)?;
    let row = operator.row(Action::PasswordSet);
    match console.stores.operators.set_password(&hash, Warrant::Password(&present), row).await.map_err(of_store)? {
        true => attempt.accept(&headers, &hash).await,
        false => Err(attempt.refuse(wrong).await),
    }
}

/// Ends the session.
pub(crate) async fn sign_out(
    State(console): State<Console>,
    operator: Operator,
    headers: HeaderMap,
) -> Answer<Response> {
    let row = operator.row(Action::SignedOut);
    console.stores.operators.sign_out(&operator.token.digest(), row).await.map_err(of_store)?;
    let mut response = signed_out();
    let clear = cleared(is_secure(&headers)).ok_or(ErrorCode::Internal)?;
    response.headers_mut().insert(header::SET_COOKIE, clear);
    Ok(response)
}

/// The hash in force, if this is its password.
async fn verified(console: &Console, password: Zeroizing<String>) -> Answer<Option<String>> {
    let account = console.stores.operators.operator().await.map_err(of_store)?;
    // Without a password nobody signs in; how long that takes tells nobody more than `state` does.
    let Some(hash) = account.password else { return Ok(None) };
    let right = console.passwords.verify(password, hash.clone()).await.map_err(of_password)?;
    Ok(right.then_some(hash))
}

fn of_password(error: PasswordError) -> ApiError {
    match error {
        PasswordError::TooShort | PasswordError::TooLong => ApiError::payload(error.to_string()),
        PasswordError::Failed | PasswordError::Store(_) => ErrorCode::Internal.into(),
    }
}
