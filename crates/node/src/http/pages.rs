//! Lists in pages: the cursor of the next one is where this one ended.

use super::problem::Problem;

/// Rows of a page where none is asked for.
const USUAL: usize = 100;
/// Most rows of a page.
const MOST: usize = 1_000;

/// How many rows a page has.
pub(super) fn size(asked: Option<usize>) -> usize {
    asked.unwrap_or(USUAL).min(MOST)
}

/// The cursor of what comes after a row; none if the page was not full.
pub(super) fn next(shown: usize, limit: usize, last: Option<(i64, &str)>) -> Option<String> {
    let (at_ms, id) = last?;
    (shown == limit).then(|| format!("{at_ms}~{id}"))
}

/// Where the page that a cursor asks for begins.
pub(super) fn after(cursor: Option<String>) -> Result<Option<(i64, String)>, Problem> {
    let read = |cursor: String| {
        let (at_ms, id) = cursor.split_once('~')?;
        Some((at_ms.parse().ok()?, id.to_owned()))
    };
    cursor
        .map(|cursor| read(cursor).ok_or_else(|| Problem::bad("`cursor` is none that an answer gave")))
        .transpose()
}
