//! What a row of the table says.

/// A requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// `FRM-5`.
    pub id: &'static str,
    /// published, reported, standard or profile.
    pub label: &'static str,
    /// MUST, SHOULD or MAY.
    pub level: &'static str,
    /// The class it refuses with.
    pub class: Option<&'static str>,
    /// The counter it counts.
    pub counts: Option<&'static str>,
    /// Why no outside test decides it.
    pub untestable: Option<&'static str>,
    /// Its sentence.
    pub text: &'static str,
}

/// An operation of the peer protocol, as the table of section 18 has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// `client.open`.
    pub name: &'static str,
    /// What its question carries, in words; empty where nothing.
    pub parameters: &'static str,
    /// What its answer carries.
    pub result: &'static str,
}
