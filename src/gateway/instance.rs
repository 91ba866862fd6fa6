//! How the published surface names an instance: `VDS1000120-1`, its serial number and its sequence number.

use std::fmt;
use std::str::FromStr;

use channel::serial::{Sequence, Serial};

/// An instance of a license.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Instance {
    /// The license.
    pub serial: Serial,
    /// Which of its instances.
    pub sequence: Sequence,
}

/// The text is no serial number, hyphen and number from 1 to 99 without a leading zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnInstance;

impl FromStr for Instance {
    type Err = NotAnInstance;

    fn from_str(text: &str) -> Result<Self, NotAnInstance> {
        let (serial, number) = text.split_once('-').ok_or(NotAnInstance)?;
        let serial = serial.parse().map_err(|_| NotAnInstance)?;
        let is_plain = number.bytes().all(|byte| byte.is_ascii_digit()) && !number.starts_with('0');
        let number = number.parse().ok().filter(|_| is_plain).ok_or(NotAnInstance)?;
        Ok(Self { serial, sequence: Sequence::new(number).ok_or(NotAnInstance)? })
    }
}

impl fmt::Display for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.serial, self.sequence.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gtw_2_names_of_instances() {
        for text in ["VDS1000120-1", "VDS1000120-99", "0000000000-10"] {
            assert_eq!(text.parse::<Instance>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "VDS1000120",
            "VDS1000120-",
            "VDS1000120-0",
            "VDS1000120-01",
            "VDS1000120-100",
            "VDS1000120-+1",
            "VDS1000120--1",
            "vds1000120-1",
            "VDS100012-1",
            "VDS1000120-1 ",
        ] {
            assert_eq!(text.parse::<Instance>(), Err(NotAnInstance), "{text}");
        }
    }
}
