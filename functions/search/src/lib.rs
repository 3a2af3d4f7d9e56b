//! Area `search`: search by metadata, content and place (api/features.md).

mod handlers;
mod places;
mod rules;
mod smart;

edge_http::area! {
    "search";
    GET "/search/cities" => handlers::cities as getAssetsByCity;
    GET "/search/explore" => handlers::explore as getExploreData;
    POST "/search/large-assets" => handlers::large as searchLargeAssets;
    POST "/search/metadata" => handlers::metadata as searchAssets;
    GET "/search/person" => handlers::person as searchPerson;
    GET "/search/places" => places::search as searchPlaces;
    POST "/search/random" => handlers::random as searchRandom;
    POST "/search/smart" => smart::search as searchSmart;
    POST "/search/statistics" => handlers::statistics as searchAssetStatistics;
    GET "/search/suggestions" => handlers::suggestions as getSearchSuggestions;
}
