//! Differences of two values, one line each.

use std::collections::BTreeSet;

use serde_json::Value as Json;

/// Longest text of a value in a line.
const LONGEST: usize = 120;

/// Every difference, as `path old becomes new`, `path new added` or `path old removed`.
pub(super) fn differences(old: &Json, new: &Json) -> Vec<String> {
    let mut lines = Vec::new();
    compare("", old, new, &mut lines);
    lines
}

fn compare(path: &str, old: &Json, new: &Json, lines: &mut Vec<String>) {
    match (old, new) {
        _ if old == new => {}
        (Json::Object(before), Json::Object(after)) => {
            let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
            for key in keys {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                one(&path, before.get(key), after.get(key), lines);
            }
        }
        (Json::Array(before), Json::Array(after)) if is_plain(before) && is_plain(after) => {
            let count = |all: &[Json], item: &Json| all.iter().filter(|other| *other == item).count();
            let gone: BTreeSet<String> = before
                .iter()
                .filter(|item| count(after, item) < count(before, item))
                .map(brief)
                .collect();
            let come: BTreeSet<String> = after
                .iter()
                .filter(|item| count(before, item) < count(after, item))
                .map(brief)
                .collect();
            lines.extend(gone.iter().map(|item| said(path, &format!("{item} removed"))));
            lines.extend(come.iter().map(|item| said(path, &format!("{item} added"))));
            if gone.is_empty() && come.is_empty() {
                lines.push(said(path, &format!("in another order, {}", brief(new))));
            }
        }
        (Json::Array(before), Json::Array(after)) => {
            for index in 0..before.len().max(after.len()) {
                one(
                    &format!("{path}[{index}]"),
                    before.get(index),
                    after.get(index),
                    lines,
                );
            }
        }
        _ => lines.push(said(path, &format!("{} becomes {}", brief(old), brief(new)))),
    }
}

fn one(path: &str, old: Option<&Json>, new: Option<&Json>, lines: &mut Vec<String>) {
    match (old, new) {
        (Some(old), Some(new)) => compare(path, old, new, lines),
        (None, Some(new)) => lines.push(said(path, &format!("{} added", brief(new)))),
        (Some(old), None) => lines.push(said(path, &format!("{} removed", brief(old)))),
        (None, None) => {}
    }
}

fn said(path: &str, what: &str) -> String {
    if path.is_empty() {
        what.to_owned()
    } else {
        format!("{path} {what}")
    }
}

fn is_plain(items: &[Json]) -> bool {
    items.iter().all(|item| !item.is_object() && !item.is_array())
}

/// A value on one line, as one would write it in YAML; long ones are cut.
pub(super) fn brief(value: &Json) -> String {
    let mut text = String::new();
    write(value, &mut text);
    if text.chars().count() > LONGEST {
        text = text.chars().take(LONGEST - 1).chain(['…']).collect();
    }
    text
}

fn write(value: &Json, text: &mut String) {
    match value {
        Json::Null => text.push_str("nothing"),
        Json::Bool(value) => text.push_str(&value.to_string()),
        Json::Number(value) => text.push_str(&value.to_string()),
        Json::String(value) => text.push_str(value),
        Json::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { ", " });
                write(item, text);
            }
            text.push(']');
        }
        Json::Object(entries) => {
            text.push_str("{ ");
            for (index, (key, item)) in entries.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { ", " });
                text.push_str(key);
                text.push_str(": ");
                write(item, text);
            }
            text.push_str(" }");
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::differences;

    #[test]
    fn each_difference_is_one_line() {
        let old = json!({ "ring": "20s", "on": { "busy": "a" }, "list": ["x", "y"], "gone": 1, "many": [{ "to": "a" }] });
        let new = json!({ "ring": "25s", "on": { "busy": "b", "no_answer": "c" }, "list": ["y", "z"], "many": [{ "to": "b" }, { "to": "c" }] });
        assert_eq!(
            differences(&old, &new),
            [
                "gone 1 removed",
                "list x removed",
                "list z added",
                "many[0].to a becomes b",
                "many[1] { to: c } added",
                "on.busy a becomes b",
                "on.no_answer c added",
                "ring 20s becomes 25s",
            ]
        );
    }

    #[test]
    fn order_of_a_list_is_a_difference_and_order_of_keys_is_none() {
        assert_eq!(
            differences(&json!(["a", "b"]), &json!(["b", "a"])),
            ["in another order, [b, a]"]
        );
        assert_eq!(
            differences(&json!({ "a": 1, "b": 2 }), &json!({ "b": 2, "a": 1 })),
            [""; 0]
        );
    }
}
