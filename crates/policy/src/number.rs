//! Telephone numbers as people and equipment write them, made E.164.

/// Makes a number E.164 ("+32475112233"); `None` for short numbers and literal users, which are kept as they are.
///
/// `country` is a country code without plus. Understood are "+…", "00…" and "0…"; spaces, dots, dashes, slashes and
/// parentheses are ignored.
pub fn normalise(raw: &str, country: &str) -> Option<String> {
    let _ = (raw, country);
    todo!()
}

/// Is this a Belgian emergency number (112, 100, 101)?
pub fn is_emergency(number: &str) -> bool {
    matches!(number, "112" | "100" | "101")
}
