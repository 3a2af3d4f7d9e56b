//! The textual part of an installed model, or of one of an external service.

use edge_http::{
    App,
    consumer::Failure,
    service::{Subject, answer, entries},
};
use edge_installed::Folder;
use edge_ml::{
    Error, Tract, clip,
    manifest::Role,
    staged,
    tensor::{self, Tensor},
    tokens::Reader,
};
use edge_platform::TextQuery;

/// The vector of a text, of which only the direction counts. Errors: the model is not there, damaged, or reads no texts; nobody answers.
pub async fn vector(app: &App, query: &TextQuery) -> Result<Vec<f32>, Failure> {
    let Some(service) = &query.service else {
        return made(app, query).await;
    };
    let entries = entries::clip_text(&query.model, query.language.as_deref());
    let text = Subject::Text(&query.text);
    app.predict(service, &entries, text, answer::clip).await
}

/// By our own network.
async fn made(app: &App, query: &TextQuery) -> Result<Vec<f32>, Failure> {
    let (folder, manifest) = Folder::open(app, &query.model).await?;
    let refused = |error| folder.refused(&error);
    let part = manifest.part(Role::Textual).map_err(refused)?;
    let spelling = part.words.as_ref();
    let spelling = spelling.ok_or_else(|| refused(Error::Manifest("no vocabulary".to_owned())))?;
    let words = staged::read(&folder, &spelling.blob).await;
    let words = words.map_err(refused)?;
    let reader = Reader::new(spelling.recipe.as_deref(), words).map_err(refused)?;
    let language = query.language.as_deref();
    let read = clip::textual(part, &reader, &query.text, language);
    let (mut inputs, tokens) = read.map_err(refused)?;
    // Before the network: a vocabulary has up to 15 MB.
    drop(reader);
    if let Some(table) = &part.table {
        let rows = staged::rows(&folder, table, &tokens).await;
        inputs.insert(table.name.clone(), rows.map_err(refused)?);
    }
    let answers = staged::run(&Tract, &folder, part, vec![inputs]).await;
    let answer = answers.map_err(refused)?.into_iter().next();
    let answer = answer.ok_or_else(|| Failure::Final("no answer".to_owned()))?;
    let answer = answer.map_err(refused)?;
    let numbers = answer.first().map_or(Ok(&[][..]), Tensor::singles);
    tensor::normalised(numbers.map_err(refused)?).map_err(refused)
}
