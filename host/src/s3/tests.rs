//! A library among the objects of a bucket.
use std::fs;

use futures::TryStreamExt as _;
use s3s::dto::{Delete, ObjectIdentifier};

use super::*;

const NAME: &str = "bucket";

fn request<T>(input: T) -> S3Request<T> {
    S3Request {
        input,
        method: http::Method::GET,
        uri: http::Uri::from_static("/"),
        headers: http::HeaderMap::new(),
        extensions: http::Extensions::new(),
        credentials: None,
        region: None,
        service: None,
        trailing_headers: None,
    }
}

fn write(folder: &Path, file: &str) {
    let path = folder.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, file).unwrap();
}

/// A bucket with objects before and behind those of the library `nas`, and the folders of both.
fn bucket() -> (Bucket, tempfile::TempDir, tempfile::TempDir) {
    let (objects, nas) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for file in ["models/a.json", "upload/b.jpg", "upload/c.jpg"] {
        write(&objects.path().join(NAME), file);
    }
    for file in ["a.jpg", "b/c d.jpg", "d.jpg"] {
        write(nas.path(), file);
    }
    let libraries = Libraries::read(&[format!("nas={}", nas.path().display())]).unwrap();
    libraries.check(objects.path(), NAME).unwrap();
    let bucket = Bucket {
        files: FileSystem::new(objects.path()).unwrap(),
        folder: objects.path().to_path_buf(),
        name: NAME.to_owned(),
        libraries,
    };
    (bucket, objects, nas)
}

fn list(prefix: &str) -> ListObjectsV2Input {
    ListObjectsV2Input {
        bucket: NAME.to_owned(),
        prefix: Some(prefix.to_owned()),
        ..ListObjectsV2Input::default()
    }
}

/// All keys with a prefix, in pages of `max_keys`, by continuation tokens.
async fn keys(bucket: &Bucket, prefix: &str, max_keys: i32) -> Vec<String> {
    let (mut all, mut token) = (Vec::new(), None);
    loop {
        let input = ListObjectsV2Input {
            max_keys: Some(max_keys),
            continuation_token: token,
            ..list(prefix)
        };
        let page = bucket.list_objects_v2(request(input)).await.unwrap().output;
        let contents = page.contents.unwrap_or_default();
        assert!(contents.len() <= usize::try_from(max_keys).unwrap());
        all.extend(contents.into_iter().map(|object| object.key.unwrap()));
        token = page.next_continuation_token;
        assert_eq!(page.is_truncated, Some(token.is_some()));
        if token.is_none() {
            return all;
        }
    }
}

fn get(key: &str) -> GetObjectInput {
    GetObjectInput {
        bucket: NAME.to_owned(),
        key: key.to_owned(),
        ..GetObjectInput::default()
    }
}

#[tokio::test]
async fn lists_have_the_objects_of_both_in_pages() {
    let (bucket, _objects, _nas) = bucket();
    let nas = ["nas/a.jpg", "nas/b/c d.jpg", "nas/d.jpg"];
    let own = ["upload/b.jpg", "upload/c.jpg"];
    let all = [["models/a.json"].as_slice(), nas.as_slice(), own.as_slice()].concat();
    for size in 1..=7 {
        assert_eq!(keys(&bucket, "", size).await, all, "{size}");
        assert_eq!(keys(&bucket, "nas/", size).await, nas, "{size}");
        assert_eq!(keys(&bucket, "upload/", size).await, own, "{size}");
        assert_eq!(keys(&bucket, "n", size).await, nas, "{size}");
    }
    let encoded = ListObjectsV2Input {
        encoding_type: Some(EncodingType::from_static(EncodingType::URL)),
        ..list("nas/b/")
    };
    let page = bucket
        .list_objects_v2(request(encoded))
        .await
        .unwrap()
        .output;
    let contents = page.contents.unwrap();
    assert_eq!(contents[0].key.as_deref(), Some("nas/b/c%20d.jpg"));
    let folders = ListObjectsV2Input {
        delimiter: Some("/".to_owned()),
        ..list("")
    };
    let refused = bucket.list_objects_v2(request(folders)).await.unwrap_err();
    assert_eq!(*refused.code(), S3ErrorCode::NotImplemented);
}

#[tokio::test]
async fn files_are_read() {
    let (bucket, _objects, _nas) = bucket();
    let answer = bucket
        .get_object(request(get("nas/b/c d.jpg")))
        .await
        .unwrap()
        .output;
    let pieces = answer.body.unwrap().map_err(|error| error.to_string());
    let pieces: Vec<bytes::Bytes> = pieces.try_collect().await.unwrap();
    assert_eq!(pieces.concat(), b"b/c d.jpg");
    let missing = bucket
        .get_object(request(get("nas/none.jpg")))
        .await
        .unwrap_err();
    assert_eq!(*missing.code(), S3ErrorCode::NoSuchKey);
}

#[tokio::test]
async fn files_are_never_changed() {
    let (bucket, objects, nas) = bucket();
    for key in ["nas/a.jpg", "nas/new.jpg", "nas"] {
        let (bucket_name, key) = (NAME.to_owned(), key.to_owned());
        let put = PutObjectInput {
            bucket: bucket_name.clone(),
            key: key.clone(),
            ..PutObjectInput::default()
        };
        let put = bucket.put_object(request(put)).await.unwrap_err();
        let begin = CreateMultipartUploadInput {
            bucket: bucket_name.clone(),
            key: key.clone(),
            ..CreateMultipartUploadInput::default()
        };
        let begin = bucket
            .create_multipart_upload(request(begin))
            .await
            .unwrap_err();
        let delete = DeleteObjectInput {
            bucket: bucket_name,
            key,
            ..DeleteObjectInput::default()
        };
        let delete = bucket.delete_object(request(delete)).await.unwrap_err();
        for refused in [put, begin, delete] {
            assert_eq!(*refused.code(), S3ErrorCode::AccessDenied);
        }
    }
    assert_eq!(fs::read(nas.path().join("a.jpg")).unwrap(), b"a.jpg");
    assert_eq!(fs::read_dir(nas.path()).unwrap().count(), 3);
    assert!(!objects.path().join(NAME).join("nas").exists());
}

#[tokio::test]
async fn of_many_only_our_own_are_deleted() {
    let (bucket, objects, nas) = bucket();
    let named = |key: &str| ObjectIdentifier {
        key: key.to_owned(),
        ..ObjectIdentifier::default()
    };
    let many = DeleteObjectsInput {
        bucket: NAME.to_owned(),
        bypass_governance_retention: None,
        checksum_algorithm: None,
        delete: Delete {
            objects: vec![named("nas/a.jpg"), named("upload/b.jpg")],
            ..Delete::default()
        },
        expected_bucket_owner: None,
        mfa: None,
        request_payer: None,
    };
    let many = bucket.delete_objects(request(many)).await.unwrap().output;
    let errors = many.errors.unwrap();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].key.as_deref(), Some("nas/a.jpg"));
    assert_eq!(errors[0].code.as_deref(), Some("AccessDenied"));
    assert!(!objects.path().join(NAME).join("upload/b.jpg").exists());
    assert!(nas.path().join("a.jpg").exists());
}
