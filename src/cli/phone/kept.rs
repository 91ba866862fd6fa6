//! What a phone keeps: its state in a file, and beside it, in `FILE.key`, what a platform would keep for it: the key that
//! the state rests under, and by what a PIN is known to be right.
//!
//! ```text
//! FILE       the state of a client (SPEC section 23)
//! FILE.key   96 hexadecimal digits: platform key 16 || salt 16 || Argon2id of the PIN 16
//! ```
//! This is a phone to try things with: who can read both files can guess the PIN. A real one keeps the key in its
//! hardware.

use std::path::{Path, PathBuf};

use clap::Args;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::cli::key_file;
use crate::cli::outcome::{Error, Outcome};
use crate::cli::terminal::show_path;
use crate::io::rng;
use crate::io::{files, state_file};
use channel::client::{Client, Config, Installation, Pin, RootPolicy};
use channel::crypto::keys::{Key, Platform};
use channel::crypto::password::{Cost, password_key};
use channel::text::hex;

/// Of devices that are phones.
const DEVICE_TYPE: u8 = 7;

/// The argument that names a phone.
#[derive(Debug, Args)]
pub(in crate::cli) struct PhoneFile {
    /// The phone: its state; its keys are in FILE.key
    #[arg(long = "phone", value_name = "FILE", default_value = "phone.state")]
    path: PathBuf,
}

/// A phone in memory.
pub(super) struct Kept {
    pub(super) client: Client,
    path: PathBuf,
    platform: Key<Platform>,
    salt: [u8; 16],
    pin: Zeroizing<[u8; 16]>,
}

fn config() -> Config {
    Config {
        static_vector: None,
        platform_data: b"counterproof phone".to_vec(),
        app_version: 3,
        rooted: false,
        root_policy: RootPolicy::Block,
        replacement: true,
    }
}

impl PhoneFile {
    fn key_file(&self) -> PathBuf {
        let mut name = self.path.as_os_str().to_owned();
        name.push(".key");
        PathBuf::from(name)
    }

    /// Whether there is a phone by this name.
    pub(super) fn is_there(&self) -> bool {
        self.path.exists()
    }

    /// The phone that was kept.
    pub(super) fn load(&self) -> Result<Kept, Error> {
        if !self.is_there() {
            let path = show_path(&self.path);
            return Err(Error::Usage(format!("no phone in {path}: `counterproof phone activate` makes one")));
        }
        let bytes = Zeroizing::new(key_file::read::<48>(&self.key_file(), "the keys of the phone")?);
        let (platform, rest) = bytes.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
        let (salt, pin) = rest.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
        let pin = Zeroizing::new(pin.first_chunk().copied().unwrap_or_default());
        let platform = Key::new(*platform);
        let client = state_file::load(&self.path, &platform, config())
            .map_err(|error| Error::Usage(format!("phone {}: {error}", show_path(&self.path))))?;
        Ok(Kept { client, path: self.path.clone(), platform, salt: *salt, pin })
    }

    /// A new phone, with this PIN; its keys are kept first, since nobody could open a state without them.
    pub(super) fn create(&self, pin: &str) -> Result<Kept, Error> {
        let mut drawn = Zeroizing::new([[0; 16]; 3]);
        rng::system()(drawn.as_flattened_mut());
        let [platform, salt, installation] = *drawn;
        let pin = password_key(Some(pin), &salt, Cost::RECOMMENDED);
        let text = Zeroizing::new(format!("{}\n", hex::encode([platform, salt, *pin].as_flattened())));
        files::create_secret(&self.key_file(), text.as_bytes())
            .map_err(|error| Error::Usage(error.to_string()))?;
        let client = Client::new(config(), Installation { salt: installation, device_type: DEVICE_TYPE });
        let kept = Kept { client, path: self.path.clone(), platform: Key::new(platform), salt, pin };
        kept.save()?;
        Ok(kept)
    }
}

impl Kept {
    /// Writes the state: to be called before anything leaves that depends on it (STO-1).
    pub(super) fn save(&self) -> Result<(), Error> {
        Ok(state_file::save(&self.path, &self.client, &self.platform)?)
    }

    /// Whether a PIN is right.
    pub(super) fn judge(&self, pin: &str) -> Pin {
        let given = password_key(Some(pin), &self.salt, Cost::RECOMMENDED);
        if bool::from(given.ct_eq(&*self.pin)) { Pin::Right } else { Pin::Wrong }
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// Yes or no, as an exit code says it.
pub(super) fn outcome(is_good: bool) -> Outcome {
    if is_good { Outcome::Good } else { Outcome::Bad }
}
