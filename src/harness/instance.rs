//! An instance at play: a client activated at a server, with the verbs by which a case about it reads.
//!
//! A step that fails stops the play, and what is not there yet is a fault of the case: nothing is left empty.

use channel::crypto::keys::{Channel, Key};
use peer::operations::{
    Attempt, ClientSign, ServerRestored, ServerResynchronise, ServerVerifyMessageSignature,
    ServerVerifyResponse,
};
use peer::protocol::{Data, Number, Pin};

use crate::forge::Plain;
use crate::play::{Ask, Play, need};
use crate::scene::{Scene, Show, Stage};
use crate::setup::Setup;
use crate::trial::{Party, Stop, Trial};

/// A client and its server.
#[derive(Clone, Debug)]
pub struct Instance {
    scene: Scene,
}

/// An instance at a stage of its activation.
pub fn at(t: &mut Play<'_, '_>, setup: Setup, stage: Stage) -> Result<Instance, Stop> {
    let under = t.under()?;
    Ok(Instance { scene: Scene::new(t, under, setup, stage)? })
}

/// A confirmed instance.
pub fn confirmed(t: &mut Play<'_, '_>) -> Result<Instance, Stop> {
    at(t, Setup::default(), Stage::Confirmed)
}

/// Two confirmed instances of one license.
pub fn siblings(t: &mut Play<'_, '_>) -> Result<[Instance; 2], Stop> {
    let first = confirmed(t)?;
    let second = first.sibling(t, Stage::Confirmed)?;
    Ok([first, second])
}

impl Instance {
    /// Another instance of its license, on a device of its own.
    pub fn sibling(&self, t: &mut Play<'_, '_>, stage: Stage) -> Result<Self, Stop> {
        let under = t.under()?;
        let mut scene = self.scene.another_client(t, under)?;
        scene.play(t, stage)?;
        Ok(Self { scene })
    }

    /// Another instance of its license that answers the same AM1, on a device of its own. (A code for a later AM1 would end
    /// what is unconfirmed.) Its confirmation is ready.
    pub fn sibling_of_one_am1(&self, t: &mut Play<'_, '_>) -> Result<Self, Stop> {
        let under = t.under()?;
        let mut scene = self.scene.another_client(t, under)?;
        scene.activate_license(t)?;
        scene.verify_device_code(t)?;
        scene.issue_am2(t)?;
        scene.activate_instance(t)?;
        Ok(Self { scene })
    }

    /// The server's session, which siblings share.
    pub fn server(&self) -> &Party {
        &self.scene.server
    }

    /// The client's session.
    pub fn client(&self) -> &Party {
        &self.scene.client
    }

    /// The name of its license.
    pub fn serial(&self) -> &'static str {
        self.scene.setup.serial
    }

    /// Its number.
    pub fn sequence(&self) -> u32 {
        self.scene.sequence
    }

    /// The time of client and server.
    pub fn now(&self) -> u32 {
        self.scene.now
    }

    /// The clock of client and server goes on by so many seconds, or back.
    pub fn moves_clock(&mut self, seconds: i64) -> Result<(), Stop> {
        self.scene.now = self.in_seconds(seconds)?;
        Ok(())
    }

    fn in_seconds(&self, seconds: i64) -> Result<u32, Stop> {
        let then = i64::from(self.scene.now).checked_add(seconds);
        need(then.and_then(|then| u32::try_from(then).ok()), "a time that 32 bits can hold")
    }

    /// AM2, once it is issued.
    pub fn am2(&self) -> Result<&str, Stop> {
        there(&self.scene.am2, "AM2, which an instance has from its stage Am2 on")
    }

    /// The AM1 of its license.
    pub fn am1(&self) -> Result<&str, Stop> {
        there(&self.scene.am1, "AM1, which a license has from its stage Issued on")
    }

    /// The client answers AM2.
    pub fn activates(&mut self, t: &mut Trial<'_>) -> Result<(), Stop> {
        self.scene.activate_instance(t)
    }

    /// The server accepts the confirmation.
    pub fn confirms(&mut self, t: &mut Trial<'_>) -> Result<(), Stop> {
        self.scene.confirm(t)
    }

    /// The server issues a request.
    pub fn request(&mut self, t: &mut Trial<'_>, show: &Show) -> Result<String, Stop> {
        self.scene.request(t, show)
    }

    /// The client opens a message, and its user approves it.
    pub fn signs(&mut self, t: &mut Trial<'_>, message: &str) -> Result<String, Stop> {
        self.signs_at(t, message, 0)
    }

    /// The same by a clock that is so many seconds ahead of the server's, or behind.
    pub fn signs_at(&mut self, t: &mut Trial<'_>, message: &str, seconds: i64) -> Result<String, Stop> {
        let now = self.in_seconds(seconds)?;
        self.scene.open(t, message)?;
        let approve = ClientSign { now, ..self.scene.approve(t, Pin::Right) };
        let signed = t.accepts("SIG-1", &self.scene.client, &approve)?;
        need(signed.got.signature, "a signature from a user who approved")
    }

    /// The server issues a request, and the client signs it: the request and its signature.
    pub fn signs_request(&mut self, t: &mut Trial<'_>, show: &Show) -> Result<(String, String), Stop> {
        let message = self.request(t, show)?;
        let signature = self.signs(t, &message)?;
        Ok((message, signature))
    }

    /// The client responds, by a clock that is so many seconds ahead of the server's, or behind.
    pub fn responds_at(
        &mut self,
        t: &mut Trial<'_>,
        application: u8,
        data: &Data,
        seconds: i64,
    ) -> Result<String, Stop> {
        self.scene.respond(t, application, data, seconds)
    }

    /// The server is asked to verify a response of this instance.
    pub fn verify_response(&self, application: u8, data: &Data, response: &str) -> Ask<ServerVerifyResponse> {
        Ask { party: self.scene.server.clone(), op: self.scene.verify_response(application, data, response) }
    }

    /// The server is asked to find an event counter again, by two responses over the same data.
    pub fn resynchronise(
        &self,
        application: u8,
        data: &Data,
        [first, second]: [&str; 2],
    ) -> Ask<ServerResynchronise> {
        let attempt = |response: &str| Attempt { data: data.clone(), response: response.into() };
        let op = ServerResynchronise {
            sequence: Number::from(self.scene.sequence),
            application: Number::from(u32::from(application)),
            first: attempt(first),
            second: attempt(second),
            now: self.scene.now,
        };
        Ask { party: self.scene.server.clone(), op }
    }

    /// A backup of the server is restored.
    pub fn restoring(&self) -> Ask<ServerRestored> {
        let op = ServerRestored { highest_sequence: Number::from(0), now: self.scene.now };
        Ask { party: self.scene.server.clone(), op }
    }

    /// The server is asked to verify a signature of this instance.
    pub fn verify(&self, message: &str, signature: &str) -> Ask<ServerVerifyMessageSignature> {
        Ask { party: self.scene.server.clone(), op: self.scene.verify(message, signature) }
    }

    /// The server is asked to verify this instance's confirmation.
    pub fn confirmation(&self) -> Result<Ask<ServerVerifyMessageSignature>, Stop> {
        let signature = "a confirmation, which an instance has from its stage Active on";
        Ok(self.verify(self.am2()?, there(&self.scene.confirmation, signature)?))
    }

    /// A message of the license's channel in clear, to be bent.
    pub fn plain(&self, message: &str) -> Result<Plain, Stop> {
        Plain::of(message, Some(&self.channel()))
    }

    /// Sealed with the right key, as a sibling could: all of them hold it.
    pub fn seal(&self, plain: &Plain) -> String {
        plain.message(Some(&self.channel()))
    }

    fn channel(&self) -> Key<Channel> {
        self.scene.payload_channel()
    }

    /// What it is played on, for who has verbs of his own.
    pub fn scene(&self) -> &Scene {
        &self.scene
    }

    /// The same, to play on.
    pub fn scene_mut(&mut self) -> &mut Scene {
        &mut self.scene
    }
}

fn there<'a>(text: &'a str, what: &str) -> Result<&'a str, Stop> {
    need((!text.is_empty()).then_some(text), what)
}

/// A signature with one digit turned on by so many, as an odometer's: nothing else is wrong with it. (Decimal ones.)
pub fn turn_digit(signature: &str, at: usize, by: u32) -> Result<String, Stop> {
    let digit = signature.chars().nth(at).and_then(|digit| digit.to_digit(10));
    let turned = digit.and_then(|digit| char::from_digit((digit + by) % 10, 10));
    let turned = need(turned, "a decimal digit to turn")?;
    Ok(signature.chars().enumerate().map(|(i, digit)| if i == at { turned } else { digit }).collect())
}

/// A decimal signature with its last digit turned on by so many.
pub fn turn_last_digit(signature: &str, by: u32) -> Result<String, Stop> {
    turn_digit(signature, signature.chars().count().saturating_sub(1), by)
}

/// A decimal signature with its last digit replaced by the next.
pub fn wrong(signature: &str) -> Result<String, Stop> {
    turn_last_digit(signature, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_signature_differs_in_its_last_digit() {
        assert_eq!(wrong("12345678").unwrap(), "12345679");
        assert_eq!(wrong("12345679").unwrap(), "12345670");
        assert_eq!(turn_digit("99", 0, 3).unwrap(), "29");
        assert_eq!(turn_last_digit("99", 9).unwrap(), "98");
    }

    #[test]
    fn what_has_no_such_digit_is_not_turned() {
        for (signature, at) in [("", 0), ("12", 2), ("1A", 1), ("é", 0)] {
            let Err(Stop::Harness(words)) = turn_digit(signature, at, 1) else { panic!("{signature}") };
            assert_eq!(words, "missing: a decimal digit to turn");
        }
        assert!(wrong("").is_err());
    }
}
