//! Two assets that change files, as a client of 2.7 asks for (`replaceAsset`): in a copy, too, no two assets of an owner have one content,
//! not even between two lines.

use edge_platform::stmt;
use edge_store::assets::replace::{self, Content};
use edge_testkit::{NewUser, TestApp, on_each_database};

use crate::{
    areas,
    client::{APP_TYPES, sync},
    replay::{Copy, known_anew},
    server_rows,
};

/// The file of an asset, as its owner asks for it.
async fn file(app: &TestApp, id: &str) -> Content {
    let statement = replace::content_statement(id);
    let place = statement.params.len() + 1;
    let owner = format!(
        "select o.owner_id as user_id, cast(null as text) as link_id from asset o where o.id = ?{place}"
    );
    let statement = statement.over("caller", &owner, vec![id.into()]);
    let rows = app.app.db().run(statement).await.unwrap();
    replace::content(&rows).unwrap().unwrap()
}

/// What a phone has synced until now.
async fn copy_of(app: &TestApp, phone: &NewUser) -> Copy {
    let copy = Copy::new().await;
    copy.apply_anew(&sync(app, phone, &APP_TYPES).await).await;
    copy
}

on_each_database! {
    async fn copies_follow_whatever_they_saw_before(app: TestApp) {
        let alice = app.user("alice").await;
        let (session_id, token) = app.session(&alice.id).await;
        let other = NewUser { session_id, token, ..alice.clone() };
        let photo = app.asset(&alice).insert().await;
        app.album(&alice, &[&photo], &[]).await;
        // One phone asks before the new file is uploaded, the other one between the upload and the change.
        let early = copy_of(&app, &other).await;
        let uploaded = app.asset(&alice).insert().await;
        app.sql(stmt!(
            "insert into asset_metadata (asset_id, key, owner_id, value, created_at, updated_at, update_id) values (?1, 'mobile-app', ?2, '{}', 0, 0, uuid7())",
            &uploaded, &alice.id
        )).await;
        let between = copy_of(&app, &alice).await;
        let (old, new) = (file(&app, &photo).await, file(&app, &uploaded).await);
        let swap = replace::swap(&photo, &old, &uploaded, &new, app.app.now());
        app.app.db().batch(swap).await.unwrap();
        // Whatever comes to be told last: the photo changes again before the phones ask.
        app.sql(stmt!("update asset set is_favorite = 1, update_id = uuid7() where id = ?1", &photo)).await;
        for (copy, phone) in [(early, &other), (between, &alice)] {
            copy.apply(&sync(&app, phone, &APP_TYPES).await).await;
            let followed = copy.contents().await;
            let of = |id: &str| followed.iter().find(|(table, row)| table == "asset" && row["id"] == id).map(|(_, row)| row["checksum"].clone());
            assert_eq!((of(&photo), of(&uploaded)), (Some(new.checksum.as_str().into()), Some(old.checksum.as_str().into())));
            assert_eq!(known_anew(&app, &alice).await, followed);
            assert_eq!(server_rows::compare(&app, &alice, &followed).await, 11);
            let kept = followed.iter().filter(|(table, _)| table == "asset_metadata");
            assert_eq!(kept.count(), 1, "what hangs on it came again");
        }
    }

    async fn an_asset_that_has_changed_meanwhile_keeps_its_file(app: TestApp) {
        let alice = app.user("alice").await;
        let photo = app.asset(&alice).insert().await;
        let (uploaded, film) = (app.asset(&alice).insert().await, app.asset(&alice).insert().await);
        for changed in [&photo, &uploaded] {
            for (change, back) in [
                (format!("live_photo_video_id = '{film}'"), "live_photo_video_id = null"),
                ("status = 'deleted'".to_owned(), "status = 'active'"),
                ("visibility = 'locked'".to_owned(), "visibility = 'timeline'"),
            ] {
                let (old, new) = (file(&app, &photo).await, file(&app, &uploaded).await);
                let set = |what: &str| stmt!(format!("update asset set {what}, update_id = uuid7() where id = ?1"), changed);
                app.sql(set(&change)).await;
                let swap = replace::swap(&photo, &old, &uploaded, &new, app.app.now());
                let results = app.app.db().batch(swap).await.unwrap();
                assert!(!replace::is_done(&results), "{change}");
                app.sql(set(back)).await;
                let kept = file(&app, &photo).await;
                assert_eq!(kept.checksum, old.checksum, "{change}");
            }
        }
    }
}
