//! Area `backups`: database backups (api/admin.md section 2, docs/backups.md).

mod handlers;
mod upload;

edge_http::area! {
    "backups";
    GET "/admin/database-backups" => handlers::list as listDatabaseBackups;
    DELETE "/admin/database-backups" => handlers::delete as deleteDatabaseBackup;
    POST "/admin/database-backups/start-restore" => handlers::start_restore as startDatabaseRestoreFlow;
    POST "/admin/database-backups/upload" => upload::upload as uploadDatabaseBackup;
    GET "/admin/database-backups/{filename}" => handlers::download as downloadDatabaseBackup;
}
