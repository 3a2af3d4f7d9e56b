//! A library of any size, filled by the database itself: what tests of costs look at.
//!
//! Alice has most of it; her assets spread over ten years, a twentieth of them is in the trash, a fortieth in stacks of three, and half was
//! uploaded in one month. Bob shares with Alice and Carol does not; both have a tenth of Alice's. Alice has one large album, with a
//! quarter of her assets, and 20 small ones. Bob has one that he shares with her.

use edge_platform::{Database, Dialect, Rows, Statement, stmt};

/// Who has most of it.
pub const ALICE: &str = "00000001-0000-4000-8000-00000000a11c";
/// Who shares with Alice.
pub const BOB: &str = "00000002-0000-4000-8000-000000000b0b";
/// Somebody else.
pub const CAROL: &str = "00000003-0000-4000-8000-0000000ca401";
/// `session.token_digest` of Alice.
pub const DIGEST: &str = "digest";
/// Alice's album with a quarter of her assets.
pub const LARGE_ALBUM: &str = "00000001-0000-4000-8000-0000000a1b00";
/// One of Alice's albums, with 100 assets.
pub const SMALL_ALBUM: &str = "00000001-0000-4000-8000-0000000a1b01";
/// Bob's album, which Alice sees.
pub const BOBS_ALBUM: &str = "00000002-0000-4000-8000-0000000a1b00";

/// The number of Alice's asset `number` (from 1) as an id: in no order, as real ones.
pub fn asset_id(number: i64) -> String {
    id_of(1, number)
}

/// The same for Bob.
pub fn bobs_asset_id(number: i64) -> String {
    id_of(2, number)
}

fn id_of(owner: i64, number: i64) -> String {
    format!(
        "{:08x}-000{owner}-4000-8000-{number:012x}",
        number * 2_654_435_761 % 4_294_967_296
    )
}

/// The same as an expression over `i`.
fn id(dialect: Dialect, owner: i64) -> String {
    let number = "cast(n.i as bigint) * 2654435761 % 4294967296";
    match dialect {
        Dialect::Sqlite => format!("printf('%08x-000{owner}-4000-8000-%012x', {number}, n.i)"),
        Dialect::Postgres => format!(
            "lpad(to_hex({number}), 8, '0') || '-000{owner}-4000-8000-' || lpad(to_hex(n.i), 12, '0')"
        ),
    }
}

async fn run(db: &dyn Database, sql: String) -> Rows {
    db.run(Statement::new(sql.clone(), Vec::new()))
        .await
        .unwrap_or_else(|error| panic!("{error} in {sql}"))
}

/// Fills an empty database: `assets` for Alice.
///
/// # Panics
/// When the database refuses.
pub async fn fill(db: &dyn Database, assets: i64) {
    people(db).await;
    for (owner, count) in [(1, assets), (2, assets / 10), (3, assets / 10)] {
        let user = [ALICE, BOB, CAROL][usize::try_from(owner - 1).unwrap_or(0)];
        contents(db, owner, user, count).await;
    }
    stacks(db, assets / 40).await;
    albums(db, assets).await;
}

async fn people(db: &dyn Database) {
    for (user, name) in [(ALICE, "alice"), (BOB, "bob"), (CAROL, "carol")] {
        let sql = "insert into users (id, email, name, profile_changed_at, created_at, updated_at, update_id, cluster_group_id) \
                   values (?1, ?2, ?2, 0, 0, 0, uuid7(), ?1)";
        let user = db.run(stmt!(sql, user, name)).await;
        user.expect("a user");
    }
    run(db, format!("insert into session (id, token_digest, user_id, created_at, updated_at) values ('session', '{DIGEST}', '{ALICE}', 0, 0)")).await;
    run(db, format!("insert into partner (shared_by_id, shared_with_id, in_timeline, created_at, updated_at, create_id, update_id) values ('{BOB}', '{ALICE}', 1, 0, 0, uuid7(), uuid7())")).await;
}

fn numbers(count: i64) -> String {
    format!("with recursive n(i) as (select 1 union all select i + 1 from n where i < {count})")
}

/// Assets and their exif.
async fn contents(db: &dyn Database, owner: i64, user: &str, count: i64) {
    if count == 0 {
        return;
    }
    let (numbers, id) = (numbers(count), id(db.dialect(), owner));
    let month = "(2014 + n.i % 120 / 12) * 100 + 1 + n.i % 12";
    let day = format!("({month}) * 100 + 1 + n.i / 120 % 28");
    let at = "cast(1388534400000 as bigint) + cast(n.i % 120 as bigint) * 2629800000 + cast(n.i / 120 as bigint) * 60000";
    run(
        db,
        format!(
            "insert into asset (id, owner_id, type, status, visibility, checksum, original_path, original_file_name, \
             file_name_folded, width, height, is_favorite, file_created_at, file_modified_at, local_date_time, local_day, \
             local_month, created_at, created_month, updated_at, deleted_at, update_id) {numbers} \
             select {id}, '{user}', case when n.i % 10 = 0 then 'VIDEO' else 'IMAGE' end, \
             case when n.i % 20 = 0 then 'trashed' else 'active' end, case when n.i % 30 = 1 then 'archive' \
             when n.i % 50 = 2 then 'locked' when n.i % 60 = 5 then 'hidden' else 'timeline' end, \
             cast(n.i as text), 'upload/' || cast(n.i as text), 'IMG.jpg', 'img.jpg', 4000, 3000, \
             case when n.i % 50 = 3 then 1 else 0 end, {at}, {at}, {at}, {day}, {month}, \
             cast(1700000000000 as bigint) + n.i, case when n.i % 2 = 0 then 202311 else 202301 + n.i % 10 end, \
             cast(1700000000000 as bigint) + n.i, \
             case when n.i % 20 = 0 then cast(1700000000000 as bigint) end, uuid7() from n"
        ),
    )
    .await;
    run(
        db,
        format!(
            "insert into asset_exif (asset_id, owner_id, file_size_in_byte, city, country, latitude, longitude, updated_at, \
             update_id) {numbers} select {id}, '{user}', 1000 + n.i, case when n.i % 3 = 0 then 'City' end, \
             case when n.i % 3 = 0 then 'Country' end, case when n.i % 3 = 0 then 1.5 end, \
             case when n.i % 3 = 0 then 2.5 end, 0, uuid7() from n"
        ),
    )
    .await;
}

/// Stacks of three of Alice's assets that are neighbours.
async fn stacks(db: &dyn Database, count: i64) {
    let dialect = db.dialect();
    let primary = id(dialect, 1).replace("n.i", "(n.i * 3)");
    run(
        db,
        format!(
            "insert into stack (id, owner_id, primary_asset_id, created_at, updated_at, update_id) {} \
             select 'stack' || cast(n.i as text), '{ALICE}', {primary}, 0, 0, uuid7() from n",
            numbers(count.max(1))
        ),
    )
    .await;
    for member in 0..3 {
        let id = id(dialect, 1).replace("n.i", &format!("(s.i * 3 + {member})"));
        run(
            db,
            format!(
                "update asset set stack_id = x.stack_id, update_id = uuid7() from ({} select 'stack' || cast(s.i as text) \
                 as stack_id, {id} as id from n s) x where asset.id = x.id",
                numbers(count.max(1))
            ),
        )
        .await;
    }
}

async fn albums(db: &dyn Database, assets: i64) {
    album(db, LARGE_ALBUM, ALICE).await;
    fill_album(db, LARGE_ALBUM, 1, "n.i", assets / 4).await;
    for number in 1..=20 {
        let album_id = format!("00000001-0000-4000-8000-0000000a1b{number:02x}");
        album(db, &album_id, ALICE).await;
        let step = (assets / 100).max(1);
        let first = format!("(n.i * {step} - {})", number % step);
        fill_album(db, &album_id, 1, &first, 100.min(assets / 2)).await;
    }
    album(db, BOBS_ALBUM, BOB).await;
    member(db, BOBS_ALBUM, ALICE, "viewer").await;
    fill_album(db, BOBS_ALBUM, 2, "n.i", 50.min(assets / 10)).await;
}

async fn album(db: &dyn Database, album_id: &str, owner: &str) {
    let sql =
        "insert into album (id, created_at, updated_at, update_id) values (?1, 0, 0, uuid7())";
    db.run(stmt!(sql, album_id)).await.expect("an album");
    member(db, album_id, owner, "owner").await;
}

async fn member(db: &dyn Database, album_id: &str, user: &str, role: &str) {
    let sql = "insert into album_user (album_id, user_id, role, created_at, updated_at, create_id, update_id) \
               values (?1, ?2, ?3, 0, 0, uuid7(), uuid7())";
    let member = db.run(stmt!(sql, album_id, user, role)).await;
    member.expect("a member");
}

async fn fill_album(db: &dyn Database, album_id: &str, owner: i64, number: &str, count: i64) {
    let id = id(db.dialect(), owner).replace("n.i", number);
    run(
        db,
        format!(
            "insert into album_asset (album_id, asset_id, created_at, updated_at, update_id) {} \
             select '{album_id}', x.id, 0, 0, uuid7() from (select {id} as id from n) x",
            numbers(count)
        ),
    )
    .await;
}
