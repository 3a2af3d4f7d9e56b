//! Area `people`: people and their faces (api/features.md).

edge_http::area! {
    "people";
    GET "/people" => unbuilt as getAllPeople;
    POST "/people" => unbuilt as createPerson;
    PUT "/people" => unbuilt as updatePeople;
    DELETE "/people" => unbuilt as deletePeople;
    GET "/people/{id}" => unbuilt as getPerson;
    PUT "/people/{id}" => unbuilt as updatePerson;
    #[hidden] PATCH "/people/{id}" => unbuilt as updatePerson;
    DELETE "/people/{id}" => unbuilt as deletePerson;
    POST "/people/{id}/merge" => unbuilt as mergePerson;
    PUT "/people/{id}/reassign" => unbuilt as reassignFaces;
    GET "/people/{id}/statistics" => unbuilt as getPersonStatistics;
    GET "/people/{id}/thumbnail" => unbuilt as getPersonThumbnail;
}
