//! Which page a path means: `/albums/<id>/photos/<asset>` is an album with a photo of it open.

/// A page and the photo that is open above it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The page.
    pub page: Page,
    /// Id of the open photo.
    pub photo: Option<String>,
}

/// The pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// The timeline.
    Photos,
    /// Favourites.
    Favorites,
    /// The archive.
    Archive,
    /// The trash.
    Trash,
    /// What only a PIN opens.
    Locked,
    /// All albums.
    Albums,
    /// One album, by id.
    Album(String),
    /// All people.
    People,
    /// Photos of one person, by id.
    Person(String),
    /// Photos of this day in earlier years.
    Memories,
    /// Where photos were taken.
    Places,
    /// Photos that look the same.
    Duplicates,
    /// Results of a search.
    Search,
    /// One's own account.
    Settings,
    /// Administration.
    Admin,
    /// What runs here, and whose data it shows.
    About,
    /// Signing in.
    SignIn,
    /// No page has this path.
    Unknown,
}

impl Place {
    /// What `path` (without query) means. A slash at the end changes nothing.
    pub fn of(path: &str) -> Self {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let at = parts.iter().position(|part| *part == "photos");
        let (page, photo) = match at {
            Some(at) => (&parts[..at], &parts[at + 1..]),
            None => (&parts[..], &parts[parts.len()..]),
        };
        let page = match page {
            // The server sends people to `/maintenance` who are back when it is over.
            [] | ["maintenance"] => Page::Photos,
            ["favorites"] => Page::Favorites,
            ["archive"] => Page::Archive,
            ["trash"] => Page::Trash,
            ["locked"] => Page::Locked,
            ["albums"] => Page::Albums,
            ["albums", id] => Page::Album((*id).to_owned()),
            ["people"] => Page::People,
            ["people", id] => Page::Person((*id).to_owned()),
            ["memories"] => Page::Memories,
            ["places" | "map"] => Page::Places,
            ["duplicates"] | ["utilities", "duplicates"] => Page::Duplicates,
            ["search"] => Page::Search,
            ["settings" | "user-settings"] => Page::Settings,
            ["admin"] => Page::Admin,
            ["about"] => Page::About,
            ["auth", "login"] => Page::SignIn,
            _ => Page::Unknown,
        };
        match photo {
            [] => Self { page, photo: None },
            [id] => Self {
                page,
                photo: Some((*id).to_owned()),
            },
            _ => Self {
                page: Page::Unknown,
                photo: None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_pages_and_photos() {
        let place = |page, photo: Option<&str>| Place {
            page,
            photo: photo.map(str::to_owned),
        };
        for (path, expected) in [
            ("/", place(Page::Photos, None)),
            ("/photos", place(Page::Photos, None)),
            ("/photos/a", place(Page::Photos, Some("a"))),
            ("/albums/x", place(Page::Album("x".into()), None)),
            (
                "/albums/x/photos/a",
                place(Page::Album("x".into()), Some("a")),
            ),
            ("/search/photos/a", place(Page::Search, Some("a"))),
            ("/people/", place(Page::People, None)),
            ("/locked/photos/a", place(Page::Locked, Some("a"))),
            ("/maintenance", place(Page::Photos, None)),
            ("/auth/login", place(Page::SignIn, None)),
            ("/about", place(Page::About, None)),
            ("/memories", place(Page::Memories, None)),
            ("/map", place(Page::Places, None)),
            ("/utilities/duplicates", place(Page::Duplicates, None)),
            ("/photos/a/b", place(Page::Unknown, None)),
            ("/what", place(Page::Unknown, None)),
        ] {
            assert_eq!(Place::of(path), expected, "{path}");
        }
    }
}
