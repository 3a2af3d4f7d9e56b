//! Checkpoint strings of the sync stream: only what we would write ourselves is read.
#![no_main]

use edge_api::{
    enums::SyncEntityType,
    sync::{Ack, update_time},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    update_time(text);
    match Ack::parse(text) {
        Ok(ack) => {
            assert_eq!(ack.to_string(), text);
            let is_reset = ack.kind == SyncEntityType::SyncResetV1;
            assert_eq!(update_time(&ack.update_id).is_none(), is_reset);
        }
        // Is sent to the client.
        Err(error) => assert!(error.to_string().starts_with("Invalid ack")),
    }
});
