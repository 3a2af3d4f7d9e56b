//! What is opened now and then: settings, administration, duplicates.

fn main() {
    edge_web_app::manage();
}
