//! JSON Schema of the files, for editors.

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
    let _ = kind;
    todo!()
}
