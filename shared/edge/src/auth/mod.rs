//! Who calls, and may they? (api/auth.md sections 1, 5 and 9)
//!
//! Two extractors, one rule. [`Auth`] asks the database at once (one round trip) and hands over the
//! caller. [`Guard`] only finds the credentials; the handler sends its own statements along with the
//! question and gets both answers in one round trip ([`Guard::admit`]). Where the request is refused before
//! that, e.g. for an invalid body, the caller is asked for alone: 401 and 403 come before 400.

mod credentials;
pub mod device;
mod guard;

pub use credentials::{canonical_share_key as share_key, find as find_credential};
pub(crate) use guard::Pending;
pub use guard::{
    Auth, Guard, LINK_TOKENS, LinkLogin, LinkPolicy, NoLink, WithLink, is_unlocked, link_token,
};
