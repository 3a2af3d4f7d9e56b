//! What is looked at every day: photos, albums, people, search.

fn main() {
    edge_web_app::library();
}
