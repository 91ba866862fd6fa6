//! What callgrind writes of one operation: the instructions of this program, and what stands out among them.
//!
//! Instructions of libraries aren't counted, since they are others on another system; calls of the C library's functions
//! that allocate or copy are. An AES block, of whatever key length, ends in one `aesenclast`; a schedule of an AES-128 key
//! takes ten `aeskeygenassist`, one of an AES-256 key thirteen.

use std::collections::BTreeMap;
use std::fmt;

use object::{Object as _, ObjectSegment as _};
use serde::{Deserialize, Serialize};

/// What an operation took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Instructions of this program.
    pub instructions: u64,
    /// AES blocks.
    pub aes_blocks: u64,
    /// Rounds of key schedules: ten make one of AES-128.
    pub key_rounds: u64,
    /// Calls that allocate or reallocate.
    pub allocations: u64,
    /// Calls that copy: `memcpy` and `memmove`.
    pub copies: u64,
}

/// Why a dump wasn't understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotCounted(String);

impl fmt::Display for NotCounted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotCounted {}

/// The program that was run.
pub struct Program<'a> {
    path: &'a str,
    /// Address → bytes, of each segment.
    segments: BTreeMap<u64, &'a [u8]>,
}

impl<'a> Program<'a> {
    /// Of the file at this path.
    pub fn new(path: &'a str, content: &'a [u8]) -> Result<Self, NotCounted> {
        let not = |error: object::Error| NotCounted(format!("this program can't be read: {error}"));
        let file = object::File::parse(content).map_err(not)?;
        let segments = file.segments().map(|segment| Ok((segment.address(), segment.data().map_err(not)?)));
        Ok(Self { path, segments: segments.collect::<Result<_, _>>()? })
    }

    /// The first bytes of the instruction at this address.
    fn at(&self, address: u64) -> &'a [u8] {
        let Some((begin, bytes)) = self.segments.range(..=address).next_back() else { return &[] };
        let at = usize::try_from(address.saturating_sub(*begin)).unwrap_or(usize::MAX);
        bytes.get(at..).unwrap_or_default()
    }
}

/// An instruction that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Aes {
    Last,
    KeyRound,
}

/// As it is encoded: 66 (REX) 0F 38 DD and 66 (REX) 0F 3A DF; or with VEX, C4 map E2 or E3 and then the same last byte.
fn aes(instruction: &[u8]) -> Option<Aes> {
    let opcode = match instruction {
        [0x66, 0x40..=0x4f, 0x0f, map, opcode, ..] | [0x66, 0x0f, map, opcode, ..] => [*map, *opcode],
        [0xc4, map, _, opcode, ..] => [if map & 0x1f == 2 { 0x38 } else { 0x3a }, *opcode],
        _ => return None,
    };
    match opcode {
        [0x38, 0xdd] => Some(Aes::Last),
        [0x3a, 0xdf] => Some(Aes::KeyRound),
        _ => None,
    }
}

/// Reads a dump that was written with `--dump-instr=yes --dump-line=no --compress-pos=no --compress-strings=no`.
///
/// How often a function was called is how often its first instruction was done: what callgrind says of calls counts those
/// before the operation, too.
pub fn read(dump: &str, program: &Program<'_>) -> Result<Counts, NotCounted> {
    let mut counts = Counts::default();
    let (mut object, mut function) = ("", "");
    // Object and function → its lowest address, and how often that was.
    let mut entries: BTreeMap<(&str, &str), (u64, u64)> = BTreeMap::new();
    let mut lines = dump.lines();
    while let Some(line) = lines.next() {
        if let Some(path) = line.strip_prefix("ob=") {
            object = path;
        } else if let Some(name) = line.strip_prefix("fn=") {
            function = name;
        } else if line.starts_with("calls=") {
            lines.next(); // what the called function took
        } else if let Some((address, taken)) = line.split_once(' ').filter(|_| line.starts_with("0x")) {
            let (address, taken) = (number(address)?, number(taken)?);
            if object != program.path {
                let entry = entries.entry((object, function)).or_insert((address, taken));
                *entry = (*entry).min((address, taken));
                continue;
            }
            counts.instructions += taken;
            match aes(program.at(address)) {
                // The kernels make a round of eight schedules with eight of these.
                Some(Aes::Last) if function.contains("expand_all") => counts.key_rounds += taken,
                Some(Aes::Last) => counts.aes_blocks += taken,
                Some(Aes::KeyRound) => counts.key_rounds += taken,
                None => {}
            }
        }
    }
    for ((_, function), (_, calls)) in entries {
        match function {
            "malloc" | "calloc" | "realloc" | "posix_memalign" => counts.allocations += calls,
            copy if copy.contains("memcpy") || copy.contains("memmove") => counts.copies += calls,
            _ => {}
        }
    }
    match counts.instructions {
        0 => Err(NotCounted("callgrind counted nothing in this program".to_owned())),
        _ => Ok(counts),
    }
}

fn number(text: &str) -> Result<u64, NotCounted> {
    let number = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    number.map_err(|error| NotCounted(format!("callgrind wrote {text} for a number: {error}")))
}
