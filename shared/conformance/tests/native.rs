//! The conformance suite on the native adapters: SQLite, PostgreSQL, folder, table queue.

use edge_conformance::{database, failures, objects, queue};
use edge_platform::native::{Folder, Sqlite, TableQueue};
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
    let kill = "select pg_terminate_backend(pid) as done from pg_stat_activity \
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
