//! Attackers at the phone: a thief, who has it without its PIN, and another app on it.

use channel::text::percent;
use peer::operations::*;
use peer::protocol::{Data, Pin};

use super::Player;
use crate::instance::Instance;
use crate::play::Ask;
use crate::trial::Trial;

/// The phone in the thief's hand, unlocked. Its PIN isn't known, so no verb here has the right one.
#[derive(Clone, Debug)]
pub struct Phone(Instance);

impl Player<Phone> {
    /// Whoever found or took the phone.
    pub fn holding(t: &mut Trial<'_>, user: &Instance) -> Self {
        let thief = Self::knowing(Phone(user.clone()));
        thief.thinks(t, "takes the user's phone while it is unlocked, and does not know its PIN");
        thief
    }

    /// Types a PIN for a one-time password.
    pub fn guesses_pin(&self, application: u8) -> Ask<ClientGenerateResponse> {
        let scene = self.knows.0.scene();
        let op = ClientGenerateResponse {
            pin: Pin::Wrong,
            ..scene.response_question(application, Data::ResponseOnly {})
        };
        Ask { party: scene.client.clone(), op }
    }

    /// Approves what is on display, with a PIN that is a guess.
    pub fn approves_with_a_guess(&self, t: &Trial<'_>) -> Ask<ClientSign> {
        self.knows.0.approves(t, Pin::Wrong)
    }

    /// Approves what is on display while the app is still unlocked.
    pub fn approves_unlocked(&self, t: &Trial<'_>) -> Ask<ClientSign> {
        self.knows.0.approves(t, Pin::Cached)
    }

    /// Has the locked phone show a challenge.
    pub fn draws_challenge(&self, drawn: [u8; 8]) -> Ask<ClientGenerateUnlockChallenge> {
        let scene = self.knows.0.scene();
        let random = Some(RandomUnlockChallenge { unlock_challenge: Some(peer::protocol::Array(drawn)) });
        let op = ClientGenerateUnlockChallenge { serial: scene.setup.serial.into(), random };
        Ask { party: scene.client.clone(), op }
    }

    /// Answers the challenge.
    pub fn unlocks(&self, response: &str) -> Ask<ClientUnlock> {
        let scene = self.knows.0.scene();
        let op = ClientUnlock { serial: scene.setup.serial.into(), response: response.into() };
        Ask { party: scene.client.clone(), op }
    }
}

/// How the apps of the phone are called, and by what names they call back.
#[derive(Clone, Debug)]
pub struct Link {
    /// The scheme of the attacked app.
    scheme: &'static str,
    /// Where it would call back: success, error, cancel.
    callbacks: [&'static str; 3],
}

impl Player<Link> {
    /// Another app on the phone.
    pub fn installed(t: &mut Trial<'_>, scheme: &'static str, callbacks: [&'static str; 3]) -> Self {
        let app = Self::knowing(Link { scheme, callbacks });
        let [success, ..] = callbacks;
        app.thinks(t, format!("is another app on the user's phone, which would be called back by {success}"));
        app
    }

    /// A URL that calls the attacked app with this message.
    pub fn url(&self, message: &str) -> String {
        let Link { scheme, callbacks } = self.knows;
        let [success, error, cancel] = callbacks.map(twice);
        format!(
            "{scheme}://app2app_secure_channel?x-success={success}&x-error={error}&x-cancel={cancel}&secure_message={message}"
        )
    }

    /// Calls the app of this user.
    pub fn calls(&self, user: &Instance, url: &str) -> Ask<ClientDispatch> {
        Ask { party: user.scene().client.clone(), op: ClientDispatch { url: url.to_owned() } }
    }
}

/// As a callback stands in a URL.
fn twice(callback: &str) -> String {
    let (mut once, mut twice) = (String::new(), String::new());
    percent::encode(callback, &mut once);
    percent::encode(&once, &mut twice);
    twice
}
