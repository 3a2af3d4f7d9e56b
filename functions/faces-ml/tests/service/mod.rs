//! The same jobs where an external service has the networks (docs/external-ml.md).
use edge_testkit::MlServer;

use super::*;

/// Finds one face, surely, and one of which it is not sure, in the picture of [`photo`].
fn two(_: &[u8]) -> (u16, String) {
    let embedding = json!(vec![0.25; 512]).to_string();
    let face = |x1: f64, score: f64| {
        json!({
            "boundingBox": { "x1": x1, "y1": 96, "x2": x1 + 96.0, "y2": 192 }, "embedding": embedding, "score": score,
        })
    };
    let answer = json!({
        "facial-recognition": [face(64.0, 0.9), face(300.0, 0.5), face(-500.0, 0.9)], "imageWidth": 640, "imageHeight": 640,
    });
    (200, answer.to_string())
}

/// Has this service look for faces, and nobody do the rest.
async fn ask(app: &TestApp, admin: &NewUser, urls: &[&str]) {
    let path = "/api/system-config";
    let mut config = app.get(path).user(admin).send().await.expect(200).json();
    let section = &mut config["machineLearning"];
    section["urls"] = json!(urls);
    section["clip"]["enabled"] = json!(false);
    section["ocr"]["enabled"] = json!(false);
    let put = app.put(path).user(admin).json(&config);
    put.send().await.expect(200);
}

on_each_database! {
    async fn a_service_finds_faces_that_become_people(app: TestApp) {
        let server = MlServer::start(two);
        let (alice, admin) = (app.user("alice").await, app.admin().await);
        ask(&app, &admin, &[&server.url]).await;
        let features = app.get("/api/server/features").send().await.expect(200).json();
        assert_eq!((&features["facialRecognition"], &features["ocr"]), (&json!(true), &json!(false)));
        let mut photos = Vec::new();
        for name in ["1.jpg", "2.jpg", "3.jpg"] {
            photos.push(upload(&app, &alice, name, &[]).await);
        }
        run(&app).await;
        assert_eq!(failures(&app).await, [] as [&str; 0]);
        let reply = app.get(&format!("/api/faces?id={}", photos[0])).user(&alice).send().await.expect(200).json();
        let place = ["boundingBoxX1", "boundingBoxY1", "boundingBoxX2", "boundingBoxY2", "imageWidth", "imageHeight"];
        assert_eq!(place.map(|side| reply[0][side].as_i64().unwrap()), [64, 96, 160, 192, 640, 640]);
        let anna = persons(&app, &alice, &photos[0]).await;
        assert!(anna.len() == 1 && anna[0].is_some(), "{anna:?}");
        assert_eq!(persons(&app, &alice, &photos[2]).await, anna);
        let forms = server.take_forms();
        let form = String::from_utf8_lossy(&forms[0]).into_owned();
        let detection = r#""detection":{"modelName":"buffalo_l","options":{"minScore":0.7}}"#;
        assert!(form.contains(detection) && form.contains("name=\"image\""), "{form:.600}");
        assert_eq!((forms.len(), count(&app, "select count(*) as n from job").await), (3, 0));
        assert_eq!(count(&app, "select count(*) as n from face_vector where model = 'buffalo_l'").await, 3);
    }

    async fn a_service_with_another_model_looks_at_everything_anew(app: TestApp) {
        install(&app).await;
        let (alice, admin) = (app.user("alice").await, app.admin().await);
        let mut photos = Vec::new();
        for name in ["1.jpg", "2.jpg", "3.jpg"] {
            photos.push(upload(&app, &alice, name, &[(ANNA, 3, 4)]).await);
        }
        run(&app).await;
        let before = faces(&app, &alice, &photos[0]).await;
        let server = MlServer::start(two);
        ask(&app, &admin, &[&server.url]).await;
        run(&app).await;
        assert_eq!(faces(&app, &alice, &photos[0]).await, before, "who they are stays");
        assert_eq!(count(&app, "select count(*) as n from face_vector where model = 'buffalo_l'").await, 3);
        // And back.
        ask(&app, &admin, &["http://immich-machine-learning:3003"]).await;
        run(&app).await;
        assert_eq!(faces(&app, &alice, &photos[0]).await, before);
        assert_eq!(count(&app, "select count(*) as n from face_vector where model = 'buffalo_l'").await, 0);
        assert_eq!((server.take_forms().len(), failures(&app).await), (3, Vec::new()));
    }

    async fn an_answer_that_holds_no_faces_takes_none_away(app: TestApp) {
        let server = MlServer::start(two);
        let (alice, admin) = (app.user("alice").await, app.admin().await);
        ask(&app, &admin, &[&server.url]).await;
        let one = upload(&app, &alice, "1.jpg", &[]).await;
        run(&app).await;
        let before = faces(&app, &alice, &one).await;
        let short = r#"{"facial-recognition":[{"boundingBox":{"x1":1,"y1":1,"x2":2,"y2":2},"embedding":"[1]","score":1}],"imageWidth":9,"imageHeight":9}"#;
        for (answer, reason) in [
            (r#"{"clip":"[]"}"#, "an answer that is none (line 1, column 13)"), (short, "a vector of 1 numbers"),
        ] {
            server.say(move |_| (200, answer.to_owned()));
            store(&app, JobName::AssetDetectFaces, json!({ "id": one })).await;
            for _ in 0..4 {
                run(&app).await;
                app.clock.advance(3_600_000);
            }
            let whole = format!("AssetDetectFaces: machine learning service; {}: {reason}", server.url);
            assert_eq!(failures(&app).await, [whole]);
            assert_eq!(faces(&app, &alice, &one).await, before);
            app.sql(stmt!("delete from job")).await;
        }
        server.say(|_| (200, r#"{"facial-recognition":[],"imageWidth":640,"imageHeight":640}"#.to_owned()));
        store(&app, JobName::AssetDetectFaces, json!({ "id": one })).await;
        run(&app).await;
        assert!(faces(&app, &alice, &one).await.is_empty());
    }
}
