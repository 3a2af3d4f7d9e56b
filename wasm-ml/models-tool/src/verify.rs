//! Whether a converted network answers as the one that it came from: both are run.
use anyhow::{Context as _, Result, ensure};
use edge_ml::engine::{Engine as _, Fact};
use edge_ml::manifest::{Part, Port, Reading, Role};
use edge_ml::picture::Picture;
use edge_ml::staged::{Named, run};
use edge_ml::tensor::{Data, Kind, cosine};
use edge_ml::tokens::Reader;
use edge_ml::{Tensor, Tract, clip, staged};
use futures::executor::block_on;

use crate::convert::{Converted, whole};
use crate::folder::Folder;

/// How unlike two answers may be: 1 less the cosine.
pub const TOLERANCE: f64 = 1e-3;

/// Runs both and compares every output. Errors: one differs, or cannot be run.
pub fn verify(role: Role, converted: &Converted, folder: &Folder) -> Result<f64> {
    let part = &converted.part;
    let inputs = sample(role, part, folder)?;
    let expected = plain(converted, &inputs)?;
    let got = block_on(staged_answers(part, folder, inputs))?;
    let mut worst = 0.0_f64;
    for (name, (expected, got)) in part.outputs.iter().zip(expected.iter().zip(&got)) {
        let difference = difference(expected, got)?;
        ensure!(
            difference <= TOLERANCE,
            "{role:?}: {name} differs by {difference:.1e} from the original"
        );
        worst = worst.max(difference);
    }
    Ok(worst)
}

/// 1 less the cosine; 0 where both are nearly nothing. Errors: other shapes, or what is no number.
pub fn difference(expected: &Tensor, got: &Tensor) -> Result<f64> {
    ensure!(
        expected.shape() == got.shape(),
        "{:?} instead of {:?}",
        got.shape(),
        expected.shape()
    );
    let (expected, got) = (expected.singles()?, got.singles()?);
    ensure!(got.iter().all(|x| x.is_finite()), "what is no number");
    let largest = expected
        .iter()
        .zip(got)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max);
    Ok(if largest < 1e-4 {
        0.0
    } else {
        1.0 - cosine(expected, got)
    })
}

/// The answers of the stages in `folder`.
pub async fn staged_answers(
    part: &Part,
    folder: &Folder,
    mut inputs: Named,
) -> Result<Vec<Tensor>> {
    if let Some(table) = &part.table {
        let tokens = inputs.get(&table.tokens).context("no tokens")?;
        let tokens: Vec<i32> = match tokens.data() {
            Data::I32(tokens) => tokens.clone(),
            Data::I64(tokens) => tokens
                .iter()
                .map(|token| i32::try_from(*token))
                .collect::<Result<_, _>>()?,
            Data::F32(_) => anyhow::bail!("tokens are whole numbers"),
        };
        inputs.insert(
            table.name.clone(),
            staged::rows(folder, table, &tokens).await?,
        );
    }
    let answers = run(&Tract, folder, part, vec![inputs]).await?;
    let first = answers.into_iter().next().context("no answer")?;
    Ok(first?)
}

/// The answers of the whole network.
fn plain(converted: &Converted, inputs: &Named) -> Result<Vec<Tensor>> {
    let mut all = inputs.clone();
    if let Some(table) = &converted.table {
        let (name, rows) = table.rows(inputs)?;
        all.insert(name, rows);
    }
    let graph = converted.plain.graph.as_ref().context("no graph in it")?;
    let mut facts = Vec::new();
    let mut given = Vec::new();
    for input in &graph.input {
        let tensor = all.get(&input.name).context("an input is missing")?;
        let (name, kind, shape) = (input.name.clone(), tensor.kind(), tensor.shape().to_vec());
        facts.push(Fact { name, kind, shape });
        given.push(tensor);
    }
    let bytes = whole(&converted.plain);
    Ok(Tract.open(&bytes)?.finish(&facts)?.run(&given)?)
}

/// Something that the network may be given, always the same.
pub fn sample(role: Role, part: &Part, folder: &Folder) -> Result<Named> {
    match role {
        Role::Textual => {
            let words = part.words.as_ref().context("no vocabulary")?;
            let reader = Reader::new(
                words.recipe.as_deref(),
                block_on(staged::read(folder, &words.blob))?,
            )?;
            Ok(clip::textual(part, &reader, "a photo of a cat on a red chair", None)?.0)
        }
        _ => picture_sample(part),
    }
}

fn picture_sample(part: &Part) -> Result<Named> {
    let look = part.look.as_ref().context("it does not see")?;
    let Port {
        name,
        kind: Kind::F32,
        shape,
    } = part.inputs.first().context("no input")?
    else {
        anyhow::bail!("pictures are singles");
    };
    let usual = if part.reading == Reading::Ctc {
        320
    } else {
        256
    };
    let side = |at: usize| {
        shape
            .get(at)
            .copied()
            .filter(|side| *side > 0)
            .unwrap_or(usual)
    };
    let (width, height) = (u32::try_from(side(3))?, u32::try_from(side(2))?);
    let picture = Picture::new(width, height, pattern(width, height))?;
    Ok(Named::from([(name.clone(), look.tensor(&picture)?)]))
}

/// Smooth colours with stripes, so that something happens in every layer.
fn pattern(width: u32, height: u32) -> Vec<u8> {
    let mut rgb = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let stripe = if (x / 7 + y / 11) % 2 == 0 { 60 } else { 0 };
            let values = [
                x * 180 / width + stripe,
                y * 180 / height + stripe,
                (x * y) % 160 + stripe,
            ];
            rgb.extend(values.map(|value| value.to_le_bytes()[0]));
        }
    }
    rgb
}
