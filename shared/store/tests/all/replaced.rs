//! Two assets that change files while somebody else changes one of them.
#![allow(clippy::unwrap_used, reason = "tests")]

use edge_platform::stmt;
use edge_store::{
    assets::replace::{self, Content},
    caller::{Caller, KeyCaller, Kind},
};
use edge_testkit::{Area, TestApp, on_each_database};

fn areas() -> Vec<Area> {
    Vec::new()
}

/// The file of an asset.
async fn content(app: &TestApp, caller: &Caller, id: &str) -> Content {
    let asked = caller.scoped(replace::content_statement(id));
    replace::content(&app.sql(asked).await).unwrap().unwrap()
}

on_each_database! {
    async fn what_was_uploaded_goes_only_while_it_is_as_it_was(app: TestApp) {
        let alice = app.user("alice").await;
        let caller = Caller {
            user_id: alice.id.clone(), email: String::new(), name: String::new(), is_admin: false, elevated: false,
            kind: Kind::ApiKey(KeyCaller { id: "key".into(), permissions: Vec::new() }),
        };
        let (id, uploaded) = (app.asset(&alice).insert().await, app.asset(&alice).insert().await);
        let film = app.asset(&alice).visibility("hidden").with("type", "VIDEO").insert().await;
        let (old, read) = (content(&app, &caller, &id).await, content(&app, &caller, &uploaded).await);
        // Its film is cut out in between: what is read once more does.
        let cut = "update asset set live_photo_video_id = ?1, update_id = uuid7() where id = ?2";
        app.sql(stmt!(cut, &film, &uploaded)).await;
        let db = app.app.db();
        let swapped = db.batch(replace::swap(&id, &old, &uploaded, &read, 1)).await.unwrap();
        assert!(!replace::is_done(&swapped));
        let read = content(&app, &caller, &uploaded).await;
        assert!(!replace::was_done(&old, &read));
        let swapped = db.batch(replace::swap(&id, &old, &uploaded, &read, 1)).await.unwrap();
        assert!(replace::is_done(&swapped));
        assert!(replace::was_done(&old, &content(&app, &caller, &uploaded).await));
        // It holds the former file now, which is its owner's.
        let third = app.asset(&alice).insert().await;
        let gone = stmt!("select count(*) as n from asset where status = 'deleted'");
        let jobs = stmt!("select count(*) as n from job where kind = 'AssetDelete'");
        for (asset, count) in [(&uploaded, 0), (&third, 1)] {
            db.batch(replace::discard(&alice.id, asset, &old, 2).into()).await.unwrap();
            assert_eq!((app.count(gone.clone()).await, app.count(jobs.clone()).await), (count, count));
        }
    }
}
