//! Taking connections that peers open.

use super::{Shared, connection};
use pointsman_sip::{ConnectionId, Flow, Transport};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// How long to wait after the system refused to accept (no descriptors left): the queue of the kernel keeps them.
const BREATH: Duration = Duration::from_millis(50);

/// Accepts on every listener until the runtime ends.
pub(super) fn start(
    runtime: &Runtime,
    listeners: Vec<(u16, std::net::TcpListener)>,
    shared: &Arc<Shared>,
) -> io::Result<()> {
    let numbers = Arc::new(AtomicU64::new(0));
    let _inside = runtime.enter();
    for (index, listener) in listeners {
        let listener = TcpListener::from_std(listener)?;
        runtime.spawn(accept(shared.clone(), index, listener, numbers.clone()));
    }
    Ok(())
}

async fn accept(shared: Arc<Shared>, index: u16, listener: TcpListener, numbers: Arc<AtomicU64>) {
    loop {
        let (stream, remote) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(BREATH).await;
                continue;
            }
        };
        let place = match shared.accepted.take(remote.ip()) {
            Ok(place) => place,
            Err(full) => {
                shared.metrics.streams.refused(full);
                tracing::debug!(%remote, why = full.as_str(), "connection refused");
                continue;
            }
        };
        let connection = ConnectionId::accepted(numbers.fetch_add(1, Ordering::Relaxed));
        let flow = Flow::new(index, Transport::Tcp, remote).by(connection);
        tokio::spawn(connection::accepted(shared.clone(), stream, flow, place));
    }
}
