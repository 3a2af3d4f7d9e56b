//! Area `maintenance`: maintenance mode and integrity reports (api/features.md).

edge_http::area! {
    "maintenance";
    GET "/admin/integrity/report" => unbuilt as getIntegrityReport;
    DELETE "/admin/integrity/report/{id}" => unbuilt as deleteIntegrityReport;
    GET "/admin/integrity/report/{id}/file" => unbuilt as getIntegrityReportFile;
    GET "/admin/integrity/report/{type}/csv" => unbuilt as getIntegrityReportCsv;
    GET "/admin/integrity/summary" => unbuilt as getIntegrityReportSummary;
    POST "/admin/maintenance" => unbuilt as setMaintenanceMode;
    GET "/admin/maintenance/detect-install" => unbuilt as detectPriorInstall;
    POST "/admin/maintenance/login" => unbuilt as maintenanceLogin;
    GET "/admin/maintenance/status" => unbuilt as getMaintenanceStatus;
}
