//! The operations of the program.

use super::super::both::ClientPair;
use super::super::model::client::Pin;
use super::super::model::server::State;
use super::super::responses;
use super::super::slow::request::Content;
use super::super::slow::{self};
use super::super::world::{self, CHALLENGE, SALT};
use super::seeds::LICENSES;
use super::{APPS, Over, Play, Signed, pick};
use channel::text::hex;
use harness::setup::app;

/// How long a message, a device code and a first use are good for.
const LIMITS_S: [u32; 4] = [
    world::AGE_LIMIT_S,
    86_400 * world::VALIDITY_DAYS as u32,
    LICENSES[0].windows.first_use_s as u32,
    LICENSES[1].windows.first_use_s as u32,
];

impl Play<'_> {
    /// The next one.
    pub(super) fn step(&mut self) {
        let ended = [0, 1].map(|at| self.deactivated(at));
        match self.choices.byte() % 31 {
            0 => self.generate_activation1(),
            1 => self.activate_license(),
            2 => self.verify_device_code(),
            3 => self.generate_activation2(),
            4 => self.activate_instance(),
            5 => self.generate_request(),
            6 => self.open(),
            7 => self.sign(),
            8 => self.verify(false),
            9 => self.verify(true),
            10 => self.clock(),
            11 => self.install(),
            12 => self.generate_deactivation(),
            13 => self.deactivate(),
            14 => self.generate_response(),
            15 => self.generate_unlock_challenge(),
            16 => self.generate_unlock_response(),
            17 => self.unlock(),
            18 => {
                let (at, sequence) = (self.choices.below(2), self.sequence());
                let _ = self.servers[at].pair.unlock_instance(sequence);
            }
            19 => self.resynchronise(),
            20 => {
                let at = self.choices.below(2);
                self.backups[at] = Some(self.servers[at].clone());
            }
            21 => return self.restore(),
            23 => self.save_client(),
            24 => self.load_client(),
            25 => self.seal_blob(),
            26 => self.load_blob(),
            27 => return self.reimport(),
            29 => self.mark_confirmed(),
            30 => self.remove(),
            28 => {
                let at = self.choices.below(2);
                self.servers[at].pair.restart();
            }
            _ => {
                let (at, highest) = (self.choices.below(2), self.choices.byte() % 4);
                self.servers[at].pair.restored(highest, self.now);
                // OPR-2 bridges no older backup: one more jump of the same length, to the same counters.
                self.backups[at] = None;
            }
        }
        for (at, ended) in ended.iter().enumerate() {
            let now = self.deactivated(at);
            assert!(ended.iter().all(|sequence| now.contains(sequence)), "deactivated for good");
        }
    }

    fn deactivated(&self, at: usize) -> Vec<u8> {
        let instances = self.servers[at].pair.slow.instances.iter();
        instances.filter(|(_, it)| it.state == State::Deactivated).map(|(sequence, _)| *sequence).collect()
    }

    fn sequence(&mut self) -> u8 {
        1 + self.choices.byte() % 4
    }

    /// NON-2: what every message with a counter must keep to, whatever was restored.
    fn issued(&mut self, at: usize, message: &[u8]) {
        let counter = slow::frame(message, true).unwrap().counter();
        assert!(self.memories[at].counters.insert(counter), "NON-2: a counter is used once");
        self.post.messages.push((at, message.to_vec()));
    }

    fn clock(&mut self) {
        let [sign, amount] = self.choices.array();
        let amount = u32::from(amount);
        if sign & 12 == 12 {
            // The last seconds of all.
            self.now = u32::MAX - amount % 4;
            return;
        }
        let amount = match sign & 6 {
            0 => amount * 7,
            2 => amount * 4000,
            // Where something is over, a second before and after.
            _ => LIMITS_S[amount as usize / 3 % LIMITS_S.len()] + amount % 3 - 1,
        };
        self.now = if sign & 1 == 0 { self.now.saturating_add(amount) } else { self.now - amount };
    }

    fn install(&mut self) {
        let at = self.choices.below(4);
        self.apps[at].settle();
        (self.apps[at], self.shown[at]) = (ClientPair::new(APPS[at]), None);
    }

    /// The last backup, as an operator has to bring it back, and a new one at once: the same backup twice would
    /// give the same message counters twice.
    fn restore(&mut self) {
        let at = self.choices.below(2);
        let Some(backup) = self.backups[at].clone() else { return };
        self.servers[at].pair.settle();
        self.servers[at] = backup;
        let highest = self.memories[at].sequences.last().copied().unwrap_or(0);
        self.servers[at].pair.restored(highest, self.now);
        self.backups[at] = Some(self.servers[at].clone());
    }

    fn generate_activation1(&mut self) {
        let (at, flags, now) = (self.choices.below(2), self.choices.byte(), self.now);
        let challenge = Some(CHALLENGE).filter(|_| flags & 1 == 0);
        // At the end of all seconds there is none (AM1-15).
        self.post.am1.extend(self.servers[at].pair.generate_activation1(challenge, flags & 2 != 0, now));
    }

    fn activate_license(&mut self) {
        let at = self.choices.below(4);
        let Some(am1) = pick(&self.post.am1, &mut self.choices) else { return };
        let serial = slow::frame(am1, false).unwrap().serial;
        let server = LICENSES.iter().position(|kind| kind.serial == serial).unwrap();
        let code = self.apps[at].activate_license(&hex::encode(am1));
        self.post.codes.extend(code.map(|code| (server, code)));
    }

    fn verify_device_code(&mut self) {
        let (at, bend) = (self.choices.below(2), self.choices.byte());
        if bend & 192 == 192 {
            // The last second of its days, the one before, or the one after.
            let begun = self.servers[at].pair.slow.am1.as_ref().map_or(self.now, |(_, time)| *time);
            let end = begun.saturating_add(LIMITS_S[1]);
            self.now = end.saturating_add(u32::from(bend >> 2) % 3).saturating_sub(1);
        }
        let now = self.now;
        let Some((_, code)) = pick(&self.post.codes, &mut self.choices) else { return };
        let mut code = code.clone();
        if bend & 1 == 1 {
            let digit = char::from(b'0' + bend / 4 % 10).to_string();
            code.replace_range(20..21, &digit);
            let check = slow::check_digit(&code[..25], 10).to_string();
            code.replace_range(25..26, &check);
        }
        if let Ok((kind, id)) = self.servers[at].pair.verify_device_code(&code, bend & 2 != 0, now) {
            let serial = self.servers[at].pair.slow.kind.serial_bytes();
            let mut devices = self.apps.iter().map(|app| app.slow.device(serial));
            assert!(devices.any(|device| device[0] == kind && device[1..] == id), "nobody else has the keys");
        }
    }

    fn generate_activation2(&mut self) {
        let (at, now) = (self.choices.below(2), self.now);
        let server = &mut self.servers[at].pair;
        let before = server.slow.instances.len();
        let Ok((sequence, am2)) = server.generate_activation2(SALT, now) else { return };
        assert!(sequence <= server.slow.kind.threshold, "AM2-4");
        if server.slow.instances.len() > before {
            assert!(self.memories[at].sequences.insert(sequence), "AM2-3");
            self.issued(at, &am2);
        } else {
            self.post.messages.push((at, am2));
        }
    }

    fn activate_instance(&mut self) {
        let (at, now) = (self.choices.below(4), self.now);
        let Some((server, message)) = pick(&self.post.messages, &mut self.choices).cloned() else { return };
        let activated = self.apps[at].activate_instance(&hex::encode(&message), Pin::Right, now);
        let Ok((_, sequence, text)) = activated else { return };
        self.post.signed.push(Signed { server, sequence, over: Over::Message(message), text });
    }

    /// Whether it was true or not.
    fn mark_confirmed(&mut self) {
        let at = self.choices.below(4);
        let Some((server, message)) = pick(&self.post.messages, &mut self.choices).cloned() else { return };
        let account = self.apps[at].slow.accounts.get(LICENSES[server].serial);
        let waits = account.is_some_and(|account| account.waiting.is_some());
        if self.apps[at].mark_confirmed(&hex::encode(&message)).is_ok() && waits {
            self.hide(at, server); // CLI-21
        }
    }

    fn remove(&mut self) {
        let (at, server, what) = (self.choices.below(4), self.choices.below(2), self.choices.byte());
        let just_the_replacement = what & 1 == 0;
        let removed = self.apps[at].remove(LICENSES[server], just_the_replacement);
        if removed.is_ok() && !just_the_replacement {
            self.hide(at, server); // CLI-19
        }
    }

    fn hide(&mut self, at: usize, server: usize) {
        self.shown[at].take_if(|(shown, _)| *shown == server);
    }

    fn generate_request(&mut self) {
        let (at, what, now) = (self.choices.below(2), self.choices.byte(), self.now);
        let application = match what % 8 {
            4.. => 1 + what / 8 % 8,
            known => [app::TIME, app::EVENT, app::BOTH, app::LONG][usize::from(known)],
        };
        let content = match what >> 6 {
            0 | 1 => world::list(),
            2 => Content::Challenge("Log in".into(), "1234".into()),
            _ => Content::Text("Terms".into(), "Zoë agrees".into()),
        };
        let request = world::request(application, what & 64 != 0, content);
        let Ok(message) = self.servers[at].pair.generate_request(&request, false, now) else { return };
        self.issued(at, &message);
    }

    fn open(&mut self) {
        let at = self.choices.below(4);
        let Some((server, message)) = pick(&self.post.messages, &mut self.choices).cloned() else { return };
        if self.apps[at].open(&hex::encode(&message), false).is_ok() {
            self.shown[at] = Some((server, message));
        }
    }

    fn sign(&mut self) {
        let (at, decision, now) = (self.choices.below(4), self.choices.byte(), self.now);
        let Ok(signature) = self.apps[at].sign(pin(decision), now) else { return };
        let (server, message) = self.shown[at].take().expect("CLI-12: nothing is signed that was not shown");
        let Some(text) = signature else { return };
        let sequence =
            self.apps[at].slow.accounts[LICENSES[server].serial].activated.as_ref().unwrap().sequence;
        self.post.signed.push(Signed { server, sequence, over: Over::Message(message), text });
    }

    /// `mixed`: data, response, application and instance each from somewhere else.
    fn verify(&mut self, mixed: bool) {
        let Some(mut signed) = pick(&self.post.signed, &mut self.choices).cloned() else { return };
        if mixed {
            let choice = self.choices.byte();
            if choice & 1 == 1 {
                let other = pick(&self.post.messages, &mut self.choices).cloned();
                signed.over = other.map_or(signed.over, |(_, message)| Over::Message(message));
            }
            if choice & 2 != 0 {
                signed.sequence = 1 + choice / 16 % 3;
            }
            if choice & 4 != 0 {
                signed.server = 1 - signed.server;
            }
            if choice & 8 != 0 {
                let digit = if signed.text.ends_with('0') { "1" } else { "0" };
                signed.text.replace_range(signed.text.len() - 1.., digit);
            }
        }
        let (Signed { server: at, sequence, over, text }, now) = (signed, self.now);
        let server = &mut self.servers[at];
        let mut index = None;
        match &over {
            Over::Data(application, data) => {
                index = Some(*application);
                if server.pair.verify_response(sequence, *application, data, &text, now).is_err() {
                    return;
                }
            }
            Over::Message(message) => {
                let frame = slow::frame(message, false).unwrap();
                let issued = server.pair.slow.issued.get(&frame.counter()).map(|(_, index)| *index);
                let hex = hex::encode(message);
                if server.pair.verify_message_signature(sequence, &hex, &text, now).is_err() {
                    return;
                }
                if frame.kind == 3 {
                    index = issued;
                    assert!(self.memories[at].accepted.insert(message.clone()), "VER-8, restored or not");
                }
            }
        }
        if at == 0 && index == Some(app::LONG) {
            let mut made = self.post.signed.iter();
            let made =
                made.any(|it| (it.server, it.sequence, &it.over, &it.text) == (at, sequence, &over, &text));
            assert!(made, "agreement");
            assert!(server.long.insert((sequence, text)), "each event is accepted once");
        }
    }

    fn generate_deactivation(&mut self) {
        let (at, sequence, now) = (self.choices.below(2), self.sequence(), self.now);
        let Ok(message) = self.servers[at].pair.generate_deactivation(sequence, now) else { return };
        self.issued(at, &message);
    }

    fn deactivate(&mut self) {
        let at = self.choices.below(4);
        let Some((server, message)) = pick(&self.post.messages, &mut self.choices).cloned() else { return };
        let active = |play: &Self| {
            let account = play.apps[at].slow.accounts.get(LICENSES[server].serial);
            account.and_then(|account| account.activated.as_ref()).map(|it| (it.sequence, it.am2_counter))
        };
        let before = active(self);
        if self.apps[at].deactivate(&hex::encode(&message), false).is_ok() && active(self) != before {
            self.hide(at, server); // DEA-7
        }
    }

    fn generate_response(&mut self) {
        let (at, server, now) = (self.choices.below(4), self.choices.below(2), self.now);
        let [application, decision] = self.choices.array();
        let kind = LICENSES[server];
        let account = self.apps[at].slow.accounts.get(kind.serial);
        let sequence = account.and_then(|account| account.activated.as_ref()).map(|active| active.sequence);
        let index = 1 + application % 8;
        let limits = kind.apps.slow().application(index).map(|it| it.fields.clone()).unwrap_or_default();
        let data = responses::data(&mut self.choices, &limits);
        let Ok(text) = self.apps[at].generate_response(kind, index, &data, pin(decision), now) else {
            return;
        };
        let sequence = sequence.expect("CLI-3, CLI-4");
        self.post.signed.push(Signed { server, sequence, over: Over::Data(index, data), text });
    }

    fn generate_unlock_challenge(&mut self) {
        let (at, server, random) = (self.choices.below(4), self.choices.below(2), self.choices.byte());
        let kind = LICENSES[server];
        let shown = self.apps[at].generate_unlock_challenge(kind, [random; 8]);
        let Ok(challenge) = shown else { return };
        let sequence = self.apps[at].slow.accounts[kind.serial].activated.as_ref().unwrap().sequence;
        self.post.challenges.push((server, sequence, challenge));
    }

    fn generate_unlock_response(&mut self) {
        let Some((at, sequence, challenge)) = pick(&self.post.challenges, &mut self.choices).cloned() else {
            return;
        };
        let response = self.servers[at].pair.generate_unlock_response(sequence, &challenge);
        self.post.unlocks.extend(response.map(|response| (at, response)));
    }

    fn unlock(&mut self) {
        let (at, bend) = (self.choices.below(4), self.choices.byte());
        let Some((server, mut response)) = pick(&self.post.unlocks, &mut self.choices).cloned() else {
            return;
        };
        let kind = LICENSES[server ^ usize::from(bend & 6 == 6)];
        if bend & 1 == 1 {
            response.insert(0, '0');
            response.pop();
        }
        let _ = self.apps[at].unlock(kind, &response);
    }

    /// With two of the last responses, whichever they are.
    fn resynchronise(&mut self) {
        let (at, now) = (self.choices.below(2), self.now);
        let first = pick(&self.post.signed, &mut self.choices).cloned();
        let second = pick(&self.post.signed, &mut self.choices).cloned();
        let (Some(first), Some(second)) = (first, second) else { return };
        let (Over::Data(index, one), Over::Data(_, other)) = (&first.over, &second.over) else { return };
        let attempts = [(one, first.text.as_str()), (other, second.text.as_str())];
        let server = &mut self.servers[at];
        if server.pair.resynchronise(first.sequence, *index, attempts, now).is_ok() {
            server.long.clear(); // what was made since may come again, once
        }
    }
}

fn pin(decision: u8) -> Pin {
    match decision % 8 {
        0 => Pin::Reject,
        1 => Pin::Wrong,
        2 | 3 => Pin::Cached,
        _ => Pin::Right,
    }
}
