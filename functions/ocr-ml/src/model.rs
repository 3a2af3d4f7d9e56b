//! An installed model for text: where lines are in a picture, and what they say.

use edge_http::{App, consumer::Failure};
use edge_installed::Folder;
use edge_ml::{
    Error, Tract,
    manifest::{Part, Role},
    ocr::{self, Dictionary, Line, Reading, Resolution, Settings},
    picture::Picture,
    staged::{self, Named},
};

/// Numbers of lines that are held before the network at once: 16 MB, about 90 short lines. The network is read again for the next.
const AT_ONCE: usize = 4 << 20;

/// A model that is installed.
pub struct Model {
    folder: Folder,
    detection: Part,
    recognition: Part,
}

/// A line as the network takes it.
pub struct Cut {
    /// Which picture, and which of its lines.
    place: (usize, usize),
    /// Numbers in the input.
    size: usize,
    input: Named,
}

/// Lines of several pictures that wait until there are enough of them for the network to be read.
#[derive(Default)]
pub struct Waiting {
    cuts: Vec<Cut>,
    size: usize,
}

impl Waiting {
    /// Takes a line; whether there are enough.
    pub fn push(&mut self, cut: Cut) -> bool {
        self.size += cut.size;
        self.cuts.push(cut);
        self.size >= AT_ONCE
    }
}

/// What lines say: which picture, which of its lines, and what.
pub type Read = ((usize, usize), Reading);

impl Model {
    /// The model of this name. Errors: it is not there, damaged, or none for text.
    pub async fn open(app: &App, name: &str) -> Result<Self, Failure> {
        let (folder, manifest) = Folder::open(app, name).await?;
        let part = |role: Role| {
            let part = manifest.part(role).cloned();
            part.map_err(|error| folder.refused(&error))
        };
        Ok(Self {
            detection: part(Role::TextDetection)?,
            recognition: part(Role::TextRecognition)?,
            folder,
        })
    }

    /// The lines of a picture in reading order. Errors: the model cannot be used.
    pub async fn lines(
        &self,
        picture: &Picture,
        resolution: Resolution,
        settings: &Settings,
    ) -> Result<Vec<Line>, Failure> {
        let input = ocr::detect_input(&self.detection, picture, resolution);
        let Some(input) = input.map_err(|error| self.refused(&error))? else {
            return Ok(Vec::new());
        };
        let answers = staged::run(&Tract, &self.folder, &self.detection, vec![input]).await;
        let answer = answers.map_err(|error| self.refused(&error))?.pop();
        let answer = answer.ok_or_else(|| Failure::Final("no answer".to_owned()))?;
        let answer = answer.map_err(|error| self.refused(&error))?;
        let size = (picture.width(), picture.height());
        ocr::detected(&answer, size, settings).map_err(|error| self.refused(&error))
    }

    /// A line of a picture as the network takes it; `None`: it has no extent. `place`: which picture, and which of its lines. Errors: the
    /// model cannot be used.
    pub fn cut(
        &self,
        picture: &Picture,
        line: &Line,
        place: (usize, usize),
    ) -> Result<Option<Cut>, Failure> {
        let Some(straight) = ocr::line(picture, line) else {
            return Ok(None);
        };
        let input = ocr::read_input(&self.recognition, &straight);
        let input = input.map_err(|error| self.refused(&error))?;
        let sizes = input
            .values()
            .map(|tensor| tensor.shape().iter().product::<usize>());
        Ok(Some(Cut {
            place,
            size: sizes.sum(),
            input,
        }))
    }

    /// What the lines that wait say. Errors: the model cannot be used.
    pub async fn read(&self, waiting: &mut Waiting) -> Result<Vec<Read>, Failure> {
        let Waiting { mut cuts, .. } = std::mem::take(waiting);
        if cuts.is_empty() {
            return Ok(Vec::new());
        }
        let dictionary = self.dictionary().await?;
        // Those of one width behind each other: another one is another plan, for which the network is read again.
        cuts.sort_by_key(|cut| (cut.size, cut.place));
        let (places, inputs): (Vec<(usize, usize)>, Vec<Named>) =
            cuts.into_iter().map(|cut| (cut.place, cut.input)).unzip();
        let mut read = Vec::with_capacity(inputs.len());
        let run = staged::run_each(&Tract, &self.folder, &self.recognition, inputs, |answer| {
            read.push(answer.and_then(|answer| dictionary.read(&answer)));
        });
        run.await.map_err(|error| self.refused(&error))?;
        let readings = read.into_iter();
        let readings = readings.map(|reading| reading.map_err(|error| self.refused(&error)));
        let read = places.into_iter().zip(readings);
        read.map(|(place, reading)| Ok((place, reading?))).collect()
    }

    /// The characters that the network knows.
    async fn dictionary(&self) -> Result<Dictionary, Failure> {
        let words = self.recognition.words.as_ref();
        let words = words.ok_or_else(|| self.refused(&Error::Manifest("no characters".into())))?;
        let bytes = staged::read(&self.folder, &words.blob).await;
        let bytes = bytes.map_err(|error| self.refused(&error))?;
        Dictionary::new(&bytes).map_err(|error| self.refused(&error))
    }

    fn refused(&self, error: &Error) -> Failure {
        self.folder.refused(error)
    }
}
