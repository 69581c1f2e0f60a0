//! A node as the whole program: signals, drain, end.

use crate::error::RunError;
use crate::live::Live;
use crate::log::flush_logging;
use crate::node::{RunningNode, start};
use crate::options::NodeOptions;
use crate::signalling::Order;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{oneshot, watch};

/// Runs a node until SIGTERM or SIGINT and returns when it has ended.
///
/// SIGHUP reloads the configuration. The first SIGTERM or SIGINT refuses new calls and waits for those that are up,
/// [`NodeOptions::drain`] at most; a second one ends them at once, with BYE.
///
/// # Errors
/// It did not start, or one of its threads failed.
pub fn run(options: NodeOptions) -> Result<(), RunError> {
    let limit = options.drain;
    let node = start(options)?;
    announce(&node);
    let failed = node.failed();
    let live = node.live().clone();
    let ended = node.runtime().block_on(until_ended(live, failed, limit));
    node.stop();
    flush_logging();
    ended
}

fn announce(node: &RunningNode) {
    let config = node.config();
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        sip = ?node.sip_addrs(),
        http = ?node.http_addr(),
        rtp = ?config.node.media.ports,
        config = config.version,
        numbers = config.routing.numbers.len(),
        trunks = config.routing.trunks.len(),
        "ready"
    );
}

/// The signals a node obeys.
struct Signals {
    reload: Signal,
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            reload: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Serves SIGHUP until one of the others comes.
    async fn end(&mut self, live: &Arc<Live>) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                _ = self.reload.recv() => {
                    let live = live.clone();
                    // Its result is in the log, the metrics and the status.
                    let _ = tokio::task::spawn_blocking(move || live.reload("signal")).await;
                }
            }
        }
    }
}

async fn until_ended(
    live: Arc<Live>,
    mut failed: watch::Receiver<Option<String>>,
    limit: Duration,
) -> Result<(), RunError> {
    let mut signals = Signals::new().map_err(crate::StartError::System)?;
    let thread = async move {
        // Its sender lives in every thread; that all are gone without a failure cannot be while the node runs.
        match failed.wait_for(Option::is_some).await {
            Ok(text) => text.clone().unwrap_or_default(),
            Err(_) => "all threads ended".to_owned(),
        }
    };
    tokio::pin!(thread);
    tokio::select! {
        text = &mut thread => return Err(RunError::Thread(text)),
        () = signals.end(&live) => {}
    }
    tracing::info!(
        calls = live.gauges().calls,
        ?limit,
        "ending: new calls get 503; a second signal ends at once"
    );
    let (sender, silence) = oneshot::channel();
    live.order(Order::Drain(sender));
    tokio::select! {
        text = &mut thread => return Err(RunError::Thread(text)),
        _ = silence => tracing::info!("no call is left"),
        () = tokio::time::sleep(limit) => tracing::warn!(calls = live.gauges().calls, "the time to drain is over"),
        () = signals.end(&live) => tracing::warn!(calls = live.gauges().calls, "second signal"),
    }
    Ok(())
}
