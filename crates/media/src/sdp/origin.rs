use crate::sdp::Sdp;

/// The `sess-id` and `sess-version` of an `o=` line that we write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// Stays the same for all descriptions sent on one leg.
    pub id: u64,
    /// Rises by one when, and only when, the text changes (RFC 3264 section 8).
    pub version: u64,
}

impl Origin {
    /// Writes the right version into `next`, given the description that was sent `last` on the same leg with this
    /// origin: one more if the text differs, the same if not. Keeps it for the next time.
    pub fn follow(&mut self, last: Option<&Sdp>, next: &mut Sdp) {
        if last.is_some_and(|last| !last.same_but_origin(next)) {
            self.version += 1;
        }
        next.set_origin(*self);
    }
}
