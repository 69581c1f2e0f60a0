//! Who the two sides are, in one allocation: a call holds two dialogs for as long as it lasts.

/// From, To and Contact values of our requests.
#[derive(Debug, Clone)]
pub(super) struct Parties {
    text: String,
    local: usize,
    remote: usize,
}

impl Parties {
    pub(super) fn new(local: &[&str], remote: &str, contact: &str) -> Self {
        let length = local.iter().map(|part| part.len()).sum::<usize>();
        let mut text = String::with_capacity(length + remote.len() + contact.len());
        text.extend(local.iter().copied());
        text.push_str(remote);
        text.push_str(contact);
        Self {
            text,
            local: length,
            remote: length + remote.len(),
        }
    }

    /// From of our requests, with our tag.
    pub(super) fn local(&self) -> &str {
        &self.text[..self.local]
    }

    /// To of our requests, with the peer's tag if it has one.
    pub(super) fn remote(&self) -> &str {
        &self.text[self.local..self.remote]
    }

    /// Our Contact value.
    pub(super) fn contact(&self) -> &str {
        &self.text[self.remote..]
    }

    pub(super) fn set_contact(&mut self, contact: &str) {
        self.text.truncate(self.remote);
        self.text.push_str(contact);
    }
}
