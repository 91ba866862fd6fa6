//! A single-device license, its server and its client: the stage on which the cases of SPEC sections 28 to 30 play.

pub use super::single_setup::{PASSWORD, SingleSetup};

use super::blame;
use super::evidence::Made;
use super::scene::Under;
use super::trial::{Party, Stop, Trial};
use channel::crypto::answer::Algorithm;
use channel::crypto::keys::Key;
use channel::crypto::response::{Form, Moment};
use channel::crypto::single::{self, Diversifier};
use peer::operations::*;
use peer::protocol::{Array, Data, Number};

/// Another password within the rules.
pub const OTHER_PASSWORD: &str = "2468ace";
/// Wrong, but of the right form.
pub const WRONG_PASSWORD: &str = "1358";

/// What is played with.
#[derive(Clone, Debug)]
pub struct Single {
    /// How it was set up.
    pub setup: SingleSetup,
    /// The license's session.
    pub server: Party,
    /// The client's session.
    pub client: Party,
    /// The clock.
    pub now: u32,
    /// The license key.
    pub license_key: [u8; 16],
    /// The platform key.
    pub platform_key: [u8; 16],
    /// The activation code, decimal.
    pub code: String,
}

impl Single {
    /// Both sessions exist, and the activation code.
    pub fn created(t: &mut Trial<'_>, under: Under, setup: SingleSetup) -> Result<Self, Stop> {
        let (server, client) = (under.server(t), under.client(t));
        let (license_key, platform_key) = (t.random(), t.random());
        t.agrees("PPR-5", &server, &setup.server(license_key))?;
        t.agrees("PPR-5", &client, &setup.client(platform_key))?;
        let code = ServerSingleGenerateActivationCode { hexadecimal: false };
        let code = t.agrees("SDL-3", &server, &code)?.code;
        let now = t.start();
        Ok(Self { setup, server, client, now, license_key, platform_key, code })
    }

    /// The client is activated.
    pub fn new(t: &mut Trial<'_>, under: Under, setup: SingleSetup) -> Result<Self, Stop> {
        let scene = Self::created(t, under, setup)?;
        scene.activate(t)?;
        Ok(scene)
    }

    /// A client of its own on another platform; the license stays.
    pub fn elsewhere(
        &self,
        t: &mut Trial<'_>,
        under: Under,
        platform_data: &'static [u8],
    ) -> Result<Self, Stop> {
        let client = under.client(t);
        let platform_key = t.random();
        let setup = SingleSetup { platform_data, ..self.setup.clone() };
        t.agrees("PPR-5", &client, &setup.client(platform_key))?;
        Ok(Self { setup, client, platform_key, ..self.clone() })
    }

    /// The parameters of `client.single_activate`, with this code.
    pub fn activation(&self, t: &mut Trial<'_>, code: &str) -> ClientSingleActivate {
        ClientSingleActivate {
            serial: Some(self.setup.serial.into()),
            suffix: None,
            code: code.into(),
            event_reactivation_counter: None,
            password: self.setup.password.map(str::to_owned),
            random: salt(t),
        }
    }

    /// The right parameters of `client.single_activate`.
    pub fn right(&self, t: &mut Trial<'_>) -> ClientSingleActivate {
        self.activation(t, &self.code)
    }

    /// The activation code of another license key under this serial number: well-formed, its check digit right, and wrong.
    pub fn wrong_code(&self, t: &mut Trial<'_>) -> Result<String, Stop> {
        let server = t.reference_party();
        let license_key = self.license_key.map(|byte| byte ^ 0x5A);
        t.agrees("PPR-5", &server, &self.setup.server(license_key))?;
        let question = ServerSingleGenerateActivationCode { hexadecimal: false };
        Ok(t.agrees("SDL-3", &server, &question)?.code)
    }

    /// The client takes the activation code.
    pub fn activate(&self, t: &mut Trial<'_>) -> Result<(), Stop> {
        let question = self.right(t);
        t.agrees("SDL-1", &self.client, &question).map(|_| ())
    }

    /// The client takes it with an event reactivation counter.
    pub fn with_counter(&self, t: &mut Trial<'_>, counter: &str) -> ClientSingleActivate {
        let event_reactivation_counter = Some(counter.to_owned());
        ClientSingleActivate { event_reactivation_counter, ..self.right(t) }
    }

    /// The server's event reactivation counter.
    pub fn counter(&self, t: &mut Trial<'_>) -> Result<String, Stop> {
        let question = ServerSingleGenerateEventReactivationCounter {};
        Ok(t.agrees("ERC-1", &self.server, &question)?.event_reactivation_counter)
    }

    /// Full activation data, as the server makes them.
    pub fn data(
        &self,
        t: &mut Trial<'_>,
        shared_secret: Option<[u8; 16]>,
        with_counter: bool,
    ) -> Result<String, Stop> {
        let activation_nonce = Some(Array(t.random()));
        let question = ServerSingleGenerateFullActivationData {
            shared_secret: shared_secret.map(Array),
            with_counter,
            random: Some(RandomActivationNonce { activation_nonce }),
        };
        Ok(t.agrees("SDL-18", &self.server, &question)?.data)
    }

    /// The parameters of `client.single_activate_online`.
    pub fn online(
        &self,
        t: &mut Trial<'_>,
        data: &str,
        shared_secret: Option<[u8; 16]>,
    ) -> ClientSingleActivateOnline {
        ClientSingleActivateOnline {
            data: data.into(),
            shared_secret: shared_secret.map(Array),
            password: self.setup.password.map(str::to_owned),
            random: salt(t),
        }
    }

    /// What the client says of itself.
    pub fn status(&self, t: &mut Trial<'_>, aim: &'static str) -> Result<SingleStatusResult, Stop> {
        t.agrees(aim, &self.client, &ClientSingleStatus {})
    }

    /// The client is in this state.
    pub fn is_in(&self, t: &mut Trial<'_>, aim: &'static str, state: u32) -> Result<(), Stop> {
        let status = self.status(t, aim)?;
        t.same(aim, &status.state.get(), Some(&state))
    }

    /// The parameters of `client.single_generate_response`, with the right password.
    pub fn response_question(&self, application: u8, data: &Data) -> ClientSingleGenerateResponse {
        ClientSingleGenerateResponse {
            application: Number::from(u32::from(application)),
            data: data.clone(),
            password: self.setup.password.map(str::to_owned),
            now: self.now,
        }
    }

    /// The client responds at the scene's clock.
    pub fn respond(&self, t: &mut Trial<'_>, application: u8, data: &Data) -> Result<String, Stop> {
        let both = t.accepts("SDL-26", &self.client, &self.response_question(application, data))?;
        let want = both.want.map(|want| want.response).filter(|want| *want != both.got.response);
        let fault =
            want.as_deref().and_then(|want| self.response_fault(application, data, &both.got.response, want));
        t.same(fault.unwrap_or("SDL-26"), &both.got.response, want.as_ref())?;
        Ok(both.got.response)
    }

    /// What is wrong with a response, where the account isn't bound.
    fn response_fault(&self, application: u8, data: &Data, got: &str, want: &str) -> Option<&'static str> {
        if let Some(shown) = blame::response(got, want) {
            return Some(shown);
        }
        let rules = self.setup.vector.applications.iter().find(|rules| rules.form.index == application)?;
        if !matches!(rules.algorithm, Algorithm::Profile) {
            return None;
        }
        let (mode, fields) = match data {
            Data::ResponseOnly {} => (1, Vec::new()),
            Data::Challenge { challenge } => (2, vec![challenge.as_bytes()]),
            Data::Fields { fields } => (3, fields.iter().map(String::as_bytes).collect()),
        };
        let step_s = rules.factor.step_s();
        let step = step_s.map_or(0, |seconds| u64::from(self.now / u32::from(seconds)));
        let (license, serial) = (Key::new(self.license_key), self.setup.serial.parse().ok()?);
        let key = single::application(&license, serial, application, None);
        let (form, at) = (Form { mode, ..rules.form }, Moment { step, event: 0 });
        // Under the right key it is of another event: which one is right is what the case knows.
        let right = Made { key: &key, of_key: "SDL-1", form, of_mode: "OTP-1", at, fields };
        let bound = Diversifier::of_platform(serial, self.setup.platform_data);
        let key = single::application(&license, serial, application, Some(bound));
        let as_bound = Made { key: &key, fields: right.fields.clone(), ..right };
        let found = [right.wrongly(got), as_bound.wrongly(got)];
        Some(found.into_iter().find(|id| *id != "SDL-1").unwrap_or("SDL-1"))
    }

    /// The parameters of `server.single_verify_response`.
    pub fn verify(&self, application: u8, data: &Data, response: &str) -> ServerSingleVerifyResponse {
        ServerSingleVerifyResponse {
            serial: self.setup.serial.into(),
            application: Number::from(u32::from(application)),
            data: data.clone(),
            response: response.into(),
            now: self.now,
        }
    }

    /// The client responds, and the server accepts.
    pub fn accepted(&self, t: &mut Trial<'_>, application: u8, data: &Data) -> Result<String, Stop> {
        let response = self.respond(t, application, data)?;
        t.agrees("SDL-28", &self.server, &self.verify(application, data, &response))?;
        Ok(response)
    }

    /// The client is told what the server said.
    pub fn report(&self, t: &mut Trial<'_>, accepted: bool) -> Result<(), Stop> {
        t.agrees("SDL-15", &self.client, &ClientSingleReport { accepted }).map(|_| ())
    }

    /// The parameters of `client.single_generate_derivation_code`.
    pub fn derivation_question(&self, challenge: Option<&str>) -> ClientSingleGenerateDerivationCode {
        ClientSingleGenerateDerivationCode {
            challenge: challenge.map(str::to_owned),
            password: self.setup.password.map(str::to_owned),
            now: self.now,
        }
    }

    /// The client's derivation code.
    pub fn derive(&self, t: &mut Trial<'_>, challenge: Option<&str>) -> Result<String, Stop> {
        Ok(t.agrees("BND-2", &self.client, &self.derivation_question(challenge))?.code)
    }

    /// The parameters of `server.single_verify_derivation_code`.
    pub fn verify_derivation(&self, challenge: Option<&str>, code: &str) -> ServerSingleVerifyDerivationCode {
        ServerSingleVerifyDerivationCode {
            serial: self.setup.serial.into(),
            challenge: challenge.map(str::to_owned),
            code: code.into(),
            replace: false,
            now: self.now,
        }
    }

    /// The same, and the operator has decided that the license moves to this platform.
    pub fn verify_derivation_replacing(
        &self,
        challenge: Option<&str>,
        code: &str,
    ) -> ServerSingleVerifyDerivationCode {
        ServerSingleVerifyDerivationCode { replace: true, ..self.verify_derivation(challenge, code) }
    }

    /// The client is bound: it derives, the server accepts, the client is told.
    pub fn bind(&self, t: &mut Trial<'_>) -> Result<String, Stop> {
        let code = self.derive(t, None)?;
        t.agrees("BND-10", &self.server, &self.verify_derivation(None, &code))?;
        t.agrees("BND-7", &self.client, &ClientSingleMarkBound {})?;
        Ok(code)
    }

    /// The account of before answers again.
    pub fn revert(&self, t: &mut Trial<'_>) -> Result<(), Stop> {
        t.agrees("SDL-39", &self.client, &ClientSingleRevert {}).map(|_| ())
    }

    /// The parameters of `client.single_change_password`.
    pub fn change(
        &self,
        t: &mut Trial<'_>,
        old: Option<&str>,
        new: Option<&str>,
    ) -> ClientSingleChangePassword {
        ClientSingleChangePassword {
            old: old.map(str::to_owned),
            new: new.map(str::to_owned),
            random: salt(t),
        }
    }

    /// The parameters of `client.single_save`.
    pub fn save(t: &mut Trial<'_>) -> ClientSingleSave {
        ClientSingleSave { random: nonce(t) }
    }
}

fn salt(t: &mut Trial<'_>) -> Option<RandomPasswordSalt> {
    Some(RandomPasswordSalt { password_salt: Some(Array(t.random())) })
}

/// A drawn nonce of a state.
pub fn nonce(t: &mut Trial<'_>) -> Option<RandomState> {
    Some(RandomState { state_nonce: Some(Array(t.random())) })
}
