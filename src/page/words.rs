//! Numbers and times as a person reads them.

use std::fmt;

/// A count, its digits in groups of three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Count(pub(crate) u64);

impl Count {
    pub(crate) fn of(length: usize) -> Self {
        Self(u64::try_from(length).unwrap_or(u64::MAX))
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            small @ 0..1000 => write!(f, "{small}"),
            large => write!(f, "{},{:03}", Count(large / 1000), large % 1000),
        }
    }
}

/// `1 case`, `2 cases`.
pub(crate) fn counted(count: u64, thing: &str) -> String {
    format!("{} {thing}{}", Count(count), if count == 1 { "" } else { "s" })
}

/// Milliseconds, in the unit in which a person thinks of them.
pub(crate) fn duration(milliseconds: f64) -> String {
    match milliseconds {
        ms if ms < 999.5 => format!("{ms:.0} ms"),
        ms if ms < 119_500.0 => format!("{:.1} s", ms / 1e3),
        ms if ms < 7_170_000.0 => format!("{:.0} min", ms / 60e3),
        ms => format!("{:.1} h", ms / 3600e3),
    }
}

/// A count of which nobody wants all digits.
pub(crate) fn large(count: u64) -> String {
    match count {
        0..1_000_000 => Count(count).to_string(),
        1_000_000..1_000_000_000 => format!("{:.1} million", count as f64 / 1e6),
        _ => format!("{:.2} billion", count as f64 / 1e9),
    }
}

/// Seconds since 1970 as date and time.
pub(crate) fn date(seconds: u64) -> String {
    let time = i64::try_from(seconds).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    time.map_or_else(|| seconds.to_string(), |time| time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
}

/// Seconds since 1970 as a date.
pub(crate) fn day(seconds: u64) -> String {
    date(seconds).split(' ').next().unwrap_or_default().to_owned()
}

/// A text as part of an anchor: what is neither letter nor digit of ASCII becomes a hyphen.
pub(crate) fn slug(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_times_for_people() {
        let counts = [(0, "0"), (999, "999"), (1000, "1,000"), (4_196, "4,196"), (1_000_007, "1,000,007")];
        counts.iter().for_each(|(count, words)| assert_eq!(Count(*count).to_string(), *words));
        assert_eq!((counted(1, "case"), counted(0, "case")), ("1 case".into(), "0 cases".into()));
        for (ms, words) in [
            (0.4, "0 ms"),
            (999.0, "999 ms"),
            (1500.0, "1.5 s"),
            (120_000.0, "2 min"),
            (28_800_000.0, "8.0 h"),
        ] {
            assert_eq!(duration(ms), words);
        }
        let larger = [(999_999, "999,999"), (12_345_678, "12.3 million"), (4_512_345_678, "4.51 billion")];
        larger.iter().for_each(|(count, words)| assert_eq!(large(*count), *words));
        assert_eq!(day(1_700_000_000), "2023-11-14");
        assert_eq!(date(1_700_000_000), "2023-11-14 22:13:20 UTC");
        assert_eq!(date(u64::MAX), u64::MAX.to_string());
    }
}
