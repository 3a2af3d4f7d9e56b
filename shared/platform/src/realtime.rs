//! The realtime port: frames on their way to the devices of a user (api/realtime.md). Losing one loses nothing that a client
//! does not find at its next sync.

use async_trait::async_trait;
use edge_api::realtime::Delivery;

/// A delivery that was not taken. Never fatal.
#[derive(Debug, thiserror::Error)]
#[error("realtime channel unavailable: {0}")]
pub struct RealtimeError(pub String);

/// Knows who holds the connections of users.
#[async_trait]
pub trait Realtime: Send + Sync {
    /// Hands frames over. Where the platform allows it they go after the request was answered, so success says only that
    /// they are on their way.
    async fn deliver(&self, deliveries: Vec<Delivery>) -> Result<(), RealtimeError>;
}

/// Users whom one call tells itself.
const TOLD: usize = 16;
/// Lots that it makes of what is for all others.
const HANDED_ON: usize = 16;

/// Deliveries in lots, of which each goes to the user of its first one, who hands on what is for others ([`own`]) in the same way. So
/// nobody makes more than 32 requests, however many users are told: one invocation may make 50 on the Free plan of Cloudflare. Usual
/// announcements have few recipients, who get all that is for them in one lot.
pub fn lots(deliveries: Vec<Delivery>) -> Vec<Vec<Delivery>> {
    let (mut lots, mut rest) = (Vec::new(), deliveries);
    while let Some(user) = rest.first().map(|first| first.user.clone()) {
        if lots.len() == TOLD {
            break;
        }
        let (own, others) = rest.into_iter().partition(|one| one.user == user);
        lots.push(own);
        rest = others;
    }
    let size = rest.len().div_ceil(HANDED_ON);
    while !rest.is_empty() {
        let others = rest.split_off(size.min(rest.len()));
        lots.push(rest);
        rest = others;
    }
    lots
}

/// What of a lot is for the user who got it, and what is for others.
pub fn own(lot: Vec<Delivery>) -> (Vec<Delivery>, Vec<Delivery>) {
    let user = lot.first().map(|first| first.user.clone());
    lot.into_iter()
        .partition(|one| Some(&one.user) == user.as_ref())
}

/// A channel that nobody listens to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

#[async_trait]
impl Realtime for Silent {
    async fn deliver(&self, _deliveries: Vec<Delivery>) -> Result<(), RealtimeError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn delivery(user: usize, event: usize) -> Delivery {
        Delivery {
            user: user.to_string(),
            room: None,
            frame: Some(event.to_string()),
            ends: false,
        }
    }

    /// Who heard what in the end, how many requests the busiest call made, and how many calls followed each other at most.
    fn told(deliveries: Vec<Delivery>) -> (BTreeMap<String, Vec<String>>, usize, usize) {
        let mut heard: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let (mut most, mut deepest) = (0, 0);
        let mut calls = vec![(deliveries, 1)];
        while let Some((deliveries, depth)) = calls.pop() {
            let lots = lots(deliveries);
            most = most.max(lots.len());
            deepest = deepest.max(depth);
            for lot in lots {
                let (own, others) = own(lot);
                for one in own {
                    heard.entry(one.user).or_default().extend(one.frame);
                }
                if !others.is_empty() {
                    calls.push((others, depth + 1));
                }
            }
        }
        (heard, most, deepest)
    }

    #[test]
    fn everybody_hears_once_and_nobody_makes_many_requests() {
        for (users, depth) in [
            (0, 1),
            (1, 1),
            (16, 1),
            (32, 1),
            (33, 2),
            (500, 2),
            (5_000, 3),
        ] {
            let (heard, most, deepest) = told((0..users).map(|user| delivery(user, 1)).collect());
            assert_eq!(heard.len(), users);
            assert!(heard.values().all(|events| events == &["1"]), "{users}");
            assert!(most <= TOLD + HANDED_ON, "{users}: {most} requests");
            assert_eq!(deepest, depth, "{users}");
        }
    }

    #[test]
    fn what_is_for_one_user_is_one_lot_in_its_order() {
        let some = (0..300).flat_map(|event| [delivery(1, event), delivery(2, event)]);
        let lots = lots(some.collect());
        assert_eq!(lots.len(), 2);
        for (lot, user) in lots.into_iter().zip(["1", "2"]) {
            let (own, others) = own(lot);
            assert!(others.is_empty() && own.iter().all(|one| one.user == user));
            let events: Vec<_> = own.into_iter().filter_map(|one| one.frame).collect();
            let expected: Vec<_> = (0..300).map(|event| event.to_string()).collect();
            assert_eq!(events, expected);
        }
        assert_eq!(own(Vec::new()), (Vec::new(), Vec::new()));
    }
}
