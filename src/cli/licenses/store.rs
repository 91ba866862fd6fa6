//! Where a store and its key are.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::key_file;
use crate::cli::outcome::Error;
use crate::cli::terminal::show_path;
use crate::io::store::StoreError;
use channel::crypto::keys::{Key, Storage};

/// The arguments that name a store.
#[derive(Debug, Args)]
pub(in crate::cli) struct StoreArguments {
    /// The store
    #[arg(long, value_name = "STORE")]
    pub(super) store: PathBuf,
    /// The storage key: 32 hexadecimal digits in a file, drawn where a store is made [default: STORE.key]
    #[arg(long, value_name = "FILE")]
    storage_key: Option<PathBuf>,
}

impl StoreArguments {
    /// Where it is.
    #[cfg(feature = "serve")]
    pub(in crate::cli) fn path(&self) -> &Path {
        &self.store
    }

    /// `STORE.` and something.
    #[cfg(feature = "serve")]
    pub(in crate::cli) fn beside(&self, extension: &str) -> PathBuf {
        let mut name = self.store.as_os_str().to_owned();
        name.push(".");
        name.push(extension);
        PathBuf::from(name)
    }

    /// Where its key is.
    pub(super) fn key_file(&self) -> PathBuf {
        self.storage_key.clone().unwrap_or_else(|| beside(&self.store))
    }

    /// The storage key of a store that is there; that there is none is to be said before that there is no key.
    pub(in crate::cli) fn key(&self) -> Result<Option<Key<Storage>>, Error> {
        match self.store.metadata() {
            Ok(found) if found.is_dir() => Err(self.failed(&StoreError::Folder)),
            Ok(found) if !found.is_file() => Err(self.failed(&StoreError::NotAFile)),
            Ok(_) => Ok(Some(Key::new(key_file::read(&self.key_file(), "the storage key")?))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed(&error.into())),
        }
    }

    /// An error of the store, which is named in it.
    pub(in crate::cli) fn failed(&self, error: &StoreError) -> Error {
        let words = format!("store {}: {error}", show_path(&self.store));
        match error {
            StoreError::Folder
            | StoreError::NotAFile
            | StoreError::Missing
            | StoreError::NoFolder
            | StoreError::NotAName(_)
            | StoreError::NotAStore => Error::Usage(words),
            _ => Error::CannotRun(words),
        }
    }
}

/// `FILE.key`.
pub(super) fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".key");
    PathBuf::from(name)
}
