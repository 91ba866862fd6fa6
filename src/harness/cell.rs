//! Who attacks, and what must hold all the same: the rows and columns of the table in SPEC section 33. A case that plays
//! an attack names its cell, and a test holds table and cases together.

/// What must hold, whoever attacks: a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Goal {
    /// Nobody but the user activates.
    Activation,
    /// An account is what the server meant it to be.
    Intended,
    /// What is signed is what was displayed.
    Displayed,
    /// Nobody but the user signs.
    Signed,
    /// Nothing is accepted twice.
    Once,
    /// Only the instance that retrieved a login approves it.
    Login,
    /// What is pending survives what others do.
    Pending,
    /// The user can always reject, and leave.
    Leave,
    /// No code, PIN or signature can be guessed.
    Guess,
    /// What is old brings nothing back.
    Old,
    /// Answers and keys reach only those they are meant for.
    Secret,
}

/// Who attacks: a column. What each of them knows is a type of [`crate::attack`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attacker {
    /// Reads AM1.
    Reader,
    /// Reads and changes AM1, and the device code on its way back.
    Courier,
    /// Is on another device of the license.
    Sibling,
    /// Has the user's phone.
    Thief,
    /// Asks the website for logins.
    Caller,
    /// Is another app on the user's phone.
    App,
    /// Has an old copy of what is stored, and puts it back.
    Backup,
    /// Reads and changes what is stored.
    Store,
    /// Is between gateway and phone.
    Network,
}

/// A cell of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell {
    /// Its row.
    pub goal: Goal,
    /// Its column.
    pub attacker: Attacker,
}

impl Goal {
    /// All of them, in the order of the table.
    pub const ALL: [Goal; 11] = [
        Goal::Activation,
        Goal::Intended,
        Goal::Displayed,
        Goal::Signed,
        Goal::Once,
        Goal::Login,
        Goal::Pending,
        Goal::Leave,
        Goal::Guess,
        Goal::Old,
        Goal::Secret,
    ];

    /// The word of the table and of reports.
    pub fn word(self) -> &'static str {
        match self {
            Goal::Activation => "activation",
            Goal::Intended => "intended",
            Goal::Displayed => "displayed",
            Goal::Signed => "signed",
            Goal::Once => "once",
            Goal::Login => "login",
            Goal::Pending => "pending",
            Goal::Leave => "leave",
            Goal::Guess => "guess",
            Goal::Old => "old",
            Goal::Secret => "secret",
        }
    }
}

impl Attacker {
    /// All of them, in the order of the table.
    pub const ALL: [Attacker; 9] = [
        Attacker::Reader,
        Attacker::Courier,
        Attacker::Sibling,
        Attacker::Thief,
        Attacker::Caller,
        Attacker::App,
        Attacker::Backup,
        Attacker::Store,
        Attacker::Network,
    ];

    /// The word of the table, of reports and of case ids.
    pub fn word(self) -> &'static str {
        match self {
            Attacker::Reader => "reader",
            Attacker::Courier => "courier",
            Attacker::Sibling => "sibling",
            Attacker::Thief => "thief",
            Attacker::Caller => "caller",
            Attacker::App => "app",
            Attacker::Backup => "backup",
            Attacker::Store => "store",
            Attacker::Network => "network",
        }
    }
}
