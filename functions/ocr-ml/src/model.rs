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
struct Cut {
    /// Which of the lines.
    line: usize,
    /// Numbers in the input.
    size: usize,
    input: Named,
}

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

    /// What lines say, in their order; nothing for a line without extent. Errors: the model cannot be used.
    pub async fn read(
        &mut self,
        picture: &Picture,
        lines: &[Line],
    ) -> Result<Vec<Reading>, Failure> {
        let nothing = Reading {
            text: String::new(),
            score: 0.0,
        };
        let mut readings = vec![nothing; lines.len()];
        if lines.is_empty() {
            return Ok(readings);
        }
        let dictionary = self.dictionary().await?;
        // Those of one width behind each other: another one is another plan, for which the network is read again.
        let mut order: Vec<usize> = (0..lines.len()).collect();
        let length = |at: &usize| lines.get(*at).map_or(0.0, proportion);
        order.sort_by(|a, b| length(a).total_cmp(&length(b)).then(a.cmp(b)));
        let mut order = order.into_iter().peekable();
        while order.peek().is_some() {
            let mut cuts = Vec::new();
            let mut size = 0;
            while let Some(line) = order.next_if(|_| size < AT_ONCE) {
                let cut = self.cut(picture, lines, line)?;
                size += cut.as_ref().map_or(0, |cut| cut.size);
                cuts.extend(cut);
            }
            self.read_some(cuts, &dictionary, &mut readings).await?;
        }
        Ok(readings)
    }

    /// The characters that the network knows.
    async fn dictionary(&self) -> Result<Dictionary, Failure> {
        let words = self.recognition.words.as_ref();
        let words = words.ok_or_else(|| self.refused(&Error::Manifest("no characters".into())))?;
        let bytes = staged::read(&self.folder, &words.blob).await;
        let bytes = bytes.map_err(|error| self.refused(&error))?;
        Dictionary::new(&bytes).map_err(|error| self.refused(&error))
    }

    fn cut(&self, picture: &Picture, lines: &[Line], line: usize) -> Result<Option<Cut>, Failure> {
        let straight = lines.get(line).and_then(|line| ocr::line(picture, line));
        let Some(straight) = straight else {
            return Ok(None);
        };
        let input = ocr::read_input(&self.recognition, &straight);
        let input = input.map_err(|error| self.refused(&error))?;
        let sizes = input
            .values()
            .map(|tensor| tensor.shape().iter().product::<usize>());
        Ok(Some(Cut {
            line,
            size: sizes.sum(),
            input,
        }))
    }

    async fn read_some(
        &self,
        cuts: Vec<Cut>,
        dictionary: &Dictionary,
        readings: &mut [Reading],
    ) -> Result<(), Failure> {
        let (places, inputs): (Vec<usize>, Vec<Named>) =
            cuts.into_iter().map(|cut| (cut.line, cut.input)).unzip();
        let mut read = Vec::with_capacity(inputs.len());
        let run = staged::run_each(&Tract, &self.folder, &self.recognition, inputs, |answer| {
            read.push(answer.and_then(|answer| dictionary.read(&answer)));
        });
        run.await.map_err(|error| self.refused(&error))?;
        for (line, reading) in places.into_iter().zip(read) {
            let reading = reading.map_err(|error| self.refused(&error))?;
            if let Some(place) = readings.get_mut(line) {
                *place = reading;
            }
        }
        Ok(())
    }

    fn refused(&self, error: &Error) -> Failure {
        self.folder.refused(error)
    }
}

/// How much longer a line is than high: what its width before the network follows from.
fn proportion(line: &Line) -> f64 {
    let [a, b, _, d] = line.corners;
    let (along, down) = (a.distance(b), a.distance(d));
    let (longer, shorter) = (along.max(down), along.min(down));
    longer / shorter.max(1.0)
}
