//! What is asked before a body is read: whom the request is for, where it comes from, who it is, how often. GTW-8 to
//! GTW-11.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderValue, header};
use subtle::ConstantTimeEq;

use channel::crypto::mac::sha256;
use gateway::code::Problem;

/// The names by which a gateway may be called: what may stand in `Host`, and in `Origin` behind the scheme.
///
/// A page of another site can make a browser ask a server on loopback under that site's own name; it can't change what
/// stands in these two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosts(Vec<String>);

impl Hosts {
    /// On loopback: its names with the port. And those that the operator knows, as a browser would send them.
    pub fn new(address: SocketAddr, names: &[String]) -> Self {
        let mut hosts: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
        if address.ip().is_loopback() {
            let port = address.port();
            hosts.extend(["127.0.0.1", "[::1]", "localhost"].map(|name| format!("{name}:{port}")));
        }
        Self(hosts)
    }

    /// Whether there is no name at all: then nobody could ask.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|host| host.eq_ignore_ascii_case(name))
    }

    /// Host and origin of a request.
    pub(super) fn ensure(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let host = single(headers, header::HOST).ok().flatten();
        if !host.is_some_and(|host| self.has(host)) {
            return Err(Problem::Misdirected);
        }
        let Some(origin) = single(headers, header::ORIGIN)? else { return Ok(()) };
        let name = origin.strip_prefix("http://").or(origin.strip_prefix("https://"));
        match name.is_some_and(|name| self.has(name)) {
            true => Ok(()),
            false => Err(Problem::ForeignOrigin),
        }
    }
}

/// The one value of a header, if it has one.
fn single(headers: &HeaderMap, name: header::HeaderName) -> Result<Option<&str>, Problem> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| Problem::ForeignOrigin),
        (Some(_), Some(_)) => Err(Problem::ForeignOrigin),
    }
}

/// The API key, compared without a hint of how much of it is right.
pub(super) fn ensure_key(headers: &HeaderMap, key: &str) -> Result<(), Problem> {
    let given = headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes).unwrap_or_default();
    let right = ["Bearer ", key].concat();
    match bool::from(sha256(&[given]).ct_eq(&sha256(&[right.as_bytes()]))) {
        true => Ok(()),
        false => Err(Problem::NotAllowed),
    }
}

/// JSON, by name: a form of another site can't send that without being asked first.
pub(super) fn ensure_json(headers: &HeaderMap) -> Result<(), Problem> {
    let media = single(headers, header::CONTENT_TYPE).ok().flatten().unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim();
    match media.eq_ignore_ascii_case("application/json") {
        true => Ok(()),
        false => Err(Problem::BadMedia),
    }
}

/// Who asks: the peer, or, behind a proxy of one's own, whom that one names last.
pub(super) fn address(peer: SocketAddr, headers: &HeaderMap, behind_proxy: bool) -> IpAddr {
    let forwarded = headers.get_all("x-forwarded-for").iter().next_back().filter(|_| behind_proxy);
    let last = forwarded.and_then(|value| value.to_str().ok()).and_then(|value| value.rsplit(',').next());
    let address = last.and_then(|last| last.trim().parse().ok()).unwrap_or(peer.ip());
    whole(address.to_canonical())
}

/// Who has one address of IPv6 has its network of 2^64: it is told apart by that.
fn whole(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
    }
}

/// What every reply says to a browser: show it nowhere, guess nothing, keep nothing, tell nobody.
pub(super) const HEADERS: [(&str, &str); 6] = [
    ("cache-control", "no-store"),
    (
        "content-security-policy",
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ),
    ("cross-origin-resource-policy", "same-origin"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn gtw_9_hosts_and_origins() {
        let hosts = Hosts::new("127.0.0.1:80".parse().unwrap(), &["Login.example".into()]);
        for (host, origin, expected) in [
            ("127.0.0.1:80", None, Ok(())),
            ("LOCALHOST:80", None, Ok(())),
            ("[::1]:80", Some("http://localhost:80"), Ok(())),
            ("login.example", Some("https://login.example"), Ok(())),
            ("evil.example", None, Err(Problem::Misdirected)),
            ("127.0.0.1", None, Err(Problem::Misdirected)),
            ("127.0.0.1:81", None, Err(Problem::Misdirected)),
            ("127.0.0.1:80.evil.example", None, Err(Problem::Misdirected)),
            ("127.0.0.1:80", Some("null"), Err(Problem::ForeignOrigin)),
            ("127.0.0.1:80", Some("http://evil.example"), Err(Problem::ForeignOrigin)),
            ("127.0.0.1:80", Some("http://127.0.0.1:81"), Err(Problem::ForeignOrigin)),
            ("127.0.0.1:80", Some("ftp://127.0.0.1:80"), Err(Problem::ForeignOrigin)),
            ("127.0.0.1:80", Some(""), Err(Problem::ForeignOrigin)),
        ] {
            let pairs = [Some(("host", host)), origin.map(|origin| ("origin", origin))];
            let pairs: Vec<_> = pairs.into_iter().flatten().collect();
            assert_eq!(hosts.ensure(&headers(&pairs)), expected, "{host} {origin:?}");
        }
        assert_eq!(hosts.ensure(&headers(&[])), Err(Problem::Misdirected));
        let mut two = headers(&[("host", "localhost:80")]);
        two.append("host", HeaderValue::from_static("localhost:80"));
        assert_eq!(hosts.ensure(&two), Err(Problem::Misdirected));
        assert!(Hosts::new("192.0.2.1:80".parse().unwrap(), &[]).is_empty());
    }

    #[test]
    fn gtw_10_who_asks() {
        let peer = "192.0.2.1:5".parse().unwrap();
        let asks = |headers: &HeaderMap, behind| address(peer, headers, behind).to_string();
        let forwarded = headers(&[("x-forwarded-for", "203.0.113.9, 198.51.100.7")]);
        assert_eq!(asks(&forwarded, false), "192.0.2.1", "anybody can write that");
        assert_eq!(asks(&forwarded, true), "198.51.100.7", "what the proxy wrote stands last");
        assert_eq!(asks(&headers(&[("x-forwarded-for", "me")]), true), "192.0.2.1");
        let v6 = "[2001:db8:1:2:3:4:5:6]:5".parse().unwrap();
        assert_eq!(address(v6, &headers(&[]), false).to_string(), "2001:db8:1:2::");
        let mapped = "[::ffff:192.0.2.1]:5".parse().unwrap();
        assert_eq!(address(mapped, &headers(&[]), false).to_string(), "192.0.2.1");
    }

    #[test]
    fn gtw_7_the_key() {
        let key = "00FF";
        for (value, is_right) in [
            ("Bearer 00FF", true),
            ("Bearer 00ff", false),
            ("bearer 00FF", false),
            ("Bearer 00FF ", false),
            ("Bearer ", false),
            ("00FF", false),
        ] {
            let given: HeaderMap = headers(&[("authorization", value)]);
            assert_eq!(ensure_key(&given, key).is_ok(), is_right, "{value}");
        }
        assert_eq!(ensure_key(&headers(&[]), key), Err(Problem::NotAllowed));
    }
}
