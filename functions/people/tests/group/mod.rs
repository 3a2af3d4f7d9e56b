//! People whom members of a cluster group both know: on what members share they are counted and shown, too (docs/faces.md).

use edge_platform::stmt;
use edge_testkit::{NewUser, TestApp, on_each_database};
use serde_json::{Value, json};

use crate::{areas, face, person};

/// 2024-01-15T10:00:00.120Z
const JANUARY: i64 = 1_705_312_800_120;

async fn read(app: &TestApp, user: &NewUser, path: &str) -> Value {
    app.get(path).user(user).send().await.expect(200).json()
}

/// How many photos the timeline of a person has, which the month of all of them agrees with.
async fn shown(app: &TestApp, user: &NewUser, query: &str) -> Value {
    let buckets = read(app, user, &format!("/api/timeline/buckets?{query}")).await;
    let month = format!("/api/timeline/bucket?timeBucket=2024-01-01&{query}");
    let month = read(app, user, &month).await["id"].clone();
    let count = buckets[0].get("count").cloned().unwrap_or(json!(0));
    assert_eq!(count, month.as_array().unwrap().len(), "{query}");
    month
}

on_each_database! {
    async fn whom_two_members_know_is_counted_and_shown_on_what_they_share(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let theirs = app.asset(&alice).taken(JANUARY + 1000).insert().await;
        let archived = app.asset(&alice).taken(JANUARY).visibility("archive").insert().await;
        let own = app.asset(&bob).taken(JANUARY).insert().await;
        let (ann, aunt) = (person(&app, &alice, "Ann").await, person(&app, &bob, "Aunt").await);
        face(&app, &alice, &theirs, &ann).await;
        face(&app, &alice, &archived, &ann).await;
        face(&app, &bob, &own, &aunt).await;
        app.sql(stmt!("update person set cluster_id = 'k', update_id = uuid7() where id = ?1 or id = ?2", &ann, &aunt)).await;
        let count = async || read(&app, &bob, &format!("/api/people/{aunt}/statistics")).await["assets"].clone();
        let page = format!("personId={aunt}&visibility=timeline&withPartners=true");

        assert_eq!((count().await, shown(&app, &bob, &page).await), (json!(1), json!([own])));
        app.sql(stmt!("update users set cluster_group_id = 'g', update_id = uuid7()")).await;
        assert_eq!((count().await, shown(&app, &bob, &page).await), (json!(1), json!([own])), "nothing is shared");
        let shares = "insert into partner (shared_by_id, shared_with_id, in_timeline, created_at, updated_at, create_id, update_id) \
                      values (?1, ?2, 1, 0, 0, uuid7(), uuid7())";
        app.sql(stmt!(shares, &alice.id, &bob.id)).await;
        assert_eq!((count().await, shown(&app, &bob, &page).await), (json!(2), json!([theirs, own])));
        assert_eq!(shown(&app, &bob, &format!("personId={aunt}&visibility=timeline")).await, json!([own]));
        let of_alice = format!("personId={aunt}&visibility=timeline&userId={}", alice.id);
        assert_eq!(shown(&app, &bob, &of_alice).await, json!([theirs]));

        let known = read(&app, &bob, &format!("/api/people/{aunt}")).await;
        assert_eq!((&known["name"], &known["id"]), (&json!("Aunt"), &json!(aunt)));
        app.get(&format!("/api/people/{ann}")).user(&bob).send().await.expect(400);
        let hers = read(&app, &alice, &format!("/api/people/{ann}/statistics")).await;
        assert_eq!(hers["assets"], 1, "Bob shares nothing");
        app.sql(stmt!("update partner set in_timeline = 0, update_id = uuid7()")).await;
        assert_eq!((count().await, shown(&app, &bob, &page).await), (json!(1), json!([own])));
        app.sql(stmt!("update partner set in_timeline = 1, update_id = uuid7()")).await;
        app.sql(stmt!("update users set cluster_group_id = id, update_id = uuid7() where id = ?1", &bob.id)).await;
        assert_eq!((count().await, shown(&app, &bob, &page).await), (json!(1), json!([own])), "he has left the group");
    }
}
