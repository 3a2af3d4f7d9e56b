//! Checks of the queue port; that messages arrive is checked by who receives them.

use edge_platform::{Consumer, Queue, Wake};

use crate::{Checked, Outcome, outcome, text};

/// Sends wake-ups: none, one, and 250 for both consumers (more than one Cloudflare batch of 100).
pub async fn queue(queue: &dyn Queue) -> Vec<Outcome> {
    vec![outcome("wake-ups are accepted", Box::pin(sends(queue))).await]
}

async fn sends(queue: &dyn Queue) -> Checked {
    let wake = |n: usize| Wake {
        consumer: if n.is_multiple_of(2) {
            Consumer::Media
        } else {
            Consumer::Tasks
        },
        job_id: format!("conformance-{n}"),
    };
    for count in [0, 1, 250] {
        queue
            .wake((0..count).map(wake).collect())
            .await
            .map_err(text)?;
    }
    Ok(())
}
