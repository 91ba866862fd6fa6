//! Which kernel is used: the best that this processor has, unless another one is asked for.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU8, Ordering};

use super::engine::Engine;
use super::portable::Portable;

/// What does AES in batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    /// The `aes` crate: everywhere.
    Portable,
    /// The AES instructions of x86-64.
    AesNi,
    /// The same over 256 bits (VAES, AVX2).
    Vaes,
}

/// The kernel that was asked for; 0 while none was.
static ASKED: AtomicU8 = AtomicU8::new(0);

/// What is done with lanes, whichever kernel has them.
pub(super) trait Work {
    type Output;

    fn run<E: Engine<N>, const N: usize>(self) -> Self::Output;
}

impl Kernel {
    /// All of them, the best one last.
    pub const ALL: [Self; 3] = [Self::Portable, Self::AesNi, Self::Vaes];

    /// Those whose instructions this processor has, the best one last.
    pub fn here() -> impl DoubleEndedIterator<Item = Self> {
        Self::ALL.into_iter().filter(|kernel| kernel.is_here())
    }

    /// `portable`, `aesni` or `vaes`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::AesNi => "aesni",
            Self::Vaes => "vaes",
        }
    }

    /// Whether this processor has the instructions.
    pub fn is_here(self) -> bool {
        match self {
            Self::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Self::AesNi => {
                std::arch::is_x86_feature_detected!("aes") && std::arch::is_x86_feature_detected!("ssse3")
            }
            #[cfg(target_arch = "x86_64")]
            Self::Vaes => {
                Self::AesNi.is_here()
                    && std::arch::is_x86_feature_detected!("vaes")
                    && std::arch::is_x86_feature_detected!("avx2")
            }
            #[cfg(not(target_arch = "x86_64"))]
            Self::AesNi | Self::Vaes => false,
        }
    }

    /// The best one that is here.
    pub fn best() -> Self {
        Self::here().next_back().unwrap_or(Self::Portable)
    }

    /// The one that was asked for last, else the best one.
    pub fn in_use() -> Self {
        let asked = usize::from(ASKED.load(Ordering::Relaxed)).checked_sub(1);
        asked.and_then(|asked| Self::ALL.get(asked).copied()).unwrap_or_else(Self::best)
    }

    /// From here on all batches of this program use this kernel; all give the same bytes.
    ///
    /// # Errors
    ///
    /// This processor doesn't have its instructions; nothing changes.
    pub fn ask_for(self) -> Result<(), NotHere> {
        if !self.is_here() {
            return Err(NotHere(self));
        }
        let place = (1..).zip(Self::ALL).find_map(|(place, kernel)| (kernel == self).then_some(place));
        ASKED.store(place.unwrap_or(0), Ordering::Relaxed);
        Ok(())
    }

    /// Does it with this kernel's lanes.
    pub(super) fn run<W: Work>(self, work: W) -> W::Output {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::AesNi if self.is_here() => work.run::<super::x86::AesNi, 8>(),
            #[cfg(target_arch = "x86_64")]
            Self::Vaes if self.is_here() => work.run::<super::x86::Vaes, 16>(),
            _ => work.run::<Portable, 8>(),
        }
    }
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that no kernel has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoKernel;

impl fmt::Display for NoKernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no kernel: there are portable, aesni and vaes")
    }
}

impl std::error::Error for NoKernel {}

impl FromStr for Kernel {
    type Err = NoKernel;

    fn from_str(name: &str) -> Result<Self, NoKernel> {
        Self::ALL.into_iter().find(|kernel| kernel.name() == name).ok_or(NoKernel)
    }
}

/// A kernel whose instructions this processor doesn't have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotHere(pub Kernel);

impl fmt::Display for NotHere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this processor doesn't have the instructions of the kernel {}", self.0)
    }
}

impl std::error::Error for NotHere {}
