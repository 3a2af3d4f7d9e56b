//! Checks of the object store port.

use bytes::Bytes;
use edge_platform::{ByteRange, ObjectError, ObjectStore};

use crate::{Checked, Outcome, holds, outcome, same, text};

/// Smallest part of a multipart upload.
const PART: usize = 5 * 1024 * 1024;
/// More than any object of the suite.
const LIMIT: usize = 4 * PART;
const JPEG: &str = "image/jpeg";

/// Runs all checks. Uses keys below `conformance/`, removing older ones first.
pub async fn objects(store: &dyn ObjectStore) -> Vec<Outcome> {
    if let Err(error) = clean(store).await {
        return vec![Outcome {
            check: "objects can be removed",
            failure: Some(error),
        }];
    }
    vec![
        outcome("what was put comes back", Box::pin(round_trip(store))).await,
        outcome("a missing object is none", Box::pin(missing(store))).await,
        outcome("ranges give the right bytes", Box::pin(ranges(store))).await,
        outcome("ranges outside are refused", Box::pin(bad_ranges(store))).await,
        outcome("an empty object works", Box::pin(empty(store))).await,
        outcome(
            "overwriting replaces bytes and etag",
            Box::pin(overwrite(store)),
        )
        .await,
        outcome("parts become one object", Box::pin(multipart(store))).await,
        outcome(
            "an upload of one small part works",
            Box::pin(one_part(store)),
        )
        .await,
        outcome(
            "parts of other requests become one object",
            Box::pin(apart(store)),
        )
        .await,
        outcome("an aborted upload leaves nothing", Box::pin(abort(store))).await,
        outcome(
            "an unfinished upload is invisible",
            Box::pin(unfinished(store)),
        )
        .await,
        outcome(
            "an upload left behind is aborted by its id",
            Box::pin(left_behind(store)),
        )
        .await,
        outcome(
            "many objects are deleted at once",
            Box::pin(delete_many(store)),
        )
        .await,
        outcome("lists are ordered and paged", Box::pin(list(store))).await,
        outcome("odd keys are kept apart", Box::pin(odd_keys(store))).await,
    ]
}

async fn clean(store: &dyn ObjectStore) -> Checked {
    loop {
        let keys = store.list("conformance/", None).await.map_err(text)?;
        if keys.is_empty() {
            return Ok(());
        }
        store.delete(&keys).await.map_err(text)?;
    }
}

/// `length` bytes without a short period.
fn pattern(length: usize) -> Bytes {
    let byte = |n: usize| u8::try_from((n * 31 + n / 251) % 256).unwrap_or_default();
    (0..length).map(byte).collect::<Vec<_>>().into()
}

async fn read(
    store: &dyn ObjectStore,
    key: &str,
    range: Option<ByteRange>,
) -> Result<((u64, u64), u64, Bytes), String> {
    let object = store.get(key, range).await.map_err(text)?;
    let object = object.ok_or_else(|| format!("{key} is not there"))?;
    Ok((
        object.range,
        object.meta.size,
        object.body.collect(LIMIT).await.map_err(text)?,
    ))
}

async fn round_trip(store: &dyn ObjectStore) -> Checked {
    let (key, bytes) = ("conformance/a/photo.jpg", pattern(300_000));
    store.put(key, bytes.clone(), JPEG).await.map_err(text)?;
    let (range, size, found) = read(store, key, None).await?;
    same("range", range, (0, 300_000))?;
    same("size", size, 300_000)?;
    holds("bytes are equal", found == bytes)?;
    let head = store
        .head(key)
        .await
        .map_err(text)?
        .ok_or("head finds nothing")?;
    let object = store
        .get(key, None)
        .await
        .map_err(text)?
        .ok_or("get finds nothing")?;
    same("head", head.clone(), object.meta)?;
    holds(
        "etag without quotes",
        !head.etag.is_empty() && !head.etag.contains('"'),
    )?;
    // Between the years 2025 and 2100.
    let time = 1_735_000_000_000..4_102_000_000_000;
    holds(
        &format!("modified {} is now", head.modified),
        time.contains(&head.modified),
    )
}

async fn missing(store: &dyn ObjectStore) -> Checked {
    for key in [
        "conformance/nobody",
        "conformance/nobody/at/home",
        "conformance/a",
    ] {
        holds("get", store.get(key, None).await.map_err(text)?.is_none())?;
        holds("head", store.head(key).await.map_err(text)?.is_none())?;
        let range = Some(ByteRange::Suffix { length: 1 });
        holds(
            "range",
            store.get(key, range).await.map_err(text)?.is_none(),
        )?;
    }
    store
        .delete(&["conformance/nobody".to_owned()])
        .await
        .map_err(text)
}

async fn ranges(store: &dyn ObjectStore) -> Checked {
    let (key, bytes) = ("conformance/ranges", pattern(1000));
    store.put(key, bytes.clone(), JPEG).await.map_err(text)?;
    let wanted = [
        (
            ByteRange::FromTo {
                first: 0,
                last: Some(0),
            },
            (0, 1),
        ),
        (
            ByteRange::FromTo {
                first: 10,
                last: Some(19),
            },
            (10, 10),
        ),
        (
            ByteRange::FromTo {
                first: 990,
                last: Some(5000),
            },
            (990, 10),
        ),
        (
            ByteRange::FromTo {
                first: 999,
                last: None,
            },
            (999, 1),
        ),
        (
            ByteRange::FromTo {
                first: 0,
                last: None,
            },
            (0, 1000),
        ),
        (ByteRange::Suffix { length: 5 }, (995, 5)),
        (ByteRange::Suffix { length: 5000 }, (0, 1000)),
    ];
    for (range, (offset, length)) in wanted {
        let (found, size, part) = read(store, key, Some(range)).await?;
        same(&format!("{range:?}"), found, (offset, length))?;
        same("size is that of the whole object", size, 1000)?;
        let expected = bytes.iter().skip(usize::try_from(offset).map_err(text)?);
        let expected: Vec<u8> = expected
            .take(usize::try_from(length).map_err(text)?)
            .copied()
            .collect();
        holds(&format!("bytes of {range:?}"), part == expected)?;
    }
    Ok(())
}

async fn bad_ranges(store: &dyn ObjectStore) -> Checked {
    store
        .put("conformance/short", pattern(10), JPEG)
        .await
        .map_err(text)?;
    let ranges = [
        ByteRange::FromTo {
            first: 10,
            last: None,
        },
        ByteRange::FromTo {
            first: 10,
            last: Some(20),
        },
        ByteRange::FromTo {
            first: 5,
            last: Some(4),
        },
        ByteRange::Suffix { length: 0 },
    ];
    for range in ranges {
        let error = store.get("conformance/short", Some(range)).await.err();
        let refused = matches!(error, Some(ObjectError::Range));
        holds(&format!("{range:?} gave {error:?}"), refused)?;
    }
    Ok(())
}

async fn empty(store: &dyn ObjectStore) -> Checked {
    store
        .put("conformance/empty", Bytes::new(), JPEG)
        .await
        .map_err(text)?;
    same(
        "empty",
        read(store, "conformance/empty", None).await?,
        ((0, 0), 0, Bytes::new()),
    )?;
    let range = Some(ByteRange::FromTo {
        first: 0,
        last: None,
    });
    let error = store.get("conformance/empty", range).await.err();
    holds(
        &format!("a range of it gave {error:?}"),
        matches!(error, Some(ObjectError::Range)),
    )
}

/// An upload whose isolate is gone is ended by its name.
async fn left_behind(store: &dyn ObjectStore) -> Checked {
    let key = "conformance/left-behind";
    let mut upload = store.begin(key, JPEG).await.map_err(text)?;
    upload.part(pattern(10)).await.map_err(text)?;
    let id = upload.id();
    drop(upload);
    if let Some(id) = id {
        store.abort(key, &id).await.map_err(text)?;
        store.abort(key, &id).await.map_err(text)?;
    }
    same(
        "nothing is there",
        store.head(key).await.map_err(text)?,
        None,
    )
}

async fn overwrite(store: &dyn ObjectStore) -> Checked {
    let key = "conformance/overwrite";
    let etag = async || -> Result<String, String> {
        let meta = store.head(key).await.map_err(text)?;
        meta.map(|meta| meta.etag)
            .ok_or_else(|| "nothing there".to_owned())
    };
    store
        .put(key, Bytes::from_static(b"first"), JPEG)
        .await
        .map_err(text)?;
    let first = etag().await?;
    store
        .put(key, Bytes::from_static(b"other"), JPEG)
        .await
        .map_err(text)?;
    holds("the etag changes", etag().await? != first)?;
    same(
        "bytes",
        read(store, key, None).await?.2,
        Bytes::from_static(b"other"),
    )
}

async fn multipart(store: &dyn ObjectStore) -> Checked {
    let (key, bytes) = ("conformance/parts", pattern(2 * PART + 12_345));
    let mut upload = store.begin(key, JPEG).await.map_err(text)?;
    for part in bytes.chunks(PART) {
        upload
            .part(Bytes::copy_from_slice(part))
            .await
            .map_err(text)?;
    }
    upload.finish().await.map_err(text)?;
    let (_, size, found) = read(store, key, None).await?;
    same("size", size, bytes.len() as u64)?;
    holds("bytes are equal", found == bytes)?;
    let first = u64::try_from(PART).map_err(text)? - 3;
    let range = ByteRange::FromTo {
        first,
        last: Some(first + 5),
    };
    let (_, _, part) = read(store, key, Some(range)).await?;
    holds(
        "a range across parts",
        bytes.get(PART - 3..PART + 3) == Some(&part[..]),
    )
}

/// Parts that come one by one, as if each had a process of its own; one of them twice.
async fn apart(store: &dyn ObjectStore) -> Checked {
    let (key, bytes) = ("conformance/apart", pattern(2 * PART + 777));
    let id = store.start_parts(key, JPEG).await.map_err(text)?;
    let mut tags = Vec::new();
    for (number, part) in (1..).zip(bytes.chunks(PART)) {
        let part = Bytes::copy_from_slice(part);
        if number == 2 {
            let again = store.put_part(key, &id, number, part.clone()).await;
            again.map_err(text)?;
        }
        let tag = store.put_part(key, &id, number, part).await;
        tags.push(tag.map_err(text)?);
    }
    holds(
        "no object yet",
        store.head(key).await.map_err(text)?.is_none(),
    )?;
    store.join_parts(key, &id, &tags).await.map_err(text)?;
    let (_, _, found) = read(store, key, None).await?;
    holds("bytes are equal", found == bytes)?;
    let other = store.start_parts(key, JPEG).await.map_err(text)?;
    let part = store.put_part(key, &other, 1, pattern(10)).await;
    let tag = part.map_err(text)?;
    store.abort(key, &other).await.map_err(text)?;
    let gone = store.join_parts(key, &other, &[tag]).await;
    holds("an aborted one has no parts", gone.is_err())?;
    holds(
        "what was there stays",
        read(store, key, None).await?.2 == bytes,
    )
}

async fn one_part(store: &dyn ObjectStore) -> Checked {
    let mut upload = store.begin("conformance/one", JPEG).await.map_err(text)?;
    upload.part(pattern(100)).await.map_err(text)?;
    upload.finish().await.map_err(text)?;
    same(
        "bytes",
        read(store, "conformance/one", None).await?.2,
        pattern(100),
    )
}

async fn abort(store: &dyn ObjectStore) -> Checked {
    let key = "conformance/aborted/upload";
    let mut upload = store.begin(key, JPEG).await.map_err(text)?;
    upload.part(pattern(PART)).await.map_err(text)?;
    upload.abort().await.map_err(text)?;
    holds("no object", store.head(key).await.map_err(text)?.is_none())?;
    same(
        "keys",
        store
            .list("conformance/aborted", None)
            .await
            .map_err(text)?,
        vec![],
    )
}

async fn unfinished(store: &dyn ObjectStore) -> Checked {
    let key = "conformance/visible";
    store.put(key, pattern(10), JPEG).await.map_err(text)?;
    let mut upload = store.begin(key, JPEG).await.map_err(text)?;
    upload.part(pattern(20)).await.map_err(text)?;
    same("before finish", read(store, key, None).await?.1, 10)?;
    upload.finish().await.map_err(text)?;
    same("after finish", read(store, key, None).await?.1, 20)
}

async fn delete_many(store: &dyn ObjectStore) -> Checked {
    let mut keys: Vec<_> = (0..30).map(|n| format!("conformance/many/{n}")).collect();
    for key in &keys {
        store.put(key, pattern(1), JPEG).await.map_err(text)?;
    }
    keys.extend((0..2000).map(|n| format!("conformance/never/{n}")));
    store.delete(&keys).await.map_err(text)?;
    same(
        "left",
        store.list("conformance/many/", None).await.map_err(text)?,
        vec![],
    )?;
    store.delete(&[]).await.map_err(text)
}

async fn list(store: &dyn ObjectStore) -> Checked {
    let mut keys: Vec<_> = (0..1010)
        .map(|n| format!("conformance/list/{:02}/{n}", n % 7))
        .collect();
    for group in keys.chunks(50) {
        futures::future::try_join_all(group.iter().map(|key| store.put(key, Bytes::new(), JPEG)))
            .await
            .map_err(text)?;
    }
    keys.sort();
    let first = store.list("conformance/list/", None).await.map_err(text)?;
    holds("the first page", Some(first.as_slice()) == keys.get(..1000))?;
    let after = first.last().map(String::as_str);
    let second = store.list("conformance/list/", after).await.map_err(text)?;
    holds(
        "the second page",
        Some(second.as_slice()) == keys.get(1000..),
    )?;
    let some = store
        .list("conformance/list/03/1", None)
        .await
        .map_err(text)?;
    holds(
        "a prefix within a name",
        some.iter()
            .all(|key| key.starts_with("conformance/list/03/1")),
    )?;
    holds("finds something", !some.is_empty())?;
    for group in keys.chunks(1000) {
        store.delete(group).await.map_err(text)?;
    }
    Ok(())
}

async fn odd_keys(store: &dyn ObjectStore) -> Checked {
    let keys = [
        "conformance/odd/ü 東京 🏔️.jpg",
        "conformance/odd/%2e%2e/x",
        "conformance/odd/a?b#c",
    ];
    for (n, key) in keys.iter().enumerate() {
        store.put(key, pattern(n + 1), JPEG).await.map_err(text)?;
    }
    for (n, key) in keys.iter().enumerate() {
        same(key, read(store, key, None).await?.2, pattern(n + 1))?;
    }
    let mut found = store.list("conformance/odd/", None).await.map_err(text)?;
    let mut expected = keys.map(str::to_owned).to_vec();
    found.sort();
    expected.sort();
    same("keys", found, expected)
}
