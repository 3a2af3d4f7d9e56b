//! What the selects of assets begin with that a search leads on from.

/// Where a select of assets has the owner `m` from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lead {
    /// It begins with them.
    Owners,
    /// It is asked for each of them.
    Owner,
}

impl Lead {
    /// What stands before the first table.
    pub(super) fn owners(self) -> &'static str {
        match self {
            Self::Owners => "mine m cross join ",
            Self::Owner => "",
        }
    }
}
