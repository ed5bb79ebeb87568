//! What went wrong, for programs: `application/problem+json` with a code that stays the same.
//!
//! Owns the codes and their statuses.

use std::borrow::Cow;

use axum::Json;
use axum::extract::rejection::{BytesRejection, JsonRejection, PathRejection, QueryRejection};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use retake_film::plan::{Mistake, Mistakes};
use serde::Serialize;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{Content, OpenApi, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::app::{Declined, Kind, Trouble};

/// After how many seconds it is worth asking again where too much waits to be made.
const CROWDED_SECS: u64 = 5;
/// How a problem is sent.
const KIND: &str = "application/problem+json";

/// Has a description say of every answer that is a problem how it is sent.
pub(super) fn as_problems(document: &mut OpenApi) {
    for path in document.paths.paths.values_mut() {
        let all = [&mut path.get, &mut path.put, &mut path.post, &mut path.delete];
        all.into_iter().flatten().for_each(of_operation);
    }
}

fn of_operation(operation: &mut Operation) {
    for response in operation.responses.responses.values_mut() {
        let RefOr::T(response) = response else { continue };
        let named = |(kind, content): (String, RefOr<Content>)| {
            let kind = if is_problem(&content) { KIND.to_owned() } else { kind };
            (kind, content)
        };
        response.content = std::mem::take(&mut response.content).into_iter().map(named).collect();
    }
}

fn is_problem(content: &RefOr<Content>) -> bool {
    let RefOr::T(Content { schema: Some(RefOr::Ref(schema)), .. }) = content else { return false };
    schema.ref_location == format!("#/components/schemas/{}", Problem::name())
}

/// The end of a call that was not done.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub(crate) struct Problem(Box<Told>);

impl PartialSchema for Problem {
    fn schema() -> RefOr<Schema> {
        Told::schema()
    }
}

impl ToSchema for Problem {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Problem")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Told::schemas(schemas);
    }
}

/// The end of a call that was not done.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Told {
    /// What kind of problem it is: `urn:retake:problem:CODE`.
    #[serde(rename = "type")]
    kind: String,
    /// Its code, which stays the same.
    code: &'static str,
    /// The same for people.
    title: &'static str,
    /// The status of the answer.
    status: u16,
    /// What, where and why.
    detail: String,
    /// The call or command that helps.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    /// What of the request it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// Everything that is wrong with a plan.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mistakes: Vec<Wrong>,
    /// After how many seconds it is worth asking again.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
}

/// One mistake in a plan.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Wrong {
    /// The line, from 1.
    pub(crate) line: usize,
    /// The column, from 1.
    pub(crate) column: usize,
    /// What is wrong.
    pub(crate) what: String,
    /// The rule that it breaks.
    pub(crate) why: String,
    /// The way out.
    pub(crate) hint: String,
}

impl From<Mistake> for Wrong {
    fn from(Mistake { line, column, what, why, hint, .. }: Mistake) -> Self {
        Self { line, column, what, why, hint }
    }
}

/// What did not work and is nobody else's fault.
const INTERNAL: (&str, StatusCode, &str) = ("internal", StatusCode::INTERNAL_SERVER_ERROR, "It did not work");

/// Every code with its status and what it means.
const CODES: [(&str, StatusCode, &str); 22] = [
    ("invalid-request", StatusCode::BAD_REQUEST, "The request makes no sense"),
    ("unauthorized", StatusCode::UNAUTHORIZED, "A token is needed"),
    ("refused", StatusCode::PAYMENT_REQUIRED, "It needs more money, a key or a person's word"),
    ("forbidden", StatusCode::FORBIDDEN, "This may not be done from here"),
    ("not-found", StatusCode::NOT_FOUND, "There is no such thing"),
    ("no-such-method", StatusCode::METHOD_NOT_ALLOWED, "This cannot be done with it"),
    ("conflict", StatusCode::CONFLICT, "It does not fit where it stands"),
    ("too-large", StatusCode::PAYLOAD_TOO_LARGE, "It is too large"),
    ("wrong-media-type", StatusCode::UNSUPPORTED_MEDIA_TYPE, "This form is not read"),
    ("no-such-range", StatusCode::RANGE_NOT_SATISFIABLE, "It has no such part"),
    ("invalid-plan", StatusCode::UNPROCESSABLE_ENTITY, "The plan cannot be made"),
    ("key-reused", StatusCode::UNPROCESSABLE_ENTITY, "The key was used for another request"),
    ("too-many", StatusCode::TOO_MANY_REQUESTS, "Too much is asked at once"),
    ("queue-full", StatusCode::TOO_MANY_REQUESTS, "Too much waits to be made"),
    ("head-too-large", StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "The head of the request is too large"),
    ("cannot-be-made", StatusCode::NOT_IMPLEMENTED, "This cannot be made here"),
    INTERNAL,
    ("damaged", StatusCode::INTERNAL_SERVER_ERROR, "What is stored is not what was made"),
    ("unsure", StatusCode::SERVICE_UNAVAILABLE, "It cannot be known now"),
    ("leaving", StatusCode::SERVICE_UNAVAILABLE, "The service is about to stop"),
    ("not-ready", StatusCode::SERVICE_UNAVAILABLE, "No new work is taken on"),
    ("full", StatusCode::INSUFFICIENT_STORAGE, "There is no room"),
];

impl Problem {
    /// A problem of this code.
    pub(crate) fn new(code: &'static str, detail: impl Into<String>) -> Self {
        let (code, status, title) = CODES.into_iter().find(|(name, ..)| *name == code).unwrap_or(INTERNAL);
        Self(Box::new(Told {
            kind: format!("urn:retake:problem:{code}"),
            code,
            title,
            status: status.as_u16(),
            detail: detail.into(),
            hint: None,
            field: None,
            mistakes: Vec::new(),
            retry_after: None,
        }))
    }

    /// The same, with a way out.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// The same, with a way out where there is one.
    pub(crate) fn hinted(mut self, hint: Option<String>) -> Self {
        self.0.hint = hint;
        self
    }

    /// The same, about a part of the request.
    pub(crate) fn field(mut self, field: impl Into<String>) -> Self {
        self.0.field = Some(field.into());
        self
    }

    /// The same, worth asking again after so many seconds.
    pub(crate) fn again_after(mut self, seconds: u64) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// There is no such thing.
    pub(crate) fn missing(what: &str) -> Self {
        Self::new("not-found", format!("there is no {what}"))
    }

    /// There is no such route.
    pub(crate) fn no_route() -> Self {
        Self::missing("such address").hint("GET /api/openapi.json describes all there are")
    }

    /// There is such a route, for other methods.
    pub(crate) fn no_method() -> Self {
        Self::new("no-such-method", "this method does not fit this address")
            .hint("GET /api/openapi.json describes all there are")
    }

    /// A mistake of ours, of which nothing is told outside.
    pub(crate) fn internal() -> Self {
        Self::new("internal", "this is a mistake of retake").hint("look at the service's own log")
    }

    /// A plan with mistakes.
    pub(crate) fn mistaken(mistakes: Mistakes) -> Self {
        let detail = mistakes.render("the plan").trim_end().to_owned();
        let mut problem = Self::new("invalid-plan", detail).field("plan");
        problem.0.mistakes = mistakes.list.into_iter().map(Wrong::from).collect();
        problem
    }

    /// A part of the request that is written as in a plan, with mistakes.
    pub(crate) fn misread(field: &'static str, mistakes: Mistakes) -> Self {
        let mut problem = Self::new("invalid-request", mistakes.render(field).trim_end()).field(field);
        problem.0.mistakes = mistakes.list.into_iter().map(Wrong::from).collect();
        problem
    }

    /// A deed that was not done, other than for what it would make of the plan.
    pub(crate) fn undone(declined: Declined) -> Self {
        match declined {
            Declined::Mistaken(mistakes) => Self::mistaken(mistakes).field("words"),
            Declined::Refused(trouble) => trouble.into(),
        }
    }

    /// What, where and why.
    pub(crate) fn detail(&self) -> &str {
        &self.0.detail
    }

    /// The way out, where there is one.
    pub(crate) fn way_out(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// What kind of problem it is, for people.
    pub(crate) const fn title(&self) -> &'static str {
        self.0.title
    }

    /// Everything that is wrong with a plan.
    pub(crate) fn mistakes(&self) -> &[Wrong] {
        &self.0.mistakes
    }

    /// The status of the answer.
    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl From<Trouble> for Problem {
    fn from(trouble: Trouble) -> Self {
        let code = match trouble.kind {
            Kind::Usage => "conflict",
            Kind::Refused => "refused",
            Kind::Failed => "invalid-plan",
            Kind::Missing => "not-found",
            Kind::Reused => "key-reused",
            Kind::Crowded => "queue-full",
            Kind::Full => "full",
            Kind::Leaving => "leaving",
            Kind::Internal | Kind::Closed => "internal",
        };
        let problem = Self::new(code, trouble.what).hinted(trouble.hint);
        match trouble.kind {
            Kind::Leaving => problem.again_after(2),
            Kind::Crowded => problem.again_after(CROWDED_SECS),
            _ => problem,
        }
    }
}

impl From<Declined> for Problem {
    fn from(declined: Declined) -> Self {
        match declined {
            Declined::Mistaken(mistakes) => Self::mistaken(mistakes),
            // What makes no sense of a plan is the plan's fault.
            Declined::Refused(Trouble { kind: Kind::Usage, what, hint }) => {
                Self::new("invalid-plan", what).field("plan").hinted(hint)
            }
            Declined::Refused(trouble) => trouble.into(),
        }
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        match rejection.status() {
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                Self::new("wrong-media-type", rejection.body_text()).hint("send `Content-Type: application/json`")
            }
            StatusCode::PAYLOAD_TOO_LARGE => Self::new("too-large", rejection.body_text()),
            _ => Self::new("invalid-request", rejection.body_text()).field("body"),
        }
    }
}

impl From<BytesRejection> for Problem {
    fn from(rejection: BytesRejection) -> Self {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Self::new("too-large", rejection.body_text()),
            _ => Self::new("invalid-request", rejection.body_text()).field("body"),
        }
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::new("invalid-request", rejection.body_text()).field("query")
    }
}

impl From<PathRejection> for Problem {
    fn from(_: PathRejection) -> Self {
        // What is no id is the id of nothing.
        Self::missing("such thing")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status(), Json(&self.0)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(KIND));
        if let Some(seconds) = self.0.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.0.status == 401 {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
