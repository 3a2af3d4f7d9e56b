//! Jobs in the hands of companions, for the functions that these call (docs/companion.md): who calls and what they hold ([`caller`]), and
//! which model is to look at pictures ([`network`]).

pub mod caller;
pub mod network;
