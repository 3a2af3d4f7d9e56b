//! The scheduler on its jobs and its minute.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use edge_api::enums::JobName;
use edge_platform::{Statement, stmt};
use edge_store::{
    jobs::{self, NewJob},
    media::renditions,
    objects,
};
use edge_testkit::{Area, NewUser, TestApp, on_each_database};
use edge_testkit_jobs::RunJobs;
use serde_json::{Value, json};

const DAY: i64 = 86_400_000;

fn areas() -> Vec<Area> {
    Vec::new()
}

async fn store(app: &TestApp, kind: JobName, payload: Value) {
    let job = NewJob::new(app.app.uuid(), kind, payload, app.app.now());
    app.sql(jobs::insert(&job, app.app.now())).await;
}

/// An asset whose original is stored, in the trash since `deleted_at` with this status.
async fn trashed(app: &TestApp, owner: &NewUser, status: &str, deleted_at: Option<i64>) -> String {
    let key = format!("upload/{}.jpg", app.app.uuid());
    app.app
        .objects
        .put(&key, "bytes".into(), "image/jpeg")
        .await
        .unwrap();
    let asset = app
        .asset(owner)
        .with("original_path", key)
        .with("status", status);
    asset.with("deleted_at", deleted_at).insert().await
}

async fn assets(app: &TestApp) -> i64 {
    app.count(stmt!("select count(*) as n from asset")).await
}

async fn jobs_left(app: &TestApp) -> i64 {
    app.count(stmt!("select count(*) as n from job")).await
}

fn session(id: &str, user: &NewUser, updated_at: i64, expires_at: Option<i64>) -> Statement {
    stmt!(
        "insert into session (id, token_digest, user_id, expires_at, created_at, updated_at) \
         values (?1, ?1, ?2, ?3, 0, ?4)",
        id,
        &user.id,
        expires_at,
        updated_at
    )
}

/// A backup that goes on behind what its first turn left, which is gone.
fn lost_backup() -> serde_json::Value {
    json!({ "name": "a.sql.gz", "upload": "u", "tags": [], "section": 0, "after": null, "rows": 0, "turn": 1 })
}

on_each_database! {
    async fn a_deleted_asset_and_its_object_are_gone_at_once(app: TestApp) {
        let alice = app.user("alice").await;
        let doomed = trashed(&app, &alice, "deleted", Some(app.app.now())).await;
        trashed(&app, &alice, "active", None).await;
        store(&app, JobName::AssetDelete, json!({"id": doomed})).await;
        app.run_jobs().await;
        assert_eq!(assets(&app).await, 1);
        assert_eq!(app.object_keys().await.len(), 1);
        assert_eq!(app.count(stmt!("select count(*) as n from asset_audit")).await, 1);
        assert_eq!(jobs_left(&app).await, 0);
        assert_eq!(app.count(stmt!("select count(*) as n from object_deletion")).await, 0);
    }

    async fn an_asset_restored_in_time_stays(app: TestApp) {
        let alice = app.user("alice").await;
        let restored = trashed(&app, &alice, "active", None).await;
        store(&app, JobName::AssetDelete, json!({"id": restored})).await;
        store(&app, JobName::AssetDelete, json!({"id": app.app.uuid()})).await;
        app.run_jobs().await;
        assert_eq!((assets(&app).await, jobs_left(&app).await), (1, 0));
    }

    async fn an_emptied_trash_takes_only_what_its_owner_deleted(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let now = app.app.now();
        trashed(&app, &alice, "deleted", Some(now)).await;
        trashed(&app, &alice, "trashed", Some(now)).await;
        trashed(&app, &bob, "deleted", Some(now)).await;
        store(&app, JobName::AssetEmptyTrash, json!({"id": alice.id})).await;
        app.run_jobs().await;
        assert_eq!(app.count(stmt!("select count(*) as n from asset where owner_id = ?1", &alice.id)).await, 1);
        let [(user, told)] = app.take_events().try_into().unwrap();
        assert_eq!((user.as_str(), &told[0]), (alice.id.as_str(), &json!("on_asset_delete")));
        assert_eq!(assets(&app).await, 2);
        assert_eq!(app.object_keys().await.len(), 2);
    }

    async fn many_assets_are_removed_portion_by_portion(app: TestApp) {
        let alice = app.user("alice").await;
        for _ in 0..120 {
            trashed(&app, &alice, "deleted", Some(app.app.now())).await;
        }
        store(&app, JobName::AssetEmptyTrash, json!({"id": alice.id})).await;
        app.run_jobs().await;
        assert_eq!((assets(&app).await, app.object_keys().await.len()), (0, 0));
    }

    async fn the_trash_is_kept_for_the_configured_days(app: TestApp) {
        let alice = app.user("alice").await;
        let now = app.app.now();
        trashed(&app, &alice, "trashed", Some(now - 29 * DAY)).await;
        trashed(&app, &alice, "trashed", Some(now - 30 * DAY)).await;
        store(&app, JobName::AssetDeleteCheck, json!({})).await;
        app.run_jobs().await;
        assert_eq!(assets(&app).await, 1);
        edge_store::system::put(app.app.db(), "system-config", &json!({"trash": {"enabled": false}}), 0).await.unwrap();
        app.clock.advance(10_000);
        store(&app, JobName::AssetDeleteCheck, json!({})).await;
        app.run_jobs().await;
        assert_eq!(assets(&app).await, 0);
    }

    async fn an_account_goes_with_all_it_owns_after_its_days(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        trashed(&app, &alice, "active", None).await;
        trashed(&app, &bob, "active", None).await;
        for statement in edge_store::users::batch_delete(&alice.id, false, app.app.now()) {
            app.sql(statement).await;
        }
        store(&app, JobName::UserDeleteCheck, json!({})).await;
        app.run_jobs().await;
        assert_eq!(assets(&app).await, 2);
        assert_eq!(app.take_events(), [], "it can be restored");
        app.clock.advance(7 * DAY);
        store(&app, JobName::UserDeleteCheck, json!({})).await;
        app.run_jobs().await;
        assert_eq!(assets(&app).await, 1);
        let told = (bob.id.clone(), json!(["on_user_delete", alice.id]));
        assert_eq!(app.take_events(), [told], "whoever is left");
        assert_eq!(app.count(stmt!("select count(*) as n from users where id = ?1", &alice.id)).await, 0);
        assert_eq!(app.object_keys().await.len(), 1);
        assert_eq!(jobs_left(&app).await, 0);
    }

    async fn an_account_is_removed_at_once_when_forced_and_never_while_it_lives(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        trashed(&app, &alice, "active", None).await;
        for statement in edge_store::users::batch_delete(&alice.id, true, app.app.now()) {
            app.sql(statement).await;
        }
        store(&app, JobName::UserDelete, json!({"id": alice.id, "force": true})).await;
        store(&app, JobName::UserDelete, json!({"id": bob.id, "force": true})).await;
        app.run_jobs().await;
        assert_eq!(assets(&app).await, 0);
        assert_eq!(app.count(stmt!("select count(*) as n from users")).await, 1);
    }

    async fn objects_that_writers_left_behind_are_deleted_when_their_time_is_over(app: TestApp) {
        app.app.objects.put("upload/lost.jpg", "bytes".into(), "image/jpeg").await.unwrap();
        app.sql(edge_store::objects::register("upload/lost.jpg", app.app.now())).await;
        app.tick().await;
        assert_eq!(app.object_keys().await.len(), 1);
        app.clock.advance(edge_store::objects::PENDING_LIFETIME);
        app.tick().await;
        assert_eq!(app.object_keys().await.len(), 0);
        assert_eq!(app.count(stmt!("select count(*) as n from pending_object")).await, 0);
        assert_eq!(app.count(stmt!("select count(*) as n from object_deletion")).await, 0);
    }

    async fn nightly_tasks_are_stored_once_a_day(app: TestApp) {
        app.tick().await;
        assert_eq!(jobs_left(&app).await, 0, "a fresh server waits for its first night");
        app.clock.advance(DAY);
        app.tick().await;
        let stored = jobs_left(&app).await;
        assert_eq!(stored, 15, "ten of the night, three integrity checks, the backup, the scan of libraries");
        assert_eq!(app.take_wakes().len(), 15);
        app.tick().await;
        assert_eq!(jobs_left(&app).await, stored);
        app.run_jobs().await;
        assert_eq!(jobs_left(&app).await, 0);
        app.clock.advance(DAY);
        app.tick().await;
        assert_eq!(jobs_left(&app).await, stored);
    }

    async fn tables_are_tidied(app: TestApp) {
        let alice = app.user("alice").await;
        let now = app.app.now();
        app.sql(session("idle", &alice, now - 90 * DAY, None)).await;
        app.sql(session("over", &alice, now, Some(now - 1))).await;
        app.sql(session("live", &alice, now - 89 * DAY, Some(now + 1))).await;
        let old = "00000000-0000-7000-8000-000000000000";
        app.sql(stmt!("insert into asset_audit (owner_id, id, asset_id) values ('u', ?1, 'a'), ('u', uuid7(), 'b')", old)).await;
        app.sql(stmt!(
            "insert into notification (id, user_id, title, created_at, updated_at, read_at, deleted_at) \
             values ('gone', ?1, 't', ?5, ?5, null, ?2), ('kept, deleted', ?1, 't', ?5, ?5, null, ?2 + 1), \
             ('read', ?1, 't', ?5, ?3, 1, null), ('kept, read', ?1, 't', ?5, ?3 + 1, 1, null), \
             ('old', ?1, 't', ?4, ?5, null, null), ('kept, old', ?1, 't', ?4 + 1, ?5, null, null)",
            &alice.id, now - 3 * DAY, now - 15 * DAY, now - 30 * DAY, now - 20 * DAY
        )).await;
        for kind in [JobName::SessionCleanup, JobName::AuditTableCleanup, JobName::NotificationsCleanup] {
            store(&app, kind, json!({})).await;
        }
        app.run_jobs().await;
        assert_eq!(app.count(stmt!("select count(*) as n from session where id in ('idle', 'over')")).await, 0);
        assert_eq!(app.count(stmt!("select count(*) as n from session")).await, 2);
        assert_eq!(app.count(stmt!("select count(*) as n from asset_audit")).await, 1);
        assert_eq!(app.count(stmt!("select count(*) as n from notification where id like 'kept%'")).await, 3);
        assert_eq!(app.count(stmt!("select count(*) as n from notification")).await, 3);
    }

    async fn people_without_faces_go(app: TestApp) {
        let alice = app.user("alice").await;
        let photo = app.asset(&alice).insert().await;
        let mut many = Vec::new();
        for number in 0..1_003 {
            many.push(json!({ "id": app.app.uuid(), "name": format!("p{number}") }));
        }
        let list = serde_json::Value::from(many.clone()).to_string();
        app.sql(stmt!(
            "insert into person (id, owner_id, name, thumbnail_path, created_at, updated_at, update_id) \
             select json_text(v.value, id), cast(?2 as text), json_text(v.value, name), \
             'thumbs/' || json_text(v.value, name), 0, 0, uuid7() from json_rows(?1) v", list, &alice.id
        )).await;
        let id = |at: usize| many[at]["id"].as_str().unwrap().to_owned();
        for (person, deleted_at) in [(id(5), None), (id(6), Some(1_i64))] {
            app.sql(stmt!(
                "insert into asset_face (id, asset_id, owner_id, person_id, image_width, image_height, bounding_box_x1, \
                 bounding_box_y1, bounding_box_x2, bounding_box_y2, updated_at, deleted_at, update_id) \
                 values (?1, ?2, ?3, ?4, 9, 9, 0, 0, 5, 5, 0, ?5, uuid7())",
                app.app.uuid(), &photo, &alice.id, person, deleted_at
            )).await;
        }
        store(&app, JobName::PersonCleanup, json!({})).await;
        app.run_jobs().await;
        assert_eq!(app.count(stmt!("select count(*) as n from person where id = ?1", id(5))).await, 1);
        assert_eq!(app.count(stmt!("select count(*) as n from person")).await, 1);
        assert_eq!(app.count(stmt!("select count(*) as n from person_audit")).await, 1_002);
        assert_eq!(app.count(stmt!("select count(*) as n from object_deletion where object_key like 'thumbs/%'")).await, 1_002);
        assert_eq!(app.count(stmt!("select count(*) as n from asset_face where person_id is null")).await, 1);
        assert_eq!(jobs_left(&app).await, 0);
    }

    async fn tags_that_no_asset_has_go(app: TestApp) {
        let alice = app.user("alice").await;
        let photo = app.asset(&alice).insert().await;
        let mut many = Vec::new();
        for number in 0..1_003 {
            many.push(json!({ "id": app.app.uuid(), "value": format!("t{number}") }));
        }
        let list = serde_json::Value::from(many.clone()).to_string();
        app.sql(stmt!(
            "insert into tag (id, owner_id, value, created_at, updated_at) select json_text(v.value, id), cast(?2 as text), \
             json_text(v.value, value), 0, 0 from json_rows(?1) v", list, &alice.id
        )).await;
        app.sql(stmt!("insert into tag_closure (ancestor_id, descendant_id) select id, id from tag")).await;
        let id = |at: usize| many[at]["id"].as_str().unwrap().to_owned();
        // The second is below the first and on a photo; the fourth is below the third, and on none.
        for (above, below) in [(1, 2), (3, 4)] {
            app.sql(stmt!("update tag set parent_id = ?1 where id = ?2", id(above), id(below))).await;
            app.sql(stmt!("insert into tag_closure (ancestor_id, descendant_id) values (?1, ?2)", id(above), id(below))).await;
        }
        app.sql(stmt!("insert into tag_asset (tag_id, asset_id) values (?1, ?2)", id(2), &photo)).await;
        store(&app, JobName::TagCleanup, json!({})).await;
        app.run_jobs().await;
        assert_eq!(app.count(stmt!("select count(*) as n from tag")).await, 2);
        assert_eq!(app.count(stmt!("select count(*) as n from tag where id in (?1, ?2)", id(1), id(2))).await, 2);
        assert_eq!(jobs_left(&app).await, 0);
    }

    async fn usage_that_changes_while_it_is_counted_is_left_to_the_next_night(app: TestApp) {
        let alice = app.user("alice").await;
        app.asset(&alice).insert().await;
        let mut usage = jobs::cleanup::usage_begin(app.app.db()).await.unwrap();
        assert_eq!(jobs::cleanup::usage_step(app.app.db(), &mut usage, "").await.unwrap(), None);
        let was = app.count(stmt!("select quota_usage_in_bytes as n from users")).await;
        assert_eq!(usage[&alice.id], (was, 1000));
        app.sql(stmt!("update users set quota_usage_in_bytes = 7, update_id = uuid7()")).await;
        for mut statement in jobs::cleanup::usage_end(&usage, app.app.now()) {
            statement.sql = statement.sql.replace("{held}", "1 = 1").into();
            app.sql(statement).await;
        }
        assert_eq!(app.count(stmt!("select quota_usage_in_bytes as n from users")).await, 7);
    }

    async fn a_step_of_the_minute_that_fails_does_not_stop_the_others(app: TestApp) {
        app.app.objects.put("upload/lost.jpg", "bytes".into(), "image/jpeg").await.unwrap();
        app.sql(edge_store::objects::register("upload/lost.jpg", app.app.now())).await;
        fn_scheduler::tick(&app.app).await.unwrap();
        app.clock.advance(DAY);
        // What the first step reads is broken.
        app.sql(stmt!("alter table queue_state rename to queue_state_gone")).await;
        assert!(fn_scheduler::tick(&app.app).await.is_err());
        assert_eq!(app.object_keys().await.len(), 0);
        assert_eq!(app.count(stmt!("select count(*) as n from pending_object")).await, 0);
    }

    async fn a_bucket_that_refuses_is_asked_once_a_minute_and_later_each_time(app: TestApp) {
        let keys: Vec<String> = (0..20).map(|n| format!("upload/{n}")).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        app.sql(edge_store::objects::delete_later(&keys, app.app.now())).await;
        for pause in [60_000, 120_000, 240_000] {
            app.take_round_trips();
            app.sql(edge_store::objects::failed(&keys, "busy", app.app.now())).await;
            assert_eq!(app.take_round_trips(), 1);
            app.clock.advance(pause - 1);
            assert!(edge_store::objects::take(app.app.db(), app.app.now(), 100).await.unwrap().is_empty());
            app.clock.advance(1);
            assert_eq!(edge_store::objects::take(app.app.db(), app.app.now(), 100).await.unwrap().len(), 20);
        }
    }

    async fn an_object_that_is_written_anew_is_not_deleted(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = app.asset(&alice).insert().await;
        let key = format!("thumbs/{}/aa/bb/{asset}_preview.jpeg", alice.id);
        let keys = [key.clone()];
        app.app.objects.put(&key, "old".into(), "image/jpeg").await.unwrap();
        let doomed = || stmt!("select count(*) as n from object_deletion");
        let (db, now) = (app.app.db(), app.app.now());
        let delete = async || {
            app.sql(objects::delete_later(&[&key], now)).await;
            store(&app, JobName::FileDelete, json!({})).await;
            app.run_jobs().await;
            app.app.objects.get(&key, None).await.unwrap().is_none()
        };
        // Whoever writes it takes it back, and it stays while it is being written.
        app.sql(objects::delete_later(&[&key], now)).await;
        assert!(renditions::register(db, &keys, now).await.unwrap());
        assert_eq!(app.count(doomed()).await, 0);
        assert!(!delete().await, "it is being written");
        app.sql(objects::settle(&[&key])).await;
        app.sql(stmt!("insert into asset_file (asset_id, type, is_edited, id, path, mime_type, size_in_byte, created_at, updated_at) \
            values (?1, 'preview', 0, 'f', ?2, 'image/jpeg', 3, 0, 0)", &asset, &key)).await;
        assert!(!delete().await, "an asset has it");
        app.sql(stmt!("delete from asset_file")).await;
        // While somebody deletes it nobody else does, and nobody writes it.
        app.sql(objects::delete_later(&[&key], now)).await;
        assert_eq!(objects::take(db, now, 10).await.unwrap().len(), 1);
        assert!(objects::take(db, now, 10).await.unwrap().is_empty());
        assert!(!renditions::register(db, &keys, now).await.unwrap());
        // Who took it died: in a while another one does.
        let later = now + 600_000;
        assert_eq!(objects::take(db, later, 10).await.unwrap().len(), 1);
        app.sql(objects::failed(&[&key], "busy", later)).await;
        assert!(renditions::register(db, &keys, later).await.unwrap());
        app.sql(objects::settle(&[&key])).await;
        assert!(delete().await);
        assert_eq!(app.count(doomed()).await, 0);
        assert!(renditions::register(db, &keys, now).await.unwrap());
    }

    async fn usage_is_counted_afresh(app: TestApp) {
        let alice = app.user("alice").await;
        app.asset(&alice).insert().await;
        app.asset(&alice).exif("file_size_in_byte", 500).insert().await;
        store(&app, JobName::UserSyncUsage, json!({})).await;
        app.run_jobs().await;
        assert_eq!(app.count(stmt!("select quota_usage_in_bytes as n from users")).await, 1500);
    }

    async fn the_first_administrator_hears_of_a_failed_backup(app: TestApp) {
        let first = app.admin().await;
        app.clock.advance(1);
        let second = app.user("bob").await;
        app.sql(stmt!("update users set is_admin = 1, created_at = created_at + 1, update_id = uuid7() where id = ?1", &second.id)).await;
        store(&app, JobName::DatabaseBackup, lost_backup()).await;
        store(&app, JobName::NotifyUserSignup, json!({})).await;
        app.run_jobs().await;
        assert_eq!(app.count(stmt!("select count(*) as n from job where state = 'failed'")).await, 2);
        let told = app.sql(stmt!("select * from notification")).await;
        assert_eq!(told.len(), 1, "of backups only, and only one");
        let told = told.first().unwrap();
        let text = |name: &str| told.get::<String>(name).unwrap();
        assert_eq!((text("user_id"), text("level"), text("type"), text("title")), (
            first.id.clone(), "error".to_owned(), "JobFailed".to_owned(), "Job Failed".to_owned()
        ));
        assert_eq!(text("description"), "Job DatabaseBackup failed with error: a part of the dump is gone");
        let [(user, event)] = app.take_events().try_into().unwrap();
        assert_eq!((user, &event[0]), (text("user_id"), &json!("on_notification")));
        let shown = ["id", "level", "type", "title", "description"].map(|name| event[1][name].clone());
        assert_eq!(shown, ["id", "level", "type", "title", "description"].map(|name| json!(text(name))));
    }

    async fn files_keep_their_keys(app: TestApp) {
        for kind in [JobName::FileMigrationQueueAll, JobName::StorageTemplateMigration] {
            store(&app, kind, json!({})).await;
            app.run_jobs().await;
            assert_eq!(jobs_left(&app).await, 0, "{kind}");
        }
        app.sql(stmt!(
            "insert into system_metadata (key, value, updated_at) values ('system-config', '{\"storageTemplate\":{\"enabled\":true}}', 0)"
        )).await;
        app.clock.advance(DAY);
        store(&app, JobName::StorageTemplateMigration, json!({})).await;
        app.run_jobs().await;
        let failed = "select count(*) as n from job where state = 'failed' and last_error like 'originals keep their keys here%'";
        assert_eq!(app.count(stmt!(failed)).await, 1);
    }

    async fn what_nobody_can_do_yet_says_so(app: TestApp) {
        store(&app, JobName::AssetEncodeVideo, json!({})).await;
        store(&app, JobName::AssetFileMigration, json!({})).await;
        app.run_jobs().await;
        let companion = "select count(*) as n from job where runner = 'companion' and state = 'waiting' and runner_reason <> ''";
        assert_eq!(app.count(stmt!(companion)).await, 1);
        let failed = "select count(*) as n from job where state = 'failed' and last_error like 'AssetFileMigration is not of the%'";
        assert_eq!(app.count(stmt!(failed)).await, 1);
    }
}
