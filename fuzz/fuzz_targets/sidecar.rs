//! XMP sidecars: read, and rewritten with an edit that must be found again.
#![no_main]

use edge_media::metadata::{Edit, SidecarEdits, write_sidecar};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    edge_media::metadata::sidecar(data);
    let edits = SidecarEdits {
        rating: Edit::Set(3),
        ..SidecarEdits::default()
    };
    let Some(written) = write_sidecar(Some(data), &edits) else {
        return;
    };
    let tags = edge_media::metadata::sidecar(written.as_bytes());
    assert_eq!(tags.number("Rating"), Some(3.0), "{written}");
});
