//! How a message travels as a picture: QR codes, drawn and read. SPEC section 31.
//!
//! One crate writes them and another one, of other authors, reads them, so that neither's mistakes hide in the
//! other. No message is understood here: a carrier moves text.
//!
//! ```text
//! symbol    a text as a QR code: modules, SVG, blocks for a terminal
//! grey      a picture in grey values
//! drawing   a PNG of it, of every kind that there is
//! finder    the codes on one, straight or askew
//! picture   a PNG being read, and the text of the one code on it
//! ```

#![warn(unreachable_pub)]

pub mod drawing;
mod finder;
mod grey;
pub mod picture;
pub mod symbol;
