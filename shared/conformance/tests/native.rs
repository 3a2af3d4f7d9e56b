//! The conformance suite on the native adapters: SQLite, PostgreSQL, folder, table queue.

use std::{
    io::{Read, Write},
    net::TcpListener,
};

use edge_conformance::{database, failures, http, objects, queue, system};
use edge_platform::native::{Folder, HttpClient, OsRandom, Sqlite, SystemClock, TableQueue};
use edge_testkit::postgres;

#[tokio::test]
async fn sqlite_in_memory() {
    let db = Sqlite::in_memory().unwrap();
    assert_eq!(failures(&database(&db).await), "");
}

#[tokio::test]
async fn sqlite_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let db = Sqlite::open(folder.path().join("test.db")).unwrap();
    assert_eq!(failures(&database(&db).await), "");
    // A second process sees the same rows, and the suite can run again.
    let again = Sqlite::open(folder.path().join("test.db")).unwrap();
    assert_eq!(failures(&database(&again).await), "");
}

#[tokio::test]
async fn postgres_15() {
    let db = postgres::database("").await;
    assert_eq!(failures(&database(&*db).await), "");
    assert_eq!(failures(&database(&*db).await), "");
}

#[tokio::test]
async fn postgres_comes_back_after_a_lost_connection() {
    use edge_platform::{Database, stmt};
    let db = postgres::database("create table kept (id text);").await;
    let other = postgres::connect(db.url()).await;
    // It waits, in ms, until the other one is gone.
    let kill = "select pg_terminate_backend(pid, 60000) as done from pg_stat_activity \
                where datname = current_database() and pid <> pg_backend_pid()";
    other.run(stmt!(kill)).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert!(
        db.run(stmt!("select id from kept"))
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn folder() {
    let root = tempfile::tempdir().unwrap();
    let store = Folder::open(root.path()).unwrap();
    assert_eq!(failures(&objects(&store).await), "");
    assert_eq!(
        std::fs::read_dir(root.path().join(".unfinished"))
            .unwrap()
            .count(),
        0
    );
}

#[tokio::test]
async fn table_queue() {
    let native = TableQueue::new();
    assert_eq!(failures(&queue(&native).await), "");
    assert_eq!(native.wait().await.len(), 251);
    assert!(native.drain().is_empty());
}

#[test]
fn clock_and_random() {
    assert_eq!(failures(&system(&SystemClock, &OsRandom)), "");
}

#[tokio::test]
async fn http_client() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("http://{}", listener.local_addr().unwrap());
    // Not joined: it waits for connections until the test process ends. Some of them take their time.
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || serve(stream));
        }
    });
    assert_eq!(failures(&http(&HttpClient::new(), &server).await), "");
}

/// One request and its answer, as the suite wants its server to behave.
fn serve(mut stream: std::net::TcpStream) -> std::io::Result<()> {
    let (mut request, mut buffer) = (Vec::new(), [0; 1024]);
    let head = loop {
        let read = stream.read(&mut buffer)?;
        request.extend_from_slice(&buffer[..read]);
        if let Some(end) = request.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let text = String::from_utf8_lossy(&request[..head]).to_lowercase();
    let length = text
        .split("content-length: ")
        .nth(1)
        .and_then(|rest| rest.split('\r').next());
    let length: usize = length.map_or(0, |length| length.parse().unwrap_or(0));
    while request.len() < head + length {
        let read = stream.read(&mut buffer)?;
        request.extend_from_slice(&buffer[..read]);
    }
    let later = || std::thread::sleep(std::time::Duration::from_secs(3));
    if text.starts_with("get /stalled") {
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\na")?;
        later();
        return stream.write_all(b"b");
    }
    let status = if text.starts_with("post /echo") {
        "201 Created"
    } else if text.starts_with("get /redirect") {
        "302 Found\r\nlocation: /echo"
    } else {
        if text.starts_with("get /silent") {
            later();
        }
        "404 Not Found"
    };
    let header = if text.contains("x-test: edge") {
        "x-test: edge\r\n"
    } else {
        ""
    };
    let answer = format!(
        "HTTP/1.1 {status}\r\n{header}content-length: {length}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(answer.as_bytes())?;
    stream.write_all(&request[head..])
}
