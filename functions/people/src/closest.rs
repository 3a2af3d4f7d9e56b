//! People by likeness (`closestPersonId`, `closestAssetId`; api/features.md section A).

use axum::Json;
use edge_api::{
    Permission,
    people::{PeopleQuery, PeopleResponse},
    permission::perm,
};
use edge_http::{App, Error, Guard, Result};
use edge_store::{
    assets::response,
    people::closest::{self, Asked, MOST, Vector},
};
use edge_vectors::{
    Damaged,
    code::{self, Code},
};

/// A page of the caller's people, those first who look most like a person or somebody on a photo. Who has no vector comes behind the
/// others, and the usual order stays among equals.
pub async fn list(
    guard: Guard<perm::PersonRead>,
    app: &App,
    query: &PeopleQuery,
) -> Result<Json<PeopleResponse>> {
    let (auth, answers) = guard.admit(app, closest::statements(query)).await?;
    let asked = closest::read(&answers, query)?;
    if !asked.has_person {
        return Err(Error::no_access(Permission::PersonRead));
    }
    if !asked.has_asset {
        return Err(Error::no_access(Permission::AssetRead));
    }
    let sorted = sorted(&asked).map_err(Error::internal)?;
    let window = Window::of(query, sorted.len());
    let ids = sorted.get(window.from..window.until).unwrap_or_default();
    let batch = closest::page(ids, query, window.others, window.others_from);
    let mut people = Vec::new();
    for rows in &app.run_as(&auth, batch).await? {
        people.extend(response::people(rows)?);
    }
    let size = usize::try_from(query.size).unwrap_or(usize::MAX);
    let has_next_page = people.len() > size;
    people.truncate(size);
    Ok(Json(PeopleResponse {
        people,
        total: asked.total,
        hidden: asked.hidden,
        has_next_page,
    }))
}

/// What a page and the person behind it consist of: compared people, and others in their usual order.
#[derive(Debug, PartialEq, Eq)]
struct Window {
    from: usize,
    until: usize,
    others: i64,
    others_from: i64,
}

impl Window {
    fn of(query: &PeopleQuery, compared: usize) -> Self {
        let compared = i64::try_from(compared).unwrap_or(MOST);
        let from = (query.page - 1).saturating_mul(query.size);
        let until = from.saturating_add(query.size + 1);
        let place = |at: i64| usize::try_from(at.min(compared)).unwrap_or(0);
        // Where fewer were compared than could be, there are no others.
        let others = if compared < MOST {
            0
        } else {
            until - until.min(from.max(compared))
        };
        Self {
            from: place(from),
            until: place(until),
            others,
            others_from: from.max(compared),
        }
    }
}

/// The ids of those who were compared, the most alike first.
fn sorted(asked: &Asked) -> std::result::Result<Vec<&str>, Damaged> {
    let numbers = |vector: &Vector| code::read(&vector.code);
    let targets = asked.targets.iter();
    let targets: Vec<(&str, Vec<i8>)> = targets
        .map(|target| Ok((target.model.as_str(), numbers(target)?)))
        .collect::<std::result::Result<_, Damaged>>()?;
    let mut people = Vec::with_capacity(asked.people.len());
    for (id, vector) in &asked.people {
        let mut nearest = f64::INFINITY;
        if let Some(vector) = vector.as_ref().filter(|_| !targets.is_empty()) {
            let own = numbers(vector)?;
            for (_, target) in targets.iter().filter(|(model, _)| *model == vector.model) {
                nearest = nearest.min(Code::new(&own).distance(Code::new(target)));
            }
        }
        people.push((id.as_str(), nearest));
    }
    people.sort_by(|(_, one), (_, other)| one.total_cmp(other));
    Ok(people.into_iter().map(|(id, _)| id).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use edge_api::input::from_query;

    fn window(text: &str, compared: usize) -> Option<Window> {
        let query = from_query(text).ok()?;
        Some(Window::of(&query, compared))
    }

    #[test]
    fn a_page_goes_on_behind_those_who_were_compared() {
        let most = usize::try_from(MOST).unwrap_or(0);
        let of = |from, until, others, others_from| {
            Some(Window {
                from,
                until,
                others,
                others_from,
            })
        };
        assert_eq!(window("size=3&page=2", 10), of(3, 7, 0, 10));
        assert_eq!(window("size=3&page=4", 10), of(9, 10, 0, 10));
        assert_eq!(window("size=3&page=9", 10), of(10, 10, 0, 24));
        let at = format!("size=1000&page={}", MOST / 1_000);
        assert_eq!(window(&at, most), of(most - 1_000, most, 1, MOST));
        let behind = format!("size=1000&page={}", MOST / 1_000 + 1);
        assert_eq!(window(&behind, most), of(most, most, 1_001, MOST));
    }

    #[test]
    fn the_most_alike_come_first_and_those_of_another_model_last() {
        let vector = |model: &str, numbers: &[i8]| Vector {
            model: model.to_owned(),
            code: code::join(&[numbers.to_vec()]),
        };
        let person = |id: &str, vector| (id.to_owned(), vector);
        let mut asked = Asked {
            has_person: true,
            has_asset: true,
            targets: vec![vector("m", &[10, 0])],
            people: vec![
                person("none", None),
                person("far", Some(vector("m", &[-9, 1]))),
                person("other", Some(vector("n", &[10, 0]))),
                person("near", Some(vector("m", &[8, 1]))),
                person("same", Some(vector("m", &[90, 0]))),
            ],
            total: 5,
            hidden: 0,
        };
        assert_eq!(
            sorted(&asked).unwrap_or_default(),
            ["same", "near", "far", "none", "other"]
        );
        asked.targets.push(vector("m", &[-10, 0]));
        assert_eq!(
            sorted(&asked).unwrap_or_default(),
            ["same", "far", "near", "none", "other"]
        );
        asked.targets.clear();
        assert_eq!(
            sorted(&asked).unwrap_or_default(),
            ["none", "far", "other", "near", "same"]
        );
    }
}
