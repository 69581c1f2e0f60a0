//! How a test says what it shows.

use crate::rows::{Row, rows};

/// What a line of a test's output begins with when it says what the test shows.
pub const MARK: &str = "shows: ";

/// Something that no row has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unknown {
    /// There is no such row.
    #[error("{0:?} names no row; rows look like \"TRM-07 busy\"")]
    Row(String),
    /// The row has no such aspect.
    #[error("{row} has no aspect {aspect:?}; it has {known}")]
    Aspect {
        /// The row.
        row: String,
        /// What was named.
        aspect: String,
        /// What there is.
        known: String,
    },
}

/// Says that the test which calls this shows aspects of rows: `shows(&["TRM-07 busy no_answer", "NET-04 outcomes"])`.
///
/// It counts when the test passes and the run's output is collected, which `scripts/unit` does.
///
/// # Panics
/// If there is no such row or aspect.
#[allow(clippy::print_stdout, reason = "the run's report keeps what a test prints")]
pub fn shows(rows: &[&str]) {
    for text in rows {
        match aspects_of(text) {
            Ok(aspects) => {
                for (row, aspect) in aspects {
                    println!("{MARK}{} {aspect}", row.id);
                }
            }
            Err(unknown) => panic!("{unknown}"),
        }
    }
}

/// The row and the aspects that a text like `TRM-07 busy no_answer` names.
pub(crate) fn aspects_of(text: &str) -> Result<Vec<(&'static Row, &str)>, Unknown> {
    let mut words = text.split_ascii_whitespace();
    let unknown = || Unknown::Row(text.to_owned());
    let id = words.next().ok_or_else(unknown)?;
    let row = rows().iter().find(|row| row.id == id).ok_or_else(unknown)?;
    let aspects: Vec<_> = words.map(|aspect| (row, aspect)).collect();
    if aspects.is_empty() {
        return Err(unknown());
    }
    match aspects
        .iter()
        .find(|(row, aspect)| !row.aspects.contains_key(*aspect))
    {
        Some((_, aspect)) => Err(Unknown::Aspect {
            row: row.id.clone(),
            aspect: (*aspect).to_owned(),
            known: row.aspects.keys().cloned().collect::<Vec<_>>().join(", "),
        }),
        None => Ok(aspects),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_named_with_at_least_one_of_its_aspects() {
        let named = aspects_of("TRM-07 busy no_answer").unwrap();
        let named: Vec<_> = named
            .iter()
            .map(|(row, aspect)| (row.id.as_str(), *aspect))
            .collect();
        assert_eq!(named, [("TRM-07", "busy"), ("TRM-07", "no_answer")]);
        for text in ["", "TRM-07", "TRM-99 busy", "busy"] {
            assert_eq!(aspects_of(text), Err(Unknown::Row(text.to_owned())));
        }
        let unknown = aspects_of("NET-02 no_site elsewhere").unwrap_err();
        assert_eq!(
            unknown.to_string(),
            "NET-02 has no aspect \"elsewhere\"; it has no_site"
        );
    }
}
