//! Codes and responses: digits with their check digit, and with another last one.

use channel::check_digit::{Radix, check_digit};

/// These digits and their check digit.
pub fn with_digit(digits: &str, radix: Radix) -> String {
    format!("{digits}{}", check_digit(digits, radix))
}

/// The same but for its last character, which is another digit.
pub fn with_another_last(code: &str) -> String {
    let mut code = code.to_owned();
    let another = if code.pop() == Some('0') { '1' } else { '0' };
    code.push(another);
    code
}
