//! Pictures: QR codes written and read.

use super::super::operations::*;
use super::{Engine, Fail, Serve, fault};
use carrier::picture;
use carrier::symbol::Symbol;

impl Serve for QrWrite {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<QrModules, Fail> {
        if !self.text.is_ascii() {
            return fault("text: ASCII");
        }
        Ok(QrModules { modules: Symbol::write(&self.text)?.rows() })
    }
}

impl Serve for QrRead {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<QrWrite, Fail> {
        Ok(QrWrite { text: picture::read(&self.picture.0)? })
    }
}
