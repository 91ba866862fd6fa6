//! What an application answers, by whatever algorithm it has: the profile's (SPEC section 14) or an open one
//! (section 25).

use subtle::ConstantTimeEq;

use super::keys::{Application, Key};
use super::mac::sha256;
use super::oath::ocra::Questioned;
use super::oath::suite::Suite;
use super::oath::{Hash, Keyed, decimal, hexadecimal, reduce, totp_counter, totp_hash};
use super::response::{Form, Moment, Responder};
use crate::fault;

/// How an application makes its responses.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// 1: SPEC section 14.
    Profile,
    /// 2: RFC 4226.
    Hotp,
    /// 3, 5, 6: RFC 6238.
    Totp(Hash),
    /// 4: RFC 6287.
    Ocra(Suite),
}

/// What is answered.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// Data without a message: nothing, a challenge (one field, form's mode 2) or data fields (mode 3).
    Data(&'a [&'a [u8]]),
    /// A frame as received.
    Message(&'a [u8]),
}

/// An application key, expanded, and what is answered: one for all candidates of a window.
pub struct Answers<'a> {
    how: How<'a>,
    /// Characters of a response.
    length: u8,
}

#[allow(clippy::large_enum_variant)] // one for each search, on the stack
enum How<'a> {
    Profile(Responder, Subject<'a>),
    Hotp(Keyed),
    Totp(Keyed),
    Ocra(Questioned),
}

impl<'a> Answers<'a> {
    /// The answers of an application to `subject`, written in this form. ALG-7.
    pub fn new(key: &Key<Application>, form: Form, algorithm: &Algorithm, subject: Subject<'a>) -> Self {
        let bytes = key.expose();
        let how = match algorithm {
            Algorithm::Profile => How::Profile(Responder::new(key, form), subject),
            Algorithm::Hotp => How::Hotp(Keyed::new(Hash::Sha1, bytes)),
            Algorithm::Totp(hash) => How::Totp(Keyed::new(totp_hash(*hash), bytes)),
            Algorithm::Ocra(suite) => {
                How::Ocra(Questioned::new(suite, bytes, &question(form, suite, subject)))
            }
        };
        Self { how, length: form.length }
    }

    /// The one at this moment.
    pub fn at(&self, moment: Moment) -> String {
        match &self.how {
            How::Profile(responder, Subject::Data(fields)) => responder.response(moment, fields),
            How::Profile(responder, Subject::Message(frame)) => responder.response(moment, &[frame]),
            How::Hotp(_) | How::Totp(_) | How::Ocra(_) => decimal(self.truncated(moment), self.length),
        }
    }

    /// The first of `moments` whose answer is `given`, in the form that [`Form::read`] gives. Each comparison
    /// takes constant time.
    pub fn find<Moments>(&self, moments: Moments, given: &str) -> Option<Moment>
    where
        Moments: IntoIterator<Item = Moment>,
        Moments::IntoIter: Clone,
    {
        let mut moments = moments.into_iter();
        match &self.how {
            How::Profile(responder, Subject::Data(fields)) => responder.find(moments, fields, given),
            How::Profile(responder, Subject::Message(frame)) => responder.find(moments, &[frame], given),
            // As a number: so many digits are one, and nothing is written out for each candidate.
            How::Hotp(_) | How::Totp(_) | How::Ocra(_) => {
                let given: u64 = given.parse().ok()?;
                moments.find(|moment| reduce(self.truncated(*moment), self.length).ct_eq(&given).into())
            }
        }
    }

    /// The 31 bits of an open algorithm; nothing of the profile's.
    fn truncated(&self, Moment { step, event }: Moment) -> u32 {
        match &self.how {
            How::Profile(..) => 0,
            How::Hotp(mac) => mac.hotp(event),
            How::Totp(mac) => mac.hotp(totp_counter(step)),
            How::Ocra(questioned) => questioned.truncated(event, step),
        }
    }
}

/// ALG-7: the question of an OCRA application.
fn question(form: Form, suite: &Suite, subject: Subject<'_>) -> String {
    /// The number of mode SG: data fields.
    const FIELDS: u8 = 3;
    match subject {
        Subject::Message(frame) => {
            let body = frame.get(super::protect::HEADER_LENGTH..).unwrap_or_default();
            hexadecimal(&sha256(&[fault::bent("question-without-header", frame, body)]))
        }
        Subject::Data(fields) if form.mode == FIELDS && suite.takes_hash() => {
            hexadecimal(&fault::bent("fields-without-length", hash_of_fields(fields), sha256(fields)))
        }
        Subject::Data(fields) => fields.iter().map(|field| String::from_utf8_lossy(field)).collect(),
    }
}

/// SHA-256 over `u16 length || bytes` of each field.
pub fn hash_of_fields(fields: &[&[u8]]) -> [u8; 32] {
    let lengths: Vec<[u8; 2]> =
        fields.iter().map(|field| u16::try_from(field.len()).unwrap_or(u16::MAX).to_be_bytes()).collect();
    let parts: Vec<&[u8]> = lengths.iter().zip(fields).flat_map(|(n, field)| [&n[..], field]).collect();
    sha256(&parts)
}

/// One answer. [`Answers::at`].
pub fn answer(
    key: &Key<Application>,
    form: Form,
    algorithm: &Algorithm,
    subject: Subject<'_>,
    moment: Moment,
) -> String {
    Answers::new(key, form, algorithm, subject).at(moment)
}
