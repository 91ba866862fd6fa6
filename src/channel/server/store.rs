//! Where licenses are kept between operations. This floor has the interface and a store in memory; the one on disk is
//! in the floor that may touch it.

use std::collections::BTreeMap;
use std::convert::Infallible;

use super::License;
use crate::serial::Serial;

/// A store: operations go to it, not licenses out of it.
///
/// When [`Store::batch`] returns its results, everything that they depend on is kept for good (STO-1): only then may
/// a message, a response or a verdict leave. When it fails, nothing has changed, and nothing may leave.
pub trait Store {
    /// Why it could not.
    type Error;

    /// Runs work on licenses, in this order, and keeps what it changed in one step. `None` for a serial number that
    /// is not here. What is refused is kept, too: a try counts.
    fn batch<T, W>(
        &mut self,
        jobs: impl IntoIterator<Item = (Serial, W)>,
    ) -> Result<Vec<Option<T>>, Self::Error>
    where
        W: FnOnce(&mut License) -> T;

    /// One piece of work: a batch of one.
    fn with<T>(
        &mut self,
        serial: Serial,
        work: impl FnOnce(&mut License) -> T,
    ) -> Result<Option<T>, Self::Error> {
        Ok(self.batch([(serial, work)])?.pop().flatten())
    }
}

/// In memory: as long as it lives.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    licenses: BTreeMap<Serial, License>,
}

impl Memory {
    /// Keeps a license; the one that was here under this serial number.
    pub fn insert(&mut self, license: License) -> Option<License> {
        self.licenses.insert(license.serial(), license)
    }
}

impl Store for Memory {
    type Error = Infallible;

    fn batch<T, W>(
        &mut self,
        jobs: impl IntoIterator<Item = (Serial, W)>,
    ) -> Result<Vec<Option<T>>, Self::Error>
    where
        W: FnOnce(&mut License) -> T,
    {
        Ok(jobs.into_iter().map(|(serial, work)| self.licenses.get_mut(&serial).map(work)).collect())
    }
}
