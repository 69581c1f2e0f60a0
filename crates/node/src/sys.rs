//! The only place with `unsafe`: the system calls that neither `std` nor `socket2` wraps.
//!
//! Everything here is a thin, safe face of one call. No policy, no retries beyond `EINTR`.

mod address;
mod batch;
mod epoll;
mod error_queue;
mod limits;
mod options;

pub(crate) use batch::{BATCH, RecvBatch, SendBatch};
pub(crate) use epoll::{Epoll, Events, event_fd};
pub(crate) use error_queue::next_socket_error;
pub(crate) use limits::{page_size, raise_open_files};
pub(crate) use options::{disconnect, force_buffers, mark, prepare_stream, report_icmp};

use std::io;

/// Turns the `-1` convention into `io::Error`.
fn checked(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}
