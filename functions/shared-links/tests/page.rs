//! The pages of links (api/features.md section F, Shared link).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use edge_platform::stmt;
use edge_store::users;
use edge_testkit::{Area, NewUser, Reply, TestApp, on_each_database};
use serde_json::{Value, json};

fn areas() -> Vec<Area> {
    vec![
        Area::new(fn_albums::ROUTES, fn_albums::routes()),
        Area::new(fn_shared_links::ROUTES, fn_shared_links::routes()),
    ]
}

async fn link(app: &TestApp, user: &NewUser, body: Value) -> Value {
    let request = app.post("/api/shared-links").user(user).json(&body);
    request.send().await.expect(201).json()
}

fn path(link: &Value) -> String {
    format!("/share/{}", link["key"].as_str().unwrap())
}

fn text(reply: &Reply) -> String {
    String::from_utf8(reply.body.to_vec()).unwrap()
}

/// The address of the large picture that is the `index`th of a page.
fn photo_of(link: &Value, html: &str, index: usize) -> String {
    let address = html.split("href=\"?photo=").nth(index + 1).unwrap();
    let place = address.split('"').next().unwrap();
    format!("{}?photo={place}", path(link))
}

/// `index.html` of another page, as `cargo xtask` puts it into the bucket and says so.
async fn take_another_page(app: &TestApp) {
    let index = "<!doctype html><html><head><!-- page:tags --><title>Another</title></head><body></body></html>";
    let put = app
        .app
        .objects
        .put("web/index.html", index.into(), "text/html");
    put.await.unwrap();
    app.variables.set("other_page", "on");
}

const FORM: &str = "application/x-www-form-urlencoded";

on_each_database! {
    async fn a_visitor_sees_the_photos_of_a_link(app: TestApp) {
        let alice = app.user("alice").await;
        let photo = app.asset(&alice).with("original_file_name", "a\"><b>.jpg").insert().await;
        let film = app.asset(&alice).with("type", "VIDEO").insert().await;
        let locked = app.asset(&alice).insert().await;
        let body = json!({ "type": "INDIVIDUAL", "assetIds": [photo, film, locked], "description": "<i>Sun & sea</i>", "slug": "sun" });
        let link = link(&app, &alice, body).await;
        app.sql(stmt!("update asset set visibility = 'locked' where id = ?1", &locked)).await;
        app.take_round_trips();
        let page = app.get(&path(&link)).header("host", "photos.example").send().await.expect(200);
        assert_eq!(app.take_round_trips(), 1);
        let html = text(&page);
        let key = link["key"].as_str().unwrap();
        assert!(html.contains(&format!("<img loading=\"lazy\" src=\"/api/assets/{photo}/thumbnail?key=")), "{html}");
        assert!(html.contains(&format!(".{film}\"")) && html.contains("class=\"film\""), "{html}");
        assert!(!html.contains(&locked), "{html}");
        assert!(html.contains("&lt;i&gt;Sun &amp; sea&lt;/i&gt;") && !html.contains("<i>"), "{html}");
        assert!(html.contains("alt=\"a&quot;&gt;&lt;b&gt;.jpg\""), "{html}");
        assert!(html.contains("2 shared photos &amp; videos"), "{html}");
        assert!(html.contains("<meta property=\"og:title\" content=\"Public Share\">"), "{html}");
        assert!(html.contains("<meta property=\"og:image\" content=\"http://photos.example/api/assets/"), "{html}");
        assert!(!html.contains("<script") && !html.contains("Next page"), "{html}");
        assert!(page.header("content-type").starts_with("text/html"));
        assert!(page.header("content-security-policy").starts_with("default-src 'none'; img-src 'self'"));
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        let by_slug = text(&app.get("/s/sun").send().await.expect(200));
        assert!(by_slug.contains("?slug=sun") && !by_slug.contains(key), "{by_slug}");
    }

    async fn an_album_has_its_title_cover_and_pages(app: TestApp) {
        let alice = app.user("alice").await;
        let mut photos = Vec::new();
        for at in 0..65 {
            photos.push(app.asset(&alice).taken(1_600_000_000_000 + at / 2).insert().await);
        }
        let ids: Vec<&str> = photos.iter().map(String::as_str).collect();
        let album = app.album(&alice, &ids, &[]).await;
        let link = link(&app, &alice, json!({ "type": "ALBUM", "albumId": album, "allowDownload": false, "showMetadata": false })).await;
        let config = json!({ "server": { "externalDomain": "https://my.photos/" } });
        edge_store::system::put(app.app.db(), "system-config", &config, 0).await.unwrap();
        app.take_round_trips();
        let first = text(&app.get(&path(&link)).send().await.expect(200));
        assert_eq!(app.take_round_trips(), 1);
        assert!(first.contains("<title>Trip</title>") && first.contains("65 shared photos"), "{first}");
        let cover = format!("content=\"https://my.photos/api/assets/{}/thumbnail?key=", photos[0]);
        assert!(first.contains(&cover), "{first}");
        assert!(first.matches("alt=\"\"").count() == 60, "{first}");
        assert!(first.contains("aria-label=\"Photo 1\"") && !first.contains("/download/archive"), "{first}");
        let photo = text(&app.get(&photo_of(&link, &first, 0)).send().await.expect(200));
        assert!(photo.contains("thumbnail?size=preview&amp;key=") && !photo.contains("/original"), "{photo}");
        let next = first.split("rel=\"next\" href=\"").nth(1).unwrap().split('"').next().unwrap();
        let second = text(&app.get(&format!("{}{next}", path(&link))).send().await.expect(200));
        let pictures = |html: &str| html.matches("<img ").count();
        assert_eq!((pictures(&first), pictures(&second)), (60, 5));
        assert!(second.contains("First page") && !second.contains("Next page"), "{second}");
        for photo in &photos {
            let source = format!("src=\"/api/assets/{photo}/");
            assert_eq!(first.matches(&source).count() + second.matches(&source).count(), 1);
        }
    }

    async fn single_assets_come_by_the_time_that_they_have_now(app: TestApp) {
        let alice = app.user("alice").await;
        let mut photos = Vec::new();
        for at in 0..65 {
            photos.push(app.asset(&alice).taken(1_600_000_000_000 + at / 40).insert().await);
        }
        let link = link(&app, &alice, json!({ "type": "INDIVIDUAL", "assetIds": photos })).await;
        app.sql(stmt!("update asset set local_date_time = 1600000000009, update_id = uuid7() where id = ?1", &photos[0])).await;
        let first = text(&app.get(&path(&link)).send().await.expect(200));
        assert!(first.contains("65 shared photos"), "{first}");
        assert!(photo_of(&link, &first, 0).ends_with(&format!("?photo=1600000000009.{}", photos[0])), "{first}");
        let next = first.split("rel=\"next\" href=\"").nth(1).unwrap().split('"').next().unwrap();
        let second = text(&app.get(&format!("{}{next}", path(&link))).send().await.expect(200));
        for photo in &photos {
            let source = format!("src=\"/api/assets/{photo}/");
            assert_eq!(first.matches(&source).count() + second.matches(&source).count(), 1);
        }
        app.get(&photo_of(&link, &second, 0)).send().await.expect(200);
    }

    async fn a_picture_has_a_page_with_the_ways_to_its_neighbours(app: TestApp) {
        let alice = app.user("alice").await;
        let old = app.asset(&alice).taken(1_600_000_000_000).with("original_file_name", "<old>.jpg").insert().await;
        let film = app.asset(&alice).taken(1_600_000_000_001).with("type", "VIDEO").insert().await;
        let new = app.asset(&alice).taken(1_600_000_000_002).insert().await;
        let apart = app.asset(&alice).taken(1_600_000_000_003).insert().await;
        let album = app.album(&alice, &[old.as_str(), film.as_str(), new.as_str()], &[]).await;
        for body in [
            json!({ "type": "ALBUM", "albumId": album }),
            json!({ "type": "INDIVIDUAL", "assetIds": [old, film, new] }),
        ] {
            let link = link(&app, &alice, body).await;
            let gallery = text(&app.get(&path(&link)).send().await.expect(200));
            app.take_round_trips();
            let middle = text(&app.get(&photo_of(&link, &gallery, 1)).send().await.expect(200));
            assert_eq!(app.take_round_trips(), 1);
            assert!(middle.contains(&format!("/api/assets/{film}/video/playback?key=")), "{middle}");
            assert!(middle.contains(&format!("/api/assets/{film}/original?key=")), "{middle}");
            assert!(middle.contains(&format!("rel=\"prev\" href=\"?photo=1600000000002.{new}\"")), "{middle}");
            assert!(middle.contains(&format!("rel=\"next\" href=\"?photo=1600000000000.{old}\"")), "{middle}");
            assert!(middle.contains(&format!("href=\"?after=1600000000002.{new}\"")), "{middle}");
            let first = text(&app.get(&photo_of(&link, &gallery, 0)).send().await.expect(200));
            assert!(!first.contains("rel=\"prev\"") && first.contains("rel=\"next\""), "{first}");
            let last = text(&app.get(&photo_of(&link, &gallery, 2)).send().await.expect(200));
            assert!(last.contains("rel=\"prev\"") && !last.contains("rel=\"next\""), "{last}");
            assert!(last.contains("alt=\"&lt;old&gt;.jpg\""), "{last}");
            for other in [format!("1600000000003.{apart}"), format!("1600000000001.{new}")] {
                let missing = text(&app.get(&format!("{}?photo={other}", path(&link))).send().await.expect(404));
                assert!(!missing.contains(&apart) && !missing.contains("/api/"), "{missing}");
            }
        }
        let hidden = link(&app, &alice, json!({ "type": "ALBUM", "albumId": album, "showMetadata": false })).await;
        let gallery = text(&app.get(&path(&hidden)).send().await.expect(200));
        let last = text(&app.get(&photo_of(&hidden, &gallery, 2)).send().await.expect(200));
        assert!(!last.contains("&lt;old") && last.contains("alt=\"\""), "{last}");
        app.sql(stmt!("update shared_link set password = 'sesame' where id = ?1", hidden["id"].as_str().unwrap())).await;
        let locked = text(&app.get(&photo_of(&hidden, &gallery, 2)).send().await.expect(200));
        assert!(locked.contains("Password required") && !locked.contains(&old), "{locked}");
    }

    async fn another_page_shows_messengers_what_a_link_is_about(app: TestApp) {
        let alice = app.user("alice").await;
        let photo = app.asset(&alice).insert().await;
        let body = json!({ "type": "INDIVIDUAL", "assetIds": [photo], "description": "Sun \"&\" sea", "slug": "sun" });
        let open = link(&app, &alice, body).await;
        let body = json!({ "type": "INDIVIDUAL", "assetIds": [photo], "description": "hidden", "password": "sesame" });
        let locked = link(&app, &alice, body).await;
        take_another_page(&app).await;
        app.take_round_trips();
        let page = app.get(&path(&open)).header("host", "photos.example").send().await.expect(200);
        assert_eq!(app.take_round_trips(), 1);
        let html = text(&page);
        assert!(html.starts_with("<!doctype html><html><head><meta name=\"description\""), "{html}");
        assert!(html.ends_with("<title>Another</title></head><body></body></html>"), "{html}");
        assert!(html.contains("<meta property=\"og:title\" content=\"Public Share\">"), "{html}");
        assert!(html.contains("<meta property=\"og:description\" content=\"Sun &quot;&amp;&quot; sea\">"), "{html}");
        let key = open["key"].as_str().unwrap();
        let image = format!("<meta property=\"og:image\" content=\"http://photos.example/api/assets/{photo}/thumbnail?key={key}\">");
        assert!(html.contains(&image), "{html}");
        assert!(page.header("content-type").starts_with("text/html"));
        assert_eq!((page.header("cache-control"), page.header("referrer-policy")), ("no-store", "no-referrer"));
        assert_eq!(page.header("content-security-policy"), "frame-ancestors 'none'");
        for inside in [format!("{}/photos/{photo}", path(&open)), format!("/s/sun/photos/{photo}"), "/s/sun".to_owned()] {
            let html = text(&app.get(&inside).send().await.expect(200));
            assert!(html.contains("og:image") && html.contains("<title>Another"), "{inside}: {html}");
        }
        let html = text(&app.get(&path(&locked)).send().await.expect(200));
        assert!(html.contains("<head><meta property=\"og:title\" content=\"Public Share\">\n<title>"), "{html}");
        assert!(!html.contains("hidden") && !html.contains(&photo), "{html}");
        for dead in ["/share/none", "/s/none", "/s/none/photos/x"] {
            let html = text(&app.get(dead).send().await.expect(404));
            assert!(html.contains("<head><title>Another</title></head>"), "{html}");
        }
    }

    async fn the_bucket_is_not_asked_for_another_page_that_nobody_speaks_of(app: TestApp) {
        let alice = app.user("alice").await;
        let photo = app.asset(&alice).insert().await;
        let link = link(&app, &alice, json!({ "type": "INDIVIDUAL", "assetIds": [photo] })).await;
        take_another_page(&app).await;
        let another = text(&app.get(&path(&link)).send().await.expect(200));
        assert!(another.contains("<title>Another"), "{another}");
        app.variables.set("other_page", "");
        let ours = text(&app.get(&path(&link)).send().await.expect(200));
        assert!(ours.contains("1 shared photos &amp; videos") && !ours.contains("Another"), "{ours}");
        app.get(&format!("{}/photos/{photo}", path(&link))).send().await.expect(303);
    }

    async fn the_address_that_another_page_has_for_a_photo_leads_to_the_link(app: TestApp) {
        for (asked, home) in [("/share/a-b_c/photos/x", "/share/a-b_c"), ("/s/a%20b/photos/x", "/s/a%20b")] {
            let answer = app.get(asked).send().await.expect(303);
            assert_eq!(answer.header("location"), home);
        }
    }

    async fn guests_add_and_take_along_what_the_link_allows(app: TestApp) {
        let alice = app.user("alice").await;
        let photo = app.asset(&alice).insert().await;
        let about = |upload: bool, download: bool| {
            json!({ "type": "INDIVIDUAL", "assetIds": [photo], "allowUpload": upload, "allowDownload": download })
        };
        let open = link(&app, &alice, about(true, true)).await;
        let html = text(&app.get(&path(&open)).send().await.expect(200));
        let key = open["key"].as_str().unwrap();
        for action in ["/api/assets?key=", "/api/download/archive?key="] {
            assert!(html.contains(&format!("<form method=\"post\" action=\"{action}")), "{html}");
        }
        assert!(html.contains("enctype=\"multipart/form-data\"") && html.contains("name=\"assetData\""), "{html}");
        assert!(html.contains("name=\"fileCreatedAt\" value=\"2024-06-15T12:00:00.000Z\""), "{html}");
        assert!(html.contains(&format!("name=\"assetIds\" value=\"{photo}\"")), "{html}");
        assert!(html.contains(&format!("/api/assets?key={key}\"")), "{html}");
        assert!(!html.contains("role=\"alert\""), "{html}");
        for (why, words) in [("quota", "There is no room left"), ("type", "This is no photo or video"), ("else", "The file could not be read")] {
            let html = text(&app.get(&format!("{}?refused={why}", path(&open))).send().await.expect(200));
            assert!(html.contains(&format!("<p role=\"alert\">{words}")), "{html}");
        }
        let shut = link(&app, &alice, about(false, false)).await;
        let html = text(&app.get(&path(&shut)).send().await.expect(200));
        assert!(!html.contains("<form"), "{html}");
    }

    async fn pages_speak_the_language_of_the_guest(app: TestApp) {
        let alice = app.user("alice").await;
        let photo = app.asset(&alice).insert().await;
        let open = link(&app, &alice, json!({ "type": "INDIVIDUAL", "assetIds": [photo], "slug": "offen" })).await;
        let german = async |path: &str| app.get(path).header("accept-language", "de-AT,de;q=0.9,en;q=0.8").send().await;
        let page = german("/s/offen").await.expect(200);
        assert_eq!(page.header("vary"), "accept-language");
        let html = text(&page);
        assert!(html.contains("<html lang=\"de\">") && html.contains("<h1>Öffentliche Freigabe</h1>"), "{html}");
        assert_eq!(html.matches("<p>1 geteilte Fotos und Videos</p>").count(), 1, "{html}");
        let html = text(&german("/s/nirgends").await.expect(404));
        assert!(html.contains("Diesen Link gibt es nicht"), "{html}");
        app.sql(stmt!("update shared_link set password = 'sesam' where id = ?1", open["id"].as_str().unwrap())).await;
        let html = text(&german("/s/offen").await.expect(200));
        assert!(html.contains("Passwort erforderlich"), "{html}");
        let wrong = app.post("/s/offen").header("accept-language", "de").body(FORM, "password=x");
        let html = text(&wrong.send().await.expect(401));
        assert!(html.contains("Falsches Passwort."), "{html}");
    }

    async fn a_password_is_asked_for_by_a_form(app: TestApp) {
        let alice = app.user("alice").await;
        let photo = app.asset(&alice).insert().await;
        let body = json!({ "type": "INDIVIDUAL", "assetIds": [photo], "password": "sesame & co", "description": "secret", "slug": "moon" });
        let link = link(&app, &alice, body).await;
        let page = path(&link);
        let form = text(&app.get(&page).send().await.expect(200));
        assert!(form.contains("<form method=\"post\">") && !form.contains("secret") && !form.contains(&photo), "{form}");
        let send = |body: &'static str| app.post(&page).body(FORM, body);
        for wrong in ["password=open", "", "x", "password"] {
            app.take_round_trips();
            let html = text(&send(wrong).send().await.expect(401));
            assert!(html.contains("Wrong password"), "{html}");
            assert_eq!(app.take_round_trips(), 2);
        }
        let opened = send("password=sesame+%26+co").send().await.expect(303);
        assert_eq!(opened.header("location"), page);
        let cookie = opened.header("set-cookie").split(';').next().unwrap().to_owned();
        assert!(text(&app.get(&page).header("cookie", &cookie).send().await.expect(200)).contains(&photo));
        let by_slug = app.post("/s/moon").body(FORM, "password=sesame+%26+co").send().await.expect(303);
        assert_eq!(by_slug.header("location"), "/s/moon");
        let again = app.post(&page).header("cookie", &cookie).body(FORM, "x=".repeat(20_000)).send().await;
        again.expect(413);
    }

    async fn dead_links_are_not_found(app: TestApp) {
        let alice = app.user("alice").await;
        let photo = app.asset(&alice).insert().await;
        let gone = link(&app, &alice, json!({ "type": "INDIVIDUAL", "assetIds": [photo], "expiresAt": "2024-06-15T12:00:01.000Z" })).await;
        app.get(&path(&gone)).send().await.expect(200);
        app.clock.advance(2_000);
        let long = "x".repeat(300);
        for dead in [path(&gone), "/share/none".to_owned(), "/s/none".to_owned(), format!("/s/{long}"), "/s/%F0%9F%98%80".to_owned()] {
            let html = text(&app.get(&dead).user(&alice).send().await.expect(404));
            assert!(html.contains("does not exist") && html.contains("<title>Not found"), "{html}");
            app.post(&dead).body(FORM, "password=x").send().await.expect(404);
        }
    }

    async fn pages_end_with_the_owner_and_with_the_album(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let photo = app.asset(&alice).insert().await;
        let album = app.album(&alice, &[&photo], &[(&bob, "editor")]).await;
        let own = link(&app, &alice, json!({ "type": "INDIVIDUAL", "assetIds": [photo] })).await;
        let others = link(&app, &bob, json!({ "type": "ALBUM", "albumId": album, "slug": "trip" })).await;
        let pages = [path(&own), path(&others), "/s/trip".to_owned()];
        let all = async |status: u16| {
            for page in &pages {
                let html = text(&app.get(page).send().await.expect(status));
                assert_eq!((html.contains("does not exist"), html.contains(&photo)), (status == 404, status == 200), "{html}");
            }
        };
        all(200).await;
        app.app.db().batch(users::batch_delete(&alice.id, false, app.app.now())).await.unwrap();
        all(404).await;
        app.app.db().batch(users::batch_restore(&alice.id, app.app.now())).await.unwrap();
        all(200).await;
        app.delete(&format!("/api/albums/{album}")).user(&alice).send().await.expect(204);
        app.get("/s/trip").send().await.expect(404);
        app.get(&path(&own)).send().await.expect(200);
    }

    async fn visitors_are_counted_where_a_limit_is_set(app: TestApp) {
        let alice = app.user("alice").await;
        let photo = app.asset(&alice).insert().await;
        let link = link(&app, &alice, json!({ "type": "INDIVIDUAL", "assetIds": [photo] })).await;
        let key = link["key"].as_str().unwrap();
        app.variables.set("anonymous_requests_per_minute", "4");
        let get = async |path: &str| app.get(path).header("x-real-ip", "192.0.2.1").send().await;
        get(&path(&link)).await.expect(200);
        get("/s/nothing").await.expect(404);
        get(&format!("/api/shared-links/me?key={key}")).await.expect(200);
        let form = app.post(&path(&link)).header("x-real-ip", "192.0.2.1").body(FORM, "password=x");
        form.send().await.expect(303);
        for path in [path(&link), "/s/nothing".to_owned(), format!("/api/shared-links/me?key={key}")] {
            let refused = get(&path).await.expect(429);
            assert_eq!((refused.message().as_str(), refused.header("retry-after")), ("Too many requests, try again later", "60"));
        }
        app.get(&path(&link)).header("x-real-ip", "192.0.2.2").send().await.expect(200);
        app.get("/api/shared-links").user(&alice).header("x-real-ip", "192.0.2.1").send().await.expect(200);
    }
}
