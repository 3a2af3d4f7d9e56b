//! What onnxruntime answers, for comparing; it comes from PyPI.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use edge_ml::Tensor;
use edge_ml::staged::Named;
use edge_ml::tensor::Data;

use crate::packages::{python, run};
use crate::verify::difference;

const PACKAGES: [&str; 3] = ["onnxruntime==1.32.0", "onnx==1.23.2", "numpy==2.4.6"];
const SCRIPT: &str = "wasm-ml/models-tool/reference.py";

/// A Python that has onnxruntime.
pub struct Reference {
    python: PathBuf,
}

impl Reference {
    /// Makes its environment in build/packages, unless it is there.
    pub fn ensure() -> Result<Self> {
        let folder = Path::new("build/packages/onnxruntime");
        let found = Self {
            python: folder.join("bin/python"),
        };
        let stamp = folder.join(".installed");
        let wanted = PACKAGES.join("\n");
        if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
            return Ok(found);
        }
        run(Command::new(python())
            .args(["-m", "venv", "--clear"])
            .arg(folder))?;
        let mut pip = Command::new(&found.python);
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ]);
        run(pip.args(PACKAGES))?;
        fs::write(stamp, wanted)?;
        Ok(found)
    }

    /// The largest difference (1 less the cosine) of `answers` to those of onnxruntime with the file `model` as it came.
    pub fn difference(&self, model: &Path, inputs: &Named, answers: &[Tensor]) -> Result<f64> {
        let folder = Path::new("build/packages/compared");
        fs::create_dir_all(folder)?;
        let out = folder.join("out");
        let mut command = Command::new(&self.python);
        command.arg(SCRIPT).arg(model).arg(&out);
        for (index, (name, tensor)) in inputs.iter().enumerate() {
            let file = folder.join(format!("in{index}"));
            let (kind, bytes): (&str, Vec<u8>) = match tensor.data() {
                Data::F32(numbers) => (
                    "<f4",
                    numbers
                        .iter()
                        .flat_map(|number| number.to_le_bytes())
                        .collect(),
                ),
                Data::I32(numbers) => (
                    "<i4",
                    numbers
                        .iter()
                        .flat_map(|number| number.to_le_bytes())
                        .collect(),
                ),
                Data::I64(numbers) => (
                    "<i8",
                    numbers
                        .iter()
                        .flat_map(|number| number.to_le_bytes())
                        .collect(),
                ),
            };
            fs::write(&file, bytes)?;
            let shape: Vec<String> = tensor.shape().iter().map(ToString::to_string).collect();
            command.arg(format!(
                "{name}:{kind}:{}:{}",
                shape.join("x"),
                file.display()
            ));
        }
        run(&mut command)?;
        let bytes = fs::read(&out)?;
        let (numbers, _) = bytes.as_chunks::<4>();
        let mut numbers = numbers.iter().map(|number| f32::from_le_bytes(*number));
        let mut worst = 0.0_f64;
        for answer in answers {
            let count = answer.singles()?.len();
            let expected: Vec<f32> = numbers.by_ref().take(count).collect();
            let expected =
                Tensor::f32(answer.shape(), expected).context("onnxruntime answers less")?;
            worst = worst.max(difference(&expected, answer)?);
        }
        ensure!(numbers.next().is_none(), "onnxruntime answers more");
        Ok(worst)
    }
}
