//! `;name=value` lists (RFC 3261 section 7.3.1).

/// Parameters in the order in which they were written; names compare case-insensitively.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Params(Vec<(String, Option<String>)>);

impl Params {
    /// The value of `name` as written: `None` without the parameter, `Some("")` for one without a value.
    pub fn get(&self, name: &str) -> Option<&str> {
        let _ = (name, &self.0);
        todo!()
    }
    /// The value of `name` with quotes and backslash escapes removed.
    pub fn get_unquoted(&self, name: &str) -> Option<String> {
        let _ = name;
        todo!()
    }
    /// Whether the parameter is there, with or without a value.
    pub fn has(&self, name: &str) -> bool {
        let _ = name;
        todo!()
    }
    /// Sets or replaces a parameter.
    pub fn set(&mut self, name: &str, value: Option<&str>) {
        let _ = (name, value);
        todo!()
    }
    /// Removes a parameter.
    pub fn remove(&mut self, name: &str) {
        let _ = name;
        todo!()
    }
    /// All in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_deref()))
    }
}
