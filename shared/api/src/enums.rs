//! The closed sets of strings of the contract, each a Rust enum that knows its texts.

mod config;
mod jobs;
mod sync;
mod wire;

pub use config::*;
pub use jobs::*;
pub use sync::*;
pub use wire::*;

/// An enum whose values are strings on the wire; what the validation rules need to know of it.
pub trait TextEnum: Copy + 'static {
    /// The texts in the contract's order, as a validation message lists them.
    const TEXTS: &'static [&'static str];
    /// The value with this exact text.
    fn parse(text: &str) -> Option<Self>;
}

/// Makes an enum with `as_str`, `parse`, `VALUES`, `Display`, `Serialize` and [`TextEnum`].
macro_rules! text_enum {
    ($(#[$meta:meta])* pub enum $name:ident { $($variant:ident = $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $(
                #[doc = concat!("`", $text, "`")]
                $variant,
            )*
        }

        impl $name {
            /// Every value, in the contract's order.
            pub const VALUES: &'static [Self] = &[$(Self::$variant),*];

            /// The text on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The value with this exact text.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)* _ => None }
            }
        }

        impl $crate::enums::TextEnum for $name {
            const TEXTS: &'static [&'static str] = &[$($text),*];

            fn parse(text: &str) -> Option<Self> {
                Self::parse(text)
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                out.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }
    };
}
pub(crate) use text_enum;
