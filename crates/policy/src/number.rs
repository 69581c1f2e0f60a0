//! Telephone numbers as people and equipment write them, made E.164 (requirement TRM-04).

use std::borrow::Cow;

/// Fewest digits of an international number, country code included (Niue has seven).
const SHORTEST: usize = 7;
/// Most digits of an international number (E.164, section 6).
const LONGEST: usize = 15;
/// Countries whose national numbers keep their leading zero in international form.
const ZERO_KEPT: [&str; 1] = ["39"];

/// Makes a number E.164 ("+32475112233"); `None` for short numbers and literal users, which are kept as they are.
///
/// `country` is a country code without plus. Understood are "+…", "00…" and "0…"; spaces, dots, dashes, slashes and
/// parentheses are ignored, and so is the "(0)" some people write after the country code.
pub fn normalise(raw: &str, country: &str) -> Option<String> {
    let digits = bare(raw)?;
    let number = international(&digits, country)?;
    let length = number.len() - 1;
    (SHORTEST..=LONGEST).contains(&length).then_some(number)
}

/// The beginning of a number: "+32470", "0032470" or "0470" with `country` "32" all mean "+32470". A beginning without
/// "+" or "0" is that of a short number and kept as it is; `None` when it is no beginning of a number at all.
pub fn normalise_prefix(raw: &str, country: &str) -> Option<String> {
    let digits = bare(raw)?;
    if digits == "+" {
        return Some(digits);
    }
    if !digits.starts_with(['+', '0']) {
        return (!digits.is_empty() && digits.len() <= LONGEST).then_some(digits);
    }
    let prefix = international(&digits, country)?;
    (prefix.len() - 1 <= LONGEST).then_some(prefix)
}

/// Is this a Belgian emergency number (112, 100, 101)?
pub fn is_emergency(number: &str) -> bool {
    matches!(number.trim(), "112" | "100" | "101")
}

/// Digits with at most a leading plus; `None` if anything else is written.
fn bare(raw: &str) -> Option<String> {
    let text = raw.trim();
    let is_international = text.starts_with('+') || text.starts_with("00");
    let text = match text.split_once("(0)") {
        Some((code, rest)) if is_international => Cow::Owned([code, rest].concat()),
        _ => Cow::Borrowed(text),
    };
    let mut digits = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '+' if digits.is_empty() => digits.push(sign),
            '0'..='9' => digits.push(sign),
            ' ' | '\u{a0}' | '.' | '-' | '/' | '(' | ')' => {}
            _ => return None,
        }
    }
    Some(digits)
}

/// "+…" out of "+…", "00…" or "0…".
fn international(digits: &str, country: &str) -> Option<String> {
    let rest = digits.strip_prefix('+').or_else(|| digits.strip_prefix("00"));
    if let Some(rest) = rest {
        return (!rest.is_empty() && !rest.starts_with('0')).then(|| format!("+{rest}"));
    }
    let national = digits.strip_prefix('0')?;
    let national = if ZERO_KEPT.contains(&country) {
        digits
    } else {
        national
    };
    (!country.is_empty()).then(|| format!("+{country}{national}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_number_gives_one() {
        pointsman_conformance::shows(&["TRM-04 forms"]);
        let belgian = [
            "+32475112233",
            "+32 475 11 22 33",
            "+32 (0)475/11.22.33",
            "0032475112233",
            "00 32 475-11-22-33",
            "0475112233",
            "0475/11.22.33",
            "(0475) 11 22 33",
            " 0475\u{a0}112233 ",
        ];
        for raw in belgian {
            assert_eq!(normalise(raw, "32").as_deref(), Some("+32475112233"), "{raw}");
        }
    }

    #[test]
    fn country_decides_what_a_national_number_is() {
        assert_eq!(normalise("0612345678", "33").as_deref(), Some("+33612345678"));
        assert_eq!(normalise("06 1234 5678", "39").as_deref(), Some("+390612345678"));
        assert_eq!(normalise("0475112233", ""), None);
    }

    #[test]
    fn short_numbers_and_users_are_no_numbers() {
        let kept = [
            "112",
            "1234",
            "alice",
            "alice.b",
            "",
            "+",
            "+32",
            "0",
            "00",
            "000",
            "+0475112233",
            "47+5112233",
        ];
        for raw in kept {
            assert_eq!(normalise(raw, "32"), None, "{raw}");
        }
        assert_eq!(normalise("+1234567890123456", "32"), None, "sixteen digits");
        assert_eq!(
            normalise("+123456789012345", "32").as_deref(),
            Some("+123456789012345")
        );
    }

    #[test]
    fn prefixes() {
        pointsman_conformance::shows(&["TRM-04 prefix"]);
        for raw in ["+32470", "0032470", "0470", "+32 4 70"] {
            assert_eq!(normalise_prefix(raw, "32").as_deref(), Some("+32470"), "{raw}");
        }
        assert_eq!(normalise_prefix("+", "32").as_deref(), Some("+"));
        assert_eq!(normalise_prefix("+3", "32").as_deref(), Some("+3"));
        assert_eq!(normalise_prefix("0", "32").as_deref(), Some("+32"));
        assert_eq!(normalise_prefix("20", "32").as_deref(), Some("20"));
        for raw in ["", "x", "00", "+0", "+1234567890123456"] {
            assert_eq!(normalise_prefix(raw, "32"), None, "{raw}");
        }
    }

    #[test]
    fn emergency_numbers() {
        assert!(is_emergency("112") && is_emergency("100") && is_emergency("101"));
        assert!(!is_emergency("1120") && !is_emergency("102") && !is_emergency("+32112"));
    }
}
