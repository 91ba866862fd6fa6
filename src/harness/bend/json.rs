//! JSON as it is written: what a value can't say (a member twice, a number with a fraction of nothing) a text can.

use std::fmt;

use serde_json::Value;

/// A JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Json {
    /// A text, number or word, as it is written.
    Raw(String),
    /// An array.
    Array(Vec<Json>),
    /// An object: each name as it is written, quotes included, and its value.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Something that is written just so.
    pub(super) fn raw(text: &str) -> Self {
        Self::Raw(text.to_owned())
    }

    /// A string.
    pub(super) fn text(text: &str) -> Self {
        Self::Raw(quoted(text))
    }

    /// The value of a member.
    pub(super) fn member(&self, name: &str) -> Option<&Json> {
        let Self::Object(members) = self else { return None };
        let name = quoted(name);
        members.iter().find(|(written, _)| *written == name).map(|(_, value)| value)
    }
}

/// A string as JSON writes it.
pub(super) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

impl From<&Value> for Json {
    fn from(value: &Value) -> Self {
        match value {
            Value::Array(items) => Self::Array(items.iter().map(Self::from).collect()),
            Value::Object(members) => {
                let members = members.iter().map(|(name, value)| (quoted(name), Self::from(value)));
                Self::Object(members.collect())
            }
            other => Self::Raw(other.to_string()),
        }
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let comma = |f: &mut fmt::Formatter<'_>, at: usize| f.write_str(if at == 0 { "" } else { "," });
        match self {
            Self::Raw(text) => f.write_str(text),
            Self::Array(items) => {
                f.write_str("[")?;
                for (at, item) in items.iter().enumerate() {
                    comma(f, at)?;
                    write!(f, "{item}")?;
                }
                f.write_str("]")
            }
            Self::Object(members) => {
                f.write_str("{")?;
                for (at, (name, value)) in members.iter().enumerate() {
                    comma(f, at)?;
                    write!(f, "{name}:{value}")?;
                }
                f.write_str("}")
            }
        }
    }
}
