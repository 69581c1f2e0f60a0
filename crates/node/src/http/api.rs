//! Paths and their description, said once: the router serves what the OpenAPI document describes.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::handler::Handler;
use axum::middleware::from_fn;
use axum::routing::{MethodFilter, on};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::guard::{Guard, guard};
use super::problem::ProblemBody;
use crate::access::Scope;
use crate::live::Live;

type Described = fn(&mut SchemaGenerator) -> Schema;

/// One operation of the API.
pub(super) struct Operation {
    name: &'static str,
    summary: &'static str,
    guard: Guard,
    query: Option<Described>,
    headers: &'static [(&'static str, &'static str)],
    body: Option<Described>,
    answer: Option<Described>,
    media_type: &'static str,
    problems: &'static [u16],
}

impl Operation {
    /// An operation that needs `scope`; tokens of customers open it.
    pub(super) fn new(name: &'static str, scope: Scope, summary: &'static str) -> Self {
        Self {
            name,
            summary,
            guard: Guard {
                scope,
                for_customers: true,
                open_here: false,
            },
            query: None,
            headers: &[],
            body: None,
            answer: None,
            media_type: "application/json",
            problems: &[],
        }
    }

    /// The same, not for tokens of customers.
    pub(super) fn of_the_node(mut self) -> Self {
        self.guard.for_customers = false;
        self
    }

    pub(super) fn query<T: JsonSchema>(mut self) -> Self {
        self.query = Some(SchemaGenerator::subschema_for::<T>);
        self
    }

    /// Request headers it understands, each with what it is for.
    pub(super) fn headers(mut self, headers: &'static [(&'static str, &'static str)]) -> Self {
        self.headers = headers;
        self
    }

    pub(super) fn body<T: JsonSchema>(mut self) -> Self {
        self.body = Some(SchemaGenerator::subschema_for::<T>);
        self
    }

    pub(super) fn json<T: JsonSchema>(mut self) -> Self {
        self.answer = Some(SchemaGenerator::subschema_for::<T>);
        self
    }

    /// Its answer is something else than JSON.
    pub(super) fn media_type(mut self, media_type: &'static str) -> Self {
        self.media_type = media_type;
        self
    }

    /// Statuses of the problems it may answer with, besides those of the token.
    pub(super) fn problems(mut self, problems: &'static [u16]) -> Self {
        self.problems = problems;
        self
    }
}

/// Routes and their operations.
pub(super) struct Api {
    router: Router<Arc<Live>>,
    operations: Vec<(&'static str, &'static str, Operation)>,
}

impl Api {
    pub(super) fn new() -> Self {
        Self {
            router: Router::new(),
            operations: Vec::new(),
        }
    }

    pub(super) fn get<H, T>(self, path: &'static str, handler: H, operation: Operation) -> Self
    where
        H: Handler<T, Arc<Live>>,
        T: 'static,
    {
        self.add("get", MethodFilter::GET, path, handler, operation)
    }

    pub(super) fn put<H, T>(self, path: &'static str, handler: H, operation: Operation) -> Self
    where
        H: Handler<T, Arc<Live>>,
        T: 'static,
    {
        self.add("put", MethodFilter::PUT, path, handler, operation)
    }

    pub(super) fn post<H, T>(self, path: &'static str, handler: H, operation: Operation) -> Self
    where
        H: Handler<T, Arc<Live>>,
        T: 'static,
    {
        self.add("post", MethodFilter::POST, path, handler, operation)
    }

    fn add<H, T>(
        mut self,
        method: &'static str,
        filter: MethodFilter,
        path: &'static str,
        handler: H,
        operation: Operation,
    ) -> Self
    where
        H: Handler<T, Arc<Live>>,
        T: 'static,
    {
        let guarded = operation.guard;
        let before = from_fn(move |live, from, request, next| guard(guarded, live, from, request, next));
        self.router = self.router.route(path, on(filter, handler).route_layer(before));
        self.operations.push((method, path, operation));
        self
    }

    /// What serves it.
    pub(super) fn into_router(self) -> Router<Arc<Live>> {
        self.router
    }

    /// The OpenAPI 3.1 document.
    pub(super) fn document(&self) -> Value {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
            })
        };
        let mut written = settings().for_serialize().into_generator();
        let mut read = settings().for_deserialize().into_generator();
        let mut paths: Map<String, Value> = Map::new();
        for (method, path, operation) in &self.operations {
            let described = operation.describe(path, &mut written, &mut read);
            let methods = paths.entry(*path).or_insert_with(|| json!({}));
            methods[*method] = described;
        }
        let problem = written.subschema_for::<ProblemBody>();
        let mut schemas = read.take_definitions(true);
        schemas.extend(written.take_definitions(true));
        json!({
            "openapi": "3.1.0",
            "info": {
                "title": "Pointsman",
                "version": env!("CARGO_PKG_VERSION"),
                "description": "Control API of a Pointsman switch. Times are Unix milliseconds unless they say otherwise.",
                "license": { "name": "MIT OR Apache-2.0" },
            },
            "servers": [ { "url": "/" } ],
            "security": [ { "token": [] } ],
            "paths": paths,
            "components": {
                "schemas": schemas,
                "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
                "responses": {
                    "Problem": {
                        "description": "A problem (RFC 9457); `detail` says what to do.",
                        "content": { "application/problem+json": { "schema": problem } },
                    },
                },
            },
        })
    }
}

impl Operation {
    fn describe(&self, path: &str, written: &mut SchemaGenerator, read: &mut SchemaGenerator) -> Value {
        let mut parameters: Vec<Value> = path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
            .collect();
        parameters.extend(
            self.query
                .map(|schema| query_parameters(schema, read))
                .unwrap_or_default(),
        );
        parameters.extend(self.headers.iter().map(|(name, what)| {
            json!({ "name": name, "in": "header", "description": what, "schema": { "type": "string" } })
        }));
        let answer = self
            .answer
            .map_or_else(|| json!({}), |schema| json!({ "schema": schema(written) }));
        let mut responses =
            json!({ "200": { "description": "Done.", "content": { self.media_type: answer } } });
        // A request that cannot be read, a token that will not do, and a node that cannot.
        let always = [400, 401, 403, 429, 500, 503];
        let statuses: BTreeSet<u16> = always.iter().chain(self.problems).copied().collect();
        for status in statuses {
            responses[status.to_string()] = json!({ "$ref": "#/components/responses/Problem" });
        }
        let bound = if self.guard.for_customers {
            "a token that is bound to a customer sees what is that customer's"
        } else {
            "not for tokens that are bound to a customer"
        };
        let mut described = json!({
            "operationId": self.name,
            "summary": self.summary,
            "description": format!("Needs scope `{}`; {bound}.", self.guard.scope),
            "parameters": parameters,
            "responses": responses,
        });
        if let Some(body) = self.body {
            let content = json!({ "application/json": { "schema": body(read) } });
            described["requestBody"] = json!({ "required": true, "content": content });
        }
        described
    }
}

/// Each property of the type is a parameter.
fn query_parameters(described: Described, read: &mut SchemaGenerator) -> Vec<Value> {
    let by_name = described(read);
    let name = by_name
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|reference| reference.rsplit('/').next())
        .unwrap_or_default();
    // The type itself is no schema of the document: its properties are.
    let whole = read.definitions_mut().remove(name).unwrap_or_default();
    let properties = whole["properties"].as_object().cloned().unwrap_or_default();
    properties
        .into_iter()
        .map(|(name, mut schema)| {
            let what = schema
                .as_object_mut()
                .and_then(|schema| schema.remove("description"))
                .unwrap_or_default();
            json!({ "name": name, "in": "query", "description": what, "schema": schema })
        })
        .collect()
}
