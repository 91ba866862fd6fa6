//! Protection: what is sealed opens, and nothing bent does.

use channel::crypto::keys::{Channel, Key};
use channel::crypto::keywrap;
use channel::crypto::lanes::{Sealed, open_batch, seal_batch};
use channel::crypto::protect::{
    ChannelKeys, Direction, Protection, TAG_LENGTH, open_in_place, seal_in_place,
};
use channel::error::Refusal;
use channel::rule::{KEY_10, PRT_4};
use channel::wire::frame::{Frame, Header, OVERHEAD};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::config;
use crate::generators::*;

fn sealed(keys: &ChannelKeys, header: &Header, body: &[u8]) -> Vec<u8> {
    let (header, mut body) = (header.encode(), body.to_vec());
    let tag = seal_in_place(keys, &header, &mut body);
    Frame::encode(&header, &body, &tag)
}

/// The body in clear; a body that is refused stays as it came.
fn opened(keys: &ChannelKeys, frame: &[u8]) -> Result<Vec<u8>, Refusal> {
    let (header, rest) = frame.split_first_chunk().unwrap();
    let (received, tag) = rest.split_last_chunk().unwrap();
    let mut body = received.to_vec();
    match open_in_place(keys, header, &mut body, tag) {
        Ok(()) => Ok(body),
        Err(refusal) => {
            assert_eq!(body, received, "decrypted although refused");
            Err(refusal)
        }
    }
}

proptest! {
    #![proptest_config(config(96))]

    #[test]
    fn what_is_sealed_opens_and_nothing_bent_does(
        key in any::<[u8; 16]>(),
        header in header(),
        protection in protection(),
        body in vec(any::<u8>(), 0..100),
        mutations in vec(mutation(), 1..3),
    ) {
        let keys = ChannelKeys::new(&Key::<Channel>::new(key), protection, Direction::ToClient);
        let frame = sealed(&keys, &header, &body);
        prop_assert_eq!(frame.len(), body.len() + OVERHEAD);
        prop_assert_eq!(opened(&keys, &frame), Ok(body));
        for bit in 0..frame.len() * 8 {
            let mut bent = frame.clone();
            bent[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(opened(&keys, &bent).unwrap_err().rule, PRT_4);
        }
        let mut bent = frame.clone();
        mutations.iter().for_each(|mutation| mutation.apply(&mut bent));
        if bent.len() >= OVERHEAD && bent != frame {
            prop_assert_eq!(opened(&keys, &bent).unwrap_err().rule, PRT_4);
        }
        // Neither under the other protection, nor under another key.
        let other = match protection {
            Protection::Cmac => Protection::HmacSha256,
            Protection::HmacSha256 => Protection::Cmac,
        };
        let mut other_key = key;
        other_key[15] ^= 1;
        for (key, protection) in [(key, other), (other_key, protection)] {
            let keys = ChannelKeys::new(&Key::<Channel>::new(key), protection, Direction::ToClient);
            prop_assert_eq!(opened(&keys, &frame).unwrap_err().rule, PRT_4);
        }
    }

    #[test]
    fn a_batch_is_as_many_singles(
        messages in vec((any::<[u8; 16]>(), header(), any::<Option<u8>>(), vec(any::<u8>(), 0..70), any::<bool>()), 0..40),
    ) {
        let keys: Vec<Key<Channel>> = messages.iter().map(|(key, ..)| Key::new(*key)).collect();
        let directions: Vec<_> =
            messages.iter().map(|(_, _, from, ..)| from.map_or(Direction::ToClient, Direction::ToServer)).collect();
        let plain: Vec<Vec<u8>> =
            messages.iter().map(|(_, header, _, body, _)| Frame::encode(&header.encode(), body, &[0; TAG_LENGTH])).collect();
        let batch = |frames: &mut Vec<Vec<u8>>, work: &mut dyn FnMut(&mut [Sealed<'_>])| {
            let parts = keys.iter().zip(&directions).zip(frames);
            let mut all: Vec<_> = parts.map(|((key, to), frame)| Sealed::new(key, *to, frame).unwrap()).collect();
            work(&mut all);
        };
        let mut frames = plain.clone();
        batch(&mut frames, &mut |all| seal_batch(all));
        for (i, (_, header, _, body, _)) in messages.iter().enumerate() {
            let keys = ChannelKeys::new(&keys[i], Protection::Cmac, directions[i]);
            prop_assert_eq!(&frames[i], &sealed(&keys, header, body));
        }
        // Some of them bent: only those are refused, and stay as they are.
        for (frame, (.., bent)) in frames.iter_mut().zip(&messages) {
            *frame.last_mut().unwrap() ^= u8::from(*bent);
        }
        let sent = frames.clone();
        let mut verdicts = Vec::new();
        batch(&mut frames, &mut |all| verdicts = open_batch(all));
        for (i, (.., bent)) in messages.iter().enumerate() {
            prop_assert_eq!(verdicts[i].as_ref().err().map(|refusal| refusal.rule), bent.then_some(PRT_4));
            let end = frames[i].len() - TAG_LENGTH;
            let right = if *bent { &sent } else { &plain };
            prop_assert_eq!(&frames[i][..end], &right[i][..end]);
        }
    }

    #[test]
    fn a_wrapped_key_unwraps_and_nothing_bent_does(kek in any::<[u8; 16]>(), key in any::<[u8; 16]>(), at in any::<Index>()) {
        let (kek, key) = (Key::new(kek), Key::new(key));
        let mut wrapped = keywrap::wrap(&kek, &key);
        prop_assert_eq!(keywrap::unwrap(&kek, &wrapped), Ok(key));
        let bit = at.index(wrapped.len() * 8);
        wrapped[bit / 8] ^= 1 << (bit % 8);
        prop_assert_eq!(keywrap::unwrap(&kek, &wrapped).unwrap_err().rule, KEY_10);
    }
}
