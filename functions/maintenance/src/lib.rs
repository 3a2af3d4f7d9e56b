//! Area `maintenance`: maintenance mode and integrity reports (api/admin.md sections 3 and 4).

mod handlers;

use handlers::{integrity, mode};

edge_http::area! {
    "maintenance";
    GET "/admin/integrity/report" => integrity::page as getIntegrityReport;
    DELETE "/admin/integrity/report/{id}" => integrity::delete as deleteIntegrityReport;
    GET "/admin/integrity/report/{id}/file" => integrity::file as getIntegrityReportFile;
    GET "/admin/integrity/report/{type}/csv" => integrity::csv as getIntegrityReportCsv;
    GET "/admin/integrity/summary" => integrity::summary as getIntegrityReportSummary;
    POST "/admin/maintenance" => mode::set as setMaintenanceMode;
    GET "/admin/maintenance/detect-install" => mode::detect as detectPriorInstall;
    POST "/admin/maintenance/login" => mode::login as maintenanceLogin;
    GET "/admin/maintenance/status" => mode::status as getMaintenanceStatus;
}
