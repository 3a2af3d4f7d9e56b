//! Plays one line of the table through.

use edge_api::Permission;
use edge_testkit::Reply;
use http::Method;

use crate::{
    table::{Needs, Row, USERS},
    world::{Credential, Ids, World, link_token},
};

/// A caller, the status it must get and, where the contract has one for all operations, the text.
type Expected = (Credential, u16, Option<String>);

/// What deviates from the line.
pub async fn check(row: &Row) -> Vec<String> {
    let mut failures = Vec::new();
    let (refused, admitted): (Vec<_>, Vec<_>) = expectations(row)
        .into_iter()
        .partition(|(_, status, _)| *status >= 400);
    // Who is refused changes nothing, so all of them share a world; what is only read stays as it is, too.
    let mut world = prepared(row).await;
    for expected in &refused {
        failures.extend(deviation(row, &world, expected).await);
    }
    let is_read = row.call.method == Method::GET;
    for (index, expected) in admitted.iter().enumerate() {
        if index > 0 && !is_read {
            world = prepared(row).await;
        }
        failures.extend(deviation(row, &world, expected).await);
    }
    failures.extend(distinguishable(row).await);
    failures
}

/// A world in which the line's request makes sense.
async fn prepared(row: &Row) -> World {
    let world = World::new().await;
    if let Some(before) = &row.before {
        let done = world
            .send(before, Ids::Hers, &Credential::User(row.doer()))
            .await;
        assert!(
            done.status < 300,
            "{}: {} before it",
            row.operation,
            done.status
        );
    }
    world
}

async fn deviation(
    row: &Row,
    world: &World,
    (credential, status, text): &Expected,
) -> Option<String> {
    let reply = world.send(&row.call, Ids::Hers, credential).await;
    let is_right = reply.status == *status
        && text
            .as_ref()
            .is_none_or(|text| reply.json()["message"] == text.as_str());
    (!is_right).then(|| {
        let wanted = text.as_deref().unwrap_or_default();
        format!(
            "{} {} {}: {credential:?} gets {} {}, not {status} {wanted}",
            row.operation,
            row.call.method,
            row.call.path,
            reply.status,
            shown(&reply),
        )
    })
}

fn shown(reply: &Reply) -> String {
    String::from_utf8_lossy(&reply.body)
        .chars()
        .take(200)
        .collect()
}

/// Everybody who might call.
fn expectations(row: &Row) -> Vec<Expected> {
    if row.needs == Needs::Public {
        let wrong = ["authorization", "x-api-key", "x-immich-share-key"].map(Credential::Wrong);
        let callers = [
            Credential::Nothing,
            Credential::Expired,
            Credential::User("stranger"),
        ];
        return callers
            .into_iter()
            .chain(wrong)
            .map(|caller| (caller, row.status, None))
            .collect();
    }
    let mut all = strangers();
    all.extend(USERS.map(|name| (Credential::User(name), row.status_for(name), None)));
    all.extend(links(row));
    all.extend(keys(row));
    all
}

/// Who is nobody.
fn strangers() -> Vec<Expected> {
    let unauthorized = |credential, text: &str| (credential, 401, Some(text.to_owned()));
    vec![
        unauthorized(Credential::Nothing, "Authentication required"),
        unauthorized(Credential::Expired, "Invalid user token"),
        unauthorized(
            Credential::Wrong("x-immich-user-token"),
            "Invalid user token",
        ),
        unauthorized(Credential::Wrong("x-api-key"), "Invalid API key"),
        unauthorized(Credential::Wrong("x-immich-share-key"), "Invalid share key"),
        unauthorized(
            Credential::Wrong("x-immich-share-slug"),
            "Invalid share slug",
        ),
        unauthorized(Credential::Link("over", None), "Invalid share key"),
    ]
}

/// Shared links. The password is asked for on every route that they open: we are stricter than 3.1.0 here.
fn links(row: &Row) -> Vec<Expected> {
    let forbidden = || Some("Forbidden".to_owned());
    if row.needs != Needs::Link {
        let callers = [
            Credential::Link("open", None),
            Credential::Link("single", None),
            Credential::Link("admins", None),
        ];
        return callers
            .into_iter()
            .map(|caller| (caller, 403, forbidden()))
            .collect();
    }
    if row.operation == "sharedLinkLogin" {
        // It proves the password, so it cannot ask for the proof.
        let none = ["open", "single"].map(|link| (Credential::Link(link, None), 400, None));
        let proved = [None, Some(link_token("secret", "q"))];
        let proved = proved.map(|cookie| (Credential::Link("secret", cookie), row.status, None));
        return none.into_iter().chain(proved).collect();
    }
    let status = row.status_for("link");
    let locked = |cookie| {
        (
            Credential::Link("secret", cookie),
            401,
            Some("Password required".to_owned()),
        )
    };
    let without_files = match row.permission {
        Some(Permission::AssetUpload) => 401,
        Some(Permission::AssetDownload) => 400,
        _ => status,
    };
    vec![
        (Credential::Link("open", None), status, None),
        (
            Credential::Link("single", None),
            row.status_for("single"),
            None,
        ),
        (Credential::Link("shut", None), without_files, None),
        (
            Credential::Link("secret", Some(link_token("secret", "p"))),
            status,
            None,
        ),
        locked(None),
        locked(Some(link_token("secret", "q"))),
        locked(Some(link_token("open", "p"))),
    ]
}

/// API keys: without the permission, with nothing else, and of somebody who is no administrator.
fn keys(row: &Row) -> Vec<Expected> {
    let doer = row.doer();
    let status = row.key.unwrap_or_else(|| row.status_for(doer));
    let mut all = Vec::new();
    if row.needs == Needs::Admin {
        all.push((
            Credential::Key("owner", vec!["all"]),
            403,
            Some("Forbidden".to_owned()),
        ));
    }
    let Some(needed) = row.permission else {
        all.push((Credential::Key(doer, vec!["asset.read"]), status, None));
        return all;
    };
    let others = Permission::VALUES.iter().copied();
    // The contract's documents leave `asset.create` out of the keys' permissions that answers may show.
    let left_out = [needed, Permission::All, Permission::AssetCreate];
    let others = others.filter(|other| !left_out.contains(other));
    let others = others.map(Permission::as_str).collect();
    let text = format!("Missing required permission: {}", needed.as_str());
    all.push((Credential::Key(doer, others), 403, Some(text)));
    all.push((Credential::Key(doer, vec![needed.as_str()]), status, None));
    all
}

/// Whether somebody who has nothing to do with alice can tell her ids from ids that do not exist.
async fn distinguishable(row: &Row) -> Option<String> {
    if row.needs == Needs::Public || !row.names_her_ids() {
        return None;
    }
    let (hers, missing) = (prepared(row).await, prepared(row).await);
    let stranger = Credential::User("stranger");
    let foreign = hers.send(&row.call, Ids::Hers, &stranger).await;
    let nothing = missing.send(&row.call, Ids::Missing, &stranger).await;
    let foreign_text = hers.without_ids(&String::from_utf8_lossy(&foreign.body));
    let is_same = foreign.status == nothing.status
        && foreign_text == missing.without_ids(&String::from_utf8_lossy(&nothing.body));
    (!is_same).then(|| {
        format!(
            "{} {} {}: foreign ids give {} {}, missing ones {} {}",
            row.operation,
            row.call.method,
            row.call.path,
            foreign.status,
            shown(&foreign),
            nothing.status,
            shown(&nothing),
        )
    })
}
