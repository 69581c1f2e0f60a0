//! Help lines for names that do not exist.

use pointsman_policy::check::nearest;

/// The likely slip, else what there is.
pub(crate) fn help<'a>(wrong: &str, what: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 12;
    let known: Vec<&str> = known.into_iter().collect();
    if let Some(hint) = nearest(wrong, known.iter().copied()) {
        return hint;
    }
    if known.is_empty() {
        return format!("there are no {what} yet");
    }
    let more = if known.len() > SHOWN { ", …" } else { "" };
    let listed: Vec<String> = known.iter().take(SHOWN).map(|name| format!("'{name}'")).collect();
    format!("{what}: {}{more}", listed.join(", "))
}

#[cfg(test)]
mod tests {
    use super::help;

    #[test]
    fn a_slip_is_named_and_otherwise_what_there_is() {
        assert_eq!(
            help("adress", "keys", ["address", "latch"]),
            "did you mean 'address'?"
        );
        assert_eq!(
            help("protocol", "keys", ["address", "latch"]),
            "keys: 'address', 'latch'"
        );
        assert_eq!(help("x", "trunks", []), "there are no trunks yet");
    }
}
