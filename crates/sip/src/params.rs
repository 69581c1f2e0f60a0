//! `;name=value` lists (RFC 3261 section 7.3.1).
use std::fmt;

use crate::syntax::{Fault, ParamWalk, unquote};

/// Parameters in the order in which they were written; names compare case-insensitively.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Params(Vec<(String, Option<String>)>);

impl Params {
    /// Reads parameters from octet `at` of `text` on; also returns where the list ends (a comma or the end).
    pub(crate) fn read(text: &str, at: usize) -> Result<(Self, usize), Fault> {
        let mut walk = ParamWalk::new(text.as_bytes(), at);
        let mut params = Self::default();
        while let Some(param) = walk.next()? {
            let name = text.get(param.name).ok_or("malformed parameter")?;
            let value = match param.value {
                Some(span) => Some(text.get(span).ok_or("malformed parameter")?.to_owned()),
                None => None,
            };
            params.push(name.to_owned(), value);
        }
        Ok((params, walk.position()))
    }

    /// Adds a parameter without looking for one of that name, so that reading stays linear.
    pub(crate) fn push(&mut self, name: String, value: Option<String>) {
        self.0.push((name, value));
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    fn find(&self, name: &str) -> Option<&(String, Option<String>)> {
        self.0.iter().find(|(own, _)| own.eq_ignore_ascii_case(name))
    }

    /// The value of `name` as written: `None` without the parameter, `Some("")` for one without a value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.find(name).map(|(_, value)| value.as_deref().unwrap_or(""))
    }

    /// The value of `name` with quotes and backslash escapes removed.
    pub fn get_unquoted(&self, name: &str) -> Option<String> {
        self.get(name).map(unquote)
    }

    /// Whether the parameter is there, with or without a value.
    pub fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// Sets or replaces a parameter; a new one goes to the end.
    pub fn set(&mut self, name: &str, value: Option<&str>) {
        let value = value.map(str::to_owned);
        match self.0.iter_mut().find(|(own, _)| own.eq_ignore_ascii_case(name)) {
            Some(entry) => entry.1 = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    /// Removes a parameter, also when it was written more than once.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(own, _)| !own.eq_ignore_ascii_case(name));
    }

    /// All in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_deref()))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in self.iter() {
            write!(f, ";{name}")?;
            if let Some(value) = value {
                write!(f, "={value}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Params {
        Params::read(text, 0).unwrap().0
    }

    #[test]
    fn names_compare_without_case_and_blanks_are_allowed() {
        let params = read(" ; Tag =  1 ;lr; x = \"a;b\\\"c\" ;");
        assert_eq!(params.get("tag"), Some("1"));
        assert_eq!(params.get("LR"), Some(""));
        assert_eq!(params.get("x"), Some("\"a;b\\\"c\""));
        assert_eq!(params.get_unquoted("x").as_deref(), Some("a;b\"c"));
        assert_eq!(params.get("y"), None);
        assert_eq!(params.to_string(), ";Tag=1;lr;x=\"a;b\\\"c\"");
    }

    #[test]
    fn an_empty_parameter_is_a_fault() {
        assert!(Params::read(";;", 0).is_err());
        assert!(Params::read(";a;;b", 0).is_err());
        assert!(Params::read(";=1", 0).is_err());
        assert!(Params::read(";a=\"open", 0).is_err());
        assert!(Params::read("a", 0).is_err());
    }

    #[test]
    fn set_replaces_in_place_and_remove_takes_all() {
        let mut params = read(";a=1;b=2;A=3");
        params.set("B", None);
        params.set("c", Some("4"));
        assert_eq!(params.to_string(), ";a=1;b;A=3;c=4");
        params.remove("a");
        assert_eq!(params.to_string(), ";b;c=4");
    }
}
