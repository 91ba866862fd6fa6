//! What a value may be, and a member of an object.

/// What a value may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// A string of so many code points, of a form.
    Text(usize, usize, Form),
    /// So many bytes, as hexadecimal text.
    Bytes(usize, usize),
    /// Eight bytes that are not all zero.
    Challenge,
    /// A serial number.
    Serial,
    /// A number from the first to the last.
    Number(u64, u64),
    /// One of these numbers.
    Numbers(&'static [u64]),
    /// One of these words.
    Words(&'static [&'static str]),
    /// True or false.
    Boolean,
    /// Null, or this.
    Nullable(&'static Type),
    /// So many of these.
    Array(usize, usize, &'static Type),
    /// An array of just these two.
    Pair(&'static Type, &'static Type),
    /// An object with these members and no others.
    Object(&'static [Member]),
    /// An object whose member of this name says which others it has.
    Tagged(&'static str, &'static [(&'static str, &'static [Member])]),
}

/// What stands in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Any characters.
    Any,
    /// ASCII.
    Ascii,
    /// Hexadecimal digits.
    Digits,
    /// Digits and capital letters.
    Label,
    /// The same, and blanks at the end only.
    Name,
}

/// A member of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: &'static str,
    /// Whether it may not be missing.
    pub required: bool,
    /// What it may be.
    pub of: Type,
}

pub(super) const fn must(name: &'static str, of: Type) -> Member {
    Member { name, required: true, of }
}

pub(super) const fn may(name: &'static str, of: Type) -> Member {
    Member { name, required: false, of }
}
