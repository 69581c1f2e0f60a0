//! `GET /v1/events`: what happens, as server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde_json::json;
use tokio::sync::watch;

use super::problem::Problem;
use super::{blocking, guard};
use crate::access::{Caller, Scope};
use crate::events::{Event, Place, Turn};
use crate::live::Live;

/// Listeners at a time.
const LISTENERS: usize = 64;
/// How often a comment says that the stream lives.
const ALIVE: Duration = Duration::from_secs(15);
/// How often it is asked whether the token is still in force.
const ASK: Duration = Duration::from_secs(1);

/// Who listens, counted.
#[derive(Debug, Default)]
pub(crate) struct Listeners(Arc<AtomicUsize>);

struct Seat(Arc<AtomicUsize>);

impl Listeners {
    fn seat(&self) -> Option<Seat> {
        let seat = Seat(self.0.clone());
        // Dropping the seat takes back what was counted too much.
        (self.0.fetch_add(1, Ordering::Relaxed) < LISTENERS).then_some(seat)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One listener.
struct Listener {
    live: Arc<Live>,
    caller: Caller,
    secret: Option<String>,
    place: Place,
    newer: watch::Receiver<u64>,
    /// When its token was looked at.
    asked: Instant,
    _seat: Seat,
}

/// `GET /v1/events`.
pub(super) async fn events(
    State(live): State<Arc<Live>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let seat = live.listeners().seat().ok_or_else(|| {
        let why = format!("{LISTENERS} listeners are connected already");
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, why)
    })?;
    let last = headers.get("last-event-id").map(|last| {
        let number = last.to_str().ok().and_then(|last| last.trim().parse().ok());
        number.ok_or_else(|| Problem::bad("`Last-Event-ID` is the `id` of an event, a number"))
    });
    let listener = Listener {
        newer: live.events().watch(),
        place: Place::after(last.transpose()?, live.events()),
        live,
        caller,
        secret: guard::secret(&headers),
        asked: Instant::now(),
        _seat: seat,
    };
    let stream = stream::unfold(Some(listener), |listener| async move {
        let (event, rest) = listener?.next().await;
        Some((Ok::<_, Infallible>(event), rest))
    });
    let alive = KeepAlive::new().interval(ALIVE).text("alive");
    Ok(Sse::new(stream).keep_alive(alive).into_response())
}

impl Listener {
    /// What to send next, and who is to go on; nobody if that is the end.
    async fn next(mut self) -> (sse::Event, Option<Self>) {
        loop {
            if self.asked.elapsed() >= ASK {
                self.asked = Instant::now();
                if !self.may_still().await {
                    return (dropped("the token is not in force any more"), None);
                }
            }
            // Before the log is looked at: what comes after that is waited for.
            self.newer.mark_unchanged();
            match self.place.turn(self.live.events()) {
                Turn::Event(event) => {
                    if let Some(shown) = self.shown(*event) {
                        return (shown, Some(self));
                    }
                }
                Turn::Gap { wanted, next } => return (gap(wanted, next), Some(self)),
                Turn::TooSlow(oldest) => {
                    let why = format!("too slow: the events before {oldest} are not kept any more");
                    return (dropped(&why), None);
                }
                Turn::Wait => {
                    tokio::select! {
                        // Its sender lives as long as the node.
                        _ = self.newer.changed() => {}
                        () = tokio::time::sleep_until((self.asked + ASK).into()) => {}
                    }
                }
            }
        }
    }

    /// The event as this listener may see it.
    fn shown(&self, event: Event) -> Option<sse::Event> {
        let own = self.caller.customer.is_none() || self.caller.customer == event.customer;
        if !own {
            return None;
        }
        let event = match self.caller.may(Scope::Calls) {
            true => event,
            false => event.without_numbers(self.live.tokens()),
        };
        let text = serde_json::to_string(&event).ok()?;
        let shown = sse::Event::default()
            .id(event.id.to_string())
            .event(event.what.kind());
        Some(shown.data(text))
    }

    async fn may_still(&self) -> bool {
        let Some(secret) = self.secret.clone() else {
            return false;
        };
        let live = self.live.clone();
        let asked = blocking(move || {
            let now_ms = live.options.clock.unix_ms();
            live.access().caller(&secret, now_ms)
        });
        match asked.await {
            Ok(Ok(found)) => found.is_some(),
            // A disk that does not answer takes nobody's token away.
            _ => true,
        }
    }
}

fn gap(wanted: u64, next: u64) -> sse::Event {
    let text = json!({ "type": "gap", "wanted": wanted, "next": next }).to_string();
    sse::Event::default().event("gap").data(text)
}

fn dropped(why: &str) -> sse::Event {
    let text = json!({ "type": "dropped", "why": why }).to_string();
    sse::Event::default().event("dropped").data(text)
}
