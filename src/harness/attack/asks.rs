//! What client and server of an instance are asked, as questions that a play can put or an attacker bend.

use peer::operations::*;
use peer::protocol::{Carrier, Number, Pin, Removed};

use crate::instance::Instance;
use crate::play::Ask;
use crate::scene::open;
use crate::trial::Trial;

impl Instance {
    fn ask_client<Op>(&self, op: Op) -> Ask<Op> {
        Ask { party: self.client().clone(), op }
    }

    fn ask_server<Op>(&self, op: Op) -> Ask<Op> {
        Ask { party: self.server().clone(), op }
    }

    /// The client is given an AM1.
    pub fn takes_am1(&self, message: &str) -> Ask<ClientActivateLicense> {
        self.ask_client(ClientActivateLicense { message: message.into() })
    }

    /// The server is given a device code.
    pub fn takes_code(&self, code: &str) -> Ask<ServerVerifyDeviceCode> {
        self.ask_server(self.scene().code_question(code, self.scene().replace))
    }

    /// The client is given an AM2.
    pub fn takes_am2(&self, message: &str) -> Ask<ClientActivateInstance> {
        self.ask_client(self.scene().take_am2(message, Pin::Right))
    }

    /// The user throws away what the client has of this license, all of it or what would take the account's place.
    pub fn removes(&self, what: Removed) -> Ask<ClientRemove> {
        self.ask_client(self.scene().remove_question(what))
    }

    /// The client is given a request.
    pub fn opens(&self, message: &str) -> Ask<ClientOpen> {
        self.ask_client(open(message))
    }

    /// The same through the gateway.
    pub fn opens_pushed(&self, message: &str) -> Ask<ClientOpen> {
        self.opens(message).but(|ask| ask.carrier = Carrier::Gateway)
    }

    /// Somebody approves what is on display.
    pub fn approves(&self, t: &Trial<'_>, pin: Pin) -> Ask<ClientSign> {
        self.ask_client(self.scene().approve(t, pin))
    }

    /// The user rejects what is on display.
    pub fn rejects(&self, t: &Trial<'_>) -> Ask<ClientSign> {
        self.ask_client(self.scene().reject(t))
    }

    /// The user leaves what is on display.
    pub fn closes(&self) -> Ask<ClientClose> {
        self.ask_client(ClientClose {})
    }

    /// The user decides on what another app's URL put on display.
    pub fn answers_call(&self, t: &Trial<'_>, pin: Pin) -> Ask<ClientAnswer> {
        let handle = t.handle(self.client());
        self.ask_client(ClientAnswer { handle, approved: true, pin, now: self.scene().now })
    }

    /// The client is given a deactivation.
    pub fn takes_deactivation(&self, message: &str) -> Ask<ClientDeactivate> {
        self.ask_client(ClientDeactivate { message: message.into(), carrier: Carrier::Direct })
    }

    /// The server ends this instance.
    pub fn is_ended(&self) -> Ask<ServerGenerateDeactivation> {
        let sequence = Number::from(self.scene().sequence);
        self.ask_server(ServerGenerateDeactivation { sequence, now: self.scene().now })
    }

    /// The client's accounts are looked at.
    pub fn accounts(&self) -> Ask<ClientAccounts> {
        self.ask_client(ClientAccounts {})
    }
}
