//! Many messages at once: each kernel, whatever the lengths, keys and number of them.

use channel::crypto::keys::{Channel, Key};
use channel::crypto::lanes::{Kernel, Message, Sealed, cmac_batch, open_batch, seal_batch};
use channel::crypto::protect::Direction;

use super::choices::Choices;
use super::slow::crypto;
use super::target::Target;

/// The longest message: an AM2 with the longest static vector.
const LONGEST: usize = 2110;
/// More than twice the lanes of any kernel.
const MOST: usize = 40;

/// A kernel, how many messages, and of each its length, key and first byte, whether its frame is bent, and from whom it is.
pub const LANES: Target = Target {
    name: "lanes",
    run: lanes,
    max_len: 2 + 5 * MOST,
    floor: 200,
    seeds: || {
        let seed = |kernel: u8, count: u8, message: &dyn Fn(u8) -> [u8; 5]| {
            [vec![kernel, count], (0..count).flat_map(message).collect()].concat()
        };
        let equal = |i: u8| [0, 200, 7, i, 0];
        let mixed = |i: u8| [i % 9, i.wrapping_mul(37), i % 3, i, i % 4];
        let falling = |i: u8| [0, 40 - i, i, 1, 2 * (i % 2)];
        let of_kernel = |kernel| {
            let of_counts = [1, 8, 17, 40].map(|count| seed(kernel, count, &equal));
            [of_counts.to_vec(), vec![seed(kernel, 40, &mixed), seed(kernel, 33, &falling)]].concat()
        };
        (0..3).flat_map(of_kernel).collect()
    },
    dictionary: &[],
    oracles: &[
        "tags and frames are those of a second implementation, in the order of the messages",
        "opening gives back what was sealed; a bent frame is refused, stays as it was, and spoils no other",
    ],
};

/// What the choices say of a message.
struct One {
    key: [u8; 16],
    bytes: Vec<u8>,
    /// KEY-3: from an instance, or to the client.
    direction: Direction,
    is_bent: bool,
}

impl One {
    fn new(choices: &mut Choices<'_>) -> Self {
        let length = usize::from(choices.u16()) % (LONGEST + 1);
        let (key, begin, flags) = (choices.byte(), choices.byte(), choices.byte());
        let mut bytes: Vec<u8> = (0..length).map(|i| (i * 5 + i / 256) as u8 ^ begin).collect();
        // The first word of a frame: type 3 or 0x24, protection 2; and the sequence number of who sends.
        let (word, direction) = match flags & 2 {
            0 => ([0x00, 0xC2], Direction::ToClient),
            _ => ([0x09, 0x02], Direction::ToServer(begin)),
        };
        bytes.iter_mut().zip(word).for_each(|(byte, of_word)| *byte = of_word);
        if let Some(sequence) = bytes.get_mut(11) {
            *sequence = begin;
        }
        Self {
            key: std::array::from_fn(|i| key.wrapping_mul(i as u8 + 1)),
            bytes,
            direction,
            is_bent: flags & 1 == 1,
        }
    }

    /// Header, body in clear, and room for the tag; none of what is shorter than a header.
    fn frame(&self) -> Option<Vec<u8>> {
        (self.bytes.len() >= 15).then(|| [&self.bytes[..], &[0; 8]].concat())
    }
}

fn lanes(data: &[u8]) {
    let mut choices = Choices::new(data);
    let kernel = Kernel::ALL[choices.below(3)];
    // Whichever this processor has: all give the same bytes, those of other threads included.
    let _ = kernel.ask_for();
    let count = choices.below(MOST + 1);
    let all: Vec<One> = (0..count).map(|_| One::new(&mut choices)).collect();

    let messages: Vec<_> = all.iter().map(|one| Message { key: &one.key, bytes: &one.bytes }).collect();
    let tags: Vec<_> = all.iter().map(|one| crypto::cmac(&one.key, &one.bytes)).collect();
    assert_eq!(cmac_batch(&messages), tags, "{kernel}");

    let whole = |one: One| one.frame().map(|frame| (one, frame));
    let all: Vec<(One, Vec<u8>)> = all.into_iter().filter_map(whole).collect();
    let keys: Vec<Key<Channel>> = all.iter().map(|(one, _)| Key::new(one.key)).collect();
    let mut frames: Vec<Vec<u8>> = all.iter().map(|(_, frame)| frame.clone()).collect();
    seal_batch(&mut in_place(&all, &keys, &mut frames));
    for ((one, clear), sealed) in all.iter().zip(&frames) {
        let (header, rest) = clear.split_first_chunk().unwrap();
        let right = crypto::seal(&one.key, *header, &rest[..rest.len() - 8]);
        assert_eq!(*sealed, right, "{kernel}");
    }
    for ((one, _), frame) in all.iter().zip(&mut frames).filter(|((one, _), _)| one.is_bent) {
        let at = one.bytes.len() / 2 + 4;
        frame[at] ^= 1;
    }
    let sent = frames.clone();
    let verdicts = open_batch(&mut in_place(&all, &keys, &mut frames));
    for (i, (one, clear)) in all.iter().enumerate() {
        assert_eq!(verdicts[i].as_ref().err().map(|refusal| refusal.rule.id), one.is_bent.then_some("PRT-4"));
        let body = ..clear.len() - 8;
        assert_eq!(frames[i][body], if one.is_bent { &sent[i] } else { clear }[body], "{kernel}");
    }
}

fn in_place<'a>(
    all: &[(One, Vec<u8>)],
    keys: &'a [Key<Channel>],
    frames: &'a mut [Vec<u8>],
) -> Vec<Sealed<'a>> {
    let parts = all.iter().zip(keys).zip(frames);
    parts.map(|(((one, _), key), frame)| Sealed::new(key, one.direction, frame).unwrap()).collect()
}
