//! Protection: what is sealed opens, and nothing bent does.

use channel::crypto::keys::{Channel, Key};
use channel::crypto::keywrap;
use channel::crypto::protect::{
    ChannelKeys, Direction, Open, Protection, Seal, TAG_LENGTH, open_batch, seal_batch,
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
    let (header, mut body, mut tag) = (header.encode(), body.to_vec(), [0; TAG_LENGTH]);
    seal_batch(&mut [Seal { keys, header: &header, body: &mut body, tag: &mut tag }]);
    Frame::encode(&header, &body, &tag)
}

/// The body in clear; a body that is refused stays as it came.
fn opened(keys: &ChannelKeys, frame: &[u8]) -> Result<Vec<u8>, Refusal> {
    let (header, rest) = frame.split_first_chunk().unwrap();
    let (received, tag) = rest.split_last_chunk().unwrap();
    let mut body = received.to_vec();
    let mut batch = [Open { keys, header, body: &mut body, tag, verdict: Ok(()) }];
    open_batch(&mut batch);
    let [Open { verdict, .. }] = batch;
    match verdict {
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
        messages in vec((any::<[u8; 16]>(), header(), protection(), vec(any::<u8>(), 0..70), any::<bool>()), 0..20),
    ) {
        let keys: Vec<_> = messages
            .iter()
            .map(|(key, _, protection, ..)| ChannelKeys::new(&Key::new(*key), *protection, Direction::ToClient))
            .collect();
        let headers: Vec<_> = messages.iter().map(|(_, header, ..)| header.encode()).collect();
        let mut bodies: Vec<_> = messages.iter().map(|(_, _, _, body, _)| body.clone()).collect();
        let mut tags = vec![[0; TAG_LENGTH]; messages.len()];
        let parts = keys.iter().zip(&headers).zip(&mut bodies).zip(&mut tags);
        let mut batch: Vec<_> = parts.map(|(((keys, header), body), tag)| Seal { keys, header, body, tag }).collect();
        seal_batch(&mut batch);
        for (i, (_, header, _, body, _)) in messages.iter().enumerate() {
            let single = sealed(&keys[i], header, body);
            prop_assert_eq!(Frame::encode(&headers[i], &bodies[i], &tags[i]), single);
        }
        // Some of them bent: only those are refused.
        for (tag, (.., bent)) in tags.iter_mut().zip(&messages) {
            tag[7] ^= u8::from(*bent);
        }
        let parts = keys.iter().zip(&headers).zip(&mut bodies).zip(&tags);
        let mut batch: Vec<_> =
            parts.map(|(((keys, header), body), tag)| Open { keys, header, body, tag, verdict: Ok(()) }).collect();
        open_batch(&mut batch);
        for (open, (_, _, _, body, bent)) in batch.iter().zip(&messages) {
            prop_assert_eq!(open.verdict.is_err(), *bent);
            prop_assert!(*bent || open.body == body);
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
