//! What must stand in a file, and what must not be left in one.

use pointsman_tidy::{refuse, repository, source};
use repository::File;

/// Spelled in two halves, so that this file does not break its own rule.
const UNFINISHED: [&str; 7] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("HA", "CK"),
    concat!("todo", "!"),
    concat!("unimplemented", "!"),
    concat!("dbg", "!"),
];

/// Where somebody's own machine shows through.
const FOREIGN_PATHS: [&str; 4] = [
    concat!("/wo", "rk/"),
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/Us", "ers/"),
];

const HEADINGS: [&str; 4] = [
    "//! # What it does",
    "//! # What it never does",
    "//! # Start reading at",
    "//! # Invariants",
];

/// Texts of others, and messages that are wrong on purpose.
fn is_ours(file: &File) -> bool {
    let given = ["LICENSE-APACHE", "Cargo.lock"].contains(&file.path.as_str());
    !given && !file.has_extension("sip") && !file.path.contains("/corpus/")
}

fn complain_about(broken: impl Fn(&File, &str) -> Option<String>) -> Vec<String> {
    let files = repository::text_files();
    assert!(
        files.len() > 50,
        "only {} files found: the search is broken",
        files.len()
    );
    let mut complaints = Vec::new();
    for file in files.iter().filter(|file| is_ours(file)) {
        for (number, line) in file.lines() {
            complaints.extend(broken(file, line).map(|what| format!("{}:{number} {what}", file.path)));
        }
    }
    complaints
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        !line[..at].ends_with(is_name)
            && (word.ends_with('!') || !line[at + word.len()..].starts_with(is_name))
    })
}

#[test]
fn nothing_is_left_unfinished() {
    let complaints = complain_about(|_, line| {
        let word = UNFINISHED.into_iter().find(|word| has_word(line, word))?;
        Some(format!("has {word}"))
    });
    refuse("nothing is left unfinished", &complaints);
}

#[test]
fn no_path_of_a_persons_machine() {
    let complaints = complain_about(|_, line| {
        let path = FOREIGN_PATHS.into_iter().find(|path| {
            let begins = |at: usize| !line[..at].ends_with(|c: char| is_name(c) || "./-}~*".contains(c));
            line.match_indices(path).any(|(at, _)| begins(at))
        })?;
        Some(format!("names {path}"))
    });
    refuse("no path of a person's machine", &complaints);
}

#[test]
fn no_line_ends_in_a_space() {
    let complaints = complain_about(|_, line| {
        let line = line.strip_suffix('\r').unwrap_or(line);
        line.ends_with([' ', '\t']).then(|| "ends in a space".to_owned())
    });
    refuse("no line ends in a space", &complaints);
}

#[test]
fn every_crate_says_what_it_is() {
    let mut complaints = Vec::new();
    let mut crates = 0;
    for file in repository::text_files() {
        if file.is_in("crates") && file.path.ends_with("/src/lib.rs") && file.path.matches('/').count() == 3 {
            crates += 1;
            for heading in HEADINGS {
                if !file
                    .text
                    .lines()
                    .any(|line| line.trim_end_matches('.') == heading)
                {
                    complaints.push(format!("{} lacks {heading:?}", file.path));
                }
            }
        }
    }
    assert!(crates > 5, "only {crates} crates found: the search is broken");
    refuse("every lib.rs has its four headings", &complaints);
}

/// The test code of a file: all of a file under `tests/` or named for tests, else what follows `#[cfg(test)]`.
fn test_code(file: &File) -> Option<(usize, String)> {
    let code = source::blank_out(&file.text);
    let name = file.path.rsplit('/').next().unwrap_or_default();
    if file.path.contains("/tests/") || name == "tests.rs" || name.ends_with("_test.rs") {
        return Some((0, code));
    }
    let from = code.find("#[cfg(test)]")?;
    Some((code[..from].matches('\n').count(), code[from..].to_owned()))
}

#[test]
fn tests_wait_for_conditions_not_for_time() {
    let mut complaints = Vec::new();
    let files = repository::text_files();
    for file in files
        .iter()
        .filter(|file| file.is_in("crates") && file.has_extension("rs"))
    {
        let Some((first, code)) = test_code(file) else {
            continue;
        };
        for (number, line) in code.lines().enumerate() {
            if line.contains("thread::sleep") || line.contains("time::sleep") {
                complaints.push(format!("{}:{} sleeps", file.path, first + number + 1));
            }
        }
    }
    refuse("tests wait for conditions", &complaints);
}

#[test]
fn no_half_of_a_merge_is_left_standing() {
    let marks = ["<", ">"].map(|sign| sign.repeat(7) + " ");
    let mut complaints = Vec::new();
    for file in repository::text_files() {
        for (number, line) in file.lines() {
            if marks.iter().any(|mark| line.starts_with(mark.as_str())) {
                complaints.push(format!("{}:{number}", file.path));
            }
        }
    }
    refuse("a merge left its marks", &complaints);
}
