//! What guests of a link send from its page.

use edge_platform::stmt;
use edge_testkit::{Reply, TestApp, on_each_database};

use crate::{
    areas,
    form::{Form, id},
    upload::link,
};

/// What browsers send for a form of a page.
const PAGE: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// A guest's upload with the words of `Accept`.
async fn send(app: &TestApp, query: &str, accept: &str, content: &[u8]) -> Reply {
    let bytes = Form::photo("a.jpg", content).bytes();
    let upload = app.post(&format!("/api/assets{query}"));
    let upload = upload.header("accept", accept);
    upload.body(&Form::content_type(), bytes).send().await
}

on_each_database! {
    async fn a_browser_is_led_back_to_the_page_of_the_link(app: TestApp) {
        let alice = app.user("alice").await;
        link(&app, &alice.id, "open", true).await;
        link(&app, &alice.id, "shut", false).await;
        app.sql(stmt!("update shared_link set slug = 'sun' where key = 'open'")).await;
        let by_key = send(&app, "?key=open", PAGE, b"a").await.expect(302);
        assert_eq!(by_key.header("location"), "/share/open");
        app.get(&format!("/api/assets/{}?key=open", id(&by_key))).send().await.expect(200);
        let by_slug = send(&app, "?slug=sun", PAGE, b"b").await.expect(302);
        assert_eq!(by_slug.header("location"), "/s/sun");
        let with_both = send(&app, "?key=&slug=sun", PAGE, b"b").await.expect(302);
        assert_eq!(with_both.header("location"), "/s/sun");
        let again = send(&app, "?key=open", PAGE, b"a").await.expect(302);
        assert_eq!(id(&again), id(&by_key));
        for accept in ["application/json", "*/*"] {
            let reply = send(&app, "?key=open", accept, accept.as_bytes()).await.expect(201);
            assert_eq!(reply.header("location"), "");
        }
        send(&app, "?key=shut", PAGE, b"c").await.expect(401);
        let text = Form::photo("a.txt", b"e").bytes();
        for (accept, status, location) in [(PAGE, 302, "/share/open?refused=type"), ("*/*", 400, "")] {
            let upload = app.post("/api/assets?key=open").header("accept", accept);
            let refused = upload.body(&Form::content_type(), text.clone()).send().await.expect(status);
            assert_eq!(refused.header("location"), location);
        }
        app.sql(stmt!("update users set quota_size_in_bytes = 1 where id = ?1", &alice.id)).await;
        let full = send(&app, "?slug=sun", PAGE, b"f").await.expect(302);
        assert_eq!(full.header("location"), "/s/sun?refused=quota");
        app.sql(stmt!("update users set quota_size_in_bytes = null where id = ?1", &alice.id)).await;
        let own = Form::photo("a.jpg", b"d").request(&app).user(&alice).header("accept", PAGE);
        own.send().await.expect(201);
    }
}
