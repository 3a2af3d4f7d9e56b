//! The map with tiles (docs/web.md): a document of its own beside the page, `MapLibre` from npm and what puts it to use (web/app/map).
//! It is loaded by those who open the map of a server whose administrator configured a style, and by nobody else.
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use super::Weighed;
use crate::{project, shell, wasm};

/// Most that it may load, compressed, in bytes.
const MAX_LOAD: usize = 450_000;
/// The document. Its address is the name without `.html`: Cloudflare's static assets lead there from the name with it.
const DOCUMENT: &str = "map-frame";
/// Files of web/app/map that lie beside `MapLibre`.
const OWN: [&str; 2] = ["map.js", "map.css"];
/// Files of `MapLibre`, within its package, and what they are called here.
const LIBRARY: [(&str, &str); 4] = [
    ("dist/maplibre-gl.mjs", "maplibre-gl.mjs"),
    ("dist/maplibre-gl-worker.mjs", "maplibre-gl-worker.mjs"),
    ("dist/maplibre-gl.css", "maplibre-gl.css"),
    // Whoever gives the code to others gives its licence, too.
    ("LICENSE.txt", "maplibre-gl.LICENSE.txt"),
];

/// What the document may load: code of ours, and whatever a style names of servers with https. The worker asks for tiles, so that its file has
/// this policy as well. `MapLibre` fetches pictures and draws them; those of its stylesheet are `data:`.
pub const POLICY: &str = "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src data: blob:; \
    connect-src 'self' https:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

fn own() -> PathBuf {
    project::root().join("web/app/map")
}

/// The document, in which `{folder}` stands for where the code is.
pub fn document() -> PathBuf {
    own().join(format!("{DOCUMENT}.html"))
}

/// What it is made of.
pub fn sources() -> Vec<PathBuf> {
    let mut sources = vec![
        document(),
        // Which `MapLibre` it is.
        project::workers().join("package-lock.json"),
    ];
    sources.extend(OWN.map(|name| own().join(name)));
    sources
}

/// Puts the code into the folder `map` of `parts`; npm's packages are there by now.
pub fn put(parts: &Path) -> Result<()> {
    let target = parts.join("map");
    fs::create_dir_all(&target)?;
    for name in OWN {
        let file = target.join(name);
        fs::copy(own().join(name), &file).with_context(|| name.to_owned())?;
        wasm::minify(&file)?;
    }
    let library = project::workers().join("node_modules/maplibre-gl");
    for (from, to) in LIBRARY {
        fs::copy(library.join(from), target.join(to)).with_context(|| from.to_owned())?;
    }
    Ok(())
}

/// Whether a file is the map's, by its name.
pub fn is_of(name: &str) -> bool {
    OWN.contains(&name)
        || LIBRARY.iter().any(|(_, own)| name == *own)
        || name.strip_suffix(".html") == Some(DOCUMENT)
}

/// Says how much it loads, and fails above the limit.
pub fn weigh(files: &[Weighed]) -> Result<()> {
    let own = files.iter().filter(|(name, _)| is_of(name));
    let loaded: usize = own.map(|(_, bytes)| bytes).sum();
    shell::say(&format!(
        "    whoever opens the map of a configured style loads {loaded} bytes more, compressed"
    ));
    ensure!(
        loaded <= MAX_LOAD,
        "the map would load {loaded} bytes, more than {MAX_LOAD}"
    );
    Ok(())
}

/// Rules of `_headers` for it: its policy in the place of the page's, to which Cloudflare would add it otherwise.
pub fn headers(name: &str) -> String {
    [format!("/{DOCUMENT}"), format!("{name}/map/*")]
        .map(|path| {
            format!("\n{path}\n  ! Content-Security-Policy\n  Content-Security-Policy: {POLICY}\n")
        })
        .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_runs_no_code_of_others_and_is_shown_by_the_page_only() {
        assert!(POLICY.contains("script-src 'self'; worker-src 'self';"));
        assert!(!POLICY.contains("unsafe") && !POLICY.contains("http:"));
        assert!(POLICY.ends_with("frame-ancestors 'self'"));
        assert!(super::super::POLICY.contains("frame-src 'self'"));
        assert!(!super::super::POLICY.contains("https:"));
    }

    #[test]
    fn its_policy_takes_the_place_of_the_pages() {
        let rules = headers("/web/0123");
        let rule = "  ! Content-Security-Policy\n  Content-Security-Policy: default-src 'none'; script-src 'self'; worker-src";
        for path in ["/map-frame", "/web/0123/map/*"] {
            assert!(rules.contains(&format!("\n{path}\n{rule}")), "{rules}");
        }
    }

    #[test]
    fn it_has_a_limit_of_its_own() {
        let files = |bytes: usize| {
            let names = ["maplibre-gl.mjs", "map-frame.html", "library.js"];
            names.map(|name| (name.to_owned(), bytes))
        };
        assert!(weigh(&files(MAX_LOAD / 2)).is_ok());
        assert!(weigh(&files(MAX_LOAD / 2 + 1)).is_err());
    }

    #[test]
    fn the_document_names_files_that_are_there() {
        let text = fs::read_to_string(document()).unwrap();
        let script = fs::read_to_string(own().join("map.js")).unwrap();
        let named = text.matches("{folder}/map/").count();
        let mut found = 0;
        for name in OWN.into_iter().chain(LIBRARY.map(|(_, name)| name)) {
            found += text.matches(&format!("{{folder}}/map/{name}\"")).count();
        }
        assert_eq!((named, found), (3, 3));
        for name in ["maplibre-gl.mjs", "maplibre-gl-worker.mjs"] {
            assert!(script.contains(&format!("\"./{name}\"")), "{name}");
            assert!(is_of(name));
        }
        assert!(!script.contains("innerHTML"));
    }
}
