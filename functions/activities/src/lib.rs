//! Area `activities`: likes and comments in albums (api/features.md).

edge_http::area! {
    "activities";
    GET "/activities" => unbuilt as getActivities;
    POST "/activities" => unbuilt as createActivity;
    GET "/activities/statistics" => unbuilt as getActivityStatistics;
    DELETE "/activities/{id}" => unbuilt as deleteActivity;
}
