//! People by likeness to a person or to the faces on a photo (`closestPersonId`, `closestAssetId`; api/features.md section A).

use edge_api::people::PeopleQuery;
use edge_platform::{DbError, Row, Rows, Statement, Value};

use super::{COLUMNS, counts, find_many, ordered};

/// So many people are compared, the first ones in their usual order; the others come behind these.
pub const MOST: i64 = 4_000;

/// The face whose vector stands for `person p`: that of the portrait, else one of the first that are shown.
const FACE: &str = "coalesce((select w.face_id from face_vector w where w.face_id = p.face_asset_id), \
     (select w.face_id from face_vector w where each_in(w.face_id, select f.id from asset_face f where f.person_id = p.id \
     and f.is_shown = 1 order by f.asset_id, f.id limit 5) order by w.face_id limit 1))";

/// A vector of a face.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vector {
    /// Vectors of different models are never compared.
    pub model: String,
    /// Base64 of numbers of 8 bits.
    pub code: String,
}

/// What is read before people are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The person asked for is the caller's, or none was asked for.
    pub has_person: bool,
    /// The same of the photo, which the caller may see.
    pub has_asset: bool,
    /// What people are compared with.
    pub targets: Vec<Vector>,
    /// The first [`MOST`] people in their usual order.
    pub people: Vec<(String, Option<Vector>)>,
    /// As [`super::read_page`] tells it.
    pub total: i64,
    /// As `total`.
    pub hidden: i64,
}

/// The statements of one batch, for [`read`]. Names `caller`.
pub fn statements(query: &PeopleQuery) -> Vec<Statement> {
    let id = |id: Option<&str>| Value::from(id);
    let person = query.closest_person_id.as_ref().map(AsRef::as_ref);
    let asset = query.closest_asset_id.as_ref().map(AsRef::as_ref);
    let photo =
        "a.id = ?1 and a.owner_id = c.user_id and (a.visibility <> 'locked' or c.elevated = 1)";
    // In one column: both databases look each up by its id.
    let columns = format!(
        "p.id, (select v.model || ':' || v.code from face_vector v where v.face_id = {FACE}) as vector"
    );
    vec![
        Statement::new(
            "select p.id from caller c join person p on p.id = ?1 where p.owner_id = c.user_id",
            vec![id(person)],
        ),
        Statement::new(
            format!("select a.id from caller c join asset a on {photo}"),
            vec![id(asset)],
        ),
        Statement::new(
            format!(
                "select v.model, v.code from caller c join person p on p.id = ?1 join face_vector v on v.face_id = {FACE} \
                 where p.owner_id = c.user_id"
            ),
            vec![id(person)],
        ),
        Statement::new(
            format!(
                "select v.model, v.code from caller c join asset a on {photo} join asset_face f on f.asset_id = a.id \
                 join face_vector v on v.face_id = f.id where f.deleted_at is null and f.is_visible = 1"
            ),
            vec![id(asset)],
        ),
        ordered(&columns, query, MOST, 0),
        counts(),
    ]
}

fn target(row: &Row<'_>) -> Result<Vector, DbError> {
    Ok(Vector {
        model: row.get("model")?,
        code: row.get("code")?,
    })
}

fn compared(row: &Row<'_>) -> Result<(String, Option<Vector>), DbError> {
    let vector: Option<String> = row.get("vector")?;
    // No code has a colon.
    let vector = vector.as_deref().and_then(|text| text.rsplit_once(':'));
    let vector = vector.map(|(model, code)| Vector {
        model: model.to_owned(),
        code: code.to_owned(),
    });
    Ok((row.get("id")?, vector))
}

/// Reads the results of [`statements`].
pub fn read(results: &[Rows], query: &PeopleQuery) -> Result<Asked, DbError> {
    let [person, asset, of_person, of_asset, people, counts] = results else {
        return Err(DbError::Other(
            "closest people are read by six statements".into(),
        ));
    };
    let targets = of_person.iter().chain(of_asset.iter());
    let targets = targets.map(|row| target(&row));
    let people = people.iter().map(|row| compared(&row));
    let count = |name: &str| counts.first().map_or(Ok(0), |row| row.get(name));
    Ok(Asked {
        has_person: query.closest_person_id.is_none() || person.first().is_some(),
        has_asset: query.closest_asset_id.is_none() || asset.first().is_some(),
        targets: targets.collect::<Result<_, DbError>>()?,
        people: people.collect::<Result<_, DbError>>()?,
        total: count("total")?,
        hidden: count("hidden")?,
    })
}

/// These people, and behind them others in their usual order, from this place on: two statements. Names `caller`.
pub fn page(ids: &[&str], query: &PeopleQuery, others: i64, from: i64) -> Vec<Statement> {
    vec![find_many(ids), ordered(COLUMNS, query, others, from)]
}
