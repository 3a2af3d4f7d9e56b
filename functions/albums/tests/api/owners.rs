//! Who makes and removes owners.

use edge_platform::stmt;
use edge_testkit::{TestApp, on_each_database};
use serde_json::json;

use crate::areas;

on_each_database! {
    async fn only_owners_make_and_remove_owners(app: TestApp) {
        let (alice, bob, carol) = (app.user("alice").await, app.user("bob").await, app.user("carol").await);
        let id = app.album(&alice, &[], &[(&bob, "editor"), (&carol, "viewer")]).await;
        let path = |user: &str| format!("/api/albums/{id}/user/{user}");
        let owner = json!({"role": "owner"});
        for (who, target) in [(&bob, "me"), (&bob, bob.id.as_str()), (&bob, carol.id.as_str()), (&carol, "me"), (&carol, bob.id.as_str())] {
            let reply = app.put(&path(target)).user(who).json(&owner).send().await.expect(400);
            assert_eq!(reply.message(), "Not found or no album.share access");
        }
        for member in [&bob, &carol] {
            let users = json!({"albumUsers": [{"userId": app.user("dave").await.id, "role": "owner"}]});
            app.put(&format!("/api/albums/{id}/users")).user(member).json(&users).send().await.expect(400);
            app.sql(stmt!("delete from users where name = 'dave'")).await;
        }
        let roles = stmt!("select count(*) as n from album_user where role = 'owner'");
        assert_eq!(app.count(roles.clone()).await, 1);
        app.delete(&path(&alice.id)).user(&bob).send().await.expect(400);
        // The statements themselves refuse too: what was read may be old.
        let rows = app.sql(edge_store::caller::admission(&edge_store::caller::Credential::Session(edge_http::secret::digest(&bob.token)), app.app.now())).await;
        let edge_store::caller::Admission::Good(caller) = edge_store::caller::Caller::admitted(&rows).unwrap() else {
            panic!("Bob's token is good")
        };
        app.sql(caller.scoped(edge_store::albums::set_role(&id, &bob.id, edge_api::enums::AlbumUserRole::Owner, 0))).await;
        assert_eq!(app.count(roles.clone()).await, 1);

        app.put(&path(&carol.id)).user(&alice).json(&owner).send().await.expect(204);
        let reply = app.delete(&path(&alice.id)).user(&bob).send().await.expect(400);
        assert_eq!(reply.message(), "Not found or no album.share access", "an editor removes no owner");
        let writes = edge_store::albums::batch_remove_member(&id, &alice.id);
        app.app.db().batch(writes.into_iter().map(|statement| caller.scoped(statement)).collect()).await.unwrap();
        assert_eq!(app.count(roles.clone()).await, 2);
        app.delete(&path(&alice.id)).user(&carol).send().await.expect(204);
        app.delete(&path("me")).user(&carol).send().await.expect(400);
        assert_eq!(app.count(roles).await, 1);
    }
}
