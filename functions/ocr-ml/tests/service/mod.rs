//! The same jobs where an external service has the networks (docs/external-ml.md).
use edge_testkit::MlServer;

use super::*;

/// Reads three lines, of which it is sure of one.
fn three(_: &[u8]) -> (u16, String) {
    let corners = [[0.1, 0.2, 0.5, 0.2, 0.5, 0.3, 0.1, 1.5]; 3].concat();
    let answer = json!({ "ocr": {
        "text": ["STOP", "maybe", "blurred"], "box": corners,
        "boxScore": [0.9, 0.9, 0.4], "textScore": [0.95, 0.7, 0.95],
    }, "imageWidth": 640, "imageHeight": 640 });
    (200, answer.to_string())
}

on_each_database! {
    async fn a_service_reads_text_that_is_found(app: TestApp) {
        let server = MlServer::start(three);
        let alice = app.user("alice").await;
        configure_service(&app, &server.url).await;
        let features = app.get("/api/server/features").send().await.expect(200).json();
        assert_eq!((&features["ocr"], &features["smartSearch"]), (&json!(true), &json!(false)));
        let one = upload(&app, &alice, "1.jpg", photo::of(&[])).await;
        run(&app).await;
        assert_eq!(failures(&app).await, [] as [&str; 0]);
        let lines = lines(&app, &alice, &one).await;
        assert_eq!((lines.len(), &lines[0]["text"]), (1, &json!("STOP")));
        for (at, expected) in [("x1", 0.1), ("y1", 0.2), ("x3", 0.5), ("y4", 1.0), ("boxScore", 0.9), ("textScore", 0.95)] {
            let value = lines[0][at].as_f64().unwrap();
            assert!((value - expected).abs() < 1e-6, "{at}: {value}");
        }
        assert_eq!(found(&app, &alice, "stop").await, [one.as_str()]);
        let forms = server.take_forms();
        let form = String::from_utf8_lossy(&forms[0]).into_owned();
        let recognition = r#""recognition":{"modelName":"PP-OCRv5_mobile","options":{"minScore":0.8}}"#;
        assert!(form.contains(recognition) && form.contains("name=\"image\""), "{form:.600}");
        assert_eq!((forms.len(), count(&app, READ).await, count(&app, "select count(*) as n from job").await), (1, 1, 0));
        // What does not fit together changes nothing.
        let answer = r#"{"ocr":{"text":["STOP"],"box":[1,2,3],"boxScore":[1],"textScore":[1]}}"#;
        server.say(move |_| (200, answer.to_owned()));
        store(&app, JobName::Ocr, json!({ "id": one })).await;
        for _ in 0..4 {
            run(&app).await;
            app.clock.advance(3_600_000);
        }
        let reason = format!("Ocr: machine learning service; {}: 1 texts, and other numbers of boxes or scores", server.url);
        assert_eq!(failures(&app).await, [reason]);
        assert_eq!(texts(&app, &alice, &one).await, ["STOP"]);
    }
}

/// Has this service read text, and nobody do the rest.
async fn configure_service(app: &TestApp, url: &str) {
    let admin = app.admin().await;
    let path = "/api/system-config";
    let mut config = app.get(path).user(&admin).send().await.expect(200).json();
    let section = &mut config["machineLearning"];
    section["urls"] = json!([url]);
    section["clip"]["enabled"] = json!(false);
    section["facialRecognition"]["enabled"] = json!(false);
    let put = app.put(path).user(&admin).json(&config);
    put.send().await.expect(200);
}
