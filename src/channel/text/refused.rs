//! The characters that REQ-9 refuses, by the properties of Unicode 16.0.0. Don't edit it: `UPDATE=1 cargo test --test unicode`
//! writes it, and the same command without `UPDATE` compares it.

/// Why a character is refused: a row of the table of SPEC section 13.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Controls: General_Category Cc.
    Control,
    /// Separators: Zs but U+0020, Zl, Zp.
    Separator,
    /// Format: Cf.
    Format,
    /// Ignorable: Default_Ignorable_Code_Point.
    Ignorable,
    /// Private use: Co.
    Private,
    /// Noncharacters: Noncharacter_Code_Point.
    Noncharacter,
    /// Without a glyph, though no property says so: listed.
    Blank,
    /// Planes 4 to 16: tags, variation selectors, private use, and nothing else is assigned there.
    Plane,
}

impl Kind {
    /// One word, as it stands in the name of a fault.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Control => "displays-control",
            Kind::Separator => "displays-separator",
            Kind::Format => "displays-format",
            Kind::Ignorable => "displays-ignorable",
            Kind::Private => "displays-private",
            Kind::Noncharacter => "displays-noncharacter",
            Kind::Blank => "displays-blank",
            Kind::Plane => "displays-plane",
        }
    }
}

/// Inclusive ranges of code points, ascending.
pub const REFUSED: [(u32, u32, Kind); 51] = [
    (0x0000, 0x001F, Kind::Control),
    (0x007F, 0x009F, Kind::Control),
    (0x00A0, 0x00A0, Kind::Separator),
    (0x00AD, 0x00AD, Kind::Format),
    (0x034F, 0x034F, Kind::Ignorable),
    (0x0600, 0x0605, Kind::Format),
    (0x061C, 0x061C, Kind::Format),
    (0x06DD, 0x06DD, Kind::Format),
    (0x070F, 0x070F, Kind::Format),
    (0x0890, 0x0891, Kind::Format),
    (0x08E2, 0x08E2, Kind::Format),
    (0x115F, 0x1160, Kind::Ignorable),
    (0x1680, 0x1680, Kind::Separator),
    (0x17B4, 0x17B5, Kind::Ignorable),
    (0x180B, 0x180D, Kind::Ignorable),
    (0x180E, 0x180E, Kind::Format),
    (0x180F, 0x180F, Kind::Ignorable),
    (0x2000, 0x200A, Kind::Separator),
    (0x200B, 0x200F, Kind::Format),
    (0x2028, 0x2029, Kind::Separator),
    (0x202A, 0x202E, Kind::Format),
    (0x202F, 0x202F, Kind::Separator),
    (0x205F, 0x205F, Kind::Separator),
    (0x2060, 0x2064, Kind::Format),
    (0x2065, 0x2065, Kind::Ignorable),
    (0x2066, 0x206F, Kind::Format),
    (0x2800, 0x2800, Kind::Blank),
    (0x3000, 0x3000, Kind::Separator),
    (0x3164, 0x3164, Kind::Ignorable),
    (0xE000, 0xF8FF, Kind::Private),
    (0xFDD0, 0xFDEF, Kind::Noncharacter),
    (0xFE00, 0xFE0F, Kind::Ignorable),
    (0xFEFF, 0xFEFF, Kind::Format),
    (0xFFA0, 0xFFA0, Kind::Ignorable),
    (0xFFF0, 0xFFF8, Kind::Ignorable),
    (0xFFF9, 0xFFFB, Kind::Format),
    (0xFFFC, 0xFFFC, Kind::Blank),
    (0xFFFE, 0xFFFF, Kind::Noncharacter),
    (0x110BD, 0x110BD, Kind::Format),
    (0x110CD, 0x110CD, Kind::Format),
    (0x13430, 0x1343F, Kind::Format),
    (0x13440, 0x13442, Kind::Blank),
    (0x16FE4, 0x16FE4, Kind::Blank),
    (0x1BC9D, 0x1BC9D, Kind::Blank),
    (0x1BCA0, 0x1BCA3, Kind::Format),
    (0x1D159, 0x1D159, Kind::Blank),
    (0x1D173, 0x1D17A, Kind::Format),
    (0x1FFFE, 0x1FFFF, Kind::Noncharacter),
    (0x2FFFE, 0x2FFFF, Kind::Noncharacter),
    (0x3FFFE, 0x3FFFF, Kind::Noncharacter),
    (0x40000, 0x10FFFF, Kind::Plane),
];
