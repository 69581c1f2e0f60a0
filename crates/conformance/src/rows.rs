//! The rows and their aspects.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

/// One obligation of the service.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Family and number, as in `TRM-07`.
    pub id: String,
    /// Where the service description says it.
    pub paragraph: String,
    /// In a few words.
    pub title: String,
    /// What can be shown of it, by key; at least one.
    pub aspects: BTreeMap<String, String>,
}

/// All rows in the order of the service description.
#[must_use]
pub fn rows() -> &'static [Row] {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    ROWS.get_or_init(|| {
        serde_yaml::from_str(include_str!("../data/rows.yaml")).expect("the rows are tested to be readable")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn rows_are_numbered_without_a_gap_and_have_something_to_show() {
        let mut before: Option<(&str, u32)> = None;
        let mut families = BTreeSet::new();
        for row in rows() {
            let (family, number) = row.id.split_once('-').expect("an identifier has a hyphen");
            let number: u32 = number.parse().unwrap();
            match before {
                Some((same, last)) if same == family => assert_eq!(number, last + 1, "{}", row.id),
                _ => {
                    assert_eq!(number, 1, "{}", row.id);
                    assert!(families.insert(family), "{family} stands together");
                }
            }
            before = Some((family, number));
            assert!(!row.aspects.is_empty() && !row.paragraph.is_empty(), "{}", row.id);
        }
        let expected = ["ACM", "DRS", "ELG", "FRM", "NET", "OUT", "REC", "TRM"];
        assert!(families.into_iter().eq(expected));
    }
}
