//! Links that anybody may follow.
use serde_json::Value;

use crate::answer::{FromValue, answers};

answers! {
    /// A link that anybody may follow.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Link {
        /// Its id.
        pub id: String,
        /// What its address ends with.
        pub key: String,
        /// A name that stands for the key.
        pub slug: Option<String>,
        /// When it ends.
        pub expires_at: Option<String>,
        /// What visitors have to know.
        pub password: Option<String>,
        /// The album that it leads to.
        pub album: Option<super::Album>,
        /// The photos that it leads to, where it is to no album.
        pub assets: Count,
        /// Whether visitors may add photos.
        pub allow_upload: bool,
        /// Whether visitors may take photos along.
        pub allow_download: bool,
        /// Whether visitors see where and when photos were taken.
        pub show_metadata: bool,
    }
}

/// How many there are of a list, all that is kept of it: a link may lead to thousands of photos, with all that is known of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count(pub usize);

impl FromValue for Count {
    fn from_value(value: &Value) -> Self {
        Self(value.as_array().map_or(0, Vec::len))
    }
}

impl Link {
    /// The path of its page.
    pub fn path(&self) -> String {
        let slug = self.slug.as_deref().filter(|slug| !slug.is_empty());
        slug.map_or_else(
            || format!("/share/{}", self.key),
            |slug| format!("/s/{slug}"),
        )
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn photos_of_links_are_counted() {
        let count = |assets: Value| Link::from_value(&json!({ "assets": assets })).assets;
        assert_eq!(count(json!([{ "id": "a" }, { "id": "b" }])), Count(2));
        assert_eq!(count(Value::Null), Count(0));
    }

    #[test]
    fn links_have_paths() {
        let link = |slug: Option<&str>| Link {
            id: "1".into(),
            key: "k".into(),
            slug: slug.map(str::to_owned),
            ..Link::default()
        };
        assert_eq!(link(None).path(), "/share/k");
        assert_eq!(link(Some("")).path(), "/share/k");
        assert_eq!(link(Some("trip")).path(), "/s/trip");
    }
}
