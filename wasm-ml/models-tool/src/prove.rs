//! `cargo xtask models prove`: the models of the catalogue on real pictures, against onnxruntime. It fetches packages, so it is no part of
//! the tests that always run.
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use edge_ml::faces::{self, Face};
use edge_ml::manifest::{Manifest, Part, Role};
use edge_ml::ocr::{self, Dictionary, Resolution, Settings};
use edge_ml::picture::Picture;
use edge_ml::staged::{self, Named};
use edge_ml::tensor::cosine;
use edge_ml::{Tensor, clip, text::Tokenizer, tokens::Reader};
use futures::executor::block_on;

use crate::catalogue::{self, File, Package};
use crate::folder::{Folder, manifest};
use crate::options::Wanted;
use crate::reference::Reference;
use crate::verify::{TOLERANCE, staged_answers};
use crate::{inputs, install, packages, say};

/// Its wheels differ from machine to machine; the files in them do not.
const SCIKIT_IMAGE: Package = Package {
    name: "scikit-image",
    version: "0.26.0",
    sha256: "",
};

const fn picture_file(path: &'static str, sha256: &'static str) -> File {
    File {
        package: SCIKIT_IMAGE,
        path,
        sha256,
        licence: "public domain",
    }
}

/// A portrait of Eileen Collins, NASA.
pub const ASTRONAUT: File = picture_file(
    "skimage/data/astronaut.png",
    "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
);
/// A printed page about segmentation.
pub const PAGE: File = picture_file(
    "skimage/data/page.png",
    "341a6f0a61557662b02734a9b6e56ec33a915b2c41886b97509dedf2a43b47a3",
);
/// A cat, which has no face that counts.
const CAT: File = picture_file(
    "skimage/data/chelsea.png",
    "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb",
);

/// Words that are on the page.
const WORDS: [&str; 6] = [
    "Region-based",
    "segmentation",
    "determine",
    "markers",
    "background",
    "histogram",
];

/// A model that is installed, and the files that it came from.
struct Installed {
    manifest: Manifest,
    folder: Folder,
    originals: BTreeMap<Role, PathBuf>,
}

impl Installed {
    fn of_packages(bucket: &Path, name: &str) -> Result<Self> {
        install::add(bucket, &Wanted::named(name))?;
        let model = catalogue::find(name).context("a model of the catalogue")?;
        let original =
            |network: &catalogue::Network| Ok((network.role, packages::path(network.file)?));
        let originals = model.networks.iter().map(original).collect::<Result<_>>()?;
        Self::at(bucket, name, originals)
    }

    fn at(bucket: &Path, name: &str, originals: BTreeMap<Role, PathBuf>) -> Result<Self> {
        let folder = bucket.join("models").join(name);
        Ok(Self {
            manifest: manifest(&folder)?,
            folder: Folder(folder),
            originals,
        })
    }

    fn part(&self, role: Role) -> Result<&Part> {
        Ok(self.manifest.part(role)?)
    }

    /// The answers of one part, which onnxruntime must give too.
    fn answers(&self, reference: &Reference, role: Role, inputs: &Named) -> Result<Vec<Tensor>> {
        let answers = block_on(staged_answers(
            self.part(role)?,
            &self.folder,
            inputs.clone(),
        ))?;
        let original = self.originals.get(&role).context("an original")?;
        let difference = reference.difference(original, inputs, &answers)?;
        ensure!(
            difference <= TOLERANCE,
            "{role:?} of {} differs by {difference:.1e} from onnxruntime",
            self.manifest.name
        );
        say(&format!(
            "    {role:?}: 1 - cosine to onnxruntime {difference:.1e}"
        ))?;
        Ok(answers)
    }
}

/// Installs the models of the catalogue in `bucket` and proves them; and a CLIP of the user's: a folder with `visual/model.onnx` and
/// `textual/model.onnx`.
pub fn prove(bucket: &Path, clip_folder: Option<&Path>) -> Result<()> {
    let reference = Reference::ensure()?;
    faces_of(&Installed::of_packages(bucket, "yunet-sface")?, &reference)?;
    for name in ["PP-OCRv5_mobile", "PP-OCRv6_small"] {
        text_of(&Installed::of_packages(bucket, name)?, &reference)?;
    }
    tokens()?;
    clip_folder.map_or(Ok(()), |folder| clip_of(bucket, folder, &reference))
}

/// Texts and what CLIP's own tokenizer (open_clip 3.3.0) makes of them, without the marks.
const TOKENS: [(&str, &[i32]); 7] = [
    ("a photo of a cat", &[320, 1125, 539, 320, 2368]),
    (
        "Größe: 42 🐈 — it's 猫カフェ!!",
        &[
            709, 7255, 127, 253, 324, 281, 275, 273, 2074, 486, 2005, 585, 568, 163, 234, 104,
            37367, 33371, 356, 748,
        ],
    ),
    (
        "  Sunset over\tthe   Golden Gate Bridge, 1999 ",
        &[3424, 962, 518, 3878, 3302, 2465, 267, 272, 280, 280, 280],
    ),
    (
        "don't we'll I'VE o'clock 'tis",
        &[847, 713, 649, 1342, 328, 1200, 334, 262, 6716, 713, 533],
    ),
    (
        "naïve café ½ ² Ⅳ",
        &[1097, 35689, 563, 15304, 33613, 41175, 158, 227, 367],
    ),
    (
        "e\u{301}te\u{301} x_y-z #tag @me",
        &[3459, 39694, 343, 318, 344, 268, 345, 258, 3640, 287, 614],
    ),
    (
        "مرحبا Привет 안녕하세요",
        &[
            12986, 10948, 25722, 16378, 22625, 26302, 16370, 29503, 110, 22176, 141, 480, 16071,
            230, 167, 227, 243, 33992, 15074, 116, 18541, 498,
        ],
    ),
];

fn tokens() -> Result<()> {
    let tokenizer = Tokenizer::new(&inputs::clip_words()?)?;
    for (text, expected) in TOKENS {
        let tokens = tokenizer.tokens(text, 77, 0);
        let all: Vec<i32> = [&[49_406], expected, &[49_407]].concat();
        let (own, padding) = tokens.split_at(all.len());
        ensure!(own == all, "{text}: {own:?}");
        ensure!(
            padding.iter().all(|token| *token == 0),
            "{text}: {padding:?}"
        );
    }
    say(&format!(
        "CLIP's tokens: {} texts as its own tokenizer",
        TOKENS.len()
    ))
}

/// A picture of a package.
pub fn picture(file: File) -> Result<Picture> {
    let bytes = packages::read(file)?;
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info()?;
    let mut pixels = vec![0; reader.output_buffer_size().context("a size")?];
    let info = reader.next_frame(&mut pixels)?;
    let rgb = match info.color_type.samples() {
        1 => pixels.iter().flat_map(|grey| [*grey; 3]).collect(),
        samples => pixels
            .chunks(samples)
            .flat_map(|pixel| pixel.iter().take(3))
            .copied()
            .collect(),
    };
    Ok(Picture::new(info.width, info.height, rgb)?)
}

fn mirrored(picture: &Picture) -> Result<Picture> {
    let row = picture.width() as usize * 3;
    let rows = picture.rgb().chunks(row);
    let rgb = rows
        .flat_map(|row| row.rchunks(3))
        .flatten()
        .copied()
        .collect();
    Ok(Picture::new(picture.width(), picture.height(), rgb)?)
}

fn found(model: &Installed, reference: &Reference, picture: &Picture) -> Result<Vec<Face>> {
    let (inputs, scale) = faces::detect_input(model.part(Role::FaceDetection)?, picture)?;
    let answers = model.answers(reference, Role::FaceDetection, &inputs)?;
    Ok(faces::detected(
        model.part(Role::FaceDetection)?,
        &answers,
        scale,
        0.7,
    )?)
}

fn vector(
    model: &Installed,
    reference: &Reference,
    picture: &Picture,
    face: &Face,
) -> Result<Vec<f32>> {
    let inputs = faces::embed_input(model.part(Role::FaceRecognition)?, picture, face)?;
    Ok(faces::embedding(&model.answers(
        reference,
        Role::FaceRecognition,
        &inputs,
    )?)?)
}

fn faces_of(model: &Installed, reference: &Reference) -> Result<()> {
    let astronaut = picture(ASTRONAUT)?;
    let faces = found(model, reference, &astronaut)?;
    let [face] = faces.as_slice() else {
        anyhow::bail!("not one face: {faces:?}")
    };
    say(&format!("    astronaut: {face:?}"))?;
    ensure!((face.score - 0.943).abs() < 0.01, "score {}", face.score);
    // Where her face is, give or take a few pixels.
    let frame = face.frame;
    for (edge, expected) in [
        (frame.x1, 179.0),
        (frame.y1, 64.0),
        (frame.x2, 269.0),
        (frame.y2, 174.0),
    ] {
        ensure!((edge - expected).abs() < 5.0, "{frame:?}");
    }
    let mirror = mirrored(&astronaut)?;
    let faces = found(model, reference, &mirror)?;
    let [mirror_face] = faces.as_slice() else {
        anyhow::bail!("not one face in the mirror: {faces:?}")
    };
    let own = vector(model, reference, &astronaut, face)?;
    let same = cosine(&own, &vector(model, reference, &mirror, mirror_face)?);
    ensure!(same > 0.9, "the same face in the mirror: {same}");
    let cat = picture(CAT)?;
    ensure!(
        found(model, reference, &cat)?.is_empty(),
        "a face on the cat"
    );
    let on_cat = Face { frame, ..*face };
    let other = cosine(&own, &vector(model, reference, &cat, &on_cat)?);
    ensure!(other < 0.36, "the cat is the same person: {other}");
    for odd in odd_pictures()? {
        let faces = found(model, reference, &odd)?;
        ensure!(faces.is_empty(), "faces in nothing: {faces:?}");
    }
    say(&format!("    mirror {same:.3}, cat {other:.3}"))
}

/// Pictures in which there is nothing: of one pixel, black, and far too wide.
fn odd_pictures() -> Result<Vec<Picture>> {
    let sizes = [(1, 1), (640, 480), (30_000, 40)];
    let black = |(width, height): (u32, u32)| {
        Picture::new(width, height, vec![0; width as usize * height as usize * 3])
    };
    Ok(sizes.into_iter().map(black).collect::<Result<_, _>>()?)
}

fn text_of(model: &Installed, reference: &Reference) -> Result<()> {
    let page = picture(PAGE)?;
    let detection = model.part(Role::TextDetection)?;
    let recognition = model.part(Role::TextRecognition)?;
    let resolution = Resolution {
        shorter: 736,
        area: 736 * 736,
    };
    let inputs =
        ocr::detect_input(detection, &page, resolution)?.context("the page is large enough")?;
    let answers = model.answers(reference, Role::TextDetection, &inputs)?;
    let lines = ocr::detected(
        &answers,
        (page.width(), page.height()),
        &Settings::default(),
    )?;
    let words = recognition.words.as_ref().context("characters")?;
    let dictionary = Dictionary::new(&block_on(staged::read(&model.folder, &words.blob))?)?;
    let mut text = String::new();
    for line in &lines {
        let Some(cut) = ocr::line(&page, line) else {
            continue;
        };
        let inputs = ocr::read_input(recognition, &cut)?;
        let reading =
            dictionary.read(&model.answers(reference, Role::TextRecognition, &inputs)?)?;
        say(&format!(
            "    {:.2} {:.2} {}",
            line.score, reading.score, reading.text
        ))?;
        if reading.score > 0.8 {
            text.push_str(&reading.text);
            text.push('\n');
        }
    }
    for odd in odd_pictures()? {
        // One pixel is too small to be looked at.
        let Some(inputs) = ocr::detect_input(detection, &odd, resolution)? else {
            continue;
        };
        let answers = model.answers(reference, Role::TextDetection, &inputs)?;
        let size = (odd.width(), odd.height());
        let lines = ocr::detected(&answers, size, &Settings::default())?;
        ensure!(lines.is_empty(), "text in nothing: {lines:?}");
    }
    let missing: Vec<&&str> = WORDS.iter().filter(|word| !text.contains(**word)).collect();
    ensure!(
        missing.is_empty(),
        "{}: not read: {missing:?}",
        model.manifest.name
    );
    Ok(())
}

fn clip_of(bucket: &Path, folder: &Path, reference: &Reference) -> Result<()> {
    let name = "proved-clip";
    let mut wanted = Wanted::named(name);
    wanted
        .files
        .insert(Role::Visual, folder.join("visual/model.onnx"));
    wanted
        .files
        .insert(Role::Textual, folder.join("textual/model.onnx"));
    let originals = wanted.files.clone();
    install::add(bucket, &wanted)?;
    let model = Installed::at(bucket, name, originals)?;
    let inputs = clip::visual(model.part(Role::Visual)?, &picture(ASTRONAUT)?)?;
    model.answers(reference, Role::Visual, &inputs)?;
    let textual = model.part(Role::Textual)?;
    let words = textual.words.as_ref().context("a vocabulary")?;
    let words_file = block_on(staged::read(&model.folder, &words.blob))?;
    let reader = Reader::new(words.recipe.as_deref(), words_file)?;
    for text in [
        "a photo of an astronaut",
        "",
        "Größe: 42 🐈 — it's 猫",
        &"long ".repeat(2000),
    ] {
        let (inputs, _) = clip::textual(textual, &reader, text, Some("de"))?;
        model.answers(reference, Role::Textual, &inputs)?;
    }
    install::remove(bucket, name)
}
