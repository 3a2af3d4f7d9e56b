//! Every area there is.

use edge_http::Route;
use edge_testkit::Area;

macro_rules! all {
    ($($area:ident,)*) => {
        /// Their names.
        pub const NAMES: &[&str] = &[$($area::AREA,)* fn_legacy::AREA];

        /// All of them, for one server.
        pub fn areas() -> Vec<Area> {
            let mut all = vec![$(Area::new($area::ROUTES, $area::routes()),)*];
            all.push(Area::new(fn_legacy::ROUTES, fn_legacy::entrances()));
            all
        }

        /// All their routes.
        pub fn routes() -> Vec<Route> {
            [$($area::ROUTES,)* fn_legacy::ROUTES].concat()
        }
    };
}

all! {
    fn_activities, fn_albums, fn_api_keys, fn_asset_files, fn_asset_metadata, fn_assets, fn_auth, fn_auth_admin, fn_backups,
    fn_cluster_groups, fn_companion, fn_companion_ml, fn_delivery, fn_download, fn_duplicates, fn_edits, fn_faces, fn_jobs, fn_libraries, fn_maintenance, fn_map,
    fn_memories, fn_notifications, fn_notifications_admin, fn_oauth, fn_partners, fn_people, fn_plugins,
    fn_queues, fn_realtime, fn_search, fn_server, fn_sessions, fn_shared_links, fn_stacks, fn_stream, fn_sync,
    fn_system_config, fn_system_metadata, fn_tags, fn_timeline, fn_trash, fn_users,
    fn_users_admin, fn_views, fn_workflows,
}
