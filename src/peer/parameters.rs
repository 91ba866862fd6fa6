//! What the parameters of a question may be, operation by operation: the schema of the peer protocol as data, for who
//! bends questions. `tests/parameters.rs` makes the table from `vectors/peer-protocol.schema.json`, and `tests/schema.rs`
//! holds that to the types of [`operations`](crate::operations).

mod kind;
#[rustfmt::skip] // generated, an operation per line
mod table;

pub use kind::{Form, Member, Type};

/// The parameters of an operation; an object.
pub fn parameters(operation: &str) -> Option<Type> {
    let row = table::PARAMETERS.iter().find(|(name, _)| *name == operation);
    row.map(|(_, members)| Type::Object(members))
}

/// The operations in the table, in its order.
pub fn operations() -> impl Iterator<Item = &'static str> {
    table::PARAMETERS.iter().map(|(name, _)| *name)
}
