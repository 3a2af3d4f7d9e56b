//! Area `libraries`: external libraries (api/features.md).

edge_http::area! {
    "libraries";
    GET "/libraries" => unbuilt as getAllLibraries;
    POST "/libraries" => unbuilt as createLibrary;
    GET "/libraries/{id}" => unbuilt as getLibrary;
    PUT "/libraries/{id}" => unbuilt as updateLibrary;
    #[hidden] PATCH "/libraries/{id}" => unbuilt as updateLibrary;
    DELETE "/libraries/{id}" => unbuilt as deleteLibrary;
    POST "/libraries/{id}/scan" => unbuilt as scanLibrary;
    GET "/libraries/{id}/statistics" => unbuilt as getLibraryStatistics;
    POST "/libraries/{id}/validate" => unbuilt as validate;
}
