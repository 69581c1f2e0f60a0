//! Which branch a call takes; the same for live calls and for the checker.

use std::collections::BTreeMap;

use crate::tree::{CalledBranch, CallerBranch, List};

/// What in a branch matched a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatternMatch<'a> {
    /// The number itself.
    Number,
    /// This beginning of it.
    Prefix(&'a str),
}

/// What in a branch matched a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallerMatch<'a> {
    /// This list.
    List(&'a str),
    /// A number or prefix of the branch itself.
    Pattern(PatternMatch<'a>),
    /// The number is withheld.
    Withheld,
}

/// A branch names a list that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoSuchList<'a>(pub &'a str);

impl CalledBranch {
    /// Does this branch take calls to `called`?
    pub fn matches(&self, called: &str) -> Option<PatternMatch<'_>> {
        pattern(&self.numbers, &self.prefixes, called)
    }
}

impl CallerBranch {
    /// Does this branch take calls from `number` (`None`: withheld)?
    ///
    /// # Errors
    /// The branch names a list that is not in `lists`.
    pub fn matches(
        &self,
        number: Option<&str>,
        lists: &BTreeMap<String, List>,
    ) -> Result<Option<CallerMatch<'_>>, NoSuchList<'_>> {
        let list = match &self.list {
            Some(name) => Some((name, lists.get(name).ok_or(NoSuchList(name))?)),
            None => None,
        };
        let Some(number) = number else {
            return Ok(self.withheld.then_some(CallerMatch::Withheld));
        };
        if let Some((name, list)) = list
            && list.contains(number)
        {
            return Ok(Some(CallerMatch::List(name)));
        }
        Ok(pattern(&self.numbers, &self.prefixes, number).map(CallerMatch::Pattern))
    }
}

fn pattern<'a>(numbers: &[String], prefixes: &'a [String], number: &str) -> Option<PatternMatch<'a>> {
    if numbers.iter().any(|one| one == number) {
        return Some(PatternMatch::Number);
    }
    prefixes
        .iter()
        .find(|prefix| number.starts_with(prefix.as_str()))
        .map(|prefix| PatternMatch::Prefix(prefix))
}
