//! A store that is being made. Nobody sees it before it is whole, and where it isn't wanted, nothing is left of it.

use std::io::BufRead;
use std::path::{Path, PathBuf};

use super::{Imported, Sqlite, StoreError, schema};
use crate::io::files::{self, Part};
use crate::io::rng;
use channel::crypto::keys::{Key, Storage, Transport};

/// A store under a name of its own in the folder where it will be.
pub struct NewStore {
    store: Sqlite,
    part: Part,
    target: PathBuf,
}

impl NewStore {
    /// Makes an empty one.
    pub fn create(path: &Path, storage: Key<Storage>) -> Result<Self, StoreError> {
        let target = files::end_of_links(path)?;
        ensure_short(&target)?;
        let part = Part::secret(&target).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => StoreError::NoFolder,
            _ => error.into(),
        })?;
        let mut salt = [0; 16];
        rng::system()(&mut salt);
        let db = schema::create(part.path(), &storage, &salt)?;
        Ok(Self { store: Sqlite::new(db, salt, storage), part, target })
    }

    /// Imports a license file, as [`Sqlite::import`] does.
    pub fn import(
        &mut self,
        file: impl BufRead + Send,
        transport: &Key<Transport, 32>,
        progress: impl FnMut(u64, u64),
    ) -> Result<Imported, StoreError> {
        self.store.import_here(file, transport, false, progress)
    }

    /// Puts it into its place, on the disk for good; [`StoreError::Exists`] where something is there by now.
    pub fn publish(self) -> Result<(), StoreError> {
        let Self { store, part, target } = self;
        // In the mode of a store, so that whoever opens it need not change it first.
        schema::set_journal(&store.db, "WAL")?;
        store.db.close().map_err(|(_, error)| error)?;
        std::fs::File::open(part.path())?.sync_all()?;
        Ok(part.publish(&target)?)
    }
}

impl Sqlite {
    /// Opens a store, and makes one where there is none.
    pub fn create(path: &Path, storage: Key<Storage>) -> Result<Self, StoreError> {
        loop {
            match Self::open(path, storage.clone()) {
                Err(StoreError::Missing) => {}
                opened => return opened,
            }
            match NewStore::create(path, storage.clone())?.publish() {
                // Another process was faster: that is the store, then.
                Ok(()) | Err(StoreError::Exists) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// SQLite's journal has a name that is longer: better to hear of it now than when it is first needed.
fn ensure_short(target: &Path) -> Result<(), StoreError> {
    let mut name = target.as_os_str().to_owned();
    name.push("-journal");
    match std::fs::symlink_metadata(Path::new(&name)) {
        Err(error) if error.kind() == std::io::ErrorKind::InvalidFilename => Err(error.into()),
        _ => Ok(()),
    }
}
