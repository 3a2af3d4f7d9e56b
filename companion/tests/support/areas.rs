//! The part of the server that most tests of the program need.

use edge_testkit::Area;

/// What most tests need of the server: uploads, how they are seen, companions, queues.
pub fn areas() -> Vec<Area> {
    vec![
        Area::new(fn_assets::ROUTES, fn_assets::routes()),
        Area::new(fn_delivery::ROUTES, fn_delivery::routes()),
        Area::new(fn_companion::ROUTES, fn_companion::routes()),
        Area::new(fn_edits::ROUTES, fn_edits::routes()),
        Area::new(fn_queues::ROUTES, fn_queues::routes()),
    ]
}
