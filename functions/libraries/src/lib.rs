//! Area `libraries`: external libraries (api/admin.md section 1, docs/libraries.md).

mod handlers;

edge_http::reads_originals!();

edge_http::area! {
    "libraries";
    GET "/libraries" => handlers::list as getAllLibraries;
    POST "/libraries" => handlers::create as createLibrary;
    GET "/libraries/{id}" => handlers::get as getLibrary;
    PUT "/libraries/{id}" => handlers::update as updateLibrary;
    #[hidden] PATCH "/libraries/{id}" => handlers::update as updateLibrary;
    DELETE "/libraries/{id}" => handlers::delete as deleteLibrary;
    POST "/libraries/{id}/scan" => handlers::scan as scanLibrary;
    GET "/libraries/{id}/statistics" => handlers::statistics as getLibraryStatistics;
    POST "/libraries/{id}/validate" => handlers::validate as validate;
}
