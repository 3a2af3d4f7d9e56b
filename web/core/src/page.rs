//! Which page a path means: `/albums/<id>/photos/<asset>` is an album with a photo of it open.

/// First parts of the paths of pages that are in [`Module::Manage`]. `web/app/static/start.js` has the same list.
const MANAGED: [&str; 12] = [
    "about",
    "admin",
    "duplicates",
    "maintenance",
    "map",
    "memories",
    "places",
    "settings",
    "user-settings",
    "utilities",
    "welcome",
    "workflows",
];

/// The page is two programs, so that the first visit loads what is looked at every day only (docs/web.md). The address says which one
/// runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Module {
    /// Photos, albums, people, search, and signing in.
    Library,
    /// What is opened now and then: places, memories, settings, administration, workflows, duplicates, about, the first hints; and the way out of the
    /// maintenance mode.
    Manage,
}

impl Module {
    /// Which one runs at `path`, which may have a query.
    pub fn of(path: &str) -> Self {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let first = path.split('/').find(|part| !part.is_empty());
        if first.is_some_and(|first| MANAGED.contains(&first)) {
            Self::Manage
        } else {
            Self::Library
        }
    }
}

/// A page and the photo that is open above it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The page.
    pub page: Page,
    /// Id of the open photo.
    pub photo: Option<String>,
}

/// Where what is uploaded on a page belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// With all the others.
    Timeline,
    /// Into the locked folder, and nowhere else.
    Locked,
    /// Also into the album with this id.
    Album(String),
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
    /// Photos of a partner, by id.
    Partner(String),
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
    /// What everybody is told at first.
    Welcome,
    /// What happens by itself.
    Workflows,
    /// What is shown while the server is in maintenance; afterwards there is nothing here.
    Maintenance,
    /// Signing in.
    SignIn,
    /// No page has this path.
    Unknown,
}

impl Page {
    /// Where what is uploaded here belongs.
    pub fn target(self) -> Target {
        match self {
            Self::Locked => Target::Locked,
            Self::Album(id) => Target::Album(id),
            _ => Target::Timeline,
        }
    }
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
            [] => Page::Photos,
            ["favorites"] => Page::Favorites,
            ["archive"] => Page::Archive,
            ["trash"] => Page::Trash,
            ["locked"] => Page::Locked,
            ["albums"] => Page::Albums,
            ["albums", id] => Page::Album((*id).to_owned()),
            ["people"] => Page::People,
            ["people", id] => Page::Person((*id).to_owned()),
            ["memories"] => Page::Memories,
            ["partners", id] => Page::Partner((*id).to_owned()),
            ["places" | "map"] => Page::Places,
            ["duplicates"] | ["utilities", "duplicates"] => Page::Duplicates,
            ["search"] => Page::Search,
            ["settings" | "user-settings"] => Page::Settings,
            ["admin"] => Page::Admin,
            ["about"] => Page::About,
            ["welcome"] => Page::Welcome,
            ["workflows"] => Page::Workflows,
            ["maintenance"] => Page::Maintenance,
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
            ("/maintenance", place(Page::Maintenance, None)),
            ("/workflows", place(Page::Workflows, None)),
            ("/auth/login", place(Page::SignIn, None)),
            ("/about", place(Page::About, None)),
            ("/welcome", place(Page::Welcome, None)),
            ("/memories", place(Page::Memories, None)),
            ("/partners/b", place(Page::Partner("b".into()), None)),
            (
                "/partners/b/photos/a",
                place(Page::Partner("b".into()), Some("a")),
            ),
            ("/partners", place(Page::Unknown, None)),
            ("/map", place(Page::Places, None)),
            ("/utilities/duplicates", place(Page::Duplicates, None)),
            ("/photos/a/b", place(Page::Unknown, None)),
            ("/what", place(Page::Unknown, None)),
        ] {
            assert_eq!(Place::of(path), expected, "{path}");
        }
    }

    #[test]
    fn what_is_uploaded_on_a_page_belongs_there() {
        for (path, expected) in [
            ("/", Target::Timeline),
            ("/photos/a", Target::Timeline),
            ("/albums", Target::Timeline),
            ("/partners/b", Target::Timeline),
            ("/locked", Target::Locked),
            ("/locked/photos/a", Target::Locked),
            ("/albums/x", Target::Album("x".into())),
            ("/albums/x/photos/a", Target::Album("x".into())),
        ] {
            assert_eq!(Place::of(path).page.target(), expected, "{path}");
        }
    }

    #[test]
    fn the_address_says_which_module_runs() {
        for path in [
            "/",
            "/photos/a",
            "/albums/settings",
            "/search?q=/admin",
            "/auth/login?autoLaunch=0",
            "/administrator",
            "/what",
            "/mapped",
        ] {
            assert_eq!(Module::of(path), Module::Library, "{path}");
        }
        for path in [
            "/settings",
            "/settings/",
            "//settings",
            "/user-settings?code=1",
            "/admin#main",
            "/about",
            "/welcome",
            "/workflows",
            "/maintenance?begun=1",
            "/map",
            "/memories",
            "/places",
            "/duplicates",
            "/utilities/duplicates",
        ] {
            assert_eq!(Module::of(path), Module::Manage, "{path}");
        }
    }

    #[test]
    fn each_page_is_in_the_module_of_its_addresses() {
        let paths = [
            "/",
            "/photos",
            "/favorites",
            "/archive",
            "/trash",
            "/locked",
            "/albums",
            "/albums/x",
            "/people",
            "/people/x",
            "/memories",
            "/partners/x",
            "/places",
            "/map",
            "/duplicates",
            "/utilities/duplicates",
            "/search",
            "/settings",
            "/user-settings",
            "/admin",
            "/about",
            "/welcome",
            "/workflows",
            "/auth/login",
            "/maintenance",
        ];
        for path in paths {
            let page = Place::of(path).page;
            assert_ne!(page, Page::Unknown, "{path}");
            let is_managed = matches!(
                page,
                Page::Memories
                    | Page::Places
                    | Page::Duplicates
                    | Page::Settings
                    | Page::Admin
                    | Page::About
                    | Page::Welcome
                    | Page::Workflows
                    | Page::Maintenance
            );
            assert_eq!(Module::of(path) == Module::Manage, is_managed, "{path}");
        }
    }

    #[test]
    fn the_start_script_knows_the_same_addresses() {
        let script = include_str!("../../app/static/start.js");
        assert!(script.contains(&format!("const MANAGED = {MANAGED:?};")));
    }
}
