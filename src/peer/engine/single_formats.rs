//! What single-device licenses come in.

use super::super::operations::*;
use super::super::protocol::{Array, Bytes};
use super::{Engine, Fail, Serve, fault, serial_of};
use channel::check_digit::Radix;
use channel::crypto::keys::Key;
use channel::crypto::single;
use channel::license::{acode_log, export_svf};
use channel::wire::activation_code::{self, ActivationCode};

/// How a code is written.
pub(super) fn radix_of(hexadecimal: bool) -> Radix {
    if hexadecimal { Radix::Hexadecimal } else { Radix::Decimal }
}

impl Serve for ActivationCodeWrite {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<CodeResult, Fail> {
        let (master, license) = (Key::new(self.master_key.0), Key::new(self.license_key.0));
        let n = single::code_of_license(&master, serial_of(&self.serial)?, &license);
        Ok(CodeResult { code: activation_code::encode(n, radix_of(self.hexadecimal)) })
    }
}

impl Serve for ActivationCodeRead {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<LicenseKeyResult, Fail> {
        let (master, serial) = (Key::new(self.master_key.0), serial_of(&self.serial)?);
        let license = match &ActivationCode::decode(&self.code, self.short)? {
            ActivationCode::Long(n) => single::license_of_code(&master, serial, *n),
            ActivationCode::Short(k) => single::license_of_short_code(&master, serial, *k),
        };
        Ok(LicenseKeyResult { license_key: Array(*license.expose()) })
    }
}

impl Serve for ExportSvfRead {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<StaticVectorResult, Fail> {
        Ok(StaticVectorResult { static_vector: Bytes(export_svf::read(&self.file.0)?) })
    }
}

impl Serve for AcodeLogRead {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<AcodeLogResult, Fail> {
        let told = |entry: acode_log::Entry<'_>| AcodeLogEntry {
            serial: entry.serial.to_string(),
            code: entry.code.to_owned(),
        };
        Ok(AcodeLogResult { licenses: acode_log::read(&self.file.0)?.into_iter().map(told).collect() })
    }
}

impl Serve for AcodeLogWrite {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<FileResult, Fail> {
        if !(1..=99).contains(&self.licenses.len()) {
            return fault("licenses: 1 to 99");
        }
        let entry = |it: &'_ AcodeLogEntry| serial_of(&it.serial);
        let serials: Vec<_> = self.licenses.iter().map(entry).collect::<Result<_, _>>()?;
        let entries = serials.into_iter().zip(&self.licenses);
        let entries = entries.map(|(serial, entry)| acode_log::Entry { serial, code: &entry.code });
        Ok(FileResult { file: Bytes(acode_log::write(entries)?.into_bytes()) })
    }
}
