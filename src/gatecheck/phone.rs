//! A phone: the client of the reference with one account, activated through the gateway.

use channel::client::{Client, Config, Decision, Handle, Installation, Pin, RootPolicy, Shown};
use channel::error::Refusal;
use channel::serial::Serial;
use channel::text::gateway_string::{Details, GatewayString};
use channel::text::hex;
use channel::wire::frame::Carrier;
use channel::wire::request::Content;
use gateway::surface::Operation;
use harness::trial::{Stop, fail};
use peer::protocol::Array;
use serde_json::{Value, json};

use crate::bridge::About;
use crate::front::Front;

/// Where users log in.
pub(crate) const SERVICE: &str = "Zoë's shop";

/// A registration that has begun: its identifier, and activation message 1.
pub(crate) struct Registration {
    pub(crate) id: String,
    pub(crate) message: String,
}

/// An app with one account.
pub(crate) struct Phone {
    client: Client,
    /// As the surface names the instance.
    pub(crate) name: String,
    pub(crate) user: String,
    serial: Serial,
    /// Who asks for its user's logins: another in each run, since those of an earlier one may be pending still (LGN-3).
    requester: String,
}

/// What a phone has retrieved and displays.
#[derive(Clone, Copy)]
pub(crate) struct Displayed(Handle);

/// What the reference's client refuses of what the gateway sent.
fn taken<T>(what: &str, taken: Result<T, Refusal>) -> Result<T, Stop> {
    taken.map_err(|refusal| {
        let expected = format!("{what} that the client of the reference takes");
        fail(refusal.rule.id, expected, format!("what it refuses: {refusal}"))
    })
}

/// The user of a license: the same in each run, so that a gateway may be asked again.
pub(crate) fn user_of(about: &About) -> String {
    format!("user-{}", about.serial)
}

/// An app without accounts, on a device that no gateway has seen.
pub(crate) fn app(front: &mut Front<'_, '_>) -> Result<Client, Stop> {
    let config = Config {
        static_vector: None,
        platform_data: b"a phone".to_vec(),
        app_version: 3,
        rooted: false,
        root_policy: RootPolicy::Block,
        replacement: true,
    };
    let Array(salt) = front.about(0)?.fresh;
    Ok(Client::new(config, Installation { salt, device_type: 7 }))
}

/// Who asks for logins: nobody whose logins may be pending still (LGN-3).
pub(crate) fn requester(about: &About) -> String {
    hex::encode(&about.fresh.0)
}

impl Registration {
    /// The back end begins one.
    pub(crate) fn begins(front: &mut Front<'_, '_>, about: &About, replace: bool) -> Result<Self, Stop> {
        let body = json!({"serialNumber": about.serial, "userID": user_of(about), "replace": replace});
        let result = front.does("GTW-5", Operation::Register, &body)?;
        let id = front.text("GTW-5", &result, "registrationIdentifier")?;
        let is_id = hex::decode(&id).is_ok_and(|bytes| bytes.len() == 10);
        front.holds("GTW-2", is_id, "a registrationIdentifier of 20 hexadecimal digits", id.clone())?;
        let message = front.text("GTW-1", &result, "licenseActivationMessage")?;
        Ok(Self { id, message })
    }

    /// The device code that an app answers with.
    pub(crate) fn code(&self, client: &mut Client) -> Result<String, Stop> {
        taken("an activation message 1", client.activate_license(&self.message))
    }

    /// What asks for activation message 2.
    pub(crate) fn adds(&self, code: &str, description: &str) -> Value {
        json!({"registrationIdentifier": self.id, "deviceCode": code, "description": description})
    }

    /// What asks for the device to be used.
    pub(crate) fn activates(&self, signature: &str) -> Value {
        json!({"registrationIdentifier": self.id, "signature": signature})
    }
}

/// An app takes activation message 2: its confirmation.
pub(crate) fn confirms(
    front: &mut Front<'_, '_>,
    client: &mut Client,
    added: &Value,
) -> Result<String, Stop> {
    let message = front.text("GTW-1", added, "instanceActivationMessage")?;
    let activated = client.activate_instance(&message, Pin::Right, front.now);
    Ok(taken("an activation message 2", activated)?.signature)
}

impl Phone {
    /// The user of one of the case's licenses, 0 or 1, gets a phone.
    pub(crate) fn activate(front: &mut Front<'_, '_>, which: u32) -> Result<Self, Stop> {
        let about = front.about(which)?;
        let registration = Registration::begins(front, &about, false)?;
        let client = app(front)?;
        Self::through(front, &about, &registration, client)
    }

    /// The same, through a registration that has begun, with an app that is there.
    pub(crate) fn through(
        front: &mut Front<'_, '_>,
        about: &About,
        registration: &Registration,
        mut client: Client,
    ) -> Result<Self, Stop> {
        let code = registration.code(&mut client)?;
        let added = front.does("AM2-3", Operation::AddDevice, &registration.adds(&code, "mine"))?;
        let name = front.text("GTW-1", &added, "serialNumber")?;
        let signature = confirms(front, &mut client, &added)?;
        let done = front.does("AM2-10", Operation::Activate, &registration.activates(&signature))?;
        let activated = front.text("GTW-1", &done, "activatedSerialNumber")?;
        front.holds("GTW-5", activated == name, &format!("{name} activated"), activated.clone())?;
        let none = || Stop::Harness(format!("no serial number: {}", about.serial));
        let serial: Serial = about.serial.parse().map_err(|_| none())?;
        let mut accounts = client.accounts();
        let sequence = accounts.find(|account| account.serial == serial).and_then(|account| account.sequence);
        let own = sequence.map(|sequence| format!("{serial}-{}", sequence.number())).unwrap_or_default();
        drop(accounts);
        front.holds("GTW-2", name == own, &format!("the instance of AM2, {own}"), name.clone())?;
        let requester = requester(about);
        Ok(Self { client, name, user: user_of(about), serial, requester })
    }

    /// Somebody asks for a login of its user: the challenge key. It is followed.
    pub(crate) fn is_asked(&mut self, front: &mut Front<'_, '_>) -> Result<String, Stop> {
        let result = front.does("LGN-1", Operation::StartLogin, &self.wish())?;
        let key = front.text("LGN-1", &result, "challengeKey")?;
        front.follows(&key, "pending");
        Ok(key)
    }

    /// What a website asks for.
    pub(crate) fn wish(&self) -> Value {
        json!({"userID": self.user, "service": SERVICE, "requester": self.requester})
    }

    /// What asks for the details of a login.
    pub(crate) fn prepares(&self, key: &str) -> Value {
        json!({"serialNumber": self.name, "challengeKey": key})
    }

    /// It has them, and displays them.
    pub(crate) fn retrieves(&mut self, front: &mut Front<'_, '_>, key: &str) -> Result<Displayed, Stop> {
        let body = self.prepares(key);
        let result = front.does("LGN-14", Operation::Prepare, &body)?;
        front.follows(key, "retrieved");
        let message = front.text("GTW-1", &result, "requestMessage")?;
        self.displays(&message)
    }

    /// It displays the details that somebody has retrieved.
    pub(crate) fn displays(&mut self, message: &str) -> Result<Displayed, Stop> {
        self.client.close();
        let displayed = taken("login details", self.client.open(message, Carrier::Gateway))?;
        let none = || {
            fail("LGN-14", "details, to be signed".to_owned(), "a message that displays nothing".to_owned())
        };
        displayed.handle.map(Displayed).ok_or_else(none)
    }

    /// What a message of the gateway shows.
    pub(crate) fn reads(&mut self, message: &str) -> Result<Shown, Stop> {
        self.client.close();
        Ok(taken("a message", self.client.open(message, Carrier::Gateway))?.shown)
    }

    /// The user approves: the signature.
    pub(crate) fn signs(
        &mut self,
        front: &Front<'_, '_>,
        Displayed(handle): Displayed,
    ) -> Result<String, Stop> {
        let decision = Decision::Approve(Pin::Right);
        let signed = self.client.sign(handle, decision, front.now);
        let signed = signed.map_err(|refusal| Stop::Harness(format!("the phone can't sign: {refusal}")))?;
        signed.ok_or_else(|| Stop::Harness("no signature of a user who approves".into()))
    }

    /// What asks to take a signature.
    pub(crate) fn approves(&self, key: &str, signature: &str) -> Value {
        json!({"userID": self.user, "challengeKey": key, "signature": signature})
    }

    /// What asks to take a rejection: a message of its own each time.
    pub(crate) fn rejects(&mut self, front: &Front<'_, '_>, key: &str) -> Result<Value, Stop> {
        self.client.close();
        let message = self.client.generate_information(self.serial, key, front.now);
        let message =
            message.map_err(|refusal| Stop::Harness(format!("the phone can't reject: {refusal}")))?;
        Ok(json!({"serialNumber": self.name, "challengeKey": hex::encode(&message)}))
    }
}

/// The details that are shown, if these are some.
pub(crate) fn details(shown: &Shown) -> Option<&Details> {
    match &shown.request.content {
        Content::Gateway(GatewayString::Details(details)) => Some(details),
        _ => None,
    }
}

/// The challenge key of a notification, if this is one.
pub(crate) fn notified(shown: &Shown) -> Option<&str> {
    match &shown.request.content {
        Content::Gateway(GatewayString::Notification { challenge_key }) => Some(challenge_key),
        _ => None,
    }
}

/// A signature that is another one: the same but for its last digit.
pub(crate) fn wrong(signature: &str) -> String {
    let mut digits: Vec<char> = signature.chars().collect();
    if let Some(last) = digits.last_mut() {
        *last = if *last == '0' { '1' } else { '0' };
    }
    digits.into_iter().collect()
}
