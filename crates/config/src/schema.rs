//! JSON Schema of the files, for editors.

use schemars::generate::SchemaSettings;

use crate::form::{CustomerFile, NodeFile};

/// The two kinds of configuration file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// The node file.
    Node,
    /// A customer file.
    Customer,
}

/// The JSON Schema of a kind of file, as committed under `config/schema/`.
#[must_use]
pub fn schema(kind: FileKind) -> String {
    let generator = SchemaSettings::draft07().into_generator();
    let schema = match kind {
        FileKind::Node => generator.into_root_schema_for::<NodeFile>(),
        FileKind::Customer => generator.into_root_schema_for::<CustomerFile>(),
    };
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema is JSON");
    text.push('\n');
    text
}
