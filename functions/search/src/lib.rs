//! Area `search`: search by metadata, content and place (api/features.md).

edge_http::area! {
    "search";
    GET "/search/cities" => unbuilt as getAssetsByCity;
    GET "/search/explore" => unbuilt as getExploreData;
    POST "/search/large-assets" => unbuilt as searchLargeAssets;
    POST "/search/metadata" => unbuilt as searchAssets;
    GET "/search/person" => unbuilt as searchPerson;
    GET "/search/places" => unbuilt as searchPlaces;
    POST "/search/random" => unbuilt as searchRandom;
    POST "/search/smart" => unbuilt as searchSmart;
    POST "/search/statistics" => unbuilt as searchAssetStatistics;
    GET "/search/suggestions" => unbuilt as getSearchSuggestions;
}
