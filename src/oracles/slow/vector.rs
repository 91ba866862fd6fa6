//! The static vector again: SPEC.md section 8, and which application may do what.

use super::oath::{self, Suite};
use super::{Verdict, bits, must, prefix};

/// An application of a static vector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// Index, flags, mode, algorithm, factor.
    pub head: [u8; 5],
    /// Seconds per step.
    pub step: u16,
    /// Of a response.
    pub length: u8,
    /// Name.
    pub name: [u8; 10],
    /// Data fields.
    pub fields: Vec<(u8, u8)>,
    /// Of OCRA.
    pub suite: Option<Suite>,
}

impl Application {
    /// Its index.
    pub fn index(&self) -> u8 {
        self.head[0]
    }

    /// Its mode's number.
    pub fn mode(&self) -> u8 {
        self.head[2]
    }

    /// Whether the application can confirm an activation (AM1-9).
    pub fn confirms(&self) -> bool {
        let takes_messages = self.suite.as_ref().is_none_or(Suite::is_qh64);
        self.head[1] % 2 == 1 && [3, 4].contains(&self.mode()) && takes_messages
    }

    /// Whether the algorithm allows the application's other values (STV-6).
    pub fn allows_its_values(&self) -> bool {
        let [_, flags, mode, algorithm, factor] = self.head;
        let is_otp = flags < 2 && mode == 1 && self.length <= 8 && self.fields.is_empty();
        match algorithm {
            1 => true,
            2 => is_otp && factor == 2,
            4 => flags < 4 && self.suite.as_ref().is_some_and(|suite| self.may_have(suite)),
            _ => is_otp && factor == 1,
        }
    }

    /// STV-6: whether it may have this suite.
    fn may_have(&self, suite: &Suite) -> bool {
        let [_, flags, mode, _, factor] = self.head;
        let named = match (suite.step.is_some(), suite.counter) {
            (true, false) => 1,
            (false, true) => 2,
            (true, true) => 3,
            (false, false) => 0,
        };
        let data = match (mode, self.fields.as_slice()) {
            (2, []) => true,
            (3, _) if suite.is_qh64() => true,
            (3, [(minimum, maximum)]) => *minimum > 0 && usize::from(*maximum) <= suite.length,
            _ => false,
        };
        named == factor
            && data
            && suite.step.unwrap_or(0) == u32::from(self.step)
            && suite.digits == self.length
            && suite.password.is_none()
            && suite.session.is_none()
            && (flags & 2 == 0 || suite.is_qh64())
    }

    /// CLI-10, REQ-12, for a request of this format.
    pub fn takes_request(&self, format: u8) -> bool {
        let modes = if format == 1 { [2, 4] } else { [3, 4] };
        self.head[1] & 3 == 3 && modes.contains(&self.mode())
    }

    /// Whether time takes part.
    pub fn has_time(&self) -> bool {
        self.head[4] != 2
    }

    /// Whether events take part.
    pub fn has_events(&self) -> bool {
        self.head[4] != 1
    }

    /// `now div step length`, where time takes part.
    pub fn step_at(&self, now: u32) -> Option<u64> {
        self.has_time().then(|| u64::from(now) / u64::from(self.step))
    }
}

/// A static vector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vector {
    /// Three characters.
    pub prefix: String,
    /// Master key.
    pub master: [u8; 16],
    /// Password rules.
    pub password: [u8; 5],
    /// Platform binding.
    pub binding: u8,
    /// Applications.
    pub applications: Vec<Application>,
}

impl Vector {
    /// The application with this index.
    pub fn application(&self, index: u8) -> Option<&Application> {
        self.applications.iter().find(|application| application.head[0] == index)
    }

    /// The unlock application, section 14.
    pub fn unlock_application(&self) -> Option<&Application> {
        self.applications.iter().find(|application| application.head[1] % 2 == 1 && application.mode() == 5)
    }
}

/// Reads a static vector (STV-1 to STV-6).
pub fn static_vector(bytes: &[u8]) -> Verdict<Vector> {
    must(bytes.len() <= 481, "STV-2")?;
    must(bytes.len() >= 4 && bytes[..2] == [0x38, 0x08], "STV-1")?;
    must(bits(bytes, 16, 16) as usize == bytes.len() - 4, "STV-1")?;
    let mut vector =
        Vector { prefix: String::new(), master: [0; 16], password: [0; 5], binding: 0, applications: vec![] };
    let (mut at, mut number) = (4, 0);
    while at < bytes.len() {
        must(at + 2 <= bytes.len(), "STV-3")?;
        let (tag, length) = (bytes[at], usize::from(bytes[at + 1]));
        must(at + 2 + length <= bytes.len(), "STV-3")?;
        let value = &bytes[at + 2..at + 2 + length];
        let awaited = vector.applications.last_mut().filter(|it| it.head[3] == 4 && it.suite.is_none());
        if let Some(application) = awaited {
            must(tag == 0x11, "STV-4")?;
            must((2..=97).contains(&length), "STV-3")?;
            must(value[0] == application.head[0], "STV-4")?;
            let text = std::str::from_utf8(&value[1..]).map_err(|_| "STV-6")?;
            application.suite = Some(oath::suite(text).map_err(|_| "STV-6")?);
            must(application.allows_its_values(), "STV-6")?;
            ascends(&vector.applications)?;
            at += 2 + length;
            continue;
        }
        must(tag == if number < 4 { number + 1 } else { 0x10 }, "STV-4")?;
        let wanted = [2, 16, 5, 1].get(usize::from(number));
        must(wanted.is_none_or(|wanted| *wanted == length), "STV-3")?;
        match number {
            0 => vector.prefix = prefix(bits(value, 0, 16)).ok_or("STV-5")?,
            1 => vector.master = value.try_into().unwrap(),
            2 => {
                let [required, minimum, maximum, tries, weak] = value.try_into().unwrap();
                let lengths = 1 <= minimum && minimum <= maximum && maximum <= 64;
                must(required <= 1 && lengths && (1..=99).contains(&tries) && weak <= 1, "STV-5")?;
                vector.password = value.try_into().unwrap();
            }
            3 => {
                must(value[0] <= 1, "STV-5")?;
                vector.binding = value[0];
            }
            _ => {
                vector.applications.push(application(value)?);
                if vector.applications.last().unwrap().head[3] != 4 {
                    must(vector.applications.last().unwrap().allows_its_values(), "STV-6")?;
                    ascends(&vector.applications)?;
                }
            }
        }
        (at, number) = (at + 2 + length, (number + 1).min(4));
    }
    must(vector.applications.last().is_some_and(|it| it.head[3] != 4 || it.suite.is_some()), "STV-4")?;
    Ok(vector)
}

fn ascends(applications: &[Application]) -> Verdict<()> {
    must(applications.windows(2).all(|pair| pair[0].head[0] < pair[1].head[0]), "STV-4")
}

fn application(value: &[u8]) -> Verdict<Application> {
    must(value.len() >= 19, "STV-3")?;
    let k = usize::from(value[18]);
    must(k <= 8, "STV-5")?;
    must(value.len() == 19 + 2 * k, "STV-3")?;
    let head: [u8; 5] = value[..5].try_into().unwrap();
    let (step, length) = (u16::from_be_bytes([value[5], value[6]]), value[7]);
    let name: [u8; 10] = value[8..18].try_into().unwrap();
    let fields: Vec<(u8, u8)> = (0..k).map(|i| (value[19 + 2 * i], value[20 + 2 * i])).collect();

    let [index, flags, mode, algorithm, factor] = head;
    let numbers =
        (1..=8).contains(&index) && flags < 16 && (1..=5).contains(&mode) && (1..=6).contains(&algorithm);
    let moves = (1..=3).contains(&factor) && (factor == 2) == (step == 0);
    let name_ok = name[0] != b' '
        && name.iter().all(|byte| b" ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".contains(byte))
        && name.windows(2).all(|pair| pair[0] != b' ' || pair[1] == b' ');
    let fields_ok = fields.iter().all(|(minimum, maximum)| minimum <= maximum && (1..=64).contains(maximum));
    must(numbers && moves && (6..=16).contains(&length) && name_ok && fields_ok, "STV-5")?;
    Ok(Application { head, step, length, name, fields, suite: None })
}
