//! Attackers on the channel: a sibling, who has the payload key, and the network, which has what passes by.

use channel::crypto::keys::{Channel, Key};
use channel::text::hex;

use super::Player;
use crate::forge::Plain;
use crate::instance::Instance;
use crate::play::need;
use crate::trial::{Stop, Trial};

/// The payload key, which all instances of a license share. (No application key but those of its own instance.)
#[derive(Clone, Debug)]
pub struct PayloadKey(Key<Channel>);

impl Player<PayloadKey> {
    /// Somebody on an instance of this license.
    pub fn on_device_of(t: &mut Trial<'_>, sibling: &Instance) -> Self {
        let eve = Self::knowing(PayloadKey(sibling.scene().payload_channel()));
        eve.thinks(t, "reads the payload key on a device of this license");
        eve
    }

    /// A message with one change, sealed as the server would.
    pub fn forges(
        &self,
        t: &mut Trial<'_>,
        message: &str,
        what: &str,
        change: impl FnOnce(&mut Plain),
    ) -> Result<String, Stop> {
        let mut plain = Plain::of(message, Some(&self.knows.0))?;
        change(&mut plain);
        self.thinks(
            t,
            format!("opens the message with the payload key, changes it, {what}, and seals it again"),
        );
        Ok(plain.message(Some(&self.knows.0)))
    }
}

/// A frame that passed by: bytes, and no key.
#[derive(Clone, Debug)]
pub struct Frame(String);

impl Player<Frame> {
    /// Somebody between gateway and phone.
    pub fn sees(t: &mut Trial<'_>, what: &str, frame: &str) -> Self {
        let eve = Self::knowing(Frame(frame.to_owned()));
        eve.thinks(t, format!("keeps {what} as it passes by"));
        eve
    }

    /// The frame, to be sent again.
    pub fn frame(&self) -> &str {
        &self.knows.0
    }

    /// The frame with one byte changed.
    pub fn flips(&self, t: &mut Trial<'_>, what: &str, at: usize, bits: u8) -> Result<String, Stop> {
        let mut bytes = hex::decode(&self.knows.0).map_err(|refusal| Stop::Harness(refusal.to_string()))?;
        *need(bytes.get_mut(at), "the byte to change")? ^= bits;
        self.thinks(t, format!("changes one byte of the frame, {what}"));
        Ok(hex::encode(&bytes))
    }
}
