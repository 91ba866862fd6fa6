//! An operation whose type is not known: what judges any of a hundred operations is compiled once, not a hundred times.

use std::any::Any;
use std::fmt;

use serde::ser::Error as _;
use serde_json::value::{RawValue, to_raw_value};

use crate::json;
use crate::protocol::{Operation, read_raw};

/// A result of some operation.
pub type Value = Box<dyn Any>;

/// How the parameters and the result of an operation are written and read.
pub struct Shape {
    /// The operation's name.
    pub name: &'static str,
    takes: fn(&RawValue) -> bool,
    write: fn(&dyn Any) -> Result<Box<RawValue>, serde_json::Error>,
    read: fn(&RawValue) -> Result<Value, serde_json::Error>,
    show: fn(&dyn Any) -> String,
}

impl Shape {
    /// That of `Op`.
    pub(crate) const fn of<Op: Operation>() -> Self {
        Self {
            name: Op::NAME,
            takes: takes::<Op>,
            write: write::<Op>,
            read: read::<Op::Output>,
            show: show::<Op::Output>,
        }
    }

    /// Whether these are parameters of the operation.
    pub fn takes(&self, params: &RawValue) -> bool {
        (self.takes)(params)
    }

    /// Parameters, as they stand in a question; those of another operation are an error.
    pub fn write(&self, params: &dyn Any) -> Result<Box<RawValue>, serde_json::Error> {
        (self.write)(params)
    }

    /// The result, as it stands in an answer.
    pub fn read(&self, result: &RawValue) -> Result<Value, serde_json::Error> {
        (self.read)(result)
    }

    /// A result in words, as it stands on the wire.
    pub fn show(&self, result: &Value) -> String {
        (self.show)(result.as_ref())
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

fn takes<Op: Operation>(params: &RawValue) -> bool {
    read_raw::<Op>(params).is_ok()
}

fn write<Op: Operation>(params: &dyn Any) -> Result<Box<RawValue>, serde_json::Error> {
    match params.downcast_ref::<Op>() {
        Some(params) => to_raw_value(params),
        None => Err(serde_json::Error::custom(format!("not the parameters of {}", Op::NAME))),
    }
}

fn read<T: serde::de::DeserializeOwned + Any>(result: &RawValue) -> Result<Value, serde_json::Error> {
    Ok(Box::new(read_raw::<T>(result)?))
}

fn show<T: serde::Serialize + Any>(result: &dyn Any) -> String {
    result.downcast_ref::<T>().map_or("(another operation's result)".into(), json::show)
}
