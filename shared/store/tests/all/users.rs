//! Removal of accounts on SQLite and PostgreSQL: what goes, what stays, what others are told.
#![allow(clippy::unwrap_used, reason = "tests")]

use edge_platform::{Statement, stmt};
use edge_store::users;
use edge_testkit::{Area, NewUser, TestApp, on_each_database};

fn areas() -> Vec<Area> {
    Vec::new()
}

async fn run(app: &TestApp, batch: Vec<Statement>) -> u64 {
    let answers = app.app.db().batch(batch).await.unwrap();
    answers.last().unwrap().changed()
}

async fn rows(app: &TestApp, table: &str) -> i64 {
    app.count(stmt!(format!("select count(*) as n from {table}")))
        .await
}

async fn status(app: &TestApp, user: &NewUser) -> Option<String> {
    let found = app
        .sql(stmt!("select status from users where id = ?1", &user.id))
        .await;
    found.first().map(|row| row.get("status").unwrap())
}

/// An album with its members, the first one as owner.
async fn album(app: &TestApp, members: &[(&NewUser, &str)]) -> String {
    let id = app.app.uuid();
    app.sql(stmt!(
        "insert into album (id, created_at, updated_at, update_id) values (?1, 1, 1, uuid7())",
        &id
    ))
    .await;
    for (user, role) in members {
        app.sql(stmt!(
            "insert into album_user (album_id, user_id, role, created_at, updated_at, create_id, update_id) \
             values (?1, ?2, ?3, 1, 1, uuid7(), uuid7())",
            &id,
            &user.id,
            *role
        ))
        .await;
    }
    id
}

async fn is_hidden(app: &TestApp, album: &str) -> bool {
    let hidden = stmt!(
        "select count(*) as n from album where id = ?1 and deleted_at is not null",
        album
    );
    app.count(hidden).await == 1
}

on_each_database! {
    async fn a_deleted_account_and_its_albums_come_back(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let own = album(&app, &[(&alice, "owner"), (&bob, "viewer")]).await;
        let joint = album(&app, &[(&alice, "owner"), (&bob, "owner")]).await;
        let foreign = album(&app, &[(&bob, "owner"), (&alice, "editor")]).await;
        run(&app, users::batch_delete(&alice.id, false, 10)).await;
        assert_eq!(status(&app, &alice).await.unwrap(), "deleted");
        assert!(is_hidden(&app, &own).await);
        assert!(!is_hidden(&app, &joint).await && !is_hidden(&app, &foreign).await);
        assert_eq!(run(&app, users::batch_restore(&alice.id, 20)).await, 1);
        assert_eq!(status(&app, &alice).await.unwrap(), "active");
        assert!(!is_hidden(&app, &own).await);
    }

    async fn removal_begins_only_when_it_is_due_and_cannot_be_undone(app: TestApp) {
        let alice = app.user("alice").await;
        assert_eq!(app.sql(users::begin_removal(&alice.id, 1 << 50, 1)).await.changed(), 0);
        run(&app, users::batch_delete(&alice.id, false, 10)).await;
        assert_eq!(app.sql(users::begin_removal(&alice.id, 9, 20)).await.changed(), 0);
        run(&app, users::purge(&alice.id, 20)).await;
        assert_eq!(status(&app, &alice).await.unwrap(), "deleted", "not begun");
        assert_eq!(app.sql(users::begin_removal(&alice.id, 10, 20)).await.changed(), 1);
        assert_eq!(run(&app, users::batch_restore(&alice.id, 30)).await, 0);
        run(&app, users::batch_delete(&alice.id, false, 30)).await;
        assert_eq!(status(&app, &alice).await.unwrap(), "removing");
    }

    async fn an_account_with_assets_waits_until_they_are_purged(app: TestApp) {
        let alice = app.user("alice").await;
        app.asset(&alice).insert().await;
        run(&app, users::batch_delete(&alice.id, true, 10)).await;
        run(&app, users::purge(&alice.id, 20)).await;
        assert_eq!(status(&app, &alice).await.unwrap(), "removing");
        assert_eq!(rows(&app, "user_audit").await, 0);
        app.sql(stmt!("delete from asset")).await;
        run(&app, users::purge(&alice.id, 20)).await;
        assert_eq!(status(&app, &alice).await, None);
    }

    async fn removal_tells_others_and_marks_objects(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        album(&app, &[(&alice, "owner"), (&bob, "viewer")]).await;
        let joint = album(&app, &[(&alice, "owner"), (&bob, "owner")]).await;
        let foreign = album(&app, &[(&bob, "owner"), (&alice, "editor")]).await;
        app.sql(stmt!("update users set profile_image_path = 'profile/a' where id = ?1", &alice.id)).await;
        app.sql(stmt!(
            "insert into person (id, owner_id, thumbnail_path, created_at, updated_at, update_id) \
             values ('p', ?1, 'thumbs/p', 1, 1, uuid7())",
            &alice.id
        ))
        .await;
        app.sql(stmt!(
            "insert into partner (shared_by_id, shared_with_id, created_at, updated_at, create_id, update_id) \
             values (?1, ?2, 1, 1, uuid7(), uuid7())",
            &bob.id,
            &alice.id
        ))
        .await;
        app.api_key(&alice, &["all"]).await;
        run(&app, users::batch_delete(&alice.id, true, 10)).await;
        for _ in 0..2 {
            run(&app, users::purge(&alice.id, 20)).await;
        }
        assert_eq!(status(&app, &alice).await, None);
        assert_eq!(status(&app, &bob).await.unwrap(), "active");
        for (table, count) in [
            ("user_audit", 1), ("partner_audit", 1), ("album_audit", 2), ("album_user_audit", 2), ("album", 2),
            ("album_user", 2), ("partner", 0), ("person", 0), ("api_key", 0), ("session", 1), ("object_deletion", 2),
        ] {
            assert_eq!(rows(&app, table).await, count, "{table}");
        }
        for id in [joint, foreign] {
            let left = stmt!("select count(*) as n from album_user_audit where album_id = ?1 and user_id = ?2", &id, &alice.id);
            assert_eq!(app.count(left).await, 1);
        }
    }
}
