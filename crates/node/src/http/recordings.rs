//! Recordings: the list, one, and its sound.

use std::io::SeekFrom;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use futures_util::stream;
use pointsman_store::{Recording, RecordingQuery};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::extract::{PathOf, QueryOf};
use super::problem::Problem;
use super::range::{Wanted, wanted};
use super::{blocking, narrowed, pages};
use crate::access::Caller;
use crate::live::Live;

/// Octets that are read from the disk at a time.
const PIECE: usize = 64 << 10;

/// Which recordings are wanted.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RecordingsWanted {
    /// At most so many, 100 if left out, 1,000 at most.
    limit: Option<usize>,
    /// `next` of the answer before.
    cursor: Option<String>,
    /// Only recordings of this customer.
    customer: Option<String>,
    /// Only recordings of calls from or to this number.
    number: Option<String>,
    /// Only those that began at or after this time.
    since_ms: Option<i64>,
    /// Only those that began before this time.
    until_ms: Option<i64>,
}

/// A page of recordings.
#[derive(Serialize, JsonSchema)]
pub(super) struct Recordings {
    /// Newest first.
    recordings: Vec<Recording>,
    /// The cursor of the next page, if there may be one.
    next: Option<String>,
}

/// `GET /v1/recordings`.
pub(super) async fn list(
    State(live): State<Arc<Live>>,
    Extension(caller): Extension<Caller>,
    QueryOf(asked): QueryOf<RecordingsWanted>,
) -> Result<Json<Recordings>, Problem> {
    let limit = pages::size(asked.limit);
    let query = RecordingQuery {
        limit,
        id: None,
        customer: narrowed(&caller, asked.customer)?,
        number: asked.number,
        since_ms: asked.since_ms,
        until_ms: asked.until_ms,
        after: pages::after(asked.cursor)?,
    };
    let recordings = blocking(move || live.store.recordings(&query))
        .await?
        .map_err(Problem::store)?;
    let last = recordings.last().map(|one| (one.started_ms, one.id.as_str()));
    let next = pages::next(recordings.len(), limit, last);
    Ok(Json(Recordings { recordings, next }))
}

/// `GET /v1/recordings/{recording}`.
pub(super) async fn one(
    State(live): State<Arc<Live>>,
    Extension(caller): Extension<Caller>,
    PathOf(id): PathOf<String>,
) -> Result<Json<Recording>, Problem> {
    Ok(Json(find(&live, &caller, id).await?))
}

/// `GET /v1/recordings/{recording}/audio`: the file as it was written (REC-35, REC-38).
pub(super) async fn audio(
    State(live): State<Arc<Live>>,
    Extension(caller): Extension<Caller>,
    PathOf(id): PathOf<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let recording = find(&live, &caller, id).await?;
    if recording.duration_ms.is_none() {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "the recording is still running",
        ));
    }
    let path = inside(&live.config().node.recordings, &recording.path)
        .ok_or_else(|| Problem::not_found("the file of this recording is not in the folder of recordings"))?;
    let (file, size) = blocking(move || open(&path)).await?.map_err(|error| {
        tracing::error!(recording = recording.id, %error, "a recording cannot be read");
        Problem::not_found("the file of this recording is gone; the log says why")
    })?;
    let tag = format!("\"{}-{size}\"", recording.id);
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    let is_same = text(header::IF_RANGE).is_none_or(|known| known == tag);
    let range = text(header::RANGE).filter(|_| is_same);
    let (status, from, length) = match wanted(range, size) {
        Wanted::All => (StatusCode::OK, 0, size),
        Wanted::Part { from, length } => (StatusCode::PARTIAL_CONTENT, from, length),
        Wanted::Nothing => return Ok(outside(size)),
    };
    let name = format!(
        "attachment; filename=\"{}.wav\"",
        recording.id.replace(['"', '\\'], "_")
    );
    let mut response = (
        status,
        [
            (header::CONTENT_TYPE, "audio/wav".to_owned()),
            (header::CONTENT_LENGTH, length.to_string()),
            (header::ACCEPT_RANGES, "bytes".to_owned()),
            (header::ETAG, tag),
            (header::CACHE_CONTROL, "private, no-store".to_owned()),
            (header::CONTENT_DISPOSITION, name),
        ],
        pieces(file, from, length),
    )
        .into_response();
    if status == StatusCode::PARTIAL_CONTENT {
        let range = format!("bytes {from}-{}/{size}", from + length - 1);
        if let Ok(range) = HeaderValue::from_str(&range) {
            response.headers_mut().insert(header::CONTENT_RANGE, range);
        }
    }
    Ok(response)
}

async fn find(live: &Arc<Live>, caller: &Caller, id: String) -> Result<Recording, Problem> {
    let query = RecordingQuery {
        limit: 1,
        id: Some(id),
        customer: caller.customer.as_deref().map(str::to_owned),
        ..RecordingQuery::default()
    };
    let live = live.clone();
    let mut found = blocking(move || live.store.recordings(&query))
        .await?
        .map_err(Problem::store)?;
    found
        .pop()
        .ok_or_else(|| Problem::not_found("there is no recording of this id"))
}

/// The file, if the path that is stored stays in the folder.
fn inside(folder: &Path, stored: &str) -> Option<PathBuf> {
    let stored = Path::new(stored);
    let stays = stored
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    stays.then(|| folder.join(stored))
}

fn open(path: &Path) -> std::io::Result<(std::fs::File, u64)> {
    let file = std::fs::File::open(path)?;
    let size = file.metadata()?.len();
    Ok((file, size))
}

fn outside(size: u64) -> Response {
    let why = format!("the recording has {size} octets; the range is outside");
    let mut response = Problem::new(StatusCode::RANGE_NOT_SATISFIABLE, why).into_response();
    if let Ok(range) = HeaderValue::from_str(&format!("bytes */{size}")) {
        response.headers_mut().insert(header::CONTENT_RANGE, range);
    }
    response
}

/// A part of a file, read as fast as it is taken.
fn pieces(file: std::fs::File, from: u64, length: u64) -> Body {
    let begin = (Some(file), from, length);
    Body::from_stream(stream::unfold(begin, |(file, at, left)| async move {
        let mut file = file?;
        if left == 0 {
            return None;
        }
        let read = tokio::task::spawn_blocking(move || {
            use std::io::{Read, Seek};
            let size = usize::try_from(left).map_or(PIECE, |left| left.min(PIECE));
            let mut octets = vec![0; size];
            file.seek(SeekFrom::Start(at))?;
            file.read_exact(&mut octets)?;
            Ok::<_, std::io::Error>((file, octets))
        });
        match read.await {
            Ok(Ok((file, octets))) => {
                let done = octets.len() as u64;
                Some((Ok(octets), (Some(file), at + done, left - done)))
            }
            // The answer is cut off: its reader sees that it is too short.
            Ok(Err(error)) => Some((Err(error), (None, at, 0))),
            Err(_) => None,
        }
    }))
}
