//! How a message travels as a picture: QR codes, drawn and read. SPEC section 31.
//!
//! One crate writes them and another one, of other authors, reads them, so that neither's mistakes hide in the
//! other. No message is understood here: a carrier moves text.

pub mod drawing;
mod finder;
pub mod picture;
pub mod symbol;
