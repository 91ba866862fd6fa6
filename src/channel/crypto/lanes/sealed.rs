//! Frames of protection 2 sealed and opened in place, many at once, each under a channel key of its own. SPEC section 7.
//!
//! ```text
//! header (15) || body || tag (8)
//! channel key ── KEY-3, KEY-4 ──► two sub-keys ── PRT-1 ──► body as sent ── PRT-3 ──► tag
//! ```
//!
//! Byte for byte what [`protect`](crate::crypto::protect) does with one; here each step is done for all lanes.

use zeroize::Zeroizing;

use super::cmac::{Last, cmac, groups, sub_keys};
use super::engine::{self, Engine, Lanes, Raw, blocks};
use super::kernel::{Kernel, Work};
use crate::crypto::context::Direction;
use crate::crypto::kdf::sub_key_inputs;
use crate::crypto::keys::{Channel, Key};
use crate::crypto::protect::{HEADER_LENGTH, TAG_LENGTH, ensure_tag, first_8, first_counter};
use crate::error::Refusal;

/// A frame that is sealed or opened where it stands.
pub struct Sealed<'a> {
    channel: &'a Key<Channel>,
    direction: Direction,
    frame: &'a mut [u8],
}

impl<'a> Sealed<'a> {
    /// A frame, header || body || tag; none if it is shorter than 23 bytes. What is to be sealed has its body in clear and
    /// anything in place of its tag; its nonce must be new under this key.
    pub fn new(channel: &'a Key<Channel>, direction: Direction, frame: &'a mut [u8]) -> Option<Self> {
        (frame.len() >= HEADER_LENGTH + TAG_LENGTH).then_some(Self { channel, direction, frame })
    }

    /// What the tag covers, and the tag.
    fn covered(&self) -> (&[u8], [u8; TAG_LENGTH]) {
        self.frame.split_last_chunk().map_or((&[], [0; TAG_LENGTH]), |(covered, tag)| (covered, *tag))
    }
}

/// Seals each: its body becomes that to send, its last 8 bytes the tag.
pub fn seal_batch(frames: &mut [Sealed<'_>]) {
    Kernel::in_use().run(Sealing(frames));
}

/// Opens each whose tag is right: its body becomes clear. The others stay as they are; their verdict is PRT-4's.
pub fn open_batch(frames: &mut [Sealed<'_>]) -> Vec<Result<(), Refusal>> {
    Kernel::in_use().run(Opening(frames))
}

struct Sealing<'a, 'b>(&'a mut [Sealed<'b>]);

impl Work for Sealing<'_, '_> {
    type Output = ();

    fn run<E: Engine<N>, const N: usize>(self) {
        let Self(frames) = self;
        let mut engine = E::new();
        let groups = groups::<N>(&mut frames.iter().map(|it| it.frame.len() / 16));
        for group in groups {
            let [encryption, mac] = &*derive(&mut engine, frames, &group);
            engine.expand(&blocks(encryption));
            apply_keystream(&engine, frames, &once_each(&group));
            engine.expand(&blocks(mac));
            let tags = cmac(&engine, &group.map(|i| frames.get(i).map_or(&[][..], |it| it.covered().0)));
            for (i, tag) in group.iter().zip(&tags) {
                if let Some(place) = frames.get_mut(*i).and_then(|it| it.frame.last_chunk_mut()) {
                    *place = first_8(tag);
                }
            }
        }
    }
}

struct Opening<'a, 'b>(&'a mut [Sealed<'b>]);

impl Work for Opening<'_, '_> {
    type Output = Vec<Result<(), Refusal>>;

    fn run<E: Engine<N>, const N: usize>(self) -> Self::Output {
        let Self(frames) = self;
        let mut verdicts = vec![Ok(()); frames.len()];
        let mut engine = E::new();
        let groups = groups::<N>(&mut frames.iter().map(|it| it.frame.len() / 16));
        for group in groups {
            let [encryption, mac] = &*derive(&mut engine, frames, &group);
            engine.expand(&blocks(mac));
            let covered = group.map(|i| frames.get(i).map_or((&[][..], [0; TAG_LENGTH]), Sealed::covered));
            let tags = cmac(&engine, &covered.map(|(covered, _)| covered));
            let given = covered.map(|(_, tag)| tag);
            for ((i, tag), given) in group.iter().zip(&tags).zip(given) {
                if let Some(verdict) = verdicts.get_mut(*i) {
                    *verdict = ensure_tag(first_8(tag), given);
                }
            }
            // A lane whose tag is wrong goes along, and its frame is left alone.
            let right = |i: usize| verdicts.get(i).is_some_and(Result::is_ok).then_some(i);
            let of_lane = once_each(&group).map(|i| i.and_then(right));
            if of_lane.iter().any(Option::is_some) {
                engine.expand(&blocks(encryption));
                apply_keystream(&engine, frames, &of_lane);
            }
        }
        verdicts
    }
}

/// The indices of a group, of each only the first: what changes is changed once.
fn once_each<const N: usize>(group: &[usize; N]) -> [Option<usize>; N] {
    let mut before = None;
    group.map(|i| (before.replace(i) != Some(i)).then_some(i))
}

/// KEY-3 and KEY-4 for each lane: the keys of encryption, and of the MAC.
fn derive<E: Engine<N>, const N: usize>(
    engine: &mut E,
    frames: &[Sealed<'_>],
    group: &[usize; N],
) -> Zeroizing<[[Raw; N]; 2]> {
    engine.expand(&group.map(|i| frames.get(i).map_or(&[0; 16], |it| it.channel.expose())));
    let sub_keys = sub_keys(engine);
    let mut keys = Zeroizing::new([[Raw([0; 16]); N]; 2]);
    let mut of_direction = None;
    for (lane, (i, sub_keys)) in group.iter().zip(sub_keys.iter()).enumerate() {
        let direction = frames.get(*i).map_or(Direction::ToClient, |it| it.direction);
        // Most batches go one way.
        let (_, inputs) = match of_direction.take() {
            Some((same, inputs)) if same == direction => of_direction.insert((same, inputs)),
            _ => of_direction.insert((direction, sub_key_inputs(direction).map(|input| Last::of(&input)))),
        };
        for (keys, input) in keys.iter_mut().zip(inputs) {
            if let Some(key) = keys.get_mut(lane) {
                *key = Raw(input.whitened(sub_keys));
            }
        }
    }
    for keys in keys.iter_mut() {
        *keys = engine.encrypt(&keys.map(|Raw(block)| block)).map(Raw);
    }
    keys
}

/// PRT-1, for the frame of each lane that has one.
fn apply_keystream<L: Lanes<N>, const N: usize>(
    lanes: &L,
    frames: &mut [Sealed<'_>],
    of_lane: &[Option<usize>; N],
) {
    // Out of their places, so that all are there to be changed at once.
    let mut taken = of_lane.map(|i| {
        i.and_then(|i| frames.get_mut(i)).map(|it| std::mem::take(&mut it.frame)).unwrap_or_default()
    });
    let nonces = taken.each_ref().map(|frame| frame.first_chunk().map_or([0; 16], first_counter));
    let mut bodies = taken.each_mut().map(|frame| body_of(frame).as_chunks_mut());
    lanes.apply_keystream(&nonces, &mut bodies.each_mut().map(|(whole, _)| &mut **whole));
    // What is left of each body is less than a block, and comes after as many as it has.
    let mut counters = nonces;
    for (counter, (whole, _)) in counters.iter_mut().zip(&bodies) {
        *counter = engine::counter(*counter, u32::try_from(whole.len()).unwrap_or(u32::MAX));
    }
    let keystream = Zeroizing::new(lanes.encrypt(&counters).map(Raw));
    bodies.iter_mut().zip(keystream.iter()).for_each(|((_, end), keystream)| keystream.apply(end));
    for (i, frame) in of_lane.iter().zip(taken) {
        if let Some(place) = i.and_then(|i| frames.get_mut(i)) {
            place.frame = frame;
        }
    }
}

/// What stands between header and tag.
fn body_of(frame: &mut [u8]) -> &mut [u8] {
    let end = frame.len().saturating_sub(TAG_LENGTH);
    frame.get_mut(HEADER_LENGTH..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::protect::{ChannelKeys, Protection, seal};

    /// Frames of all body lengths in question, in clear, under keys of their own.
    fn clear(lengths: &[usize]) -> Vec<(Key<Channel>, Direction, Vec<u8>)> {
        let one = |(i, length): (usize, &usize)| {
            let direction = if i % 5 == 0 { Direction::ToServer(i as u8) } else { Direction::ToClient };
            let bytes = (0..15 + length).map(|at| (at * 11 + i * 3) as u8).chain([0; 8]);
            (Key::new([i as u8; 16]), direction, bytes.collect())
        };
        lengths.iter().enumerate().map(one).collect()
    }

    fn batch(frames: &mut [(Key<Channel>, Direction, Vec<u8>)]) -> Vec<Sealed<'_>> {
        frames.iter_mut().map(|(key, to, frame)| Sealed::new(key, *to, frame).unwrap()).collect()
    }

    #[test]
    fn a_batch_is_what_single_calls_are() {
        let all: Vec<usize> = (0..=600).collect();
        let mixed = [0, 2087, 1, 16, 15, 17, 512, 31, 32, 33];
        for lengths in [&all[..], &mixed, &mixed[..1], &[200; 40], &[]] {
            let plain = clear(lengths);
            let right: Vec<_> = plain
                .iter()
                .map(|(key, direction, frame)| {
                    let header = frame.first_chunk().unwrap();
                    let body = frame[15..frame.len() - 8].to_vec();
                    let keys = ChannelKeys::new(key, Protection::Cmac, *direction);
                    let (body, tag) = seal(&keys, header, body);
                    [&header[..], &body, &tag].concat()
                })
                .collect();
            for kernel in Kernel::here() {
                let mut frames = plain.clone();
                kernel.run(Sealing(&mut batch(&mut frames)));
                assert!(frames.iter().map(|it| &it.2).eq(&right), "{kernel}");
                let verdicts = kernel.run(Opening(&mut batch(&mut frames)));
                assert!(verdicts.iter().all(Result::is_ok) && verdicts.len() == lengths.len());
                for ((_, _, opened), (_, _, plain)) in frames.iter().zip(&plain) {
                    assert_eq!(opened[..opened.len() - 8], plain[..plain.len() - 8], "{kernel}");
                }
            }
        }
    }

    #[test]
    fn a_bad_one_stays_as_it_is_and_spoils_none_of_its_neighbours() {
        for kernel in Kernel::here() {
            let plain = clear(&[200; 37]);
            let mut frames = plain.clone();
            kernel.run(Sealing(&mut batch(&mut frames)));
            let bad = |i: usize| i % 3 == 1 || i > 31;
            for (i, (_, _, frame)) in frames.iter_mut().enumerate().filter(|(i, _)| bad(*i)) {
                frame[i * 5] ^= 1;
            }
            let sent = frames.clone();
            let verdicts = kernel.run(Opening(&mut batch(&mut frames)));
            for (i, verdict) in verdicts.iter().enumerate() {
                assert_eq!(verdict.is_err(), bad(i), "{kernel} {i}");
                let (opened, right) = (&frames[i].2, if bad(i) { &sent[i].2 } else { &plain[i].2 });
                assert_eq!(opened[..215], right[..215], "{kernel} {i}");
            }
        }
    }

    #[test]
    fn what_is_shorter_than_a_frame_is_none() {
        let key = Key::new([1; 16]);
        assert!(Sealed::new(&key, Direction::ToClient, &mut [0; 22]).is_none());
        assert!(Sealed::new(&key, Direction::ToClient, &mut [0; 23]).is_some());
    }
}
