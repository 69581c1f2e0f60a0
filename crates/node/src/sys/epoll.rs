//! `epoll` and `eventfd`.

use super::checked;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};
use std::time::Duration;

/// One epoll set, level-triggered: what was not read is reported again.
#[derive(Debug)]
pub(crate) struct Epoll {
    fd: OwnedFd,
}

/// What one descriptor reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ready {
    /// The number given to [`Epoll::add`].
    pub(crate) token: u64,
    /// There is something to read.
    pub(crate) readable: bool,
    /// An error is pending (for UDP: something is in the error queue).
    pub(crate) error: bool,
}

/// The buffer [`Epoll::wait`] fills.
pub(crate) struct Events {
    buffer: Vec<libc::epoll_event>,
    len: usize,
}

impl Events {
    /// Room for `capacity` reports per wait; what does not fit is reported by the next one.
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self {
            buffer: vec![libc::epoll_event { events: 0, u64: 0 }; capacity.max(1)],
            len: 0,
        }
    }

    /// How many descriptors were ready at the last wait.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The report at `index` of the last wait.
    pub(crate) fn get(&self, index: usize) -> Ready {
        // The struct is packed on x86-64: its fields are copied, never borrowed.
        let event = self.buffer[..self.len][index];
        let flags = event.events;
        Ready {
            token: event.u64,
            readable: flags & libc::EPOLLIN as u32 != 0,
            error: flags & (libc::EPOLLERR | libc::EPOLLHUP) as u32 != 0,
        }
    }
}

impl Epoll {
    /// A new, empty set.
    pub(crate) fn new() -> io::Result<Self> {
        // SAFETY: the call takes no pointers; a descriptor it returns is new and ours alone.
        let fd = unsafe {
            let fd = checked(libc::epoll_create1(libc::EPOLL_CLOEXEC))?;
            OwnedFd::from_raw_fd(fd)
        };
        Ok(Self { fd })
    }

    /// Watches `source` for readability (errors are always reported) under `token`.
    pub(crate) fn add(&self, source: &impl AsFd, token: u64) -> io::Result<()> {
        let mut event = libc::epoll_event {
            events: libc::EPOLLIN as u32,
            u64: token,
        };
        let fd = source.as_fd().as_raw_fd();
        // SAFETY: `event` outlives the call, which copies it; both descriptors are open because they are borrowed.
        checked(unsafe { libc::epoll_ctl(self.fd.as_raw_fd(), libc::EPOLL_CTL_ADD, fd, &raw mut event) })?;
        Ok(())
    }

    /// Waits for at least one report or `timeout` (rounded up to whole milliseconds; `None` waits for ever).
    /// An interruption by a signal counts as a wait without reports.
    pub(crate) fn wait(&self, events: &mut Events, timeout: Option<Duration>) -> io::Result<()> {
        let milliseconds = timeout.map_or(-1, |timeout| {
            let whole = timeout.as_nanos().div_ceil(1_000_000);
            libc::c_int::try_from(whole).unwrap_or(libc::c_int::MAX)
        });
        let room = libc::c_int::try_from(events.buffer.len()).unwrap_or(libc::c_int::MAX);
        events.len = 0;
        // SAFETY: the buffer has `room` initialised elements and is borrowed mutably for the whole call.
        let result = checked(unsafe {
            libc::epoll_wait(
                self.fd.as_raw_fd(),
                events.buffer.as_mut_ptr(),
                room,
                milliseconds,
            )
        });
        match result {
            Ok(count) => events.len = count as usize,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

/// A new non-blocking event counter; write eight bytes to raise it, read eight to clear it.
pub(crate) fn event_fd() -> io::Result<File> {
    // SAFETY: the call takes no pointers; a descriptor it returns is new and ours alone.
    let fd = unsafe {
        let fd = checked(libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK))?;
        OwnedFd::from_raw_fd(fd)
    };
    Ok(File::from(fd))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    #[test]
    fn an_event_counter_is_reported_until_it_is_read() {
        let epoll = Epoll::new().unwrap();
        let mut counter = event_fd().unwrap();
        epoll.add(&counter, 7).unwrap();
        let mut events = Events::with_capacity(4);

        epoll.wait(&mut events, Some(Duration::ZERO)).unwrap();
        assert_eq!(events.len(), 0);

        counter.write_all(&1u64.to_ne_bytes()).unwrap();
        counter.write_all(&2u64.to_ne_bytes()).unwrap();
        for _ in 0..2 {
            epoll.wait(&mut events, None).unwrap();
            assert_eq!(events.len(), 1);
            assert_eq!(
                events.get(0),
                Ready {
                    token: 7,
                    readable: true,
                    error: false
                }
            );
        }

        let mut value = [0; 8];
        counter.read_exact(&mut value).unwrap();
        assert_eq!(u64::from_ne_bytes(value), 3);
        epoll.wait(&mut events, Some(Duration::ZERO)).unwrap();
        assert_eq!(events.len(), 0);
    }

    #[test]
    fn a_timeout_is_never_cut_short() {
        let epoll = Epoll::new().unwrap();
        let mut events = Events::with_capacity(1);
        let timeout = Duration::from_micros(1_300);
        let start = std::time::Instant::now();
        epoll.wait(&mut events, Some(timeout)).unwrap();
        assert!(start.elapsed() >= timeout);
    }

    #[test]
    fn adding_a_descriptor_twice_is_an_error() {
        let epoll = Epoll::new().unwrap();
        let counter = event_fd().unwrap();
        epoll.add(&counter, 1).unwrap();
        assert_eq!(
            epoll.add(&counter, 2).unwrap_err().kind(),
            io::ErrorKind::AlreadyExists
        );
    }
}
