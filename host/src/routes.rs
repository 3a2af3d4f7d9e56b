//! Which component answers a path, by Spin's rules: an exact route beats a wildcard, a longer wildcard a shorter one.
//! A wildcard may have parameters (`/api/assets/:id/edits/...`), each of which stands for one segment.
use std::collections::HashMap;

use anyhow::{Result, bail};

use crate::manifest::{Route, Trigger};

/// The routes of an application.
#[derive(Debug, Default)]
pub struct Routes {
    exact: HashMap<String, String>,
    /// Prefix without the final slash, longest first, and component.
    wildcards: Vec<(String, String)>,
}

impl Routes {
    /// Takes the routes of `triggers`; private ones have none.
    ///
    /// # Errors
    /// A route that Spin would refuse or that this host does not support, and two triggers with one route.
    pub fn new(triggers: &[Trigger]) -> Result<Self> {
        let mut routes = Self::default();
        for trigger in triggers {
            if let Route::Path(path) = &trigger.route {
                routes.add(path, &trigger.component)?;
            }
        }
        routes
            .wildcards
            .sort_by_key(|(prefix, _)| std::cmp::Reverse((segments(prefix), prefix.len())));
        Ok(routes)
    }

    fn add(&mut self, path: &str, component: &str) -> Result<()> {
        let prefix = path.strip_suffix("/...");
        let literal = prefix.unwrap_or(path);
        let is_path = literal.starts_with('/') || prefix == Some("");
        let is_pattern = prefix.is_none() && literal.contains("/:");
        if !is_path || is_pattern || literal.contains("...") {
            bail!("route {path:?}: this host takes /exact, /prefix/... and /with/:parameter/...");
        }
        let is_new = if prefix.is_some() {
            let is_new = !self.wildcards.iter().any(|(other, _)| other == literal);
            self.wildcards
                .push((literal.to_owned(), component.to_owned()));
            is_new
        } else {
            let before = self.exact.insert(path.to_owned(), component.to_owned());
            before.is_none()
        };
        if !is_new {
            bail!("two triggers have the route {path:?}");
        }
        Ok(())
    }

    /// The component for `path` (without query).
    pub fn find(&self, path: &str) -> Option<&str> {
        let exact = self.exact.get(path);
        let found = exact.or_else(|| {
            let mut wildcards = self.wildcards.iter();
            let found = wildcards.find(|(prefix, _)| starts_with(path, prefix));
            found.map(|(_, component)| component)
        });
        found.map(String::as_str)
    }
}

fn segments(path: &str) -> usize {
    path.matches('/').count()
}

/// Whether the first segments of `path` are those of `prefix`; a parameter is any segment that is not empty.
fn starts_with(path: &str, prefix: &str) -> bool {
    let mut given = path.split('/');
    prefix.split('/').all(|wanted| {
        given.next().is_some_and(|segment| {
            segment == wanted || (wanted.starts_with(':') && !segment.is_empty())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(pairs: &[(&str, &str)]) -> Result<Routes> {
        let triggers = pairs.iter().map(|(route, component)| {
            let toml = format!("route = {route:?}\ncomponent = {component:?}");
            toml::from_str(&toml).unwrap()
        });
        Routes::new(&triggers.collect::<Vec<Trigger>>())
    }

    #[test]
    fn the_longest_route_wins_and_exact_beats_wildcard() {
        let routes = routes(&[
            ("/...", "rest"),
            ("/api/albums/...", "albums"),
            ("/api/...", "api"),
            ("/api/albums/exact", "exact"),
        ])
        .unwrap();
        for (path, component) in [
            ("/api/albums/exact", "exact"),
            ("/api/albums/exact/more", "albums"),
            ("/api/albums", "albums"),
            ("/api/albums/", "albums"),
            ("/api/albumsx", "api"),
            ("/api", "api"),
            ("/", "rest"),
            ("/x", "rest"),
        ] {
            assert_eq!(routes.find(path), Some(component), "{path}");
        }
    }

    #[test]
    fn a_parameter_is_one_segment() {
        let routes = routes(&[
            ("/api/assets/...", "assets"),
            ("/api/assets/:id/edits/...", "edits"),
            ("/api/assets/:id/video/stream/...", "stream"),
            ("/api/assets/metadata/...", "metadata"),
        ])
        .unwrap();
        for (path, component) in [
            ("/api/assets/1/edits", "edits"),
            ("/api/assets/1/edits/", "edits"),
            ("/api/assets/1/edits/2", "edits"),
            ("/api/assets/1/editsx", "assets"),
            ("/api/assets//edits", "assets"),
            ("/api/assets/edits", "assets"),
            ("/api/assets/metadata", "metadata"),
            ("/api/assets/metadatax", "assets"),
            ("/api/assets/1/2/edits", "assets"),
            ("/api/assets/1/video/stream/main.m3u8", "stream"),
            ("/api/assets/1/video/playback", "assets"),
            ("/api/assets/1/video", "assets"),
        ] {
            assert_eq!(routes.find(path), Some(component), "{path}");
        }
    }

    #[test]
    fn a_path_without_route_has_no_component() {
        let routes = routes(&[("/api/...", "api"), ("/one", "one")]).unwrap();
        assert_eq!(routes.find("/"), None);
        assert_eq!(routes.find("/one/two"), None);
        assert_eq!(routes.find("/one"), Some("one"));
    }

    #[test]
    fn bad_and_double_routes_are_errors() {
        assert!(routes(&[("api", "a")]).is_err());
        assert!(routes(&[("/:id", "a")]).is_err());
        assert!(routes(&[("/.../x", "a")]).is_err());
        assert!(routes(&[("/a", "a"), ("/a", "b")]).is_err());
        assert!(routes(&[("/a/...", "a"), ("/a/...", "b")]).is_err());
    }
}
