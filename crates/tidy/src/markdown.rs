//! What a Markdown text points at: files by link, recipes and scripts by name.

/// The targets of `[text](target)`, without anchors; web addresses and links within the page are left out.
#[must_use]
pub fn links(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for rest in text.split("](").skip(1) {
        let Some((target, _)) = rest.split_once(')') else {
            continue;
        };
        let file = target.split(['#', ' ']).next().unwrap_or_default();
        if !file.is_empty() && !target.contains("://") && !target.starts_with("mailto:") {
            found.push(file);
        }
    }
    found
}

/// The code of a text: what stands between backticks, and every line of a code block.
#[must_use]
pub fn code(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut in_fence = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_fence = !in_fence;
        } else if in_fence || line.starts_with("    ") {
            found.push(line.trim());
        } else {
            found.extend(line.split('`').skip(1).step_by(2));
        }
    }
    found
}

/// The names of the recipes that the code calls: the word after `just`.
#[must_use]
pub fn recipes<'a>(code: &[&'a str]) -> Vec<&'a str> {
    let name = |line: &&'a str| {
        let rest = line.trim_start_matches("$ ").strip_prefix("just ")?;
        rest.split_whitespace()
            .next()
            .filter(|word| word.starts_with(|c: char| c.is_ascii_lowercase()))
    };
    code.iter().filter_map(name).collect()
}

/// The scripts that the code names, as `scripts/NAME`.
#[must_use]
pub fn scripts<'a>(code: &[&'a str]) -> Vec<&'a str> {
    let words = code.iter().flat_map(|line| line.split_whitespace());
    words
        .map(|word| word.trim_start_matches("./"))
        .filter(|word| word.strip_prefix("scripts/").is_some_and(|name| !name.is_empty()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_files_only() {
        let text = "[a](docs/A.md#part) [b](https://x.test/y) [c](#here) ![d](e.png \"title\")";
        assert_eq!(links(text), ["docs/A.md", "e.png"]);
    }

    #[test]
    fn recipes_and_scripts_in_code_only() {
        let text = "It is just fine.\nRun `just test` or `./scripts/test`.\n\n```\njust sipp-load --full\n```\n\n    $ just deny\n";
        let code = code(text);
        assert_eq!(recipes(&code), ["test", "sipp-load", "deny"]);
        assert_eq!(scripts(&code), ["scripts/test"]);
    }
}
