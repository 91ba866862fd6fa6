//! `export.svf`: the static vector, as it is built into an app. Upper-case hexadecimal text and one LF.
//! SPEC section 28.

use crate::bytes::Wire;
use crate::error::{Found, Refusal, ensure};
use crate::fault;
use crate::rule::SDL_7;
use crate::text::hex;
use crate::wire::static_vector::StaticVector;

/// The file of a static vector's bytes.
pub fn write(static_vector: &[u8]) -> String {
    hex::encode(static_vector) + "\n"
}

/// The static vector's bytes. SDL-7, then its own rules (STV).
pub fn read(file: &[u8]) -> Result<Vec<u8>, Refusal> {
    let digits = file.strip_suffix(b"\n");
    let digits = fault::bent("svf-line-ends", digits, digits.map(<[u8]>::trim_ascii_end));
    let digits = digits.unwrap_or_default();
    let mut bytes = vec![0; digits.len() / 2];
    let is_hexadecimal = hex::decode_upper(digits, &mut bytes);
    ensure(file.ends_with(b"\n") && is_hexadecimal, SDL_7, Found::Length(file.len()))?;
    StaticVector::decode(&bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::STV_1;

    #[test]
    fn sdl_7_one_form() {
        let rule = |file: &str| read(file.as_bytes()).unwrap_err().rule;
        assert_eq!(rule("\n"), STV_1, "no digits are an even number of them");
        assert_eq!(rule("3808\n"), STV_1);
        for file in
            ["", "3808", "3808\r\n", "3808\n\n", " 3808\n", "380\n", "380a\n", "38G8\n", "38 08\n", "3é8\n"]
        {
            assert_eq!(rule(file), SDL_7, "{file:?}");
        }
    }
}
