//! A static vector with one defect, of its records or of its head (SPEC section 8).

use crate::luck::Luck;

/// A static vector with one record, or its head, changed.
pub(crate) fn bent(luck: &mut Luck, bytes: &[u8]) -> Vec<u8> {
    let Some((head, rest)) = bytes.split_at_checked(4) else { return vec![0x38] };
    let mut records = records(rest);
    let at = luck.below(records.len());
    let ocra = records.iter().position(|record| record.first() == Some(&0x11));
    let at = ocra.filter(|_| luck.percent(50)).unwrap_or(at);
    match luck.below(10) {
        0 => drop(records.remove(at)),
        1 => records.insert(at, records.get(at).cloned().unwrap_or_default()),
        2 => {
            if at + 1 < records.len() {
                records.swap(at, at + 1);
            }
        }
        3 | 9 => resized(records.get_mut(at), |value| value.clear()),
        4 => resized(records.get_mut(at), |value| value.truncate(value.len().saturating_sub(1))),
        5 => resized(records.get_mut(at), |value| value.push(0)),
        _ => {
            // Of an application, mostly what stands before its name.
            let length = records.get(at).map_or(0, Vec::len);
            let most = if luck.percent(70) { length.min(10) } else { length };
            let place = luck.below(most);
            if let Some(byte) = records.get_mut(at).and_then(|record| record.get_mut(place)) {
                *byte = luck.one(
                    &[byte.wrapping_add(1), byte.wrapping_sub(1), *byte ^ 0x10, 0, 9, 65, 100, u8::MAX],
                    0,
                );
            }
        }
    }
    let body = records.concat();
    let length = u16::try_from(body.len()).unwrap_or(u16::MAX).to_be_bytes();
    let mut bent = [head.get(..2).unwrap_or_default(), &length, &body].concat();
    match luck.below(24) {
        0 => bent.push(0),
        1 => drop(bent.pop()),
        2 => bent.truncate(luck.below(5)),
        3 => bent.resize(luck.one(&[481, 482], 482), 0),
        4 => {
            if let Some(first) = bent.first_mut() {
                *first ^= 1;
            }
        }
        _ => {}
    }
    bent
}

/// Tag, length and value of each record.
fn records(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    while let Some(length) = bytes.get(1) {
        let (record, rest) = bytes.split_at_checked(usize::from(*length) + 2).unwrap_or((bytes, &[]));
        all.push(record.to_vec());
        bytes = rest;
    }
    all
}

/// A record whose value has another length, which it says.
fn resized(record: Option<&mut Vec<u8>>, change: impl Fn(&mut Vec<u8>)) {
    let Some(record) = record else { return };
    let mut value = record.split_off(2.min(record.len()));
    change(&mut value);
    if let Some(length) = record.get_mut(1) {
        *length = u8::try_from(value.len()).unwrap_or(u8::MAX);
    }
    record.extend(value);
}
