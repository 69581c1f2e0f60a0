//! Validation against the part of JSON Schema that our schemas use. A keyword it does not know is a panic,
//! so that it cannot pass over a rule.

use regex_lite::Regex;
use serde_json::{Map, Value as Json};

pub(crate) struct Validator {
    root: Json,
}

impl Validator {
    pub(crate) fn new(root: Json) -> Self {
        Self { root }
    }

    /// Every place where `value` does not fit, and why.
    pub(crate) fn faults(&self, value: &Json) -> Vec<String> {
        let mut faults = Vec::new();
        self.check(&self.root, value, "", &mut faults);
        faults
    }

    fn check(&self, schema: &Json, value: &Json, path: &str, faults: &mut Vec<String>) {
        let schema = match schema {
            Json::Bool(true) => return,
            Json::Bool(false) => return faults.push(format!("{path}: nothing is allowed here")),
            Json::Object(schema) => schema,
            other => panic!("{other} is no schema"),
        };
        for (keyword, rule) in schema {
            self.check_keyword((keyword, rule), schema, value, path, faults);
        }
    }

    fn follow(&self, rule: &Json, value: &Json, path: &str, faults: &mut Vec<String>) {
        let target = rule
            .as_str()
            .and_then(|target| target.strip_prefix('#'))
            .expect("a local reference");
        self.check(
            self.root.pointer(target).expect("the definition exists"),
            value,
            path,
            faults,
        );
    }

    fn check_keyword(
        &self,
        (keyword, rule): (&str, &Json),
        schema: &Map<String, Json>,
        value: &Json,
        path: &str,
        faults: &mut Vec<String>,
    ) {
        let mut fault = |is_wrong: bool, why: String| {
            if is_wrong {
                faults.push(format!("{path}: {why}"));
            }
        };
        match keyword {
            "$schema" | "definitions" | "description" | "title" | "default" | "format" => {}
            "$ref" => self.follow(rule, value, path, faults),
            "allOf" => list(rule)
                .iter()
                .for_each(|part| self.check(part, value, path, faults)),
            "anyOf" | "oneOf" => {
                let fits = |part: &&Json| {
                    let mut faults = Vec::new();
                    self.check(part, value, path, &mut faults);
                    faults.is_empty()
                };
                let count = list(rule).iter().filter(fits).count();
                fault(
                    count == 0 || keyword == "oneOf" && count > 1,
                    format!("{count} choices fit {value}"),
                );
            }
            "type" => {
                let types = if rule.is_array() {
                    list(rule).to_vec()
                } else {
                    vec![rule.clone()]
                };
                let fits = types
                    .iter()
                    .any(|kind| is_of(kind.as_str().unwrap_or_default(), value));
                fault(!fits, format!("{value} is not of type {rule}"));
            }
            "enum" => fault(
                !list(rule).contains(value),
                format!("{value} is not one of {rule}"),
            ),
            "const" => fault(value != rule, format!("{value} is not {rule}")),
            "minimum" => fault(value.as_f64() < rule.as_f64(), format!("{value} is below {rule}")),
            "maximum" => fault(value.as_f64() > rule.as_f64(), format!("{value} is above {rule}")),
            "minItems" => {
                let count = value.as_array().map(|items| items.len() as u64);
                fault(
                    count.is_some_and(|count| Some(count) < rule.as_u64()),
                    format!("fewer than {rule} items"),
                );
            }
            "pattern" => {
                let pattern =
                    Regex::new(rule.as_str().expect("a pattern is text")).expect("the pattern is a regex");
                let wrong = value.as_str().is_some_and(|text| !pattern.is_match(text));
                fault(wrong, format!("{value} does not match {rule}"));
            }
            "required" => {
                for key in list(rule).iter().filter_map(Json::as_str) {
                    fault(
                        value.is_object() && value.get(key).is_none(),
                        format!("{key} is missing"),
                    );
                }
            }
            "properties" => {
                for (key, part) in rule.as_object().expect("properties are a map") {
                    if let Some(value) = value.get(key) {
                        self.check(part, value, &format!("{path}.{key}"), faults);
                    }
                }
            }
            "additionalProperties" => {
                let known = schema.get("properties").and_then(Json::as_object);
                for (key, value) in value.as_object().into_iter().flatten() {
                    if !known.is_some_and(|known| known.contains_key(key)) {
                        self.check(rule, value, &format!("{path}.{key}"), faults);
                    }
                }
            }
            "items" => {
                for (index, value) in value.as_array().into_iter().flatten().enumerate() {
                    self.check(rule, value, &format!("{path}[{index}]"), faults);
                }
            }
            _ => panic!("the keyword {keyword} is not known here"),
        }
    }
}

fn list(rule: &Json) -> &[Json] {
    rule.as_array().expect("the rule is a list")
}

fn is_of(kind: &str, value: &Json) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => panic!("there is no type {kind}"),
    }
}
