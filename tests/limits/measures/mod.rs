//! How the limits are measured: each of these gives all values of a kind that a question has, and none where it has none.

mod client;
mod messages;
mod responses;
mod server;
mod stored;

pub(crate) use client::*;
pub(crate) use messages::*;
pub(crate) use responses::*;
pub(crate) use server::*;
pub(crate) use stored::*;

use crate::asked::Asked;

pub(crate) fn one(n: Option<i128>) -> Vec<i128> {
    n.into_iter().collect()
}

pub(crate) fn length(n: usize) -> i128 {
    i128::try_from(n).unwrap()
}

pub(crate) fn chars(text: &str) -> i128 {
    length(text.chars().count())
}

pub(crate) fn text_length(a: &Asked<'_>, name: &str) -> Vec<i128> {
    one(a.text(name).map(chars))
}
