//! The folder view over HTTP (api/features.md section A, Views).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use edge_testkit::{Area, NewUser, TestApp, on_each_database};
use serde_json::{Value, json};

fn areas() -> Vec<Area> {
    vec![Area::new(fn_views::ROUTES, fn_views::routes())]
}

async fn file(app: &TestApp, owner: &NewUser, path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or_default().to_owned();
    let asset = app.asset(owner).with("original_path", path);
    asset.with("original_file_name", name).insert().await
}

async fn get(app: &TestApp, user: &NewUser, path: &str) -> Value {
    app.get(path).user(user).send().await.expect(200).json()
}

on_each_database! {
    async fn folders_are_listed_and_opened(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let b = file(&app, &alice, "photos/2024/b.jpg").await;
        let a = file(&app, &alice, "photos/2024/a.jpg").await;
        file(&app, &alice, "photos/2024/rome/c.jpg").await;
        file(&app, &alice, "photos/é %_/d.jpg").await;
        file(&app, &alice, "/root.jpg").await;
        file(&app, &bob, "photos/bobs/a.jpg").await;
        app.asset(&alice).visibility("archive").with("original_path", "photos/old/a.jpg").insert().await;
        app.asset(&alice).trashed().with("original_path", "photos/2024/z.jpg").insert().await;
        app.take_round_trips();
        let folders = get(&app, &alice, "/api/view/folder/unique-paths").await;
        assert_eq!(app.take_round_trips(), 1);
        let mut folders: Vec<&str> = folders.as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
        // Databases order letters of other scripts each in its own way.
        folders.sort_unstable();
        assert_eq!(folders, ["", "photos/2024", "photos/2024/rome", "photos/é %_"]);
        let files = get(&app, &alice, "/api/view/folder?path=photos/2024").await;
        assert_eq!(app.take_round_trips(), 1);
        let found: Vec<&Value> = files.as_array().unwrap().iter().map(|file| &file["id"]).collect();
        assert_eq!(json!(found), json!([a, b]));
        assert!(files[0]["exifInfo"].is_object());
        assert_eq!(get(&app, &alice, "/api/view/folder?path=photos/2024/").await, files);
        for path in ["photos/%C3%A9%20%25_", ""] {
            let files = get(&app, &alice, &format!("/api/view/folder?path={path}")).await;
            assert_eq!(files.as_array().unwrap().len(), 1, "{path}");
        }
        for path in ["photos", "photos/bobs", "photos/old", "photos/2024/x", "photos/%25"] {
            assert_eq!(get(&app, &alice, &format!("/api/view/folder?path={path}")).await, json!([]), "{path}");
        }
        app.get("/api/view/folder").user(&alice).send().await.expect(400);
        app.get("/api/view/folder?path=a%00").user(&alice).send().await.expect(400);
    }
}
