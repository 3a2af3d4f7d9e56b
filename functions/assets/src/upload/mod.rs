//! Receiving an upload: the multipart body as it arrives ([`form`]), on to the object store ([`spool`]),
//! paced so that memory stays bounded whatever the size ([`paced`]).

pub mod form;
mod paced;
pub mod spool;
