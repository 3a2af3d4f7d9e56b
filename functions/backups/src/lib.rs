//! Area `backups`: database backups (api/features.md).

edge_http::area! {
    "backups";
    GET "/admin/database-backups" => unbuilt as listDatabaseBackups;
    DELETE "/admin/database-backups" => unbuilt as deleteDatabaseBackup;
    POST "/admin/database-backups/start-restore" => unbuilt as startDatabaseRestoreFlow;
    POST "/admin/database-backups/upload" => unbuilt as uploadDatabaseBackup;
    GET "/admin/database-backups/{filename}" => unbuilt as downloadDatabaseBackup;
}
