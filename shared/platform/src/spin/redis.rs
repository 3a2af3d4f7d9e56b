//! Publishing through `spin:redis`.

use std::{pin::pin, time::Duration};

use futures::future::{Either, select};
use spin_sdk::redis::{Connection, Error, RedisParameter, RedisResult};

/// How long connecting and publishing may take together.
const PATIENCE: Duration = Duration::from_secs(3);

/// Publishes `message` and says how many subscribers got it.
///
/// # Errors
/// In words: the server did not take it, or not within [`PATIENCE`].
pub(super) async fn publish(address: &str, channel: &str, message: Vec<u8>) -> Result<i64, String> {
    let publishing = pin!(send(address, channel, message));
    let patience = pin!(spin_sdk::time::sleep(PATIENCE));
    match select(publishing, patience).await {
        Either::Left((outcome, _)) => outcome.map_err(|error| in_words(&error)),
        Either::Right(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
    }
}

/// A connection for each message: Spin offers no pool, and wake-ups are few.
async fn send(address: &str, channel: &str, message: Vec<u8>) -> Result<i64, Error> {
    let connection = Connection::open(address).await?;
    let parameters = [channel.as_bytes().to_vec(), message].map(RedisParameter::Binary);
    // `Connection::publish` keeps the number of subscribers to itself.
    let results = connection.execute("PUBLISH", parameters).await?;
    match results.first() {
        Some(RedisResult::Int64(subscribers)) => Ok(*subscribers),
        _ => Err(Error::Other("PUBLISH gave no number".to_owned())),
    }
}

/// Without the address, which may hold a password.
fn in_words(error: &Error) -> String {
    match error {
        Error::InvalidAddress => "the address is invalid or not allowed".to_owned(),
        Error::TooManyConnections => "too many connections".to_owned(),
        Error::TypeError => "the answer has another type".to_owned(),
        Error::Other(text) => text.clone(),
    }
}
