//! `GET /v1/audit`: who changed what.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::Json;
use pointsman_store::{AuditQuery, AuditRow};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::extract::QueryOf;
use super::problem::Problem;
use super::{blocking, narrowed, pages};
use crate::access::Caller;
use crate::live::Live;

/// Which rows are wanted.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AuditWanted {
    /// At most so many, 100 if left out, 1,000 at most.
    limit: Option<usize>,
    /// Only rows before this number: `next` of the answer before.
    cursor: Option<i64>,
    /// Only rows of this customer.
    customer: Option<String>,
}

/// A page of the audit log.
#[derive(Serialize, JsonSchema)]
pub(super) struct AuditRows {
    /// Newest first.
    rows: Vec<AuditRow>,
    /// The cursor of the next page, if there may be one.
    next: Option<i64>,
}

/// `GET /v1/audit`.
pub(super) async fn list(
    State(live): State<Arc<Live>>,
    Extension(caller): Extension<Caller>,
    QueryOf(wanted): QueryOf<AuditWanted>,
) -> Result<Json<AuditRows>, Problem> {
    let limit = pages::size(wanted.limit);
    let query = AuditQuery {
        limit,
        customer: narrowed(&caller, wanted.customer)?,
        before_seq: wanted.cursor,
    };
    let rows = blocking(move || live.store.audit_rows(&query))
        .await?
        .map_err(Problem::store)?;
    let next = rows.last().map(|row| row.seq).filter(|_| rows.len() == limit);
    Ok(Json(AuditRows { rows, next }))
}
