//! `FacialRecognition`: whose the faces of an owner are. One job for each owner waits at a time, for its next faces; a job follows while
//! any wait. They are compared with those of all members of the owner's cluster group.

use std::collections::BTreeSet;

use edge_api::{config::SystemConfig, enums::JobName};
use edge_http::{
    App,
    consumer::{Done, Failure, id_of},
};
use edge_store::{
    face_vectors::recognize::{self, BLOCK, Member, Vectors, Waiting},
    jobs::{Job, NewJob},
};
use edge_vectors::{
    Damaged,
    code::{self, Code},
};
use serde_json::json;

use crate::cluster::{self, NEAREST, Near, Rules};

/// Faces that one job decides about.
const AT_ONCE: i64 = 32;
/// Blocks that one job makes.
const BLOCKS: usize = 4;

/// Finds people for the next faces of an owner.
pub async fn run(
    app: &App,
    job: &Job,
    config: &SystemConfig,
    model: &str,
) -> Result<Done, Failure> {
    let owner = id_of(job)?;
    let waiting = recognize::waiting(app.db(), owner, model, AT_ONCE).await?;
    if waiting.is_empty() {
        return Ok(Done::nothing());
    }
    let at = "/machineLearning/facialRecognition";
    let rules = Rules {
        most_distance: config.real(&format!("{at}/maxDistance")),
        least_faces: usize::try_from(config.int(&format!("{at}/minFaces"))).unwrap_or(1),
    };
    let mut search = Search::new(&waiting, rules)?;
    let mut blocks = Vec::new();
    for member in recognize::members(app.db(), owner, model).await? {
        let made = search.run(app, &member, model).await?;
        // The other members' blocks are made by jobs of their own.
        if member.id == owner {
            blocks = made;
        }
    }
    let near = search.near();
    let mut ids: Vec<&str> = near.iter().flatten().map(|near| near.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    let states = recognize::states(app.db(), owner, &ids).await?;
    let outcome = cluster::decide(&waiting, &near, states, rules, || app.uuid());
    let now = app.now();
    let mut done = Done::with(recognize::store(owner, &outcome, now));
    done.results.extend(blocks);
    let portraits = outcome
        .people
        .iter()
        .map(|(person, _)| portrait(app, person, owner));
    done.next.extend(portraits);
    let is_full = i64::try_from(waiting.len()).is_ok_and(|count| count == AT_ONCE);
    if is_full || !outcome.deferred.is_empty() || !outcome.again.is_empty() {
        done.next.push(recognize::job(app.uuid(), owner, now));
    } else if !outcome.assigned.is_empty() || !outcome.nobodys.is_empty() {
        let next = recognize::job(app.uuid(), owner, now);
        done.triggers
            .push(recognize::go_on(&next, owner, &outcome, now));
    }
    Ok(done)
}

fn portrait(app: &App, person: &str, owner: &str) -> NewJob {
    let kind = JobName::PersonGenerateThumbnail;
    let job = NewJob::new(app.uuid(), kind, json!({ "id": person }), app.now());
    job.of(owner).once(format!("{kind}:{person}"))
}

/// The nearest faces of those that wait, among all that were looked at.
struct Search {
    wanted: Vec<Vec<i8>>,
    found: Vec<Vec<Near>>,
    rules: Rules,
}

impl Search {
    fn new(waiting: &[Waiting], rules: Rules) -> Result<Self, Failure> {
        let codes = waiting.iter().map(|face| read(&face.code));
        Ok(Self {
            wanted: codes.collect::<Result<_, _>>()?,
            found: vec![Vec::new(); waiting.len()],
            rules,
        })
    }

    /// Looks at all vectors of a member, block by block; only one is held. Gives the statements that make blocks of those that are
    /// in none.
    async fn run(
        &mut self,
        app: &App,
        member: &Member,
        model: &str,
    ) -> Result<Vec<edge_platform::Statement>, Failure> {
        let owner = member.id.as_str();
        let (mut blocks, mut last) = (member.blocks, member.last_seq);
        for block in 0..blocks {
            let vectors = recognize::block(app.db(), owner, model, block).await?;
            let numbers = read(vectors.codes.first().map_or("", String::as_str))?;
            let length = numbers.len() / vectors.ids.len().max(1);
            self.look(&vectors.ids, numbers.chunks_exact(length.max(1)));
        }
        let (mut made, mut is_gapless) = (Vec::new(), true);
        loop {
            let vectors: Vectors = recognize::behind(app.db(), owner, model, last).await?;
            let codes = vectors.codes.iter().map(|code| read(code));
            let codes: Vec<Vec<i8>> = codes.collect::<Result<_, _>>()?;
            self.look(&vectors.ids, codes.iter().map(Vec::as_slice));
            if vectors.ids.len() < BLOCK {
                return Ok(made);
            }
            last = vectors.last_seq;
            // One of several lengths would make no block, and the ones behind it would leave it out.
            is_gapless &= codes.windows(2).all(|two| two[0].len() == two[1].len());
            if made.len() < BLOCKS && is_gapless {
                let codes = code::join(&codes);
                let block = recognize::store_block(owner, model, blocks, &vectors, &codes);
                made.push(block);
                blocks += 1;
            }
        }
    }

    fn look<'a>(&mut self, ids: &[String], codes: impl Iterator<Item = &'a [i8]>) {
        // A face that was looked at again stands in its old block still, and behind it as it is now.
        let now: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
        for found in &mut self.found {
            found.retain(|near| !now.contains(near.id.as_str()));
        }
        let wanted: Vec<Code<'_>> = self.wanted.iter().map(|code| Code::new(code)).collect();
        for (id, other) in ids.iter().zip(codes) {
            let other = Code::new(other);
            for (wanted, found) in wanted.iter().zip(&mut self.found) {
                let distance = wanted.distance(other);
                if distance <= self.rules.most_distance {
                    found.push(Near {
                        id: id.clone(),
                        distance,
                    });
                }
            }
        }
        for found in &mut self.found {
            found.sort_by(|a, b| {
                a.distance
                    .total_cmp(&b.distance)
                    .then_with(|| a.id.cmp(&b.id))
            });
            found.truncate(NEAREST);
        }
    }

    fn near(self) -> Vec<Vec<Near>> {
        self.found
    }
}

fn read(code: &str) -> Result<Vec<i8>, Failure> {
    let damaged = |error: Damaged| Failure::Final(format!("face_vector.code: {error}"));
    code::read(code).map_err(damaged)
}
