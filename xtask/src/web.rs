//! `cargo xtask web`: the web page (web/app) in `build/web`: `index.html` and what it names, in a folder that is named after their
//! contents, so that browsers may keep them for ever. `_headers` says with which headers (docs/web.md).
mod icons;
mod map;

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use zopfli::{Format, Options};

use crate::setup::node;
use crate::setup::wasm_target::{self, Target};
use crate::wasm;
use crate::{project, shell};

/// Most that a first visit may load, compressed, in bytes (issue 19).
const MAX_FIRST_LOAD: usize = 400_000;
/// The modules of the page, programs of web/app. By the address `start.js` takes one of them.
const MODULES: [&str; 2] = ["library", "manage"];
/// The files of web/app/static that lie beside the code.
const BESIDE: [&str; 3] = ["start.js", "style.css", "icon.svg"];
/// Which files are worth compressing ahead, for servers that do not.
const COMPRESSED: [&str; 6] = ["js", "mjs", "css", "html", "wasm", "svg"];

/// What the page may load: its own files only. Compiling wasm counts as evaluation; ThumbHashes are `data:` pictures.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; \
    media-src 'self' blob:; connect-src 'self'; font-src 'self'; manifest-src 'self'; frame-src 'self'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'";

/// Headers of another page: what it may load is its own affair, but nobody frames it, to have people click in it unawares. The official
/// one has files whose names change with their contents.
const OTHER_HEADERS: &str = "/*\n  Content-Security-Policy: frame-ancestors 'none'\n  X-Content-Type-Options: nosniff\n\n\
    /_app/immutable/*\n  Cache-Control: public, max-age=31536000, immutable\n";

/// Where pages of links look for `index.html` of another page in the bucket (functions/shared-links/src/other.rs).
pub const OTHER_KEY: &str = "web/index.html";
/// The variable by which they know that there is one, and its value then.
pub const OTHER_PAGE: (&str, &str) = ("other_page", "on");

/// Where the page is.
pub fn folder() -> PathBuf {
    project::root().join("build/web")
}

/// Builds the page, unless it is there already.
pub fn build() -> Result<()> {
    wasm::this_program()?;
    let toolchain = wasm_target::ensure(Target::Workers)?;
    shell::step("compiling the web page", || {
        let mut cargo = toolchain.cargo();
        shell::run(
            cargo
                .args(BUILD)
                .args(["--bins", "--target", Target::Workers.triple()]),
        )
    })?;
    let statics = project::root().join("web/app/static");
    let mut stamp = String::new();
    for module in MODULES {
        stamp += &wasm::stamp_of(&code_of(module), "")?;
    }
    for entry in fs::read_dir(&statics)? {
        stamp += &wasm::stamp_of(&entry?.path(), "")?;
    }
    for source in map::sources() {
        stamp += &wasm::stamp_of(&source, "")?;
    }
    let stamp_file = project::root().join("build/.web.stamp");
    let is_there = folder().join("index.html").exists();
    if is_there && fs::read_to_string(&stamp_file).is_ok_and(|old| old == stamp) {
        return Ok(());
    }
    shell::step("making the web page", || make(&statics))?;
    Ok(fs::write(stamp_file, stamp)?)
}

/// What cargo makes of a module.
fn code_of(module: &str) -> PathBuf {
    wasm_target::target_folder()
        .join(Target::Workers.triple())
        .join(format!("release/edge-web-{module}.wasm"))
}

/// How cargo builds it.
const BUILD: [&str; 4] = [
    "build",
    "--release",
    "--manifest-path",
    "web/app/Cargo.toml",
];

/// What `cargo` is asked for to have it looked at by clippy: built as well, because what Leptos brings is then compiled once. The modules
/// are left out: all their code is the library's, and each is optimised as a whole, which takes time.
pub fn lint(cargo: &mut std::process::Command) -> &mut std::process::Command {
    cargo
        .args(BUILD)
        .args(["--lib", "--target", Target::Workers.triple()])
}

/// Takes a build of somebody else's page instead, e.g. the official one.
pub fn take(other: &Path) -> Result<()> {
    take_to(other, &folder())?;
    Ok(fs::write(
        project::root().join("build/.web.stamp"),
        "other",
    )?)
}

/// Puts `index.html` of another page into a bucket that is a folder; for our own page takes it out.
pub fn install(bucket: &Path, other: Option<&Path>) -> Result<()> {
    let object = bucket.join(OTHER_KEY);
    if let Some(other) = other {
        fs::create_dir_all(object.parent().context("a folder")?)?;
        fs::copy(other.join("index.html"), object)?;
    } else if object.exists() {
        fs::remove_file(object)?;
    }
    Ok(())
}

fn take_to(other: &Path, folder: &Path) -> Result<()> {
    let index = other.join("index.html");
    ensure!(index.is_file(), "{} has no index.html", other.display());
    check_apart(other, folder)?;
    clear(folder)?;
    copy(other, folder)?;
    Ok(fs::write(folder.join("_headers"), OTHER_HEADERS)?)
}

/// What is copied to `folder` must not be removed with what was there, nor hold its own copy.
fn check_apart(other: &Path, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let (from, to) = (other.canonicalize()?, folder.canonicalize()?);
    ensure!(
        !from.starts_with(&to) && !to.starts_with(&from),
        "{} cannot be copied to {}: choose a folder outside, which does not hold it",
        from.display(),
        to.display()
    );
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let (entry, target) = entry.map(|it| (it.path(), to.join(it.file_name())))?;
        if entry.is_dir() {
            copy(&entry, &target)?;
        } else {
            fs::copy(&entry, &target).with_context(|| entry.display().to_string())?;
        }
    }
    Ok(())
}

fn clear(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    Ok(fs::create_dir_all(folder)?)
}

fn make(statics: &Path) -> Result<()> {
    let parts = project::root().join("build/.web");
    clear(&parts)?;
    for module in MODULES {
        bind(module, &parts).with_context(|| format!("binding {module}"))?;
    }
    for name in BESIDE {
        fs::copy(statics.join(name), parts.join(name)).with_context(|| name.to_owned())?;
    }
    icons::draw(&statics.join("icon.svg"), &parts)?;
    shrink(&parts)?;
    map::put(&parts)?;
    let name = format!("/web/{:016x}", hash(&parts)?);
    clear(&folder())?;
    copy(&parts, &folder().join(&name[1..]))?;
    let pages = ["index.html", "manifest.webmanifest"].map(|page| statics.join(page));
    for page in pages.into_iter().chain([map::document()]) {
        let text = fs::read_to_string(&page).with_context(|| page.display().to_string())?;
        let target = folder().join(page.file_name().unwrap_or_default());
        fs::write(target, text.replace("{folder}", &name))?;
    }
    fs::write(folder().join("_headers"), headers(&name))?;
    // Cloudflare compresses by itself.
    fs::write(folder().join(".assetsignore"), "*.gz\n")?;
    weigh(&compress(&folder())?)
}

/// Writes what wasm-bindgen makes of a module: `x.js` and `x_bg.wasm`.
fn bind(module: &str, parts: &Path) -> Result<()> {
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    bindgen
        .input_path(code_of(module))
        .out_name(module)
        .typescript(false);
    bindgen
        .remove_name_section(true)
        .remove_producers_section(true);
    bindgen.web(true)?;
    bindgen.generate(parts)?;
    Ok(())
}

fn shrink(parts: &Path) -> Result<()> {
    node::ensure()?;
    for module in MODULES {
        wasm::optimise(&parts.join(format!("{module}_bg.wasm")))?;
        wasm::minify(&parts.join(format!("{module}.js")))?;
    }
    wasm::minify(&parts.join("style.css"))
}

/// Says how much a first visit loads, and fails above the limit, whichever module it starts with.
fn weigh(files: &[Weighed]) -> Result<()> {
    for module in MODULES {
        let loaded = visit(files, module);
        shell::say(&format!(
            "    a first visit that starts with {module} loads {loaded} bytes, compressed"
        ));
        ensure!(
            loaded <= MAX_FIRST_LOAD,
            "a first visit would load {loaded} bytes, more than {MAX_FIRST_LOAD}"
        );
    }
    map::weigh(files)
}

/// Bytes that a first visit loads which starts with `module`: all but the other modules, and the map, which is loaded where an administrator
/// configured one and somebody opens it.
fn visit(files: &[Weighed], module: &str) -> usize {
    let is_of_another = |name: &str| {
        let mut others = MODULES.into_iter().filter(|other| *other != module);
        others.any(|other| name == format!("{other}.js") || name == format!("{other}_bg.wasm"))
    };
    files
        .iter()
        .filter(|(name, _)| !is_of_another(name) && !map::is_of(name))
        .map(|(_, bytes)| bytes)
        .sum()
}

/// Names contents, nothing more: whoever could choose them could choose the page as well.
fn hash(folder: &Path) -> Result<u64> {
    let mut hasher = DefaultHasher::new();
    // Browsers keep the headers of the map's code with it.
    map::POLICY.hash(&mut hasher);
    hash_into(folder, &mut hasher)?;
    Ok(hasher.finish())
}

fn hash_into(folder: &Path, hasher: &mut DefaultHasher) -> Result<()> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    files.sort();
    for file in files {
        file.file_name().hash(hasher);
        if file.is_dir() {
            hash_into(&file, hasher)?;
        } else {
            fs::read(file)?.hash(hasher);
        }
    }
    Ok(())
}

/// For Cloudflare's static assets and for our own component (web/component); the code is in the folder `name`.
fn headers(name: &str) -> String {
    format!(
        "/*\n  Content-Security-Policy: {POLICY}\n  X-Content-Type-Options: nosniff\n  Referrer-Policy: same-origin\n  \
         Cross-Origin-Opener-Policy: same-origin\n\n/web/*\n  Cache-Control: public, max-age=31536000, immutable\n{}",
        map::headers(name)
    )
}

/// Name of a file, and its bytes when compressed. Names are told apart by the page's parts, none of which has a file called as another's.
type Weighed = (String, usize);

/// Writes `x.gz` beside each `x`, and says how long they are.
fn compress(folder: &Path) -> Result<Vec<Weighed>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.append(&mut compress(&path)?);
            continue;
        }
        let kind = path
            .extension()
            .map(|kind| kind.to_string_lossy().into_owned());
        let Some(kind) = kind.filter(|kind| COMPRESSED.contains(&kind.as_str())) else {
            continue;
        };
        let mut packed = Vec::new();
        let contents = fs::read(&path)?;
        zopfli::compress(Options::default(), Format::Gzip, &contents[..], &mut packed)?;
        let name = path.file_name().unwrap_or_default();
        files.push((name.to_string_lossy().into_owned(), packed.len()));
        fs::write(path.with_extension(format!("{kind}.gz")), packed)?;
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn nothing_inline_and_nothing_of_others_may_run() {
        assert!(!POLICY.contains("unsafe-inline") && !POLICY.contains("http"));
        assert!(
            headers("/web/1").starts_with("/*\n  Content-Security-Policy: default-src 'none'; ")
        );
    }

    #[test]
    fn a_visit_loads_one_module_and_what_both_need() {
        let files = [
            ("index.html", 1),
            ("start.js", 2),
            ("library.js", 4),
            ("library_bg.wasm", 8),
            ("manage.js", 16),
            ("manage_bg.wasm", 32),
            ("library.css", 64),
            ("map.js", 128),
            ("map-frame.html", 256),
            ("maplibre-gl.mjs", 512),
        ];
        let files = files.map(|(name, bytes)| (name.to_owned(), bytes));
        assert_eq!(visit(&files, "library"), 1 + 2 + 4 + 8 + 64);
        assert_eq!(visit(&files, "manage"), 1 + 2 + 16 + 32 + 64);
        let too_much = [("library_bg.wasm".to_owned(), MAX_FIRST_LOAD + 1)];
        assert!(weigh(&too_much).is_err());
    }

    #[test]
    fn a_page_without_index_is_not_taken() {
        assert!(take(Path::new("/nowhere")).is_err());
    }

    #[test]
    fn another_page_takes_the_place_of_what_was_there() {
        let scratch = Scratch::make("other-page").unwrap();
        let (other, target) = (scratch.path().join("other"), scratch.path().join("web"));
        fs::create_dir_all(other.join("_app/immutable")).unwrap();
        fs::write(other.join("index.html"), "another page").unwrap();
        fs::write(other.join("_app/immutable/entry.js"), "code").unwrap();
        fs::create_dir_all(&target).unwrap();
        fs::write(target.join("manifest.webmanifest"), "ours").unwrap();
        take_to(&other, &target).unwrap();
        let read = |name: &str| fs::read_to_string(target.join(name)).unwrap();
        assert_eq!(read("index.html"), "another page");
        assert_eq!(read("_app/immutable/entry.js"), "code");
        assert!(!target.join("manifest.webmanifest").exists());
        let headers = read("_headers");
        assert!(headers.contains("\n\n/_app/immutable/*\n  Cache-Control: public"));
        assert!(
            headers.starts_with("/*\n  Content-Security-Policy: frame-ancestors 'none'\n"),
            "nothing more is forbidden: {headers}"
        );
    }

    #[test]
    fn a_page_that_lies_where_it_would_be_put_stays_as_it_is() {
        let scratch = Scratch::make("same-page").unwrap();
        let target = scratch.path().join("build/web");
        fs::create_dir_all(target.join("inner")).unwrap();
        let holders = [scratch.path().to_owned(), scratch.path().join("build")];
        let within = [target.clone(), target.join("inner"), target.join("../web")];
        for other in holders.iter().chain(&within) {
            fs::write(other.join("index.html"), "kept").unwrap();
            assert!(take_to(other, &target).is_err(), "{}", other.display());
            let kept = fs::read_to_string(other.join("index.html")).unwrap();
            assert_eq!(kept, "kept", "{}", other.display());
        }
        // A name that begins alike is another folder.
        let beside = scratch.path().join("build/web2");
        fs::create_dir_all(&beside).unwrap();
        fs::write(beside.join("index.html"), "another page").unwrap();
        take_to(&beside, &target).unwrap();
    }

    #[test]
    fn a_bucket_has_the_index_of_another_page_only() {
        let scratch = Scratch::make("other-index").unwrap();
        let (other, bucket) = (scratch.path().join("other"), scratch.path().join("bucket"));
        fs::create_dir_all(&other).unwrap();
        fs::write(other.join("index.html"), "another page").unwrap();
        install(&bucket, None).unwrap();
        install(&bucket, Some(&other)).unwrap();
        let object = bucket.join("web/index.html");
        assert_eq!(fs::read_to_string(&object).unwrap(), "another page");
        install(&bucket, None).unwrap();
        assert!(!object.exists());
    }

    #[test]
    fn links_look_where_it_is_put() {
        let file = project::root().join("functions/shared-links/src/other.rs");
        let text = fs::read_to_string(file).unwrap();
        let (name, value) = OTHER_PAGE;
        for words in [
            format!("const KEY: &str = {OTHER_KEY:?};"),
            format!("const SWITCH: &str = {name:?};"),
            format!("Some({value:?})"),
        ] {
            assert!(text.contains(&words), "{words}");
        }
    }
}
