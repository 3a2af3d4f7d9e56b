//! Ids: one newtype per kind of row, so an album id cannot be passed for an asset id.
//! All are lower-case UUID text; what clients send must be version 4 (api/auth.md section 11).

use core::fmt;

use serde::{Serialize, Serializer};

/// What the validation rules need to know about an id type.
pub trait IdType: Sized + Clone + PartialEq {
    /// Wraps text that is known to be a lower-case UUID (from the database or a checked request).
    fn from_trusted(text: String) -> Self;
}

/// Whether `text` is a UUID of version 4, variant 8, 9, a or b, in either case
/// (the contract's `uuid` pattern; api/auth.md section 11).
pub fn is_uuid_v4(text: &str) -> bool {
    is_uuid(text, b'4')
}

/// Whether `text` is a UUID of version 7 (integrity report ids; api/auth.md section 11).
pub fn is_uuid_v7(text: &str) -> bool {
    is_uuid(text, b'7')
}

fn is_uuid(text: &str, version: u8) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            14 => byte == version,
            19 => matches!(byte, b'8' | b'9' | b'a' | b'b' | b'A' | b'B'),
            _ => byte.is_ascii_hexdigit(),
        })
}

macro_rules! ids {
    ($( $(#[$meta:meta])* $name:ident; )*) => { $(
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// Checks and lower-cases an id sent by a client; `None` is answered as `Invalid UUID`.
            pub fn parse(text: &str) -> Option<Self> {
                is_uuid_v4(text).then(|| Self(text.to_ascii_lowercase()))
            }

            /// Wraps text that is known to be an id, e.g. read from the database.
            pub fn from_trusted(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The lower-case UUID text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The text itself, e.g. for a query parameter.
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl IdType for $name {
            fn from_trusted(text: String) -> Self {
                Self(text)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
    )* };
}

ids! {
    /// A comment or like.
    ActivityId;
    /// An album.
    AlbumId;
    /// An API key.
    ApiKeyId;
    /// An asset: photo or video.
    AssetId;
    /// A generated or side file of an asset.
    AssetFileId;
    /// A group of accounts in which people are recognised together.
    ClusterGroupId;
    /// A request to join one.
    ClusterGroupRequestId;
    /// A group of look-alike assets.
    DuplicateId;
    /// A step of an asset's edit.
    EditId;
    /// A face found in an asset.
    FaceId;
    /// A background job.
    JobId;
    /// An external library.
    LibraryId;
    /// A memory ("on this day").
    MemoryId;
    /// An in-app notification.
    NotificationId;
    /// A line of recognised text.
    OcrId;
    /// A person: a named group of faces.
    PersonId;
    /// A plugin.
    PluginId;
    /// A method of a plugin.
    PluginMethodId;
    /// A login session.
    SessionId;
    /// A shared link.
    SharedLinkId;
    /// A stack of assets.
    StackId;
    /// A tag.
    TagId;
    /// A user.
    UserId;
    /// A workflow.
    WorkflowId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_version_4_is_taken_and_lower_cased() {
        let id = AssetId::parse("3FE388E4-2078-44D7-B36C-39D9DEE3A657");
        assert_eq!(id.unwrap().as_str(), "3fe388e4-2078-44d7-b36c-39d9dee3a657");
        for bad in [
            "",
            "3fe388e4-2078-14d7-b36c-39d9dee3a657",
            "3fe388e4-2078-44d7-c36c-39d9dee3a657",
            "3fe388e4207844d7b36c39d9dee3a657",
            "3fe388e4-2078-44d7-b36c-39d9dee3a65g",
            "3fe388e4-2078-44d7-b36c-39d9dee3a6é",
        ] {
            assert!(AssetId::parse(bad).is_none(), "{bad}");
        }
        assert!(is_uuid_v7("01890a5d-ac96-774b-bcce-b302099a8057"));
    }
}
