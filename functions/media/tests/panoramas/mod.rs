//! Panoramas, which their renditions have to say that they are.

use edge_media::metadata;

use super::*;

const XMP: &str = "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\
     <rdf:Description rdf:about='' xmlns:GPano='http://ns.google.com/photos/1.0/panorama/' GPano:ProjectionType='equirectangular' \
     GPano:FullPanoWidthPixels='800'/></rdf:RDF></x:xmpmeta>";

/// What a rendition says of its panorama.
async fn said(app: &TestApp, asset: &str, kind: &str) -> Option<String> {
    let sql = "select path from asset_file where asset_id = ?1 and type = ?2";
    let rows = app.sql(stmt!(sql, asset, kind)).await;
    let key: String = rows.first().unwrap().get("path").unwrap();
    let object = app.app.objects.get(&key, None).await.unwrap().unwrap();
    metadata::panorama_xmp(&object.body.collect(10_000_000).await.unwrap())
}

on_each_database! {
    async fn renditions_of_a_panorama_say_what_the_original_says_of_it(app: TestApp) {
        let alice = app.user("alice").await;
        let around = upload(&app, &alice, "around.jpg", pictures::hills(800, 400, 1, Some(XMP))).await;
        let plain = upload(&app, &alice, "plain.jpg", pictures::hills(800, 400, 2, None)).await;
        app.run_jobs().await;
        for kind in ["preview", "thumbnail"] {
            let packet = said(&app, &around, kind).await.unwrap();
            assert!(packet.contains("GPano:FullPanoWidthPixels=\"800\""), "{kind}: {packet}");
            assert_eq!(said(&app, &plain, kind).await, None, "{kind}");
        }
    }
}
