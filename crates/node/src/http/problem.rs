//! Errors over HTTP (RFC 9457).

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use pointsman_store::StoreError;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

/// One error, sent as `application/problem+json`.
pub(super) struct Problem {
    status: StatusCode,
    members: Map<String, Value>,
}

/// The members that every problem has.
#[derive(JsonSchema)]
#[schemars(rename = "Problem")]
#[expect(dead_code, reason = "the document describes it; `Problem` writes it")]
pub(super) struct ProblemBody {
    /// "about:blank": the status says what it is.
    r#type: String,
    /// The status in words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What is wrong, and what to do about it.
    detail: String,
}

impl Problem {
    /// An error without a type of its own: the status says what it is, `detail` what to know.
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let mut members = Map::new();
        members.insert("type".to_owned(), json!("about:blank"));
        members.insert("title".to_owned(), json!(status.canonical_reason()));
        members.insert("status".to_owned(), json!(status.as_u16()));
        members.insert("detail".to_owned(), json!(detail.into()));
        Self { status, members }
    }

    /// There is no such thing, or it is not the caller's to know.
    pub(super) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    /// The request makes no sense.
    pub(super) fn bad(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// Adds a member.
    pub(super) fn with(mut self, name: &str, value: Value) -> Self {
        self.members.insert(name.to_owned(), value);
        self
    }

    /// The call store failed. What it said is for the log: it may name files.
    pub(super) fn store(error: StoreError) -> Self {
        tracing::error!(%error, "a query failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the call store cannot be read; the log says why",
        )
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        (self.status, kind, Value::Object(self.members).to_string()).into_response()
    }
}
