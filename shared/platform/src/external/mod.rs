//! Other buckets, which are only read: keys that begin with `external/<name>/` lie in the bucket that the variable `EXTERNAL_BUCKETS` calls
//! so, all others in the server's own (docs/libraries.md). The key itself names the bucket, so no read needs a look-up for it.

mod answer;
mod bucket;
mod configured;
mod keys;
mod named;
mod signature;
mod store;
mod words;

pub use bucket::{Outward, SignedBucket, THINK};
pub use configured::{Configured, Place};
pub use keys::{FOLDER, is_name, split};
pub use named::{NamedBuckets, VARIABLE};
pub use signature::{Signing, amz_date, encode};
pub use store::{Buckets, FixedBuckets, NoBuckets, Other, WithExternal};
