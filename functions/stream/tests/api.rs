//! Sessions of live transcoding over HTTP, with a companion that the test plays, on SQLite and PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics fails"
)]

use edge_platform::stmt;
use edge_protocol::{
    token::{self, Scope},
    wire::LEASE_HEADER,
};
use edge_store::hls;
use edge_testkit::{Area, NewUser, Reply, TestApp, on_each_database};
use serde_json::{Value, json};

const SECRET: &str = "a secret that is at least thirty-two bytes long";

fn areas() -> Vec<Area> {
    vec![
        Area::new(fn_companion::ROUTES, fn_companion::routes()),
        Area::new(fn_server::ROUTES, fn_server::routes()),
        Area::new(fn_shared_links::ROUTES, fn_shared_links::routes()),
        Area::new(fn_stream::ROUTES, fn_stream::routes()),
    ]
}

/// A film of a minute, 1080p at thirty frames a second, whose packets a companion read.
async fn film(app: &TestApp, owner: &NewUser) -> String {
    let key = format!("upload/{}/{}.mp4", owner.id, app.app.uuid());
    let bytes = b"0123456789".to_vec();
    app.app
        .objects
        .put(&key, bytes.into(), "video/mp4")
        .await
        .unwrap();
    let asset = app
        .asset(owner)
        .with("original_path", key)
        .with("type", "VIDEO");
    let id = asset.insert().await;
    let sql = "insert into asset_video (asset_id, container, video_codec, width, height, rotation, updated_at, packet_ticks, packet_count, \
         frame_count, base_numerator, base_denominator) values (?1, 'mp4', 'h264', 1920, 1080, 0, 1, 921600, 1800, 1800, 1, 15360)";
    app.sql(stmt!(sql, &id)).await;
    id
}

async fn enable(app: &TestApp) {
    let config = json!({"ffmpeg": {"realtime": {"enabled": true, "videoCodecs": ["h264"]}}});
    edge_store::system::put(app.app.db(), "system-config", &config, 1)
        .await
        .unwrap();
    // The configuration for jobs is a few seconds old.
    app.clock.advance(10_000);
}

/// A companion, played by the test.
struct Companion {
    token: String,
    stream: Value,
}

impl Companion {
    async fn ask(app: &TestApp, id: &str) -> Self {
        app.variables.set("companion_secret", SECRET);
        let token = token::make(SECRET, id, id, &Scope::ALL, 30, app.app.now()).unwrap();
        let mut companion = Self {
            token,
            stream: Value::Null,
        };
        let next = companion.post(app, "", &json!({"version": "1"})).await;
        companion.stream = next.expect(200).json()["stream"].clone();
        companion
    }

    fn text(&self, name: &str) -> String {
        self.stream[name].as_str().unwrap_or_default().to_owned()
    }

    async fn post(&self, app: &TestApp, what: &str, body: &Value) -> Reply {
        let path = match what {
            "" => "/api/companion/streams".to_owned(),
            what => format!("/api/companion/streams/{}/{what}", self.text("session")),
        };
        let request = app
            .post(&path)
            .json(body)
            .header("authorization", &format!("Bearer {}", self.token));
        request
            .header(LEASE_HEADER, &self.text("lease"))
            .send()
            .await
    }

    async fn wanted(&self, app: &TestApp) -> Value {
        self.post(app, "wanted", &json!({"change": -1}))
            .await
            .expect(200)
            .json()
    }

    async fn write(&self, app: &TestApp, piece: &str, bytes: &'static [u8]) -> Reply {
        let path = format!("/api/companion/streams/{}/{piece}", self.text("session"));
        let request = app
            .put(&path)
            .header("authorization", &format!("Bearer {}", self.token));
        request
            .header(LEASE_HEADER, &self.text("lease"))
            .body("video/mp4", bytes)
            .send()
            .await
    }
}

fn path(asset: &str, rest: &str) -> String {
    format!("/api/assets/{asset}/video/stream/{rest}")
}

/// Begins a session: its id.
async fn begin(app: &TestApp, viewer: &NewUser, asset: &str) -> String {
    let main = app
        .get(&path(asset, "main.m3u8"))
        .user(viewer)
        .send()
        .await
        .expect(200);
    let text = String::from_utf8(main.body.to_vec()).unwrap();
    let line = text
        .lines()
        .find(|line| line.ends_with("playlist.m3u8"))
        .unwrap();
    line.split('/').next().unwrap().to_owned()
}

async fn get(app: &TestApp, viewer: &NewUser, asset: &str, rest: &str) -> Reply {
    app.get(&path(asset, rest)).user(viewer).send().await
}

async fn ready(app: &TestApp) -> (NewUser, String) {
    let alice = app.user("alice").await;
    let asset = film(app, &alice).await;
    enable(app).await;
    Companion::ask(app, "nas").await;
    (alice, asset)
}

async fn count(app: &TestApp, table: &str) -> i64 {
    app.count(edge_platform::Statement::new(
        format!("select count(*) as n from {table}"),
        Vec::new(),
    ))
    .await
}

/// Waits until there is such a row.
async fn until(app: &TestApp, rows: &str) {
    for _ in 0..1_000 {
        if count(app, rows).await > 0 {
            return;
        }
        app.app.pause(10).await;
    }
    panic!("never: {rows}");
}

on_each_database! {
    async fn playlists_list_variants_and_segments(app: TestApp) {
        let (alice, asset) = ready(&app).await;
        app.take_round_trips();
        let main = get(&app, &alice, &asset, "main.m3u8").await.expect(200);
        assert_eq!(app.take_round_trips(), 2);
        assert_eq!(main.header("content-type"), "application/vnd.apple.mpegurl");
        assert_eq!(main.header("cache-control"), "no-cache");
        let text = String::from_utf8(main.body.to_vec()).unwrap();
        assert_eq!(text.matches("#EXT-X-STREAM-INF").count(), 3, "{text}");
        let session = begin(&app, &alice, &asset).await;
        assert_ne!(text.lines().last().unwrap().split('/').next().unwrap(), session, "each one begins a session");
        let media = get(&app, &alice, &asset, &format!("{session}/2/playlist.m3u8")).await.expect(200);
        let text = String::from_utf8(media.body.to_vec()).unwrap();
        assert_eq!(text.matches("#EXTINF:2.000000,").count(), 30, "{text}");
        // No index is looked up for it.
        get(&app, &alice, &asset, &format!("{session}/99/playlist.m3u8")).await.expect(200);
    }

    async fn what_cannot_be_streamed_says_why(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let asset = film(&app, &alice).await;
        let main = async |user: &NewUser, asset: &str| get(&app, user, asset, "main.m3u8").await;
        assert_eq!(main(&alice, &asset).await.expect(400).message(), "Real-time transcoding is not enabled");
        enable(&app).await;
        assert_eq!(main(&bob, &asset).await.expect(400).message(), "Not found or no asset.view access");
        let old = app.asset(&alice).with("type", "VIDEO").insert().await;
        assert_eq!(main(&alice, &old).await.expect(404).message(), "Asset metadata is not yet ready for streaming");
        assert_eq!(main(&alice, &asset).await.expect(500).message(), "Failed to get main playlist");
        Companion::ask(&app, "nas").await;
        main(&alice, &asset).await.expect(200);
        let only_large = json!({"ffmpeg": {"realtime": {"enabled": true, "resolutions": [2160]}}});
        edge_store::system::put(app.app.db(), "system-config", &only_large, 2).await.unwrap();
        assert_eq!(main(&alice, &asset).await.expect(404).message(), "No supported variants for this video");
        assert_eq!(count(&app, "hls_session").await, 1);
        app.get(&path(&asset, "main.m3u8")).send().await.expect(401);
    }

    async fn features_tell_of_it_while_a_companion_is_there(app: TestApp) {
        let told = async || app.get("/api/server/features").send().await.expect(200).json()["realtimeTranscoding"].clone();
        Companion::ask(&app, "nas").await;
        assert_eq!(told().await, json!(false), "not configured");
        enable(&app).await;
        assert_eq!(told().await, json!(false), "nobody has asked");
        Companion::ask(&app, "nas").await;
        assert_eq!(told().await, json!(true));
        app.clock.advance(4 * 60_000);
        assert_eq!(told().await, json!(false), "it went away");
    }

    async fn a_segment_is_encoded_when_it_is_asked_for(app: TestApp) {
        let (alice, asset) = ready(&app).await;
        let session = begin(&app, &alice, &asset).await;
        let piece = async |name: &str| get(&app, &alice, &asset, &format!("{session}/5/{name}")).await;
        let before = app.app.now();
        assert_eq!(piece("seg_7.m4s").await.expect(404).message(), "Not Found");
        assert_eq!(app.app.now() - before, 15_000, "it waits");
        let companion = Companion::ask(&app, "nas").await;
        assert_eq!(companion.text("session"), session);
        assert_eq!(companion.stream["facts"]["width"], 1920);
        assert_eq!(companion.stream["timing"]["frames"], 1800);
        let wanted = companion.wanted(&app).await;
        assert_eq!((&wanted["variant"], &wanted["segment"], &wanted["requested"]), (&json!(5), &json!(7), &json!(7)));
        companion.write(&app, "5/init.mp4", b"init").await.expect(200);
        companion.write(&app, "5/seg_7.m4s", b"0123456789").await.expect(200);
        app.take_round_trips();
        let sent = piece("seg_7.m4s").await.expect(200);
        assert_eq!(app.take_round_trips(), 2);
        assert_eq!(&sent.body[..], b"0123456789");
        assert_eq!(sent.header("content-type"), "video/mp4");
        assert!(sent.header("cache-control").starts_with("private, max-age=86400, no-transform"));
        assert!(!sent.header("etag").is_empty() && !sent.header("last-modified").is_empty());
        let part = app.get(&path(&asset, &format!("{session}/5/seg_7.m4s"))).user(&alice).header("range", "bytes=2-4").send().await;
        assert_eq!(&part.expect(206).body[..], b"234");
        assert_eq!(&piece("init.mp4").await.expect(200).body[..], b"init");
        assert_eq!(count(&app, "pending_object").await, 0);
        // Its beginning counts as what comes next.
        get(&app, &alice, &asset, &format!("{session}/8/init.mp4")).await.expect(404);
        let wanted = app.sql(stmt!("select segment, variant from hls_session where id = ?1", &session)).await;
        let row = wanted.first().unwrap();
        assert_eq!((row.get::<i64>("variant").unwrap(), row.get::<i64>("segment").unwrap()), (8, 8));
    }

    async fn a_request_that_waits_gets_its_segment_as_soon_as_it_is_there(app: TestApp) {
        app.clock.take_time();
        let (alice, asset) = {
            let alice = app.user("alice").await;
            let asset = film(&app, &alice).await;
            enable(&app).await;
            app.variables.set("companion_secret", SECRET);
            app.sql(stmt!("insert into companion (id, name, about, seen_at, streams_at) values ('nas', '', '{}', ?1, ?1)", app.app.now())).await;
            (alice, asset)
        };
        let session = begin(&app, &alice, &asset).await;
        let name = format!("{session}/2/seg_0.m4s");
        let other = format!("{session}/5/seg_0.m4s");
        let viewer = get(&app, &alice, &asset, &name);
        let encoder = async {
            let mut companion = Companion::ask(&app, "nas").await;
            while companion.stream["wanted"]["variant"].is_null() {
                // Without a pause the viewer never gets on.
                app.app.pause(10).await;
                companion.stream["wanted"] = companion.wanted(&app).await;
            }
            companion.write(&app, "2/seg_0.m4s", b"first").await.expect(200);
            companion
        };
        let (sent, _companion) = tokio::join!(viewer, encoder);
        assert_eq!(&sent.expect(200).body[..], b"first");
        // Whoever waits for a variant that is not wanted any more waits in vain, and not to the end.
        let before = app.app.now();
        let name = format!("{session}/2/seg_1.m4s");
        let (first, second) = tokio::join!(get(&app, &alice, &asset, &name), async {
            until(&app, "hls_session where variant = 2 and segment = 1").await;
            let end = path(&asset, &session);
            let late = get(&app, &alice, &asset, &other);
            let stop = async {
                until(&app, "hls_session where variant = 5").await;
                app.delete(&end).user(&alice).send().await.expect(204);
            };
            tokio::join!(late, stop).0
        });
        first.expect(404);
        second.expect(404);
        assert!(app.app.now() - before < 14_000);
    }

    async fn bad_names_are_refused_and_unknown_ones_not_found(app: TestApp) {
        let (alice, asset) = ready(&app).await;
        let session = begin(&app, &alice, &asset).await;
        let other = film(&app, &alice).await;
        for (rest, status) in [
            ("2/seg_1.mp4", 400),
            ("2/..%2Finit.mp4", 400),
            ("2/playlist.m3u8.tmp", 400),
            ("2/seg_-1.m4s", 400),
            ("x/seg_1.m4s", 400),
            ("-1/seg_1.m4s", 400),
            ("1.5/seg_1.m4s", 400),
            ("99/seg_1.m4s", 404),
            ("15/init.mp4", 404),
            ("9007199254740993/seg_1.m4s", 400),
            ("2/seg_30.m4s", 404),
            ("2/seg_99999999999999999999999999.m4s", 404),
        ] {
            let before = app.app.now();
            get(&app, &alice, &asset, &format!("{session}/{rest}")).await.expect(status);
            assert_eq!(app.app.now(), before, "{rest} waits for nothing");
        }
        let bad = get(&app, &alice, &asset, &format!("{session}/2/x.m4s")).await.expect(400);
        assert!(bad.issues().contains("Invalid HLS segment filename"), "{}", bad.issues());
        get(&app, &alice, &asset, "not-a-uuid/2/seg_1.m4s").await.expect(400);
        get(&app, &alice, &other, &format!("{session}/2/seg_1.m4s")).await.expect(404);
        get(&app, &alice, &other, &format!("{session}/2/playlist.m3u8")).await.expect(404);
        for (name, value) in [("x-immich-hls-msn", "-1"), ("x-immich-hls-msn", "1.5"), ("x-immich-hls-msn", "a")] {
            let request = app.get(&path(&asset, &format!("{session}/2/init.mp4"))).user(&alice).header(name, value);
            request.send().await.expect(400);
        }
        for value in ["-1", "x"] {
            let request = app.get(&path(&asset, &format!("{session}/2/playlist.m3u8"))).user(&alice);
            request.header("x-immich-hls-pos", value).send().await.expect(400);
        }
        let none = "select count(*) as n from hls_session where variant is not null";
        assert_eq!(app.count(stmt!(none)).await, 0, "nothing is encoded for these");
    }

    async fn a_player_that_tells_where_it_is_has_the_next_variant_prepared(app: TestApp) {
        let (alice, asset) = ready(&app).await;
        let session = begin(&app, &alice, &asset).await;
        let playlist = async |variant: u8, position: Option<&str>| {
            let request = app.get(&path(&asset, &format!("{session}/{variant}/playlist.m3u8"))).user(&alice);
            let request = match position {
                Some(position) => request.header("x-immich-hls-pos", position),
                None => request,
            };
            request.send().await.expect(200);
            let rows = app.sql(stmt!("select variant, segment from hls_session where id = ?1", &session)).await;
            let row = rows.first().unwrap();
            (row.get::<Option<i64>>("variant").unwrap(), row.get::<i64>("segment").unwrap())
        };
        assert_eq!(playlist(2, None).await, (None, 0), "nobody knows from where on");
        assert_eq!(playlist(2, Some("21.5")).await, (Some(2), 10));
        assert_eq!(playlist(2, Some("40")).await, (Some(2), 10), "it runs already");
        assert_eq!(playlist(5, None).await, (Some(5), 11), "what comes next");
        assert_eq!(playlist(8, Some("1e300")).await, (Some(8), 29));
    }

    async fn only_who_may_see_the_video_is_served(app: TestApp) {
        let (alice, asset) = ready(&app).await;
        let bob = app.user("bob").await;
        let session = begin(&app, &alice, &asset).await;
        let companion = Companion::ask(&app, "nas").await;
        companion.write(&app, "2/seg_0.m4s", b"x").await.expect(200);
        let name = format!("{session}/2/seg_0.m4s");
        get(&app, &alice, &asset, &name).await.expect(200);
        assert_eq!(get(&app, &bob, &asset, &name).await.expect(404).message(), "Not Found");
        get(&app, &bob, &asset, &format!("{session}/2/playlist.m3u8")).await.expect(404);
        app.delete(&path(&asset, &session)).user(&bob).send().await.expect(400);
        app.get(&path(&asset, &name)).send().await.expect(401);
        let link = json!({"type": "INDIVIDUAL", "assetIds": [asset]});
        let link = app.post("/api/shared-links").user(&alice).json(&link).send().await.expect(201).json();
        let (key, id) = (link["key"].as_str().unwrap(), link["id"].as_str().unwrap());
        app.get(&path(&asset, &format!("main.m3u8?key={key}"))).send().await.expect(200);
        app.get(&path(&asset, &format!("{name}?key={key}"))).send().await.expect(200);
        app.sql(stmt!("delete from shared_link where id = ?1", id)).await;
        app.get(&path(&asset, &format!("{name}?key={key}"))).send().await.expect(401);
        app.sql(stmt!("update asset set visibility = 'locked', update_id = uuid7() where id = ?1", &asset)).await;
        get(&app, &alice, &asset, &name).await.expect(404);
    }

    async fn sessions_end_with_their_objects(app: TestApp) {
        let (alice, asset) = ready(&app).await;
        let mut sessions = Vec::new();
        for _ in 0..3 {
            let session = begin(&app, &alice, &asset).await;
            let companion = Companion::ask(&app, "nas").await;
            companion.write(&app, "2/seg_0.m4s", b"x").await.expect(200);
            sessions.push((session, companion));
        }
        let (first, companion) = &sessions[0];
        app.delete(&path(&asset, first)).user(&alice).send().await.expect(204);
        app.delete(&path(&asset, first)).user(&alice).send().await.expect(204);
        get(&app, &alice, &asset, &format!("{first}/2/seg_0.m4s")).await.expect(404);
        companion.write(&app, "2/seg_1.m4s", b"x").await.expect(412);
        companion.post(&app, "wanted", &json!({})).await.expect(412);
        assert_eq!((count(&app, "hls_segment").await, count(&app, "object_deletion").await), (2, 1));
        // One is watched, one is not.
        let (second, _) = &sessions[1];
        app.clock.advance(hls::IDLE - 60_000);
        get(&app, &alice, &asset, &format!("{second}/2/seg_0.m4s")).await.expect(200);
        app.clock.advance(61_000);
        assert!(!hls::sweep(app.app.db(), app.app.now()).await.unwrap());
        assert_eq!((count(&app, "hls_session").await, count(&app, "object_deletion").await), (1, 2));
        // A request renews it; nothing makes it last when nobody asks.
        for _ in 0..10 {
            app.clock.advance(4 * 60_000);
            get(&app, &alice, &asset, &format!("{second}/2/seg_0.m4s")).await.expect(200);
        }
        app.clock.advance(hls::LIFETIME);
        get(&app, &alice, &asset, &format!("{second}/2/seg_0.m4s")).await.expect(404);
        hls::sweep(app.app.db(), app.app.now()).await.unwrap();
        assert_eq!((count(&app, "hls_session").await, count(&app, "object_deletion").await), (0, 3));
        assert_eq!(count(&app, "pending_object").await, 0);
    }

    async fn a_viewer_has_a_few_sessions_and_the_oldest_ends(app: TestApp) {
        let (alice, asset) = ready(&app).await;
        let bob = app.user("bob").await;
        let foreign = film(&app, &bob).await;
        begin(&app, &bob, &foreign).await;
        let first = begin(&app, &alice, &asset).await;
        for _ in 1..hls::SESSIONS {
            app.clock.advance(1);
            begin(&app, &alice, &asset).await;
        }
        get(&app, &alice, &asset, &format!("{first}/2/playlist.m3u8")).await.expect(200);
        app.clock.advance(1);
        begin(&app, &alice, &asset).await;
        get(&app, &alice, &asset, &format!("{first}/2/playlist.m3u8")).await.expect(404);
        assert_eq!(count(&app, "hls_session").await, hls::SESSIONS + 1);
    }

    async fn a_companion_that_dies_or_stops_is_followed_by_another(app: TestApp) {
        let (alice, asset) = ready(&app).await;
        let session = begin(&app, &alice, &asset).await;
        let first = Companion::ask(&app, "nas").await;
        assert_eq!(first.text("session"), session);
        app.clock.advance(hls::held::LEASE);
        let second = Companion::ask(&app, "other").await;
        assert_eq!(second.text("session"), session);
        first.write(&app, "2/seg_0.m4s", b"x").await.expect(412);
        first.post(&app, "fail", &json!({"reason": "x"})).await.expect(412);
        second.post(&app, "release", &json!({})).await.expect(204);
        let third = Companion::ask(&app, "nas").await;
        assert_eq!(third.text("session"), session);
        third.post(&app, "fail", &json!({"reason": "ffmpeg: no such encoder"})).await.expect(204);
        get(&app, &alice, &asset, &format!("{session}/2/seg_0.m4s")).await.expect(404);
        assert_eq!(count(&app, "hls_session").await, 0);
    }

    async fn companions_prove_what_they_hold(app: TestApp) {
        let (alice, asset) = ready(&app).await;
        begin(&app, &alice, &asset).await;
        let companion = Companion::ask(&app, "nas").await;
        for bad in ["2/x.mp4", "99/seg_0.m4s", "x/seg_0.m4s", "2/seg_99999999999.m4s.tmp"] {
            companion.write(&app, bad, b"x").await.expect(400);
        }
        companion.write(&app, "2/seg_0.m4s", b"").await.expect(400);
        let original = app.get(&format!("/api/companion/streams/{}/original", companion.text("session")));
        let original = original.header("authorization", &format!("Bearer {}", companion.token)).header("range", "bytes=0-3");
        assert_eq!(&original.header(LEASE_HEADER, &companion.text("lease")).send().await.expect(206).body[..], b"0123");
        let other = Companion { token: companion.token.clone(), stream: json!({"session": companion.text("session"), "lease": app.app.uuid()}) };
        other.write(&app, "2/seg_0.m4s", b"x").await.expect(412);
        app.sql(stmt!("update companion set revoked_at = 1 where id = 'nas'")).await;
        companion.write(&app, "2/seg_0.m4s", b"x").await.expect(401);
        companion.post(&app, "", &json!({})).await.expect(401);
        assert_eq!(count(&app, "hls_segment").await, 0);
    }
}
