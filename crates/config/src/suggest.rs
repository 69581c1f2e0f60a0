//! "Did you mean": the nearest of a set of names.

/// The candidate nearest to `wrong`, if it is near enough to be a likely slip.
pub(crate) fn nearest<'a>(wrong: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (wrong.chars().count() / 3).clamp(1, 3);
    candidates
        .into_iter()
        .map(|candidate| (distance(&wrong.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// The help line for a name that does not exist: the likely slip, else what there is.
pub(crate) fn help<'a>(wrong: &str, what: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 12;
    let candidates: Vec<&str> = candidates.into_iter().collect();
    if let Some(near) = nearest(wrong, candidates.iter().copied()) {
        return format!("did you mean `{near}`?");
    }
    if candidates.is_empty() {
        return format!("there are no {what} here");
    }
    let more = if candidates.len() > SHOWN { ", …" } else { "" };
    let listed: Vec<String> = candidates.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    format!("{what} here: {}{more}", listed.join(", "))
}

/// Edits (insert, delete, replace, swap of neighbours) between two words.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let changed = usize::from(a[i - 1] != b[j - 1]);
            row[j] = (above[j] + 1).min(row[j - 1] + 1).min(above[j - 1] + changed);
            let swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if swapped {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::{help, nearest};

    #[test]
    fn a_slip_is_found_and_a_different_word_is_not() {
        let names = ["address", "accept_from", "country", "latch"];
        assert_eq!(nearest("adress", names), Some("address"));
        assert_eq!(nearest("Country", names), Some("country"));
        assert_eq!(nearest("acept_from", names), Some("accept_from"));
        assert_eq!(nearest("lacth", names), Some("latch"));
        assert_eq!(nearest("protocol", names), None);
    }

    #[test]
    fn help_falls_back_to_what_there_is() {
        assert_eq!(help("x", "trunks", []), "there are no trunks here");
        assert_eq!(help("zzzzzz", "trunks", ["pstn", "uas"]), "trunks here: `pstn`, `uas`");
    }
}
