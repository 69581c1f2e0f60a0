//! The log: standard error, written by a thread of its own so that a slow reader never delays a call.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Lines that may wait; more are dropped and counted.
const LINES: usize = 8192;

/// Environment variable with the filter, such as `warn` or `pointsman_node=debug`.
const VARIABLE: &str = "POINTSMAN_LOG";

/// Starts logging for the process: INFO unless `POINTSMAN_LOG` says otherwise. A second call changes nothing.
pub fn start_logging() {
    let filter = EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new("info"));
    let (sender, lines) = sync_channel(LINES);
    let dropped = Arc::new(AtomicU64::new(0));
    let writer = Lines {
        sender,
        dropped: dropped.clone(),
    };
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        .with_ansi(false)
        .finish();
    if tracing::subscriber::set_global_default(subscriber).is_ok() {
        let write = move || write_lines(&lines, &dropped, &mut io::stderr());
        // Without the thread the channel is closed and nothing is logged; the node works all the same.
        let _ = std::thread::Builder::new().name("log".to_owned()).spawn(write);
    }
}

fn write_lines(lines: &Receiver<Vec<u8>>, dropped: &AtomicU64, out: &mut impl Write) {
    while let Ok(line) = lines.recv() {
        let missed = dropped.swap(0, Ordering::Relaxed);
        if missed > 0 {
            let _ = writeln!(
                out,
                "{missed} log lines were dropped: the reader of the log does not keep up"
            );
        }
        let _ = out.write_all(&line);
    }
}

/// Hands out one line at a time.
struct Lines {
    sender: SyncSender<Vec<u8>>,
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
        if let Err(TrySendError::Full(_)) = self.lines.sender.try_send(std::mem::take(&mut self.text)) {
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
        write_lines(&lines, &dropped, &mut out);
        let out = String::from_utf8(out).unwrap();
        assert!(out.starts_with("3 log lines were dropped"), "{out}");
        assert!(out.ends_with("line 0\nline 1\n"), "{out}");
    }
}
