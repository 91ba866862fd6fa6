//! What a case is: an id, the requirements it decides, whom it judges, a sentence, and a play over a [`Trial`].

use peer::engine;
use peer::operations::{HelloResult, is_optional};

use crate::cell::Cell;
use crate::trial::{Stop, Trial};

/// Which role of a peer a case judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The client.
    Client,
    /// The server.
    Server,
    /// Client and server, talking to each other.
    Both,
    /// One operation without a session.
    Primitive(&'static str),
    /// The peer protocol itself.
    Peer,
    /// A gateway over HTTP, behind a bridge.
    Gateway,
}

/// What the bridge to a gateway claims. SPEC section 27.
pub const GATEWAY: &str = "gateway";

/// Whether SPEC section 18 knows this profile. A claim of another would be judged by next to nothing.
pub fn is_profile(profile: &str) -> bool {
    let names_operation = |operation: &str| {
        let known = engine::operation_names().any(|name| name == operation);
        known && engine::is_without_session(operation) && operation.contains('.')
    };
    matches!(profile, "full" | "client-core" | "server-core" | GATEWAY)
        || profile.strip_prefix("primitive:").is_some_and(names_operation)
}

/// The optional operations of the profile that a peer claims, as far as it doesn't list them.
pub fn not_offered(claims: &HelloResult) -> Vec<&'static str> {
    let is_of_profile = |name: &&str| {
        is_optional(name)
            && match claims.profile.as_str() {
                "full" => true,
                "client-core" | "server-core" => *name == "state",
                _ => false,
            }
    };
    let is_listed = |name: &&str| claims.operations.iter().any(|listed| listed == name);
    engine::operation_names().filter(is_of_profile).filter(|name| !is_listed(name)).collect()
}

impl Role {
    /// Which role an operation judges.
    pub fn of(operation: &'static str) -> Self {
        match operation {
            _ if engine::is_without_session(operation) => Role::Primitive(operation),
            _ if operation.starts_with("client.") => Role::Client,
            _ => Role::Server,
        }
    }

    /// The word of each, as filters take it.
    pub const WORDS: [&'static str; 6] = ["client", "server", "both", "primitive", "peer", "gateway"];

    /// The word for `list` and reports.
    pub fn word(self) -> &'static str {
        match self {
            Role::Client => "client",
            Role::Server => "server",
            Role::Both => "both",
            Role::Primitive(_) => "primitive",
            Role::Peer => "peer",
            Role::Gateway => "gateway",
        }
    }

    /// Whether a claim of this profile includes it, for a peer that lists these operations.
    pub fn belongs_to(self, profile: &str, operations: &[String]) -> bool {
        match (profile, self) {
            // The bridge is this program: what it says of the peer protocol is judged where the reference is.
            (GATEWAY, role) => role == Role::Gateway,
            (_, Role::Gateway) => false,
            ("full", Role::Primitive(operation)) if is_optional(operation) => {
                operations.iter().any(|name| name == operation)
            }
            (_, Role::Peer) | ("full", _) | ("client-core", Role::Client) | ("server-core", Role::Server) => {
                true
            }
            (_, Role::Primitive(operation)) => profile.strip_prefix("primitive:") == Some(operation),
            _ => false,
        }
    }
}

/// What a case shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Something right is accepted, with the right result.
    Positive,
    /// Something wrong is refused, rightly, and its twin accepted.
    Negative,
    /// Several steps in an order that matters.
    Sequence,
}

impl Kind {
    /// The word for `list` and reports.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Positive => "positive",
            Kind::Negative => "negative",
            Kind::Sequence => "sequence",
        }
    }
}

/// Plays a case.
pub type Run = Box<dyn Fn(&mut Trial<'_>) -> Result<(), Stop> + Send + Sync>;

/// A case.
pub struct Case {
    /// Stable, never used again.
    pub id: String,
    /// The requirements it decides.
    pub covers: Vec<&'static str>,
    /// Whom it judges.
    pub role: Role,
    /// What it shows.
    pub kind: Kind,
    /// What must happen, in a sentence.
    pub about: String,
    /// Which cell of the table of attackers it plays, if any.
    pub cell: Option<Cell>,
    /// Plays it.
    pub run: Run,
}

impl Case {
    /// A case of these parts.
    pub fn new(id: String, role: Role, kind: Kind, covers: &[&'static str], about: String, run: Run) -> Self {
        Self { id, covers: covers.to_vec(), role, kind, about, cell: None, run }
    }

    /// A requirement that it decides, too.
    pub fn and(mut self, id: &'static str) -> Self {
        self.covers.push(id);
        self
    }

    /// A requirement that it decides, too, wherever it passes: what it compares could not be right otherwise.
    pub fn implies(mut self, id: &'static str) -> Self {
        let run = self.run;
        self.run = Box::new(move |trial| {
            run(trial)?;
            trial.implied(&[id])
        });
        self.covers.push(id);
        self
    }

    /// The area: that of its first requirement.
    pub fn area(&self) -> &'static str {
        self.covers.first().and_then(|id| id.split('-').next()).unwrap_or("???")
    }
}
