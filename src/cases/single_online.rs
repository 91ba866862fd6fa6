//! Full activation data: made by the server, taken by the client, bent at each byte. SPEC section 28.

use super::single_activate::tells;
use super::{negative, positive, sequence};
use channel::bytes::Wire;
use channel::crypto::gcm::Gcm;
use channel::crypto::keys::Key;
use channel::crypto::mac::sha256;
use channel::crypto::single;
use channel::rule::{
    AM1_8, CNV_3, ERC_2, PWD_1, Rule, SDL_14, SDL_19, SDL_20, SDL_21, SDL_22, SDL_23, SDL_24, SDL_25, SDL_42,
    STV_1, STV_3, STV_5,
};
use channel::serial::SerialPrefix;
use channel::text::hex;
use harness::case::{Case, Role};
use harness::scene::Under;
use harness::setup::otp;
use harness::single_scene::{Single, SingleSetup};
use harness::trial::{Stop, Trial, fail};
use peer::json::show;
use peer::operations::*;
use peer::protocol::{Array, Data};

const NONE: Data = Data::ResponseOnly {};
pub(super) const SECRET: [u8; 16] = [0x5E; 16];
/// Bytes of the content before the static vector.
const BEFORE_VECTOR: usize = 27;

/// A change of right data.
type Bend = fn(&[u8]) -> Vec<u8>;

/// What is wrong with plain data whose checksum is made anew.
const PLAIN_BENDS: [(&str, Rule, Bend); 19] = [
    ("empty", SDL_25, |_| Vec::new()),
    ("cut-serial", SDL_25, |content| head(content, 4)),
    ("serial-prefix", SDL_25, |content| put(content, 0, &[0xFA, 0x00])),
    ("serial-suffix", SDL_25, |content| put(content, 2, &[0xFF, 0xFF, 0xFF])),
    ("cut-code", SDL_25, |content| head(content, 20)),
    ("cut-check", SDL_25, |content| head(content, 24)),
    ("cut-length", SDL_25, |content| head(content, 26)),
    ("cut-vector", SDL_25, |content| head(content, 60)),
    ("vector-empty", STV_1, |content| put(&head(content, 27), 25, &[0, 0])),
    ("vector-magic", STV_1, |content| put(content, 27, &[0x39])),
    ("vector-record-length", STV_3, |content| flip(content, 27 + 5)),
    ("vector-tries-0", STV_5, |content| put(content, BEFORE_VECTOR + 31, &[0])),
    ("no-counter-length", SDL_25, |content| head(content, content.len() - 1)),
    ("counter-cut", SDL_25, |content| [&head(content, content.len() - 1)[..], &[2], b"1"].concat()),
    ("counter-92", SDL_25, |content| [&head(content, content.len() - 1)[..], &[92], &[b'0'; 92]].concat()),
    ("counter-letter", SDL_25, |content| [&head(content, content.len() - 1)[..], &[2], b"0A"].concat()),
    ("left-over", SDL_25, |content| [content, &[0]].concat()),
    ("check", SDL_24, |content| flip(content, 21)),
    ("code", SDL_24, |content| flip(content, 20)),
];

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    use Role::{Client, Server};
    let mut cases = vec![
        positive(
            "single-online-made",
            Server,
            &["SDL-18", "SDL-2"],
            "plain, encrypted, with a counter",
            made,
        ),
        positive(
            "single-online",
            Client,
            &["SDL-18", "SDL-43"],
            "either kind activates, proven at once",
            activates,
        ),
        positive("single-online-case", Client, &["SDL-19"], "digits in either case", either_case),
        sequence(
            "single-online-vector",
            Client,
            &["SDL-18"],
            "the vector in it takes the place of the own",
            vector,
        )
        .implies("SDL-47"),
        negative("single-online-hexadecimal", Client, CNV_3, "text that is not hexadecimal", hexadecimal),
        negative("single-online-length", Client, SDL_19, "12 bytes are too few, 1025 too many", length),
        negative("single-online-magic", Client, SDL_20, "data of something else", |t| {
            (0..3).try_for_each(|at| refused(t, SDL_20, |data| flip(data, at)))
        }),
        negative("single-online-version", Client, SDL_21, "any other version", |t| {
            [0, 2, 255]
                .into_iter()
                .try_for_each(|version| refused(t, SDL_21, move |data| put(data, 3, &[version])))
        }),
        negative("single-online-kind", Client, SDL_22, "an unknown kind", |t| {
            [2, 255].into_iter().try_for_each(|kind| refused(t, SDL_22, move |data| put(data, 4, &[kind])))
        }),
        negative("single-online-downgrade", Client, SDL_22, "plain where encrypted was awaited", downgrade),
        negative("single-online-no-secret", Client, SDL_22, "encrypted without a secret", no_secret),
        negative("single-online-checksum", Client, SDL_23, "each byte of plain data bent", checksum),
        negative(
            "single-online-encrypted-bytes",
            Client,
            SDL_24,
            "each byte of encrypted data bent",
            encrypted,
        ),
        negative("single-online-wrong-secret", Client, SDL_24, "another shared secret", wrong_secret),
        negative(
            "single-online-encrypted-short",
            Client,
            SDL_42,
            "too short for nonce and tag",
            encrypted_short,
        ),
        negative(
            "single-online-content-sealed",
            Client,
            SDL_25,
            "a bad content, sealed rightly",
            sealed_content,
        ),
        negative("single-online-prefix", Client, AM1_8, "a vector of another prefix", prefix),
        negative(
            "single-online-other-account",
            Client,
            SDL_14,
            "another license's account stays",
            other_account,
        ),
        negative(
            "single-online-password",
            Client,
            PWD_1,
            "the password is that of the vector in it",
            password,
        ),
        negative("single-online-counter", Client, ERC_2, "a counter that the vector has no use for", counter),
    ];
    cases.extend(PLAIN_BENDS.map(|(name, rule, bend)| {
        let about = format!("{name}: such a content is refused with {}", rule.class.word());
        negative(format!("single-online-content-{name}"), Client, rule, about, move |t| {
            refused(t, rule, |data| plain(&bend(content(data))))
        })
    }));
    cases
}

fn head(bytes: &[u8], length: usize) -> Vec<u8> {
    bytes.get(..length).unwrap_or_default().to_vec()
}

fn put(bytes: &[u8], at: usize, new: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for (to, from) in out.iter_mut().skip(at).zip(new) {
        *to = *from;
    }
    out
}

fn flip(bytes: &[u8], at: usize) -> Vec<u8> {
    put(bytes, at, &[bytes.get(at).map_or(0, |byte| byte ^ 1)])
}

/// Of plain data.
pub(super) fn content(data: &[u8]) -> &[u8] {
    data.get(5..data.len().saturating_sub(8)).unwrap_or_default()
}

/// Plain data around a content, checksum right.
pub(super) fn plain(content: &[u8]) -> Vec<u8> {
    let before = [b"FAD\x01\0", content].concat();
    let checksum = sha256(&[&before]);
    [&before[..], checksum.get(..8).unwrap_or_default()].concat()
}

/// Encrypted data around a content.
pub(super) fn sealed(content: &[u8]) -> Vec<u8> {
    let (head, nonce) = (b"FAD\x01\x01", [9; 12]);
    let mut content = content.to_vec();
    let tag = Gcm::sealing(&single::full_activation(&Key::new(SECRET))).seal(&nonce, head, &mut content);
    [&head[..], &nonce, &content, &tag].concat()
}

fn bytes_of(text: &str) -> Result<Vec<u8>, Stop> {
    hex::decode(text).map_err(|refusal| fail("SDL-18", "hexadecimal text".into(), refusal.to_string()))
}

fn take(
    t: &mut Trial<'_>,
    scene: &Single,
    data: &[u8],
    secret: Option<[u8; 16]>,
) -> ClientSingleActivateOnline {
    scene.online(t, &hex::encode(data), secret)
}

/// Plain data, bent, refused; the right ones taken.
fn refused(t: &mut Trial<'_>, rule: Rule, bend: impl Fn(&[u8]) -> Vec<u8>) -> Result<(), Stop> {
    let scene = Single::created(t, Under::Client, SingleSetup::default())?;
    let data = scene.data(t, None, false)?;
    let bad = take(t, &scene, &bend(&bytes_of(&data)?), None);
    let good = scene.online(t, &data, None);
    t.refuses(rule, &scene.client, &bad, &good).map(|_| ())
}

fn made(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Server, SingleSetup::default())?;
    scene.accepted(t, otp::EVENT, &NONE)?;
    for secret in [None, Some(SECRET)] {
        for with_counter in [false, true] {
            let before = t.state("SDL-18", &scene.server)?;
            let data = scene.data(t, secret, with_counter)?;
            t.state_is("SDL-18", &scene.server, before)?;
            let upper = data.bytes().all(|byte| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte));
            t.decided(upper, "SDL-18", "upper-case hexadecimal text", data.clone())?;
            // The reference's client takes them, whatever nonce was drawn.
            let client = t.reference_party();
            t.agrees("PPR-5", &client, &scene.setup.client(scene.platform_key))?;
            let scene = Single { client, ..scene.clone() };
            let online = scene.online(t, &data, secret);
            t.agrees("SDL-18", &scene.client, &online)?;
        }
    }
    let draw = ServerSingleGenerateFullActivationData {
        shared_secret: Some(Array(SECRET)),
        with_counter: false,
        random: None,
    };
    let two =
        [t.accepts("SDL-18", &scene.server, &draw)?.got, t.accepts("SDL-18", &scene.server, &draw)?.got];
    let [one, other] = two.map(|it| it.data.get(10..34).unwrap_or_default().to_owned());
    t.decided(one != other, "SDL-18", "a nonce of its own each time", one.clone())?;
    t.implied(&["SDL-2"])
}

fn activates(t: &mut Trial<'_>) -> Result<(), Stop> {
    for (secret, with_counter) in [(None, false), (None, true), (Some(SECRET), false), (Some(SECRET), true)] {
        let scene = Single::created(t, Under::Client, SingleSetup::default())?;
        let data = scene.data(t, secret, with_counter)?;
        let question = scene.online(t, &data, secret);
        t.agrees("SDL-18", &scene.client, &question)?;
        let status = scene.status(t, "SDL-43")?;
        t.decided(status.proven && status.state.get() == 1, "SDL-43", "proven", show(&status))?;
        tells(t, &scene)?;
    }
    Ok(())
}

fn either_case(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::created(t, Under::Client, SingleSetup::default())?;
    let data = scene.data(t, None, false)?.to_lowercase();
    let question = scene.online(t, &data, None);
    t.agrees("SDL-19", &scene.client, &question).map(|_| ())
}

fn vector(t: &mut Trial<'_>) -> Result<(), Stop> {
    // The client has no application MULTI built in, and another prefix.
    let scene = Single::created(t, Under::Client, SingleSetup::default())?;
    let app = SingleSetup::with(|vector| {
        vector.applications.retain(|rules| rules.form.index != otp::MULTI);
        vector.prefix = SerialPrefix::default();
    });
    let client = t.peer_client();
    t.agrees("PPR-5", &client, &app.client(scene.platform_key))?;
    let scene = Single { client, ..scene };
    let data = scene.data(t, None, false)?;
    let question = scene.online(t, &data, None);
    t.agrees("SDL-18", &scene.client, &question)?;
    scene.accepted(t, otp::MULTI, &NONE)?;
    // By a code it is the own one's license again: another prefix.
    let right = scene.right(t);
    t.refuses_only(channel::rule::SDL_13, &scene.client, &right)
}

fn hexadecimal(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::created(t, Under::Client, SingleSetup::default())?;
    let data = scene.data(t, None, false)?;
    for bad in
        [format!("{data}0"), format!(" {data}"), format!("{data}\n"), data.replacen('4', "G", 1), "0".into()]
    {
        let bad = scene.online(t, &bad, None);
        t.refuses_only(CNV_3, &scene.client, &bad)?;
    }
    let good = scene.online(t, &data, None);
    t.twin("CNV-3", &scene.client, &good).map(|_| ())
}

fn length(t: &mut Trial<'_>) -> Result<(), Stop> {
    refused(t, SDL_19, |_| Vec::new())?;
    refused(t, SDL_19, |data| head(data, 12))?;
    refused(t, SDL_20, |_| vec![0; 13])?;
    refused(t, SDL_20, |_| vec![0; 1024])?;
    refused(t, SDL_19, |data| [data, &[0; 1025]].concat())?;
    refused(t, SDL_19, |_| vec![0; 1025])
}

fn downgrade(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::created(t, Under::Client, SingleSetup::default())?;
    let (data, good) = (scene.data(t, None, false)?, scene.data(t, Some(SECRET), false)?);
    let (bad, good) = (scene.online(t, &data, Some(SECRET)), scene.online(t, &good, Some(SECRET)));
    t.refuses(SDL_22, &scene.client, &bad, &good).map(|_| ())
}

fn no_secret(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::created(t, Under::Client, SingleSetup::default())?;
    let data = scene.data(t, Some(SECRET), false)?;
    let (bad, good) = (scene.online(t, &data, None), scene.online(t, &data, Some(SECRET)));
    t.refuses(SDL_22, &scene.client, &bad, &good).map(|_| ())
}

fn checksum(t: &mut Trial<'_>) -> Result<(), Stop> {
    each_byte(t, None, SDL_23)
}

fn encrypted(t: &mut Trial<'_>) -> Result<(), Stop> {
    each_byte(t, Some(SECRET), SDL_24)
}

/// Each byte after the head, by one bit; the ends cut.
fn each_byte(t: &mut Trial<'_>, secret: Option<[u8; 16]>, rule: Rule) -> Result<(), Stop> {
    let scene = Single::created(t, Under::Client, SingleSetup::default())?;
    let text = scene.data(t, secret, true)?;
    let data = bytes_of(&text)?;
    let before = t.state(rule.id, &scene.client)?;
    for at in 5..data.len() {
        let bad = take(t, &scene, &flip(&data, at), secret);
        t.refuses_stateless(rule, &scene.client, &bad)?;
    }
    for bad in [head(&data, data.len() - 1), [&data[..], &[0]].concat()] {
        let bad = take(t, &scene, &bad, secret);
        t.refuses_stateless(rule, &scene.client, &bad)?;
    }
    t.state_is(rule.id, &scene.client, before)?;
    let good = scene.online(t, &text, secret);
    t.twin(rule.id, &scene.client, &good).map(|_| ())
}

fn wrong_secret(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::created(t, Under::Client, SingleSetup::default())?;
    let data = scene.data(t, Some(SECRET), false)?;
    for at in [0, 15] {
        let mut other = SECRET;
        if let Some(byte) = other.get_mut(at) {
            *byte ^= 1;
        }
        let bad = scene.online(t, &data, Some(other));
        t.refuses_only(SDL_24, &scene.client, &bad)?;
    }
    let good = scene.online(t, &data, Some(SECRET));
    t.twin("SDL-24", &scene.client, &good).map(|_| ())
}

fn encrypted_short(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::created(t, Under::Client, SingleSetup::default())?;
    let text = scene.data(t, Some(SECRET), false)?;
    let data = bytes_of(&text)?;
    for length in [13, 32] {
        let bad = take(t, &scene, &head(&data, length), Some(SECRET));
        t.refuses_only(SDL_42, &scene.client, &bad)?;
    }
    // 33 bytes have room for both, and do not open.
    let bad = take(t, &scene, &head(&data, 33), Some(SECRET));
    t.refuses_only(SDL_24, &scene.client, &bad)?;
    let good = scene.online(t, &text, Some(SECRET));
    t.twin("SDL-42", &scene.client, &good).map(|_| ())
}

fn sealed_content(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::created(t, Under::Client, SingleSetup::default())?;
    let plain = bytes_of(&scene.data(t, None, false)?)?;
    let content = content(&plain);
    for (_, rule, bend) in PLAIN_BENDS {
        let bad = take(t, &scene, &sealed(&bend(content)), Some(SECRET));
        t.refuses_only(rule, &scene.client, &bad)?;
    }
    let good = take(t, &scene, &sealed(content), Some(SECRET));
    t.twin("SDL-25", &scene.client, &good).map(|_| ())
}

fn prefix(t: &mut Trial<'_>) -> Result<(), Stop> {
    refused(t, AM1_8, |data| {
        let content = content(data);
        plain(&put(content, BEFORE_VECTOR + 6, &[0, 1]))
    })
}

fn other_account(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Client, SingleSetup::default())?;
    let other =
        Single::created(t, Under::Neither, SingleSetup { serial: "VDS1000121", ..SingleSetup::default() })?;
    let (bad, good) = (other.data(t, None, false)?, scene.data(t, None, false)?);
    let (bad, good) = (scene.online(t, &bad, None), scene.online(t, &good, None));
    t.refuses_only(SDL_14, &scene.client, &bad)?;
    let bad = ClientSingleActivateOnline { password: None, ..bad };
    t.refuses_only(SDL_14, &scene.client, &bad)?;
    t.twin("SDL-14", &scene.client, &good)?;
    tells(t, &scene)
}

fn password(t: &mut Trial<'_>) -> Result<(), Stop> {
    // The client's own vector requires none.
    let scene = Single::created(t, Under::Client, SingleSetup::default())?;
    let app = SingleSetup::without_password();
    let client = t.peer_client();
    t.agrees("PPR-5", &client, &app.client(scene.platform_key))?;
    let scene = Single { client, ..scene };
    let data = scene.data(t, None, false)?;
    let good = scene.online(t, &data, None);
    let bad = ClientSingleActivateOnline { password: None, ..good.clone() };
    t.refuses(PWD_1, &scene.client, &bad, &good).map(|_| ())
}

fn counter(t: &mut Trial<'_>) -> Result<(), Stop> {
    let setup = SingleSetup::with(|vector| vector.applications.retain(|rules| !rules.factor.has_event()));
    let scene = Single::created(t, Under::Client, setup)?;
    let text = scene.data(t, None, false)?;
    let data = bytes_of(&text)?;
    let content = content(&data);
    let with_counter = [&head(content, content.len() - 1)[..], &[1], b"0"].concat();
    let bad = take(t, &scene, &plain(&with_counter), None);
    let good = scene.online(t, &text, None);
    t.refuses(ERC_2, &scene.client, &bad, &good)?;
    let length = scene.setup.vector.to_bytes().len();
    t.decided(
        content.len() == BEFORE_VECTOR + length + 1,
        "SDL-18",
        "no counter",
        format!("{}", content.len()),
    )
}
