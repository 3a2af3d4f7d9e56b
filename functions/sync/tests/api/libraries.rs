//! What scans of an external library store reaches a client's copy, which then knows what a new one does.

use edge_api::enums::AssetType;
use edge_platform::{Statement, stmt};
use edge_store::{
    assets,
    libraries::{self, Found},
};
use edge_testkit::{TestApp, on_each_database};

use crate::{
    areas,
    client::{APP_TYPES, sync},
    replay::{Copy, known_anew},
    server_rows,
    world::{self, World},
};

fn found(app: &TestApp, name: &str) -> Found {
    Found {
        id: app.app.uuid(),
        path: format!("photos/{name}"),
        checksum: format!("sum of {name}"),
        kind: AssetType::Image,
        size: 1_000,
        modified: 1_700_000_000_000,
        sidecar: None,
    }
}

/// Does what a job of a scan does; the copy follows and knows what a new one does. Gives how many assets it has.
async fn follows(app: &TestApp, world: &World, copy: &Copy, batch: Vec<Statement>) -> usize {
    app.clock.advance(1_000);
    if !batch.is_empty() {
        app.app.db().batch(batch).await.unwrap();
    }
    copy.apply(&sync(app, &world.alice, &APP_TYPES).await).await;
    let followed = copy.contents().await;
    assert_eq!(known_anew(app, &world.alice).await, followed);
    server_rows::compare(app, &world.alice, &followed).await;
    followed.iter().filter(|(name, _)| name == "asset").count()
}

on_each_database! {
    async fn files_that_come_go_and_come_back_reach_a_copy(app: TestApp) {
        let world = world::world(&app).await;
        let copy = Copy::new().await;
        copy.apply_anew(&sync(&app, &world.alice, &APP_TYPES).await).await;
        app.sql(stmt!(
            "insert into library (id, owner_id, name, import_paths, exclusion_patterns, created_at, updated_at) \
             values ('lib', ?1, 'NAS', '[\"/photos\"]', '[]', 0, 0)",
            &world.alice.id
        )).await;
        let before = follows(&app, &world, &copy, Vec::new()).await;
        let files = [found(&app, "a.jpg"), found(&app, "b.jpg")];
        let (a, b) = (files[0].id.as_str(), files[1].id.as_str());
        let now = app.app.now();
        let all = before + 2;
        assert_eq!(follows(&app, &world, &copy, libraries::add("lib", &files, now)).await, all);
        assert_eq!(follows(&app, &world, &copy, vec![libraries::offline(&[a, b], now + 1)]).await, all);
        assert_eq!(follows(&app, &world, &copy, vec![libraries::online(&[b], now + 2)]).await, all);
        assert_eq!(follows(&app, &world, &copy, libraries::changed(b, 1_700_000_001_000, 2_000, now + 3).into()).await, all);
        assert_eq!(follows(&app, &world, &copy, assets::purge(&[a], now + 4)).await, all - 1);
        let end = [libraries::delete("lib", now + 5), libraries::offline(&[b], now + 5)];
        assert_eq!(follows(&app, &world, &copy, end.into()).await, all - 1);
        assert_eq!(follows(&app, &world, &copy, assets::purge(&[b], now + 6)).await, before);
    }
}
