//! "Did you mean …?"

/// A hint naming the known name nearest to a wrong one; `None` if none is near.
pub fn nearest<'a>(wrong: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    nearest_name(wrong, known).map(|name| format!("did you mean '{name}'?"))
}

/// The known name nearest to a wrong one: at most a third of its letters differ.
pub(crate) fn nearest_name<'a>(wrong: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (wrong.chars().count() / 3).max(1);
    let near = known
        .map(|name| (distance(wrong, name), name))
        .filter(|(distance, _)| *distance <= allowed);
    near.min().map(|(_, name)| name)
}

/// Letters to change, add, drop or swap with their neighbour to make one word the other (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j] + 1)
                .min(row[j - 1] + 1)
                .min(rows[i - 1][j - 1] + change);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_is_near() {
        let known = ["shut", "desk", "mobile"];
        assert_eq!(nearest_name("moblie", known.into_iter()), Some("mobile"));
        assert_eq!(nearest_name("shot", known.into_iter()), Some("shut"));
        assert_eq!(nearest_name("Desk", known.into_iter()), Some("desk"));
        assert_eq!(nearest_name("reception", known.into_iter()), None);
        assert_eq!(
            nearest("desc", known.into_iter()).as_deref(),
            Some("did you mean 'desk'?")
        );
    }
}
