//! Values of any type: what is nearly one, and what is just one still.

use peer::parameters::{Form, Member, Type};

use super::bent::Bent;
use super::json::{Json, quoted};
use super::scalar;

/// The kinds of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Null,
    Boolean,
    Number,
    Text,
    Array,
    Object,
}

/// Some value of a type, for where a good question has none.
pub(super) fn sample(of: &Type) -> Json {
    match of {
        Type::Text(_, _, Form::Any | Form::Ascii) => Json::text("Text"),
        Type::Text(_, _, Form::Digits) => Json::text("0794"),
        Type::Text(_, _, Form::Label) => Json::text("TYPE"),
        Type::Text(_, _, Form::Name) => Json::text("ACTIVATION  "),
        Type::Bytes(min, _) => Json::text(&"0A".repeat(*min)),
        Type::Challenge => Json::text(&"0A".repeat(8)),
        Type::Serial => Json::text("VDS1000120"),
        Type::Number(min, _) => Json::Raw(min.to_string()),
        Type::Numbers(choices) => Json::Raw(choices.first().copied().unwrap_or_default().to_string()),
        Type::Words(words) => Json::text(words.first().copied().unwrap_or_default()),
        Type::Boolean => Json::raw("true"),
        Type::Nullable(of) => sample(of),
        Type::Array(min, _, of) => Json::Array(vec![sample(of); (*min).max(1)]),
        Type::Pair(first, second) => Json::Array(vec![sample(first), sample(second)]),
        Type::Object(members) => Json::Object(samples(members)),
        Type::Tagged(tag, kinds) => kinds.first().map_or(Json::Object(Vec::new()), |kind| tagged(tag, kind)),
    }
}

fn samples(members: &[Member]) -> Vec<(String, Json)> {
    members.iter().map(|member| (quoted(member.name), sample(&member.of))).collect()
}

fn tagged(tag: &str, (word, members): &(&str, &[Member])) -> Json {
    let mut all = vec![(quoted(tag), Json::text(word))];
    all.extend(samples(members));
    Json::Object(all)
}

/// Everything that is nearly `value` and not of its type.
pub(super) fn bends(of: &Type, value: &Json, place: &str) -> Vec<Bent> {
    let mut all: Vec<_> = other_kinds(of, value).into_iter().map(|bent| bent.at(place)).collect();
    let scalars = match (of, value) {
        (Type::Number(min, max), Json::Raw(value)) => scalar::numbers(value, *min, *max),
        (Type::Numbers(choices), Json::Raw(value)) => scalar::choices(value, choices),
        (Type::Bytes(min, max), Json::Raw(value)) => scalar::bytes(unquoted(value), *min, *max),
        (Type::Challenge, Json::Raw(value)) => {
            let zero = Bent::of("eight bytes of zero", Json::text(&"00".repeat(8)));
            [scalar::bytes(unquoted(value), 8, 8), vec![zero]].concat()
        }
        (Type::Serial, Json::Raw(value)) => scalar::serial(unquoted(value)),
        (Type::Words(words), Json::Raw(value)) => scalar::words(unquoted(value), words),
        (Type::Boolean, _) => booleans(),
        (Type::Text(min, max, form), Json::Raw(value)) => scalar::texts(unquoted(value), *min, *max, *form),
        _ => Vec::new(),
    };
    all.extend(scalars.into_iter().map(|bent| bent.at(place)));
    match (of, value) {
        (Type::Nullable(of), Json::Raw(null)) if null == "null" => {
            all.extend(bends(of, &sample(of), place).into_iter().filter(|bent| bent.json != *value));
        }
        (Type::Nullable(of), _) => {
            all.extend(bends(of, value, place).into_iter().filter(|bent| bent.json != Json::raw("null")));
        }
        (Type::Array(min, max, of), Json::Array(items)) => {
            all.extend(lengths(*min, *max, of, items, place));
            let items = if items.is_empty() { vec![sample(of)] } else { items.clone() };
            all.extend(elements(&items, |_| of, place));
        }
        (Type::Pair(first, second), Json::Array(items)) => {
            let one = items.iter().take(1).cloned().collect();
            all.push(Bent::of("one element", Json::Array(one)).at(place));
            let three = items.iter().chain(items.last()).cloned().collect();
            all.push(Bent::of("three elements", Json::Array(three)).at(place));
            // Of the length of a pair, and read element by element like one.
            all.push(Bent::of("a text of two characters", Json::raw("\"KV\"")).at(place));
            all.extend(elements(items, |at| if at == 0 { first } else { second }, place));
        }
        (Type::Object(members), Json::Object(written)) => all.extend(objects(members, written, place)),
        (Type::Tagged(tag, kinds), Json::Object(written)) => {
            all.extend(alternatives(tag, kinds, written, place));
        }
        _ => {}
    }
    all
}

/// Every other kind of JSON than the type's.
fn other_kinds(of: &Type, value: &Json) -> Vec<Bent> {
    let own = match of {
        Type::Text(..) | Type::Bytes(..) | Type::Challenge | Type::Serial | Type::Words(_) => Kind::Text,
        Type::Number(..) | Type::Numbers(_) => Kind::Number,
        Type::Boolean => Kind::Boolean,
        Type::Array(..) | Type::Pair(..) => Kind::Array,
        Type::Object(_) | Type::Tagged(..) => Kind::Object,
        // What is in it says so.
        Type::Nullable(_) => return Vec::new(),
    };
    let kinds = [
        (Kind::Null, "null", Json::raw("null")),
        (Kind::Boolean, "true", Json::raw("true")),
        (Kind::Boolean, "false", Json::raw("false")),
        (Kind::Number, "the number 7", Json::raw("7")),
        (Kind::Number, "the number 0", Json::raw("0")),
        (Kind::Text, "an empty text", Json::raw("\"\"")),
        (Kind::Text, "the value as a text", Json::text(&value.to_string())),
        (Kind::Array, "an empty array", Json::raw("[]")),
        (Kind::Array, "the value in an array", Json::Array(vec![value.clone()])),
        (Kind::Object, "an empty object", Json::raw("{}")),
        (Kind::Object, "the value in an object", Json::Object(vec![("\"value\"".into(), value.clone())])),
    ];
    let others = kinds.into_iter().filter(|(kind, ..)| *kind != own);
    others.map(|(_, what, json)| Bent::of(what, json)).collect()
}

fn booleans() -> Vec<Bent> {
    let words = [("the number 1", "1"), ("a word", "\"true\""), ("a word", "\"false\"")];
    words.map(|(what, json)| Bent::of(what, Json::raw(json))).into()
}

/// Arrays with one element too many or too few.
fn lengths(min: usize, max: usize, of: &Type, items: &[Json], place: &str) -> Vec<Bent> {
    let of_length = |length: usize| {
        let fill = sample(of);
        let filled = items.iter().chain(std::iter::repeat(&fill)).take(length).cloned().collect();
        Bent::of(format!("{length} elements"), Json::Array(filled)).at(place)
    };
    let below = min.checked_sub(1).map(of_length);
    let above = (max < usize::MAX).then(|| of_length(max + 1));
    below.into_iter().chain(above).collect()
}

/// Arrays with one element bent: the first, and the last if that is another.
fn elements<'t>(items: &[Json], of: impl Fn(usize) -> &'t Type, place: &str) -> Vec<Bent> {
    let last = items.len().saturating_sub(1);
    let mut all = Vec::new();
    for (at, item) in items.iter().enumerate().filter(|(at, _)| *at == 0 || *at == last) {
        let bent = bends(of(at), item, &format!("{place}[{at}]")).into_iter();
        all.extend(bent.map(|bent| bent.within(|json| Json::Array(with(items, at, json)))));
    }
    all
}

fn with<T: Clone>(all: &[T], at: usize, one: T) -> Vec<T> {
    let mut all = all.to_vec();
    if let Some(place) = all.get_mut(at) {
        *place = one;
    }
    all
}

/// Names that no operation's parameter has, and some that another's has.
const FOREIGN: [&str; 4] = ["extra", "", "session", "now"];

/// Random fields of other operations: of the right form there.
const FOREIGN_RANDOM: [(&str, usize); 2] = [("state_nonce", 12), ("unlock_challenge", 8)];

/// Objects with a member missing, unknown, twice or bent.
fn objects(members: &[Member], written: &[(String, Json)], place: &str) -> Vec<Bent> {
    let mut all = Vec::new();
    for (at, (name, value)) in written.iter().enumerate() {
        let Some(member) = members.iter().find(|member| quoted(member.name) == *name) else { continue };
        let inner = format!("{place}.{}", member.name);
        if member.required {
            let rest = written.iter().enumerate().filter(|(other, _)| *other != at);
            let rest = rest.map(|(_, member)| member.clone()).collect();
            all.push(Bent::of("missing", Json::Object(rest)).at(&inner));
        }
        all.extend(doubled(written, at, true, &inner));
        let bent = bends(&member.of, value, &inner).into_iter();
        all.extend(
            bent.map(|bent| bent.within(|json| Json::Object(with(written, at, (name.clone(), json))))),
        );
    }
    all.extend(more(members, written, place));
    let missing =
        members.iter().filter(|member| !written.iter().any(|(name, _)| *name == quoted(member.name)));
    // What may be missing, and is, is bent as well.
    for member in missing {
        let inner = format!("{place}.{}", member.name);
        let bent = bends(&member.of, &sample(&member.of), &inner).into_iter();
        all.extend(bent.map(|bent| bent.within(|json| plus(written, quoted(member.name), json))));
    }
    all
}

/// Objects with a member more.
fn more(members: &[Member], written: &[(String, Json)], place: &str) -> Vec<Bent> {
    let is_foreign = |name: &&str| !members.iter().any(|member| member.name == *name);
    let mut all = Vec::new();
    for name in FOREIGN.iter().chain(&["random"]).filter(|name| is_foreign(name)) {
        let value = if *name == "random" { Json::raw("{}") } else { Json::raw("1") };
        all.push(Bent::of(format!("an unknown member {}", quoted(name)), plus(written, quoted(name), value)));
    }
    if place.ends_with(".random") {
        for (name, length) in FOREIGN_RANDOM.iter().filter(|(name, _)| is_foreign(name)) {
            let value = Json::text(&"0A".repeat(*length));
            all.push(Bent::of(format!("{name}, another operation's"), plus(written, quoted(name), value)));
        }
    }
    if let Some((name, value)) = written.first() {
        let upper = name.to_uppercase();
        all.push(Bent::of(format!("an unknown member {upper}"), plus(written, upper, value.clone())));
    }
    all.into_iter().map(|bent| bent.at(place)).collect()
}

fn plus(written: &[(String, Json)], name: String, value: Json) -> Json {
    Json::Object(written.iter().cloned().chain([(name, value)]).collect())
}

/// Objects in which a member stands twice: with the same value, `with_null` the first or the second of them null, and with
/// its name written otherwise.
pub(super) fn doubled(written: &[(String, Json)], at: usize, with_null: bool, place: &str) -> Vec<Bent> {
    let Some((member, value)) = written.get(at) else { return Vec::new() };
    let twice = |first: Json, name: String, second: Json| {
        plus(&with(written, at, (member.clone(), first)), name, second)
    };
    let escaped = member.get(1..2).and_then(|first| first.chars().next());
    let escaped =
        escaped.map(|first| format!("\"\\u{:04x}{}", u32::from(first), member.get(2..).unwrap_or("\"")));
    let mut all = vec![Bent::of("twice", twice(value.clone(), member.clone(), value.clone()))];
    if with_null {
        let null = Json::raw("null");
        all.push(Bent::of("twice, null at first", twice(null.clone(), member.clone(), value.clone())));
        all.push(Bent::of("twice, null at last", twice(value.clone(), member.clone(), null)));
    }
    all.extend(
        escaped
            .map(|other| Bent::of("twice, once with an escape", twice(value.clone(), other, value.clone()))),
    );
    all.into_iter().map(|bent| bent.at(place)).collect()
}

/// Objects whose kind is bent, or is another than their members', and whose members are; of every kind.
fn alternatives(
    tag: &'static str,
    kinds: &[(&'static str, &'static [Member])],
    written: &[(String, Json)],
    place: &str,
) -> Vec<Bent> {
    let word = written.iter().find(|(name, _)| *name == quoted(tag)).map(|(_, word)| word.to_string());
    let mut all = Vec::new();
    for kind in kinds {
        let (name, members) = kind;
        let value = match (word.as_deref() == Some(&quoted(name)), tagged(tag, kind)) {
            (true, _) => written.to_vec(),
            (false, Json::Object(members)) => members,
            (false, _) => continue,
        };
        let words: Vec<_> = kinds.iter().map(|(word, _)| *word).collect();
        let inner = format!("{place} ({name})");
        let own: Vec<Member> = members.to_vec();
        all.extend(of_kind(tag, name, &words, &own, &value, &inner));
        for (other, _) in kinds.iter().filter(|(_, others)| others != members) {
            let at = value.iter().position(|(name, _)| *name == quoted(tag)).unwrap_or_default();
            let members = Json::Object(with(&value, at, (quoted(tag), Json::text(other))));
            all.push(Bent::of(format!("said to be of {tag} {other}"), members).at(&inner));
        }
    }
    all
}

fn of_kind(
    tag: &'static str,
    name: &str,
    words: &[&'static str],
    members: &[Member],
    value: &[(String, Json)],
    place: &str,
) -> Vec<Bent> {
    let all_members: Vec<_> =
        [Member { name: tag, required: true, of: Type::Text(0, usize::MAX, Form::Any) }]
            .iter()
            .chain(members)
            .copied()
            .collect();
    let at = value.iter().position(|(written, _)| *written == quoted(tag)).unwrap_or_default();
    let inner = format!("{place}.{tag}");
    let as_word = other_kinds(&Type::Serial, &Json::text(name)).into_iter().chain(scalar::words(name, words));
    let as_word =
        as_word.map(|bent| bent.at(&inner).within(|json| Json::Object(with(value, at, (quoted(tag), json)))));
    // As a text of any form the tag is bent above, and its type not here.
    let others = objects(&all_members, value, place).into_iter();
    let others = others
        .filter(|bent| !matches!(bent.json.member(tag), Some(json) if json.to_string() != quoted(name)));
    as_word.chain(others).collect()
}

/// What is at the edge of a type, and of it: one change each.
pub(super) fn edges(of: &Type, value: &Json, place: &str) -> Vec<Bent> {
    let raw = |what: &str, text: String| Bent::of(what, Json::Raw(text)).at(place);
    let at_place = |all: Vec<Bent>| all.into_iter().map(|bent| bent.at(place)).collect();
    match (of, value) {
        (Type::Number(min, max), _) => {
            vec![raw("the lowest number", min.to_string()), raw("the highest number", max.to_string())]
        }
        (Type::Numbers(choices), _) => {
            choices.iter().map(|n| raw("a number of them", n.to_string())).collect()
        }
        (Type::Words(words), _) => words.iter().map(|word| raw("a word of them", quoted(word))).collect(),
        (Type::Boolean, _) => ["true", "false"].map(|word| raw(word, word.to_owned())).into(),
        (Type::Text(min, max, form), _) => at_place(scalar::edges_of_texts(*min, *max, *form)),
        (Type::Bytes(min, max), Json::Raw(value)) => {
            at_place(scalar::edges_of_bytes(unquoted(value), *min, *max))
        }
        (Type::Nullable(of), Json::Raw(null)) if null == "null" => {
            let sample = sample(of);
            let mut all = edges(of, &sample, place);
            all.push(Bent::of("not null", sample).at(place));
            all
        }
        (Type::Nullable(of), _) => {
            let mut all = edges(of, value, place);
            all.push(raw("null", "null".to_owned()));
            all
        }
        (Type::Array(min, max, of), Json::Array(items)) => {
            let fill = items.first().cloned().unwrap_or_else(|| sample(of));
            let limits = [*min, if *max == usize::MAX { 1 } else { *max }];
            limits
                .map(|n| Bent::of(format!("{n} elements"), Json::Array(vec![fill.clone(); n])).at(place))
                .into()
        }
        (Type::Object(members), Json::Object(written)) => edges_of_objects(members, written, place),
        (Type::Tagged(tag, kinds), _) => kinds
            .iter()
            .map(|kind| Bent::of(format!("of {tag} {}", kind.0), tagged(tag, kind)).at(place))
            .collect(),
        _ => Vec::new(),
    }
}

fn edges_of_objects(members: &[Member], written: &[(String, Json)], place: &str) -> Vec<Bent> {
    let mut all = vec![
        Bent::of("members in another order", Json::Object(written.iter().rev().cloned().collect())).at(place),
    ];
    for (at, (name, value)) in written.iter().enumerate() {
        let Some(member) = members.iter().find(|member| quoted(member.name) == *name) else { continue };
        let inner = format!("{place}.{}", member.name);
        if !member.required {
            let rest = written.iter().enumerate().filter(|(other, _)| *other != at);
            let rest = rest.map(|(_, member)| member.clone()).collect();
            all.push(Bent::of("missing, as it may", Json::Object(rest)).at(&inner));
        }
        let edges = edges(&member.of, value, &inner).into_iter();
        all.extend(
            edges.map(|bent| bent.within(|json| Json::Object(with(written, at, (name.clone(), json))))),
        );
    }
    all
}

fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text)
}
