//! What is looked for: words and filters, as the address of a search has them, and the requests that they mean.
use serde_json::{Value, json};

/// How many photos are asked for at a time.
const SIZE: u32 = 250;

/// How many choices are drawn at a time, beside those that are chosen.
pub const CHOICES: usize = 200;

/// Of keys and words the chosen ones, and the first of the others that have `part` in their words; and which of both each is.
pub fn offered<'a>(
    all: &'a [(String, String)],
    part: &str,
    chosen: &[String],
) -> Vec<(&'a (String, String), bool)> {
    let part = part.trim().to_lowercase();
    let is_chosen = |(key, _): &(String, String)| chosen.contains(key);
    let own = all.iter().filter(|it| is_chosen(it));
    let others = all
        .iter()
        .filter(|it| !is_chosen(it) && it.1.to_lowercase().contains(&part));
    let own = own.map(|it| (it, true));
    own.chain(others.take(CHOICES).map(|it| (it, false)))
        .collect()
}

/// A search.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// Words.
    pub words: String,
    /// `IMAGE` or `VIDEO`; empty: both.
    pub kind: String,
    /// First day, `2024-05-01`.
    pub from: String,
    /// Last day.
    pub to: String,
    /// City.
    pub city: String,
    /// Who made the camera.
    pub make: String,
    /// The camera.
    pub model: String,
    /// How many stars it has, `1` to `5`.
    pub rating: String,
    /// Ids of people: all of them are on it.
    pub people: Vec<String>,
    /// Ids of tags: it has all of them, or tags below them.
    pub tags: Vec<String>,
    /// Only favourites.
    pub is_favorite: bool,
}

impl Search {
    /// Reads it by the names of an address.
    pub fn of(value: impl Fn(&str) -> String) -> Self {
        let kind = value("type");
        let many = |name: &str| {
            let ids = value(name);
            let ids = ids.split(',').filter(|id| !id.is_empty());
            ids.map(str::to_owned).collect()
        };
        Self {
            words: value("q").trim().to_owned(),
            kind: if kind == "IMAGE" || kind == "VIDEO" {
                kind
            } else {
                String::new()
            },
            from: value("from"),
            to: value("to"),
            city: value("city"),
            make: value("make"),
            model: value("model"),
            rating: value("rating"),
            people: many("people"),
            tags: many("tags"),
            is_favorite: value("favorite") == "true",
        }
    }

    /// Names and values of an address; what is not looked for is not there.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let favorite = if self.is_favorite { "true" } else { "" };
        let (people, tags) = (self.people.join(","), self.tags.join(","));
        let all = [
            ("q", self.words.as_str()),
            ("type", &self.kind),
            ("from", &self.from),
            ("to", &self.to),
            ("city", &self.city),
            ("make", &self.make),
            ("model", &self.model),
            ("rating", &self.rating),
            ("people", &people),
            ("tags", &tags),
            ("favorite", favorite),
        ];
        let given = all.into_iter().filter(|(_, value)| !value.is_empty());
        given
            .map(|(name, value)| (name, value.to_owned()))
            .collect()
    }

    /// Whether nothing is looked for.
    pub fn is_empty(&self) -> bool {
        self.pairs().is_empty()
    }

    /// What narrows a search down (features.md of the contract, search).
    fn filters(&self) -> Value {
        let mut body = json!({ "size": SIZE });
        let texts = [
            ("type", &self.kind),
            ("city", &self.city),
            ("make", &self.make),
            ("model", &self.model),
        ];
        for (name, value) in texts {
            if !value.is_empty() {
                body[name] = json!(value);
            }
        }
        for (name, ids) in [("personIds", &self.people), ("tagIds", &self.tags)] {
            if !ids.is_empty() {
                body[name] = json!(ids);
            }
        }
        if let Ok(stars) = self.rating.parse::<u32>() {
            body["rating"] = json!(stars);
        }
        if !self.from.is_empty() {
            body["takenAfter"] = json!(format!("{}T00:00:00.000Z", self.from));
        }
        if !self.to.is_empty() {
            body["takenBefore"] = json!(format!("{}T23:59:59.999Z", self.to));
        }
        if self.is_favorite {
            body["isFavorite"] = json!(true);
        }
        body
    }

    /// The requests that find it, each a path and a body: by what is in photos where the server can, by names, words about them, and cities.
    pub fn requests(&self, is_smart: bool) -> Vec<(&'static str, Value)> {
        let filters = self.filters();
        if self.words.is_empty() {
            return vec![("/search/metadata", filters)];
        }
        let with = |path, name: &str| {
            let mut body = filters.clone();
            body[name] = json!(self.words);
            (path, body)
        };
        let mut requests = Vec::new();
        if is_smart {
            let (path, mut body) = with("/search/smart", "query");
            body["size"] = json!(100);
            requests.push((path, body));
        }
        for name in ["originalFileName", "description"] {
            requests.push(with("/search/metadata", name));
        }
        // A city that is asked for beside the words is not replaced by them.
        if self.city.is_empty() {
            requests.push(with("/search/metadata", "city"));
        }
        requests
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_is_looked_for() {
        let value = |name: &str| match name {
            "q" => " sea ".to_owned(),
            "type" => "VIDEO".to_owned(),
            "favorite" => "true".to_owned(),
            "from" => "2024-05-01".to_owned(),
            _ => String::new(),
        };
        let search = Search::of(value);
        assert_eq!(
            (search.words.as_str(), search.kind.as_str()),
            ("sea", "VIDEO")
        );
        let pairs = search.pairs();
        let again = Search::of(|name| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        });
        assert_eq!(again, search);
        assert_eq!(pairs.len(), 4);
        assert!(
            Search::of(|name| if name == "type" {
                "CAT".into()
            } else {
                String::new()
            })
            .is_empty()
        );
    }

    #[test]
    fn words_are_looked_for_in_each_way() {
        let search = Search {
            words: "sea".into(),
            to: "2024-05-31".into(),
            ..Search::default()
        };
        let requests = search.requests(true);
        let paths: Vec<&str> = requests.iter().map(|(path, _)| *path).collect();
        assert_eq!(
            paths,
            [
                "/search/smart",
                "/search/metadata",
                "/search/metadata",
                "/search/metadata"
            ]
        );
        for (_, body) in &requests {
            assert_eq!(body["takenBefore"], json!("2024-05-31T23:59:59.999Z"));
        }
        let city = Search {
            city: "Oslo".into(),
            ..search
        };
        assert_eq!(city.requests(false).len(), 2);
    }

    #[test]
    fn people_tags_and_stars_narrow_it_down() {
        let value = |name: &str| match name {
            "people" => "a,b".to_owned(),
            "tags" => "c,".to_owned(),
            "rating" => "4".to_owned(),
            "model" => "X100V".to_owned(),
            _ => String::new(),
        };
        let search = Search::of(value);
        let expected = json!({ "size": SIZE, "personIds": ["a", "b"], "tagIds": ["c"], "rating": 4, "model": "X100V" });
        assert_eq!(search.requests(false), [("/search/metadata", expected)]);
        let pairs = search.pairs();
        assert!(pairs.contains(&("people", "a,b".to_owned())));
        assert_eq!(pairs.len(), 4);
    }

    #[test]
    fn few_of_many_choices_are_offered_and_all_that_are_chosen() {
        let all: Vec<_> = (0..1000)
            .map(|at| (format!("id {at}"), format!("Tag {at}")))
            .collect();
        let chosen = ["id 999".to_owned(), "id 0".to_owned()];
        let keys = |part: &str| {
            let offered = offered(&all, part, &chosen).into_iter();
            offered
                .map(|((key, _), on)| (key.as_str(), on))
                .collect::<Vec<_>>()
        };
        assert_eq!(keys("").len(), CHOICES + 2);
        assert_eq!(
            keys("")[..3],
            [("id 0", true), ("id 999", true), ("id 1", false)]
        );
        let found = [("id 0", true), ("id 999", true), ("id 777", false)];
        assert_eq!(keys(" tAG 777"), found);
    }

    #[test]
    fn filters_alone_are_one_request() {
        let search = Search {
            kind: "IMAGE".into(),
            is_favorite: true,
            ..Search::default()
        };
        let expected = json!({ "size": SIZE, "type": "IMAGE", "isFavorite": true });
        assert_eq!(search.requests(true), [("/search/metadata", expected)]);
    }
}
