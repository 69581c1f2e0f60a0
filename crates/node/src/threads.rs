//! Named threads whose end is noticed.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use tokio::sync::watch;

/// Learns of the first thread that ended with an error or a panic. A node without one of its threads is of no use:
/// its owner ends the process.
#[derive(Clone, Debug)]
pub(crate) struct Alarm {
    sender: Arc<watch::Sender<Option<String>>>,
}

impl Alarm {
    pub(crate) fn new() -> (Self, watch::Receiver<Option<String>>) {
        let (sender, receiver) = watch::channel(None);
        (
            Self {
                sender: Arc::new(sender),
            },
            receiver,
        )
    }

    fn raise(&self, text: String) {
        tracing::error!("{text}");
        self.sender.send_if_modified(|first| {
            let unset = first.is_none();
            if unset {
                *first = Some(text);
            }
            unset
        });
    }
}

/// Runs `work` on a thread called `name`.
pub(crate) fn spawn(
    name: &'static str,
    alarm: &Alarm,
    work: impl FnOnce() -> io::Result<()> + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    let alarm = alarm.clone();
    Builder::new()
        .name(name.to_owned())
        .spawn(move || match catch_unwind(AssertUnwindSafe(work)) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => alarm.raise(format!("the {name} thread ended: {error}")),
            Err(_) => alarm.raise(format!("the {name} thread panicked")),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_thread_that_fails_is_named() {
        let (alarm, failed) = Alarm::new();
        spawn("fine", &alarm, || Ok(())).unwrap().join().unwrap();
        assert_eq!(*failed.borrow(), None);
        spawn("media", &alarm, || Err(io::Error::other("no descriptors")))
            .unwrap()
            .join()
            .unwrap();
        spawn("recorder", &alarm, || Err(io::Error::other("later")))
            .unwrap()
            .join()
            .unwrap();
        assert_eq!(
            failed.borrow().as_deref(),
            Some("the media thread ended: no descriptors")
        );
    }
}
