//! Area `people`: people and their faces (api/features.md).

mod closest;
mod handlers;
mod rules;

edge_http::area! {
    "people";
    GET "/people" => handlers::list as getAllPeople;
    POST "/people" => handlers::create as createPerson;
    PUT "/people" => handlers::update_many as updatePeople;
    DELETE "/people" => handlers::delete_many as deletePeople;
    #[hidden] POST "/people/merge" => handlers::merge_many as mergePeople;
    GET "/people/{id}" => handlers::get as getPerson;
    PUT "/people/{id}" => handlers::update as updatePerson;
    #[hidden] PATCH "/people/{id}" => handlers::update as updatePerson;
    DELETE "/people/{id}" => handlers::delete as deletePerson;
    POST "/people/{id}/merge" => handlers::merge as mergePerson;
    PUT "/people/{id}/reassign" => handlers::reassign as reassignFaces;
    GET "/people/{id}/statistics" => handlers::statistics as getPersonStatistics;
    GET "/people/{id}/thumbnail" => handlers::thumbnail as getPersonThumbnail;
}
