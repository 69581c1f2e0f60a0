//! As much of JSON Schema as the document uses, and stricter: what a schema does not name must not be there.

use serde_json::Value;

/// A document whose schemas refer to each other.
pub(crate) struct Schemas(Value);

impl Schemas {
    pub(crate) fn new(document: Value) -> Self {
        Self(document)
    }

    /// What of `value` is not as `schema` says.
    pub(crate) fn complaints(&self, schema: &Value, value: &Value) -> Vec<String> {
        let mut complaints = Vec::new();
        self.check(schema, value, "", &mut complaints);
        complaints
    }

    fn check(&self, schema: &Value, value: &Value, place: &str, complaints: &mut Vec<String>) {
        if schema == &Value::Bool(true) {
            return;
        }
        let Some(members) = schema.as_object() else {
            complaints.push(format!("{place}: {schema} is no schema"));
            return;
        };
        if let Some(Value::String(reference)) = members.get("$ref") {
            let found = self.0.pointer(reference.trim_start_matches('#')).unwrap();
            return self.check(found, value, place, complaints);
        }
        for (word, rule) in members {
            match word.as_str() {
                "type" if !is_of(rule, value) => complaints.push(format!("{place}: {value} is no {rule}")),
                "enum" if !rule.as_array().unwrap().contains(value) => {
                    complaints.push(format!("{place}: {value} is none of {rule}"));
                }
                "const" if rule != value => complaints.push(format!("{place}: {value} is not {rule}")),
                "minimum" if value.is_number() && value.as_f64() < rule.as_f64() => {
                    complaints.push(format!("{place}: {value} is below {rule}"));
                }
                "anyOf" | "oneOf" => {
                    let fits = |one: &&Value| self.complaints(one, value).is_empty();
                    if !rule.as_array().unwrap().iter().any(|one| fits(&one)) {
                        complaints.push(format!("{place}: {value} is none of {rule}"));
                    }
                }
                "items" => {
                    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(rule, item, &format!("{place}/{index}"), complaints);
                    }
                }
                "required" if value.is_object() => {
                    for name in rule.as_array().unwrap() {
                        if value.get(name.as_str().unwrap()).is_none() {
                            complaints.push(format!("{place}: {name} is missing"));
                        }
                    }
                }
                "type"
                | "enum"
                | "const"
                | "minimum"
                | "required"
                | "properties"
                | "additionalProperties"
                | "description"
                | "format"
                | "default"
                | "title"
                | "minLength"
                | "maxLength"
                | "maximum"
                | "propertyNames" => {}
                other => complaints.push(format!("{place}: the test does not know {other}")),
            }
        }
        self.check_members(schema, value, place, complaints);
    }

    fn check_members(&self, schema: &Value, value: &Value, place: &str, complaints: &mut Vec<String>) {
        let named = schema.get("properties").and_then(Value::as_object);
        let others = schema.get("additionalProperties");
        let Some(object) = value.as_object().filter(|_| named.is_some() || others.is_some()) else {
            return;
        };
        for (name, member) in object {
            let place = format!("{place}/{name}");
            match (named.and_then(|named| named.get(name)), others) {
                (Some(rule), _) => self.check(rule, member, &place, complaints),
                (None, Some(rule)) if rule != &Value::Bool(false) => {
                    self.check(rule, member, &place, complaints);
                }
                _ => complaints.push(format!("{place} is not in the document")),
            }
        }
    }
}

fn is_of(rule: &Value, value: &Value) -> bool {
    let one = |name: &str| match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    };
    match rule {
        Value::String(name) => one(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).any(one),
        _ => false,
    }
}

#[test]
fn the_checker_finds_what_is_wrong() {
    let schemas = Schemas::new(serde_json::json!({
        "s": { "type": "object", "required": ["a"], "properties": {
            "a": { "type": ["integer", "null"] }, "b": { "enum": ["x"] }, "c": { "items": { "type": "string" } } } }
    }));
    let count = |text: &str| {
        let value = serde_json::from_str(text).unwrap();
        schemas
            .complaints(&serde_json::json!({ "$ref": "#/s" }), &value)
            .len()
    };
    assert_eq!(count(r#"{"a":1,"b":"x","c":["y"]}"#), 0);
    assert_eq!(count(r#"{"a":null}"#), 0);
    for wrong in [
        "{}",
        "[]",
        r#"{"a":"1"}"#,
        r#"{"a":1,"b":"y"}"#,
        r#"{"a":1,"c":[1]}"#,
        r#"{"a":1,"d":1}"#,
    ] {
        assert_eq!(count(wrong), 1, "{wrong}");
    }
}
