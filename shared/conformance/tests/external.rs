//! Keys of other buckets through the wrapper of the port, on two folders.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics fails"
)]

use std::sync::Arc;

use bytes::Bytes;
use edge_platform::{
    ObjectError, ObjectStore,
    external::{FixedBuckets, Other, WithExternal},
    native::Folder,
};

/// Two folders as buckets: our own, and `nas` below `photos/`.
struct World {
    all: WithExternal,
    own: Arc<Folder>,
    nas: Arc<Folder>,
    _folders: [tempfile::TempDir; 2],
}

fn world() -> World {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let open = |at: usize| Arc::new(Folder::open(folders[at].path()).unwrap());
    let (own, nas) = (open(0), open(1));
    let others = FixedBuckets::default();
    let (store, prefix) = (nas.clone(), "photos/".to_owned());
    others.set("nas", Other { store, prefix });
    World {
        all: WithExternal::new(own.clone(), Arc::new(others)),
        own,
        nas,
        _folders: folders,
    }
}

#[tokio::test]
async fn the_key_says_where_an_object_lies() {
    let world = world();
    for (store, key) in [
        (&world.nas, "photos/a/1.jpg"),
        (&world.nas, "b.jpg"),
        (&world.own, "a/1.jpg"),
    ] {
        store.put(key, key.to_owned().into(), "x").await.unwrap();
    }
    let read = async |key: &str| {
        let object = world.all.get(key, None).await.unwrap()?;
        Some(object.body.collect(100).await.unwrap())
    };
    assert_eq!(
        read("external/nas/a/1.jpg").await.unwrap(),
        "photos/a/1.jpg"
    );
    assert_eq!(read("a/1.jpg").await.unwrap(), "a/1.jpg");
    assert_eq!(
        read("external/nas/b.jpg").await,
        None,
        "it is outside of the prefix"
    );
    assert_eq!(
        world
            .all
            .head("external/nas/a/1.jpg")
            .await
            .unwrap()
            .unwrap()
            .size,
        14
    );
    for bucket in ["external/nas", "external/nas/"] {
        assert_eq!(world.all.head(bucket).await.unwrap(), None);
        assert!(world.all.get(bucket, None).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn lists_go_on_behind_keys_as_they_are_named_outside() {
    let world = world();
    for key in ["photos/a/1.jpg", "photos/a/2.jpg", "photos/b.jpg", "c.jpg"] {
        world.nas.put(key, Bytes::new(), "x").await.unwrap();
    }
    let list =
        async |prefix: &str, after: Option<&str>| world.all.list(prefix, after).await.unwrap();
    let all = [
        "external/nas/a/1.jpg",
        "external/nas/a/2.jpg",
        "external/nas/b.jpg",
    ];
    assert_eq!(list("external/nas/", None).await, all);
    assert_eq!(list("external/nas/a/", Some(all[0])).await, all[1..2]);
    assert!(list("external/nas/", Some(all[2])).await.is_empty());
    assert!(list("a", None).await.is_empty());
}

#[tokio::test]
async fn nothing_is_written_to_other_buckets() {
    let world = world();
    let key = "external/nas/a.jpg";
    world
        .nas
        .put("photos/a.jpg", Bytes::new(), "x")
        .await
        .unwrap();
    world
        .own
        .put("upload/a.jpg", Bytes::new(), "x")
        .await
        .unwrap();
    let keys = ["upload/a.jpg".to_owned(), key.to_owned()];
    let refused = [
        world.all.put(key, Bytes::new(), "x").await.err(),
        world.all.begin(key, "x").await.err(),
        world.all.start_parts(key, "x").await.err(),
        world.all.put_part(key, "id", 1, Bytes::new()).await.err(),
        world.all.join_parts(key, "id", &[]).await.err(),
        world.all.abort(key, "id").await.err(),
        world.all.delete(&keys).await.err(),
    ];
    for error in refused {
        assert!(matches!(error, Some(ObjectError::ReadOnly(named)) if named == key));
    }
    assert!(world.all.head(key).await.unwrap().is_some());
    assert!(
        world.all.head("upload/a.jpg").await.unwrap().is_some(),
        "all or none"
    );
}

#[tokio::test]
async fn buckets_without_a_name_are_errors_and_never_our_own() {
    let world = world();
    world
        .own
        .put("external/x/a.jpg", Bytes::new(), "x")
        .await
        .unwrap();
    let is_none = |error: Option<ObjectError>| matches!(error, Some(ObjectError::NoBucket(name)) if name == "x");
    assert!(is_none(world.all.get("external/x/a.jpg", None).await.err()));
    assert!(is_none(world.all.head("external/x/a.jpg").await.err()));
    assert!(is_none(world.all.list("external/x/", None).await.err()));
}
