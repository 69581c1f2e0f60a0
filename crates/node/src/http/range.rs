//! Range requests for one range (RFC 9110 14.2).

/// What part of a file a request asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The whole: no range, or one that we need not understand.
    All,
    /// `length` octets from `from` on.
    Part { from: u64, length: u64 },
    /// A range that lies outside.
    Nothing,
}

/// Reads a Range header for a file of `size` octets.
pub(super) fn wanted(range: Option<&str>, size: u64) -> Wanted {
    let Some((from, to)) = range.and_then(|range| range.strip_prefix("bytes=")?.split_once('-')) else {
        return Wanted::All;
    };
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let (from, to) = match (from.trim(), to.trim()) {
        ("", last) => match number(last) {
            Some(0) => return Wanted::Nothing,
            Some(last) => (size.saturating_sub(last), size.saturating_sub(1)),
            None => return Wanted::All,
        },
        (from, "") => match number(from) {
            Some(from) => (from, size.saturating_sub(1)),
            None => return Wanted::All,
        },
        (from, to) => match (number(from), number(to)) {
            (Some(from), Some(to)) if from <= to => (from, to.min(size.saturating_sub(1))),
            // Several ranges, or none that makes sense: the whole is a right answer.
            _ => return Wanted::All,
        },
    };
    if from >= size {
        return Wanted::Nothing;
    }
    Wanted::Part {
        from,
        length: to - from + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_understood_in_its_three_forms() {
        let part = |from, length| Wanted::Part { from, length };
        for (range, found) in [
            ("bytes=0-9", part(0, 10)),
            ("bytes=10-", part(10, 90)),
            ("bytes=-10", part(90, 10)),
            ("bytes=-1000", part(0, 100)),
            ("bytes=90-1000", part(90, 10)),
            ("bytes=99-99", part(99, 1)),
            ("bytes=100-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=9-0", Wanted::All),
            ("bytes=0-1,3-4", Wanted::All),
            ("bytes=a-b", Wanted::All),
            ("bytes=-", Wanted::All),
            ("lines=0-9", Wanted::All),
        ] {
            assert_eq!(wanted(Some(range), 100), found, "{range}");
        }
        assert_eq!(wanted(None, 100), Wanted::All);
        assert_eq!(wanted(Some("bytes=0-"), 0), Wanted::Nothing);
        assert_eq!(wanted(Some("bytes=-5"), 0), Wanted::Nothing);
    }
}
