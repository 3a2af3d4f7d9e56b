//! What two batches on PostgreSQL do to each other, whose statements come by turns.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use edge_api::enums::{AssetType, AssetVisibility};
use edge_platform::{Database, DbError, Rows, Statement, native::Postgres, stmt};
use edge_store::{
    albums,
    assets::{
        self, copy,
        insert::{self, NewAsset},
    },
    caller::{Caller, KeyCaller, Kind},
    face_vectors::recognize::{self, Outcome},
    media::{
        encoding::Encoding,
        renditions::{self, Look, NewRendition},
    },
    objects, stacks,
    users::{self, UserChanges},
};
use edge_testkit::{NewUser, TestApp};

const KEY: &str = "thumbs/a_preview.jpeg";

/// What the media job stores, which holds its lease for sure, with a pause behind its first statement.
fn rendering(asset: &str) -> Vec<Statement> {
    let preview = NewRendition {
        id: "file".into(),
        kind: "preview",
        key: KEY.into(),
        mime_type: "image/jpeg",
        size: 1,
        encoding: Encoding::default(),
    };
    let look = Look {
        thumbhash: "aa".into(),
        width: 2,
        height: 1,
        warning: None,
    };
    let mut batch = renditions::store(asset, &[preview], &look, 1);
    for statement in &mut batch {
        statement.sql = statement.sql.replace("{held}", "1 = 1").into();
    }
    paused(batch)
}

/// What `copyAsset` stores of a sidecar, with the same pause.
fn copying(asset: &str) -> Vec<Statement> {
    let mut batch = vec![copy::hold(asset, asset)];
    batch.extend(copy::sidecar(asset, "file", KEY, 1, None, 1));
    paused(batch)
}

/// Waits for an advisory lock behind its first statement.
fn paused(batch: Vec<Statement>) -> Vec<Statement> {
    paused_at(batch, 1)
}

/// Waits for an advisory lock in front of the statement at this place.
pub fn paused_at(mut batch: Vec<Statement>, place: usize) -> Vec<Statement> {
    batch.insert(
        place,
        stmt!("select pg_advisory_xact_lock(1)::text as held"),
    );
    batch
}

/// Runs a batch that waits at its end, and the second one meanwhile.
pub async fn before_the_end(
    app: &TestApp,
    first: Vec<Statement>,
    second: Vec<Statement>,
) -> [Result<Vec<Rows>, DbError>; 2] {
    let end = first.len();
    meanwhile(app, paused_at(first, end), second).await
}

/// Runs a paused batch, and the second one in its pause: till that one's end, or till it waits for the first.
pub async fn meanwhile(
    app: &TestApp,
    first: Vec<Statement>,
    second: Vec<Statement>,
) -> [Result<Vec<Rows>, DbError>; 2] {
    let gate = app.connection().await;
    gate.run(stmt!("select pg_advisory_lock(1)::text as held"))
        .await
        .unwrap();
    let first = app.app.db().batch(first);
    let second = async {
        somebody_waits(&gate, "advisory").await;
        let mut second = app.app.db().batch(second);
        let waits = Box::pin(somebody_waits(&gate, "transactionid"));
        let done = match futures::future::select(&mut second, waits).await {
            futures::future::Either::Left((done, _)) => Some(done),
            futures::future::Either::Right(_) => None,
        };
        gate.run(stmt!("select pg_advisory_unlock(1)::text as freed"))
            .await
            .unwrap();
        match done {
            Some(done) => done,
            None => second.await,
        }
    };
    let (first, second) = futures::join!(first, second);
    [first, second]
}

/// The batch of an upload of ten bytes; the object is registered.
async fn uploading(app: &TestApp, owner: &NewUser, name: &str) -> Vec<Statement> {
    app.sql(objects::register(name, 1)).await;
    let id = app.app.uuid();
    let asset = NewAsset {
        id: &id,
        owner_id: &owner.id,
        kind: AssetType::Image,
        visibility: AssetVisibility::Timeline,
        checksum: name,
        checksum_sha256: None,
        original_path: name,
        file_name: "a.jpg",
        size: 10,
        duration_ms: None,
        is_favorite: false,
        live_photo_video_id: None,
        file_created_at: 1,
        file_modified_at: 1,
        now: 1,
    };
    insert::statements(&asset, None, &[])
}

fn place_of(batch: &[Statement], words: &str) -> usize {
    let found = batch.iter().position(|one| one.sql.starts_with(words));
    found.unwrap()
}

#[test]
fn parallel_uploads_do_not_pass_the_quota_together() {
    edge_testkit::block_on(async {
        let app = TestApp::postgres(Vec::new()).await;
        let alice = app.user("alice").await;
        let quota = "update users set quota_size_in_bytes = 15, update_id = uuid7() where id = ?1";
        app.sql(stmt!(quota, &alice.id)).await;
        let first = uploading(&app, &alice, "one").await;
        let place = place_of(&first, "update users set quota_usage");
        let second = uploading(&app, &alice, "two").await;
        for done in meanwhile(&app, paused_at(first, place), second).await {
            done.unwrap();
        }
        assert_eq!(app.count(stmt!("select count(*) as n from asset")).await, 1);
        let usage = "select quota_usage_in_bytes as n from users where id = ?1";
        assert_eq!(app.count(stmt!(usage, &alice.id)).await, 10);
    });
}

/// What an administrator's request stores that takes another one's rights away.
fn demoting(user: &NewUser) -> Vec<Statement> {
    let changes = UserChanges {
        is_admin: Some(false),
        ..UserChanges::default()
    };
    vec![users::hold_admins(), users::update(&user.id, changes, 1)]
}

fn deleting(user: &NewUser) -> Vec<Statement> {
    users::batch_delete(&user.id, true, 1)
}

#[test]
fn administrators_who_remove_each_other_leave_one() {
    type Removing = fn(&NewUser) -> Vec<Statement>;
    let cases: [(Removing, Removing); 3] = [
        (demoting, demoting),
        (deleting, deleting),
        (deleting, demoting),
    ];
    for (one, other) in cases {
        edge_testkit::block_on(async {
            let app = TestApp::postgres(Vec::new()).await;
            let (ada, bob) = (app.admin().await, app.user("bob").await);
            let rise = "update users set is_admin = 1, update_id = uuid7() where id = ?1";
            app.sql(stmt!(rise, &bob.id)).await;
            let first = one(&bob);
            let last = first.len();
            for done in meanwhile(&app, paused_at(first, last), other(&ada)).await {
                done.unwrap();
            }
            let left = "select count(*) as n from users where is_admin = 1 and deleted_at is null";
            assert_eq!(app.count(stmt!(left)).await, 1);
        });
    }
}

/// A caller with a key of this user.
fn key_of(user: &NewUser) -> Caller {
    Caller {
        user_id: user.id.clone(),
        email: String::new(),
        name: String::new(),
        is_admin: false,
        elevated: false,
        kind: Kind::ApiKey(KeyCaller {
            id: "key".into(),
            permissions: Vec::new(),
        }),
    }
}

/// All that `copyAsset` stores.
fn copying_all(owner: &NewUser, source: &str, target: &str) -> Vec<Statement> {
    let caller = key_of(owner);
    let mut batch = vec![
        copy::hold(source, target),
        copy::favorite(source, target, 1),
        caller.scoped(copy::albums(source, target, 1)),
        caller.scoped(copy::shared_links(source, target)),
    ];
    batch.extend(copy::stack(source, target, 1));
    batch.extend(copy::sidecar(target, "file", KEY, 1, Some("old"), 1));
    batch
}

#[test]
fn a_copy_loses_against_the_deletion_of_either_asset() {
    for of_source in [true, false] {
        edge_testkit::block_on(async {
            let app = TestApp::postgres(Vec::new()).await;
            let alice = app.user("alice").await;
            let (source, target) = (
                app.asset(&alice).insert().await,
                app.asset(&alice).insert().await,
            );
            let album = "insert into album (id, created_at, updated_at, update_id) values ('a', 1, 1, uuid7())";
            app.sql(stmt!(album)).await;
            let owner = "insert into album_user (album_id, user_id, role, created_at, updated_at, create_id, update_id) \
                         values ('a', ?1, 'owner', 1, 1, uuid7(), uuid7())";
            app.sql(stmt!(owner, &alice.id)).await;
            let inside = "insert into album_asset (album_id, asset_id, created_at, updated_at, update_id) \
                          values ('a', ?1, 1, 1, uuid7())";
            app.sql(stmt!(inside, &source)).await;
            app.sql(objects::register(KEY, 1)).await;
            let gone = if of_source { &source } else { &target };
            let deleted = assets::purge(&[gone], 1);
            let last = deleted.len();
            let copied = copying_all(&alice, &source, &target);
            let [deleted, copied] = meanwhile(&app, paused_at(deleted, last), copied).await;
            deleted.unwrap();
            assert_eq!(copied.unwrap()[0].len(), 1, "one of the two is there");
            assert_eq!(app.count(stmt!("select count(*) as n from asset")).await, 1);
            let kept = "select count(*) as n from pending_object where object_key = ?1";
            let named = "select count(*) as n from asset_file where path = ?1";
            let known = app.count(stmt!(kept, KEY)).await + app.count(stmt!(named, KEY)).await;
            assert_eq!(known, 1, "the new sidecar's object is known");
        });
    }
}

#[test]
fn stacks_of_the_same_photos_are_made_one_after_the_other() {
    edge_testkit::block_on(async {
        let app = TestApp::postgres(Vec::new()).await;
        let alice = app.user("alice").await;
        let (a, b, c) = (
            app.asset(&alice).insert().await,
            app.asset(&alice).insert().await,
            app.asset(&alice).insert().await,
        );
        let caller = key_of(&alice);
        let making = |id: &str, ids: &[&str]| -> Vec<Statement> {
            let batch = stacks::batch_create(id, ids, 1);
            batch.into_iter().map(|it| caller.scoped(it)).collect()
        };
        let first = paused(making("one", &[&a, &b]));
        let second = making("two", &[&b, &a, &c]);
        for done in meanwhile(&app, first, second).await {
            done.unwrap();
        }
        let stacked = "select count(*) as n from asset where stack_id = 'two'";
        assert_eq!(app.count(stmt!(stacked)).await, 3);
        let told = "select count(*) as n from stack_audit where stack_id = 'one'";
        assert_eq!(
            app.count(stmt!(told)).await,
            1,
            "sync hears of the merged one"
        );
        // Who takes one of them out of the way meanwhile waits, in whatever order.
        let all = making("three", &[&c, &b]);
        let trash = assets::remove::trash(&alice.id, &[&a, &b, &c], 1).into();
        for done in meanwhile(&app, paused_at(all, 2), trash).await {
            done.unwrap();
        }
    });
}

#[test]
fn an_asset_is_not_deleted_in_the_middle_of_a_copy() {
    edge_testkit::block_on(async {
        let app = TestApp::postgres(Vec::new()).await;
        let alice = app.user("alice").await;
        let (source, target) = (
            app.asset(&alice).insert().await,
            app.asset(&alice).insert().await,
        );
        app.sql(objects::register(KEY, 1)).await;
        let copied = paused(copying_all(&alice, &source, &target));
        let deleted = assets::purge(&[&source], 1);
        for done in meanwhile(&app, copied, deleted).await {
            done.unwrap();
        }
        let left = app.sql(stmt!("select is_favorite from asset")).await;
        assert_eq!(left.len(), 1);
    });
}

/// Waits until a batch on this database waits for such a lock.
async fn somebody_waits(db: &Postgres, kind: &str) {
    let sql = "select count(*) as n from pg_locks l join pg_stat_activity a on a.pid = l.pid \
               where a.datname = current_database() and not l.granted and l.locktype = ?1";
    for _ in 0..1000 {
        let rows = db.run(stmt!(sql, kind)).await.unwrap();
        if rows.first().unwrap().get::<i64>("n").unwrap() > 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nobody waited for a lock of the kind {kind}");
}

#[test]
fn an_asset_that_is_deleted_while_it_is_rendered_leaves_no_object() {
    leaves_no_object(rendering);
}

#[test]
fn an_asset_that_is_deleted_while_it_gets_a_sidecar_leaves_no_object() {
    leaves_no_object(copying);
}

/// `giving` makes the batch that gives an asset a file under [`KEY`].
fn leaves_no_object(giving: fn(&str) -> Vec<Statement>) {
    edge_testkit::block_on(async {
        let app = TestApp::postgres(Vec::new()).await;
        let alice = app.user("alice").await;
        let asset = app.asset(&alice).insert().await;
        let gate = app.connection().await;
        let held = "select pg_advisory_lock(1)::text as held";
        gate.run(stmt!(held)).await.unwrap();
        app.sql(objects::register(KEY, 1)).await;
        let given = app.app.db().batch(giving(&asset));
        let deleted = async {
            somebody_waits(&gate, "advisory").await;
            app.app.db().batch(assets::purge(&[&asset], 1)).await
        };
        let open = async {
            somebody_waits(&gate, "transactionid").await;
            gate.run(stmt!("select pg_advisory_unlock(1)::text as freed"))
                .await
        };
        let (given, deleted, opened) = futures::join!(given, deleted, open);
        given.unwrap();
        deleted.unwrap();
        opened.unwrap();
        assert_eq!(app.count(stmt!("select count(*) as n from asset")).await, 0);
        let doomed = "select count(*) as n from object_deletion where object_key = ?1";
        assert_eq!(app.count(stmt!(doomed, KEY)).await, 1);
    });
}

/// Alice's faces make one of her people the same as Bob's while Carol's make another one the same as hers, who is Bob's, too.
#[test]
fn nobody_is_the_same_as_two_people_of_one_member() {
    edge_testkit::block_on(async {
        let app = TestApp::postgres(Vec::new()).await;
        let mut members = Vec::new();
        for name in ["alice", "bob", "carol"] {
            members.push(app.user(name).await.id);
        }
        app.sql(stmt!("update users set cluster_group_id = 'us'"))
            .await;
        let people = [
            ("a1", 0, None),
            ("a2", 0, None),
            ("b", 1, Some("x")),
            ("c", 2, Some("x")),
        ];
        for (id, owner, cluster) in people {
            let person = "insert into person (id, owner_id, cluster_id, created_at, updated_at, update_id) \
                          values (?1, ?2, ?3, 0, 0, uuid7())";
            app.sql(stmt!(person, id, &members[owner], cluster)).await;
        }
        let relating = |owner: usize, own: &str, other: &str| -> Vec<Statement> {
            let outcome = Outcome {
                kin: vec![(own.to_owned(), other.to_owned())],
                ..Outcome::default()
            };
            let mut batch = recognize::store(&members[owner], &outcome, 1);
            for statement in &mut batch {
                statement.sql = statement.sql.replace("{held}", "1 = 1").into();
            }
            batch
        };
        let first = relating(0, "a1", "b");
        let last = first.len();
        for done in meanwhile(&app, paused_at(first, last), relating(2, "c", "a2")).await {
            done.unwrap();
        }
        let same = "select id from person where owner_id = ?1 and cluster_id = 'x'";
        let rows = app.sql(stmt!(same, &members[0])).await;
        assert_eq!(rows.len(), 1);
        assert_eq!(rows.first().unwrap().get::<String>("id").unwrap(), "a1");
    });
}

#[test]
fn an_album_that_is_deleted_meanwhile_is_a_lost_foreign_key() {
    edge_testkit::block_on(async {
        let app = TestApp::postgres(Vec::new()).await;
        let alice = app.user("alice").await;
        let asset = app.asset(&alice).insert().await;
        app.sql(stmt!(
            "insert into album (id, created_at, updated_at, update_id) values ('al', 0, 0, 'u')"
        ))
        .await;
        app.sql(stmt!(
            "insert into album_user (album_id, user_id, role, created_at, updated_at, create_id, update_id) \
             values ('al', ?1, 'owner', 0, 0, 'u', 'u')",
            &alice.id
        ))
        .await;
        let caller = key_of(&alice);
        let scoped = |statements: Vec<Statement>| -> Vec<Statement> {
            let statements = statements.into_iter();
            statements
                .map(|statement| caller.scoped(statement))
                .collect()
        };
        let gate = app.connection().await;
        gate.run(stmt!("select pg_advisory_lock(1)::text as held"))
            .await
            .unwrap();
        // The album is deleted, but its transaction waits before it ends.
        let mut deleting = scoped(albums::batch_delete("al"));
        deleting.push(stmt!("select pg_advisory_xact_lock(1)::text as held"));
        let adding = scoped(albums::batch_add(&["al"], &[&asset], 1));
        let added = async {
            somebody_waits(&gate, "advisory").await;
            app.app.db().batch(adding).await
        };
        let open = async {
            somebody_waits(&gate, "transactionid").await;
            gate.run(stmt!("select pg_advisory_unlock(1)::text as freed"))
                .await
        };
        let (deleted, added, opened) = futures::join!(app.app.db().batch(deleting), added, open);
        deleted.unwrap();
        opened.unwrap();
        assert!(matches!(added, Err(DbError::ForeignKey(_))), "{added:?}");
    });
}

#[test]
fn a_database_that_only_reads_is_unavailable_for_writing() {
    edge_testkit::block_on(async {
        let update = || stmt!("update users set name = 'x', update_id = uuid7()");
        let app = TestApp::postgres(Vec::new()).await;
        let batch = vec![stmt!("set transaction read only"), update()];
        let refused = app.app.db().batch(batch).await;
        assert!(matches!(refused, Err(DbError::Busy(_))), "{refused:?}");
        let app = TestApp::sqlite(Vec::new()).await;
        app.app
            .db()
            .run(stmt!("pragma query_only = on"))
            .await
            .unwrap();
        let refused = app.app.db().run(update()).await;
        assert!(matches!(refused, Err(DbError::Busy(_))), "{refused:?}");
    });
}
