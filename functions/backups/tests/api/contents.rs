//! A database that holds a bit of everything, and what is compared of two.

use edge_platform::{Value, stmt};
use edge_store::backup::{page, sections};
use edge_testkit::{NewUser, TestApp, library};

/// What hangs on the photo, on the administrator and on others.
const ROWS: [&str; 26] = [
    "insert into tag (id, owner_id, parent_id, value, created_at, updated_at) values ('z', '{admin}', null, 'a', 1, 1)",
    "insert into tag (id, owner_id, parent_id, value, created_at, updated_at) values ('b', '{admin}', 'z', 'a/b', 1, 1)",
    "insert into tag (id, owner_id, parent_id, value, created_at, updated_at) values ('a', '{admin}', 'b', 'a/b/c', 1, 1)",
    "insert into tag_closure (ancestor_id, descendant_id) values ('z', 'a')",
    "insert into tag_asset (tag_id, asset_id) values ('a', '{photo}')",
    "insert into person (id, owner_id, name, face_asset_id, created_at, updated_at, update_id) \
     values ('p', '{admin}', 'Ada', 'f', 1, 1, uuid7())",
    "insert into asset_face (id, asset_id, owner_id, person_id, image_width, image_height, bounding_box_x1, bounding_box_y1, \
     bounding_box_x2, bounding_box_y2, updated_at, update_id) values ('f', '{photo}', '{admin}', 'p', 9, 9, 1, 2, 3, 4, 1, uuid7())",
    "insert into face_vector (face_id, owner_id, model, seq, code, turn) values ('f', '{admin}', 'm', 1, 'AIA/', 2)",
    "insert into asset_ocr (id, asset_id, owner_id, x1, y1, x2, y2, x3, y3, x4, y4, box_score, text_score, text, position, update_id) \
     values ('o', '{photo}', '{admin}', 0, 0, 1, 0, 1, 0.25, 0, 0.25, 0.5, 1, '東京', 1, uuid7())",
    "insert into ocr_search (asset_id, owner_id, text, words) values ('{photo}', '{admin}', '東京', '[\"東京\",\"京\"]')",
    "insert into asset_file (asset_id, type, is_edited, id, path, mime_type, size_in_byte, created_at, updated_at) \
     values ('{photo}', 'preview', 1, 'x', 'thumbs/x', 'image/webp', 9007199254740991, 1, 1)",
    "insert into session (id, token_digest, user_id, parent_id, created_at, updated_at) \
     select '0child', 'digest of the child', '{admin}', s.id, 1, 1 from session s where s.user_id = '{admin}'",
    "insert into shared_link (id, key, user_id, type, created_at) values ('l', 'key', '{admin}', 'INDIVIDUAL', 1)",
    "insert into shared_link_asset (shared_link_id, asset_id) values ('l', '{photo}')",
    "insert into workflow (id, owner_id, trigger_name, created_at, updated_at) values ('w', '{admin}', 'AssetCreate', 1, 1)",
    "insert into workflow_step (workflow_id, position, method) values ('w', 0, 'm'), ('w', 1, 'm')",
    "insert into workflow_log (workflow_id, place, id, at, result, asset_id, step_position, step_method) \
     values ('w', 0, 'log', 1, 'halted', '{photo}', 1, 'm'), ('w', 1, 'log2', 2, 'completed', null, null, null)",
    "update workflow set is_logging = 1, log_count = 2",
    "insert into cluster_group_request (id, cluster_group_id, user_id, created_at) \
     select 'r', '{admin}', u.id, 1 from users u where u.id <> '{admin}' order by u.id limit 1",
    "update person set cluster_id = 'p'",
    "insert into asset_device (asset_id, owner_id, device_id, device_asset_id) \
     select a.id, a.owner_id, 'phone', 'a.jpg-1' from asset a where a.id = '{photo}'",
    "insert into library (id, owner_id, name, import_paths, exclusion_patterns, created_at, updated_at) \
     values ('lib', '{admin}', 'NAS', '[\"/photos\"]', '[]', 1, 1)",
    // Left out of backups: made anew when it is asked for.
    "insert into asset_transformation (asset_id, name, source_id, path, mime_type, size_in_byte, created_at) \
     values ('{photo}', 't', 'x', 'thumbs/t', 'image/webp', 1, 1)",
    "insert into system_metadata (key, value, updated_at) values ('system-config', '{\"server\":{\"loginPageMessage\":\"Hi\"}}', 1)",
    "insert into album_user (album_id, user_id, role, created_at, updated_at, create_id, update_id) \
     select id, '{admin}', 'viewer', 1, 1, uuid7(), uuid7() from album where id = '00000001-0000-4000-8000-0000000a1b01'",
    "insert into activity (id, album_id, asset_id, user_id, type, created_at, updated_at) \
     select 'act', album_id, asset_id, '{admin}', 'like', 1, 1 from album_asset where \
     album_id = '00000001-0000-4000-8000-0000000a1b01' order by asset_id limit 1",
];

/// Fills a database: some pages of assets, and what points to itself, to others and to nothing. Gives the administrator.
pub async fn fill(app: &TestApp) -> NewUser {
    let admin = app.admin().await;
    library::fill(app.app.db(), 1_000).await;
    let video = app.asset(&admin).with("type", "VIDEO").insert().await;
    let photo = app
        .asset(&admin)
        .with("live_photo_video_id", video.as_str())
        .exif("f_number", 0.1 + 0.2)
        .exif("latitude", -89.999_999_999_999)
        .exif(
            "description",
            "Robert'); drop table users; -- \u{1F600}\n\"\\",
        )
        .insert()
        .await;
    app.api_key(&admin, &["all"]).await;
    for sql in ROWS {
        let sql = sql.replace("{admin}", &admin.id).replace("{photo}", &photo);
        app.sql(stmt!(sql)).await;
    }
    let external = app.asset(&admin).with("library_id", "lib");
    external
        .with("original_path", "photos/a.jpg")
        .insert()
        .await;
    admin
}

/// What triggers keep, and must be the same again.
const KEPT: [&str; 10] = [
    "select owner_id, visibility, local_month, total, trashed, stacked from asset_month where total + trashed > 0",
    "select owner_id, visibility, created_month, total, stacked from asset_created_month where total > 0",
    "select owner_id, type, visibility, state, is_favorite, is_library, total, bytes from asset_total where total > 0",
    "select library_id, type, is_hidden, total, bytes from library_total where total > 0",
    "select album_id, owner_id, total from album_total where total > 0",
    "select album_id, owner_id, visibility, local_month, total, stacked from album_month where total > 0",
    "select id, city, country, file_size_in_byte, is_stacked from asset",
    "select album_id, asset_id, taken_at, is_shown, is_stacked from album_asset",
    "select id, face_count from person",
    "select owner_id, word, source, asset_id from asset_word",
];

/// All rows of a database, in an order that does not depend on it. Ids of updates are new after a restore, and devices begin anew.
pub async fn contents(app: &TestApp) -> Vec<String> {
    let mut all = Vec::new();
    for section in sections() {
        let columns = section.columns();
        let mut after: Option<Vec<Value>> = None;
        loop {
            let rows = app
                .app
                .db()
                .run(page(&section, after.as_deref()))
                .await
                .unwrap();
            let Some(last) = rows.iter().last() else {
                break;
            };
            let key = section.table.key.iter().map(|name| {
                let place = columns.iter().position(|column| column.name == *name);
                last.values()[place.unwrap()].clone()
            });
            after = Some(key.collect());
            all.extend(rows.iter().map(|row| {
                let values = columns.iter().zip(row.values());
                let told = values.filter(|(column, _)| {
                    !["update_id", "is_pending_sync_reset"].contains(&column.name)
                });
                let told: Vec<String> = told
                    .map(|(column, value)| format!("{}={value:?}", column.name))
                    .collect();
                format!(
                    "{} {} {}",
                    section.table.name,
                    section.is_link,
                    told.join(" ")
                )
            }));
        }
    }
    for sql in KEPT {
        let rows = app.sql(stmt!(sql)).await;
        all.extend(rows.iter().map(|row| format!("{sql} {:?}", row.values())));
    }
    all.sort();
    all
}

/// Two databases hold the same; says what is different, not all there is.
pub fn assert_same(now: &[String], then: &[String]) {
    let missing: Vec<&String> = then
        .iter()
        .filter(|row| now.binary_search(row).is_err())
        .take(5)
        .collect();
    let new: Vec<&String> = now
        .iter()
        .filter(|row| then.binary_search(row).is_err())
        .take(5)
        .collect();
    assert!(
        missing.is_empty() && new.is_empty(),
        "missing {missing:#?}\nnew {new:#?}"
    );
    assert_eq!(now.len(), then.len());
}
