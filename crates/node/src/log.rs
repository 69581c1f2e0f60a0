//! The log: standard error, written by a thread of its own so that a slow reader never delays a call.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Lines that may wait; more are dropped and counted.
const LINES: usize = 8192;

/// Environment variable with the filter, such as `warn` or `pointsman_node=debug`.
const VARIABLE: &str = "POINTSMAN_LOG";

/// How long the thread lets lines gather after the first one, so that it is woken at most so often.
const GATHER: Duration = Duration::from_millis(20);

/// How long the end of the process waits for a reader of the log that does not read.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the thread is handed.
enum Item {
    Line(Vec<u8>),
    /// To be answered when all before it is written.
    Flush(SyncSender<()>),
}

/// Where [`flush_logging`] asks, once the log was started.
static LOG: OnceLock<SyncSender<Item>> = OnceLock::new();

/// Starts logging for the process: INFO unless `POINTSMAN_LOG` says otherwise. A second call changes nothing.
pub fn start_logging() {
    let filter = EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new("info"));
    let (sender, items) = sync_channel(LINES);
    let dropped = Arc::new(AtomicU64::new(0));
    let writer = Lines {
        sender: sender.clone(),
        dropped: dropped.clone(),
    };
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        .with_ansi(false)
        .finish();
    if tracing::subscriber::set_global_default(subscriber).is_ok() {
        let write = move || write_lines(&items, &dropped, GATHER, &mut io::stderr());
        // Without the thread the channel is closed and nothing is logged; the node works all the same.
        let _ = std::thread::Builder::new().name("log".to_owned()).spawn(write);
        // Set once only: the subscriber was.
        let _ = LOG.set(sender);
    }
}

/// Waits until everything logged so far is written, a second at most: call it before the process ends.
pub fn flush_logging() {
    let (done, written) = sync_channel(1);
    if let Some(log) = LOG.get()
        && log.send(Item::Flush(done)).is_ok()
    {
        // Nobody reads the log: then its end is lost, as its lines before were.
        let _ = written.recv_timeout(PATIENCE);
    }
}

fn write_lines(items: &Receiver<Item>, dropped: &AtomicU64, gather: Duration, out: &mut impl Write) {
    let mut text = Vec::new();
    while let Ok(first) = items.recv() {
        let mut flushed = Vec::new();
        let mut next = Some(first);
        if matches!(next, Some(Item::Line(_))) {
            std::thread::park_timeout(gather);
        }
        while let Some(item) = next {
            match item {
                Item::Line(line) => text.extend(line),
                Item::Flush(done) => flushed.push(done),
            }
            next = items.try_recv().ok();
        }
        let missed = dropped.swap(0, Ordering::Relaxed);
        if missed > 0 {
            let note = "log lines were dropped: the reader of the log does not keep up";
            text.extend(format!("{missed} {note}\n").bytes());
        }
        let _ = out.write_all(&text);
        text.clear();
        for done in flushed {
            let _ = done.send(());
        }
    }
}

/// Hands out one line at a time.
struct Lines {
    sender: SyncSender<Item>,
    dropped: Arc<AtomicU64>,
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line {
            lines: self,
            text: Vec::new(),
        }
    }
}

/// One line being formatted; it leaves when dropped.
struct Line<'a> {
    lines: &'a Lines,
    text: Vec<u8>,
}

impl Write for Line<'_> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        if let Err(TrySendError::Full(_)) = self
            .lines
            .sender
            .try_send(Item::Line(std::mem::take(&mut self.text)))
        {
            self.lines.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_does_not_keep_up_costs_lines_and_is_told_how_many() {
        let (sender, lines) = sync_channel(2);
        let dropped = Arc::new(AtomicU64::new(0));
        let writer = Lines {
            sender,
            dropped: dropped.clone(),
        };
        for n in 0..5 {
            writeln!(writer.make_writer(), "line {n}").unwrap();
        }
        drop(writer);
        let mut out = Vec::new();
        write_lines(&lines, &dropped, Duration::ZERO, &mut out);
        let out = String::from_utf8(out).unwrap();
        assert!(
            out.starts_with("line 0\nline 1\n3 log lines were dropped"),
            "{out}"
        );
    }

    #[test]
    fn a_flush_is_answered_when_all_before_it_is_written() {
        let (sender, items) = sync_channel(8);
        let (done, written) = sync_channel(1);
        sender.send(Item::Line(b"first\n".to_vec())).unwrap();
        sender.send(Item::Flush(done)).unwrap();
        drop(sender);
        let mut out = Vec::new();
        write_lines(&items, &AtomicU64::new(0), Duration::ZERO, &mut out);
        assert_eq!((written.recv(), out), (Ok(()), b"first\n".to_vec()));
    }
}
