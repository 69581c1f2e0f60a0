//! Dialog identifiers (RFC 3261 section 12).
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use smallvec::SmallVec;

use crate::Message;

/// Identifies a dialog as seen from our side. Cloning shares one allocation.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DialogId {
    /// Call-ID, local tag, remote tag; NUL cannot occur in any of them, see [`DialogId::new`].
    text: Arc<str>,
}

impl DialogId {
    /// An identifier; a NUL in a part (never in a valid one) is taken out.
    pub fn new(call_id: &str, local_tag: &str, remote_tag: &str) -> Self {
        // Put together in place, so that it is allocated once.
        let mut text = SmallVec::<[u8; 192]>::new();
        for (index, part) in [call_id, local_tag, remote_tag].into_iter().enumerate() {
            if index > 0 {
                text.push(0);
            }
            if part.contains('\0') {
                text.extend(part.bytes().filter(|octet| *octet != 0));
            } else {
                text.extend_from_slice(part.as_bytes());
            }
        }
        let text = std::str::from_utf8(&text).expect("pieces of text without their NULs are text");
        Self { text: text.into() }
    }

    fn part(&self, index: usize) -> &str {
        self.text.split('\0').nth(index).unwrap_or("")
    }

    /// Call-ID.
    pub fn call_id(&self) -> &str {
        self.part(0)
    }

    /// Our tag.
    pub fn local_tag(&self) -> &str {
        self.part(1)
    }

    /// The peer's tag; empty for an RFC 2543 peer without one.
    pub fn remote_tag(&self) -> &str {
        self.part(2)
    }
}

impl Hash for DialogId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl fmt::Debug for DialogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DialogId")
            .field("call_id", &self.call_id())
            .field("local_tag", &self.local_tag())
            .field("remote_tag", &self.remote_tag())
            .finish()
    }
}

/// The dialog that an incoming request names, as seen from our side: its To tag is ours. `None` without a To
/// tag and for responses.
pub fn dialog_key_of(message: &Message) -> Option<DialogId> {
    let local = message.to_tag().filter(|_| message.is_request())?;
    Some(DialogId::new(
        message.call_id(),
        local,
        message.from_tag().unwrap_or(""),
    ))
}
